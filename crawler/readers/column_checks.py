"""Columns whose values don't fit what was decided about them: swapped, shifted, blank, or unread though they matter.

Owns the doubts; what to do about them is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial

from crawler.readers import halts, shapes
from crawler.readers.columns import ACTIVITIES, DATES, FITTING, Columns, Doubt, Mapping, are_certifiers, most, ordinals
from crawler.readers.headings import FACETS, PERIOD, Sense
from crawler.readers.printed import Printed
from registry.columns import yes_or_no
from registry.labels import says_nothing
from registry.text import clean, fold

_STRICT = frozenset((*DATES, "number", "siren", "referential", "website", "accreditation_number", PERIOD, *ACTIVITIES))
"""Fields whose values have a form of their own, so that a column of anything else is noticed."""
_TELLING_KINDS = frozenset(("number", "issued_on", "expires_on", PERIOD, "certifier", "activities", "referential"))
MANY = 5
"""Rows. A column that is blank in fewer may just be so."""


def check(columns: Columns, mapping: Mapping, senses: dict[int, Sense]) -> None:
    """Adds to the mapping what is doubtful about it."""
    _check_values(columns, mapping)
    _check_one_name(columns, mapping)
    _check_dates(columns, mapping)
    _check_day_first(columns, mapping)
    _check_filled(columns, mapping)
    _check_activities(mapping)
    _check_activity_numbers(columns, mapping)
    _check_marks(columns, mapping)
    _check_side_by_side(columns, mapping)
    _check_unread(columns, mapping, senses)


def _check_values(columns: Columns, mapping: Mapping) -> None:
    """A column whose values are of another kind than its heading says: swapped or shifted."""
    for at, name in mapping.fields.items():
        share, count = columns.share(at, name)
        if name == FACETS:
            continue
        fits: Callable[[Printed], bool] = partial(shapes.fits, name)
        if name == "number":
            fits = shapes.may_be_number
            share = sum(map(fits, columns.said(at))) / max(count, 1)
        if (
            count
            and name not in _STRICT
            and most(
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
        example = next((value.text for value in said if not fits(value)), said[0].text)
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


def _check_names(columns: Columns, mapping: Mapping, at: int, name: str) -> None:
    share, count = columns.share(at, name)
    values = [value for value in columns.values[at] if not value.blank]
    wrong = count and share < FITTING
    other = mapping.column("certifier")
    swapped = (
        name == "legal_name" and other is not None and len(values) > 1 and are_certifiers(values)
        and not are_certifiers([value for value in columns.values[other] if not value.blank])
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


def _check_one_name(columns: Columns, mapping: Mapping) -> None:
    """One name over companies with different SIRENs is no name: a heading, a town, the title of a part of each entry."""
    name, siren = mapping.column("legal_name"), mapping.column("siren")
    if name is None or siren is None:
        return
    companies: dict[str, set[str]] = {}
    for called, number in zip(columns.values[name], columns.values[siren], strict=False):
        digits = "".join(re.findall(r"\d", number.text))
        if not called.blank and shapes.is_siren(number) and len(digits) in (9, 14):
            companies.setdefault(fold(called.text), set()).add(digits[:9])
    text, found = max(companies.items(), key=lambda item: len(item[1]), default=("", set()))
    if len(found) > 2 or (len(found) == 2 and len(companies) == 1):
        mapping.doubts.append(
            Doubt(
                "values_unlike_heading", "legal_name", text[:200],
                f"expected the name of a host under {columns.heading(name)!r}, found {text[:80]!r} over {len(found)} different "
                "SIRENs; were columns moved?",
            )
        )  # fmt: skip


def _check_dates(columns: Columns, mapping: Mapping) -> None:
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
    found = [name for name in ACTIVITIES if name in mapping.fields.values()]
    if found and len(found) < 6 and mapping.column("activities") is None:
        missing = ", ".join(name[-1] for name in ACTIVITIES if name not in found)
        mapping.doubts.append(
            Doubt(
                "activities_incomplete", "activities", ", ".join(found),
                f"expected a column for each of the six activities, found {len(found)}: none for activity {missing}",
            )
        )  # fmt: skip


def _check_activity_numbers(columns: Columns, mapping: Mapping) -> None:
    """Numbers from 0 on, or sums of bits: where some rows print what is no number of an activity, the others mean
    something else too."""
    at = mapping.column("activities")
    if at is None:
        return
    bare = [re.findall(r"\d+", value.text) for value in columns.values[at] if re.fullmatch(r"[\s\d,;]+", value.text)]
    odd = [numbers for numbers in bare if any(not 1 <= int(one[:4]) <= 6 for one in numbers)]
    if len(odd) > 1 and len(odd) * 10 > len(bare) and len(odd) < len(bare):
        mapping.doubts.append(
            Doubt(
                "values_unlike_heading", "activities", " ".join(odd[0])[:200],
                f"expected numbers from 1 to 6 under {columns.heading(at)!r}, found {' '.join(odd[0])[:80]!r} in {len(odd)} of "
                f"{len(bare)} rows: the numbers may be codes, or start at 0",
            )
        )  # fmt: skip


def _check_marks(columns: Columns, mapping: Mapping) -> None:
    """Five columns and more of yes and no that nothing explains, where no column gives the activities."""
    if set(mapping.fields.values()) & {"activities", FACETS, *ACTIVITIES}:
        return
    marks = [
        at
        for at in mapping.unread
        if at not in mapping.ignored
        and (said := [value for value in columns.values[at] if not value.blank])
        and len(said) > 1
        and all(map(shapes.is_yes_no, said))
    ]
    if len(marks) > 4:
        headings = ", ".join(repr(columns.heading(at)[:40]) for at in marks[:6])
        mapping.doubts.append(
            Doubt(
                "unexplained_column", "activities", headings[:200],
                f"expected to know which activity each column of yes and no stands for, found {headings}; add them to the heading "
                "dictionary (docs/adapting.md)",
            )
        )  # fmt: skip


def _check_side_by_side(columns: Columns, mapping: Mapping) -> None:
    """Behind a blank column without a heading stand values for the first rows only: another table, beside the list."""
    width = len(columns.values)
    for gap in range(1, width - 1):
        if columns.heading(gap).strip() or any(not value.blank for value in columns.values[gap]):
            continue
        beyond = range(gap + 1, width)
        filled = [
            any(not value.blank for value in row) for row in zip(*(columns.values[at] for at in beyond), strict=True)
        ]
        read = [mapping.fields[at] for at in beyond if at in mapping.fields]
        if read and 0 < sum(filled) < len(filled) and filled == sorted(filled, reverse=True):
            mapping.doubts.append(
                Doubt(
                    "two_lists", read[0], ", ".join(columns.heading(at) for at in beyond)[:200],
                    f"expected one table, found a blank column and behind it {', '.join(read)} for the first {sum(filled)} of "
                    f"{len(filled)} rows only: are they of another table?",
                )
            )  # fmt: skip
            return


def _check_filled(columns: Columns, mapping: Mapping) -> None:
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


def _check_unread(columns: Columns, mapping: Mapping, senses: dict[int, Sense]) -> None:
    """An unread column of dates or numbers may be what decides a verdict: it is reported. One that looks like a field
    that no other column gives is more than that: the list is not read without it."""
    reported = {
        heading for doubt in mapping.doubts if doubt.code == "ambiguous_columns" for heading in doubt.raw.split("|")
    }
    for at in mapping.unread:
        heading = columns.heading(at)
        values = [value for value in columns.values[at] if not value.blank and not says_nothing(value.text)]
        if heading in reported or not values:
            continue
        if at in mapping.ignored and not any(halts.tells(clean(value.text)) for value in values):
            continue
        if ordinals(columns.values[at]):
            if "number" in senses[at].fields and "number" not in mapping.fields.values():
                mapping.doubts.append(
                    Doubt(
                        "unread_column", heading, values[0].text[:200],
                        f"expected certificate numbers or the numbers of the lines under {heading!r}, found {values[0].text!r} and "
                        "so on, which may be either: not read",
                    )
                )  # fmt: skip
            continue
        if (_halts(heading) and any(yes_or_no(value.text) is not False for value in values)) or (
            _upholds(heading) and any(yes_or_no(value.text) is False for value in values)
        ):
            mapping.doubts.append(
                Doubt(
                    "unexplained_column", heading, values[0].text[:200],
                    f"expected to know which certificates {heading!r} concerns, found values such as {values[0].text[:80]!r}",
                )
            )  # fmt: skip
            continue
        if (halted := next((text for value in values if halts.tells(text := clean(value.text))), None)) is not None:
            mapping.doubts.append(
                Doubt(
                    "unexplained_column", heading, halted[:200],
                    f"expected to know the state of every certificate, found {halted[:120]!r} under {heading!r}, which is not read",
                )
            )  # fmt: skip
            continue
        missing = _missing_field(values, set(mapping.fields.values()))
        dates = sum(shapes.is_date(value) or shapes.is_period(value) for value in values)
        numbers = sum(shapes.is_number(value) for value in values)
        if missing is None and max(dates, numbers) * 2 < len(values) and not _may_matter(senses[at], mapping):
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


def _may_matter(sense: Sense, mapping: Mapping) -> bool:
    """The dictionary knows the heading, the values fit none of its meanings, and one of these is given by no column."""
    return bool(_TELLING_KINDS & set(sense.fields) - set(mapping.fields.values()))


def _halts(heading: str) -> bool:
    return (
        re.search(r"\b(?:suspen|retir|withdr|revo[qk]|annul|cancel|supprim|delet|radi[ée]|archiv)", fold(heading))
        is not None
    )


def _upholds(heading: str) -> bool:
    """Yes means that the entry counts, so no means that it doesn't."""
    return (
        re.fullmatch(
            r"(?:is|est|en)? ?(?:acti[fv]e?s?|vali[d]e?s?|vigueur|enabled|publiee?|published|current)", fold(heading)
        )
        is not None
    )


