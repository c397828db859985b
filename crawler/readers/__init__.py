"""Bytes → raw rows, whatever the layout: `read`.

Owns choosing the reader for a body and the one list on a page. Pure: no network, no disk, no clock. Either every row
of the list is read exactly, or `Reading.problems` says what is not; a page that holds no such list raises
`NoListFound`. It gives no value a meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.readers.errors import NoListFound, UnreadablePage
from registry.models import Problem, RawRow

if TYPE_CHECKING:
    from crawler.readers.choose import Chosen
    from crawler.readers.formats import Parts
    from crawler.readers.headings import HeadingDictionary
    from crawler.readers.rows import Page
    from registry.models import Source

__all__ = ["REFUSING", "NoListFound", "Reading", "UnreadablePage", "read"]

REFUSING = frozenset(
    ("shifted_cells", "nameless_row", "ambiguous_columns", "values_unlike_heading", "dates_backwards",
     "activities_incomplete", "unread_row", "empty_column", "unexplained_column", "two_lists", "not_loaded", "encoding",
     "truncated",
     "several_certificates", "unread_halt")
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
    from crawler.readers import choose, formats, rows

    parts = formats.listings(body, media_type, url, sha256, dictionary)
    chosen = choose.choose(parts.listings, source, dictionary)
    if chosen is None:
        raise NoListFound(
            "no_list",
            f"expected a list of {source} on {url}, found none: no table, block or data with headings for a name and a "
            "certificate; run `hdswatch probe` on it, and see docs/adapting.md",
            url=url, sha256=sha256,
        )  # fmt: skip
    return _reading(chosen, parts, rows.Page(source, url, sha256))


def _reading(chosen: Chosen, parts: Parts, page: Page) -> Reading:
    from crawler.readers import halts, legends, rows

    listing, mapping = chosen.listing, chosen.mapping
    built = rows.build(listing, mapping, page)
    doubts = [*parts.doubts, *mapping.doubts, *chosen.doubts]
    if page.source == "hosts":
        doubts += halts.beside(parts.texts, parts.halted, built.rows)
        doubts += legends.contradicted([*parts.legend, *parts.texts], built.rows)
    problems = [
        Problem(None, doubt.field, doubt.raw, doubt.message, doubt.code, page.url, page.sha256) for doubt in doubts
    ]
    return Reading(
        reader=listing.reader,
        rows=built.rows,
        fields={
            listing.heading(at): _shown(name, listing.heading(at), built.rows, page.source)
            for at, name in sorted(mapping.fields.items())
        },
        unread=[listing.heading(at) for at in mapping.unread if any(listing.columns[at])],
        declared_total=_declared_total(chosen, parts, page.source),
        problems=problems + built.problems,
    )


def _declared_total(chosen: Chosen, parts: Parts, source: Source) -> int | None:
    from crawler.readers import totals

    notes = [text for kind, text, _ in chosen.listing.notes if kind == "total"]
    printed = totals.declared_total([*parts.texts, *chosen.listing.context, *notes], source)
    if printed is None and len(set(parts.totals)) == 1:
        return parts.totals[0]
    return printed


def _shown(name: str, heading: str, rows: list[RawRow], source: Source) -> str:
    """A column's field as people see it; of a column that tells several, those that it told."""
    from crawler.readers.headings import FACETS, PERIOD
    from crawler.readers.rows import PERIOD_FIELDS

    if name == FACETS:
        return ", ".join(
            dict.fromkeys(told for row in rows for told, cell in row.cells.items() if cell.heading == heading)
        )
    return ", ".join(PERIOD_FIELDS[source]) if name == PERIOD else name
