"""Rows that a script gives without headings, and the headings that the same page gives elsewhere.

Table programs take both apart: `var rows = [["Acme", …], …]` with `columns: [{title: "Hébergeur"}, …]`, or with a
`<thead>` over no row. Owns bringing them together where there is no doubt which belong together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crawler.readers.headings import HeadingDictionary
from crawler.readers.json_tables import column_name, of_array, of_object
from crawler.readers.layout import heading_text
from crawler.readers.markup import Page
from crawler.readers.printed import Listing
from crawler.readers.tables import grids


def listings(page: Page, values: Sequence[tuple[str, Any]], dictionary: HeadingDictionary) -> Iterator[Listing]:
    """The rows of each value that are arrays, under the one row of headings of that width. `values` are those that the
    page's scripts carry, with where they stand."""
    every = [inner for value in values for inner in _arrays(*value)]
    rows = [(where, one) for where, one in every if _are_rows(one) and not list(of_array("", one, dictionary))]
    if not rows:
        return
    headings = {tuple(one) for one in (*_of_tables(page), *map(_titles, (one for _, one in every))) if one}
    for where, one in rows:
        fitting = [names for names in headings if len(names) == len(one[0])]
        if len(fitting) == 1:
            for listing in of_object("", {"columns": list(fitting[0]), "rows": one}, dictionary):
                listing.locator = f"{where} {listing.locator}"
                yield listing


def _arrays(where: str, value: Any, depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """The arrays in a value, not those inside arrays."""
    if isinstance(value, list):
        yield where, value
    elif isinstance(value, dict) and depth < 4:
        for inner in value.values():
            yield from _arrays(where, inner, depth + 1)


def _are_rows(value: list[Any]) -> bool:
    return all(isinstance(row, list) and len(row) == len(value[0]) > 1 for row in value) if value else False


def _titles(value: list[Any]) -> list[str]:
    """The headings that an array of columns gives: `[{title: "Hébergeur"}, {title: "SIREN"}]`."""
    if len(value) < 2 or not all(isinstance(one, dict) and "title" in one for one in value):
        return []
    names = [column_name(one) for one in value]
    return [name for name in names if name] if all(names) else []


def _of_tables(page: Page) -> Iterator[list[str]]:
    """The headings of tables that have no other row: a script is to fill them."""
    for grid in grids(page):
        if len({row.section for row in grid.rows} & {"head"}) and all(row.section != "body" for row in grid.rows):
            yield [heading_text(value) for value in grid.rows[0].values]
