"""What the reader tests share: a small true list, and reading a page into comparable records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.readers import NoListFound, Reading, UnreadablePage, read
from registry.interpret import interpret_rows

URL = "https://liste.example/hds/hebergeurs"


@dataclass(frozen=True)
class Entry:
    """One certificate as it truly is, and the texts by which pages print it."""

    name: str
    siren: str = ""
    certifier: str = ""
    number: str = ""
    version: str = ""
    activities: frozenset[int] = frozenset()
    issued: str = ""
    """ISO."""
    expires: str = ""
    document: str = ""

    @property
    def fr_issued(self) -> str:
        return "/".join(reversed(self.issued.split("-")))

    @property
    def fr_expires(self) -> str:
        return "/".join(reversed(self.expires.split("-")))

    @property
    def list_of_activities(self) -> str:
        return ", ".join(map(str, sorted(self.activities)))

    def truth(self, *fields: str) -> tuple[Any, ...]:
        values = {
            "name": self.name, "siren": self.siren or None, "certifier": self.certifier or None,
            "number": self.number or None, "referential": {"v1.1": "v1", "v2.0": "v2", "": None}[self.version],
            "activities": tuple(sorted(self.activities)) or None, "issued": self.issued or None,
            "expires": self.expires or None, "document": self.document or None,
        }  # fmt: skip
        return tuple(values[field] for field in fields)


ALL = ("name", "siren", "certifier", "number", "referential", "activities", "issued", "expires")
PLAIN = ("name", "certifier", "number", "referential", "activities", "issued", "expires")

HOSTS: tuple[Entry, ...] = (
    Entry("Scalingo SAS", "808665483", "LNE", "38436-2", "v2.0", frozenset({1, 2, 3, 4, 5, 6}), "2025-09-12", "2028-09-11",
          "https://liste.example/docs/38436-2.pdf"),
    Entry("Clever Cloud", "524172699", "Bureau Veritas Certification", "FR094504", "v2.0", frozenset({1, 2, 3, 4, 5, 6}),
          "2024-12-20", "2027-12-19", "https://liste.example/docs/FR094504.pdf"),
    Entry("Œuvre & Santé « Cloud »", "552100554", "AFNOR Certification", "2024/104522.3", "v1.1", frozenset({3, 4, 5}),
          "2024-03-01", "2027-02-28", "https://liste.example/docs/104522.pdf"),
    Entry("Extra Horizon BV", "", "BSI Group France", "HDS 789841", "v1.1", frozenset({1, 2, 3, 4, 5, 6}), "2023-10-30",
          "2026-10-29", "https://liste.example/docs/789841.pdf"),
    Entry("Hôpitaux de l'Ouest (GIP)", "180035024", "LSTI", "LSTI-9-12", "v2.0", frozenset({5, 6}), "2026-01-15", "2029-01-14",
          "https://liste.example/docs/lsti912.pdf"),
    Entry("3DS Outscale", "527594493", "LNE", "40112", "v2.0", frozenset({1, 2, 3}), "2026-02-02", "2029-02-01",
          "https://liste.example/docs/40112.pdf"),
)  # fmt: skip


def read_page(
    page: str | bytes, media_type: str = "text/html; charset=utf-8", source: str = "hosts", url: str = URL
) -> Reading:
    body = page.encode() if isinstance(page, str) else page
    return read(body, media_type, url, source, hashlib.sha256(body).hexdigest())  # type: ignore[arg-type]


def records(reading: Reading, fields: Sequence[str] = ALL) -> list[tuple[Any, ...]]:
    """What the rows mean, field by field."""
    found, _ = interpret_rows("hosts", reading.rows)
    return [tuple(_value(record, field) for field in fields) for record in found]


def _value(record: Any, field: str) -> Any:
    value = getattr(
        record,
        {"name": "legal_name", "issued": "issued_on", "expires": "expires_on", "document": "document_url"}.get(
            field, field
        ),
    )
    if field in ("issued", "expires"):
        return value.isoformat() if value else None
    if field == "activities":
        return tuple(sorted(value)) if value else None
    return value


def truths(entries: Iterable[Entry] = HOSTS, fields: Sequence[str] = ALL) -> list[tuple[Any, ...]]:
    return [entry.truth(*fields) for entry in entries]


def exactly(page: str | bytes, entries: Sequence[Entry] = HOSTS, fields: Sequence[str] = ALL, **how: Any) -> Reading:
    """Asserts that a page is read whole and right, without any problem."""
    reading = read_page(page, **how)
    assert records(reading, fields) == truths(entries, fields)
    assert reading.problems == []
    return reading


def refusal(page: str | bytes, **how: Any) -> str:
    """The reason for which a page is refused; fails the test when it is not."""
    try:
        reading = read_page(page, **how)
    except UnreadablePage as error:
        return error.code
    assert reading.refusals, f"read without objection: {records(reading)}"
    return reading.refusals[0].code


def exact_or_refused(
    page: str | bytes, entries: Sequence[Entry] = HOSTS, fields: Sequence[str] = ALL, **how: Any
) -> bool:
    """Asserts that a page is read exactly or refused with a reason; True when it was read."""
    try:
        reading = read_page(page, **how)
    except UnreadablePage as error:
        assert str(error)
        return False
    if reading.refusals:
        assert all(problem.message for problem in reading.refusals)
        return False
    assert records(reading, fields) == truths(entries, fields), reading.fields
    return True


__all__ = [
    "ALL",
    "HOSTS",
    "PLAIN",
    "URL",
    "Entry",
    "NoListFound",
    "exact_or_refused",
    "exactly",
    "read_page",
    "records",
    "refusal",
    "truths",
]
