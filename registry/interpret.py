"""Raw rows → typed records and problems. Unknown is None, never a guess; a value that can't be read is a problem.

Owns how the cells of one row are put together (which cell speaks of the activities, which dates belong together, one
line that holds several certificates). What a single cell means is for `activities`, `dates` and `labels`. Pure: no
clock, no disk, no network. Drops no row: one without a usable name gives no record and a problem with code `REJECTED`,
which the gate counts.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from registry import labels
from registry.activities import heading_turns_the_meaning, read_scope
from registry.columns import ColumnHabits, observe, read_columns
from registry.dates import LONGEST_VALIDITY, Period, UnreadableDate, looks_like_date, read_period
from registry.labels import Unreadable, says_nothing
from registry.models import CertificateRecord, CertifierRecord, Problem, RawCell, RawRow, Record, Source, SourceStatus
from registry.names import brands_of, is_placeholder_name
from registry.numbers import is_certificate_number
from registry.several import split_row
from registry.shifted import belongs_elsewhere, shifted_rows
from registry.text import clean, fold
from registry.vocabulary import certifier_id

REJECTED = "rejected"
"""Problem code of a row that could not become a record at all."""
SHIFTED = "shifted_cells"
"""Problem code of a row whose cells stand under the wrong headings."""
MOJIBAKE = "mojibake"
"""Problem code of a row with text that was decoded wrongly ("SantÃ©")."""

T = TypeVar("T")
_SPEAKS = re.compile(r"activities$|activity_\d$|scope$")
_MAY_NAME_A_SCOPE = re.compile("heberge|host|infoger|infrastructure|managed|outsourc")
"""Spares the reading of unread columns that have nothing to do with hosting."""
_LONGEST_NAME = 250
_MISDECODED = re.compile(
    "\ufffd|[\u00c2\u00c3][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|\u00e2\u20ac"
)
"""UTF-8 read as Latin-1 or Windows-1252, and the sign for a byte that could not be decoded."""


def interpret_rows(source: Source, rows: Iterable[RawRow], start: int = 0) -> tuple[list[Record], list[Problem]]:
    """Records and problems of those rows, in order; `start` is the number of the first row within the run.

    Give all rows of a run at once where possible: how yes/no columns are filled is judged over all of them.
    """
    rows = list(rows)
    records: list[Record] = []
    problems: list[Problem] = []
    habits = observe(rows)
    for number, (row, moved) in enumerate(zip(rows, shifted_rows(rows), strict=True), start):
        notes = _Notes(number, row)
        notes.check_characters()
        if source == "certifiers":
            records.extend(_certifier(row, notes))
        else:
            records.extend(_certificates(row, notes, habits, moved))
        problems.extend(notes.problems)
    return records, problems


_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}\d?|#\d{2,6}|#x[\dA-Fa-f]{2,5});")


def _decoded(text: str) -> str:
    """Without the entities that a program encoded twice: a person reads `Santé`, not `Sant&eacute;`."""
    return clean(html.unescape(text)) if _ENTITY.search(text) else text


@dataclass(slots=True)
class _Notes:
    """The cells of one row, and what could not be read in them."""

    number: int
    row: RawRow
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str:
        cell = self.row.cells.get(name)
        return _decoded(clean(cell.text)) if cell else ""

    def cell(self, name: str) -> RawCell | None:
        return self.row.cells.get(name)

    def add(self, name: str, message: str, code: str = "unreadable") -> None:
        cell = self.cell(name)
        heading = f" under {clean(cell.heading)!r}" if cell and clean(cell.heading) else ""
        self.problems.append(
            Problem(
                self.number, name, cell.text if cell else "", message + heading, code,
                self.row.url, self.row.sha256, cell.locator if cell else self.row.locator,
            )
        )  # fmt: skip

    def check_characters(self) -> None:
        for name, cell in self.row.cells.items():
            if _MISDECODED.search(cell.text):
                self.add(name, f"expected readable characters, found {clean(cell.text)[:80]!r}", MOJIBAKE)
                return

    def read(self, name: str, reader: Callable[[str], T | None]) -> T | None:
        """The cell's value, or None with a problem when it says something that is not understood."""
        cell = self.cell(name)
        try:
            return reader(cell.text) if cell else None
        except Unreadable as reason:
            self.add(name, str(reason))
            return None

    def address(self, name: str) -> str | None:
        cell = self.cell(name)
        return self.read(name, lambda text: labels.read_address(text, cell.href if cell else None))


