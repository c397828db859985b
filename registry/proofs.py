"""Which printed cell proves which published value (contract, section 3: `provenance`). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.changes import CertificateValues, CertifierValues, HostValues
from registry.models import CertificateRecord, CertifierRecord, RawCell, RawRow

Proofs = dict[str, tuple[str, str, str]]
"""Published field → (sha256, locator, raw)."""

CERTIFICATE_PROOFS: Mapping[str, tuple[str, ...]] = {
    "certifier": ("certifier_id",),
    "number": ("number",),
    "referential": ("referential_label", "referential"),
    "activities": ("activities",),
    **{f"activity_{number}": (f"activity_{number}",) for number in range(1, 7)},
    "scope": ("scope",),
    "issued_on": ("issued_on",),
    "expires_on": ("expires_on",),
    "source_status": ("source_status",),
    "document_url": ("document_url",),
    "transparency_url": ("transparency_url",),
}
"""Printed field → published fields. `activities` stands for the rows of certificate_activities."""

CERTIFIER_PROOFS: Mapping[str, tuple[str, ...]] = {
    name: (name,)
    for name in (
        "name", "accreditor", "accreditation_number", "accredited_on", "accreditation_ended_on", "country", "website",
    )
}  # fmt: skip

_HOST_FIELDS = ("legal_name", "siren", "country", "website")


def proofs_of(
    values: CertificateValues | CertifierValues,
    row: CertificateRecord | CertifierRecord,
    fields: Mapping[str, tuple[str, ...]] = CERTIFICATE_PROOFS,
) -> Proofs:
    """The proofs that one row gives. What was printed but not understood is kept too."""
    if row.raw is None:
        return {}
    proofs: Proofs = {}
    for printed, cell in row.raw.cells.items():
        if (text := cell.text.strip() or cell.href or "") and printed in fields:
            for name in fields[printed]:
                proofs[name] = (cell.sha256 or row.raw.sha256, cell.locator, text)
    if isinstance(values, CertificateValues):
        _derived(proofs, values)
    return proofs


def _derived(proofs: Proofs, values: CertificateValues) -> None:
    """Values that were read from a cell which is not named after them."""
    scope = proofs.get("activities") or proofs.get("scope")
    if scope is not None:
        if values.legacy_scopes:
            proofs["legacy_scopes"] = scope
        if values.activities:
            proofs["activities"] = scope
    if values.activities and "activities" not in proofs:
        ticked = [proofs[name] for number in range(1, 7) if (name := f"activity_{number}") in proofs]
        if ticked:
            proofs["activities"] = ticked[0]


def host_proofs(values: HostValues, rows: Sequence[CertificateRecord]) -> Proofs:
    """The proofs of a host, each from the first row that says what is published."""
    proofs: Proofs = {}
    for row in rows:
        if row.raw is not None:
            for name in _HOST_FIELDS:
                if name not in proofs and (cell := row.raw.cells.get(name)) is not None:
                    said = getattr(row, name)
                    if said == getattr(values, name) and (text := _text(cell)):
                        proofs[name] = _proof(row.raw, cell, text)
            if "brand" not in proofs and (cell := row.raw.cells.get("brand")) is not None and (text := _text(cell)):
                proofs["brand"] = _proof(row.raw, cell, text)
    return proofs


def _text(cell: RawCell) -> str:
    return cell.text.strip() or cell.href or ""


def _proof(raw: RawRow, cell: RawCell, text: str) -> tuple[str, str, str]:
    return cell.sha256 or raw.sha256, cell.locator, text
