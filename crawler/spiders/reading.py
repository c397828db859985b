"""One fetched page, read: its rows with what is wrong with them, and its documents for navigation.

Brings pages, readers and navigation together. A JSON answer that carries HTML (Drupal Ajax commands, `{"html": …}`) is
read as that HTML, with the JSON pointer in front of every locator.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import guards
from crawler.page import Document, decode
from crawler.readers import REFUSING, NoListFound, Reading, read
from crawler.readers.totals import declared_total
from crawler.sources import load_source
from crawler.spiders import details, drupal
from crawler.spiders.details import Entry
from crawler.spiders.shapes import Ask, Page
from crawler.spiders.wording import wording
from registry.models import Problem, RawRow, Source
from registry.text import fold

if TYPE_CHECKING:
    from crawler.readers.headings import HeadingDictionary


@dataclass(frozen=True)
class Reader:
    """`crawler.readers` for one source, with that source's dictionary. Make one with `reader_for`."""

    source: Source
    dictionary: HeadingDictionary

    def read(self, body: bytes, media_type: str, url: str, sha256: str) -> Reading:
        """See `crawler.readers.read`."""
        return read(body, media_type, url, self.source, sha256, self.dictionary)

    def stated_total(self, lines: Iterable[str]) -> int | None:
        """How many entries a page without any says that the list has."""
        return declared_total(lines, self.source)


def reader_for(source: Source, home: Path | None) -> Reader:
    """The reader of a source, with the operator's additions to its dictionary."""
    return Reader(source, load_source(source, home).dictionary)


@dataclass(slots=True)
class Line:
    """A row and what was wrong with it; the number of a row within the run is known only at the end."""

    row: RawRow
    problems: list[Problem] = field(default_factory=list)

    @property
    def signature(self) -> tuple[object, ...]:
        """The same for rows that print the same."""
        cells = tuple(sorted((name, " ".join(cell.text.split())) for name, cell in self.row.cells.items()))
        return (*cells, tuple(sorted(self.row.unread.items())))

    @property
    def name(self) -> str:
        return details.name_of(self.row)

    @property
    def values(self) -> list[str]:
        """Everything that the row prints."""
        return [cell.text for cell in self.row.cells.values()]


@dataclass
class ReadPage:
    """One page of the walk, read."""

    ask: Ask
    page: Page
    documents: list[Document] = field(default_factory=list)
    """The page, or the pieces of HTML in a JSON answer; empty for files."""
    data: object = None
    """The parsed JSON, if it is JSON."""
    commands: bool = False
    """The JSON is a list of Drupal Ajax commands: only its HTML counts."""
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """About the page as a whole."""
    refusals: list[Problem] = field(default_factory=list)
    """Why what was read here must not be believed."""
    declared_total: int | None = None
    reader: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    """Links that may each lead to the page of one host; set when the page has no rows of its own."""

    @property
    def rows(self) -> list[RawRow]:
        return [line.row for line in self.lines]

    @cached_property
    def names(self) -> set[str]:
        return {fold(line.name) for line in self.lines if len(line.name) > 2}

    @property
    def content(self) -> Counter[object]:
        """What the page holds of the list, comparable with other pages."""
        if self.lines:
            return Counter(line.signature for line in self.lines)
        return Counter((entry.name, entry.url) for entry in self.entries)

    @property
    def sort(self) -> str:
        """What sort of answer it is; pages of one list are of one sort."""
        if self.data is not None:
            return "commands" if self.commands else "data"
        return "page" if self.documents else "file"

    @property
    def filled(self) -> bool:
        return bool(self.lines or self.entries)

    def says_empty(self, elsewhere: Collection[str] = ()) -> bool:
        """Whether the page states that it has no entries, rather than failing to show them. What also stands on pages
        that do have some (`elsewhere`, see `statements`) is no such statement."""
        if self.filled:
            return False
        if self.data is not None and not self.documents:
            return _holds_no_entries(self.data)
        return any(wording("empty").search(line) for line in self.statements() if line not in elsewhere)

    def statements(self) -> set[str]:
        """The short texts of the page, folded."""
        return {fold(line) for document in self.documents for line in document.lines() if len(line) <= 300}


