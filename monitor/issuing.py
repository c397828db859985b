"""Was a certificate issued by a body, and at a time, that could issue it? (contract, section 5)

Pure. Owns `CERTIFIER_NOT_LISTED` and `REFERENTIAL_ANOMALY`: both are doubts about a certificate that counts, and never
make it count less.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from registry.snapshot import Certificate, Referential, Snapshot

MONTHS_BEFORE_ACCREDITATION = {"v1": 9}
"""Under v1 a body could issue for nine months before it was accredited."""


def certifier_doubt(certificate: Certificate, snapshot: Snapshot) -> dict[str, str | None] | None:
    """Why the issuing body could not be found accredited, as evidence, or None.

    Not judged without an issue date. `accreditation_ended_on` is the last day with accreditation. A body that the
    source does not name can't be on the list; a list that was never read can't clear anybody.
    """
    issued = certificate.issued_on
    if issued is None:
        return None
    if certificate.certifier_id is None:
        return {"reason": "unstated"}
    certifier = snapshot.certifiers.get(certificate.certifier_id)
    if certifier is None or not certifier.listed:
        read = snapshot.certifier_run is not None or any(one.listed for one in snapshot.certifiers.values())
        return {"reason": "not_listed" if read else "list_unread"}
    known = {
        "accredited_on": _iso(certifier.accredited_on),
        "accreditation_ended_on": _iso(certifier.accreditation_ended_on),
    }
    if certifier.accredited_on is not None:
        grace = MONTHS_BEFORE_ACCREDITATION.get(certificate.referential or "", 0)
        if issued < months_before(certifier.accredited_on, grace):
            return {"reason": "before", **known}
    if certifier.accreditation_ended_on is not None and issued > certifier.accreditation_ended_on:
        return {"reason": "after", **known}
    return None


def referential_anomaly(
    certificate: Certificate, referentials: Mapping[str, Referential]
) -> dict[str, str | None] | None:
    """Issued outside the référentiel's issue window (both ends inclusive), as evidence, or None."""
    referential = referentials.get(certificate.referential or "")
    issued = certificate.issued_on
    if issued is None or referential is None:
        return None
    window = {"issue_from": _iso(referential.issue_from), "issue_until": _iso(referential.issue_until)}
    if referential.issue_from is not None and issued < referential.issue_from:
        return {"reason": "before", **window}
    if referential.issue_until is not None and issued > referential.issue_until:
        return {"reason": "after", **window}
    return None


def months_before(day: date, months: int) -> date:
    """The same day of the month that many months earlier, or that month's last day when it has no such day."""
    month = day.year * 12 + day.month - 1 - months
    year, month = divmod(month, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
