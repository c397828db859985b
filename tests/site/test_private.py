"""The organisation's own pages: nobody without the password, no form that was not ours, alerts taken over by hand."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html

from monitor import ack_links, alert_views
from monitor.judging import Judging
from monitor.monitor_store import open_reader, open_store, transaction
from monitor.outage import SourceHealth
from monitor.private_site.access import Sessions
from monitor.recipients import resolve
from monitor.registry_view import read_published
from monitor.watchlist import load_watchlist
from registry import clock
from registry.home import Home
from registry.settings import load_settings
from tests.conftest import Run
from tests.site.conftest import Site, sample_home, serving
from tests.site.test_accessibility import EVERYTHING, violations

PASSWORD = "un mot de passe"
WATCHLIST = """
version: 1
organisation: Centre hospitalier <b>d'Exemple</b>
language: fr
channels:
  dpo: {url_env: HDSWATCH_DPO_URL}
  rssi: {url_env: HDSWATCH_RSSI_URL}
contacts:
  - {id: dpo, role: dpo, channel: dpo}
  - {id: rssi, role: rssi, channel: rssi}
contracts:
  - {id: dossier, supplier: Contredit Données, activities: [1, 2, 3], notify: [dpo, rssi]}
  - {id: imagerie, supplier: Périmé Hébergement, activities: [1], notify: [dpo, rssi]}
  - {id: portail, supplier: Bientôt Échu, activities: [5, 6], notify: [dpo]}
  - {id: archives, supplier: "<script>alert(1)</script>", activities: [6], notify: [dpo]}
"""
CHANNELS = {"HDSWATCH_DPO_URL": "json://127.0.0.1:9/dpo", "HDSWATCH_RSSI_URL": "json://127.0.0.1:9/rssi"}


def watched_home(folder: Path) -> Home:
    """A home after its first look at the register: verdicts, alerts and messages that wait to be sent."""
    home = Home(sample_home(folder, hosts=8))
    home.watchlist.write_text(WATCHLIST, encoding="utf-8")
    settings, watchlist, now = load_settings(home), load_watchlist(home.watchlist), clock.now()
    with closing(open_store(home)) as conn, transaction(conn):
        health = SourceHealth(trouble=False, tell=False, since=None, reason="", last_good=now)
        Judging(conn, home, settings, watchlist, resolve(conn, watchlist, now), now, health, read_published(home)).run()
    return home


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Made once; each test that changes something works on a copy."""
    with pytest.MonkeyPatch.context() as patch:
        for name, url in CHANNELS.items():
            patch.setenv(name, url)
        return watched_home(tmp_path_factory.mktemp("private") / "home")


@pytest.fixture(scope="module")
def private(original: Home) -> Iterator[Site]:
    """The private pages of that home."""
    with serving(original.path, "--private", HDSWATCH_PRIVATE_PASSWORD=PASSWORD, **CHANNELS) as running:
        yield running


@pytest.fixture
def entered(private: Site) -> Iterator[httpx.Client]:
    """A browser that gave the password."""
    with httpx.Client(base_url=private.url, trust_env=False, timeout=30) as client:
        answer = client.post("/login", data={"password": PASSWORD})
        assert answer.status_code == 303
        yield client


def reference(home: Home, contract: str) -> str:
    """The reference of a contract's open alert."""
    with closing(open_reader(home)) as conn:
        return next(one["ref"] for one in alert_views.list_alerts(conn) if one["contract"] == contract)


def alert_of(home: Home, ref: str) -> dict:
    with closing(open_reader(home)) as conn:
        return alert_views.show_alert(conn, ref)


def mark_in(page: httpx.Response) -> str:
    return html.fromstring(page.content).xpath("//input[@name='mark']/@value")[0]


def filled(**more: str) -> dict[str, str]:
    until = str(clock.today() + timedelta(days=10))
    return {"by": "Mme Exemple", "reason": "certificat demandé", "until": until, "kind": "ack", **more}


# -- getting in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/contracts/dossier", "/alerts", "/alerts/HDS-AAAAAA", "/outbox", "/timeline", "/x"]
)
def test_nothing_is_shown_without_the_password(private: Site, path: str) -> None:
    answer = private.get(path)
    assert answer.status_code == 401
    assert "Contredit" not in answer.text
    assert html.fromstring(answer.content).xpath("//input[@type='password']")


