"""The figures behind the home page's pictures, counted from the register. Pure; draws nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple

from hdswatch_site import status
from hdswatch_site.i18n import to_date
from hdswatch_site.status import HostState

from registry.snapshot import ACTIVITIES, Certificate, Host, Snapshot

VERSIONS = ("v1", "v2", "")
"""Référentiels in the order in which they are stacked; empty is unknown."""


class MonthCount(NamedTuple):
    """`month` is `YYYY-MM`, or `YYYY-Tn` for a quarter; `by` counts each part."""

    month: str
    by: dict[str, int]


def months_from(day: date, count: int) -> list[str]:
    """`count` months, the first one that of `day`."""
    first = day.year * 12 + day.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, first + count)]


class LastDay(NamedTuple):
    """The last day on which a listed certificate can count, however it ends: its own term or its référentiel's."""

    day: date
    host: Host
    certificate: Certificate


def last_days(register: Snapshot, today: date) -> list[LastDay]:
    """Of each listed certificate that counts today or will, soonest first."""
    found = [
        LastDay(span[1], host, one)
        for host in register.hosts.values()
        for one in host.certificates
        if one.listed and one.source_status in (None, "in_force") and one.referential
        if (span := status.span(one, register)) and span[1] >= today
    ]
    return sorted(found, key=lambda one: (one.day, one.host.id, one.certificate.id))


def expiries_by_month(ends: list[LastDay], today: date, count: int = 18) -> list[MonthCount]:
    """Certificates by the month of their last day, from this month on."""
    wanted = Counter(one.day.strftime("%Y-%m") for one in ends)
    return [MonthCount(month, {"main": wanted[month]}) for month in months_from(today, count)]


def hosts_by_activity(states: dict[str, HostState]) -> dict[int, int]:
    """How many hosts hold each activity today."""
    held = Counter(activity for state in states.values() for activity in state.until)
    return {activity: held[activity] for activity in ACTIVITIES}


def growth(register: Snapshot, today: date, count: int = 24) -> list[MonthCount]:
    """Hosts on the list at the end of each month, as far as this register has seen; the current month counts today."""
    spans = [
        (
            to_date(host.first_seen) or today,
            to_date(host.delisted_on) or (None if host.listed else to_date(host.last_seen)),
        )
        for host in register.hosts.values()
    ]
    begun = min((start for start, _ in spans), default=today)
    shown = [m for m in months_from(date(today.year - count // 12, today.month, 1), count + 1) if m >= f"{begun:%Y-%m}"]
    return [
        MonthCount(
            month, {"main": sum(f"{a:%Y-%m}" <= month and (b is None or f"{b:%Y-%m}" > month) for a, b in spans)}
        )
        for month in shown
    ]


def migration(register: Snapshot, today: date, count: int = 12) -> list[MonthCount]:
    """Listed certificates by quarter of issue and référentiel, the last `count` quarters."""
    found: dict[str, Counter[str]] = {}
    for host in register.hosts.values():
        for certificate in host.certificates:
            if certificate.listed and certificate.issued_on and certificate.issued_on <= today:
                quarter = _quarter(certificate.issued_on)
                version = certificate.referential if certificate.referential in VERSIONS else ""
                found.setdefault(quarter, Counter())[version or ""] += 1
    number = today.year * 4 + (today.month - 1) // 3
    quarters = [f"{n // 4:04d}-T{n % 4 + 1}" for n in range(number - count + 1, number + 1)]
    return [MonthCount(q, {v: found.get(q, Counter())[v] for v in VERSIONS}) for q in quarters]


def _quarter(day: date) -> str:
    return f"{day.year:04d}-T{(day.month - 1) // 3 + 1}"
