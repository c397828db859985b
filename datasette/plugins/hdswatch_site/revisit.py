"""Conditional requests: whether a visitor already holds the answer (RFC 9110). Knows no page.

Pages of ours carry a tag of their content. Datasette's pages and data get one from all that they depend on, so that an
unchanged answer costs no query at all.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from hdswatch_site import i18n

READING = ("GET", "HEAD")


def holds(if_none_match: str, tag: str) -> bool:
    """Whether an If-None-Match header names this tag; weak and strong tags of the same text are the same."""
    wanted = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return "*" in wanted or tag.removeprefix("W/") in wanted


def header(scope: dict[str, Any], name: bytes) -> str:
    """A request header as text; empty when it is not there."""
    return next((bytes(value).decode("latin-1") for key, value in scope["headers"] if bytes(key).lower() == name), "")


def data_tag(scope: dict[str, Any], below: str, edition: str, today: date) -> str:
    """The tag of an answer below `/<below>`; empty for other addresses. Weak: the JSON also says how long it took.

    `edition` names the register and the program; links in the answer depend on the host asked for.
    """
    path = scope["path"]
    if scope["method"] not in READING or not (path == f"/{below}" or path.startswith((f"/{below}/", f"/{below}."))):
        return ""
    language = i18n.from_accept_language(header(scope, b"accept-language"))
    query = scope.get("query_string", b"").decode("latin-1")
    rests_on = (edition, str(today), language, str(scope.get("scheme")), header(scope, b"host"), path, query)
    return 'W/"' + hashlib.sha256("\n".join(rests_on).encode("utf-8", "replace")).hexdigest()[:24] + '"'
