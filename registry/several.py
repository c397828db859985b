"""One printed line that holds several certificates of a host: split it when the pairing is certain, else say so.

Certain means: the date cells hold n ≥ 2 dates, one a line, and the numbers are n as well (or there are none). What is
printed once for several certificates is shared only when it can't differ between them; anything else becomes blank with
a message, because pairing it by luck could show a certificate that does not exist.
"""

from __future__ import annotations

import re
from dataclasses import replace

from registry.activities import read_scope
from registry.dates import looks_like_date
from registry.models import RawRow

_DATES = ("issued_on", "expires_on")
_PAIRED = ("number", "referential", "source_status", "document_url", "transparency_url", "certifier", "scope")
_SHARED = ("certifier", "scope")


def split_row(row: RawRow) -> tuple[list[RawRow], list[tuple[str, str]]]:
    """The row's certificates as rows of their own, and (field, message) for what could not be paired."""
    dates = {name: parts for name in _DATES if len(parts := _dates(row, name)) > 1}
    if not dates:
        return _one_date(row)
    count = len(next(iter(dates.values())))
    numbers = _parts(row, "number")
    lone = [name for name in _DATES if name not in dates and _parts(row, name)]
    if any(len(parts) != count for parts in dates.values()) or lone or (numbers and len(numbers) != count):
        names = [name for name in (*_DATES, "number") if _parts(row, name)]
        return [_blank(row, names)], [
            (names[0], "several certificates in one line, and their numbers and dates can't be paired")
        ]
    return _paired(row, dates, count)


def _paired(row: RawRow, dates: dict[str, list[str]], count: int) -> tuple[list[RawRow], list[tuple[str, str]]]:
    columns = dict(dates)
    uncertain: list[str] = []
    for name in row.cells:
        if name in dates or (name not in (*_PAIRED, "activities") and not name.startswith("activity_")):
            continue
        parts = _parts(row, name)
        if len(parts) == count and (name != "activities" or all(_whole(part) for part in parts)):
            columns[name] = parts
        elif parts and name not in _SHARED:
            uncertain.append(name)
    rows = []
    for index in range(count):
        cells = {
            name: replace(cell, text=columns[name][index]) if name in columns else cell
            for name, cell in row.cells.items()
        }
        rows.append(_blank(replace(row, cells=cells), uncertain))
    message = f"printed once for {count} certificates in one line: can't tell which it belongs to"
    return rows, [(name, message) for name in uncertain]


def _one_date(row: RawRow) -> tuple[list[RawRow], list[tuple[str, str]]]:
    """Several numbers beside a single date: the date belongs to one of them, nobody knows which. Without any date the
    numbers are certificates of their own."""
    lines = _parts(row, "number")
    if len(lines) < 2 or not all(map(_is_number, lines)):
        return [row], []
    if not any(_parts(row, name) for name in _DATES):
        return _paired(row, {"number": lines}, len(lines))
    names = [name for name in ("number", *_DATES) if name in row.cells]
    return [_blank(row, names)], [
        ("number", f"{len(lines)} certificate numbers beside one date: can't tell which it belongs to")
    ]


def _whole(text: str) -> bool:
    """Whether a line of activities can stand alone, rather than be one entry of a longer list."""
    found = read_scope(text).activities
    return found is not None and len(found) > 1


def _parts(row: RawRow, name: str) -> list[str]:
    cell = row.cells.get(name)
    if cell is None:
        return []
    lines = [line.strip() for line in cell.text.splitlines() if line.strip()]
    if len(lines) == 1:
        lines = [part.strip() for part in re.split(r"\s*;\s*|\s+/\s+", lines[0]) if part.strip()]
    if len(lines) == 1 and name in _LISTED:
        parts = [part.strip() for part in _IN_LINE.split(lines[0]) if part.strip()]
        if name == "number" and not all(map(_is_number, parts)):
            return lines  # "38436-2, rév. 3" is one number
        return parts
    return lines


_LISTED = (*_DATES, "number", "referential", "source_status")
"""What a line may print one after the other, with commas."""
_IN_LINE = re.compile(r",\s+|\s+(?:et|and|&|\|)\s+")


def _is_number(text: str) -> bool:
    return len(re.findall(r"\d", text)) >= 3


def _dates(row: RawRow, name: str) -> list[str]:
    """The dates of a cell that holds several; empty when the cell is one date or one period."""
    cell = row.cells.get(name)
    if cell is None or looks_like_date(cell.text):
        return []
    parts = _parts(row, name)
    return parts if all(looks_like_date(part) for part in parts) else []


def _blank(row: RawRow, names: list[str]) -> RawRow:
    return replace(
        row,
        cells={name: replace(cell, text="", href=None) if name in names else cell for name, cell in row.cells.items()},
    )
