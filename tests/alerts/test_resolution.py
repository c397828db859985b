"""When an alert ends, who hears of it, and how a person's word or a silence changes what is said."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date

import pytest

from monitor.actions import Request, act, find_alert
from monitor.monitor_store import open_store
from monitor.watchlist import load_watchlist
from registry.errors import ConfigurationError
from tests.alerts.alerts_world import HttpSink, World, at, certificate, days

SOON = certificate("H1", "2026-12-20")
RENEWED = certificate("H2", "2029-12-20", issued_on="2026-11-30")


def said(sink: HttpSink, *kinds: str) -> list[tuple[str, str, str]]:
    kinds = kinds or ("alert", "resolved", "ack", "source")
    return [
        (r["body"]["hdswatch"]["date"], r["path"], r["headers"]["X-HDSWatch-Kind"])
        for r in sink.requests
        if r.get("taken") and r["headers"]["X-HDSWatch-Kind"] in kinds
    ]


@pytest.fixture
def watched(world: World, http: HttpSink) -> World:
    """One contract, told to two people, whose coverage ends on 20 December; today is 21 November."""
    world.host("Host", SOON)
    both = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    world.watch(both, channels={"dpo": http.url("/dpo"), "rssi": http.url("/rssi")})
    world.tick(at("2026-09-01 07:00"))
    world.tick(at("2026-11-21 07:00"))
    return world


def act_on(world: World, ref: str, kind: str, by: str, until: str, when: str) -> None:
    conn = open_store(world.home, create=False)
    watchlist = load_watchlist(world.home.watchlist)
    act(conn, world.settings, watchlist, Request(ref, kind, by, date.fromisoformat(until), "asked for it"), at(when))
    conn.close()


def test_a_renewal_resolves_at_the_second_run_and_is_told_to_those_who_got_the_alert(
    watched: World, http: HttpSink
) -> None:
    watched.host("Host", SOON, RENEWED)
    watched.tick(at("2026-11-22 07:00"))
    assert said(http, "resolved") == []
    watched.tick(at("2026-11-23 07:00"))
    watched.tick(at("2026-11-24 07:00"))
    assert said(http, "resolved") == [("2026-11-23", "/dpo", "resolved"), ("2026-11-23", "/rssi", "resolved")]
    assert len({m.ref for m in http.messages() if m.kind in ("alert", "resolved")}) == 1
    assert watched.rows("SELECT state, reason, codes, ack_by FROM alerts") == [
        {"state": "RESOLVED", "reason": "covered_again", "codes": "[]", "ack_by": None}
    ]


def test_a_successor_that_lacks_a_required_activity_resolves_nothing(watched: World, http: HttpSink) -> None:
    watched.host("Host", SOON, certificate("H2", "2029-12-20", activities=[1, 2, 3, 4, 5]))
    for day in days("2026-11-22", 40):
        watched.tick(day)
    assert said(http, "resolved") == []
    assert ("2026-12-21", "/dpo", "alert") in said(http)


def test_a_renewal_that_ends_within_the_widest_threshold_resolves_nothing(watched: World, http: HttpSink) -> None:
    watched.host("Host", certificate("H1", "2027-03-01"))
    for day in days("2026-11-22", 10):
        watched.tick(day)
    assert said(http, "resolved") == []


def test_a_renewal_that_vanishes_again_resolves_nothing(watched: World, http: HttpSink) -> None:
    before = said(http)
    watched.host("Host", SOON, RENEWED)
    watched.tick(at("2026-11-22 07:00"))
    watched.host("Host", SOON)
    for day in days("2026-11-23", 4):
        watched.tick(day)
    assert said(http) == before


def test_who_only_read_the_inventory_is_not_told_that_all_is_well(world: World, http: HttpSink) -> None:
    world.host("Host", SOON)
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-21 07:00"))
    world.host("Host", SOON, RENEWED)
    for day in days("2026-11-22", 4):
        world.tick(day)
    assert said(http) == []
    assert world.rows("SELECT state, reason FROM alerts") == [{"state": "RESOLVED", "reason": "covered_again"}]


def test_the_end_of_the_contract_closes_its_alert(watched: World, http: HttpSink) -> None:
    both = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"], "ends_on": "2026-11-25"}
    watched.watch(both, channels={"dpo": http.url("/dpo"), "rssi": http.url("/rssi")})
    for day in days("2026-11-22", 40):
        watched.tick(day)
    assert said(http, "resolved") == [("2026-11-26", "/dpo", "resolved"), ("2026-11-26", "/rssi", "resolved")]
    assert said(http)[-1][0] == "2026-11-26"


def test_a_contract_that_leaves_the_watchlist_goes_without_a_word(watched: World, http: HttpSink) -> None:
    before = said(http)
    other = {"id": "other", "supplier": "Host", "notify": ["dpo"], "ends_on": "2026-10-01"}
    watched.watch(other, channels={"dpo": http.url("/dpo"), "rssi": http.url("/rssi")})
    watched.tick(at("2026-11-22 07:00"))
    assert said(http) == before
    assert watched.rows("SELECT state, reason FROM alerts") == [{"state": "RESOLVED", "reason": "contract_removed"}]


def test_a_second_lapse_after_a_resolved_one_is_a_new_alert(watched: World, http: HttpSink) -> None:
    watched.host("Host", SOON, RENEWED)
    for day in days("2026-11-22", 3):
        watched.tick(day)
    watched.tick(at("2029-12-25 07:00"))
    refs = [m.ref for m in http.messages() if m.kind == "alert" and m.to == "/dpo"]
    assert refs[0] != refs[-1]


def test_the_same_finding_in_a_second_episode_is_told_again(world: World, http: HttpSink) -> None:
    whole, cut = certificate("H1", "2030-01-01"), certificate("H1", "2030-01-01", activities=[1])
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url("/dpo")})
    for day, listed in zip(
        days("2026-11-21", 10), [whole, cut, cut, whole, whole, cut, cut, cut, whole, whole], strict=True
    ):
        world.host("Host", listed)
        world.tick(day)
    kinds = [(m.kind, m.ref) for m in http.messages() if m.kind in ("alert", "resolved")]
    assert [kind for kind, _ in kinds] == ["alert", "resolved", "alert", "resolved"]
    assert kinds[0][1] == kinds[1][1] != kinds[2][1] == kinds[3][1]
    assert [r["episode"] for r in world.rows("SELECT episode FROM alerts ORDER BY id")] == [1, 2]


def test_a_weekly_reminder_says_since_when_the_contract_is_not_covered(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2026-11-20"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, language="en")
    for day in ("2026-11-19", "2026-11-21", "2026-11-28"):
        world.tick(at(f"{day} 07:00"))
    before, lapsed, reminder = [m.text.splitlines()[0] for m in http.messages() if m.kind in ("inventory", "alert")]
    assert "Still" not in before + lapsed
    assert "Still not covered since 21 November 2026" in reminder


# -- what people do ---------------------------------------------------------------------------------------------------


def test_the_end_of_a_contract_is_not_called_a_recovery(watched: World, http: HttpSink) -> None:
    watched.tick(at("2026-11-22 07:00"))
    text = watched.home.watchlist.read_text(encoding="utf-8")
    document = json.loads(text)
    document["contracts"][0]["ends_on"] = "2026-11-24"
    watched.home.watchlist.write_text(json.dumps(document), encoding="utf-8")
    watched.tick(at("2026-11-25 07:00"))
    (over,) = {m.subject.partition("] ")[2] for m in http.messages() if m.kind == "resolved"}
    assert over.startswith("Clos, contrat terminé")


def ref_of(world: World) -> str:
    return str(world.rows("SELECT ref FROM alerts")[0]["ref"])


def test_an_acknowledgement_is_told_to_the_others_and_ends_with_the_next_threshold(
    watched: World, http: HttpSink
) -> None:
    act_on(watched, ref_of(watched), "ack", "dpo", "2027-01-31", "2026-11-21 08:00")
    for day in days("2026-11-22", 20):
        watched.tick(day)
    assert said(http, "ack") == [("2026-11-21", "/rssi", "ack")]
    assert [s[0] for s in said(http, "alert") if s[1] == "/dpo"][-1] == "2026-12-06"
    assert watched.rows("SELECT state, ack_by FROM alerts") == [{"state": "OPEN", "ack_by": None}]


def test_an_acknowledgement_stops_the_weekly_reminders_until_its_day(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2026-11-20"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-21 07:00"))
    act_on(world, ref_of(world), "ack", "someone", "2026-12-10", "2026-11-22 08:00")
    for day in days("2026-11-23", 30):
        world.tick(day)
    assert [s[0] for s in said(http, "alert")] == ["2026-11-21", "2026-12-11", "2026-12-18"]


def test_a_contact_who_joins_does_not_end_the_acknowledgement_of_the_others(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    both = {"dpo": http.url("/dpo"), "rssi": http.url("/rssi")}
    world.watch({"id": "c", "supplier": "Host"}, channels=both)
    world.tick(at("2026-11-22 07:00"))
    ref = world.rows("SELECT ref FROM alerts")[0]["ref"]
    with closing(open_store(world.home)) as conn:
        request = Request(ref, "ack", "dpo", date(2027, 3, 1), "seen")
        act(conn, world.settings, load_watchlist(world.home.watchlist), request, at("2026-11-22 08:00"))
    world.watch({"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}, channels=both)
    world.tick(at("2026-11-23 07:00"))
    assert [m.kind for m in http.messages() if m.to == "/rssi"] == ["inventory", "alert"]
    assert world.rows("SELECT state, ack_by FROM alerts") == [{"state": "ACKED", "ack_by": "dpo"}]


def test_a_snooze_is_told_to_nobody(watched: World, http: HttpSink) -> None:
    act_on(watched, ref_of(watched), "snooze", "dpo", "2026-11-30", "2026-11-21 08:00")
    before = said(http)
    watched.tick(at("2026-11-22 07:00"))
    assert said(http) == before


def lapse_with_a_backup(world: World, http: HttpSink) -> None:
    """A lapsed contract, told to the DPO on 21 November; the boss is the DPO's backup."""
    world.host("Host", certificate("H1", "2026-11-20"))
    contacts = [
        {"id": "dpo", "role": "dpo", "channel": "dpo", "backup": "boss"},
        {"id": "boss", "role": "x", "channel": "boss"},
    ]  # fmt: skip
    channels = {"dpo": http.url("/dpo"), "boss": http.url("/boss")}
    world.watch({"id": "c", "supplier": "Host", "notify": ["dpo"]}, channels=channels, contacts=contacts)
    world.tick(at("2026-11-21 07:00"))


