"""Which column of a listing is which field: headings first, then what the values look like.

Owns deciding ambiguous headings and noticing columns whose values don't fit their heading. Two columns that claim one
field, or a date column that doesn't say which date, are refused: never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from crawler.readers import shapes
from crawler.readers.facets import facets
from crawler.readers.headings import FACETS, PERIOD, HeadingDictionary, Sense
from crawler.readers.printed import EMPTY, UNLABELLED, Listing, Printed, Record
from registry.activities import read_scope
from registry.labels import says_nothing
from registry.text import clean, fold

FITTING = 0.7
"""Share of a column's values that must look like its field. Real lists have gaps and remarks, a swapped column has none."""

_DATES = frozenset(("issued_on", "expires_on", "accredited_on", "accreditation_ended_on"))
_ACTIVITIES = tuple(f"activity_{n}" for n in range(1, 7))
_STRICT = frozenset(
    (*_DATES, "number", "siren", "referential", "website", "accreditation_number", PERIOD, *_ACTIVITIES)
)
"""Fields whose values have a form of their own, so that a column of anything else is noticed."""
_KEY = {"hosts": "legal_name", "certifiers": "name"}
_EVIDENCE = {
    "hosts": ("certifier", "number", "referential", "activities", "scope", "issued_on", "expires_on", PERIOD, *_ACTIVITIES),
    "certifiers": ("accreditor", "accreditation_number", "accredited_on", "accreditation_ended_on", "website", "country"),
}  # fmt: skip
_TELLING_KINDS = frozenset(("number", "issued_on", "expires_on", PERIOD, "certifier", "activities", "referential"))
MANY = 5
"""Rows. A column that is blank in fewer may just be so."""
_TELLING = {
    "hosts": frozenset(("number", "issued_on", "expires_on", PERIOD, "certifier", *_ACTIVITIES)),
    "certifiers": frozenset(("accreditation_number", "accredited_on", "accreditation_ended_on", "accreditor")),
}
"""What a list of one entry must have, besides its name: otherwise a glossary or a contact card could be one."""
_PREFERENCE = (
    "legal_name", "name", "certifier", PERIOD, "issued_on", "expires_on", "siren", "number", "referential", "source_status",
    "document_url", "website", "transparency_url", "activities", "scope",
)  # fmt: skip
"""When a heading has several meanings and the values fit more than one, the narrower kind of value comes first."""


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


class _Columns:
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

    def heading(self, column: int) -> str:
        return self.listing.heading(column)


def assign(listing: Listing, dictionary: HeadingDictionary) -> Mapping:
    """Decides every column of a listing. The result may have doubts; what to do about them is the caller's."""
    columns = _Columns(listing)
    senses = {at: dictionary.sense(*path) for at, path in enumerate(listing.columns)}
    claims: dict[str, list[int]] = {}
    mapping = Mapping()
    open_columns: list[int] = []
    for at, sense in senses.items():
        if at in listing.forced:
            claims.setdefault(listing.forced[at], []).append(at)
        elif _tells_several(columns, at, sense):
            claims.setdefault(FACETS, []).append(at)
        elif listing.columns[at] == UNLABELLED and _names_activities(columns.values[at]):
            claims.setdefault("activities", []).append(at)
        elif len(sense.fields) == 1:
            claims.setdefault(_both_ends(columns, at, sense.fields[0]), []).append(at)
        elif sense.fields:
            open_columns.append(at)
        else:
            mapping.unread.append(at)
            if sense.ignored:
                mapping.ignored.add(at)
    for at in sorted(open_columns, key=lambda at: len(senses[at].fields)):
        chosen = _choose(columns, at, senses[at], claims)
        if chosen:
            claims.setdefault(chosen, []).append(at)
        else:
            mapping.unread.append(at)
    _drop_flags(columns, claims, mapping)
    for name, claimants in claims.items():
        _settle(columns, name, claimants, senses, mapping)
    _check_values(columns, mapping)
    _check_dates(columns, mapping)
    _check_filled(columns, mapping)
    _check_activities(mapping)
    _check_unread(columns, mapping, senses)
    mapping.unread.sort()
    return mapping


