"""Delivered means taken by the far end; anything else is tried again, the same, until it is."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import delivery, wire
from monitor.outbox import in_quiet_hours, wait_after
from monitor.recipients import read_url
from monitor.watchlist import Channel
from monitor.watchlist_schema import QuietHours
from tests.alerts.alerts_world import HttpSink, SmtpSink, World, at, certificate

START = at("2026-11-22 07:00")


def start(world: World, *contracts: dict[str, object], channels: dict[str, str], **top: object) -> int:
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch(*(contracts or ({"id": "c", "supplier": "Host"},)), channels=channels, **top)
    return world.tick(START)


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


def test_each_address_of_a_mail_channel_gets_a_mail_of_its_own(world: World, smtp: SmtpSink) -> None:
    url = smtp.url("a@chu.example,b@chu.example") + "&cc=c@chu.example"
    start(world, channels={"dpo": url})
    assert sorted(to for to, _ in smtp.mails) == sorted(["a@chu.example", "b@chu.example", "c@chu.example"] * 2)
    for to, mail in smtp.mails:
        assert mail["To"] == to
        assert mail["Cc"] is None


def test_one_refused_address_does_not_repeat_the_mail_to_the_others(world: World, smtp: SmtpSink) -> None:
    smtp.refuse = {"b@chu.example": "550 no such user"}
    assert start(world, channels={"dpo": smtp.url("a@chu.example,b@chu.example")}) == 1
    smtp.refuse = {}
    assert world.tick(START + timedelta(minutes=2)) == 0
    assert sorted((to, m.kind) for to, m in zip([t for t, _ in smtp.mails], smtp.messages(), strict=True)) == [
        ("a@chu.example", "alert"), ("a@chu.example", "inventory"),
        ("b@chu.example", "alert"), ("b@chu.example", "inventory"),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", ["451 later", "552 too big", "drop", "251 will forward", "200 fine"])
def test_only_250_after_data_is_delivered(world: World, smtp: SmtpSink, answer: str) -> None:
    smtp.data_answers = [answer, answer]
    assert start(world, channels={"dpo": smtp.url("a@chu.example")}) == 1
    assert smtp.mails == []
    assert world.tick(START + timedelta(minutes=2)) == 0
    assert len(smtp.mails) == 2


def test_a_mail_that_was_taken_is_delivered_however_the_server_says_goodbye(
    world: World, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "GOODBYE_SECONDS", 0.2)
    monkeypatch.setattr(delivery, "DEADLINE_SECONDS", 8.0)
    smtp.data_answers = ["250 and hang"]
    assert start(world, channels={"dpo": smtp.url("a@chu.example")}) == 0
    assert [m.kind for m in smtp.messages()] == ["inventory", "alert"]


@pytest.mark.parametrize("subject", [
    "[HDS-7ZF5M4] Source en panne : la liste officielle n'a pas pu être lue",
    "[HDS-7ZF5M4] Couverture HDS : fin dans 30 jours (11 décembre 2026) : Société Éphémère d'Hébergement à Évry",
    "[HDS-7ZF5M4] " + "déjà vu " * 20,
])  # fmt: skip
def test_a_long_subject_reads_the_same_after_its_way(smtp: SmtpSink, subject: str) -> None:
    parcel = wire.Parcel("alert", "e" * 32, "HDS-7ZF5M4", subject, "texte", "<p>texte</p>", "court", {})
    (address,) = delivery.read_channel(smtp.url("a@chu.example")).usable
    assert delivery.send(address, parcel, START).delivered
    assert smtp.mails[0][1]["Subject"] == " ".join(subject.split())


class FakePgp:
    """Stands for Apprise's PGP controller, which needs a library of its own."""

    def encrypt(self, text: str, *_: object, **__: object) -> str:
        return f"-----BEGIN PGP MESSAGE-----\n{hashlib.sha256(text.encode()).hexdigest()}\n-----END PGP MESSAGE-----"

    def autocrypt_header(self) -> None:
        return None


