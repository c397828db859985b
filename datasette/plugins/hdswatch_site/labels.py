"""Names of codes in words, as keys of the catalogue. Data only."""

from __future__ import annotations


def N_(text: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


KIND = {
    "HOST_LISTED": N_("New host on the list"),
    "HOST_DELISTED": N_("Host no longer on the list"),
    "HOST_RELISTED": N_("Host back on the list"),
    "HOST_RENAMED": N_("Host renamed"),
    "CERTIFICATE_LISTED": N_("New certificate"),
    "CERTIFICATE_DELISTED": N_("Certificate no longer on the list"),
    "CERTIFICATE_RENEWED": N_("Certificate renewed"),
    "SCOPE_EXTENDED": N_("More activities"),
    "SCOPE_REDUCED": N_("Fewer activities"),
    "EXPIRY_MOVED": N_("Expiry date changed"),
    "REFERENTIAL_CHANGED": N_("Version of the référentiel changed"),
    "CERTIFIER_CHANGED": N_("Certification body changed"),
    "STATUS_CHANGED": N_("Status changed"),
    "DETAIL_CHANGED": N_("Detail changed"),
    "CERTIFIER_LISTED": N_("New certification body"),
    "CERTIFIER_DELISTED": N_("Certification body no longer listed"),
    "ACCREDITATION_CHANGED": N_("Accreditation changed"),
}
"""`changes.kind` (contract, section 3) → what it is called."""

FIELD = {
    "legal_name": N_("Name"),
    "siren": N_("SIREN"),
    "brand": N_("Brand"),
    "country": N_("Country"),
    "website": N_("Website"),
    "number": N_("Certificate number"),
    "referential": N_("Référentiel"),
    "referential_label": N_("Référentiel as printed"),
    "legacy_scopes": N_("Scope of the first référentiel"),
    "scope": N_("Scope"),
    "issued_on": N_("Issued on"),
    "expires_on": N_("Expires on"),
    "source_status": N_("Status"),
    "document_url": N_("Certificate document"),
    "transparency_url": N_("Map of access from outside the EEA"),
    "activities": N_("Activities"),
    "certifier_id": N_("Certification body"),
    "certifier": N_("Certification body"),
    "name": N_("Name"),
    "accreditor": N_("Accredited by"),
    "accreditation_number": N_("Accreditation number"),
    "accredited_on": N_("Accredited on"),
    "accreditation_ended_on": N_("Accreditation ended on"),
    "listed": N_("On the list"),
}
"""Columns that changes and proofs name → what they are called."""
