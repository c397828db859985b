"""The columns of a listing, their values, and what was decided about them. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from crawler.readers import shapes
from crawler.readers.printed import EMPTY, Listing, Printed, Record
from registry.labels import says_nothing
from registry.text import clean

FITTING = 0.7
"""Share of a column's values that must look like its field. Real lists have gaps and remarks, a swapped column has none."""
DATES = frozenset(("issued_on", "expires_on", "accredited_on", "accreditation_ended_on"))
ACTIVITIES = tuple(f"activity_{n}" for n in range(1, 7))
KEY = {"hosts": "legal_name", "certifiers": "name"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a listing, or one column of it, can't be relied on."""

    code: str
    field: str
    raw: str
    message: str


@dataclass(slots=True)
class Mapping:
    """Column → field, what stayed unread, and what is doubtful."""

    fields: dict[int, str] = field(default_factory=dict)
    unread: list[int] = field(default_factory=list)
    ignored: set[int] = field(default_factory=set)
    doubts: list[Doubt] = field(default_factory=list)

    def column(self, name: str) -> int | None:
        return next((column for column, found in self.fields.items() if found == name), None)


def _spanning(record: Record, column: int) -> bool:
    """The value belongs to a cell across several columns, so that it says nothing about this one alone."""
    return column in record.spans or column in record.spans.values()


class Columns:
    """The values of each column, read once."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        whole = [record for record in listing.records if record.flaw is None]
        self.values: list[list[Printed]] = [
            [
                (record.values[column] or EMPTY)
                if column < len(record.values) and not _spanning(record, column)
                else EMPTY
                for record in whole
            ]
            for column in range(len(listing.columns))
        ]

    def share(self, column: int, name: str) -> tuple[float, int]:
        return shapes.share(name, self.values[column])

    def said(self, column: int) -> list[Printed]:
        """The values that say something."""
        return [value for value in self.values[column] if value.href is not None or not says_nothing(value.text)]

    def heading(self, column: int) -> str:
        return self.listing.heading(column)


def ordinals(values: list[Printed]) -> bool:
    """1, 2, 3…: the number of a line, not of a thing."""
    numbers = [clean(value.text).rstrip(".") for value in values if not value.blank]
    if len(numbers) < 2 or not all(number.isdecimal() and len(number) < 4 for number in numbers):
        return len(numbers) == 1 and numbers[0] == "1"
    counted = [int(number) for number in numbers]
    return all(later - earlier == 1 for earlier, later in pairwise(counted))


def are_certifiers(values: list[Printed]) -> bool:
    from registry.vocabulary import known_certifier

    texts = [clean(value.text) for value in values]
    known = sum(known_certifier(text) is not None for text in texts)
    return known * 2 > len(texts) > 0


def most(answers: Iterable[bool]) -> bool:
    found = list(answers)
    return sum(found) >= FITTING * len(found)
