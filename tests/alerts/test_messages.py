"""What a message says, in both languages and every form, and that hostile text stays text."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from string import Formatter
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor import ack_links, wire
from monitor.alerts import FAMILY
from monitor.findings import Code
from monitor.messages import compose
from monitor.messages.layout import Draft, Facts, Heading, Items, Link, Paragraph, as_html, as_short, as_text, one_line
from monitor.messages.parts import Frame, Letter, texts
from monitor.monitor_store import open_store
from monitor.verdicts import ContractVerdict, check
from monitor.watchlist import Contract, Watchlist
from registry.clock import UTC
from registry.home import Home
from registry.snapshot import Certificate, GoodRun, Host, Referential, Snapshot
from tests.alerts.alerts_world import HttpSink, SmtpSink, World, at, certificate

HOSTILE = "<script>alert(1)</script>\"'\r\nBcc: x@evil.example\x1b[31m\u202egnp.exe {0} %s"
TODAY = date(2026, 11, 22)


def frame(language: str = "fr", **more: Any) -> Frame:
    given = {
        "organisation": "CHU",
        "language": language,
        "today": TODAY,
        "observed_on": date(2026, 11, 20),
        "run_id": 7,
    }
    return Frame(**(given | {"thresholds": (30,)} | more))


LETTER = Letter("alert", "HDS-K3X7PQ", "e" * 32, ("http://list.example/hosts", "a" * 64))


def verdict(name: str = "Host", *, ends: date = date(2026, 12, 10), **contract: Any) -> ContractVerdict:
    one = Certificate(
        "x", "host", "N1", referential="v2", issued_on=date(2025, 1, 1), expires_on=ends, activities=frozenset({1})
    )
    snapshot = Snapshot(
        {"host": Host("host", name, certificates=(one,))},
        referentials={"v2": Referential("v2", "2.0", date(2024, 5, 16))},
        run=GoodRun(7, datetime(2026, 11, 20, 7, tzinfo=UTC)),
    )
    given: dict[str, Any] = {"id": "c", "supplier": name, "activities": frozenset({1}), "host_id": "host"} | contract
    return check(snapshot, Watchlist(contracts=(Contract(**given),)), TODAY, TODAY).contracts[0]


class Outline(HTMLParser):
    """Tags and attributes of a page; anything that could run or load is noted."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.dangerous: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("script", "img", "iframe", "object", "link", "form"):
            self.dangerous.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name == "href" and not str(value).startswith(("http://", "https://"))):
                self.dangerous.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", list(FAMILY))
def test_every_code_has_a_headline_and_a_next_step_in_both_languages(code: Code, language: str) -> None:
    draft = compose.alert(frame(language), LETTER, verdict(), [code])
    content = draft.content()
    assert content["subject"].startswith("[HDS-K3X7PQ] ")
    for form in ("text", "html"):
        assert "HDS-K3X7PQ" in content[form]
        assert "2026-11-20" in content[form], "the date of the registry"
        assert "http://list.example/hosts" in content[form], "a link to the evidence"
    assert texts(language)["what_to_do"] in content["text"]
    assert "{" not in content["subject"] + content["text"]


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    def fields(node: Any, path: str = "") -> dict[str, set[str]]:
        if isinstance(node, dict):
            return {k: v for name, one in node.items() for k, v in fields(one, f"{path}.{name}").items()}
        return {path: {name for _, name, _, _ in Formatter().parse(str(node)) if name}}

    french, english = fields(texts("fr")), fields(texts("en"))
    assert french.keys() == english.keys()
    assert {k: (french[k], english[k]) for k in french if french[k] != english[k]} == {}


def test_no_wording_file_holds_html() -> None:
    for language in ("fr", "en"):
        assert not re.search(r"<[a-z]", yaml.safe_dump(texts(language), allow_unicode=True))


def test_a_hostile_name_stays_text_in_every_form() -> None:
    content = compose.alert(frame(organisation=HOSTILE), LETTER, verdict(HOSTILE), [Code.EXPIRING]).content()
    page = Outline(content["html"])
    assert page.dangerous == []
    assert "<script>" not in content["html"]
    for text in (content["subject"], content["short"]):
        assert "\r" not in text and "\x1b" not in text and "\u202e" not in text
    assert "\n" not in content["subject"]
    assert not re.search(r"^Bcc:", content["text"], re.MULTILINE)
    assert "\x1b" not in content["text"]


def test_a_hostile_name_cannot_add_a_header_to_a_mail_or_a_request(
    world: World, http: HttpSink, smtp: SmtpSink
) -> None:
    name = HOSTILE.replace("\x1b", "").replace("\r\n", " \u2028Bcc: x@evil.example\u2028 ")
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch(
        {"id": "c", "supplier": "Host", "notify": ["dpo", "rssi"]},
        channels={"dpo": http.url(), "rssi": smtp.url("a@chu.example")}, organisation=name,
    )  # fmt: skip
    assert world.tick(at("2026-11-22 07:00")) == 0
    assert len(smtp.mails) == 2
    for to, mail in smtp.mails:
        assert to == "a@chu.example"
        assert mail["Bcc"] is None
    assert len(http.messages()) == 2


