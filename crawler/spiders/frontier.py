"""What one walk has asked, read, noticed and doubts. The parts of a walk share it; none does input or output."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from crawler.addresses import page_key, same_site
from crawler.spiders.letters import LetterIndex
from crawler.spiders.reading import Reader, ReadPage, read_page
from crawler.spiders.shapes import Answer, Ask, Missing
from registry.errors import SourceError
from registry.models import Problem

T = TypeVar("T")
Walking = Generator[Ask, Answer, T]
"""A part of a walk: asks for pages, is sent answers, and comes to a T."""

IN_TROUBLE = frozenset({"unreachable", "stalled", "throttled", "truncated", "deadline"})
"""Codes of pages that exist but can't be had now: reason to end the crawl, not to look for another way."""


@dataclass
class Frontier:
    """The state of one walk."""

    source: str
    start: str
    reader: Reader
    max_pages: int = 5_000
    follow: bool = True
    """False: only the start page is there (a local file); what it announces beyond itself is doubted."""
    pages: list[ReadPage] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    notes: list[Problem] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    open_letters: list[tuple[LetterIndex, list[str]]] = field(default_factory=list)
    """Indexes whose letters showed nothing, with the doubts that this leaves: none, if the list found elsewhere has
    entries under all of them."""
    left: int = 0
    """Pages known to follow, for the progress bar."""
    _by_key: dict[str, ReadPage] = field(default_factory=dict)

    def get(self, ask: Ask, base: str | None = None) -> Walking[ReadPage]:
        """One page that the list needs. What can't be had ends the walk with the driver's SourceError."""
        page = yield from self.try_get(replace(ask, optional=False), base)
        assert isinstance(page, ReadPage), "the driver answers `Missing` to optional asks only"
        return page

    def try_get(self, ask: Ask, base: str | None = None) -> Walking[ReadPage | Missing]:
        """One page, or why an optional one can't be had. `base` is where links inside an Ajax answer start."""
        if len(self.pages) >= self.max_pages:
            raise SourceError(
                "too_many_pages",
                f"{self.start}: expected at most {self.max_pages} pages (crawl.max_pages), the site leads on to more; "
                f"look whether its pager runs in circles, or raise the setting",
                url=ask.url,
            )
        self.seen.add(ask.key)
        answer = yield replace(ask, left=self.left)
        if isinstance(answer, Missing):
            if answer.code in IN_TROUBLE:
                raise SourceError(answer.code, answer.message, url=ask.url)
            return answer
        own_key = page_key(answer.url, ask.method, ask.form)
        self.seen.add(own_key)
        page = read_page(ask, answer, self.reader, base)
        self.pages.append(page)
        self._by_key.setdefault(own_key, page)
        self._by_key[ask.key] = page
        return page

    def read(self, ask: Ask) -> ReadPage | None:
        """A page that was read already: one page may belong to several chains, as the start page's pager and its
        letter's often do."""
        return self._by_key.get(ask.key)

    def fresh(self, ask: Ask) -> bool:
        """Not asked yet, and on the site."""
        return ask.key not in self.seen and same_site(self.start, ask.url)

    def doubt(self, *sentences: str) -> None:
        self.doubts += [sentence for sentence in sentences if sentence not in self.doubts]

    def note(self, code: str, message: str, page: ReadPage) -> None:
        """Something a person should know although it does not stop the run."""
        self.notes.append(Problem(None, "navigation", "", message, code, page.page.url, page.page.sha256))


def few(words: list[str], most: int = 5) -> str:
    """The first of some words, and how many more there are."""
    shown = ", ".join(dict.fromkeys(words[:most]))
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"