def test_when_an_acknowledgement_runs_out_the_backup_is_told(world: World, http: HttpSink) -> None:
    lapse_with_a_backup(world, http)
    act_on(world, ref_of(world), "ack", "dpo", "2026-11-25", "2026-11-21 08:00")
    for day in days("2026-11-22", 8):
        world.tick(day)
    assert said(http, "ack") == [("2026-11-26", "/boss", "ack")]
    (told,) = (m for m in http.messages() if m.kind == "ack")
    assert told.ref == ref_of(world) and "Host" in told.subject
    assert "dpo" in told.text and "25 novembre 2026" in told.text
    assert world.rows("SELECT contract FROM events WHERE kind = 'ack' AND alert_id IS NOT NULL") == [{"contract": "c"}]


def test_when_a_snooze_runs_out_the_backup_is_not_told(world: World, http: HttpSink) -> None:
    lapse_with_a_backup(world, http)
    act_on(world, ref_of(world), "snooze", "dpo", "2026-11-25", "2026-11-21 08:00")
    for day in days("2026-11-22", 8):
        world.tick(day)
    assert [m.kind for m in http.messages() if m.to == "/boss"] == []


@pytest.mark.parametrize(
    ("ref", "until", "words"),
    [
        ("HDS-ZZZZZZ", "2026-12-01", "HDS-ZZZZZZ"),
        (None, "2026-11-01", "today (2026-11-21) or later"),
    ],
)
def test_an_acknowledgement_that_makes_no_sense_is_refused_by_name(
    watched: World, ref: str | None, until: str, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words.replace("(", r"\(").replace(")", r"\)")):
        act_on(watched, ref or ref_of(watched), "ack", "dpo", until, "2026-11-21 08:00")


