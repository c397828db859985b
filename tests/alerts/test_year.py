"""A simulated year, both clock changes included: what arrives is exactly what a plain reading of the rules expects.

The collector fails on any message that is missing and on any that was not expected.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alerts import advance, families_of
from monitor.verdicts import check
from monitor.watchlist import Channel, Contact, Contract, Watchlist
from registry.snapshot import Certificate, GoodRun, Host, Referential, Snapshot
from tests.alerts.alerts_world import HttpSink, World, at, certificate

PARIS = ZoneInfo("Europe/Paris")
LADDER = (180, 90, 60, 30, 14, 7, 1, 0)
FIRST, LAST = date(2026, 10, 1), date(2027, 9, 30)
ENDS = {
    "early": date(2026, 9, 1),
    "autumn": date(2026, 10, 25),
    "winter": date(2027, 1, 6),
    "spring": date(2027, 3, 28),
    "summer": date(2027, 7, 20),
    "never": date(2030, 1, 1),
}
RENEWED_ON = {"winter": date(2026, 12, 20), "summer": date(2027, 8, 3)}
"""The day whose morning crawl first shows a certificate to 2031."""


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def expected(name: str, end: date) -> list[tuple[date, str]]:
    """The dates on which one contract's reader hears of it, worked out with nothing but a calendar."""
    heard: list[tuple[date, str]] = []
    renewed = RENEWED_ON.get(name, date.max)
    last_told: date | None = None
    told_threshold = min((t for t in LADDER if t >= (end - FIRST).days >= 0), default=None)
    if end < FIRST:
        heard.append((FIRST, "alert"))
        last_told = FIRST
    for day in every_day(FIRST + timedelta(days=1), LAST):
        if day >= renewed:
            break
        left = (end - day).days
        if left < 0:
            if last_told is None or (day - last_told).days >= 7:
                heard.append((day, "alert"))
                last_told = day
            continue
        crossed = min((t for t in LADDER if t >= left), default=None)
        if crossed is not None and (told_threshold is None or crossed < told_threshold):
            heard.append((day, "alert"))
            told_threshold = crossed
    if renewed <= LAST and heard:
        heard.append((renewed + timedelta(days=1), "resolved"))
    return heard


def test_a_year_of_daily_passes_says_what_a_calendar_says(world: World, http: HttpSink) -> None:
    for name, end in ENDS.items():
        world.host(f"Host {name}", certificate(f"N{name}", end.isoformat(), issued_on="2024-10-26"))
    world.watch(*({"id": n, "supplier": f"Host {n}"} for n in ENDS), channels={"dpo": http.url()})
    for day in every_day(FIRST, LAST):
        for name, renewed in RENEWED_ON.items():
            if day == renewed:
                old = certificate(f"N{name}", ENDS[name].isoformat(), issued_on="2024-10-26")
                world.host(f"Host {name}", old, certificate(f"R{name}", "2031-01-01"))
        morning = datetime(day.year, day.month, day.day, 7, 30, tzinfo=PARIS)
        world.tick(morning)
        if day in (date(2026, 10, 25), date(2027, 3, 28)):
            for hour in range(1, 14):
                world.tick(morning + timedelta(hours=hour))
    heard = Counter(
        (m.raw["body"]["hdswatch"]["date"], m.kind, m.raw["body"]["hdswatch"].get("contract", {}).get("id"))
        for m in http.messages()
    )
    wanted = Counter((FIRST.isoformat(), "inventory", None) for _ in range(1))
    for name, end in ENDS.items():
        wanted.update((day.isoformat(), kind, name) for day, kind in expected(name, end))
    monday = at("2026-10-05 07:00").date()
    # a pass at 07:30 meets Monday's 08:00 digest on Tuesday, but for the day on which the passes went on till evening
    wanted.update(
        ((day + timedelta(days=1)).isoformat(), "digest", None) for day in every_day(monday, LAST)
        if day.weekday() == 0 and day < LAST
    )  # fmt: skip
    assert heard - wanted == Counter(), "messages that nobody expected"
    assert wanted - heard == Counter(), "messages that never came"


# -- any schedule of passes, in the pure machine -----------------------------------------------------------------------

CONTRACT = Contract("c", "Host", frozenset({1}), notify=("dpo",))
WATCHLIST = Watchlist(
    channels={"dpo": Channel("dpo", url_env="X")}, contacts={"dpo": Contact("dpo", "dpo", "dpo")}, contracts=(CONTRACT,)
)
V2 = {"v2": Referential("v2", "2.0", date(2024, 5, 16))}
END = date(2027, 3, 1)


def announcements(passes: list[tuple[int, int]]) -> list[tuple[int, str, int | None]]:
    """(day, reason, threshold) of all that is said when passes come at these (day, minute) offsets."""
    from monitor.alerts import Alert, Family, Observed, RunView, Situation

    live: dict[Family, Alert] = {}
    said = []
    start = datetime(2026, 7, 1, tzinfo=PARIS)
    held = Certificate(
        "x", "host", "N", referential="v2", issued_on=date(2025, 1, 1), expires_on=END, activities=frozenset({1})
    )
    host = Host("host", "Host", certificates=(held,))
    for number, (day, minute) in enumerate(passes):
        now = start + timedelta(days=day, minutes=minute)
        today = now.astimezone(PARIS).date()
        run = RunView(number + 1, now, number + 1, now)
        snapshot = Snapshot({"host": host}, referentials=V2, run=GoodRun(run.id, now))
        verdict = check(snapshot, WATCHLIST, today, today).contracts[0]
        observed = Observed("c", False, frozenset(f.code for f in verdict.findings), verdict.coverage_end)
        situation = Situation(now, today, run, LADDER, (1,))
        for family in live.keys() | families_of(observed):
            step = advance(live.get(family), family, observed, situation, 1)
            if step.alert is not None:
                live[family] = step.alert
            said += [(day, str(a.reason), a.threshold) for a in step.announcements if family is Family.COVERAGE]
    return said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.just(0), st.integers(0, 1439)), max_size=4), st.data())
def test_more_passes_on_the_same_days_say_nothing_more(extra: list[tuple[int, int]], data: st.DataObject) -> None:
    days = sorted(data.draw(st.sets(st.integers(0, 320), min_size=1, max_size=40)))
    once = announcements([(day, 0) for day in days])
    often = announcements(sorted({(day, 0) for day in days} | {(day, minute) for day in days for _, minute in extra}))
    assert often == once


@cache
def daily() -> list[tuple[int, str, int | None]]:
    """What passes on every day say."""
    return announcements([(day, 0) for day in range(321)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(0, 320), min_size=1, max_size=60))
def test_passes_on_any_days_tell_what_passes_on_every_day_told_last(days: set[int]) -> None:
    """Skipped days change when something is told, never what the newest thing told is."""
    some = announcements([(day, 0) for day in sorted(days)])
    last = max(days)
    newest = [one for one in daily() if one[0] <= last]
    if not newest:
        assert some == []
    elif newest[-1][2] is not None:
        assert some[-1][2] == newest[-1][2]
    else:
        assert some[-1][2] is None
    thresholds = [threshold for _, _, threshold in some if threshold is not None]
    assert thresholds == sorted(set(thresholds), reverse=True)
