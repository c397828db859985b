"""A mail as its reader gets it: one an address, whole, in its thread, and taken only when the server says 250."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta

import pytest

from monitor import delivery
from tests.alerts.alerts_world import START, SmtpSink, World, at, certificate, parcel, start


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
    (address,) = delivery.read_channel(smtp.url("a@chu.example")).usable
    assert delivery.send(address, parcel(subject=subject), START).delivered
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
    sent = parcel(text="secret", html="<p>secret</p>", message_id="second.1", thread="first.1")
    (address,) = delivery.read_channel(smtp.url("a@chu.example")).usable
    mail = delivery._service(address, sent, START)
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
