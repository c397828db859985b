"""Records → what the list says of one thing, as text ready to compare and store. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from registry.changes import CertificateValues, CertifierValues, activity_text
from registry.models import CertificateRecord, CertifierRecord


def certificate_values(row: CertificateRecord) -> CertificateValues:
    """What the row says of its certificate; all None when the host is printed without one."""
    return CertificateValues(
        row.certifier_id,
        row.number,
        row.referential,
        row.referential_label,
        row.legacy_scopes,
        row.scope,
        row.issued_on.isoformat() if row.issued_on else None,
        row.expires_on.isoformat() if row.expires_on else None,
        row.source_status,
        row.document_url,
        row.transparency_url,
        activity_text(row.activities),
    )


def certifier_values(row: CertifierRecord) -> CertifierValues:
    """What the row says of a certification body."""
    return CertifierValues(
        row.name,
        row.accreditor,
        row.accreditation_number,
        row.accredited_on.isoformat() if row.accredited_on else None,
        row.accreditation_ended_on.isoformat() if row.accreditation_ended_on else None,
        row.country,
        row.website,
    )


def common(values: Iterable[str | None]) -> str | None:
    """The value that most rows give, the first in order of the alphabet among equals; None when no row gives one."""
    counted = Counter(value for value in values if value)
    return min(counted, key=lambda value: (-counted[value], value)) if counted else None
