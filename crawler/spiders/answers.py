"""What an HTTP answer means to the walk: a page, a redirect to follow, something to ask again, or a refusal.

Pure, apart from the evidence store that it is handed. Owns the order of the checks; the checks are in `crawler.guards`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from crawler import guards
from crawler.addresses import join, page_key, same_site
from crawler.guards import Refusal
from crawler.page import decode
from crawler.spiders import encoding
from crawler.spiders.shapes import Ask, Page
from crawler.spiders.wording import listed

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.evidence import EvidenceStore

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 10
BACKOFF = (0.5, 2.0, 5.0)
"""Seconds before the second, third and fourth try."""
LONGEST_WAIT = 300.0
"""A server that asks for a longer pause is left alone until the next crawl."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer as it came. Header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Good:
    """A whole page, kept."""

    page: Page
    size: int
    not_modified: bool
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str
    method: str
    form: str


@dataclass(frozen=True, slots=True)
class Again:
    """Worth another try after `wait` seconds; `refusal` is what it comes to when tries run out."""

    wait: float
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Refused:
    """Not the page. The body is kept as proof when there is one."""

    refusal: Refusal
    sha256: str | None = None
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server said of a page the last time, and which body that was."""

    sha256: str
    media_type: str
    etag: str | None = None
    last_modified: str | None = None


def understand(
    ask: Ask,
    reply: Reply,
    store: EvidenceStore,
    known: Mapping[str, Validator],
    *,
    max_bytes: int,
    attempt: int,
    now: datetime,
) -> Good | Redirect | Again | Refused:
    """What to do with an answer."""
    if reply.status in RETRIED:
        return _again(reply, attempt, now)
    if reply.status in REDIRECTS:
        return _redirect(ask, reply, reply.headers.get("location", ""))
    if reply.status == 304:
        return _unchanged(ask, reply, store, known.get(page_key(reply.url, ask.method, ask.form)))
    if (refusal := guards.check_status(reply.status)) is not None:
        return _refused(refusal, reply, store)
    try:
        body = encoding.decompress(reply.body, reply.headers.get("content-encoding", ""), max_bytes)
    except encoding.TooLarge:
        return Refused(guards.too_large(max_bytes + 1, max_bytes))
    except encoding.CutShort as error:
        return Again(_pause(attempt), guards.truncated(str(error)))
    except encoding.UnknownEncoding as error:
        return Refused(guards.wrong_type(ask.expect, str(error), reply.headers.get("content-type", "")))
    declared = reply.headers.get("content-type", "")
    if target := _meta_refresh(body, declared, reply.url):
        return _redirect(ask, reply, target)
    kind, refusal = guards.check(body, declared, reply.url, expect=ask.expect, max_bytes=max_bytes)
    if refusal is not None:
        return _refused(refusal, reply, store, body)
    media_type = _media_type(kind, declared)
    page = Page(reply.url, body, media_type, store.put(body), _next_link(reply), _stated_total(reply))
    return Good(page, len(body), False, reply.headers.get("etag"), reply.headers.get("last-modified"))


def _pause(attempt: int) -> float:
    return BACKOFF[min(attempt, len(BACKOFF)) - 1]


def _again(reply: Reply, attempt: int, now: datetime) -> Again | Refused:
    refusal = guards.check_status(reply.status) or guards.check_status(503)
    assert refusal is not None
    asked = _retry_after(reply.headers.get("retry-after", ""), now)
    if asked > LONGEST_WAIT:
        return Refused(replace(refusal, found=f"{refusal.found}, with the wish to be left alone for {asked:.0f} s"))
    return Again(max(_pause(attempt), asked), refusal)


def _retry_after(value: str, now: datetime) -> float:
    """Seconds that a server asks to wait: a number or a date; 0 when it says nothing that can be read."""
    if re.fullmatch(r"\s*\d{1,9}\s*", value):
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError, IndexError):
        return 0.0


def _redirect(ask: Ask, reply: Reply, location: str) -> Redirect | Refused:
    target = join(reply.url, location) if location else None
    if target is None:
        return Refused(
            Refusal("redirect", "an address to go on to", f"status {reply.status} without one", "tell the site")
        )
    if not same_site(reply.url, target):
        return Refused(
            Refusal(
                "redirected_off_site", "a page of the site that was asked", f"a redirect to {target}",
                "if the list has really moved there, set that address in crawl.hosts_url or crawl.certifiers_url",
            )
        )  # fmt: skip
    keeps = reply.status in (307, 308)
    return Redirect(target, ask.method if keeps else "GET", ask.form if keeps else "")


def _unchanged(ask: Ask, reply: Reply, store: EvidenceStore, validator: Validator | None) -> Good | Refused:
    """A 304 stands for the body that was kept; it must still be a page that today's guards let pass."""
    if validator is None:
        return Refused(Refusal("status", "a page", "status 304 although nothing was kept", "crawl again"))
    body = store.get(validator.sha256)
    kind, refusal = guards.check(body, validator.media_type, reply.url, expect=ask.expect)
    if refusal is not None:
        return Refused(refusal, validator.sha256, validator.media_type, len(body))
    page = Page(
        reply.url,
        body,
        _media_type(kind, validator.media_type),
        validator.sha256,
        _next_link(reply),
        _stated_total(reply),
    )
    etag = reply.headers.get("etag") or validator.etag
    return Good(page, len(body), True, etag, reply.headers.get("last-modified") or validator.last_modified)


def _refused(refusal: Refusal, reply: Reply, store: EvidenceStore, body: bytes | None = None) -> Refused:
    kept = reply.body if body is None else body
    if not kept:
        return Refused(refusal)
    return Refused(refusal, store.put(kept), reply.headers.get("content-type", ""), len(kept))


def _media_type(kind: str, declared: str) -> str:
    """The type as the bytes show it, with the charset that the server names."""
    charset = re.search(r"charset\s*=\s*[\"']?([\w:-]+)", declared, re.IGNORECASE)
    return guards.MEDIA_TYPES[kind] + (f"; charset={charset.group(1).lower()}" if charset else "")


def _next_link(reply: Reply) -> str | None:
    for entry in re.findall(
        r"<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:\"[^\"]*\"|[^\s;,]+))*)", reply.headers.get("link", "")
    ):
        if re.search(r"rel\s*=\s*\"?[^\";]*\bnext\b", entry[1], re.IGNORECASE):
            return join(reply.url, entry[0])
    return None


def _stated_total(reply: Reply) -> int | None:
    """A number of entries, as data without an envelope states it: `X-Total-Count: 404`, `Content-Range: items 0-9/404`."""
    for name in listed("total_headers"):
        if found := re.fullmatch(r"(?:[\w ]+[\d*-]+/)?(\d{1,7})", reply.headers.get(name, "").strip()):
            return int(found.group(1))
    return None


def _meta_refresh(body: bytes, declared: str, url: str) -> str | None:
    """Where a page sends its visitor by itself within a few seconds; None when it stays, or only reloads itself."""
    head = decode(body[:20_000], declared)
    head = re.sub(r"(?is)<!--.*?-->|<noscript.*?</noscript>|<script.*?</script>", "", head)
    for tag in re.findall(r"(?is)<meta\b[^>]*http-equiv\s*=\s*[\"']?refresh[^>]*>", head):
        found = re.search(r"(?is)content\s*=\s*[\"']\s*(\d{1,9})[^\"';,]*[;,]\s*url\s*=\s*['\"]?([^\"'>]+)", tag)
        if found and int(found.group(1)) <= 5:
            target = join(url, found.group(2).strip())
            if target and page_key(target) != page_key(url):
                return target
    return None
