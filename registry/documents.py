"""PDF certificates beside the list: what a document was read to say, and where it disagrees with what is listed.

Owns the comparison and the tables `documents` and `contradictions`. Must not correct the list: a disagreement is kept
with both values and both proofs, and is never merged.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from registry.clock import stamp
from registry.store import transaction
from registry.text import fold, normalise_name

COMPARED = ("legal_name", "number", "issued_on", "expires_on", "referential", "activities")
"""Fields that are compared, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One value of a document: as understood, as printed, and where (`page 2 line 3`)."""

    value: str
    raw: str
    locator: str


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What a certificate says. Several values of one field are all plausible; none means that it does not say."""

    numbers: tuple[Printed, ...] = ()
    holders: tuple[Printed, ...] = ()
    issued_on: tuple[Printed, ...] = ()
    expires_on: tuple[Printed, ...] = ()
    referential: Printed | None = None
    activities: Printed | None = None
    words: str = ""
    """The normalised text, to look for the holder's name in."""
    doubts: tuple[str, ...] = ()
    """What was found and not understood, in words."""

    @property
    def says_nothing(self) -> bool:
        """Whether no value at all could be read: a scan, or not a certificate."""
        return not (self.numbers or self.issued_on or self.expires_on or self.referential or self.activities)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def reading_from_json(text: str) -> DocumentReading:
    """The inverse of `DocumentReading.as_json`."""
    plain = json.loads(text)

    def several(name: str) -> tuple[Printed, ...]:
        return tuple(Printed(**one) for one in plain[name])

    def one(name: str) -> Printed | None:
        return Printed(**plain[name]) if plain[name] else None

    return DocumentReading(
        several("numbers"), several("holders"), several("issued_on"), several("expires_on"), one("referential"),
        one("activities"), plain["words"], tuple(plain["doubts"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """What the list says of a certificate whose document it links."""

    id: str
    names: tuple[str, ...]
    """The host's legal name first, then its other names."""
    document_url: str
    number: str | None = None
    issued_on: str | None = None
    expires_on: str | None = None
    referential: str | None = None
    activities: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One field that list and document give differently, both as text (dates ISO, activities `1,2,5`)."""

    field: str
    list_value: str
    document_value: str
    locator: str


def compare(listed: ListedCertificate, reading: DocumentReading) -> list[Disagreement]:
    """Where the document plainly says something else than the list. A field that either leaves out is not compared;
    a document that prints several plausible values agrees when one of them is the list's."""
    found = [
        _holder(listed, reading),
        _values("number", listed.number, reading.numbers, same_number),
        _values("issued_on", listed.issued_on, reading.issued_on),
        _values("expires_on", listed.expires_on, reading.expires_on),
        _values("referential", listed.referential, _tuple(reading.referential)),
        _values("activities", activities_text(listed.activities), _tuple(reading.activities)),
    ]
    return [one for one in found if one]


def activities_text(activities: Iterable[int] | None) -> str | None:
    """`1,2,5`, or None when they are not known."""
    return None if activities is None else ",".join(map(str, sorted(activities)))


def same_number(one: str, other: str) -> bool:
    """Whether two printed numbers are the same, whatever the spaces, dashes and a leading `HDS`. A revision counts:
    38436-1 is not 38436-2."""
    return _number_key(one) == _number_key(other) != ""


def _number_key(number: str) -> str:
    return re.sub(r"[^0-9a-z]", "", fold(number)).removeprefix("hds")


def _tuple(printed: Printed | None) -> tuple[Printed, ...]:
    return (printed,) if printed else ()


def _equal(one: str, other: str) -> bool:
    return one == other


def _values(
    field: str, listed: str | None, printed: Sequence[Printed], same: Callable[[str, str], bool] = _equal
) -> Disagreement | None:
    if not listed or not printed or any(same(listed, one.value) for one in printed):
        return None
    return Disagreement(field, listed, " / ".join(one.value for one in printed), printed[0].locator)


def _holder(listed: ListedCertificate, reading: DocumentReading) -> Disagreement | None:
    """The holder is right when one of the host's names stands anywhere in the text, as whole words."""
    words = f" {reading.words} "
    if any(name and f" {name} " in words for name in map(normalise_name, listed.names)) or not reading.holders:
        return None
    holder = reading.holders[0]
    return Disagreement("legal_name", listed.names[0], holder.value, holder.locator)
