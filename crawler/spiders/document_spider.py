"""The Scrapy spider that fetches certificate documents, by the same rules as the pages of the lists."""

from __future__ import annotations

from scrapy import Request

from crawler.spiders.document_walk import document_walk
from crawler.spiders.list_spider import ListSpider, _Leg
from crawler.spiders.shapes import Missing, Page
from registry.errors import SourceError


class DocumentSpider(ListSpider):
    """Asks for every address of the trip, whatever became of the one before. Every ask is optional, so a document
    that can't be had ends nothing."""

    name = "documents"

    def _next_address(self) -> list[Request]:
        self._documents = document_walk(self.trip.addresses)
        return self._step(None)

    def _step(self, answer: Page | Missing | None) -> list[Request]:
        try:
            ask = next(self._documents) if answer is None else self._documents.send(answer)
        except StopIteration:
            self.emit({"event": "walked", "url": self.trip.addresses[0]})
            return []
        except SourceError as error:
            failure = {"code": error.code, "message": str(error), "url": error.url, "sha256": error.sha256}
            self.emit({"event": "failed", **failure})
            return []
        return [self._request(_Leg(ask, ask.url, ask.method, ask.form))]
