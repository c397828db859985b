"""Two statements of the list about one thing → typed changes (contract, section 3: `changes.kind`).

Pure. One change per thing that happened: a label that changed with its référentiel is one change, a renewal is not also
a moved expiry. Which rows are the same thing over time is for `identity` and `succession`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from registry.models import Cause

KINDS = (
    "HOST_LISTED", "HOST_DELISTED", "HOST_RELISTED", "HOST_RENAMED", "CERTIFICATE_LISTED", "CERTIFICATE_DELISTED",
    "CERTIFICATE_RENEWED", "SCOPE_EXTENDED", "SCOPE_REDUCED", "EXPIRY_MOVED", "REFERENTIAL_CHANGED",
    "CERTIFIER_CHANGED", "STATUS_CHANGED", "DETAIL_CHANGED", "CERTIFIER_LISTED", "CERTIFIER_DELISTED",
    "ACCREDITATION_CHANGED",
)  # fmt: skip

_KIND_OF_FIELD = {
    "expires_on": "EXPIRY_MOVED",
    "referential": "REFERENTIAL_CHANGED",
    "certifier_id": "CERTIFIER_CHANGED",
    "source_status": "STATUS_CHANGED",
    "accreditor": "ACCREDITATION_CHANGED",
    "accreditation_number": "ACCREDITATION_CHANGED",
    "accredited_on": "ACCREDITATION_CHANGED",
    "accreditation_ended_on": "ACCREDITATION_CHANGED",
}
"""Every other field is a DETAIL_CHANGED; activities have their own rule."""

_PART_OF = {"referential_label": "referential", "scope": "activities", "legacy_scopes": "activities"}
"""A field whose change goes without saying when the other one changed. A new link to the document goes without saying
with any other change."""


class Change(NamedTuple):
    """One row of `changes`. `observed_at` is an instant as text; values are text as published."""

    observed_at: str
    run_id: int | None
    """None: a person's decision, not a run, is what happened."""
    kind: str
    host_id: str | None = None
    certificate_id: str | None = None
    certifier_id: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None
    cause: Cause = "source"


class Difference(NamedTuple):
    """What changed, not yet tied to a run or a row."""

    kind: str
    field: str | None
    before: str | None
    after: str | None


class HostValues(NamedTuple):
    """What the list says about a host."""

    legal_name: str
    siren: str | None = None
    country: str | None = None
    website: str | None = None


class CertificateValues(NamedTuple):
    """What the list says about a certificate. Dates are ISO text; `activities` is `1,2,5`, None when not said."""

    certifier_id: str | None = None
    number: str | None = None
    referential: str | None = None
    referential_label: str | None = None
    legacy_scopes: str | None = None
    scope: str | None = None
    issued_on: str | None = None
    expires_on: str | None = None
    source_status: str | None = None
    document_url: str | None = None
    transparency_url: str | None = None
    activities: str | None = None


class CertifierValues(NamedTuple):
    """What the list says about a certification body."""

    name: str
    accreditor: str | None = None
    accreditation_number: str | None = None
    accredited_on: str | None = None
    accreditation_ended_on: str | None = None
    country: str | None = None
    website: str | None = None


def activity_set(text: str | None) -> frozenset[int]:
    """`1,2,5` as numbers; empty when not said."""
    return frozenset(map(int, text.split(","))) if text else frozenset()


def activity_text(activities: frozenset[int] | None) -> str | None:
    """The inverse: sorted, comma separated; None for none."""
    return ",".join(map(str, sorted(activities))) if activities else None


def differences(
    before: CertificateValues | CertifierValues, after: CertificateValues | CertifierValues, *skip: str
) -> Iterator[Difference]:
    """What changed between two statements about one certificate or certifier, leaving out the fields in `skip`."""
    changed = {
        name: (old, new)
        for name, old, new in zip(after._fields, before, after, strict=True)
        if old != new and name not in skip
    }
    for name, (old, new) in changed.items():
        if name == "activities":
            yield from scope_difference(old, new)
        elif _PART_OF.get(name) not in changed and (name != "document_url" or len(changed) == 1):
            yield Difference(_KIND_OF_FIELD.get(name, "DETAIL_CHANGED"), name, old, new)


def scope_difference(before: str | None, after: str | None) -> Iterator[Difference]:
    """Activities gained and lost. A scope that was or becomes unknown is neither extended nor reduced."""
    if before is None or after is None:
        if before != after:
            yield Difference("DETAIL_CHANGED", "activities", before, after)
        return
    old, new = activity_set(before), activity_set(after)
    if new - old:
        yield Difference("SCOPE_EXTENDED", "activities", before, after)
    if old - new:
        yield Difference("SCOPE_REDUCED", "activities", before, after)