def _tells_several(columns: _Columns, at: int, sense: Sense) -> bool:
    """Each value is a phrase that tells several things of a certificate: "n° 38436-2 délivré par LNE"."""
    numbered = "number" in sense.fields
    if sense.ignored or sense.foreign or (sense.fields and not numbered):
        return False
    said = [value for value in columns.values[at] if not value.blank and not says_nothing(value.text)]
    if not said:
        return False
    found = [facets(value.text, leading_number=numbered) or {} for value in said]
    return _most(len(parts) > 1 for parts in found)


def _names_activities(values: list[Printed]) -> bool:
    """Texts without a label that name activities in words, and nothing else: tags, lists of icons."""
    said = [value.text for value in values if not value.blank]
    return bool(said) and all(
        re.search(r"[^\W\d_]{5}", text) and (reading := read_scope(text)).activities and reading.doubt is None
        for text in said
    )


def _both_ends(columns: _Columns, at: int, name: str) -> str:
    """A column headed "Valable du" whose values go on with "au …" holds both dates."""
    said = [value for value in columns.values[at] if not value.blank and not says_nothing(value.text)]
    return PERIOD if name in _DATES and said and _most(map(shapes.is_period, said)) else name


def _drop_flags(columns: _Columns, claims: dict[str, list[int]], mapping: Mapping) -> None:
    """A "status" of true and false is a flag of the program that made the list (published or not), no certificate's."""
    for at in list(claims.get("source_status", [])):
        said = {fold(value.text) for value in columns.values[at] if not value.blank}
        if said and said <= {"true", "false", "0", "1"}:
            claims["source_status"].remove(at)
            mapping.unread.append(at)
            if len(said) == 1:
                mapping.ignored.add(at)
    if not claims.get("source_status"):
        claims.pop("source_status", None)


def _choose(columns: _Columns, at: int, sense: Sense, claims: dict[str, list[int]]) -> str | None:
    """The one meaning of an ambiguous heading that its values fit, or None."""
    free = [name for name in sense.fields if name not in claims]
    if _ordinals(columns.values[at]) and ("number" in free or "siren" in free):
        return None
    fitting = []
    for name in free:
        share, count = columns.share(at, name)
        if count and share >= FITTING:
            fitting.append(name)
    fitting = _narrowed(columns, at, fitting, claims)
    if not fitting and all(value.blank for value in columns.values[at]):
        return None
    return min(fitting, key=lambda name: _PREFERENCE.index(name) if name in _PREFERENCE else 99, default=None)


def _narrowed(columns: _Columns, at: int, fitting: list[str], claims: dict[str, list[int]]) -> list[str]:
    """Tells apart meanings that the same values may have."""
    values = [value for value in columns.values[at] if not value.blank]
    if "legal_name" in fitting and "certifier" in fitting:
        fitting = [name for name in fitting if name != ("legal_name" if _are_certifiers(values) else "certifier")]
    if "activities" in fitting and "scope" in fitting:
        tells = any(read_scope(value.text).activities for value in values)
        fitting = [
            name
            for name in fitting
            if name != ("scope" if tells or not _most(map(shapes.is_legacy_scope, values)) else "activities")
        ]
    if "scope" in fitting and {"number", "referential", "source_status", "document_url"} & set(fitting):
        fitting.remove("scope")
    if "number" in fitting and "siren" in fitting:
        fitting = [
            name for name in fitting if name != ("number" if columns.share(at, "siren")[0] >= FITTING else "siren")
        ]
    if "expires_on" in fitting and not _is_validity_end(columns, at, claims):
        fitting.remove("expires_on")
    if len({"document_url", "website", "transparency_url"} & set(fitting)) > 1:
        fitting = [name for name in fitting if name not in ("website", "document_url", "transparency_url")] + [
            _kind_of_link(values)
        ]
    return [name for name in fitting if name]


def _is_validity_end(columns: _Columns, at: int, claims: dict[str, list[int]]) -> bool:
    """A column headed "Validité" holds one date: it is the end when the values say so, or all follow the issue date."""
    said = [fold(value.text) for value in columns.values[at] if not value.blank]
    if said and all("jusqu" in text or "until" in text or "expir" in text or "fin" in text for text in said):
        return True
    issued = claims.get("issued_on", [])
    if len(issued) != 1 or "expires_on" in claims:
        return False
    pairs = [
        (shapes.one_day(first.text), shapes.one_day(last.text))
        for first, last in zip(columns.values[issued[0]], columns.values[at], strict=False)
    ]
    known = [(first, last) for first, last in pairs if first and last]
    return bool(known) and all(last > first for first, last in known)


