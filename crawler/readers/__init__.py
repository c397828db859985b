"""Bytes → raw rows, whatever the layout: `read`.

Owns choosing the reader for a body and the one list on a page. Pure: no network, no disk, no clock. Either every row
of the list is read exactly, or `Reading.problems` says what is not; a page that holds no such list raises
`NoListFound`. It gives no value a meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crawler.readers.errors import NoListFound, UnreadablePage
from registry.models import Problem, RawRow

if TYPE_CHECKING:
    from crawler.readers.headings import HeadingDictionary
    from crawler.readers.mapping import Mapping
    from crawler.readers.printed import Listing
    from registry.models import Source

__all__ = ["REFUSING", "NoListFound", "Reading", "UnreadablePage", "read"]

REFUSING = frozenset(
    ("shifted_cells", "nameless_row", "ambiguous_columns", "values_unlike_heading", "dates_backwards",
     "activities_incomplete", "unread_row", "two_lists", "not_loaded", "encoding", "truncated", "several_certificates")
)  # fmt: skip
"""Problem codes that mean: rows or fields of this page are missing or may be wrong. Such a page is never accepted."""


@dataclass(frozen=True)
class Reading:
    """What a body was read as."""

    reader: str
    """`table`, `blocks`, `json`, `sheet` or `pdf`."""
    rows: list[RawRow] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    """Heading → field."""
    unread: list[str] = field(default_factory=list)
    """Headings that were not understood, or are known to be none of our fields."""
    declared_total: int | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def refusals(self) -> list[Problem]:
        """The problems for which this page must not be accepted."""
        return [problem for problem in self.problems if problem.code in REFUSING]


def read(
    body: bytes,
    media_type: str,
    url: str,
    source: Source,
    sha256: str,
    dictionary: HeadingDictionary | None = None,
) -> Reading:
    """Reads one body as the list of `source`.

    `media_type` is what the server said (may be empty or wrong: the bytes decide). Raises NoListFound when there is no
    such list in it, UnreadablePage when it can't be read as what it is.
    """
    if dictionary is None:
        from crawler.sources import load_source

        dictionary = load_source(source).dictionary
    return _read_html(body, media_type, url, source, sha256, dictionary)


def _read_html(
    body: bytes, media_type: str, url: str, source: Source, sha256: str, dictionary: HeadingDictionary
) -> Reading:
    from crawler.readers import layout, mapping, markup, rows, tables

    text, sound = markup.decode(body)
    root = markup.parse(text, url, sha256)
    best: tuple[float, Listing, Mapping] | None = None
    if root is not None:
        for grid in tables.grids(root, url):
            for listing in layout.listings(grid, dictionary):
                decided = mapping.assign(listing, dictionary)
                score = mapping.score(listing, decided, source, dictionary)
                if score and (best is None or score > best[0]):
                    best = (score, listing, decided)
    if best is None:
        raise NoListFound("no_list", f"expected a list of {source}, found none on {url}", url=url, sha256=sha256)
    _, listing, decided = best
    read_rows = rows.build(listing, decided, rows.Page(source, url, sha256))
    problems = [_of_doubt(doubt, url, sha256) for doubt in decided.doubts] + read_rows.problems
    return Reading(
        reader=listing.reader,
        rows=read_rows.rows,
        fields={listing.heading(at): name for at, name in decided.fields.items()},
        unread=[listing.heading(at) for at in decided.unread if listing.columns[at]],
        problems=problems,
    )


def _of_doubt(doubt: Any, url: str, sha256: str) -> Problem:
    return Problem(None, doubt.field, doubt.raw, doubt.message, doubt.code, url, sha256)
