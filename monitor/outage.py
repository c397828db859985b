"""The source's own trouble, and runs that change too much at once: when to tell people, and when to hold back.

Pure: facts about tries and a clock reading in, a judgement out. The source's trouble is never a finding about a host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from registry.clock import PARIS, paris_date

HOLD_FOR = timedelta(hours=24)
FAILED_DAYS_TO_TELL = 2
_SHARE = 0.2
_FEW = 3


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at one list. `reason` is the run's own word, such as `unreachable`; `run_id` None: it left no run."""

    source: str
    at: datetime
    good: bool
    reason: str = ""
    run_id: int | None = None
    started: datetime | None = None
    decided: bool = False
    """A person accepted the run."""

    @property
    def begun(self) -> datetime:
        return self.started or self.at


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """`trouble`: nothing about scope or listing may open or resolve. `tell`: people should know by now."""

    trouble: bool
    tell: bool
    since: datetime | None
    reason: str
    last_good: datetime | None
    source: str = "hosts"
    """The list that is in trouble; `certifiers` only while the host list itself is well."""


def clock_on(day: date, wall: str) -> datetime:
    """The instant of `HH:MM` in Paris on a day. A time that DST skips means the moment the clocks moved on to."""
    hour, minute = wall.split(":")
    local = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=PARIS)
    return local.astimezone(UTC)


def crawl_slot(now: datetime, wall: str) -> datetime:
    """The last time, up to now, at which the daily crawl was due."""
    today = clock_on(paris_date(now), wall)
    return today if today <= now else clock_on(paris_date(now) - timedelta(days=1), wall)


def judge_source(tries: Iterable[Try], now: datetime, crawl_at: str, stale_after_days: int) -> SourceHealth:
    """What the tries so far say: one failed day is doubt, the second is told, as is data grown stale or never had."""
    by_source: dict[str, list[Try]] = {}
    for attempt in sorted(tries, key=lambda t: t.at):
        by_source.setdefault(attempt.source, []).append(attempt)
    hosts = by_source.get("hosts", [])
    last_good = max((t.at for t in hosts if t.good), default=None)
    failed = {source: _since_good(attempts) for source, attempts in by_source.items()}
    bad_hosts = failed.get("hosts", [])
    stale = last_good is not None and (paris_date(now) - paris_date(last_good)).days > stale_after_days
    never = last_good is None and bool(hosts)
    told = [bad for bad in failed.values() if _days(bad, crawl_at) >= FAILED_DAYS_TO_TELL]
    worst = bad_hosts or max(told, key=len, default=[])
    trouble = bool(bad_hosts) or stale or never
    since = worst[0].at if worst else last_good if stale else None
    return SourceHealth(
        trouble=trouble,
        tell=bool(told) or stale or never,
        since=since,
        reason=worst[-1].reason if worst else "stale" if stale else "",
        last_good=last_good,
        source=worst[0].source if worst and not trouble else "hosts",
    )


def _since_good(attempts: Sequence[Try]) -> list[Try]:
    bad: list[Try] = []
    for attempt in attempts:
        bad = [] if attempt.good else [*bad, attempt]
    return bad


def _days(attempts: Iterable[Try], crawl_at: str) -> int:
    """On how many crawl days these tries were made."""
    return len({crawl_slot(attempt.begun, crawl_at) for attempt in attempts})


def too_many(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The contracts whose verdict a run changed, if they are more than max(3, 20 %) of all; else none.

    Both map contract id → verdict on the same day, so that only the run makes a difference.
    """
    changed = sorted(contract for contract in before.keys() & after.keys() if before[contract] != after[contract])
    return changed if len(changed) > max(_FEW, _SHARE * len(after)) else []
