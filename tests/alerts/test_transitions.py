"""Every move of an alert is in the journal with its reason, and a pass in which nothing moves writes nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date

from monitor import journal
from monitor.alerts import Ack, Alert, Family, Reason, State, acknowledge, remove
from monitor.monitor_store import open_store
from tests.alerts.alerts_world import HttpSink, World, at, certificate

WHOLE = certificate("H1", "2030-01-01")
CUT = certificate("H1", "2030-01-01", activities=[1])


def moves(world: World) -> list[tuple[str, str, str, str]]:
    """(day, contract, state, reason) of every move."""
    with closing(open_store(world.home)) as conn:
        return [
            (entry.at[8:10], str(entry.details["contract"]), str(entry.details["state"]), str(entry.details["reason"]))
            for entry in journal.entries(conn)
            if entry.what == "alert"
        ]


def test_each_move_of_an_alert_has_its_reason(world: World, http: HttpSink) -> None:
    world.host("Host", WHOLE)
    world.host("Ended", certificate("E1", "2026-11-01"))
    world.host("Short", certificate("S1", "2030-01-01", activities=[1]))
    watched = ({"id": name.lower(), "supplier": name} for name in ("Host", "Ended", "Short"))
    world.watch(*watched, channels={"dpo": http.url()})
    days = [
        ("20", WHOLE, "good"), ("21", CUT, "good"), ("22", CUT, "good"), ("23", CUT, "failed"), ("24", CUT, "good"),
        ("25", WHOLE, "good"), ("26", WHOLE, "good"), ("27", CUT, "good"), ("28", WHOLE, "good"), ("29", WHOLE, "good"),
    ]  # fmt: skip
    for day, listed, outcome in days:
        world.host("Host", listed)
        world.outcome = outcome
        world.tick(at(f"2026-11-{day} 07:00"))
    assert moves(world) == [
        ("20", "ended", "OPEN", "found"), ("20", "ended", "OPEN", "coverage_ended"), ("20", "short", "OPEN", "found"),
        ("21", "host", "PENDING", "seen_once"),
        ("22", "host", "OPEN", "confirmed"), ("22", "host", "OPEN", "found"),
        ("23", "host", "UNVERIFIED", "source_trouble"), ("23", "short", "UNVERIFIED", "source_trouble"),
        ("24", "host", "OPEN", "source_back"), ("24", "short", "OPEN", "source_back"),
        ("26", "host", "RESOLVED", "covered_again"),
        ("27", "host", "PENDING", "seen_once"), ("28", "host", "RESOLVED", "gone_in_next_run"),
    ]  # fmt: skip


def test_a_threshold_opens_an_alert_with_that_reason_and_is_remembered_with_it(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2027-06-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, thresholds=[30])
    world.tick(at("2026-11-20 07:00"))
    world.tick(at("2027-05-02 07:00"))
    assert moves(world) == [("02", "c", "OPEN", "found"), ("02", "c", "OPEN", "threshold_crossed")]
    assert world.rows("SELECT state, reason FROM alerts") == [{"state": "OPEN", "reason": "threshold_crossed"}]


def test_what_is_silenced_when_it_is_found_is_remembered_as_found(world: World, http: HttpSink) -> None:
    world.host("Host", CUT)
    silence = {
        "contract": "c", "code": "SCOPE_GAP", "from": "2026-11-01", "until": "2026-12-31", "by": "x", "reason": "y",
    }  # fmt: skip
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, silences=[silence])
    world.tick(at("2026-11-20 07:00"))
    assert moves(world) == [("20", "c", "OPEN", "found")]
    assert world.rows("SELECT state, reason FROM alerts") == [{"state": "OPEN", "reason": "found"}]
    assert [m.kind for m in http.messages()] == ["inventory"]


def test_a_person_takes_an_alert_over_or_asks_for_quiet() -> None:
    alert = Alert("c", Family.COVERAGE, 1, State.OPEN, Reason.FOUND, at("2026-11-20 07:00"))
    ack = Ack("ack", "DPO", date(2026, 12, 1), "on it", at("2026-11-20 08:00"))
    taken, quiet = acknowledge(alert, ack), acknowledge(alert, replace(ack, kind="snooze"))
    assert (taken.state, taken.reason, taken.ack) == (State.ACKED, Reason.ACKNOWLEDGED, ack)
    assert (quiet.state, quiet.reason, quiet.ack) == (State.OPEN, Reason.SNOOZED, replace(ack, kind="snooze"))
    gone = remove(taken)
    assert gone.alert is not None and gone.alert.state is State.RESOLVED
    assert gone.transitions == (Reason.CONTRACT_REMOVED,) and gone.announcements == ()