def _check_day_first(columns: Columns, mapping: Mapping) -> None:
    """12/19/2027 in a column where no day is above 12: its 09/11/2028 are months and days too, and nobody would see it."""
    for at, name in mapping.fields.items():
        if name not in DATES and name != PERIOD:
            continue
        printed = [found for value in columns.values[at] for found in _SLASHED.findall(value.text)]
        day_first = sum(int(first) > 12 for first, _ in printed)
        month_first = [f"{first}/{second}" for first, second in printed if int(second) > 12 >= int(first)]
        if month_first and not day_first:
            mapping.doubts.append(
                Doubt(
                    "values_unlike_heading", name, month_first[0],
                    f"expected the day before the month under {columns.heading(at)!r}, found {month_first[0]!r} and no day "
                    "above 12 in front: are the months first?",
                )
            )  # fmt: skip


_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}(?!\d)")


def _missing_field(values: list[Printed], mapped: set[str]) -> str | None:
    """The field that these values plainly are, when no column gives that field."""
    texts = [clean(value.text) for value in values]
    if PERIOD not in mapped:
        for name in ("expires_on", "issued_on") if "expires_on" not in mapped else ("issued_on",):
            if name not in mapped and most(map(shapes.is_date, values)):
                return name
    if "certifier" not in mapped and are_certifiers(values):
        return "certifier"
    if "source_status" not in mapped and any(halts.is_all(text) for text in texts):
        return "source_status"
    if "referential" not in mapped and most(map(shapes.is_version_text, texts)):
        return "referential"
    if not mapped & {"activities", *ACTIVITIES} and most(map(shapes.is_activities, values)):
        return "activities"
    distinct = len(set(texts)) * 5 >= len(texts) * 4
    if (
        "number" not in mapped
        and distinct
        and most(map(shapes.is_number, values))
        and most(len(text) > 3 for text in texts)
    ):
        return "siren" if "siren" not in mapped and most(map(shapes.is_siren, values)) else "number"
    return None
