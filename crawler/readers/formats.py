"""Which reader a body is for, and what every reader yields: candidate listings, and what is said of the whole list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.guards import sniff
from crawler.readers.columns import Doubt
from crawler.readers.errors import UnreadablePage
from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import Listing


@dataclass(slots=True)
class Parts:
    """Everything that was found in one body."""

    listings: list[Listing] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """Short texts outside the lists: what may state how many entries there are."""
    halted: list[str] = field(default_factory=list)
    """Texts of entries that a class calls suspended or withdrawn."""
    legend: list[str] = field(default_factory=list)
    """What numbers stand for, outside plain text: "3 Plateforme d'hébergement d'applications"."""
    totals: list[int] = field(default_factory=list)
    """Totals that data state under a key of their own."""


def listings(body: bytes, media_type: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Parts:
    """Every candidate of a body. Raises UnreadablePage when the body can't be read as what it is."""
    kind = sniff(body, media_type, url)
    reader = _READERS.get(kind)
    if reader is None:
        raise UnreadablePage(
            "wrong_type", f"expected a web page, JSON, CSV, XLSX or PDF, found {kind} ({media_type or 'no type given'})",
            url=url, sha256=sha256,
        )  # fmt: skip
    return reader(body, media_type, url, sha256, dictionary)


def _html(body: bytes, media_type: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Parts:
    from crawler.readers import html, markup

    text, sound = markup.decode(body, charset(media_type))
    read = html.read(text, url, sha256, dictionary)
    parts = Parts(read.listings, texts=read.texts, halted=read.halted, legend=read.legend)
    _note_broken(parts, sound)
    return parts


def charset(media_type: str) -> str | None:
    """The charset of a Content-Type, if it names one."""
    found = re.search(r"charset\s*=\s*[\"']?([\w-]+)", media_type, re.IGNORECASE)
    return found.group(1) if found else None


def _note_broken(parts: Parts, sound: bool) -> None:
    if not sound:
        parts.doubts.append(
            Doubt(
                "encoding",
                "page",
                "\ufffd",
                "expected text in one encoding, found bytes that no usual encoding explains",
            )
        )


def _json(body: bytes, media_type: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Parts:
    from crawler.readers import html, json, legends, markup

    text, sound = markup.decode(body, charset(media_type))
    value, repeated = json.parse(text, url, sha256)
    document = json.read(value, url, sha256, dictionary)
    parts = Parts(document.listings, legend=legends.of_data(value))
    for _, fragment in document.markup:
        read = html.read(fragment, url, sha256, dictionary)
        parts.listings += read.listings
        parts.texts += read.texts
        parts.halted += read.halted
        parts.legend += read.legend
    parts.totals = document.totals
    if repeated:
        parts.doubts.append(
            Doubt(
                "repeated_key", "page", repeated[0], f"expected each key once in an object, found {repeated[0]!r} twice"
            )
        )
    _note_broken(parts, sound)
    return parts


def _csv(body: bytes, media_type: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Parts:
    from crawler.readers import layout, markup, sheet

    text, sound = markup.decode(body, charset(media_type))
    grids = sheet.csv_grids(text, url, sha256)
    parts = Parts([listing for grid in grids for listing in layout.listings(grid, dictionary, "sheet")])
    _note_broken(parts, sound)
    return parts


def _workbook(body: bytes, media_type: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Parts:
    from crawler.readers import layout, sheet

    grids = sheet.xlsx_grids(body, url, sha256)
    return Parts([listing for grid in grids for listing in layout.listings(grid, dictionary, "sheet")])


def _pdf(body: bytes, media_type: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Parts:
    from crawler.readers import layout, pdf

    grids, texts = pdf.read(body, url, sha256, dictionary)
    return Parts([listing for grid in grids for listing in layout.listings(grid, dictionary, "pdf")], texts=texts)


_Reader = Callable[[bytes, str, str, str, HeadingDictionary], Parts]
_READERS: dict[str, _Reader] = {
    "html": _html, "text": _html, "json": _json, "csv": _csv, "sheet": _workbook, "pdf": _pdf,
}  # fmt: skip