def _holds_no_entries(data: object) -> bool:
    if isinstance(data, list):
        return not data
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        return bool(lists) and not any(lists)
    return False


def read_page(ask: Ask, page: Page, reader: Reader, base: str | None = None) -> ReadPage:
    """Reads one answer. `base` is where relative links inside an Ajax answer start: the page that asked for it.

    Raises UnreadablePage when a file can't be read as what it is; a page without a list just has no lines.
    """
    result = ReadPage(ask, page)
    kind = guards.sniff(page.body, page.media_type, page.url)
    if kind == "html":
        result.documents = [Document.parse(decode(page.body, page.media_type), page.url)]
    if kind != "json":
        _take(result, reader, page.body, page.media_type, page.url)
        return result
    with suppress(ValueError, RecursionError):
        result.data = json.loads(decode(page.body, page.media_type))
    result.commands = drupal.is_commands(result.data)
    if not result.commands:
        _take(result, reader, page.body, page.media_type, page.url)
    understood = bool(result.lines)
    for pointer, markup in drupal.fragments(result.data):
        result.documents.append(Document.parse(markup, base or page.url))
        if not understood:
            _take(result, reader, markup.encode(), "text/html; charset=utf-8", base or page.url, pointer)
    return result


def read_beside(page: ReadPage, other: ReadPage, reader: Reader) -> list[Line]:
    """The rows of a page that says too little to be known as one of its kind, read together with one that is known.
    Rows of the other page may be among them: the caller knows whose rows it wants."""
    if len(page.documents) != 1 or len(other.documents) != 1:
        return []
    together = ReadPage(page.ask, page.page)
    body = page.documents[0].beside(other.documents[0])
    _take(together, reader, body, "text/html; charset=utf-8", page.page.url)
    return together.lines


def _take(into: ReadPage, reader: Reader, body: bytes, media_type: str, url: str, pointer: str = "") -> None:
    """Adds what one body holds to the page; every row and problem points into the stored response."""
    try:
        reading = reader.read(body, media_type, url, into.page.sha256)
    except NoListFound:
        if into.declared_total is None and into.documents:
            into.declared_total = reader.stated_total(into.documents[-1].lines())
        return

    def place(locator: str | None) -> str:
        return " ".join(part for part in (pointer, locator) if part)

    lines = []
    for row in reading.rows:
        cells = (
            {name: replace(cell, locator=place(cell.locator)) for name, cell in row.cells.items()}
            if pointer
            else row.cells
        )
        lines.append(
            Line(replace(row, cells=cells, locator=place(row.locator), sha256=into.page.sha256, url=into.page.url))
        )
    for problem in reading.problems:
        problem = replace(problem, url=into.page.url, sha256=into.page.sha256, locator=place(problem.locator) or None)
        if problem.row is not None and problem.row < len(lines):
            lines[problem.row].problems.append(problem)
        else:
            into.problems.append(replace(problem, row=None))
        if problem.code in REFUSING:
            into.refusals.append(problem)
    into.lines += lines
    into.declared_total = reading.declared_total if into.declared_total is None else into.declared_total
    into.reader = into.reader or reading.reader
    into.fields.update(reading.fields)
    into.unread += [heading for heading in reading.unread if heading not in into.unread]


def set_entries(pages: Iterable[ReadPage], listed: Iterable[str]) -> None:
    """Finds, on pages without rows, the links that lead to single hosts: seen together, since what stands on every page
    is not the list."""
    known = frozenset(listed)
    chosen = [page for page in pages if not page.lines and page.documents]
    found = details.choose(
        [[e for document in page.documents for e in details.entries(document, known)] for page in chosen]
    )
    for page, entries in zip(chosen, found, strict=False):
        page.entries = entries
