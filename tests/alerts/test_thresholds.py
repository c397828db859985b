"""Expiry is announced when thresholds are crossed, once each, the smallest first; then weekly."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ladder import Announced, announcement_dates, crossed, threshold_due
from tests.alerts.alerts_world import HttpSink, World, at, certificate, days

DEFAULT = (180, 90, 60, 30, 14, 7, 1, 0)


def start(world: World, sink: HttpSink, end: str, **top: object) -> None:
    world.host("Host", certificate("H1", end))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": sink.url()}, **top)


def told(sink: HttpSink) -> list[tuple[str, int | None]]:
    return [
        (r["body"]["hdswatch"]["date"], r["body"]["hdswatch"].get("threshold"))
        for r in sink.requests
        if r["headers"]["X-HDSWatch-Kind"] == "alert"
    ]


def test_every_threshold_is_told_on_its_day_and_then_every_week(world: World, http: HttpSink) -> None:
    start(world, http, "2027-06-15")
    end = date(2027, 6, 15)
    near = {end - timedelta(days=t) for t in DEFAULT}
    for day in days("2026-12-10", 220):
        if day.date() >= end - timedelta(days=2) or {day.date(), day.date() + timedelta(days=1)} & near:
            world.tick(day)
    ladder = [((end - timedelta(days=t)).isoformat(), t) for t in DEFAULT]
    weekly = [((end + timedelta(days=1 + 7 * n)).isoformat(), None) for n in range(5)]
    assert told(http) == ladder + weekly


def test_after_a_month_off_only_the_smallest_crossed_threshold_is_told(world: World, http: HttpSink) -> None:
    start(world, http, "2027-03-01")
    world.tick(at("2026-08-01 07:00"))
    world.tick(at("2027-01-20 07:00"))
    assert told(http) == [("2027-01-20", 60)]


def test_a_message_about_something_else_does_not_stand_for_a_threshold() -> None:
    end, today = date(2027, 3, 1), date(2027, 2, 10)
    assert threshold_due(end, today, DEFAULT, [Announced(date(2027, 2, 1), None)]) == 30
    assert threshold_due(end, today, DEFAULT, [Announced(date(2027, 2, 1), 30)]) is None


def test_a_coverage_that_comes_back_for_a_short_time_is_told_with_its_threshold(world: World, http: HttpSink) -> None:
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    for day, activities in (("2026-11-20", [1]), ("2026-11-21", range(1, 7)), ("2026-11-22", range(1, 7))):
        world.host("Host", certificate("H1", "2026-12-15", activities=list(activities)))
        world.tick(at(f"{day} 07:00"))
    assert told(http) == [("2026-11-20", None), ("2026-11-21", 30)]


def test_after_a_long_sleep_past_the_end_one_message_says_it(world: World, http: HttpSink) -> None:
    start(world, http, "2027-03-01")
    world.tick(at("2026-11-20 07:00"))
    world.tick(at("2027-04-20 07:00"))
    world.tick(at("2027-04-26 07:00"))
    world.tick(at("2027-04-27 07:00"))
    assert told(http) == [("2027-04-20", None), ("2027-04-27", None)]


@pytest.mark.parametrize(("language", "fact"), [
    ("fr", "Fin de couverture : 20 décembre 2026 (2026-12-20)"), ("en", "Coverage ends: 20 December 2026 (2026-12-20)"),
])  # fmt: skip
def test_after_the_end_the_facts_still_name_the_last_covered_day(
    world: World, http: HttpSink, language: str, fact: str
) -> None:
    world.host("Host", certificate("H1", "2026-12-20"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, language=language)
    for day in (days("2026-12-01", 1)[0], *days("2026-12-20", 9)):
        world.tick(day)
    told = [m.text for m in http.messages() if m.kind == "alert" and m.raw["body"]["hdswatch"]["threshold"] is None]
    assert len(told) == 2
    assert all(fact in text for text in told)


def test_one_reference_lasts_from_the_first_reminder_to_the_weekly_ones(world: World, http: HttpSink) -> None:
    start(world, http, "2026-12-20")
    for day in days("2026-06-01", 230)[::3]:
        world.tick(day)
    alerts = [m for m in http.messages() if m.kind == "alert"]
    assert len(alerts) >= 10
    assert len({m.ref for m in alerts}) == 1
    assert len({m.event for m in alerts}) == len(alerts)
    assert all(m.ref in m.subject and m.ref in m.text for m in alerts)


def test_the_day_is_the_civil_day_in_paris_not_in_utc(world: World, http: HttpSink) -> None:
    start(world, http, "2027-08-31", thresholds=[30])
    world.tick(at("2027-07-31 21:59"))
    assert told(http) == []
    world.tick(at("2027-07-31 22:01"))
    assert told(http) == [("2027-08-01", 30)]


def test_a_later_end_restarts_only_the_thresholds_not_yet_reached_for_it(world: World, http: HttpSink) -> None:
    start(world, http, "2027-02-01")
    world.tick(at("2026-11-01 07:00"))
    world.host("Host", certificate("H1", "2027-04-01"))
    for day in days("2026-11-02", 95):
        world.tick(day)
    assert told(http) == [("2027-01-01", 90), ("2027-01-31", 60)]


@pytest.mark.parametrize(
    ("left", "expected"),
    [(181, []), (180, [180]), (179, [180]), (60, [60, 90, 180]), (0, [0, 1, 7, 14, 30, 60, 90, 180]), (-1, [])],
)
def test_a_threshold_is_crossed_from_its_day_until_the_end(left: int, expected: list[int]) -> None:
    today = date(2026, 11, 22)
    assert crossed(today + timedelta(days=left), today, DEFAULT) == expected


@given(
    start=st.integers(0, 400),
    steps=st.lists(st.integers(1, 60), max_size=40),
    thresholds=st.sets(st.integers(0, 200), min_size=1, max_size=8),
)
def test_whatever_the_days_of_passes_each_threshold_is_told_at_most_once_and_never_after_a_smaller_one(
    start: int, steps: list[int], thresholds: set[int]
) -> None:
    end, today = date(2028, 1, 1), date(2028, 1, 1) - timedelta(days=start)
    said: list[Announced] = []
    for step in [0, *steps]:
        today += timedelta(days=step)
        due = threshold_due(end, today, thresholds, said)
        reached = crossed(end, today, thresholds)
        if due is not None:
            assert due == reached[0]
            said.append(Announced(today, due))
        elif reached:
            assert any(one.threshold is not None and one.threshold <= reached[0] for one in said)
    order = [one.threshold for one in said]
    assert order == sorted(set(order), reverse=True)


def test_the_dates_to_come_are_listed_soonest_first() -> None:
    assert announcement_dates(date(2027, 1, 31), [0, 30]) == [(date(2027, 1, 1), 30), (date(2027, 1, 31), 0)]


def test_when_the_end_moves_later_a_threshold_not_yet_reached_for_it_is_told_when_it_is_crossed() -> None:
    first, later = date(2027, 3, 1), date(2027, 4, 20)
    told_60 = [Announced(first - timedelta(days=60), 60)]
    assert threshold_due(later, later - timedelta(days=110), DEFAULT, told_60) is None, "180 counts as told"
    assert threshold_due(later, later - timedelta(days=90), DEFAULT, told_60) == 90
    assert threshold_due(first, first - timedelta(days=59), DEFAULT, told_60) is None
