"""The one place that reads the clock. Everything else is handed an instant or a date.

Instants are aware datetimes in UTC, whole seconds. Civil dates are Europe/Paris, where the law's days begin and end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """The current instant in UTC, cut to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """Today's civil date in France."""
    return paris_date(now())


def paris_date(instant: datetime) -> date:
    """The civil date in Europe/Paris at that instant."""
    return instant.astimezone(PARIS).date()


def stamp(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, the form in which instants are stored and printed."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """The inverse of `stamp`. Raises ValueError for anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
