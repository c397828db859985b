"""How surely a listing is the list of a source: what headings and values say together. Decides no column."""

from __future__ import annotations

from datetime import date
from functools import partial

from crawler.readers import shapes
from crawler.readers.columns import ACTIVITIES, KEY, Columns, Mapping, are_certifiers, most
from crawler.readers.headings import FACETS, PERIOD, HeadingDictionary
from crawler.readers.printed import Listing, Printed
from registry.activities import read_scope
from registry.text import clean, fold

_EVIDENCE = {
    "hosts": ("certifier", "number", "referential", "activities", "scope", "issued_on", "expires_on", PERIOD, *ACTIVITIES),
    "certifiers": ("accreditor", "accreditation_number", "accredited_on", "accreditation_ended_on", "website", "country"),
}  # fmt: skip
_TELLING = {
    "hosts": frozenset(("number", "issued_on", "expires_on", PERIOD, "certifier", *ACTIVITIES)),
    "certifiers": frozenset(("accreditation_number", "accredited_on", "accreditation_ended_on", "accreditor")),
}
"""What a list of one entry must have, besides its name: otherwise a glossary or a contact card could be one."""
_PLAIN = frozenset(("activities", "referential"))
"""What may stand for it: activities and a version, both labelled."""
SHORTEST_VALIDITY = 90
"""Days. Certificates last for years; a list of shorter periods is one of events."""


def score(listing: Listing, mapping: Mapping, source: str, dictionary: HeadingDictionary) -> float:
    """How surely a listing is the list of that source; 0 when it is not.

    A list has a column of names and at least one that only such a list has, and its values look like what they are
    called: a glossary that explains the same words has neither numbers nor dates below them.
    """
    key = mapping.column(KEY[source])
    if key is None or any(dictionary.sense(*path).foreign for path in listing.columns):
        return 0.0
    columns = Columns(listing)
    named = [not value.blank for value in columns.values[key]]
    if any(named):
        columns.values = [
            [value for value, kept in zip(column, named, strict=True) if kept] for column in columns.values
        ]
    said = columns.values[key] if any(named) else []
    if said and len(said) * 2 < len(named):
        return 0.0
    evidence = [
        name
        for at, name in mapping.fields.items()
        if name == FACETS or (name in _EVIDENCE[source] and _speaks(columns, at, name, bool(said)))
    ]
    if not evidence:
        return 0.0
    if said:
        if sum(shapes.is_name(value) for value in said) * 2 < len(said):
            return 0.0
        alone = len(said) == 1 or bool(listing.forced)
        plain = FACETS in evidence or set(evidence) >= _PLAIN
        if alone and not plain and not (len(evidence) > 1 and _TELLING[source] & set(evidence)):
            return 0.0
        if source == "hosts" and len(said) > 1 and are_certifiers(said) and mapping.column("certifier") is None:
            return 0.0
        if (
            source == "certifiers"
            and len(evidence) < 2
            and not (_TELLING[source] & set(evidence) or are_certifiers(said))
        ):
            return 0.0
    if source == "hosts" and _of_another_kind(columns, mapping, said):
        return 0.0
    unlike = sum(doubt.code == "values_unlike_heading" for doubt in mapping.doubts)
    lost = sum(record.flaw is not None for record in listing.records) + named.count(False)
    return len(mapping.fields) + len(evidence) - 2.0 * unlike - 3.0 * bool(lost) + min(len(said), 500) / 100


def _of_another_kind(columns: Columns, mapping: Mapping, names: list[Printed]) -> bool:
    """Headings may agree by chance: what the values say is not about certificates of hosts."""
    if names and most((reading := read_scope(v.text)).activities is not None and reading.doubt is None for v in names):
        return True
    at = mapping.column("referential")
    standards = [fold(value.text) for value in columns.values[at] if not value.blank] if at is not None else []
    if standards and most("iso" in text and "hds" not in text for text in standards):
        return True
    lengths = _validities(columns, mapping)
    return bool(lengths) and most(days < SHORTEST_VALIDITY for days in lengths if days >= 0) and max(lengths) >= 0


def _validities(columns: Columns, mapping: Mapping) -> list[int]:
    """How many days lie between the two dates of each entry that prints both."""
    start, end, both = mapping.column("issued_on"), mapping.column("expires_on"), mapping.column(PERIOD)
    pairs: list[tuple[date | None, ...]] = []
    if both is not None:
        found = [shapes.dates_in(value.text) for value in columns.values[both]]
        pairs = [(dates[0][1], dates[1][1]) for dates in found if len(dates) == 2]
    elif start is not None and end is not None:
        pairs = [
            (shapes.one_day(first.text), shapes.one_day(last.text))
            for first, last in zip(columns.values[start], columns.values[end], strict=True)
        ]
    return [(last - first).days for first, last in pairs if first is not None and last is not None]


def _speaks(columns: Columns, at: int, name: str, has_rows: bool) -> bool:
    """The column says what its field says somewhere, and is not prose."""
    values = [value for value in columns.values[at] if not value.blank]
    if not values:
        return not has_rows
    if name == "scope":
        return any((reading := read_scope(value.text)).legacy or reading.activities for value in values)
    prose = sum(shapes.is_sentence(clean(value.text)) for value in values)
    fits = shapes.may_be_number if name == "number" else partial(shapes.fits, name)
    return any(map(fits, values)) and (prose * 2 < len(values) or name == "activities")
