"""What can be said of a host on a day: the counting rule of `monitor.verdicts`, put into the words of a page.

Pure. Shows what the list says; whether a contract is covered is for `/check` and the watchlist.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from hdswatch_site.i18n import to_date

from monitor.verdicts import HostDay, host_day
from registry.snapshot import ACTIVITIES, Certificate, Host, Snapshot, mask_of

SOON_DAYS = 90


class HostState(NamedTuple):
    """`code`: covered (all six), partial, unknown, none, delisted or empty (listed without a certificate).

    `until`: activity → last day up to which it is held without a gap. `unsure`: activities that something unreadable
    might hold, and all six of a host that left the list, for why it left is not known. `ends_on`: the last day on which
    all that is held today is still held."""

    code: str
    until: dict[int, date]
    unsure: tuple[int, ...]
    ends_on: date | None
    soon: bool
    day: HostDay

    def days_left(self, today: date) -> int | None:
        return (self.ends_on - today).days if self.ends_on else None


def host_state(host: Host, register: Snapshot, on: date) -> HostState:
    """The state of a host on a day."""
    day = host_day(host, on, register.referentials)
    if day.delisted:
        return HostState("delisted", {}, ACTIVITIES, None, False, day)
    until = {a: end for a in ACTIVITIES if (end := day.coverage_end(mask_of([a])))}
    unsure = tuple(a for a in ACTIVITIES if a not in until and day.favourable >> (a - 1) & 1)
    ends_on = min(until.values(), default=None)
    code = "covered" if len(until) == len(ACTIVITIES) else "partial" if until else "unknown" if unsure else "none"
    if not host.certificates:
        code = "empty"
    return HostState(code, until, unsure, ends_on, bool(ends_on and (ends_on - on).days <= SOON_DAYS), day)


def certificate_reasons(day: HostDay, certificate: Certificate) -> tuple[str, ...]:
    """Every reason for which a certificate does not count that day; `DELISTED` alone when it is off the list."""
    for one in day.listed:
        if one.certificate is certificate:
            return tuple(str(reason) for reason in one.reasons)
    return ("DELISTED",)


def span(certificate: Certificate, register: Snapshot) -> tuple[date, date] | None:
    """First and last day printed for a certificate, the last one cut where its référentiel stops being usable; None
    when it has no end. An issue date that is not printed counts as the first day seen."""
    if certificate.expires_on is None:
        return None
    referential = register.referentials.get(certificate.referential or "")
    last = certificate.expires_on
    if referential and referential.usable_until:
        last = min(last, referential.usable_until)
    first = certificate.issued_on or (to_date(certificate.first_seen) or last)
    return (first, last) if first <= last else None
