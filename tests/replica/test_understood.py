"""What the replica prints is understood as it was meant, or is null with a problem that says so: nothing else."""

from __future__ import annotations

import pytest

from crawler.replica.editions import edition
from crawler.replica.lines import Line, printed
from registry.interpret import interpret_rows
from registry.models import CertificateRecord, Problem, RawCell, RawRow

FIELDS = {
    "name": "legal_name", "brand": "brand", "siren": "siren", "country": "country", "website": "website",
    "activities": "activities", "scope": "scope", "referential": "referential", "certifier": "certifier",
    "number": "number", "issued_on": "issued_on", "expires_on": "expires_on",
}  # fmt: skip
LINES = edition("1").lines


def understood() -> tuple[list[CertificateRecord], list[Problem]]:
    rows = [
        RawRow("hosts", "0" * 64, "http://127.0.0.1/", f"row {place}", cells_of(line))
        for place, line in enumerate(LINES)
    ]
    records, problems = interpret_rows("hosts", rows)
    return [record for record in records if isinstance(record, CertificateRecord)], problems


def cells_of(line: Line) -> dict[str, RawCell]:
    return {FIELDS[column]: RawCell(text, column) for column, text in printed(line).items() if column in FIELDS}


@pytest.fixture(scope="module")
def reading() -> tuple[list[CertificateRecord], list[Problem]]:
    return understood()


def test_every_line_is_one_record_with_the_values_that_were_meant(
    reading: tuple[list[CertificateRecord], list[Problem]],
) -> None:
    records, problems = reading
    assert len(records) == len(LINES)
    noted = {(problem.row, problem.field) for problem in problems}
    for place, (line, record) in enumerate(zip(LINES, records, strict=True)):
        meant = {
            "siren": line.siren, "referential": line.referential, "issued_on": line.issued_on,
            "expires_on": line.expires_on, "number": line.number or None, "country": line.country or None,
            "activities": line.activities, "legacy_scopes": ",".join(line.legacy_scopes) or None,
        }  # fmt: skip
        for name, value in meant.items():
            found = getattr(record, name)
            assert found == value or (found is None and (place, name) in noted), (line.name, name, value, found)


def test_only_what_is_deliberately_unreadable_is_a_problem(
    reading: tuple[list[CertificateRecord], list[Problem]],
) -> None:
    texts = {problem.raw for problem in reading[1]}
    odd = {text for text in texts if not text.startswith(("Certfié", "v2.1", "certifié HDS")) and "/" not in text}
    assert odd == set()
    assert len(reading[1]) < len(LINES) / 20