def _kind_of_link(values: list[Printed]) -> str:
    """What a column headed just "Lien" leads to, or empty when its addresses don't tell."""
    addresses = [value.href or value.text for value in values]
    texts = [fold(value.text) for value in values]
    if all(_is_document(address) for address in addresses):
        return "document_url"
    if all("certificat" in text or "attestation" in text or "pdf" in text for text in texts):
        return "document_url"
    if all("transparence" in text or "transfer" in text or "cartographie" in text for text in texts):
        return "transparency_url"
    if all("site" in text for text in texts):
        return "website"
    return ""


def _is_document(address: str) -> bool:
    return address.lower().split("?")[0].split("#")[0].endswith((".pdf", ".p7m", ".jpg", ".png", ".docx"))


def _ordinals(values: list[Printed]) -> bool:
    """1, 2, 3…: the number of a line, not of a thing."""
    numbers = [clean(value.text).rstrip(".") for value in values if not value.blank]
    if len(numbers) < 2 or not all(number.isdigit() and len(number) < 6 for number in numbers):
        return len(numbers) == 1 and numbers[0] == "1"
    counted = [int(number) for number in numbers]
    return all(later - earlier == 1 for earlier, later in pairwise(counted))


def _are_certifiers(values: list[Printed]) -> bool:
    from registry.vocabulary import known_certifier

    texts = [clean(value.text) for value in values]
    known = sum(known_certifier(text) is not None for text in texts)
    return known * 2 > len(texts) > 0


def _settle(columns: _Columns, name: str, claimants: list[int], senses: dict[int, Sense], mapping: Mapping) -> None:
    """One column for one field. Of several: equal columns count once; a registered name leaves the other as brand."""
    if len(claimants) > 1:
        said = [at for at in claimants if any(not value.blank for value in columns.values[at])]
        claimants, blank = said or claimants[:1], [at for at in claimants if at not in (said or claimants[:1])]
        mapping.unread += blank
    if len(claimants) > 1 and name in ("legal_name", "name"):
        registered = [at for at in claimants if senses[at].registered]
        if len(registered) == 1 and len(claimants) == 2:
            other = next(at for at in claimants if at != registered[0])
            if mapping.column("brand") is None and name == "legal_name":
                mapping.fields[other] = "brand"
            else:
                mapping.unread.append(other)
            claimants = registered
    if len(claimants) > 1:
        first = [clean(value.text) for value in columns.values[claimants[0]]]
        same = [at for at in claimants[1:] if [clean(value.text) for value in columns.values[at]] == first]
        mapping.unread += same
        mapping.ignored.update(same)
        claimants = [at for at in claimants if at not in same]
    if len(claimants) > 1 and columns.listing.scattered and not _overlap(columns, claimants):
        mapping.fields.update(dict.fromkeys(claimants, name))
        return
    if len(claimants) > 1:
        headings = ", ".join(repr(columns.heading(at)) for at in claimants)
        mapping.unread += claimants
        mapping.doubts.append(
            Doubt(
                "ambiguous_columns", name, "|".join(columns.heading(at) for at in claimants),
                f"expected one column for {name}, found {len(claimants)}: {headings}; "
                "tell them apart in the heading dictionary (docs/adapting.md)",
            )
        )  # fmt: skip
        return
    mapping.fields[claimants[0]] = name


def _overlap(columns: _Columns, claimants: list[int]) -> bool:
    """Some entry has a value under two of the columns."""
    return any(
        sum(not value.blank for value in row) > 1 for row in zip(*(columns.values[at] for at in claimants), strict=True)
    )


def _check_values(columns: _Columns, mapping: Mapping) -> None:
    """A column whose values are of another kind than its heading says: swapped or shifted."""
    for at, name in mapping.fields.items():
        share, count = columns.share(at, name)
        if name == FACETS:
            continue
        if (
            count
            and name not in _STRICT
            and _most(
                shapes.is_date(value) or (shapes.is_siren(value) and name != "brand")
                for value in columns.values[at]
                if not value.blank
            )
        ):
            share = 0.0
        elif not count or share >= FITTING or name not in _STRICT:
            continue
        if count < 4 and share > 0:
            continue
        said = [value for value in columns.values[at] if not value.blank]
        example = next((value.text for value in said if not shapes.fits(name, value)), said[0].text)
        mapping.doubts.append(
            Doubt(
                "values_unlike_heading", name, example[:200],
                f"expected {name} under {columns.heading(at)!r}, found {count - round(share * count)} of {count} values that "
                f"don't look like it, such as {example[:80]!r}; were columns moved?",
            )
        )  # fmt: skip
    for name in ("legal_name", "name", "certifier"):
        at_name = mapping.column(name)
        if at_name is not None:
            _check_names(columns, mapping, at_name, name)


