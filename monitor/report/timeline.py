"""The picture of coverage against a contract, as SVG. Pure: dates in, text out.

Colour, pattern and words say the same thing, so it also reads in black and white. Texts are escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

WIDTH = 720
LEFT = 190
RIGHT = 12
ROW = 26
TOP = 24
BAR = 14
PAST_YEARS = 3
AHEAD_YEARS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of days; None is open. `kind` is contract, counting, idle, covered or gap."""

    first: date | None
    last: date | None
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the picture with its name at the left."""

    name: str
    bars: tuple[Bar, ...]


def window(on: date, dates: Iterable[date | None]) -> tuple[date, date]:
    """The days to show: all given ones, but no further than three years back and five ahead of the day judged."""
    known = [on, *(one for one in dates if one is not None)]
    earliest = _years(on, -PAST_YEARS)
    latest = _years(on, AHEAD_YEARS)
    first = max(earliest, min(known))
    last = min(latest, max(known))
    margin = timedelta(days=max(30, (last - first).days // 20))
    return max(earliest, _shift(first, -margin)), min(latest, _shift(last, margin))


def _years(day: date, years: int) -> date:
    year = min(9999, max(1, day.year + years))
    return day.replace(year=year, day=min(day.day, 28))


def _shift(day: date, by: timedelta) -> date:
    ordinal = min(date.max.toordinal(), max(1, day.toordinal() + by.days))
    return date.fromordinal(ordinal)


def draw(lines: list[Line], on: date, shown: tuple[date, date], title: str, description: str, today_label: str) -> str:
    """The picture. `title` and `description` are read out in its place."""
    first, last = shown
    height = TOP + ROW * len(lines) + 26
    parts = [
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        'aria-labelledby="timeline-title timeline-desc" xmlns="http://www.w3.org/2000/svg">',
        f'<title id="timeline-title">{escape(title)}</title>',
        f'<desc id="timeline-desc">{escape(description)}</desc>',
        '<defs><pattern id="idle" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#eee"/><line x1="0" y1="0" x2="0" y2="6" stroke="#888" stroke-width="2"/>'
        '</pattern><pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(-45)"><rect width="6" height="6" fill="#fbe3e0"/>'
        '<line x1="0" y1="0" x2="0" y2="6" stroke="#b3261e" stroke-width="2"/></pattern></defs>',
    ]
    for year in range(first.year, last.year + 1):
        start = date(year, 1, 1)
        if first <= start <= last:
            x = _x(start, first, last)
            parts.append(f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - 22}" class="tick"/>')
            parts.append(f'<text x="{x}" y="{TOP - 10}" class="year">{year}</text>')
    for place, line in enumerate(lines):
        y = TOP + ROW * place
        parts.append(f'<text x="0" y="{y + 11}" class="name">{escape(_short(line.name))}</text>')
        parts += [drawn for bar in line.bars if (drawn := _bar(bar, y, first, last))]
    x = _x(on, first, last)
    parts.append(f'<line x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{height - 20}" class="today"/>')
    anchor = "end" if x > WIDTH - 120 else "start" if x < LEFT + 60 else "middle"
    parts.append(f'<text x="{x}" y="{height - 6}" class="year" text-anchor="{anchor}">{escape(today_label)}</text>')
    parts.append("</svg>")
    return "\n".join(parts)


def _bar(bar: Bar, y: int, first: date, last: date) -> str:
    start, end = bar.first or first, bar.last or last
    if end < first or start > last:
        return ""
    left = _x(max(start, first), first, last)
    right = _x(_shift(min(end, last), timedelta(days=1)), first, last)
    label = f"<title>{escape(bar.label)}</title>" if bar.label else ""
    return (
        f'<rect x="{left}" y="{y}" width="{max(1.5, round(right - left, 1))}" height="{BAR}" '
        f'class="bar {bar.kind}">{label}</rect>'
    )


def _x(day: date, first: date, last: date) -> float:
    span = max(1, (last - first).days)
    place = min(max((day - first).days, 0), span) / span
    return round(LEFT + place * (WIDTH - LEFT - RIGHT), 1)


def _short(name: str) -> str:
    return name if len(name) <= 28 else name[:27] + "…"
