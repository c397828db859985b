"""Pictures as SVG, drawn on the server: columns by month and bars on a time line.

Pure. Colours are classes, so that the style sheet decides for light, dark and print; every picture has a title for
those who can't see it, and its page puts the same figures in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from markupsafe import Markup, escape

WIDTH, HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 6, 12, 26


class Column(NamedTuple):
    """One column: `label` below it (empty: none), `parts` from the bottom up, each a class and a value."""

    label: str
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(value for _, value in self.parts)


class Span(NamedTuple):
    """A bar on a time line. `tone` is a class of the style sheet."""

    start: date
    end: date
    tone: str


def columns(title: str, data: Sequence[Column]) -> Markup:
    """A column chart with a scale. Empty markup when there is nothing to show."""
    top = max((column.total for column in data), default=0)
    if not top:
        return Markup("")
    step = _nice_step(top)
    ceiling = step * -(-top // step)
    room, high = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    each = room / len(data)
    drawn = [_line(_TOP + high - high * mark / ceiling, mark) for mark in range(0, ceiling + 1, step)]
    for at, column in enumerate(data):
        x, y = _LEFT + at * each, float(_TOP + high)
        for tone, value in column.parts:
            tall = high * value / ceiling
            y -= tall
            drawn.append(f'<rect class="fill-{tone}" x="{x + each * 0.14:.1f}" y="{y:.1f}"'
                         f' width="{each * 0.72:.1f}" height="{tall:.1f}"/>')  # fmt: skip
        if column.label:
            drawn.append(
                f'<text x="{x + each / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(column.label)}</text>'
            )
    return _picture("chart", f"0 0 {WIDTH} {HEIGHT}", title, drawn)


def bar(title: str, share: float) -> Markup:
    """One horizontal bar that fills `share` (0 to 1) of its room; it stretches with the page."""
    drawn = [f'<rect class="fill-main" width="{100 * min(max(share, 0), 1):.2f}" height="10"/>']
    return _picture("bar", "0 0 100 10", title, drawn, stretched=True)


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same days of each tone in as few bars as may be."""
    found: list[Span] = []
    for one in sorted(spans, key=lambda span: (span.tone, span.start)):
        before = found[-1] if found else None
        if before and before.tone == one.tone and (one.start - before.end).days <= 1:
            found[-1] = before._replace(end=max(before.end, one.end))
        else:
            found.append(one)
    return found


def time_line(title: str, spans: Sequence[Span], first: date, last: date, today: date) -> Markup:
    """One row of a time line from `first` to `last`, today marked; it stretches with the page."""
    whole = max((last - first).days + 1, 1)

    def place(day: date) -> float:
        return 1000 * min(max((day - first).days / whole, 0), 1)

    drawn = []
    for one in spans:
        left, right = place(one.start), place(one.end) + 1000 / whole
        if one.end >= first and one.start <= last:
            drawn.append(
                f'<rect class="fill-{one.tone}" x="{left:.1f}" y="2" width="{max(right - left, 3):.1f}" height="16"/>'
            )
    if first <= today <= last:
        drawn.append(f'<path class="today" d="M{place(today):.1f} 0V20" vector-effect="non-scaling-stroke"/>')
    return _picture("line", "0 0 1000 20", title, drawn, stretched=True)


def _nice_step(top: int) -> int:
    """A round step that gives two to five marks up to `top`."""
    for power in range(12):
        for lead in (1, 2, 5):
            step = lead * 10**power
            if top / step <= 5:
                return step
    return top


def _line(y: float, mark: int) -> str:
    return (
        f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>'
        f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{mark}</text>'
    )


def _picture(kind: str, box: str, title: str, drawn: Sequence[str], *, stretched: bool = False) -> Markup:
    stretch = ' preserveAspectRatio="none"' if stretched else ""
    return Markup(  # noqa: S704  drawn holds numbers, our own class names and escaped labels only
        f'<svg class="{kind}" viewBox="{box}" role="img" focusable="false"{stretch}><title>{escape(title)}</title>'
        f"{''.join(drawn)}</svg>"
    )