def test_a_reference_is_understood_in_small_letters_and_without_its_prefix(watched: World) -> None:
    conn = open_store(watched.home, create=False)
    ref = ref_of(watched)
    assert find_alert(conn, ref.lower())["ref"] == find_alert(conn, ref.removeprefix("HDS-"))["ref"] == ref
    conn.close()


# -- silences ---------------------------------------------------------------------------------------------------------


def test_a_silence_holds_messages_back_and_then_the_smallest_threshold_is_told(world: World, http: HttpSink) -> None:
    world.host("Host", SOON)
    silence = {
        "contract": "c",
        "code": "EXPIRING",
        "from": "2026-11-15",
        "until": "2026-12-07",
        "by": "M",
        "reason": "r",
    }
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, silences=[silence])
    world.tick(at("2026-09-01 07:00"))
    for day in days("2026-11-01", 60):
        world.tick(day)
    assert [s[0] for s in said(http, "alert")] == [
        "2026-11-01", "2026-12-08", "2026-12-13", "2026-12-19", "2026-12-20", "2026-12-21", "2026-12-28",
    ]  # fmt: skip


def test_a_silenced_code_does_not_silence_another(world: World, http: HttpSink) -> None:
    world.host("Host", SOON)
    silence = {
        "contract": "c",
        "code": "EXPIRING",
        "from": "2026-09-01",
        "until": "2027-12-31",
        "by": "M",
        "reason": "r",
    }
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, silences=[silence])
    for day in days("2026-09-01", 115):
        world.tick(day)
    assert [s[0] for s in said(http, "alert")] == ["2026-12-21"]


