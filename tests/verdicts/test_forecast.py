"""`hdswatch forecast`: the alert engine under a virtual clock, against playing every single day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts import Alert, Family, State, advance, families_of
from monitor.forecast import Entry, Live, _observed, _Player, forecast
from monitor.watchlist import Contract, Silence, Watchlist
from registry.clock import paris_date
from registry.snapshot import Certificate, Snapshot
from tests.conftest import Run
from tests.verdicts.published_registry import publish
from tests.verdicts.test_against_a_second_reading import ACTIVITIES, certificate_lists, world
from tests.verdicts.verdict_world import cert, contract, day, host, registry

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
THRESHOLDS = (30, 7, 1, 0)


def played(
    snapshot: Snapshot, wanted: Contract, until: str, live: Live | None = None, now: datetime = NOW, **more: Any
) -> list[tuple[str, str, int | None]]:
    watchlist = Watchlist(contracts=(wanted,), thresholds=THRESHOLDS, **more)
    found = forecast(snapshot, watchlist, now, day(until), "06:15", {} if live is None else live)
    return [(entry.on.isoformat(), entry.reason, entry.threshold) for entry in found]


def test_thresholds_then_the_end_then_every_week() -> None:
    assert played(registry(host(cert(expires_on="2027-01-10"))), contract(), "2027-02-10") == [
        ("2026-12-11", "threshold_crossed", 30),
        ("2027-01-03", "threshold_crossed", 7),
        ("2027-01-09", "threshold_crossed", 1),
        ("2027-01-10", "threshold_crossed", 0),
        ("2027-01-11", "coverage_ended", None),
        ("2027-01-18", "still_uncovered", None),
        ("2027-01-25", "still_uncovered", None),
        ("2027-02-01", "still_uncovered", None),
        ("2027-02-08", "still_uncovered", None),
    ]


def test_a_crossed_threshold_is_sent_at_once_and_only_the_smallest() -> None:
    assert played(registry(host(cert(expires_on="2026-11-27"))), contract(), "2026-11-24") == [
        ("2026-11-22", "threshold_crossed", 7)
    ]


def test_the_end_of_v1_is_announced_like_any_end() -> None:
    old = cert(referential="v1", issued_on="2024-06-01", expires_on="2027-05-31")
    at = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
    found = played(registry(host(old)), contract(), "2026-05-20", now=at)
    assert found == [
        ("2026-05-01", "threshold_crossed", 30),
        ("2026-05-09", "threshold_crossed", 7),
        ("2026-05-15", "threshold_crossed", 1),
        ("2026-05-16", "threshold_crossed", 0),
        ("2026-05-17", "coverage_ended", None),
    ]


def test_a_successor_on_the_list_leaves_nothing_to_announce() -> None:
    world_ = registry(host(cert(expires_on="2027-01-10"), cert(issued_on="2027-01-11", expires_on="2030-01-10")))
    assert played(world_, contract(), "2027-12-31") == []


def test_a_contract_that_ends_before_the_ladder_begins_is_never_announced() -> None:
    assert played(registry(host(cert(expires_on="2027-06-01"))), contract(ends_on="2027-03-01"), "2027-12-31") == []


def test_a_contract_that_starts_later_is_announced_from_its_start() -> None:
    wanted = contract(starts_on="2027-01-05")
    found = played(registry(host(cert(expires_on="2027-01-10"))), wanted, "2027-01-08")
    assert found == [("2027-01-05", "threshold_crossed", 7)]


def test_a_silence_holds_messages_back_until_it_ends() -> None:
    silence = Silence("k", "EXPIRING", day("2026-12-01"), day("2027-01-04"), "x", "y")
    found = played(registry(host(cert(expires_on="2027-01-10"))), contract(), "2027-01-09", silences=(silence,))
    assert found == [("2027-01-05", "threshold_crossed", 7), ("2027-01-09", "threshold_crossed", 1)]


def test_from_a_fresh_home_the_inventory_tells_what_is_crossed_and_breaches_are_alerted() -> None:
    watchlist = Watchlist(
        thresholds=THRESHOLDS,
        contracts=(contract(id="a", notify=("dpo",)), contract(id="b", siren=None, supplier="Other", notify=("rssi",))),
    )
    snapshot = registry(
        host(cert(expires_on="2026-11-27")),
        host(cert(expires_on="2026-01-01"), id="o", legal_name="Other", siren=None),
    )
    found = forecast(snapshot, watchlist, NOW, day("2026-11-26"), "06:15", None)
    assert [(entry.on.day, entry.contract and entry.contract.id, entry.kind, entry.reason) for entry in found] == [
        (22, None, "inventory", "first_pass"),
        (22, "b", "alert", "coverage_ended"),
        (26, "a", "alert", "threshold_crossed"),
    ]
    assert found[0].contacts == ("dpo", "rssi")


def every_day(snapshot: Snapshot, wanted: Contract, until: date, live: Live | None) -> Iterator[tuple[Any, ...]]:
    """The same engine, every day in turn."""
    player = _Player(snapshot, Watchlist(contracts=(wanted,), thresholds=THRESHOLDS), NOW, until, "06:15", live)
    alerts: dict[Family, Alert] = {}
    on = paris_date(NOW)
    while on <= until:
        observed = _observed(player._assessor(on).assess(wanted))
        for family in sorted(alerts.keys() | families_of(observed)):
            step = advance(alerts.pop(family, None), family, observed, player._situation(wanted, on, (0,)), 1)
            for said in step.announcements:
                if not said.silent:
                    yield (on, said.kind, str(said.reason), tuple(map(str, said.codes)), said.threshold)
            if step.alert is not None and step.alert.state is not State.RESOLVED:
                alerts[family] = step.alert
        on += timedelta(days=1)


AHEAD = st.integers(-40, 120).map(lambda days: date(2026, 11, 22) + timedelta(days=days))


@settings(max_examples=60, deadline=None)
@given(
    certificate_lists,
    st.builds(
        contract, activities=ACTIVITIES, starts_on=st.one_of(st.none(), AHEAD), ends_on=st.one_of(st.none(), AHEAD)
    ),
    st.sampled_from([None, {}]),
)
def test_skipping_days_loses_no_message(listed: list[Certificate], wanted: Contract, live: Live | None) -> None:
    snapshot, until = world(host(*listed)), date(2027, 3, 22)
    found = forecast(snapshot, Watchlist(contracts=(wanted,), thresholds=THRESHOLDS), NOW, until, "06:15", live)
    messages = [(one.on, one.kind, one.reason, one.codes, one.threshold) for one in found if one.kind != "inventory"]
    assert sorted(messages, key=str) == sorted(every_day(snapshot, wanted, until, live), key=str)


WATCHLIST = """\
version: 1
organisation: CH
language: en
channels: {dpo: {url_env: HDSWATCH_DPO_URL}}
contacts: [{id: dpo, role: dpo, channel: dpo}]
contracts:
  - {id: a, supplier: Scalingo, activities: [1], notify: [dpo]}