def test_an_encrypted_mail_carries_our_message_id_and_follows_up_its_first(
    smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apprise.utils.pgp.PGP_SUPPORT", True)
    parcel = wire.Parcel(
        "alert", "e" * 32, "HDS-7ZF5M4", "[HDS-7ZF5M4] Été", "secret", "<p>secret</p>", "court", {},
        message_id="second.1", thread="first.1",
    )  # fmt: skip
    (address,) = delivery.read_channel(smtp.url("a@chu.example")).usable
    mail = delivery._service(address, parcel, START)
    mail.pgp_mode, mail.pgp = "encrypt", FakePgp()
    assert mail.send(), mail.receipt
    (_, got), = smtp.mails  # fmt: skip
    assert got.get_content_type() == "multipart/encrypted"
    assert (got["Message-ID"], got["References"]) == ("<second.1@chu.example>", "<first.1@chu.example>")
    assert (got["X-HDSWatch-Kind"], got["X-HDSWatch-Event"]) == ("alert", "e" * 32)
    assert len(got.get_all("Message-ID")) == len(got.get_all("Date")) == 1
    assert "secret" not in got.as_string()
    assert "BEGIN PGP MESSAGE" in got.as_string()


def test_a_mail_says_what_it_is_in_headers_text_and_html(world: World, smtp: SmtpSink) -> None:
    start(world, channels={"dpo": smtp.url("a@chu.example")})
    mail = smtp.mails[1][1]
    assert mail["X-HDSWatch-Kind"] == "alert"
    assert len(mail["X-HDSWatch-Event"]) == 32
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "fr"
    assert mail["Message-ID"].endswith("@chu.example>")
    html = mail.get_body(("html",)).get_content()
    assert '<html lang="fr">' in html and "<img" not in html and "<script" not in html
    ref = str(mail["Subject"]).split("]")[0].strip("[")
    assert ref in html and ref in mail.get_body(("plain",)).get_content()


def test_later_mails_follow_up_the_first_of_their_alert(world: World, smtp: SmtpSink) -> None:
    world.host("Host", certificate("H1", "2026-11-20"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": smtp.url("a@chu.example")})
    for day in range(20, 30):
        world.tick(at(f"2026-11-{day} 07:00"))
    alerts = [mail for _, mail in smtp.mails if mail["X-HDSWatch-Kind"] == "alert"]
    assert len(alerts) == 2
    assert alerts[0]["References"] is None
    assert alerts[1]["References"] == alerts[1]["In-Reply-To"] == alerts[0]["Message-ID"]
    assert alerts[1]["Message-ID"] != alerts[0]["Message-ID"]


def test_a_signed_webhook_can_be_verified(world: World, http: HttpSink) -> None:
    bodies: list[bytes] = []
    start(world, channels={"dpo": http.url("/hook", "?hdswatch_secret=s3cret")})
    request = http.requests[0]
    import json

    body = json.dumps(request["body"], ensure_ascii=False, sort_keys=True).encode()
    bodies.append(body)
    parts = dict(part.split("=", 1) for part in request["headers"]["X-HDSWatch-Signature"].split(","))
    expected = hmac.new(b"s3cret", parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert parts["v1"] == expected
    assert "s3cret" not in str(request["body"])


def test_a_webhook_gets_the_documented_payload(world: World, http: HttpSink) -> None:
    start(world, channels={"dpo": http.url()})
    body = http.requests[1]["body"]
    assert set(body) == {"version", "title", "message", "attachments", "type", "hdswatch"}
    ours = body["hdswatch"]
    assert ours["schema"] == 1
    assert ours["event"] == http.requests[1]["headers"]["X-HDSWatch-Event"]
    assert ours["kind"] == "alert" and ours["severity"] == "breach"
    assert ours["contract"]["id"] == "c" and ours["contract"]["missing_activities"] == [2, 3, 4, 5, 6]
    assert [f["code"] for f in ours["findings"]] == ["SCOPE_GAP"]
    assert ours["registry"]["observed_on"] == "2026-11-22"
    assert ours["evidence"] == {"url": "http://list.example/hosts", "sha256": "a" * 64}


def test_the_evidence_is_the_host_page_when_the_site_has_an_address(world: World, http: HttpSink) -> None:
    world.settings.serve.public_url = "https://hds.chu.example"
    start(world, channels={"dpo": http.url()})
    alert = http.messages()[1]
    assert "https://hds.chu.example/hosts/host" in alert.text
    assert f"/alerts/{alert.ref}?token=" in alert.text


def test_without_a_public_address_there_is_no_link_to_acknowledge(world: World, http: HttpSink) -> None:
    start(world, channels={"dpo": http.url()})
    assert "token=" not in str(http.requests)


# -- channels that can't be used -------------------------------------------------------------------------------------


def test_a_channel_without_its_variable_waits_while_the_others_are_served(
    world: World, http: HttpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    assert start(world, contract, channels={"dpo": http.url("/dpo"), "rssi": ""}) == 1
    assert "TESTWATCH_RSSI_URL" in capsys.readouterr().err
    assert {m.to for m in http.messages()} == {"/dpo"}
    os.environ["TESTWATCH_RSSI_URL"] = http.url("/rssi")
    assert world.tick(START + timedelta(minutes=5)) == 0
    assert [m.kind for m in http.messages() if m.to == "/rssi"] == ["inventory", "alert"]
    assert len({m.event for m in http.messages()}) == 2


def test_when_the_missing_address_turns_out_to_be_three_each_gets_what_waited(world: World, smtp: SmtpSink) -> None:
    start(world, channels={"dpo": ""})
    os.environ["TESTWATCH_DPO_URL"] = smtp.url("a@chu.example,b@chu.example,c@chu.example")
    assert world.tick(START + timedelta(minutes=5)) == 0
    assert len(smtp.mails) == 6
    assert world.tick(START + timedelta(minutes=15)) == 0
    assert len(smtp.mails) == 6


def test_mails_that_waited_for_an_address_follow_up_a_mail_that_was_sent(world: World, smtp: SmtpSink) -> None:
    world.host("Ending", certificate("E1", "2026-12-23"))
    world.watch({"id": "c", "supplier": "Ending"}, channels={"dpo": ""}, thresholds=[30, 29, 28])
    for day in (22, 24, 25):
        world.tick(at(f"2026-11-{day} 12:00"))
    os.environ["TESTWATCH_DPO_URL"] = smtp.url("a@chu.example,b@chu.example")
    world.tick(at("2026-11-25 13:00"))
    for to in ("a@chu.example", "b@chu.example"):
        mine = [mail for got, mail in smtp.mails if got == to and mail["X-HDSWatch-Kind"] == "alert"]
        assert len(mine) == 2
        assert mine[1]["References"] == mine[0]["Message-ID"]


@pytest.mark.parametrize("url", ["mailto://", "nonsense", "json://", "gopher://x"])
def test_an_address_that_cannot_be_used_is_named_by_its_channel_only(
    world: World, http: HttpSink, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    assert start(world, contract, channels={"dpo": http.url(), "rssi": url}) == 1
    assert "channel rssi" in capsys.readouterr().err
    assert len(http.messages()) == 2


def test_malformed_mail_addresses_are_counted_not_dropped_in_silence(
    world: World, smtp: SmtpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(world, channels={"dpo": smtp.url("a@chu.example,no-address,also bad")}) == 1
    assert "mail addresses cannot be used" in capsys.readouterr().err
    assert {to for to, _ in smtp.mails} == {"a@chu.example"}


def test_a_renamed_channel_and_a_changed_token_leave_the_recipient_the_same(world: World, http: HttpSink) -> None:
    start(world, channels={"dpo": http.url("/a", "?token=1")})
    before = len(http.requests)
    contacts = [{"id": "dpo", "role": "dpo", "channel": "renamed"}]
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo"]}
    world.watch(contract, channels={"renamed": http.url("/a", "?token=1")}, contacts=contacts)
    world.tick(START + timedelta(minutes=5))
    world.watch(contract, channels={"renamed": http.url("/b", "?token=2")}, contacts=contacts)
    world.tick(START + timedelta(minutes=15))
    assert len(http.requests) == before


def test_an_address_behind_two_channels_gets_one_copy(world: World, smtp: SmtpSink) -> None:
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    start(world, contract, channels={"dpo": smtp.url("a@chu.example"), "rssi": smtp.url("A@chu.example,b@chu.example")})
    assert sorted(to for to, _ in smtp.mails) == ["a@chu.example"] * 2 + ["b@chu.example"] * 2


def test_messages_for_a_contact_who_was_removed_are_dropped(world: World, http: HttpSink) -> None:
    http.status = 500
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    start(world, contract, channels={"dpo": http.url("/dpo"), "rssi": http.url("/rssi")})
    http.status = 204
    http.requests.clear()
    world.watch({**contract, "notify": ["dpo"]}, channels={"dpo": http.url("/dpo")})
    assert world.tick(START + timedelta(minutes=5)) == 0
    assert {r["path"] for r in http.requests} == {"/dpo"}


def test_after_an_hour_of_failing_the_backup_is_told_once(world: World, http: HttpSink, smtp: SmtpSink) -> None:
    contacts = [
        {"id": "dpo", "role": "dpo", "channel": "dpo", "backup": "rssi"},
        {"id": "rssi", "role": "x", "channel": "rssi"},
    ]  # fmt: skip
    http.status = 503
    channels = {"dpo": http.url(), "rssi": smtp.url("rssi@chu.example")}
    start(world, {"id": "c", "supplier": "Host", "notify": ["dpo"]}, channels=channels, contacts=contacts)
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
    contacts = [
        {"id": "dpo", "role": "dpo", "channel": "dpo", "backup": "rssi"},
        {"id": "rssi", "role": "x", "channel": "rssi"},
    ]  # fmt: skip
    http.status = 503
    channels = {"dpo": http.url(), "rssi": smtp.url("rssi@chu.example")}
    start(world, {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}, channels=channels, contacts=contacts)
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


def test_no_address_and_no_secret_is_written_anywhere(
    world: World, http: HttpSink, smtp: SmtpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    http.status = 500
    contract = {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]}
    secret = http.url("/very-secret-path", "?hdswatch_secret=hush&+Authorization=Bearer%20token123")
    smtp.refuse = {"jane.doe@chu.example": "550 no"}
    start(world, contract, channels={"dpo": secret, "rssi": smtp.url("jane.doe@chu.example")})
    world.tick(START + timedelta(hours=2))
    written = b"".join(path.read_bytes() for path in world.home.path.iterdir() if path.is_file())
    heard = capsys.readouterr().err.encode()
    for word in (b"very-secret-path", b"hush", b"token123", b"jane.doe"):
        assert word not in written
        assert word not in heard


def test_a_channel_file_that_everyone_may_read_is_refused(world: World, http: HttpSink, tmp_path: Path) -> None:
    secret = tmp_path / "dpo.url"
    secret.write_text(http.url())
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    text = world.home.watchlist.read_text().replace('"url_env": "TESTWATCH_DPO_URL"', f'"url_file": "{secret}"')
    world.home.watchlist.write_text(text)
    world.host("Host", certificate("H1", "2030-01-01"))
    secret.chmod(0o644)
    assert world.tick(START) == 1
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert world.tick(START + timedelta(minutes=1)) == 0
    assert len(http.messages()) == 1


# -- other services ----------------------------------------------------------------------------------------------------


def parcel() -> wire.Parcel:
    return wire.Parcel(
        "alert", "e" * 32, "HDS-ABCDEF", "[HDS-ABCDEF] sujet", "long text", "<p>page</p>",
        "court\nhttps://hds.example/x", {}, "fr", "breach",
    )  # fmt: skip


def test_a_chat_service_gets_the_short_text_and_each_of_its_topics_is_a_recipient(http: HttpSink) -> None:
    http.status = 200
    found = delivery.read_channel(f"ntfy://127.0.0.1:{http.port}/one/two").usable
    assert len(found) == 2 and len({a.identity for a in found}) == 2
    assert all("one" not in a.label and "two" not in a.label for a in found)
    for address in found:
        assert delivery.send(address, parcel(), START).delivered
    assert sorted(r["body"]["topic"] for r in http.requests) == ["one", "two"]
    assert {r["body"]["message"] for r in http.requests} == {"court\nhttps://hds.example/x"}
    assert "X-Icon" not in http.requests[0]["headers"]


@pytest.mark.parametrize("option", ["", "?optional=yes", "?redirect=yes", "?retry=3"])
def test_no_option_in_a_url_makes_a_redirect_a_delivery_or_a_failure_two_tries(http: HttpSink, option: str) -> None:
    http.script = [("redirect", "/elsewhere"), 500]
    address = delivery.read_channel(f"ntfy://127.0.0.1:{http.port}/topic{option}").usable[0]
    assert not delivery.send(address, parcel(), START).delivered
    assert not delivery.send(address, parcel(), START).delivered
    assert len(http.requests) == 2


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


@pytest.mark.parametrize("text", ["json://127.0.0.1/a json://127.0.0.1/b", "json://127.0.0.1/a, json://127.0.0.1/b"])
def test_two_urls_in_one_variable_are_two_recipients(text: str) -> None:
    assert len(delivery.read_channel(text).usable) == 2


def test_a_file_that_is_not_there_is_looked_for_among_the_credentials_of_the_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed, beside = tmp_path / "credentials", tmp_path / "home" / "dpo.url"
    handed.mkdir()
    beside.parent.mkdir()
    channel = Channel("dpo", url_file=beside)
    (handed / "dpo.url").write_text("json://handed.example/\n")
    (handed / "dpo.url").chmod(0o400)
    assert read_url(channel)[0] is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    assert read_url(channel) == ("json://handed.example/", "")
    beside.write_text("json://beside.example/")
    beside.chmod(0o600)
    assert read_url(channel) == ("json://beside.example/", ""), "a file where the watchlist says wins"
    beside.unlink()
    (handed / "dpo.url").chmod(0o444)
    assert "may be read by everyone" in read_url(channel)[1]