def test_a_silenced_lapse_is_neither_told_nor_repeated(world: World, http: HttpSink) -> None:
    world.host("Host", SOON)
    silence = {
        "contract": "c",
        "code": "EXPIRED",
        "from": "2026-12-21",
        "until": "2027-01-05",
        "by": "M",
        "reason": "r",
    }
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, silences=[silence], thresholds=[0])
    for day in days("2026-12-01", 50):
        world.tick(day)
    assert [s[0] for s in said(http, "alert")] == ["2026-12-20", "2027-01-06", "2027-01-13"]


# -- digest -----------------------------------------------------------------------------------------------------------


def test_one_digest_a_week_and_after_a_month_off_only_the_latest(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-18 07:00"))
    for day in days("2026-11-19", 14):
        world.tick(day)
    world.tick(at("2027-01-20 07:00"))
    world.tick(at("2027-01-20 09:00"))
    assert [s[0] for s in said(http, "digest")] == ["2026-11-23", "2026-11-30", "2027-01-20"]


def test_the_digest_keeps_paris_time_on_both_sides_of_the_clock_change(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.settings.schedule.digest = "mon 08:00"
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2027-03-20 07:00"))
    for instant in ("2027-03-22 06:59", "2027-03-22 07:00", "2027-03-29 05:59", "2027-03-29 06:00"):
        before = len(said(http, "digest"))
        world.tick(at(instant))
        assert len(said(http, "digest")) - before == (1 if instant.endswith(":00") else 0), instant


def test_a_digest_counts_only_the_contracts_of_its_reader(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch(
        {"id": "mine", "supplier": "Host", "notify": ["dpo"]}, {"id": "yours", "supplier": "Host", "notify": ["rssi"]},
        channels={"dpo": http.url("/dpo"), "rssi": http.url("/rssi")},
    )  # fmt: skip
    world.tick(at("2026-11-20 07:00"))
    world.tick(at("2026-11-23 07:30"))
    texts = {m.to: m.text for m in http.messages() if m.kind == "digest"}
    assert "mine" in texts["/dpo"] and "yours" not in texts["/dpo"]
    assert "yours" in texts["/rssi"] and "mine" not in texts["/rssi"]


def test_a_host_that_comes_back_is_resolved_only_when_it_covers_past_the_widest_threshold(
    world: World, http: HttpSink
) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.host("Other", certificate("O1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-20 07:00"))
    del world.hosts["Host"]
    for day in days("2026-11-21", 2):
        world.tick(day)
    world.host("Host", certificate("H1", "2027-02-01"))
    for day in days("2026-11-23", 5):
        world.tick(day)
    assert said(http, "resolved") == []
    world.host("Host", certificate("H1", "2030-01-01"))
    for day in days("2026-11-28", 3):
        world.tick(day)
    assert [s[0] for s in said(http, "resolved")] == ["2026-11-29", "2026-11-29"]


def test_after_a_lapse_another_word_for_it_is_no_news(world: World, http: HttpSink) -> None:
    """A v1 certificate expires a week before v1 itself stops being usable."""
    world.host("Host", certificate("H1", "2026-05-10", referential="v1", issued_on="2023-05-11"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, thresholds=[0])
    for day in days("2026-05-09", 17):
        world.tick(day)
    assert [s[0] for s in said(http, "alert")] == ["2026-05-10", "2026-05-11", "2026-05-18", "2026-05-25"]


def test_the_end_of_a_silenced_matter_is_told_when_the_silence_ends(watched: World, http: HttpSink) -> None:
    silence = {
        "contract": "c",
        "code": "EXPIRING",
        "from": "2026-11-22",
        "until": "2026-11-27",
        "by": "M",
        "reason": "r",
    }
    both = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    watched.watch(both, channels={"dpo": http.url("/dpo"), "rssi": http.url("/rssi")}, silences=[silence])
    watched.host("Host", SOON, RENEWED)
    for day in days("2026-11-22", 9):
        watched.tick(day)
    assert [s[0] for s in said(http, "resolved")] == ["2026-11-28", "2026-11-28"]
