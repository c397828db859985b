"""What the certificates of one host are worth on one day (contract, section 5: "Counts", "Coverage end").

Pure. Owns which certificates count and why others do not, which activities are held, and until when. Activities are
bit masks here (`registry.snapshot.mask_of`), days are proleptic ordinals, so that a year 9999 costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from monitor.findings import UNKNOWNS, Code
from registry.snapshot import ACTIVITIES, Certificate, Host, Referential, mask_of

ALL_ACTIVITIES = 63
_STATUS_REASON = {"suspended": Code.SUSPENDED, "withdrawn": Code.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class CertificateDay:
    """One listed certificate on one day."""

    certificate: Certificate
    mask: int
    """Activities it is known to hold."""
    reasons: tuple[Code, ...]
    """Every reason for which it does not count; empty when it counts."""

    @property
    def counts(self) -> bool:
        return not self.reasons

    @property
    def could_count(self) -> bool:
        """It counts, or would if what is unknown about it were favourable."""
        return UNKNOWNS.issuperset(self.reasons)

    @property
    def possible_mask(self) -> int:
        """Activities it may hold: all of them when the source does not say."""
        return self.mask if self.certificate.activities is not None else ALL_ACTIVITIES


class Span(NamedTuple):
    """The days, as ordinals, on which a listed certificate counts, and what it then holds."""

    first: int
    last: int
    mask: int
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class HostDay:
    """One host on one day: everything that does not depend on a contract."""

    host: Host
    day: int
    listed: tuple[CertificateDay, ...]
    counting: int
    """Activities that the counting certificates together hold."""
    favourable: int
    """Activities that would be held if everything unknown were favourable."""
    shown: int
    """Activities that stand in any listed certificate, counting or not."""
    spans: tuple[Span, ...] = field(repr=False)
    """By first day."""
    reach: tuple[int, ...] = field(repr=False)
    """For each activity in turn, as an ordinal: the last day up to which it is held from this day on without a gap."""
    _ends: dict[int, date] = field(default_factory=dict, repr=False)

    @property
    def delisted(self) -> bool:
        """The host, or all its certificates, are off the list. A listed host that never showed one is not delisted."""
        return not self.host.listed or (not self.listed and bool(self.host.certificates))

    @property
    def any_counts(self) -> bool:
        return any(not one.reasons for one in self.listed)

    def coverage_end(self, required: int) -> date | None:
        """The last day up to which, from this day on without a gap, all `required` activities are held on each day.

        None when they are not all held on this day. Certificates may overlap, follow one another from one day to the
        next, or share the activities between them. Never later than a référentiel's last usable day.
        """
        if required & ~self.counting:
            return None
        end = self._ends.get(required)
        if end is None:
            first = min(last for place, last in enumerate(self.reach) if required >> place & 1)
            end = self._ends[required] = date.fromordinal(first)
        return end

    def ending_on(self, end: date, required: int) -> tuple[Certificate, ...]:
        """The listed certificates with a required activity whose last day is `end`: those to be renewed first."""
        last = end.toordinal()
        found = (span.certificate for span in self.spans if span.last == last and span.mask & required)
        return tuple(sorted(found, key=lambda certificate: certificate.id))


def host_day(host: Host, on: date, referentials: Mapping[str, Referential]) -> HostDay:
    """Judges every listed certificate of a host on a day."""
    day = on.toordinal()
    listed: list[CertificateDay] = []
    spans: list[Span] = []
    counting = favourable = shown = 0
    for certificate in host.certificates:
        if not (host.listed and certificate.listed):
            continue
        held = mask_of(certificate.activities) if certificate.activities is not None else 0
        one = CertificateDay(certificate, held, reasons_not_to_count(certificate, on, referentials))
        listed.append(one)
        shown |= held
        if one.counts:
            counting |= held
        if one.could_count:
            favourable |= one.possible_mask
        if held and (span := valid_span(certificate, referentials)) and span[1] >= day:
            spans.append(Span(*span, held, certificate))
    spans.sort(key=itemgetter(0))
    reach = tuple(_reach(1 << place, day, spans) for place in range(len(ACTIVITIES)))
    return HostDay(host, day, tuple(listed), counting, favourable, shown, tuple(spans), reach)


def _reach(bit: int, day: int, spans: list[Span]) -> int:
    """Coverage of a set on a day is coverage of each activity on that day, so each may be followed by itself."""
    end = day - 1
    for span in spans:
        if span.mask & bit:
            if span.first > end + 1:
                break
            end = max(end, span.last)
    return end


def reasons_not_to_count(
    certificate: Certificate, on: date, referentials: Mapping[str, Referential]
) -> tuple[Code, ...]:
    """Every reason for which a listed certificate does not count on a day; empty when it counts.

    Rule: status null or `in_force`; `issued_on` null or not later; `expires_on` known and not earlier (the last day
    counts); référentiel known and usable on that day (`usable_until` is a last day too).
    """
    reasons = []
    if certificate.source_status not in (None, "in_force"):
        reasons.append(_STATUS_REASON.get(certificate.source_status, Code.STATUS_UNKNOWN))
    if certificate.expires_on is None:
        reasons.append(Code.DATE_UNKNOWN)
    elif certificate.expires_on < on:
        reasons.append(Code.EXPIRED)
    if certificate.issued_on is not None and certificate.issued_on > on:
        reasons.append(Code.NOT_YET_VALID)
    referential = referentials.get(certificate.referential or "")
    if referential is None:
        reasons.append(Code.REFERENTIAL_UNKNOWN)
    elif referential.usable_until is not None and referential.usable_until < on:
        reasons.append(Code.SUPERSEDED_REFERENTIAL)
    return tuple(reasons)


def valid_span(certificate: Certificate, referentials: Mapping[str, Referential]) -> tuple[int, int] | None:
    """First and last day, as ordinals, on which a certificate counts while it stays listed; None: on no day."""
    referential = referentials.get(certificate.referential or "")
    if (
        not certificate.listed
        or certificate.source_status not in (None, "in_force")
        or certificate.expires_on is None
        or referential is None
    ):
        return None
    last = certificate.expires_on
    if referential.usable_until is not None:
        last = min(last, referential.usable_until)
    first = certificate.issued_on or date.min
    return (first.toordinal(), last.toordinal()) if first <= last else None


def covered_spans(host: Host, required: int, referentials: Mapping[str, Referential]) -> list[tuple[date, date]]:
    """Every stretch of days, first and last, on which the listed certificates together hold all `required` activities.

    The same rule as `HostDay.coverage_end`, for all days at once: for a picture. Stretches that touch are one.
    """
    valid = [
        (*span, mask_of(one.activities))
        for one in host.certificates
        if host.listed and one.activities and (span := valid_span(one, referentials))
    ]
    edges = sorted({first for first, _, _ in valid} | {last + 1 for _, last, _ in valid})
    stretches: list[tuple[int, int]] = []
    for start, after in pairwise(edges):
        held = 0
        for first, last, mask in valid:
            if first <= start <= last:
                held |= mask
        if required & ~held == 0:
            if stretches and stretches[-1][1] == start - 1:
                stretches[-1] = (stretches[-1][0], after - 1)
            else:
                stretches.append((start, after - 1))
    return [(date.fromordinal(first), date.fromordinal(last)) for first, last in stretches]
