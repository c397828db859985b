"""`hdswatch serve` as an operator runs it: starts, follows new data without a gap, stops, and says what is wrong."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html

from registry.clock import now, today
from registry.published_schema import TABLES
from tests.conftest import Run
from tests.site import sample_register
from tests.site.conftest import Site, sample_home, serving

PATIENCE = 40.0


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A home with a small register."""
    return sample_home(tmp_path / "home", hosts=12)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose register the tests replace, each from what it finds."""
    with serving(sample_home(tmp_path_factory.mktemp("replaced") / "home", hosts=12)) as site:
        yield site


@pytest.fixture(scope="module")
def dressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demonstration with a public address, in a home and an environment full of private things."""
    home = sample_home(tmp_path_factory.mktemp("dressed") / "home", hosts=12)
    (home / "watchlist.yml").write_text("version: 1\n", encoding="utf-8")
    private = {"HDSWATCH_DPO_URL": "json://secret.example", "HDSWATCH_PRIVATE_PASSWORD": "geheim", "TOKEN": "geheim"}
    public = {"HDSWATCH_SERVE__DEMO": "true", "HDSWATCH_SERVE__PUBLIC_URL": "https://hds.example/"}
    with serving(home, **private, **public) as site:
        yield site


def until(happens, what: str):
    """Waits for what another process does, by asking; gives back what `happens` returned."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := happens():
            return found
    raise AssertionError(f"waited {PATIENCE} s for {what}")


def hosts_now(site: Site) -> int:
    """How many hosts the site has, asked by a visitor who comes now."""
    return int(httpx.get(site.url + "/healthz", trust_env=False, timeout=30).json()["hosts"])


def replace_register(home: Path, **options: object) -> None:
    """Swaps another register in, as publishing does."""
    options.setdefault("last_run", now())
    part = sample_register.build(home / ".hds.db.part", today(), **options)
    os.replace(part, home / "hds.db")


def test_new_data_appear_without_a_refused_or_mixed_answer(running: Site) -> None:
    before = hosts_now(running)
    replace_register(running.home, hosts=before + 10)
    seen: list[int] = []

    def follows() -> bool:
        with httpx.Client(trust_env=False) as fresh:  # a connection of its own: a closed door would be an error here
            answer = fresh.get(running.url + "/healthz")
            rows = fresh.get(running.url + "/hds/hosts.json?listed=1&_size=1&_shape=objects")
        assert answer.status_code == rows.status_code == 200
        seen.append(answer.json()["hosts"])
        return seen[-1] != before

    until(follows, "the new register")
    assert len(set(seen)) == 2


def test_a_broken_new_file_leaves_the_previous_data_on_show(running: Site) -> None:
    before = hosts_now(running)
    (running.home / ".part").write_bytes(b"this is no database")
    os.replace(running.home / ".part", running.home / "hds.db")
    said = next(line for line in iter(running.process.stderr.readline, "") if "stay on show" in line)
    assert "did not start" in said
    assert hosts_now(running) == before
    replace_register(running.home, hosts=before + 5)
    until(lambda: hosts_now(running) != before, "the repaired register")


def test_a_site_process_that_dies_is_started_again(running: Site) -> None:
    os.kill(child_of(running.process.pid), signal.SIGKILL)

    def answers() -> bool:
        try:
            return httpx.get(running.url + "/healthz", trust_env=False, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    until(answers, "an answer")


def child_of(parent: int) -> int:
    """The one child process, once an earlier one has left."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    (child,) = until(lambda: children if len(children := listed.read_text("ascii").split()) == 1 else [], "one child")
    return int(child)


def test_it_stops_within_five_seconds_even_beside_a_slow_reader_and_takes_its_process_along(small: Path) -> None:
    with serving(small) as site:
        child = child_of(site.process.pid)
        host, port = site.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /check HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsuppliers=")
            started = time.monotonic()
            site.process.terminate()
            assert site.process.wait(10) == 0
            assert time.monotonic() - started < 5
        assert not Path(f"/proc/{child}").exists()


def test_its_process_ends_when_it_is_killed_itself(small: Path) -> None:
    with serving(small) as site:
        child = child_of(site.process.pid)
        site.process.kill()
        site.process.wait(10)
        until(lambda: not alive(child), "the end of the site's process")


def alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False


