"""Lines printed more than once, brought down to one; lines that contradict each other, found. Pure.

Owns what makes two lines speak of one certificate. What a run with repeats or contradictions deserves is for the gate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields, replace

from registry.labels import plain_name
from registry.models import CertificateRecord, CertifierRecord, Problem, Record
from registry.text import fold

_ABOUT_THE_CERTIFICATE = (
    "certifier_id", "referential", "legacy_scopes", "issued_on", "expires_on", "source_status", "activities",
)  # fmt: skip


def collapse(records: Sequence[Record]) -> tuple[list[Record], list[Problem], list[Problem]]:
    """(records without repeats, one problem for each repeat, one for each contradicting line), in order.

    A repeat says the same as an earlier line, word for word or in every fact about the certificate. A contradiction is
    one certificate (same number and host, or same number and certification body), or one certifier, printed with
    different facts; it stays in the records, for the person who looks at the quarantined run.
    """
    repeats: list[Problem] = []
    contradictions: list[Problem] = []
    kept: dict[Record, None] = {}
    seen: dict[tuple[str, ...], Record] = {}
    for record in _one_line_a_certificate(records):
        if record in kept:
            repeats.append(_about(record, "repeat", "this line repeats an earlier one word for word; it was kept once"))
            continue
        verdicts = [
            (key, _differences(seen[key], record, same_host=key[0] != "body"))
            for key in _certificate_keys(record)
            if key in seen
        ]
        differing = [(key, names) for key, names in verdicts if names]
        if differing:
            key, names = differing[0]
            what = f"two lines about {' '.join(key[1:])!r} differ in {', '.join(names)}"
            contradictions.append(_about(record, "contradiction", what))
        elif any(key[0] != "body" for key, _ in verdicts):
            repeats.append(_about(record, "repeat", "this line says again what an earlier one says; it was kept once"))
            continue
        kept[record] = None
        for key in _certificate_keys(record):
            seen.setdefault(key, record)
    return list(kept), repeats, contradictions


def _certificate_keys(record: Record) -> list[tuple[str, ...]]:
    """What says that two lines are about the same thing: the host by name or SIREN, or the body, with the number."""
    if isinstance(record, CertifierRecord):
        return [("certifier", record.id)]
    if record.number is None:
        return []
    number = fold(record.number)
    keys: list[tuple[str, ...]] = [("host", plain_name(record.legal_name), number)]
    if record.siren:
        keys.append(("siren", record.siren, number))
    if record.certifier_id:
        keys.append(("body", record.certifier_id, number))
    return keys


def _differences(first: Record, second: Record, *, same_host: bool) -> list[str]:
    """Facts in which two lines differ. One certificate printed for two hosts of a group must agree in its dates; what
    each of them may do under it can differ."""
    if isinstance(first, CertifierRecord):
        names = [entry.name for entry in fields(first) if entry.name not in ("raw", "website")]
    else:
        names = [*_ABOUT_THE_CERTIFICATE, "siren"] if same_host else ["issued_on", "expires_on"]
    return [name for name in names if getattr(first, name) != getattr(second, name)]


def _one_line_a_certificate(records: Sequence[Record]) -> list[Record]:
    """Joins the lines of a list that prints one line for each activity: nowhere more than one on a line, and lines that
    differ in nothing else. In any other list such lines contradict each other and are left alone."""
    hosts = [record for record in records if isinstance(record, CertificateRecord)]
    groups: dict[CertificateRecord, list[CertificateRecord]] = defaultdict(list)
    for record in hosts:
        groups[replace(record, activities=None, scope=None)].append(record)
    singles = all(record.activities is None or len(record.activities) == 1 for record in hosts)
    if len(hosts) < len(records) or not singles or all(_distinct(group) < 2 for group in groups.values()):
        return list(records)
    return [_joined(group) if _distinct(group) > 1 else record for record, group in _firsts(hosts, groups)]


def _firsts(
    hosts: list[CertificateRecord], groups: dict[CertificateRecord, list[CertificateRecord]]
) -> list[tuple[CertificateRecord, list[CertificateRecord]]]:
    """The lines that stay: all of an ordinary group, the first of a joined one."""
    out: list[tuple[CertificateRecord, list[CertificateRecord]]] = []
    for record in hosts:
        group = groups[replace(record, activities=None, scope=None)]
        if _distinct(group) < 2 or record is group[0]:
            out.append((record, group))
    return out


def _distinct(group: list[CertificateRecord]) -> int:
    return len({record.activities for record in group if record.activities})


def _joined(group: list[CertificateRecord]) -> CertificateRecord:
    activities = None
    if all(record.activities for record in group):
        activities = frozenset(n for record in group for n in record.activities or ())
    scopes = dict.fromkeys(record.scope for record in group if record.scope)
    return replace(group[0], activities=activities, scope="; ".join(scopes) or None)


def _about(record: Record, code: str, message: str) -> Problem:
    row = record.raw
    certifier = isinstance(record, CertifierRecord)
    return Problem(
        None,
        "name" if certifier else "legal_name",
        record.name if isinstance(record, CertifierRecord) else record.legal_name,
        message,
        code,
        row.url if row else None,
        row.sha256 if row else None,
        row.locator if row else None,
    )