# ---- host list -----------------------------------------------------------------------------------------------------


def _certificates(row: RawRow, notes: _Notes, habits: ColumnHabits, misplaced: list[str]) -> list[Record]:
    name = notes.text("legal_name")
    if (mark := _FOOTNOTE_MARK.search(name)) is not None:
        notes.add(
            "legal_name", f"expected a name alone, found the mark {mark.group().strip()!r} of a footnote behind it"
        )
        name = name[: mark.start()]
    if (why := _unusable_name(name)) is not None:
        notes.add("legal_name", why, REJECTED)
        return []
    host = CertificateRecord(legal_name=name, brands=brands_of(name, notes.text("brand")), raw=row)
    if misplaced:
        notes.add(
            misplaced[0], f"cells stand under the wrong headings: {', '.join(misplaced)}; the row was not read", SHIFTED
        )
        return [host]
    host = replace(
        host,
        siren=notes.read("siren", labels.read_siren),
        country=notes.read("country", labels.read_country),
        website=notes.address("website"),
    )
    parts, uncertain = split_row(row)
    for field_name, message in uncertain:
        notes.add(field_name, message, "several_values")
    records: list[Record] = []
    for part in parts:
        inner = _Notes(notes.number, part)
        records.append(_certificate(host, part, inner, habits))
        notes.problems.extend(inner.problems)
    return records


def _certificate(host: CertificateRecord, row: RawRow, notes: _Notes, habits: ColumnHabits) -> CertificateRecord:
    issued, expires = _dates(notes, "issued_on", "expires_on")
    label = notes.text("referential")
    printed_certifier = notes.text("certifier")
    certifier = notes.read("certifier", labels.read_certifier)
    activities = _activities(row, notes, habits)
    return replace(
        host,
        certifier=None if says_nothing(printed_certifier) else printed_certifier,
        certifier_id=certifier,
        number=_number(notes),
        referential=notes.read("referential", labels.read_referential),
        referential_label=label or None,
        legacy_scopes=_legacy_scopes(row),
        scope=notes.text("scope") or None,
        issued_on=issued,
        expires_on=expires,
        source_status=_status(notes),
        document_url=notes.address("document_url"),
        transparency_url=notes.address("transparency_url"),
        activities=activities,
    )


def _unusable_name(name: str) -> str | None:
    if is_placeholder_name(name):
        return f"expected the name of a host, found {name!r}"
    if len(name) > _LONGEST_NAME:
        return f"expected the name of a host, found {len(name)} characters that begin {name[:60]!r}"
    if looks_like_date(name) or re.fullmatch(r"https?://\S+|[\W\d_]+", name):
        return f"expected the name of a host, found {name!r}: are the columns shifted?"
    return None


_FOOTNOTE_MARK = re.compile(r"(?<=\w)\s?(?:\*{1,3}|[†‡§])$")


def _number(notes: _Notes) -> str | None:
    text = notes.text("number")
    if (mark := _FOOTNOTE_MARK.search(text)) is not None:
        notes.add(
            "number",
            f"expected a certificate number alone, found the mark {mark.group().strip()!r} of a footnote behind it",
        )
        text = text[: mark.start()]
    if says_nothing(text):
        return None
    if belongs_elsewhere("number", text) or not is_certificate_number(text):
        notes.add("number", f"expected a certificate number, found {text!r}")
        return None
    return text


def _status(notes: _Notes) -> SourceStatus | None:
    cell = notes.cell("source_status")
    if cell is None:
        return None
    status, why = labels.read_status(cell.text)
    if why:
        notes.add("source_status", why)
    return status


def _legacy_scopes(row: RawRow) -> str | None:
    """Scopes of the v1 names in any column, also where activities are printed; never turned into activities."""
    found: set[str] = set()
    for name in ("scope", "activities", "number", "referential"):
        if cell := row.cells.get(name):
            found |= read_scope(cell.text).legacy
    for text in row.unread.values():
        if not _MAY_NAME_A_SCOPE.search(fold(text)):
            continue
        reading = read_scope(text)
        found |= reading.legacy if reading.doubt is None else frozenset()
    return ",".join(scope for scope in ("physical", "managed") if scope in found) or None