def test_a_missing_register_is_a_sentence_and_exit_code_2(hdswatch: Run, home: Path) -> None:
    done = hdswatch("serve", "--port", "0")
    assert done.returncode == 2
    assert str(home / "hds.db") in done.stderr
    assert "hdswatch crawl" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_a_sentence(hdswatch: Run, home: Path) -> None:
    sample_home(home, hosts=3)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = hdswatch("serve", "--port", str(port))
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_register_is_a_sentence(hdswatch: Run, home: Path) -> None:
    (home / "hds.db").write_bytes(b"nothing of the kind" * 100)
    done = hdswatch("serve", "--port", "0")
    assert done.returncode == 1
    assert "hds.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_public_process_knows_nothing_of_the_organisation(dressed: Site) -> None:
    environment = Path(f"/proc/{child_of(dressed.process.pid)}/environ").read_text(encoding="utf-8")
    for private in ("secret", "geheim", str(dressed.home)):
        assert private not in environment
    for path in ("/contracts", "/alerts", "/alerts/HDS-AAAA", "/outbox", "/login"):
        assert dressed.get(path).status_code == 404


def test_the_demo_says_so_on_every_page_and_keeps_out_of_search_engines(dressed: Site) -> None:
    for path in ("/", "/hosts/bientot", "/check", "/hds/hosts", "/nowhere"):
        assert html.fromstring(dressed.get(path).content).xpath("//*[@class='demo']"), path
    assert "Disallow: /\n" in dressed.get("/robots.txt").text


def test_no_demo_banner_without_the_setting(site: Site) -> None:
    assert not html.fromstring(site.get("/").content).xpath("//*[@class='demo']")


def test_addresses_in_feeds_follow_the_public_address(dressed: Site) -> None:
    for path in ("/feeds/changes.atom", "/feeds/changes.json", "/calendar.ics", "/sitemap.xml", "/robots.txt"):
        text = dressed.get(path).text
        assert "https://hds.example/" in text, path
        assert "127.0.0.1" not in text, path


def test_old_data_are_said_to_be_old_and_make_health_red(tmp_path: Path) -> None:
    home = sample_home(tmp_path / "home", hosts=5, last_run=now() - timedelta(days=30))
    with serving(home) as old:
        health = old.get("/healthz")
        assert health.status_code == 503
        assert health.json()["status"] == "stale"
        assert "Attention" in html.fromstring(old.get("/").content).xpath("string(//p[@class='fresh'])")


def test_a_register_without_a_single_host_is_served_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    sample_register.build_empty(home / "hds.db")
    with serving(home) as empty:
        health = empty.get("/healthz")
        assert (health.status_code, health.json()["status"]) == (503, "empty")
        for path in ("/", "/?q=a", "/hosts", "/certifiers", "/changes", "/compare", "/check", "/api", "/hds/directory"):
            assert empty.get(path).status_code == 200, path
        for path in ("/feeds/changes.atom", "/feeds/changes.json", "/calendar.ics", "/sitemap.xml"):
            assert empty.get(path).status_code == 200, path
        assert "unknown" in empty.post("/check", data={"suppliers": "Exemple", "format": "csv"}).text


def test_a_register_with_the_tables_of_the_contract_alone_is_served_whole(tmp_path: Path) -> None:
    """Made by hand or by another program: no view, no search table, no history."""
    home = sample_home(tmp_path / "home", hosts=12)
    with closing(sqlite3.connect(home / "hds.db", isolation_level=None)) as conn:
        kept = set(re.findall(r"CREATE TABLE (\w+)", TABLES))
        for kind, name in conn.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'table')"
        ).fetchall():
            if name not in kept and not name.startswith(("sqlite_", "host_search_")):
                conn.execute(f"DROP {kind} {name}")
    before = (home / "hds.db").read_bytes()
    with serving(home) as whole:
        for path in ("/", "/hosts", "/hosts/bientot", "/changes", "/compare?host=bientot&host=perime", "/api", "/hds"):
            assert whole.get(path).status_code == 200, path
        found = html.fromstring(whole.get("/?q=bientot+echu").content).xpath("//ul[@class='cards']//a/@href")
        assert found == ["/hosts/bientot"]
        questions = ("search?q=perime", "host_on?host=bientot", "in_force_on?on=", "expiring_within?days=30",
                     "changes_since?since=2000-01-01", "hosts_covering?activities=1,2,3", "directory?id=parti-", "in_force?",
                     "expiring?", "coverage?")  # fmt: skip
        for asked in questions:
            name, _, query = asked.partition("?")
            rows = whole.get(f"/hds/{name}.json?{query}&_shape=array").json()
            assert (rows == []) == (name == "directory"), asked
    assert (home / "hds.db").read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["hds.db"]


def test_fresh_data_make_health_green(site: Site) -> None:
    health = site.get("/healthz")
    assert health.status_code == 200
    assert health.headers["cache-control"] == "no-store"
    assert health.json()["status"] == "ok"
    assert health.json()["registry"]["run_id"] == 30


def test_the_command_tells_how_it_is_used(hdswatch: Run) -> None:
    shown = hdswatch("serve", "--help")
    assert "--private" in shown.stdout
    assert "Example" in shown.stdout