def test_the_password_opens_the_pages_in_a_browser_and_as_a_token(private: Site, entered: httpx.Client) -> None:
    assert entered.get("/").status_code == 200
    assert private.get("/", headers={"Authorization": f"Bearer {PASSWORD}"}).status_code == 200
    assert private.get("/", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_the_cookie_can_be_read_by_no_script_and_leaving_ends_it(private: Site, entered: httpx.Client) -> None:
    cookie = entered.post("/login", data={"password": PASSWORD}).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    mark = mark_in(entered.get("/"))
    assert entered.post("/logout", data={"mark": mark}).status_code == 303
    assert entered.get("/").status_code == 401


@pytest.mark.parametrize(
    "onward", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_entering_never_leads_elsewhere(private: Site, onward: str) -> None:
    answer = private.post("/login", data={"password": PASSWORD, "next": onward})
    assert answer.headers["location"] == "/"


def test_behind_a_proxy_with_tls_the_cookie_travels_under_tls_only(original: Home) -> None:
    proxied = {"HDSWATCH_SERVE__PRIVATE_URL": "https://hds.intern.example"}
    told = {"X-Forwarded-Proto": "https"}
    with serving(original.path, "--private", HDSWATCH_PRIVATE_PASSWORD=PASSWORD, **proxied, **CHANNELS) as running:
        entered = running.post("/login", data={"password": PASSWORD}, headers=told)
    assert "; Secure" in entered.headers["set-cookie"]


@pytest.mark.parametrize("way", ["form", "token"])
def test_guessing_is_slowed_down_whoever_one_claims_to_be(original: Home, way: str) -> None:
    with serving(original.path, "--private", HDSWATCH_PRIVATE_PASSWORD=PASSWORD, **CHANNELS) as running:

        def guess(number: int, password: str) -> int:
            claimed = {"X-Forwarded-For": f"192.0.2.{number}"}
            if way == "form":
                return running.post("/login", data={"password": password}, headers=claimed).status_code
            return running.get("/", headers={**claimed, "Authorization": f"Bearer {password}"}).status_code

        statuses = [guess(number, f"guess {number}") for number in range(12)]
        assert statuses[0] == 401
        assert statuses[-1] == guess(13, PASSWORD) == 429


@pytest.mark.parametrize("name", ["rebound.example", "127.0.0.1.rebound.example", "[::1", ""])
def test_a_name_that_is_not_ours_is_refused(private: Site, name: str) -> None:
    answer = private.get("/", headers={"Host": name, "Authorization": f"Bearer {PASSWORD}"})
    assert answer.status_code == 421


def test_it_listens_on_loopback_whatever_the_settings_say(original: Home, tmp_path: Path) -> None:
    shutil.copytree(original.path, tmp_path / "copy")
    with serving(
        tmp_path / "copy", "--private", HDSWATCH_PRIVATE_PASSWORD=PASSWORD, HDSWATCH_SERVE__HOST="0.0.0.0"
    ) as it:
        assert it.url.startswith("http://127.0.0.1:")


def test_without_a_password_one_is_made_that_only_the_owner_reads(original: Home, tmp_path: Path) -> None:
    shutil.copytree(original.path, tmp_path / "copy")
    with serving(tmp_path / "copy", "--private", **CHANNELS) as running:
        file = tmp_path / "copy" / "private.password"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secret = file.read_text(encoding="utf-8").strip()
        assert len(secret) >= 20
        assert running.get("/", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
        arguments = Path(f"/proc/{running.process.pid}/cmdline").read_text(encoding="utf-8")
        assert secret not in arguments


@pytest.mark.parametrize("problem", ["short", "open"])
def test_a_bad_password_is_a_sentence_and_exit_code_2(hdswatch: Run, home: Path, problem: str) -> None:
    file = home / "private.password"
    file.write_text("kurz" if problem == "short" else "lang genug und offen", encoding="utf-8")
    os.chmod(file, 0o600 if problem == "short" else 0o644)
    done = hdswatch("serve", "--private", "--port", "0")
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert "kurz" not in done.stderr


def test_sessions_end_by_themselves() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    key = sessions.begin()
    assert sessions.find(key)
    now[0] = 13 * 3600.0
    assert sessions.find(key) is None


# -- looking ---------------------------------------------------------------------------------------------------------


def test_the_overview_shows_each_contract_worst_first(entered: httpx.Client) -> None:
    page = html.fromstring(entered.get("/").content)
    assert page.xpath("string(//h1)") == "Centre hospitalier <b>d'Exemple</b>"
    contracts = page.xpath("//section[@aria-labelledby='contracts']//a/@href")
    assert contracts == ["/contracts/imagerie", "/contracts/archives", "/contracts/portail", "/contracts/dossier"]
    assert len(page.xpath("//section[@aria-labelledby='open']//li")) == 3
    assert page.xpath("//section[starts-with(@class, 'answer')]//p[@class='verdict']")


@pytest.mark.parametrize(
    "path", ["/", "/contracts/imagerie", "/contracts/archives", "/alerts", "/alerts?all=1", "/outbox", "/timeline"]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_private_page_speaks_both_languages_safely(entered: httpx.Client, path: str, language: str) -> None:
    answer = entered.get(path + ("&" if "?" in path else "?") + f"lang={language}")
    assert answer.status_code == 200
    page = html.fromstring(answer.content)
    assert page.get("lang") == language
    assert not page.xpath("//script | //*[@style] | //style")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "json://127.0.0.1:9/dpo" not in answer.text


def test_the_outbox_tells_what_is_on_its_way(entered: httpx.Client) -> None:
    rows = html.fromstring(entered.get("/outbox").content).xpath("//tbody/tr")
    assert {row.xpath("string(td[1])") for row in rows} == {"inventaire", "alerte"}


def test_an_unknown_contract_or_alert_is_not_found_in_a_sentence(entered: httpx.Client) -> None:
    assert entered.get("/contracts/nothing").status_code == 404
    answer = entered.get("/alerts/HDS-ZZZZZZ")
    assert answer.status_code == 400
    assert "HDS-ZZZZZZ" in answer.text


def test_a_broken_watchlist_is_said_on_the_page(original: Home, tmp_path: Path) -> None:
    shutil.copytree(original.path, tmp_path / "copy")
    (tmp_path / "copy" / "watchlist.yml").write_text("version: 1\ncontracts: {}\n", encoding="utf-8")
    with serving(tmp_path / "copy", "--private", HDSWATCH_PRIVATE_PASSWORD=PASSWORD, **CHANNELS) as running:
        answer = running.get("/", headers={"Authorization": f"Bearer {PASSWORD}"})
        assert answer.status_code == 400
        assert "watchlist.yml" in answer.text
        assert "Traceback" not in answer.text


# -- acting ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def acting(original: Home, tmp_path: Path) -> Iterator[tuple[Home, Callable[..., Site]]]:
    """A home of its own with its private pages."""
    home = Home(tmp_path / "copy")
    shutil.copytree(original.path, home.path)
    with serving(home.path, "--private", HDSWATCH_PRIVATE_PASSWORD=PASSWORD, **CHANNELS) as running:
        yield home, running


def test_alerts_are_taken_over_by_form_and_by_link_and_by_nothing_else(acting: tuple[Home, Site]) -> None:
    home, site = acting
    ref = reference(home, "imagerie")
    with httpx.Client(base_url=site.url, trust_env=False, timeout=30) as browser:
        browser.post("/login", data={"password": PASSWORD})
        page = browser.get(f"/alerts/{ref}")
        mark = mark_in(page)

        # Nothing but a whole form of ours acts.
        assert browser.get(f"/alerts/{ref}", params=filled(mark=mark)).status_code == 200
        assert browser.post(f"/alerts/{ref}", data=filled()).status_code == 403
        assert browser.post(f"/alerts/{ref}", data=filled(mark="guessed")).status_code == 403
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert browser.post(f"/alerts/{ref}", data=filled(mark=mark), headers=elsewhere).status_code == 403
        for wrong in ({"by": " "}, {"reason": ""}, {"until": "demain"}, {"until": "2020-01-01"}, {"kind": "delete"}):
            assert browser.post(f"/alerts/{ref}", data=filled(mark=mark, **wrong)).status_code == 400
        assert alert_of(home, ref)["state"] == "OPEN"

        assert browser.post(f"/alerts/{ref}", data=filled(mark=mark)).status_code == 303
        taken = alert_of(home, ref)
        assert (taken["state"], taken["acked_by"]) == ("ACKED", "Mme Exemple")
        assert "ack" in {one["kind"] for one in taken["messages"]}
        page = html.fromstring(browser.get(f"/alerts/{ref}").content)
        told = page.xpath("string(//section[@aria-labelledby='journal'])")
        assert re.search("prise en charge.*Mme Exemple.*certificat demandé", told, re.DOTALL)
        assert not re.search("ACKED|EXPIRED|queued|None|told_by", page.text_content())
        assert page.xpath("//a[@href='/contracts/imagerie']")

    # A link from a message: looked at as often as one likes, acted on once, good for its own alert only.
    other = reference(home, "portail")
    token = ack_links.make_token(ack_links.signing_key(home), other, clock.now())
    for _ in range(3):
        opened = site.get(f"/alerts/{other}", params={"token": token})
        assert opened.status_code == 200
    assert alert_of(home, other)["state"] == "OPEN"
    assert not html.fromstring(opened.content).xpath("//nav")
    assert site.get(f"/alerts/{ref}", params={"token": token}).status_code == 400
    assert site.get("/contracts/dossier", params={"token": token}).status_code == 401
    assert site.post(f"/alerts/{other}", data=filled(token=token + "x")).status_code == 400
    done = site.post(f"/alerts/{other}", data=filled(token=token, kind="snooze"))
    assert done.status_code == 200
    assert alert_of(home, other)["ack_kind"] == "snooze"
    assert site.post(f"/alerts/{other}", data=filled(token=token)).status_code == 400
    assert re.search(r"used before|link was used", site.get(f"/alerts/{other}", params={"token": token}).text)


@pytest.mark.browser
def test_axe_core_finds_nothing_on_the_private_pages(private: Site, original: Home, chromium) -> None:
    driver = chromium()
    driver.get(private.url + "/login")
    driver.find_element("id", "password").send_keys(PASSWORD + "\n")
    ref = reference(original, "imagerie")
    paths = (
        "/",
        "/contracts/imagerie",
        "/alerts",
        f"/alerts/{ref}",
        "/outbox",
        "/timeline",
        "/contracts/none",
        "/login",
    )
    assert {path: bad for path in paths if (bad := violations(driver, private, path, EVERYTHING))} == {}