# ---- activities ----------------------------------------------------------------------------------------------------


def _activities(row: RawRow, notes: _Notes, habits: ColumnHabits) -> frozenset[int] | None:
    """What the yes/no columns, the activities cell and the scope say together. Disagreement or doubt gives None."""
    turned = [
        name for name, cell in row.cells.items() if _SPEAKS.match(name) and heading_turns_the_meaning(cell.heading)
    ]
    if turned:
        notes.add(turned[0], "expected a column that says which activities are held, found another meaning")
        return None
    columns = read_columns(row, habits)
    cell, scope = row.cells.get("activities"), row.cells.get("scope")
    answers: list[frozenset[int]] = []
    if columns.activities is not None:
        answers.append(columns.activities)
    if cell and not says_nothing(cell.text):
        reading = read_scope(cell.text)
        if reading.doubt:
            notes.add("activities", reading.doubt)
            return None
        answers += [reading.activities] if reading.activities else []
    if scope:
        reading = read_scope(scope.text)
        if reading.activities and (not answers or _says_which(scope.text)):
            answers.append(reading.activities)
        elif reading.doubt and not answers and _says_which(scope.text):
            notes.add("scope", reading.doubt)
    if columns.doubts and (columns.filled or not answers):
        for name, message in columns.doubts:
            notes.add(name, message)
        return None
    if len(set(answers)) > 1:
        notes.add("activities" if cell else "scope", "the cells of one row name different activities", "contradiction")
        return None
    return answers[0] if answers else None


def _says_which(scope: str) -> bool:
    """Whether a scope sets out to say which activities: free text beside an activities cell is only a description."""
    return re.search(r"activit|[1-6]", fold(scope)) is not None


# ---- dates ---------------------------------------------------------------------------------------------------------


def _period(notes: _Notes, name: str) -> Period:
    cell = notes.cell(name)
    if cell is None or says_nothing(cell.text):
        return Period()
    try:
        return read_period(cell.text)
    except UnreadableDate as reason:
        notes.add(name, str(reason))
        return Period()


def _dates(notes: _Notes, first: str, last: str) -> tuple[date | None, date | None]:
    """The two ends of a validity. A period in either cell gives both; an order that can't be gives neither."""
    opening, closing = _period(notes, first), _period(notes, last)
    if opening.end and not opening.start:
        notes.add(first, "expected the day it begins, found words for its end")
    if closing.start and not closing.end:
        notes.add(last, "expected the day it ends, found words for its beginning")
    begins = {day for day in (opening.single, opening.start, closing.start if closing.end else None) if day}
    ends = {day for day in (closing.single, closing.end, opening.end if opening.start else None) if day}
    for name, days in ((first, begins), (last, ends)):
        if len(days) > 1:
            notes.add(
                name, f"the columns of one row give two days: {', '.join(map(str, sorted(days)))}", "contradiction"
            )
    start = begins.pop() if len(begins) == 1 else None
    end = ends.pop() if len(ends) == 1 else None
    if start and end and not start < end <= start + LONGEST_VALIDITY:
        notes.add(
            last,
            f"expected an end after {start} and at most ten years later, found {end}; neither day is kept",
            "contradiction",
        )
        return None, None
    return start, end


# ---- certifier list ------------------------------------------------------------------------------------------------


def _certifier(row: RawRow, notes: _Notes) -> list[Record]:
    name = notes.text("name")
    key = None if _unusable_name(name) else certifier_id(name)
    if key is None:
        notes.add("name", f"expected the name of a certification body, found {name!r}", REJECTED)
        return []
    begins, ends = _dates(notes, "accredited_on", "accreditation_ended_on")
    accreditor, number = notes.text("accreditor"), notes.text("accreditation_number")
    return [
        CertifierRecord(
            name=name,
            id=key,
            accreditor=None if says_nothing(accreditor) else accreditor,
            accreditation_number=None if says_nothing(number) else number,
            accredited_on=begins,
            accreditation_ended_on=ends,
            country=notes.read("country", labels.read_country),
            website=notes.address("website"),
            raw=row,
        )
    ]