"""


def test_the_command_prints_a_table_or_json_and_writes_nothing(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db", certificates=[{"id": "c", "expires_on": "2020-01-01"}])
    (home / "watchlist.yml").write_text(WATCHLIST)
    before = sorted(path.name for path in home.iterdir())
    shown = json.loads(hdswatch("forecast", "--months", "1", "--json").stdout)
    assert [one["kind"] for one in shown["messages"]][:2] == ["inventory", "alert"]
    assert shown["messages"][1] | {"on": None} == {
        "on": None, "contract": "a", "supplier": "Scalingo", "kind": "alert", "reason": "coverage_ended",
        "codes": ["EXPIRED"], "threshold": None, "coverage_end": None, "contacts": ["dpo"],
    }  # fmt: skip
    printed = hdswatch("forecast", "--months", "1", COLUMNS="80").stdout
    assert "weekly reminder: EXPIRED" in printed and max(map(len, printed.splitlines())) <= 80
    assert sorted(path.name for path in home.iterdir()) == before


def test_months_are_bounded(hdswatch: Run, home: Path) -> None:
    assert hdswatch("forecast", "--months", "0").returncode == 2
    assert hdswatch("forecast", "--months", "1000").returncode == 2


def test_an_entry_is_sorted_and_shown_without_a_contract() -> None:
    assert Entry(day("2026-01-01"), None, (), "inventory", "x").as_json()["contract"] is None
