"""One fetched page, read: its rows with what is wrong with them, and its documents for navigation.

Brings pages, readers and navigation together. A JSON answer that carries HTML (Drupal Ajax commands, `{"html": …}`) is
read as that HTML, with the JSON pointer in front of every locator.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from crawler import guards
from crawler.readers import REFUSING, NoListFound, Reading
from crawler.spiders import details, drupal
from crawler.spiders.details import Entry
from crawler.spiders.html import Document, decode
from crawler.spiders.shapes import Ask, Page
from registry.models import Problem, RawRow
from registry.text import fold

_EMPTY = re.compile(
    r"\b(?:aucun|aucune|no|pas d.|pas de|zero|0)\s*(?:\w+\s){0,2}(?:resultat|hebergeu?r|organisme|certificat|contenu|element|donnee|"
    r"entree|enregistrement|fiche|societe|entreprise|ligne|correspondance|result|host|entr(?:y|ies)|record|item|content|match|data|"
    r"provider|bod(?:y|ies)|certificate)s?\b|"
    r"\b(?:nothing|rien)\b.{0,20}\b(?:found|trouve)|\bliste? (?:est )?vide\b|\blist is empty\b|n.(?:a|ont) (?:ete )?(?:rien )?trouve"
)
_WAITING = re.compile(r"chargement|loading|veuillez patienter|please wait|erreur|error|indisponible|unavailable")


class Reader(Protocol):
    """`crawler.readers.read` for one source, with that source's dictionary."""

    def __call__(self, body: bytes, media_type: str, url: str, sha256: str) -> Reading: ...


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


@dataclass
class ReadPage:
    """One page of the walk, read."""

    ask: Ask
    page: Page
    documents: list[Document] = field(default_factory=list)
    """The page, or the pieces of HTML in a JSON answer; empty for files."""
    data: object = None
    """The parsed JSON, if it is JSON."""
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
    def filled(self) -> bool:
        return bool(self.lines or self.entries)

    def says_empty(self) -> bool:
        """Whether the page states that it has no entries, rather than failing to show them."""
        if self.lines:
            return False
        if self.data is not None and not self.documents:
            return _holds_no_entries(self.data)
        text = " ".join(fold(document.text) for document in self.documents)
        if _EMPTY.search(text):
            return True
        return any(_empty_table(document) for document in self.documents) and not _WAITING.search(text)


def _holds_no_entries(data: object) -> bool:
    if isinstance(data, list):
        return not data
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        return bool(lists) and not any(lists)
    return False


def _empty_table(document: Document) -> bool:
    """A table of headings without any line below."""
    for table in document.root.iter("table"):
        rows = list(table.iter("tr"))
        headings = [row for row in rows if len(row.findall("th")) >= 2]
        if headings and not any(row.findall("td") for row in rows):
            return True
    return False


def read_page(ask: Ask, page: Page, source: str, reader: Reader, base: str | None = None) -> ReadPage:
    """Reads one answer. `base` is where relative links inside an Ajax answer start: the page that asked for it.

    Raises UnreadablePage when a file can't be read as what it is; a page without a list just has no lines.
    """
    read = ReadPage(ask, page)
    kind = guards.sniff(page.body, page.media_type, page.url)
    if kind == "html":
        markup = decode(page.body, page.media_type)
        read.documents = [Document.parse(markup, page.url)]
        _take(read, reader, page.body, page.media_type, page.url, "")
        return read
    if kind == "json":
        try:
            read.data = json.loads(decode(page.body, page.media_type))
        except (ValueError, RecursionError):
            read.data = None
        pieces = list(drupal.fragments(read.data))
        if not drupal.is_commands(read.data):
            _take(read, reader, page.body, page.media_type, page.url, "")
            pieces = [] if read.lines else pieces
        for pointer, markup in pieces:
            read.documents.append(Document.parse(markup, base or page.url, fragment=True))
            _take(read, reader, markup.encode(), "text/html; charset=utf-8", base or page.url, pointer)
        return read
    _take(read, reader, page.body, page.media_type, page.url, "")
    return read


def _take(read: ReadPage, reader: Reader, body: bytes, media_type: str, url: str, pointer: str) -> None:
    """Adds what one body holds to the page; every row and problem points into the stored response."""
    try:
        reading = reader(body, media_type, url, read.page.sha256)
    except NoListFound:
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
            Line(replace(row, cells=cells, locator=place(row.locator), sha256=read.page.sha256, url=read.page.url))
        )
    for problem in reading.problems:
        problem = replace(problem, url=read.page.url, sha256=read.page.sha256, locator=place(problem.locator) or None)
        if problem.row is not None and problem.row < len(lines):
            lines[problem.row].problems.append(problem)
        else:
            read.problems.append(replace(problem, row=None))
        if problem.code in REFUSING:
            read.refusals.append(problem)
    read.lines += lines
    read.declared_total = reading.declared_total if read.declared_total is None else read.declared_total
    read.reader = read.reader or reading.reader
    read.fields.update(reading.fields)
    read.unread += [heading for heading in reading.unread if heading not in read.unread]


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
