"""Every address of the site and the page behind it (contract, section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hdswatch_site import (
    feeds,
    pages_certifiers,
    pages_changes,
    pages_check,
    pages_compare,
    pages_home,
    pages_host,
    pages_text,
    service,
)  # fmt: skip
from hdswatch_site.web import route


def all_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """Pattern and view of each page; they come before Datasette's own."""
    return [
        (r"^/$", route(pages_home.home, "q")),
        (r"^/suggest$", route(pages_home.suggest, "q")),
        (r"^/hosts$", route(pages_home.directory, "q", "activity", "state", "certifier", "page")),
        (r"^/hosts/(?P<id>[^/]+)$", route(pages_host.host)),
        (r"^/certifiers$", route(pages_certifiers.certifiers)),
        (r"^/certifiers/(?P<id>[^/]+)$", route(pages_certifiers.certifier)),
        (r"^/changes$", route(pages_changes.changes, "host", "kind", "month", "page")),
        (r"^/compare$", route(pages_compare.compare, "host", "on")),
        (r"^/check$", pages_check.view),
        (r"^/api$", route(pages_text.api, absolute=True)),
        (r"^/about$", route(pages_text.about)),
        (r"^/feeds/changes\.atom$", route(feeds.atom, "host", "kind", absolute=True)),
        (r"^/feeds/changes\.json$", route(feeds.json_feed, "host", "kind", absolute=True)),
        (r"^/calendar\.ics$", route(feeds.calendar, "host", absolute=True)),
        (r"^/healthz$", route(service.healthz, kept=False)),
        (r"^/robots\.txt$", route(service.robots, absolute=True)),
        (r"^/sitemap\.xml$", route(service.sitemap, absolute=True)),
        (r"^/openapi\.json$", route(service.openapi, absolute=True)),
    ]
