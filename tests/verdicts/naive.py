"""A second reading of the rules, slow and literal, that shares nothing with the product but the shapes.

Sets instead of bit masks, a walk from day to day instead of intervals, substitution of favourable values instead of
a classification of reasons. Kept in tests to disagree with.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from monitor.watchlist import Contract
from registry.snapshot import Certificate, Host, Snapshot

ONE_DAY = timedelta(days=1)
EVERY = {1, 2, 3, 4, 5, 6}
RANK = {
    "breach": 0,
    "unknown": 1,
    "attention": 2,
    "covered": 3,
}
SEVERITY = {
    "DELISTED": "unknown",
    "SUSPENDED": "breach",
    "WITHDRAWN": "breach",
    "EXPIRED": "breach",
    "NOT_YET_VALID": "breach",
    "SUPERSEDED_REFERENTIAL": "breach",
    "SCOPE_GAP": "breach",
    "SCOPE_UNKNOWN": "unknown",
    "DATE_UNKNOWN": "unknown",
    "REFERENTIAL_UNKNOWN": "unknown",
    "STATUS_UNKNOWN": "unknown",
    "EXPIRING": "attention",
    "CERTIFIER_NOT_LISTED": "attention",
    "REFERENTIAL_ANOMALY": "attention",
    "CONTRACT_MISMATCH": "attention",
    "STALE_REGISTRY": "attention",
    "CONTRACT_OUTLIVES_COVERAGE": "covered",
}


def counts(certificate: Certificate, on: date, world: Snapshot) -> bool:
    if not certificate.listed:
        return False
    if certificate.source_status is not None and certificate.source_status != "in_force":
        return False
    if certificate.issued_on is not None and on < certificate.issued_on:
        return False
    if certificate.expires_on is None or certificate.expires_on < on:
        return False
    version = world.referentials.get(certificate.referential or "none")
    return version is not None and (version.usable_until is None or on <= version.usable_until)


def held_on(host: Host, on: date, world: Snapshot) -> set[int]:
    held: set[int] = set()
    for certificate in host.certificates:
        if counts(certificate, on, world) and certificate.activities is not None:
            held |= certificate.activities
    return held


def favourable(certificate: Certificate) -> Certificate:
    """The same certificate with everything unknown turned to the best."""
    status = certificate.source_status
    return replace(
        certificate,
        activities=frozenset(EVERY) if certificate.activities is None else certificate.activities,
        expires_on=date(9999, 12, 31) if certificate.expires_on is None else certificate.expires_on,
        referential="v2" if certificate.referential not in ("v1", "v2") else certificate.referential,
        source_status="in_force" if status not in (None, "suspended", "withdrawn") else status,
    )


def naive(
    world: Snapshot, host: Host, contract: Contract, on: date, thresholds: tuple[int, ...]
) -> tuple[str, date | None, set[int], set[tuple[str, str]]]:
    """Verdict, coverage end, missing activities and (code, certificate id or empty), staleness left out."""
    required = set(contract.activities)
    missing = required - held_on(host, on, world)
    if (contract.starts_on and on < contract.starts_on) or (contract.ends_on and on > contract.ends_on):
        return "closed", _end(host, required, on, world), missing, set()
    listed = [certificate for certificate in host.certificates if certificate.listed]
    if not host.listed or (host.certificates and not listed):
        return "unknown", None, required, {("DELISTED", "")}
    found: set[tuple[str, str]] = set()
    end = _end(host, required, on, world)
    if missing:
        hoped = replace(host, certificates=tuple(map(favourable, host.certificates)))
        if required <= held_on(hoped, on, world):
            for certificate in listed:
                best = favourable(certificate)
                if counts(best, on, world) and best.activities & missing:
                    found |= {(code, certificate.id) for code in _unknown(certificate, world)}
        else:
            for certificate in listed:
                if certificate.activities and certificate.activities & missing:
                    found |= {(code, certificate.id) for code in _breach(certificate, on, world)}
            anywhere = set().union(*(certificate.activities or set() for certificate in listed))
            if any(counts(certificate, on, world) for certificate in listed) or required - anywhere:
                found.add(("SCOPE_GAP", ""))
    else:
        assert end is not None
        if (end - on).days <= max(thresholds):
            found.add(("EXPIRING", ""))
        if contract.ends_on is not None and contract.ends_on > end:
            found.add(("CONTRACT_OUTLIVES_COVERAGE", ""))
    for certificate in listed:
        if counts(certificate, on, world) and certificate.activities and certificate.activities & required:
            found |= {(code, certificate.id) for code in _issuing(certificate, world)}
    quoted = contract.quoted
    says = quoted is not None and {quoted.certificate_number, quoted.expires_on, quoted.activities} != {None}
    if says and not any(_agrees(contract, certificate) for certificate in listed):
        found.add(("CONTRACT_MISMATCH", ""))
    worst = min((SEVERITY[code] for code, _ in found), key=RANK.__getitem__, default="covered")
    return worst, end, missing, found


def _end(host: Host, required: set[int], on: date, world: Snapshot) -> date | None:
    if not required <= held_on(host, on, world):
        return None
    while on < date.max and required <= held_on(host, on + ONE_DAY, world):
        on += ONE_DAY
    return on


def _unknown(certificate: Certificate, world: Snapshot) -> set[str]:
    return {
        code
        for code, true in {
            "SCOPE_UNKNOWN": certificate.activities is None,
            "DATE_UNKNOWN": certificate.expires_on is None,
            "REFERENTIAL_UNKNOWN": certificate.referential not in world.referentials,
            "STATUS_UNKNOWN": certificate.source_status not in (None, "in_force", "suspended", "withdrawn"),
        }.items()
        if true
    }


def _breach(certificate: Certificate, on: date, world: Snapshot) -> set[str]:
    version = world.referentials.get(certificate.referential or "none")
    return {
        code
        for code, true in {
            "SUSPENDED": certificate.source_status == "suspended",
            "WITHDRAWN": certificate.source_status == "withdrawn",
            "EXPIRED": certificate.expires_on is not None and certificate.expires_on < on,
            "NOT_YET_VALID": certificate.issued_on is not None and certificate.issued_on > on,
            "SUPERSEDED_REFERENTIAL": version is not None
            and version.usable_until is not None
            and version.usable_until < on,
        }.items()
        if true
    }


def _issuing(certificate: Certificate, world: Snapshot) -> set[str]:
    issued = certificate.issued_on
    if issued is None:
        return set()
    found = set()
    body = world.certifiers.get(certificate.certifier_id or "none")
    if body is None or not body.listed:
        found.add("CERTIFIER_NOT_LISTED")
    else:
        start = body.accredited_on
        if start is not None and certificate.referential == "v1":
            year, month = (start.year, start.month - 9) if start.month > 9 else (start.year - 1, start.month + 3)
            days = start.day
            while True:
                try:
                    start = date(year, month, days)
                    break
                except ValueError:
                    days -= 1
        ended = body.accreditation_ended_on
        if (start is not None and issued < start) or (ended is not None and issued > ended):
            found.add("CERTIFIER_NOT_LISTED")
    version = world.referentials[certificate.referential or ""]
    if (version.issue_from and issued < version.issue_from) or (version.issue_until and issued > version.issue_until):
        found.add("REFERENTIAL_ANOMALY")
    return found


def _agrees(contract: Contract, certificate: Certificate) -> bool:
    quoted = contract.quoted
    assert quoted is not None
    return (
        quoted.certificate_number in (None, certificate.number)
        and quoted.expires_on in (None, certificate.expires_on)
        and quoted.activities in (None, certificate.activities)
    )
