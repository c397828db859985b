"""Chains of pages that show one part of a list, and how parts make the whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

from crawler.addresses import with_parameters
from crawler.spiders.drupal import AjaxView
from crawler.spiders.letters import ALL, LetterIndex, Link, covers
from crawler.spiders.reading import Line, ReadPage
from crawler.spiders.shapes import Ask, Purpose
from registry.text import fold


@dataclass(frozen=True)
class Way:
    """How links of a list are followed: as they stand, through a Drupal view with the parameters gathered so far, or by
    an address that takes a letter."""

    view: AjaxView | None = None
    given: tuple[tuple[str, str], ...] = ()
    post: bool = False
    endpoint: str = ""

    @property
    def plain(self) -> bool:
        """Links are asked as they stand, as a browser without scripts would."""
        return self.view is None and not self.endpoint

    def ask(self, link: Link, purpose: Purpose) -> Ask | None:
        """The request for a link; None when this way can't follow it."""
        if self.view is not None:
            given = dict(self.given) | self.view.parameters_of(link)
            return self.view.ask(purpose, given, label=link.label, post=self.post)
        if self.endpoint and purpose == "letter":
            return Ask(_filled(self.endpoint, link), purpose, link.label)
        if link.url is None:
            return None
        return Ask(link.url, purpose, link.label, link.method, link.form)

    def through(self, link: Link) -> Way:
        """The way to the pages below a link: a letter's parameters stay when its second page is asked."""
        if self.view is None:
            return self
        return replace(self, given=tuple((dict(self.given) | self.view.parameters_of(link)).items()))


_GAP = re.compile(
    r"\$?\{+\s*\w*(?:letter|lettre|initial|alpha|char)\w*\s*\}+|\$?\{+\s*l\s*\}+|:(?:letter|lettre)\b|%s", re.IGNORECASE
)


def wants_letter(url: str) -> bool:
    """Whether an address has a gap for a letter: `?lettre=`, `/{letter}`."""
    readable = unquote(url)
    return bool(
        _GAP.search(readable) or re.search(r"[?&](?:letter|lettre|initiale?|alpha|l|q)=$", readable, re.IGNORECASE)
    )


def _filled(endpoint: str, link: Link) -> str:
    """The address for one letter: in its gap, else as the parameter that the control's attributes name."""
    letter = link.printed or link.label.upper()
    readable = unquote(endpoint)
    if _GAP.search(readable):
        return _GAP.sub(lambda _: quote(letter, safe=""), readable)
    if readable.endswith("="):
        return readable + quote(letter, safe="")
    return with_parameters(endpoint, dict(link.parameters) or {"letter": letter})


@dataclass
class Facet:
    """A chain of pages: the whole list (`label` empty), or what one letter shows."""

    label: str
    pages: list[ReadPage] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    open_doubts: list[str] = field(default_factory=list)
    """Doubts that are dispelled when the page states a total and all of it is there."""
    promised: int | None = None
    """What the letter index says of the number of entries: `S (39)`."""

    @property
    def name(self) -> str:
        return "the list" if not self.label else f"letter {self.label.upper()!r}"

    @property
    def lines(self) -> list[Line]:
        return [line for page in self.pages for line in page.lines]

    @property
    def content(self) -> Counter[object]:
        return summed(page.content for page in self.pages)

    @property
    def filled(self) -> bool:
        return any(page.filled for page in self.pages)

    @property
    def declared(self) -> int | None:
        """How many entries the chain's pages say there are."""
        return next((page.declared_total for page in self.pages if page.declared_total is not None), None)

    @property
    def counts(self) -> set[int]:
        return counts(self.lines)


def counts(lines: Sequence[Line]) -> set[int]:
    """The numbers that a stated total may mean: rows, or names."""
    return {len(lines), len({fold(line.name) for line in lines})}


def summed(contents: Iterable[Counter[object]]) -> Counter[object]:
    total: Counter[object] = Counter()
    for content in contents:
        total += content
    return total


def fingerprint(facet: Facet) -> str:
    """The same for facets that show the same."""
    return repr(sorted(map(repr, facet.content.items())))


def all_alike(facets: Sequence[Facet]) -> bool:
    """Every letter shows the same: the server does not look at the letter."""
    return len(facets) > 1 and all(facet.filled and facet.content == facets[0].content for facet in facets)


def shows_all(index: LetterIndex, lines: Iterable[Line]) -> bool:
    """Whether entries are there under every letter that the index offers."""
    wanted = [label for label in index.labels if label not in (ALL, "#")]
    names = [line.name for line in lines]
    return bool(names) and all(any(covers(label, name) for name in names) for label in wanted)