def _check_names(columns: _Columns, mapping: Mapping, at: int, name: str) -> None:
    share, count = columns.share(at, name)
    values = [value for value in columns.values[at] if not value.blank]
    wrong = count and share < FITTING
    other = mapping.column("certifier")
    swapped = (
        name == "legal_name" and other is not None and len(values) > 1 and _are_certifiers(values)
        and not _are_certifiers([value for value in columns.values[other] if not value.blank])
    )  # fmt: skip
    if wrong or swapped:
        example = next((v.text for v in values if not shapes.fits(name, v)), values[0].text if values else "")
        mapping.doubts.append(
            Doubt(
                "values_unlike_heading", name, example[:200],
                f"expected {name} under {columns.heading(at)!r}, found values of another kind such as {example[:80]!r}; "
                "were columns moved?",
            )
        )  # fmt: skip


def _check_dates(columns: _Columns, mapping: Mapping) -> None:
    """Where every end lies before its start, the two columns changed places."""
    for first, last in (("issued_on", "expires_on"), ("accredited_on", "accreditation_ended_on")):
        start, end = mapping.column(first), mapping.column(last)
        if start is None or end is None:
            continue
        pairs: list[tuple[date, date]] = []
        for a, b in zip(columns.values[start], columns.values[end], strict=False):
            day_a, day_b = shapes.one_day(a.text), shapes.one_day(b.text)
            if day_a and day_b:
                pairs.append((day_a, day_b))
        backwards = sum(b < a for a, b in pairs)
        if pairs and backwards * 2 > len(pairs):
            mapping.doubts.append(
                Doubt(
                    "dates_backwards", last, f"{columns.heading(start)} / {columns.heading(end)}",
                    f"expected {last} after {first}, found the opposite in {backwards} of {len(pairs)} rows; "
                    "were the two columns exchanged?",
                )
            )  # fmt: skip


def _check_activities(mapping: Mapping) -> None:
    found = [name for name in _ACTIVITIES if name in mapping.fields.values()]
    if found and len(found) < 6 and mapping.column("activities") is None:
        missing = ", ".join(name[-1] for name in _ACTIVITIES if name not in found)
        mapping.doubts.append(
            Doubt(
                "activities_incomplete", "activities", ", ".join(found),
                f"expected a column for each of the six activities, found {len(found)}: none for activity {missing}",
            )
        )  # fmt: skip


def _check_filled(columns: _Columns, mapping: Mapping) -> None:
    """A heading that matters over a column of nothing: its values went elsewhere."""
    for at, name in mapping.fields.items():
        if name not in _TELLING_KINDS or len(columns.values[at]) < MANY or columns.listing.scattered:
            continue
        if all(value.blank for value in columns.values[at]):
            mapping.doubts.append(
                Doubt(
                    "empty_column", name, columns.heading(at),
                    f"expected {name} under {columns.heading(at)!r}, found nothing in any of {len(columns.values[at])} rows; "
                    "were cells shifted?",
                )
            )  # fmt: skip


def _check_unread(columns: _Columns, mapping: Mapping, senses: dict[int, Sense]) -> None:
    """An unread column of dates or numbers may be what decides a verdict: it is reported. One that looks like a field
    that no other column gives is more than that: the list is not read without it."""
    reported = {
        heading for doubt in mapping.doubts if doubt.code == "ambiguous_columns" for heading in doubt.raw.split("|")
    }
    for at in mapping.unread:
        heading = columns.heading(at)
        values = [value for value in columns.values[at] if not value.blank and not says_nothing(value.text)]
        if at in mapping.ignored or heading in reported or not values or _ordinals(columns.values[at]):
            continue
        missing = _missing_field(values, set(mapping.fields.values()))
        dates = sum(shapes.is_date(value) or shapes.is_period(value) for value in values)
        numbers = sum(shapes.is_number(value) for value in values)
        if missing is None and max(dates, numbers) * 2 < len(values):
            continue
        meaning = " or ".join(senses[at].fields) or missing
        mapping.doubts.append(
            Doubt(
                "unexplained_column" if missing else "unread_column", heading, values[0].text[:200],
                f"expected to know what {heading!r} means, found values such as {values[0].text[:80]!r} and no heading entry that "
                f"explains them{f'; it may be {meaning}' if meaning else ''}; add it to the heading dictionary "
                "(docs/adapting.md)",
            )
        )  # fmt: skip


