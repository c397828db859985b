"""When an expiry is announced: thresholds that are crossed, not equalled, and then once a week (contract, section 6).

Pure: dates in, thresholds out. Knows nothing of alerts, recipients or messages, so that the forecast can use it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Announced:
    """That someone was told on a civil date: which threshold it was, or None for a message after coverage end."""

    on: date
    threshold: int | None


def crossed(coverage_end: date, today: date, thresholds: Iterable[int]) -> list[int]:
    """The thresholds *t* with coverage end - t <= today, smallest first. Empty once coverage has ended."""
    left = (coverage_end - today).days
    return sorted({t for t in thresholds if t >= left}) if left >= 0 else []


def threshold_due(
    coverage_end: date, today: date, thresholds: Iterable[int], announced: Sequence[Announced]
) -> int | None:
    """The smallest crossed threshold if it was not told yet, else None; larger ones count as told with it.

    What was told belongs to the coverage end of its day: when the end has moved later since, a threshold that was not
    yet reached on that day for the new end is told again when it is crossed.
    """
    reached = crossed(coverage_end, today, thresholds)
    if not reached or any(_covers(earlier, reached[0], coverage_end) for earlier in announced):
        return None
    return reached[0]


def _covers(earlier: Announced, threshold: int, coverage_end: date) -> bool:
    """Whether a message of then already said what crossing `threshold` says now."""
    if earlier.threshold is None:
        return False
    return threshold >= max(earlier.threshold, (coverage_end - earlier.on).days)


def weekly_due(last: date, today: date) -> bool:
    """Whether a week has passed since the last message about an ended coverage, in civil days: no DST shifts it."""
    return today - last >= WEEK


def announcement_dates(coverage_end: date, thresholds: Iterable[int]) -> list[tuple[date, int]]:
    """Every date on which a threshold is crossed, soonest first, as (date, threshold)."""
    return sorted((coverage_end - timedelta(days=t), t) for t in set(thresholds))
