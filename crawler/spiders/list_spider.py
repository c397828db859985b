"""The Scrapy spider: carries out a walk over HTTP, one request at a time, politely, and keeps what it gets.

Owns requests, retries and redirects; where to go is the walk's, what an answer means is `answers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler import guards
from crawler.addresses import page_key
from crawler.evidence import EvidenceStore
from crawler.guards import Refusal
from crawler.spiders import encoding
from crawler.spiders.answers import (
    BACKOFF,
    MOST_REDIRECTS,
    Again,
    Good,
    Redirect,
    Refused,
    Reply,
    Validator,
    understand,
)
from crawler.spiders.frontier import Frontier
from crawler.spiders.reading import Reader
from crawler.spiders.resolver import refused_address
from crawler.spiders.shapes import Ask, Missing, Page
from crawler.spiders.walk import walk
from registry import clock
from registry.errors import SourceError, StorageError

Emit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Trip:
    """What one child process is sent out to do."""

    source: str
    addresses: Sequence[str]
    max_bytes: int
    max_pages: int
    validators: Mapping[str, Validator]


@dataclass(frozen=True, slots=True)
class _Leg:
    """One ask under way: where it is after redirects, and how often it was tried."""

    ask: Ask
    url: str
    method: str
    form: str
    attempt: int = 1
    hops: tuple[str, ...] = ()


class ListSpider(Spider):
    """Walks each address in turn until one is the list. Tells what happens through `emit` (see `crawler.child`)."""

    name = "list"

    def __init__(self, trip: Trip, reader: Reader, store: EvidenceStore, emit: Emit) -> None:
        super().__init__()
        self.trip = trip
        self.reader = reader
        self.store = store
        self.emit = emit
        self._addresses = list(trip.addresses)
        self._failures: list[SourceError] = []

    async def start(self) -> AsyncIterator[Request]:
        for request in self._next_address():
            yield request

    def _next_address(self) -> list[Request]:
        """The first request at the next address; without one left, the first failure is the crawl's."""
        if not self._addresses:
            failure = self._failures[0]
            others = "; ".join(str(one) for one in self._failures[1:])
            message = f"{failure}. Other addresses: {others}" if others else str(failure)
            self.emit(
                {
                    "event": "failed",
                    "code": failure.code,
                    "message": message,
                    "url": failure.url,
                    "sha256": failure.sha256,
                }
            )
            return []
        address = self._addresses.pop(0)
        self.emit({"event": "address", "url": address})
        self._frontier = Frontier(self.trip.source, address, self.reader, self.trip.max_pages)
        self._steps = walk(self._frontier)
        return self._step(None)

    def _step(self, answer: Page | Missing | None) -> list[Request]:
        """Hands an answer to the walk and turns its next ask into a request."""
        try:
            ask = next(self._steps) if answer is None else self._steps.send(answer)
        except StopIteration as end:
            self.emit({"event": "walked", "url": self._frontier.start, "walked": end.value.as_json()})
            return []
        except SourceError as error:
            return self._failed(error)
        return [self._request(_Leg(ask, ask.url, ask.method, ask.form))]

    def _failed(self, error: SourceError) -> list[Request]:
        """Another address is tried when this one did not even start well; a list that breaks off midway is not."""
        self._failures.append(error)
        if len(self._frontier.pages) > 1 and error.code != "no_list":
            self._addresses.clear()
        return self._next_address()

    def _request(self, leg: _Leg) -> Request:
        key = page_key(leg.url, leg.method, leg.form)
        headers = {
            "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.5",
            "Accept-Language": "fr, en;q=0.5",
            "Accept-Encoding": encoding.ACCEPT,
            "Cache-Control": "max-age=0",
        }
        if leg.ask.expect == "json" and leg.ask.purpose != "page":
            headers |= {"X-Requested-With": "XMLHttpRequest"}
        if (known := self.trip.validators.get(key)) is not None and self.store.is_whole(known.sha256):
            headers |= {"If-None-Match": known.etag} if known.etag else {}
            headers |= {"If-Modified-Since": known.last_modified} if known.last_modified else {}
        if leg.form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return Request(
            leg.url, method=leg.method, body=leg.form, headers=headers, dont_filter=True, callback=self._answered,
            errback=self._broken, cb_kwargs={"leg": leg}, meta={"handle_httpstatus_all": True},
        )  # fmt: skip

    async def _answered(self, response: Response, leg: _Leg) -> AsyncIterator[Request]:
        names = {name.decode("latin-1").lower(): name for name in response.headers}
        headers = {
            low: ", ".join(value.decode("latin-1") for value in response.headers.getlist(name))
            for low, name in names.items()
        }
        reply = Reply(response.url, response.status, headers, response.body)
        try:
            meaning = understand(
                replace(leg.ask, method=leg.method, form=leg.form), reply, self.store, self.trip.validators,
                max_bytes=self.trip.max_bytes, attempt=leg.attempt, now=clock.now(),
            )  # fmt: skip
        except StorageError as error:
            self.emit({"event": "storage", "message": str(error)})
            return
        if isinstance(meaning, Good):
            requests = self._good(leg, meaning)
        elif isinstance(meaning, Redirect):
            requests = self._redirected(leg, meaning)
        elif isinstance(meaning, Again):
            requests = await self._again(leg, meaning)
        else:
            requests = self._refused(leg, meaning)
        for request in requests:
            yield request

    def _good(self, leg: _Leg, good: Good) -> list[Request]:
        page = good.page
        self.emit({
            "event": "page", "key": leg.ask.key, "own_key": page_key(page.url, leg.method, leg.form), "url": page.url,
            "method": leg.method, "sha256": page.sha256, "media_type": page.media_type, "bytes": good.size,
            "fetched_at": clock.stamp(clock.now()), "not_modified": good.not_modified, "etag": good.etag,
            "last_modified": good.last_modified, "next_url": page.next_url, "purpose": leg.ask.purpose,
            "label": leg.ask.label, "left": leg.ask.left, "hops": list(leg.hops),
        })  # fmt: skip
        return self._step(page)

    def _redirected(self, leg: _Leg, redirect: Redirect) -> list[Request]:
        hops = (*leg.hops, leg.url)
        if len(hops) > MOST_REDIRECTS or hops.count(redirect.url) > 1:
            refusal = Refusal(
                "redirect_loop",
                "a page",
                f"redirects in a circle ({' → '.join(hops[-3:])} → {redirect.url})",
                "tell the site",
            )
            return self._refused(leg, Refused(refusal))
        return [
            self._request(
                replace(leg, url=redirect.url, method=redirect.method, form=redirect.form, hops=hops, attempt=1)
            )
        ]

    async def _again(self, leg: _Leg, again: Again) -> list[Request]:
        if leg.attempt > len(BACKOFF):
            return self._refused(leg, Refused(again.refusal))
        self.emit({"event": "waiting", "url": leg.url, "seconds": again.wait, "why": again.refusal.found})
        await asyncio.sleep(again.wait)
        return [self._request(replace(leg, attempt=leg.attempt + 1))]

    async def _broken(self, failure: Failure) -> AsyncIterator[Request]:
        """No answer at all, or one that was cut off on the way."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it on every failure of a request
        leg: _Leg = request.cb_kwargs["leg"]
        refusal, final = _explain(
            failure.value or IgnoreRequest(), self.trip.max_bytes, urlsplit(leg.url).hostname or ""
        )
        if final or leg.attempt >= len(BACKOFF):
            requests = self._refused(leg, Refused(refusal))
        else:
            requests = await self._again(leg, Again(BACKOFF[leg.attempt - 1], refusal))
        for request in requests:
            yield request

    def _refused(self, leg: _Leg, refused: Refused) -> list[Request]:
        refusal = refused.refusal
        message = refusal.sentence(leg.url)
        self.emit({
            "event": "refused", "key": leg.ask.key, "url": leg.url, "code": refusal.code, "message": message,
            "optional": leg.ask.optional, "sha256": refused.sha256, "media_type": refused.media_type,
            "bytes": refused.size, "fetched_at": clock.stamp(clock.now()),
        })  # fmt: skip
        if leg.ask.optional:
            return self._step(Missing(refusal.code, message))
        return self._failed(SourceError(refusal.code, message, url=leg.url, sha256=refused.sha256))


_NETWORK = "check the address and this machine's network; the next crawl tries again"


def _explain(error: BaseException, max_bytes: int, host: str) -> tuple[Refusal, bool]:
    """What a failed download means, and whether trying again is pointless."""
    match error:
        case IgnoreRequest() if "robots" in str(error).lower():
            return Refusal(
                "robots", "a page that robots.txt lets programs read", "one that it forbids",
                "ask the site's operator, or set crawl.obey_robots = false if you have their consent",
            ), True  # fmt: skip
        case DownloadCancelledError():
            return guards.too_large(max_bytes + 1, max_bytes), True
        case DownloadTimeoutError():
            return Refusal("stalled", "a whole answer within crawl.download_timeout", "none", _NETWORK), False
        case ResponseDataLossError():
            return guards.truncated("fewer bytes than the server announced"), False
        case CannotResolveHostError() if (address := refused_address(host)) is not None:
            return Refusal(
                "private_address", f"{host} to be a place on the internet", f"the address {address}",
                "look at this machine's name service; if the source is meant to be inside, give its address with --url",
            ), True  # fmt: skip
        case CannotResolveHostError():
            return Refusal("unreachable", "an answer", "no such host name", _NETWORK), False
        case DownloadConnectionRefusedError():
            return Refusal("unreachable", "an answer", "the connection was refused", _NETWORK), False
    return Refusal("unreachable", "an answer", f"none ({_why(error)[:200]})", _NETWORK), False


def _why(error: BaseException) -> str:
    """What went wrong on the way, in words: Twisted wraps it in a list of failures."""
    wrapped = getattr(error, "reasons", None) or getattr(error.__cause__, "reasons", None) or ()
    said = [one.getErrorMessage() for one in wrapped if isinstance(one, Failure)]
    return "; ".join(dict.fromkeys(said)) or str(error) or type(error).__name__
