"""The text of a certificate: lines that know where they stand, and one running text that leads back to them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from registry.text import clean, fold


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text and where it stands; pages and lines count from 1."""

    page: int
    number: int
    text: str

    @property
    def locator(self) -> str:
        return f"page {self.page} line {self.number}"


def lines_of(pages: Sequence[Sequence[str]]) -> list[Line]:
    """The lines that say something, cleaned, in reading order."""
    return [
        Line(page, number, cleaned)
        for page, texts in enumerate(pages, 1)
        for number, text in enumerate(texts, 1)
        if (cleaned := clean(text))
    ]


def plain(text: str) -> str:
    """Folded for comparison, with straight apostrophes."""
    return re.sub(r"['’ʼ]", "'", fold(text))


@dataclass(frozen=True)
class Flow:
    """Lines joined by line ends, so that a phrase may run over two of them."""

    text: str
    starts: tuple[int, ...]
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, lines: Sequence[Line], *, folded: bool) -> Flow:
        text, starts = "", []
        for line in lines:
            starts.append(len(text))
            text += (plain(line.text) if folded else line.text) + "\n"
        return cls(text, tuple(starts), tuple(lines))

    def index(self, place: int) -> int:
        """Which line a place in the text belongs to."""
        return bisect_right(self.starts, place) - 1

    def line(self, place: int) -> Line:
        return self.lines[self.index(place)]

    def line_start(self, place: int) -> int:
        """Where the line of that place begins in the text."""
        return self.starts[self.index(place)]

    def line_end(self, place: int) -> int:
        following = self.index(place) + 1
        return self.starts[following] - 1 if following < len(self.starts) else len(self.text)
