"""The shapes that cross from room to room: what a reader saw, and what it was understood to mean.

Raw shapes hold strings exactly as printed and know where they stood; records hold typed values, where unknown is None
and never a guess. No shape here does anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Source = Literal["hosts", "certifiers", "documents"]
Outcome = Literal["accepted", "unchanged", "quarantined", "failed"]
Cause = Literal["source", "reader", "operator"]
SourceStatus = Literal["in_force", "suspended", "withdrawn", "unclear"]

HOST_FIELDS = (
    "legal_name", "brand", "siren", "country", "website", "certifier", "number", "referential", "activities",
    "activity_1", "activity_2", "activity_3", "activity_4", "activity_5", "activity_6", "scope",
    "issued_on", "expires_on", "source_status", "document_url", "transparency_url",
)  # fmt: skip
"""What a heading of the host list can mean. `activity_N` is a yes/no column of its own; `certifier` and `referential`
are printed names and labels, turned into ids and versions by `interpret`."""

CERTIFIER_FIELDS = (
    "name", "accreditor", "accreditation_number", "accredited_on", "accreditation_ended_on", "country", "website",
)  # fmt: skip
"""What a heading of the certifier list can mean."""


@dataclass(frozen=True, slots=True)
class RawCell:
    """One printed value. `text` is as printed (entities decoded, nothing else changed); `heading` is what named it."""

    text: str
    locator: str
    """Where in the stored bytes: a CSS-like path, a JSON pointer, `Sheet1!B7`, `page 2 line 14`…"""
    heading: str = ""
    href: str | None = None
    """The absolute address the value links to, if it is a link."""
    sha256: str | None = None
    """Of the stored body, when it is another one than the row's: a value from a host's own page."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of a list as a reader saw it: field → cell, and what was not understood."""

    source: Source
    sha256: str
    """Of the stored response body that holds the row."""
    url: str
    locator: str
    cells: dict[str, RawCell]
    """Keys are from HOST_FIELDS or CERTIFIER_FIELDS."""
    unread: dict[str, str] = field(default_factory=dict)
    """Heading → printed text of columns that no dictionary entry explains."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that could not be read. `row` counts from 0 within the run; None concerns the whole run."""

    row: int | None
    field: str
    raw: str
    message: str
    code: str = "unreadable"
    url: str | None = None
    sha256: str | None = None
    locator: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """One line of the host list, understood: a host and one certificate of it.

    A host printed without any certificate has `number`, dates, `referential_label`, `scope` and `activities` all None.
    """

    legal_name: str
    brands: tuple[str, ...] = ()
    siren: str | None = None
    country: str | None = None
    website: str | None = None
    certifier: str | None = None
    """As printed, cleaned."""
    certifier_id: str | None = None
    number: str | None = None
    referential: str | None = None
    """`v1`, `v2`… or None: an unknown label is never a silent v2."""
    referential_label: str | None = None
    legacy_scopes: str | None = None
    """`physical`, `managed`, `physical,managed`."""
    scope: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    source_status: SourceStatus | None = None
    document_url: str | None = None
    transparency_url: str | None = None
    activities: frozenset[int] | None = None
    """None: the source does not say."""
    raw: RawRow | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CertifierRecord:
    """One line of the certifier list, understood."""

    name: str
    id: str
    accreditor: str | None = None
    accreditation_number: str | None = None
    accredited_on: date | None = None
    accreditation_ended_on: date | None = None
    country: str | None = None
    website: str | None = None
    raw: RawRow | None = field(default=None, compare=False)


Record = CertificateRecord | CertifierRecord


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """One response kept as evidence."""

    url: str
    sha256: str
    fetched_at: str
    media_type: str
    bytes: int
    not_modified: bool = False
    """The server answered 304 and the body is the one stored before."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one crawl came to. `as_json` is the document that `hdswatch crawl --json` prints."""

    source: Source
    run_id: int | None
    outcome: Outcome
    reason: str | None = None
    pages: int = 0
    rows: int = 0
    rejected: int = 0
    declared_total: int | None = None
    bytes: int = 0
    not_modified: int = 0
    seconds: float = 0.0
    changes: dict[str, int] = field(default_factory=dict)
    issues: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "source": self.source, "run_id": self.run_id, "outcome": self.outcome, "reason": self.reason,
            "pages": self.pages, "rows": self.rows, "rejected": self.rejected, "declared_total": self.declared_total,
            "bytes": self.bytes, "not_modified": self.not_modified, "seconds": round(self.seconds, 3),
            "changes": self.changes, "issues": self.issues,
        }  # fmt: skip
