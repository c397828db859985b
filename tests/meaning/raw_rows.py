"""Raw rows as a reader would hand them over, built from plain strings."""

from __future__ import annotations

from registry.interpret import interpret_rows
from registry.models import CertificateRecord, CertifierRecord, Problem, RawCell, RawRow

FULL = {
    "legal_name": "SCALINGO",
    "siren": "808 665 483",
    "country": "France",
    "certifier": "LNE",
    "number": "38436-2",
    "referential": "HDS v2.0",
    "activities": "1 à 6",
    "issued_on": "12/09/2025",
    "expires_on": "11/09/2028",
}


def row(*, unread: dict[str, str] | None = None, links: dict[str, str] | None = None, **texts: str) -> RawRow:
    """One row of the host list; `links` gives a cell the address it links to."""
    links = links or {}
    cells = {name: RawCell(text, f"td[{name}]", name, links.get(name)) for name, text in texts.items()}
    return RawRow("hosts", "f" * 64, "https://example.org/list", "tr[1]", cells, unread or {})


def full(**texts: str) -> RawRow:
    """A row with every usual cell, some of them replaced."""
    return row(**{**FULL, **texts})


def read(*rows: RawRow) -> tuple[list[CertificateRecord], list[Problem]]:
    records, problems = interpret_rows("hosts", rows)
    assert all(isinstance(record, CertificateRecord) for record in records)
    return [record for record in records if isinstance(record, CertificateRecord)], problems


def one(raw: RawRow) -> tuple[CertificateRecord, list[Problem]]:
    """The only record of that row, and its problems."""
    records, problems = read(raw)
    assert len(records) == 1
    return records[0], problems


def certifiers(*given: dict[str, str]) -> tuple[list[CertifierRecord], list[Problem]]:
    rows = [
        RawRow(
            "certifiers",
            "f" * 64,
            "https://example.org/oc",
            f"tr[{n}]",
            {k: RawCell(v, f"td[{k}]", k) for k, v in texts.items()},
        )
        for n, texts in enumerate(given)
    ]
    records, problems = interpret_rows("certifiers", rows)
    return [record for record in records if isinstance(record, CertifierRecord)], problems
