"""Tables written as JSON: rows under named columns, lists under each heading, objects keyed by column, arrays of arrays.

Owns the shapes of charting and table libraries. They become grids, whose headings `layout` finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crawler.readers.headings import HeadingDictionary
from crawler.readers.json_values import printed_scalar
from crawler.readers.layout import listings
from crawler.readers.printed import Grid, GridRow, Listing, Slot

_ROW_KEYS = ("rows", "data", "values", "items", "records", "lignes", "donnees", "results", "body", "aaData")
_COLUMN_KEYS = (
    "columns", "headers", "header", "fields", "cols", "colonnes", "entetes", "head", "labels", "schema", "names",
)  # fmt: skip


def of_object(pointer: str, node: Mapping[str, Any], dictionary: HeadingDictionary) -> Iterator[Listing]:
    """The tables that one object is, each read as a grid."""
    for grid in (_columns_and_rows(pointer, node), _lists_by_heading(pointer, node), _turned(pointer, node)):
        if grid is not None:
            yield from listings(grid, dictionary, "json")


def of_array(pointer: str, node: Sequence[Any], dictionary: HeadingDictionary) -> Iterator[Listing]:
    """An array of arrays as a grid."""
    if len(node) > 1 and all(isinstance(item, list) for item in node):
        yield from listings(_grid(pointer, [list(map(_cell_value, row)) for row in node]), dictionary, "json")


def _lists_by_heading(pointer: str, node: Mapping[str, Any]) -> Grid | None:
    """`{"Hébergeur": [...], "Certificat": [...]}`: a list under each heading, all of one length."""
    lists = [value for value in node.values() if isinstance(value, list)]
    if (
        len(lists) < 2
        or len(lists) != len(node)
        or len({len(value) for value in lists}) != 1
        or not _all_scalars(lists)
    ):
        return None
    return _grid(pointer, [list(node), *map(list, zip(*lists, strict=True))])


def _turned(pointer: str, node: Mapping[str, Any]) -> Grid | None:
    """Objects keyed by column, each keyed by row: `{"Hébergeur": {"0": …}, "Certificat": {"0": …}}`."""
    inner = [value for value in node.values() if isinstance(value, dict)]
    if len(inner) < 2 or len(inner) != len(node):
        return None
    keys = list(inner[0])
    if (
        len(keys) > 100_000
        or any(list(value) != keys for value in inner)
        or not _all_scalars(v.values() for v in inner)
    ):
        return None
    return _grid(pointer, [list(node), *([value[key] for value in inner] for key in keys)])


def _all_scalars(rows: Iterable[Iterable[Any]]) -> bool:
    return all(not isinstance(value, dict | list) for row in rows for value in row)


def _columns_and_rows(pointer: str, node: Mapping[str, Any]) -> Grid | None:
    rows = next((node[key] for key in _ROW_KEYS if isinstance(node.get(key), list) and node[key]), None)
    columns = next((node[key] for key in _COLUMN_KEYS if isinstance(node.get(key), list) and node[key]), None)
    if rows is None or columns is None:
        return None
    headings = [column_name(column) for column in columns]
    if any(name is None for name in headings):
        return None
    table: list[list[Any]] = [list(headings)]
    keys = [_column_key(column) for column in columns]
    if all(isinstance(row, dict) and all(key in row for key in keys) for row in rows):
        return _grid(pointer, [*table, *([_cell_value(row[key]) for key in keys] for row in rows)])
    for row in rows:
        cells = row.get("c") or row.get("cells") or row.get("values") if isinstance(row, dict) else row
        if not isinstance(cells, list):
            return None
        table.append([_cell_value(cell) for cell in cells])
    return _grid(pointer, table)


def column_name(column: Any) -> str | None:
    """What a column is called, given by name or as an object of a table program; None when it is neither."""
    if isinstance(column, str):
        return column
    if isinstance(column, dict):
        for key in (
            "label",
            "title",
            "header",
            "headerName",
            "name",
            "text",
            "titre",
            "libelle",
            "field",
            "data",
            "key",
            "id",
        ):
            if isinstance(column.get(key), str) and column[key]:
                return str(column[key])
    return None


def _column_key(column: Any) -> str | None:
    """The key under which rows hold the value of a column."""
    if isinstance(column, dict):
        for key in ("key", "field", "data", "id", "name", "dataIndex", "accessor", "prop", "property", "value"):
            if isinstance(column.get(key), str):
                return str(column[key])
    return column if isinstance(column, str) else None


def _cell_value(cell: Any) -> Any:
    if isinstance(cell, dict):
        for key in ("f", "v", "value", "text", "display"):
            if key in cell:
                return cell[key]
    return cell


def _grid(pointer: str, rows: Sequence[Sequence[Any]]) -> Grid:
    out = []
    for number, row in enumerate(rows):
        slots: list[Slot | None] = [
            Slot(printed_scalar(value, f"{pointer}/{number}/{at}", ""), (number, at)) for at, value in enumerate(row)
        ]
        out.append(GridRow(slots, f"{pointer}/{number}"))
    return Grid(out, pointer or "/")
