"""The picture of coverage: bars in their places, whatever the dates."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from monitor.coverage import covered_spans, host_day
from monitor.report.timeline import LEFT, WIDTH, Bar, Line, draw, window
from registry.snapshot import mask_of
from tests.verdicts.test_against_a_second_reading import ACTIVITIES, certificate_lists
from tests.verdicts.verdict_world import V1, V2, cert, day, host

ON = date(2026, 11, 22)


def bars(drawing: str, kind: str) -> list[tuple[float, float]]:
    tree = etree.fromstring(drawing.encode())
    found = tree.xpath(f"//*[local-name()='rect'][@class='bar {kind}']")
    return [(float(one.get("x")), float(one.get("x")) + float(one.get("width"))) for one in found]


def test_bars_stand_in_the_order_of_their_dates_within_the_picture() -> None:
    lines = [Line("a", (Bar(date(2026, 1, 1), date(2026, 6, 30), "counting"), Bar(date(2026, 7, 1), None, "idle")))]
    drawing = draw(lines, ON, (date(2025, 1, 1), date(2028, 1, 1)), "t", "d", "today")
    ((first, end),), ((start, last),) = bars(drawing, "counting"), bars(drawing, "idle")
    assert LEFT <= first < end <= start + 0.2 < last <= WIDTH


def test_what_lies_outside_the_window_is_not_drawn() -> None:
    lines = [Line("a", (Bar(date(1999, 1, 1), date(1999, 6, 30), "counting"),))]
    assert bars(draw(lines, ON, (date(2025, 1, 1), date(2028, 1, 1)), "t", "d", "x"), "counting") == []


@settings(max_examples=100, deadline=None)
@given(st.dates(), st.lists(st.one_of(st.none(), st.dates()), max_size=6))
def test_any_dates_give_a_well_formed_picture(on: date, dates: list[date | None]) -> None:
    shown = window(on, dates)
    assert shown[0] <= on <= shown[1] or shown[0] <= shown[1]
    pairs = list(zip(dates[::2], dates[1::2], strict=False))
    lines = [Line("<&>", tuple(Bar(first, last, "idle", "<") for first, last in pairs))]
    drawing = draw(lines, on, shown, "<t>", "&", "'")
    assert all(x >= LEFT - 1 for bar in bars(drawing, "idle") for x in bar)


@settings(max_examples=150, deadline=None)
@given(certificate_lists, ACTIVITIES)
def test_covered_days_of_the_picture_are_those_of_the_verdicts(listed: list, needed: frozenset[int]) -> None:
    one, versions = host(*listed), {"v1": V1, "v2": V2}
    spans = covered_spans(one, mask_of(needed), versions)
    assert all(first <= last for first, last in spans)
    assert all(later[0] - earlier[1] > timedelta(days=1) for earlier, later in pairwise(spans))
    edges = {
        edge + timedelta(days=n) for span in spans for edge in span for n in (-1, 0, 1) if date.min < edge < date.max
    }
    for at in edges | {day("2026-05-16"), day("2026-05-17"), day("2026-11-22")}:
        covered = host_day(one, at, versions).coverage_end(mask_of(needed))
        inside = [last for first, last in spans if first <= at <= last]
        assert ([covered] if covered else []) == inside


def test_a_certificate_without_end_of_the_calendar_is_drawn() -> None:
    one = host(cert(issued_on=None, expires_on="9999-12-31"))
    assert covered_spans(one, 63, {"v2": V2}) == [(date.min, date.max)]
