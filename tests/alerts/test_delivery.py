"""Delivered means taken by the far end; anything else is tried again, the same, until it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor import delivery, wire
from monitor.outbox import in_quiet_hours, wait_after
from monitor.watchlist_schema import QuietHours
from tests.alerts.alerts_world import START, HttpSink, SmtpSink, World, at, certificate, parcel, start

BACKED_UP = [
    {"id": "dpo", "role": "dpo", "channel": "dpo", "backup": "rssi"},
    {"id": "rssi", "role": "x", "channel": "rssi"},
]


@pytest.mark.parametrize("trouble", [500, 404, ("redirect", "/elsewhere"), "drop", 301, 199 + 101])
def test_what_is_not_a_2xx_to_the_post_itself_is_tried_again_the_same(
    world: World, http: HttpSink, trouble: object
) -> None:
    http.script = [trouble, trouble]
    assert start(world, channels={"dpo": http.url()}) == 1
    assert world.tick(START + timedelta(seconds=30), insist=False) == 1
    assert len(http.requests) == 2
    assert world.tick(START + timedelta(minutes=2)) == 0
    first, second = http.requests[:2], http.requests[2:]
    assert [r["body"] for r in first] == [r["body"] for r in second]
    assert [r["headers"]["X-HDSWatch-Event"] for r in first] == [r["headers"]["X-HDSWatch-Event"] for r in second]
    assert not any(r.get("get") for r in http.requests)


def test_the_ladder_is_climbed_and_then_repeated_every_four_hours(world: World, http: HttpSink) -> None:
    http.status = 500
    start(world, channels={"dpo": http.url()})
    tried = [START]
    for minute in [*range(1, 25), 80, 81, 82, 320, 321, 400, 560, 561, 800, 801]:
        now = START + timedelta(minutes=minute)
        before = len(http.requests)
        world.tick(now, insist=False)
        if len(http.requests) > before:
            tried.append(now)
    gaps = [int((b - a).total_seconds() // 60) for a, b in pairwise(tried)]
    assert gaps == [1, 5, 15, 60, 240, 240, 240]


def test_a_pass_that_somebody_asks_for_tries_again_at_once_and_only_once(world: World, http: HttpSink) -> None:
    http.status = 503
    start(world, channels={"dpo": http.url()})
    assert len(http.requests) == 2
    assert world.tick(START + timedelta(seconds=1)) == 1
    assert len(http.requests) == 4, "each message that stayed due is tried once more"
    http.status = 204
    assert world.tick(START + timedelta(seconds=2)) == 0
    assert len({m.event for m in http.messages()}) == len(http.messages()) == 2


def test_a_pass_that_somebody_asks_for_keeps_to_a_short_retry_after(world: World, http: HttpSink) -> None:
    http.headers, http.script = {"Retry-After": "20"}, [429, 429]
    start(world, channels={"dpo": http.url()})
    assert world.tick(START + timedelta(seconds=19)) == 1
    assert len(http.requests) == 2
    assert world.tick(START + timedelta(seconds=20)) == 0


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_lengthens_the_wait(world: World, http: HttpSink, form: str) -> None:
    later = START + timedelta(minutes=30)
    http.headers = {"Retry-After": "1800" if form == "seconds" else later.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    http.script = [429, 429]
    start(world, channels={"dpo": http.url()})
    assert world.tick(START + timedelta(minutes=29)) == 1
    assert len(http.requests) == 2
    assert world.tick(START + timedelta(minutes=30)) == 0


@pytest.mark.parametrize(("value", "seconds"), [("", 0), ("soon", 0), ("-5", 0), ("90", 90), ("9999999", 86400)])
def test_a_retry_after_is_read_as_far_as_it_makes_sense(value: str, seconds: int) -> None:
    assert wire.retry_after(value, START) == seconds


def test_waits_never_exceed_four_hours_unless_asked() -> None:
    assert [wait_after(n, 0) for n in range(1, 9)] == [60, 300, 900, 3600, 14400, 14400, 14400, 14400]
    assert wait_after(1, 7200) == 7200
    assert wait_after(9, 5) == 14400


def test_a_server_that_hangs_does_not_keep_the_others_waiting(
    world: World, http: HttpSink, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(delivery, "ANSWER_SECONDS", 0.5)
    http.script = ["hang", "hang", "hang", "hang"]
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    assert start(world, contract, channels={"dpo": http.url(), "rssi": smtp.url("a@chu.example")}) == 1
    assert [m.kind for m in smtp.messages()] == ["inventory", "alert"]
    assert "2 message(s) not delivered yet" in capfd.readouterr().err
    assert len(http.requests) == 1, "after one hang, its other messages wait for the next pass"
    http.release.set()
    http.script = []
    assert world.tick(START + timedelta(minutes=2)) == 0
    assert [m.kind for m in http.messages()] == ["alert", "inventory"]


def test_after_an_hour_of_failing_the_backup_is_told_once(world: World, http: HttpSink, smtp: SmtpSink) -> None:
    http.status = 503
    channels = {"dpo": http.url(), "rssi": smtp.url("rssi@chu.example")}
    start(world, {"id": "c", "supplier": "Host", "notify": ["dpo"]}, channels=channels, contacts=BACKED_UP)
    for minutes in (10, 30, 59, 60, 61, 120, 600, 1000):
        world.tick(START + timedelta(minutes=minutes))
        assert [m.kind for m in smtp.messages()] == (["delivery"] if minutes >= 60 else []), minutes
    assert "dpo" in smtp.messages()[0].text
    http.status = 204
    assert world.tick(START + timedelta(minutes=1300)) == 0
    assert [m.kind for m in http.messages()][:2] == ["inventory", "alert"]


def test_a_channel_that_stays_dead_for_a_day_is_told_to_those_who_follow_the_same_contracts(
    world: World, http: HttpSink, smtp: SmtpSink
) -> None:
    contacts = [{"id": name, "role": "x", "channel": name} for name in ("dpo", "rssi", "elsewhere")]
    channels = {
        "dpo": http.url(), "rssi": smtp.url("rssi@chu.example"), "elsewhere": smtp.url("else@chu.example"),
    }  # fmt: skip
    http.status = 503
    world.host("Other", certificate("O1", "2030-01-01"))
    together = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    start(
        world, together, {"id": "o", "supplier": "Other", "notify": ["elsewhere"]}, channels=channels, contacts=contacts
    )
    smtp.mails.clear()
    for hours in (2, 23, 24, 25, 60):
        world.tick(START + timedelta(hours=hours))
        told = [(m.to, m.kind) for m in smtp.messages() if m.kind == "delivery"]
        assert told == ([("rssi@chu.example", "delivery")] if hours >= 24 else []), hours


def test_a_backup_that_knows_is_not_told_again_after_a_day(world: World, http: HttpSink, smtp: SmtpSink) -> None:
    http.status = 503
    channels = {"dpo": http.url(), "rssi": smtp.url("rssi@chu.example")}
    start(world, {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}, channels=channels, contacts=BACKED_UP)
    for hours in (2, 25, 26):
        world.tick(START + timedelta(hours=hours))
    assert [m.kind for m in smtp.messages()].count("delivery") == 1


def test_quiet_hours_delay_but_a_breach_ignores_them(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()}, quiet={"dpo": "20:00-07:00"})
    assert world.tick(at("2026-11-22 21:30")) == 0
    assert [m.kind for m in http.messages()] == ["alert"]
    assert world.tick(at("2026-11-23 05:59")) == 0
    assert [m.kind for m in http.messages()] == ["alert"]
    assert world.tick(at("2026-11-23 06:00")) == 0
    assert [m.kind for m in http.messages()] == ["alert", "inventory"]


@pytest.mark.parametrize(
    ("quiet", "instant", "expected"),
    [
        ("20:00-07:00", datetime(2026, 7, 1, 4, 59, tzinfo=UTC), True),
        ("20:00-07:00", datetime(2026, 7, 1, 5, 0, tzinfo=UTC), False),
        ("20:00-07:00", datetime(2026, 12, 1, 5, 30, tzinfo=UTC), True),
        ("20:00-07:00", datetime(2026, 12, 1, 19, 0, tzinfo=UTC), True),
        ("12:00-14:00", datetime(2026, 12, 1, 11, 0, tzinfo=UTC), True),
        ("12:00-14:00", datetime(2026, 12, 1, 13, 0, tzinfo=UTC), False),
        ("20:00-07:00", datetime(2027, 3, 28, 4, 59, tzinfo=UTC), True),  # the night in which summer time begins
        ("20:00-07:00", datetime(2027, 3, 28, 5, 0, tzinfo=UTC), False),
        ("20:00-07:00", datetime(2026, 10, 25, 5, 59, tzinfo=UTC), True),  # and the one in which it ends
        ("20:00-07:00", datetime(2026, 10, 25, 6, 0, tzinfo=UTC), False),
        ("02:00-03:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),  # an hour that comes twice is quiet twice
        ("02:00-03:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
        ("02:00-03:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False),
    ],
)
def test_quiet_hours_are_paris_hours(quiet: str, instant: datetime, expected: bool) -> None:
    start_at, end_at = (datetime.strptime(part, "%H:%M").time() for part in quiet.split("-"))
    assert in_quiet_hours(QuietHours(start_at, end_at), instant) is expected


def test_a_send_that_takes_longer_than_its_deadline_is_given_up(
    http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DEADLINE_SECONDS", 0.3)
    http.script = ["hang"]
    receipt = delivery.send(delivery.read_channel(http.url()).usable[0], parcel(), START)
    assert not receipt.delivered and receipt.timed_out


def test_whatever_a_plugin_raises_the_message_stays_due(monkeypatch: pytest.MonkeyPatch, http: HttpSink) -> None:
    address = delivery.read_channel(http.url("/p")).usable[0]

    def explode(*_: object) -> None:
        raise ZeroDivisionError("json://secret")

    monkeypatch.setattr(delivery, "_service", explode)
    receipt = delivery.send(address, parcel(), START)
    assert not receipt.delivered and "secret" not in receipt.detail