@given(st.text(max_size=200))
def test_whatever_the_text_the_page_keeps_its_outline(text: str) -> None:
    draft = Draft(
        text, (Heading(text), Paragraph(text), Items((text, text)), Facts(((text, text),)), Link(text, text)), "fr"
    )
    plain = Draft("x", (Heading("x"), Paragraph("x"), Items(("x", "x")), Facts((("x", "x"),)), Link("x", "x")), "fr")
    page, outline = Outline(as_html(draft)), Outline(as_html(plain))
    if text.startswith(("http://", "https://")):
        return
    assert page.tags == outline.tags
    assert page.dangerous == []


@given(st.text(max_size=100))
def test_one_line_is_one_line_without_control_characters(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert all(ord(c) >= 32 for c in line)


def test_a_link_that_is_not_http_is_shown_but_not_linked() -> None:
    page = as_html(Draft("x", (Link("see", "javascript:alert(1)"),), "en"))
    assert "href" not in page and "javascript:alert(1)" in page


def test_the_page_works_without_images_and_names_its_language() -> None:
    page = compose.inventory(frame("en"), LETTER, [verdict()]).content()["html"]
    outline = Outline(page)
    assert '<html lang="en">' in page
    assert outline.tags.count("h1") == 1 and "main" in outline.tags
    assert "img" not in outline.tags


def test_the_short_form_keeps_its_link_when_a_service_cuts_it() -> None:
    draft = Draft("s", (Paragraph("word " * 400), Link("see", "https://hds.example/hosts/host")), "en")
    short = as_short(draft)
    cut = wire.cut(short, 120)
    assert len(cut) <= 120
    assert cut.endswith("\nhttps://hds.example/hosts/host")
    assert wire.cut("x" * 50, 20) == "x" * 19 + "…"
    assert wire.cut("short", 0) == "short"


def test_text_is_readable_without_markup() -> None:
    text = as_text((Heading("Title"), Items(("one", "two")), Facts((("name", "value"),)), Link("see", "http://x")))
    assert text == "Title\n-----\n\n- one\n- two\n\nname : value\n\nsee :\nhttp://x\n"


def test_a_payload_is_plain_json_with_the_documented_fields() -> None:
    content = compose.alert(frame(), LETTER, verdict(), [Code.EXPIRING], threshold=30).content()
    payload = json.loads(json.dumps(content["payload"]))
    assert payload["schema"] == 1
    assert payload["contract"]["days_left"] == 18
    assert payload["threshold"] == 30
    assert payload["findings"][0]["code"] == "EXPIRING"


def test_every_reason_of_the_source_is_said_in_words() -> None:
    for language in ("fr", "en"):
        for reason in ("unreachable", "bot_wall", "quarantined", "something_new"):
            words = compose.reason_in_words(reason, language)
            assert words and words != reason


# -- links to acknowledge ---------------------------------------------------------------------------------------------

KEY = b"k" * 32
NOW = at("2026-11-22 07:00")


def test_a_token_is_good_for_its_alert_once_and_for_a_while(fast_path: Any) -> None:
    home = Home(fast_path)
    conn = open_store(home)
    token = ack_links.make_token(KEY, "HDS-AAAA", NOW)
    grant = ack_links.check_token(conn, KEY, token, "HDS-AAAA", NOW)
    ack_links.use_token(conn, grant, NOW)
    for ref, key, when, words in (
        ("HDS-AAAA", KEY, NOW, "used before"),
        ("HDS-BBBB", KEY, NOW, "not valid for HDS-BBBB"),
        ("HDS-AAAA", b"other" * 8, NOW, "not valid"),
        ("HDS-AAAA", KEY, at("2027-01-22 07:00"), "older than"),
    ):
        with pytest.raises(ack_links.BadToken, match=words):
            ack_links.check_token(conn, key, token, ref, when)
    with pytest.raises(ack_links.BadToken):
        ack_links.use_token(conn, grant, NOW)
    conn.close()


@given(st.integers(0, 300), st.sampled_from("ABCabc019_-."))
def test_a_token_with_any_letter_changed_is_refused(place: int, letter: str) -> None:
    import sqlite3

    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE used_tokens (nonce TEXT)")
    token = ack_links.make_token(KEY, "HDS-AAAA", NOW)
    place %= len(token) - 1  # the last letter holds bits that mean nothing
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        return
    with pytest.raises(ack_links.BadToken):
        ack_links.check_token(conn, KEY, changed, "HDS-AAAA", NOW)


def test_the_key_is_made_once_and_is_private(fast_path: Any) -> None:
    home = Home(fast_path)
    key = ack_links.signing_key(home)
    assert ack_links.signing_key(home) == key and len(key) == 32
    assert (fast_path / "ack.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_put_back_open_to_others_is_closed_again(fast_path: Any) -> None:
    key = ack_links.signing_key(Home(fast_path))
    (fast_path / "ack.key").chmod(0o644)
    assert ack_links.signing_key(Home(fast_path)) == key
    assert (fast_path / "ack.key").stat().st_mode & 0o777 == 0o600
