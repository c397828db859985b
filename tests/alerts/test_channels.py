"""Who is behind a channel: every address of its own, none written down, none lost because another is missing or wrong."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import delivery
from monitor.recipients import read_url
from monitor.watchlist import Channel
from tests.alerts.alerts_world import START, HttpSink, SmtpSink, World, certificate, parcel, start


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
