"""Tables whose entries unfold: under the row of a host stands a row of one cell with what else there is to say of it.

Owns telling such rows from titles between groups, and joining both. What the unfolded cell prints is read like any
block; its certificates are told apart as those of a card.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.readers import layout, tables
from crawler.readers.flow import TableReader, read_flow
from crawler.readers.headings import HeadingDictionary
from crawler.readers.markup import Page
from crawler.readers.ownership import Mark, Owned, certificates, tell, unlabelled_values
from crawler.readers.printed import EMPTY, UNLABELLED, GridRow, Line, Listing, Printed, Record


@dataclass(frozen=True, slots=True)
class _Entry:
    row: GridRow
    below: Any = None
    """The cell that unfolds under the row."""


def listings(page: Page, dictionary: HeadingDictionary, reader: TableReader) -> list[Listing]:
    """One listing for each table of that kind. `reader` reads tables inside an unfolded cell (see `blocks`)."""
    found = []
    for table in tables.shallow_tables(page):
        elements = tables.rows_of(table)
        across = {at for at, cells in enumerate(elements) if tables.is_across(cells)}
        if len(across) < 2:
            continue
        grid = tables.grid_of(table, page)
        plain = [row for at, row in enumerate(grid.rows) if at not in across]
        headings = layout.find_headings(plain, dictionary)
        if headings is None:
            continue
        entries = _entries(grid.rows, elements, across, set(map(id, plain[headings.bottom :])))
        if entries is not None and (
            listing := _listing(page, grid.locator, headings.columns, entries, dictionary, reader)
        ):
            found.append(listing)
    return found


def _entries(
    rows: Sequence[GridRow], elements: Sequence[list[Any]], across: set[int], known: set[int]
) -> list[_Entry] | None:
    """The rows of the hosts with what unfolds below them; None when some row across stands under no host's row, as
    titles between groups do."""
    if any(at - 1 in across or id(rows[at - 1]) not in known for at in across):
        return None
    entries = [
        _Entry(row, elements[at + 1][0] if at + 1 in across else None)
        for at, row in enumerate(rows)
        if id(row) in known and at not in across
    ]
    return entries if len(across) * 2 > len(entries) else None


def _listing(
    page: Page,
    locator: str,
    headings: list[tuple[str, ...]],
    entries: list[_Entry],
    dictionary: HeadingDictionary,
    reader: TableReader,
) -> Listing | None:
    columns = {path: at for at, path in enumerate(headings)}
    if len(columns) != len(headings):
        return None
    records, told = [], 0
    for entry in entries:
        flaw = None if len(entry.row.slots) == len(headings) else "expected a cell under each heading, found others"
        parts = list(_unfolded(entry, page, dictionary, reader)) if entry.below is not None else []
        told += any(dictionary.sense(*path) for cells, _ in parts for path in cells)
        for cells, doubt in parts or [({}, None)]:
            values: list[Printed | None] = [slot.value if slot else EMPTY for slot in entry.row.slots[: len(headings)]]
            for path, value in cells.items():
                at = columns.setdefault(path, len(columns))
                values += [None] * (at + 1 - len(values))
                if values[at] is None or values[at].blank:  # type: ignore[union-attr]  # None was looked at before
                    values[at] = value
                elif values[at].text != value.text:  # type: ignore[union-attr]  # likewise
                    doubt = doubt or f"expected {path[-1]!r} to be the same in the row and below it"
            records.append(Record(values, entry.row.locator, flaw or doubt))
    if told * 2 <= len(entries):
        return None
    for record in records:
        record.values += [None] * (len(columns) - len(record.values))
    return Listing("table", list(columns), records, f"{locator} (unfolded)", scattered=True)


def _unfolded(
    entry: _Entry, page: Page, dictionary: HeadingDictionary, reader: TableReader
) -> Iterator[tuple[dict[tuple[str, ...], Printed], str | None]]:
    flow = read_flow(Page(entry.below, page.url), dictionary, reader)
    owned = Owned(Mark(EMPTY, entry.below, -1, None), list(flow.pairs))
    rest = Printed(tuple(Line(line.text) for line in tell([owned], flow.strays, page) if line.text))
    lost = unlabelled_values([rest])
    for cells, flaw in certificates(owned):
        if lost:
            flaw = flaw or f"expected a label before every value, found {lost[0][0]!r} without one"
        yield ({**cells, UNLABELLED: rest} if rest.lines else cells), flaw
