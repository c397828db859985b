"""The daemon's ticking, under a clock that is told: what runs when, what a failing job does to the others."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import crawling, daemon, passes, systemd
from monitor.crawling import CrawlResult
from monitor.daemon import Daemon
from monitor.monitor_store import open_store
from monitor.status import read_status
from monitor.watchlist import load_watchlist
from registry.errors import StorageError
from tests.alerts.alerts_world import START, HttpSink, World, at, certificate


class Watch:
    """A daemon in this process, its clock and its world."""

    def __init__(self, world: World, conn: object) -> None:
        self.world = world
        self.moment = START
        watchlist = load_watchlist(world.home.watchlist)
        self.daemon = Daemon(conn, world.home, world.settings, watchlist, lambda: self.moment)  # type: ignore[arg-type]  # a connection

    def tick(self, later: timedelta = timedelta()) -> None:
        self.moment += later
        self.daemon.tick()


@pytest.fixture
def watch(world: World, http: HttpSink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    world.host("Host", certificate("H1", "2026-12-22"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    with closing(open_store(world.home)) as conn:
        made = Watch(world, conn)

        def crawl(home: object, settings: object, now: datetime) -> CrawlResult:
            return CrawlResult({"hosts": world.crawl(now)})

        monkeypatch.setattr(crawling, "start", crawl)
        yield made


def test_a_day_of_ticks_crawls_once_and_says_each_thing_once(watch: Watch, http: HttpSink) -> None:
    for _ in range(150):
        watch.tick(timedelta(minutes=15))
    assert watch.world.crawls == 2
    assert [m.kind for m in http.messages()] == ["inventory", "digest"]


def test_ticks_with_nothing_new_do_not_judge_again_within_ten_minutes(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[datetime] = []
    real = daemon.judge
    monkeypatch.setattr(daemon, "judge", lambda *a: (looks.append(a[4]), real(*a)))
    for _ in range(30):
        watch.tick(timedelta(seconds=30))
    assert len(looks) == 2
    watch.world.crawl(watch.moment)
    watch.tick(timedelta(seconds=30))
    assert len(looks) == 3, "another process published"


def test_a_job_that_fails_is_counted_and_the_others_go_on(
    watch: Watch, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.tick()
    assert [m.kind for m in http.messages()] == ["inventory"]

    def broken(*_: object) -> None:
        raise StorageError("hds.db: damaged")

    monkeypatch.setattr(daemon, "judge", broken)
    http.status = 500
    watch.world.outcome = "failed"
    for _ in range(3):
        watch.tick(timedelta(hours=1))
    jobs = {row["name"]: row for row in watch.world.rows("SELECT * FROM jobs")}
    assert jobs["judge"]["failures"] == 3 and "damaged" in jobs["judge"]["error"]
    status = read_status(watch.world.home, watch.world.settings, watch.moment)
    assert any("job judge failed 3" in problem for problem in status.problems)
    monkeypatch.undo()
    watch.daemon._judge_if_needed()
    watch.daemon._count("judge", None)
    assert {row["failures"] for row in watch.world.rows("SELECT * FROM jobs")} == {0}


def test_a_clock_that_jumps_back_neither_stops_the_ticking_nor_repeats_a_message(
    watch: Watch, http: HttpSink, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        watch.tick(timedelta(days=1))
    before = [m.event for m in http.messages()]
    watch.tick(timedelta(days=-40))
    assert "before the last pass" in capsys.readouterr().err
    for _ in range(3):
        watch.tick(timedelta(hours=1))
    watch.tick(timedelta(days=40))
    assert [m.event for m in http.messages()][: len(before)] == before
    assert len({m.event for m in http.messages()}) == len(http.messages())
    assert sum(m.kind == "inventory" for m in http.messages()) == 1


def test_a_ticker_whose_next_run_is_far_away_is_made_anew(watch: Watch) -> None:
    ticker = watch.daemon._ticker()
    ticker.jobs[0].next_run += timedelta(hours=1)
    ticks = watch.daemon.ticks
    again = watch.daemon._run_due(ticker)
    assert again is not ticker and again.idle_seconds <= daemon.TICK_SECONDS
    assert watch.daemon.ticks == ticks + 1


def test_after_a_stop_no_job_begins(watch: Watch, http: HttpSink) -> None:
    watch.daemon._on_stop()
    watch.tick()
    assert http.requests == [] and watch.world.crawls == 0


def test_the_outside_watchdog_is_pinged_after_a_whole_good_pass_only(watch: Watch, http: HttpSink) -> None:
    watch.world.settings.monitor.ping_url = f"http://127.0.0.1:{http.port}/ping"
    http.status = 500
    watch.tick()
    assert not any(r.get("get") for r in http.requests)
    http.status = 204
    watch.tick(timedelta(minutes=2))
    assert [r["path"] for r in http.requests if r.get("get")] == ["/ping"]
    watch.world.settings.monitor.ping_url = "http://127.0.0.1:9/nobody"
    watch.tick(timedelta(minutes=2))


def test_a_service_manager_is_told_and_one_that_does_not_listen_does_not_stop_us(
    fast_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(fast_path / "manager")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        systemd.ready("watching")
        systemd.reloading()
        assert manager.recv(200) == b"READY=1\nSTATUS=watching"
        assert manager.recv(200).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        for _ in range(1000):
            systemd.alive()
    systemd.stopping()
    monkeypatch.delenv("NOTIFY_SOCKET")
    systemd.stopping()


# -- crawls as children -------------------------------------------------------------------------------------------


def child(world: World, monkeypatch: pytest.MonkeyPatch, program: str, deadline: float = 30) -> CrawlResult:
    """What comes of a crawl whose child runs this Python program instead."""
    real = subprocess.Popen
    monkeypatch.setattr(crawling.subprocess, "Popen", lambda _, **more: real([sys.executable, "-c", program], **more))
    world.settings.crawl.deadline = deadline
    running = crawling.start(world.home, world.settings, START)
    assert isinstance(running, crawling.Crawl)
    found = None
    while found is None:
        found = running.poll(0.2)
    return found


@pytest.mark.parametrize(
    ("program", "good", "outcome"),
    [
        ('print(\'[{"source":"hosts","run_id":1,"outcome":"unchanged","reason":null}]\')', True, "unchanged"),
        ('print(\'[{"source":"hosts","run_id":2,"outcome":"failed","reason":"no"}]\'); exit(4)', False, "failed"),
        ('print(\'[{"source":"hosts","run_id":null,"outcome":"failed","reason":"no"}]\'); exit(4)', False, "no_run"),
        ("import sys; sys.exit('boom')", False, "no_run"),
        ("import os; os.kill(os.getpid(), 9)", False, "no_run"),
    ],
)
def test_what_a_crawl_child_leaves_behind_is_understood(
    world: World, monkeypatch: pytest.MonkeyPatch, program: str, good: bool, outcome: str
) -> None:
    result = child(world, monkeypatch, program)
    assert result.good is good
    assert result.outcomes["hosts"][0] == outcome


def test_a_crawl_that_hangs_is_ended_at_its_deadline(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    result = child(world, monkeypatch, "import time; time.sleep(60)", deadline=0.5)
    assert result.outcomes == {"hosts": ("no_run", "deadline")}


def test_where_only_certifiers_are_crawled_that_counts_as_the_crawl_of_the_day(
    world: World, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settings.crawl.certifiers_url = ["http://b.example"]
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.crawl(at("2026-11-20 07:00"))

    def crawl(conn: Any, home: Any, settings: Any, clock: Any, stop: Any = None) -> CrawlResult:
        return CrawlResult({"certifiers": world.crawl(clock(), source="certifiers")})

    monkeypatch.setattr(passes.crawling, "crawl", crawl)
    before = world.crawls
    for minute in (0, 1, 2):
        world.tick(at("2026-11-22 07:00") + timedelta(minutes=minute))
    assert world.crawls - before == 1


@pytest.mark.parametrize(
    ("hosts", "certifiers", "what"),
    [([], [], "all"), (["http://a.example"], ["http://b.example"], "all"), (["http://a.example"], [], "hosts"),
     ([], ["http://b.example"], "certifiers")],
)  # fmt: skip
def test_a_list_from_elsewhere_is_not_mixed_with_an_official_one(
    world: World, hosts: list[str], certifiers: list[str], what: str
) -> None:
    world.settings.crawl.hosts_url, world.settings.crawl.certifiers_url = hosts, certifiers
    assert crawling.what_to_crawl(world.settings) == what
