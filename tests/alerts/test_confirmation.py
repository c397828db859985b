"""What a changed list causes is told once it was seen twice; the source's own trouble and mass changes hold it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.alerts import Alert, Family, Observed, RunView, Situation, Step, advance
from monitor.findings import Code
from tests.alerts.alerts_world import ALL, HttpSink, World, at, certificate, days

GOOD = certificate("H1", "2030-01-01")
CUT = certificate("H1", "2030-01-01", activities=[1, 2, 3, 4, 5])


@pytest.fixture
def watched(world: World, http: HttpSink) -> World:
    world.host("Host", GOOD)
    world.host("Other", certificate("O1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, {"id": "o", "supplier": "Other"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-20 07:00"))
    http.requests.clear()
    return world


def kinds(sink: HttpSink) -> list[str]:
    return [m.kind for m in sink.messages() if m.kind != "digest"]


def codes(sink: HttpSink) -> list[str]:
    return [f["code"] for r in sink.requests for f in r["body"]["hdswatch"].get("findings", [])]


@pytest.mark.parametrize("what", ["scope", "host", "certificates"])
def test_a_cut_scope_or_an_absence_is_told_at_the_second_run_and_only_once(
    watched: World, http: HttpSink, what: str
) -> None:
    if what == "scope":
        watched.host("Host", CUT)
    elif what == "host":
        del watched.hosts["Host"]
    else:
        watched.host("Host")
    watched.tick(at("2026-11-21 07:00"))
    assert kinds(http) == []
    assert watched.rows("SELECT state FROM alerts") == [{"state": "PENDING"}]
    watched.tick(at("2026-11-22 07:00"))
    assert kinds(http) == ["alert"]
    assert codes(http) == ["SCOPE_GAP" if what == "scope" else "DELISTED"]
    watched.tick(at("2026-11-23 07:00"))
    assert kinds(http) == ["alert"]


def test_a_difference_that_is_gone_in_the_next_run_sends_nothing(watched: World, http: HttpSink) -> None:
    watched.host("Host", CUT)
    watched.tick(at("2026-11-21 07:00"))
    watched.host("Host", GOOD)
    for day in days("2026-11-22", 5):
        watched.tick(day)
    assert kinds(http) == []


def test_a_body_that_misses_from_the_list_of_certifiers_is_told_at_the_second_run(
    watched: World, http: HttpSink
) -> None:
    """Absence is doubt, on either list: the host list itself did not change."""
    watched.body_listed = False
    watched.tick(at("2026-11-21 07:00"))
    assert kinds(http) == []
    watched.body_listed = True
    watched.tick(at("2026-11-22 07:00"))
    watched.tick(at("2026-11-23 07:00"))
    assert kinds(http) == []
    watched.body_listed = False
    watched.tick(at("2026-11-24 07:00"))
    assert kinds(http) == []
    watched.tick(at("2026-11-25 07:00"))
    assert codes(http) == ["CERTIFIER_NOT_LISTED"] * 2


def test_old_certificates_beside_a_cut_one_do_not_speak_before_it_is_confirmed(world: World, http: HttpSink) -> None:
    """An expired certificate that still holds the lost activity makes EXPIRED come along with SCOPE_GAP."""
    old = certificate("H0", "2025-12-31", issued_on="2022-01-01", referential="v1")
    quoted = {"certificate_number": "H1", "expires_on": "2030-01-01", "activities": ALL}
    world.host("Host", GOOD, old)
    world.watch({"id": "c", "supplier": "Host", "quoted": quoted}, channels={"dpo": http.url()})
    world.tick(at("2026-11-20 07:00"))
    world.host("Host", CUT, old)
    world.tick(at("2026-11-21 07:00"))
    world.host("Host", GOOD, old)
    world.tick(at("2026-11-22 07:00"))
    assert kinds(http) == ["inventory"]
    world.host("Host", CUT, old)
    for day in days("2026-11-23", 4):
        world.tick(day)
    alerts = [r["body"]["hdswatch"] for r in http.requests if r["headers"]["X-HDSWatch-Kind"] == "alert"]
    assert [{f["code"] for f in a["findings"]} for a in alerts] == [
        {"SCOPE_GAP", "EXPIRED", "SUPERSEDED_REFERENTIAL"}, {"CONTRACT_MISMATCH"},
    ]  # fmt: skip


def test_two_runs_less_than_six_hours_apart_do_not_confirm_each_other(watched: World, http: HttpSink) -> None:
    watched.host("Host", CUT)
    watched.tick(at("2026-11-21 07:00"))
    watched.crawl(at("2026-11-21 09:00"))
    watched.tick(at("2026-11-21 10:00"))
    assert kinds(http) == []
    watched.crawl(at("2026-11-21 13:00"))
    watched.tick(at("2026-11-21 13:01"))
    assert kinds(http) == ["alert"]


def test_two_runs_between_two_passes_count_as_two(watched: World, http: HttpSink) -> None:
    watched.host("Host", CUT)
    watched.crawl(at("2026-11-21 07:00"))
    watched.crawl(at("2026-11-21 14:00"))
    watched.tick(at("2026-11-21 15:00"))
    assert kinds(http) == ["alert"]


@pytest.mark.parametrize(("hours", "told"), [(6, False), (47, False), (48, True)])
def test_without_a_second_run_two_days_are_enough(hours: int, told: bool) -> None:
    began = at("2026-11-21 07:00")
    run = RunView(7, began, 7, began)
    gap = frozenset({Code.SCOPE_GAP})
    observed = Observed("c", False, gap, None, list_caused=gap)

    def look(alert: Alert | None, now: datetime) -> Step:
        situation = Situation(now, now.date(), run, (30,), (1,))
        return advance(alert, Family.COVERAGE, observed, situation, 1)

    first = look(None, began)
    assert first.announcements == ()
    assert bool(look(first.alert, began + timedelta(hours=hours)).announcements) is told


def test_a_gap_that_a_person_makes_by_editing_the_watchlist_is_told_at_once(watched: World, http: HttpSink) -> None:
    watched.host("Third", certificate("T1", "2030-01-01", activities=[1]))
    watched.tick(at("2026-11-21 07:00"))
    watched.watch(
        {"id": "c", "supplier": "Host"}, {"id": "o", "supplier": "Other"}, {"id": "t", "supplier": "Third"},
        channels={"dpo": http.url()},
    )  # fmt: skip
    watched.tick(at("2026-11-21 09:00"))
    assert codes(http) == ["SCOPE_GAP"]


def test_a_gap_that_the_calendar_opens_is_told_at_once(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("A", "2030-01-01", activities=[1, 2, 3]), certificate("B", "2026-12-10"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, thresholds=[0])
    for day in days("2026-12-01", 12):
        world.tick(day)
    alerts = [r["body"]["hdswatch"] for r in http.requests if r["headers"]["X-HDSWatch-Kind"] == "alert"]
    assert [(a["date"], sorted({f["code"] for f in a["findings"]})) for a in alerts] == [
        ("2026-12-10", ["EXPIRING"]), ("2026-12-11", ["EXPIRED", "SCOPE_GAP"]),
    ]  # fmt: skip


def test_a_suspension_that_the_list_states_is_told_at_once(watched: World, http: HttpSink) -> None:
    watched.host("Host", certificate("H1", "2030-01-01", status="suspended"))
    watched.tick(at("2026-11-21 07:00"))
    assert codes(http) == ["SUSPENDED"]


# -- the source's trouble -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["failed", "quarantined", "crashed"])
def test_an_outage_is_one_message_by_the_second_day_and_one_when_it_ends(
    watched: World, http: HttpSink, outcome: str
) -> None:
    watched.outcome = outcome
    for day in days("2026-11-21", 12):
        watched.tick(day)
    assert kinds(http) == ["source"]
    assert http.messages()[0].raw["body"]["hdswatch"]["date"] <= "2026-11-22"
    watched.outcome = "good"
    for day in days("2026-12-03", 4):
        watched.tick(day)
    assert kinds(http) == ["source", "source"]
    assert len({m.ref for m in http.messages() if m.kind == "source"}) == 1
    assert len({m.event for m in http.messages() if m.kind == "source"}) == 2


def test_trouble_with_the_certifier_list_alone_says_so_and_holds_nothing_back(watched: World, http: HttpSink) -> None:
    watched.tick(at("2026-11-22 07:00"))
    for day in (23, 24, 25):
        when = at(f"2026-11-{day} 07:00")
        watched.outcome = "failed"
        watched.crawl(when, source="certifiers")
        watched.outcome = "good"
        watched.tick(when)
    (told,) = (m for m in http.messages() if m.kind == "source" and m.to == http.messages()[0].to)
    assert "organismes certificateurs" in told.subject
    assert "probe certifiers" in told.text
    assert told.raw["body"]["hdswatch"]["source"] == "certifiers"


def test_a_crawl_that_was_killed_is_no_try_and_no_trouble_of_the_source(watched: World, http: HttpSink) -> None:
    for day in (22, 23, 24):
        watched.outcome = "killed"
        watched.crawl(at(f"2026-11-{day} 07:00"))
        watched.crawl(at(f"2026-11-{day} 07:01"))
        watched.outcome, before = "good", watched.crawls
        watched.tick(at(f"2026-11-{day} 07:03"))
        assert watched.crawls == before + 1, "the next pass crawls again"
    assert kinds(http) == []


def test_one_failed_day_is_not_told(watched: World, http: HttpSink) -> None:
    watched.outcome = "failed"
    assert watched.tick(at("2026-11-21 07:00")) == 1
    watched.outcome = "good"
    assert watched.tick(at("2026-11-22 07:00")) == 0
    assert kinds(http) == []


def test_passes_between_failed_crawls_neither_crawl_again_nor_count_as_days(watched: World, http: HttpSink) -> None:
    watched.outcome = "failed"
    crawls = watched.crawls
    codes_ = [watched.tick(at(f"2026-11-21 {hour:02}:00")) for hour in range(7, 23)]
    assert watched.crawls == crawls + 1
    assert codes_ == [1] + [0] * 15
    assert kinds(http) == []


def test_a_pending_absence_is_not_opened_while_the_source_is_in_trouble(watched: World, http: HttpSink) -> None:
    watched.host("Host", CUT)
    watched.tick(at("2026-11-21 07:00"))
    watched.outcome = "failed"
    for day in days("2026-11-22", 6):
        watched.tick(day)
    assert kinds(http) == ["source"]
    watched.outcome = "good"
    watched.tick(at("2026-11-28 07:00"))
    assert kinds(http) == ["source", "source", "alert"]


def test_expiry_goes_on_being_announced_during_an_outage(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2026-12-10"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, thresholds=[14, 7])
    world.tick(at("2026-11-20 07:00"))
    world.outcome = "failed"
    for day in days("2026-11-21", 30):
        world.tick(day)
    said = [(r["body"]["hdswatch"]["date"]) for r in http.requests if r["headers"]["X-HDSWatch-Kind"] == "alert"]
    assert said == ["2026-11-26", "2026-12-03", "2026-12-11", "2026-12-18"]
    alert = next(m for m in http.messages() if m.kind == "alert")
    assert "2026-11-20" in alert.text


def test_nothing_resolves_during_an_outage(watched: World, http: HttpSink) -> None:
    watched.host("Host", CUT)
    for day in days("2026-11-21", 2):
        watched.tick(day)
    watched.host("Host", GOOD)
    watched.tick(at("2026-11-23 07:00"))
    watched.outcome = "failed"
    for day in days("2026-11-24", 4):
        watched.tick(day)
    assert kinds(http) == ["alert", "source"]
    watched.outcome = "good"
    for day in days("2026-11-28", 2):
        watched.tick(day)
    assert sorted(kinds(http)) == ["alert", "resolved", "source", "source"]


# -- too much at once -----------------------------------------------------------------------------------------------


def many(world: World, sink: HttpSink, count: int) -> None:
    for number in range(count):
        world.host(f"Host {number}", certificate(f"N{number}", "2030-01-01"))
    world.watch(
        *({"id": f"c{number}", "supplier": f"Host {number}"} for number in range(count)), channels={"dpo": sink.url()}
    )
    world.tick(at("2026-11-20 07:00"))
    sink.requests.clear()


def cut(world: World, count: int) -> None:
    for number in range(count):
        world.host(f"Host {number}", certificate(f"N{number}", "2030-01-01", activities=[1]))


def test_a_run_that_changes_too_many_verdicts_is_held_for_a_day_with_one_message(world: World, http: HttpSink) -> None:
    many(world, http, 10)
    cut(world, 4)
    for hour in range(7, 24):
        world.tick(at(f"2026-11-21 {hour:02}:00"))
    assert kinds(http) == ["source"]
    world.tick(at("2026-11-22 06:50"))
    assert kinds(http) == ["source"]
    world.tick(at("2026-11-22 07:00"))
    assert kinds(http) == ["source"] + ["alert"] * 4
    for day in days("2026-11-23", 3):
        world.tick(day)
    assert kinds(http) == ["source"] + ["alert"] * 4


def test_three_of_ten_are_not_too_many(world: World, http: HttpSink) -> None:
    many(world, http, 10)
    cut(world, 3)
    for day in days("2026-11-21", 2):
        world.tick(day)
    assert kinds(http) == ["alert"] * 3


def test_twenty_percent_of_a_long_list_are_not_too_many_but_more_are(world: World, http: HttpSink) -> None:
    many(world, http, 25)
    cut(world, 5)
    for day in days("2026-11-21", 2):
        world.tick(day)
    assert kinds(http) == ["alert"] * 5
    cut(world, 11)
    world.tick(at("2026-11-23 07:00"))
    assert kinds(http) == ["alert"] * 5 + ["source"]


def test_a_mass_change_that_is_gone_in_the_next_run_sends_only_its_one_message(world: World, http: HttpSink) -> None:
    many(world, http, 10)
    cut(world, 8)
    world.tick(at("2026-11-21 07:00"))
    many_again: dict[str, Any] = {f"Host {n}": certificate(f"N{n}", "2030-01-01") for n in range(10)}
    for name, one in many_again.items():
        world.host(name, one)
    for day in days("2026-11-22", 3):
        world.tick(day)
    assert kinds(http) == ["source"]


def test_the_calendar_may_change_every_verdict_at_once(world: World, http: HttpSink) -> None:
    for number in range(10):
        world.host(f"Host {number}", certificate(f"N{number}", "2026-12-10"))
    world.watch(
        *({"id": f"c{number}", "supplier": f"Host {number}"} for number in range(10)),
        channels={"dpo": http.url()}, thresholds=[0],
    )  # fmt: skip
    world.tick(at("2026-12-09 07:00"))
    http.requests.clear()
    world.hosts["Newcomer"] = {"siren": None, "certificates": [certificate("NEW", "2030-01-01")]}
    world.tick(at("2026-12-11 07:00"))
    assert kinds(http) == ["alert"] * 10


def test_a_lapsed_host_that_the_list_then_drops_is_told_and_its_weekly_reminders_go_on(
    world: World, http: HttpSink
) -> None:
    world.host("Host", certificate("H1", "2026-11-30"))
    world.host("Other", certificate("O1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, thresholds=[0])
    for day in days("2026-11-30", 5):
        world.tick(day)
    del world.hosts["Host"]
    for day in days("2026-12-05", 12):
        world.tick(day)
    alerts = [r["body"]["hdswatch"] for r in http.requests if r["headers"]["X-HDSWatch-Kind"] == "alert"]
    assert [(a["date"], [f["code"] for f in a["findings"]]) for a in alerts] == [
        ("2026-12-01", ["EXPIRED"]), ("2026-12-06", ["DELISTED"]), ("2026-12-08", ["DELISTED"]),
        ("2026-12-15", ["DELISTED"]),
    ]  # fmt: skip
    refs = [r["headers"]["X-HDSWatch-Reference"] for r in http.requests if r["headers"]["X-HDSWatch-Kind"] == "alert"]
    assert refs[0] == refs[2] == refs[3] != refs[1]


def test_a_first_pass_on_data_that_is_there_alerts_breaches_even_when_its_own_crawl_fails(
    world: World, http: HttpSink
) -> None:
    world.host("Host", CUT)
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.crawl(at("2026-11-20 07:00"))
    world.outcome = "failed"
    assert world.tick(at("2026-11-20 09:00")) == 1
    assert kinds(http) == ["inventory", "alert"]


def test_a_held_change_is_let_through_when_a_person_says_so(world: World, http: HttpSink) -> None:
    from monitor.actions import release
    from monitor.monitor_store import open_store

    many(world, http, 10)
    cut(world, 5)
    world.tick(at("2026-11-21 07:00"))
    ref = world.rows("SELECT ref FROM holds")[0]["ref"]
    conn = open_store(world.home)
    release(conn, ref, "dpo", "seen on the site", at("2026-11-21 08:00"))
    conn.close()
    world.crawl(at("2026-11-21 13:30"))
    world.tick(at("2026-11-21 14:00"))
    assert kinds(http) == ["source"] + ["alert"] * 5


def test_a_run_that_a_person_accepted_is_not_held(world: World, http: HttpSink) -> None:
    from registry.store import open_store as open_registry

    many(world, http, 10)
    cut(world, 5)
    world.crawl(at("2026-11-21 07:00"))
    with open_registry(world.home) as conn:
        conn.execute("UPDATE runs SET decision = 'accepted' WHERE id = (SELECT MAX(id) FROM runs)")
    conn.close()
    world.tick(at("2026-11-21 07:10"))
    world.tick(at("2026-11-22 07:00"))
    assert kinds(http) == ["alert"] * 5
