"""Entries whose cells stand under the wrong headings, seen in the entry itself.

Owns noticing two cells that changed places, a name that can't be one, and a date that belongs to the other end of the
validity. Says so; moves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date

from crawler.readers import shapes
from crawler.readers.printed import Printed
from registry.labels import says_nothing
from registry.text import clean
from registry.vocabulary import known_certifier

_KEYS = ("legal_name", "name")
_TYPED = (
    "legal_name", "name", "siren", "certifier", "number", "referential", "activities", "issued_on", "expires_on",
    "accreditor", "accreditation_number", "accredited_on", "accreditation_ended_on", "website", "source_status",
)  # fmt: skip
_ENDS = (("issued_on", "expires_on"), ("accredited_on", "accreditation_ended_on"))

Cells = Mapping[str, Printed]


def misplaced(cells: Cells) -> str | None:
    """Why the cells of an entry can't all be what their headings say, or None."""
    said = {
        name: value
        for name, value in cells.items()
        if name in _TYPED and not value.blank and not says_nothing(value.text)
    }
    for one, other in itertools.combinations(said, 2):
        if one.startswith("accred") and other.startswith("accred"):
            continue
        wrong = not _is(one, said[one]) or not _is(other, said[other])
        if wrong and _is(one, said[other]) and _is(other, said[one]):
            return f"{one} and {other} seem to have changed places ({said[one].text[:60]!r}, {said[other].text[:60]!r})"
    for key in _KEYS:
        if key in said and not _can_be_a_name(said[key]):
            return f"expected a name, found {said[key].text[:80]!r}"
    return None


def _is(name: str, value: Printed) -> bool:
    """Stricter than a column's shape: a known body is no host, a host's name is no certifier's."""
    text = clean(value.text)
    if name == "legal_name":
        return _can_be_a_name(value) and known_certifier(text) is None and not _code_like(text)
    if name == "certifier":
        return known_certifier(text) is not None or (shapes.is_name(value) and not _code_like(text))
    if name == "activities" and shapes.is_version_text(text):
        return False
    return shapes.may_be_number(value) if name == "number" else shapes.fits(name, value)


def _code_like(text: str) -> bool:
    """One word made mostly of digits: a number, not a name."""
    return " " not in text and sum(char.isdigit() for char in text) * 2 > len(text)


def _can_be_a_name(value: Printed) -> bool:
    text = clean(value.text)
    if shapes.is_date(value) or shapes.is_siren(value) or shapes.is_number_list(text) or says_nothing(text):
        return False
    return not (shapes.is_plain_version(text) and len(text) < 12) and not text.lower().startswith(
        ("http://", "https://")
    )


def stray_dates(entries: Sequence[Cells]) -> list[int]:
    """Entries with only one end of a validity, whose date lies outside that end's range over the list and inside the
    other's: the cell was shifted."""
    found: set[int] = set()
    for first, last in _ENDS:
        starts, ends = _range(entries, first, last), _range(entries, last, first)
        if starts is None or ends is None:
            continue
        for number, cells in enumerate(entries):
            start, end = _day(cells, first), _day(cells, last)
            alone_start = start is not None and last in cells and cells[last].blank
            alone_end = end is not None and first in cells and cells[first].blank
            if alone_start and start is not None and not _in(start, starts) and _in(start, ends):
                found.add(number)
            if alone_end and end is not None and not _in(end, ends) and _in(end, starts):
                found.add(number)
    return sorted(found)


def _range(entries: Sequence[Cells], name: str, other: str) -> tuple[date, date] | None:
    """Earliest and latest day under a heading, over entries that have both ends."""
    days = [day for cells in entries if (day := _day(cells, name)) is not None and _day(cells, other) is not None]
    return (min(days), max(days)) if len(days) > 2 else None


def _day(cells: Cells, name: str) -> date | None:
    return shapes.one_day(cells[name].text) if name in cells else None


def _in(day: date, span: tuple[date, date]) -> bool:
    return span[0] <= day <= span[1]
