"""A list with a line for each activity of a certificate → a row for each certificate.

Owns noticing that layout: every line of the list names exactly one activity, and lines alike in all else name different
ones. Anything less certain is left as it is, so that the gate sees lines that contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from registry.activities import read_scope
from registry.models import RawRow
from registry.text import clean

_Key = tuple[tuple[str, str], ...]


def joined(rows: Sequence[RawRow]) -> list[RawRow]:
    """The rows with those joined that differ in their one activity only; the same rows when the list is not so made."""
    groups: dict[_Key, list[tuple[int, RawRow]]] = {}
    for row in rows:
        activity = _only_activity(row)
        if activity is None:
            return list(rows)
        groups.setdefault(_rest(row), []).append((activity, row))
    if len(groups) == len(rows) or any(len({number for number, _ in group}) < len(group) for group in groups.values()):
        return list(rows)
    return [_whole([row for _, row in group]) for group in groups.values()]


def _only_activity(row: RawRow) -> int | None:
    cell = row.cells.get("activities")
    held = read_scope(cell.text).activities if cell else None
    return next(iter(held)) if held is not None and len(held) == 1 else None


def _rest(row: RawRow) -> _Key:
    return tuple(sorted((name, clean(cell.text)) for name, cell in row.cells.items() if name != "activities"))


def _whole(rows: Sequence[RawRow]) -> RawRow:
    first = rows[0]
    if len(rows) == 1:
        return first
    text = "\n".join(row.cells["activities"].text for row in rows)
    return replace(first, cells={**first.cells, "activities": replace(first.cells["activities"], text=text)})
