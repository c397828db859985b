"""A decided listing → raw rows: one row for each certificate, cells named by field, everything else kept as unread.

Owns splitting a cell that prints a period or several certificates. A row that can't be read exactly becomes a problem
that refuses the page, never a row with holes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler.readers import shapes
from crawler.readers.headings import PERIOD
from crawler.readers.mapping import Mapping
from crawler.readers.printed import Line, Listing, Printed, Record
from registry.models import Problem, RawCell, RawRow
from registry.text import fold

if TYPE_CHECKING:
    from registry.models import Source

_PERIOD_FIELDS = {"hosts": ("issued_on", "expires_on"), "certifiers": ("accredited_on", "accreditation_ended_on")}
_KEY = {"hosts": "legal_name", "certifiers": "name"}


@dataclass(slots=True)
class Rows:
    rows: list[RawRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a listing was read."""

    source: Source
    url: str
    sha256: str


def build(listing: Listing, mapping: Mapping, page: Page) -> Rows:
    """The raw rows of a listing."""
    out = Rows()
    for record in listing.records:
        _read_record(listing, mapping, page, record, out)
    return out


def _problem(page: Page, out: Rows, record: Record, code: str, name: str, raw: str, message: str) -> None:
    out.problems.append(
        Problem(
            row=len(out.rows), field=name, raw=raw[:500], message=message, code=code,
            url=page.url, sha256=page.sha256, locator=record.locator,
        )
    )  # fmt: skip


def _read_record(listing: Listing, mapping: Mapping, page: Page, record: Record, out: Rows) -> None:
    printed = " | ".join(value.text.replace("\n", " ") for value in record.values if value is not None and value.text)
    if record.flaw:
        _problem(page, out, record, "shifted_cells", "row", printed, f"{record.flaw}; the row is not read")
        return
    cells: dict[str, Printed] = {}
    unread: dict[str, str] = {}
    for column, value in enumerate(record.values):
        if value is None or value.blank or column >= len(listing.columns):
            continue
        name = mapping.fields.get(column)
        if name is None:
            unread[listing.heading(column) or f"column {column + 1}"] = value.text or value.href or ""
            continue
        if column in record.spans:
            first = mapping.fields.get(record.spans[column])
            if first != name:
                _problem(
                    page, out, record, "shifted_cells", name, value.text,
                    f"expected a value of its own for {name}, found one cell across {first} and {name}; the row is not read",
                )  # fmt: skip
                return
            continue
        cells[name] = _without_label(value, listing.columns[column])
    key = _KEY[page.source]
    if key not in cells:
        if not cells:
            return
        _problem(
            page, out, record, "nameless_row", key, printed,
            f"expected a name in every row, found none beside {', '.join(cells)}; the row is not read",
        )  # fmt: skip
        return
    _split_period(cells, page)
    out.rows.append(
        RawRow(
            page.source, page.sha256, page.url, record.locator,
            {name: _raw(value, _heading(listing, mapping, name)) for name, value in cells.items()}, unread,
        )
    )  # fmt: skip


def _heading(listing: Listing, mapping: Mapping, name: str) -> str:
    column = mapping.column(name)
    if column is None:
        column = mapping.column(PERIOD)
    return listing.heading(column) if column is not None else ""


def _raw(value: Printed, heading: str) -> RawCell:
    return RawCell(value.text, value.locator, heading, value.href)


def _without_label(value: Printed, path: tuple[str, ...]) -> Printed:
    """Takes away the column's own heading printed again inside the cell, as narrow screens show it."""
    names = {fold(part).rstrip(" :") for part in (*path[-1:], " ".join(path))}
    first = value.lines[0] if value.lines else None
    if first is None or not path:
        return value
    if fold(first.text).rstrip(" :") in names and len(value.lines) > 1:
        return value.with_lines(value.lines[1:])
    label, colon, rest = first.text.partition(":")
    if colon and rest.strip() and fold(label).strip() in names:
        return value.with_lines((Line(rest.strip(), first.href, first.item), *value.lines[1:]))
    return value


def _split_period(cells: dict[str, Printed], page: Page) -> None:
    value = cells.pop(PERIOD, None)
    if value is None:
        return
    found = shapes.dates_in(value.text)
    names = _PERIOD_FIELDS[page.source]
    if len(found) == 2:
        for name, (text, _) in zip(names, found, strict=True):
            cells.setdefault(name, value.with_lines((Line(text),)))
    else:
        end = re.search(r"jusqu|until|expire|\bfin\b", fold(value.text))
        cells.setdefault(names[1] if end or not found else names[0], value)