def _missing_field(values: list[Printed], mapped: set[str]) -> str | None:
    """The field that these values plainly are, when no column gives that field."""
    texts = [clean(value.text) for value in values]
    if PERIOD not in mapped:
        for name in ("expires_on", "issued_on") if "expires_on" not in mapped else ("issued_on",):
            if name not in mapped and _most(map(shapes.is_date, values)):
                return name
    if "certifier" not in mapped and _are_certifiers(values):
        return "certifier"
    if "referential" not in mapped and _most(map(shapes.is_version_text, texts)):
        return "referential"
    if not mapped & {"activities", *_ACTIVITIES} and _most(map(shapes.is_activities, values)):
        return "activities"
    distinct = len(set(texts)) * 5 >= len(texts) * 4
    if (
        "number" not in mapped
        and distinct
        and _most(map(shapes.is_number, values))
        and _most(len(text) > 3 for text in texts)
    ):
        return "siren" if "siren" not in mapped and _most(map(shapes.is_siren, values)) else "number"
    return None


def _most(answers: Iterable[bool]) -> bool:
    found = list(answers)
    return sum(found) >= FITTING * len(found)


def score(listing: Listing, mapping: Mapping, source: str, dictionary: HeadingDictionary) -> float:
    """How surely a listing is the list of that source; 0 when it is not.

    A list has a column of names and at least one that only such a list has, and its values look like what they are
    called: a glossary that explains the same words has neither numbers nor dates below them.
    """
    key = mapping.column(_KEY[source])
    if key is None or any(dictionary.sense(*path).foreign for path in listing.columns):
        return 0.0
    columns = _Columns(listing)
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
        if alone and FACETS not in evidence and not (len(evidence) > 1 and _TELLING[source] & set(evidence)):
            return 0.0
        if source == "hosts" and len(said) > 1 and _are_certifiers(said) and mapping.column("certifier") is None:
            return 0.0
        if source == "certifiers" and len(evidence) < 2 and not _are_certifiers(said):
            return 0.0
    if source == "hosts" and _of_another_kind(columns, mapping, said):
        return 0.0
    unlike = sum(doubt.code == "values_unlike_heading" for doubt in mapping.doubts)
    lost = sum(record.flaw is not None for record in listing.records) + named.count(False)
    return len(mapping.fields) + len(evidence) - 2.0 * unlike - 3.0 * bool(lost) + min(len(said), 500) / 100


SHORTEST_VALIDITY = 90
"""Days. Certificates last for years; a list of shorter periods is one of events."""


def _of_another_kind(columns: _Columns, mapping: Mapping, names: list[Printed]) -> bool:
    """Headings may agree by chance: what the values say is not about certificates of hosts."""
    if names and _most((reading := read_scope(v.text)).activities is not None and reading.doubt is None for v in names):
        return True
    at = mapping.column("referential")
    standards = [fold(value.text) for value in columns.values[at] if not value.blank] if at is not None else []
    if standards and _most("iso" in text and "hds" not in text for text in standards):
        return True
    lengths = _validities(columns, mapping)
    return bool(lengths) and _most(days < SHORTEST_VALIDITY for days in lengths if days >= 0) and max(lengths) >= 0


def _validities(columns: _Columns, mapping: Mapping) -> list[int]:
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


def _speaks(columns: _Columns, at: int, name: str, has_rows: bool) -> bool:
    """The column says what its field says somewhere, and is not prose."""
    values = [value for value in columns.values[at] if not value.blank]
    if not values:
        return not has_rows
    if name == "scope":
        return any((reading := read_scope(value.text)).legacy or reading.activities for value in values)
    prose = sum(shapes.is_sentence(clean(value.text)) for value in values)
    return any(shapes.fits(name, value) for value in values) and (prose * 2 < len(values) or name == "activities")
