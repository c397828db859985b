"""The daemon: a pass every 30 seconds, crawls in child processes, the site beside it if asked. The only file that
imports schedule.

Owns ticking, signals and children. Holds no due date in memory: everything that is due is worked out from the databases
at each tick, so that a restart, a long sleep or a clock that jumps changes nothing.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any

import schedule

from monitor import crawling, systemd
from monitor.locks import holder, one_process
from monitor.logs import log
from monitor.monitor_store import get_meta, set_meta, transaction
from monitor.notices import say_settings_refused
from monitor.passes import (
    LOCK_WAIT_SECONDS,
    PassReport,
    crawl_is_due,
    judge,
    note_crawl,
    open_home,
    ping,
    send,
)
from monitor.watchlist import Watchlist, load_watchlist
from registry import clock
from registry.clock import paris_date, parse_instant, stamp
from registry.errors import HdsWatchError
from registry.home import Home
from registry.settings import Settings, load_settings

TICK_SECONDS = 30
JUDGE_EVERY = timedelta(minutes=10)
CLOCK_BACK = timedelta(minutes=2)
_STEP_SECONDS = 1.0
_SITE_STOP_SECONDS = 1.5


def run(home: Home, settings: Settings, *, serve: bool = False, now: Callable[[], datetime] = clock.now) -> int:
    """Watches until SIGTERM or SIGINT; gives the exit code. SIGHUP reads settings and watchlist again.

    Raises HomeLocked naming the process when another daemon keeps this home, ConfigurationError and StorageError as
    `passes.run_once` does.
    """
    home.prepare()
    watchlist = load_watchlist(settings.watchlist_path(home))
    beside = holder(home.monitor_lock) or ""
    wait = 0 if "hdswatch run" in beside else LOCK_WAIT_SECONDS
    with one_process(home.monitor_lock, "run", wait), closing(open_home(home)) as conn:
        daemon = Daemon(conn, home, settings, watchlist, now, serve=serve)
        daemon.obey_signals()
        daemon.loop()
    return 0


@dataclass
class Daemon:
    """One home's daemon. `loop` runs until `stop` is set."""

    conn: sqlite3.Connection
    home: Home
    settings: Settings
    watchlist: Watchlist
    now: Callable[[], datetime] = clock.now
    serve: bool = False
    stop: Event = field(default_factory=Event)
    wake: Event = field(default_factory=Event)
    reload_asked: bool = False
    ticks: int = 0
    crawl: crawling.Crawl | None = None
    site: subprocess.Popen[bytes] | None = None
    judged_at: datetime | None = None
    judged_what: tuple[object, ...] = ()
    reported: tuple[str, ...] = ()

    # -- signals -------------------------------------------------------------------------------------------------

    def obey_signals(self) -> None:
        """SIGTERM and SIGINT end the loop, SIGHUP asks for a reload."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)

    def _on_stop(self, *_: Any) -> None:
        self.stop.set()
        self.wake.set()

    def _on_reload(self, *_: Any) -> None:
        self.reload_asked = True
        self.wake.set()

    # -- the loop ------------------------------------------------------------------------------------------------

    def loop(self) -> None:
        """Ticks until told to stop; leaves no child behind."""
        ticker = self._ticker()
        log().info("watching", home=str(self.home.path), contracts=len(self.watchlist.contracts))
        systemd.ready("watching")
        try:
            self.tick()
            while not self.stop.is_set():
                ticker = self._run_due(ticker)
                self._wait(ticker)
                systemd.alive()
        finally:
            systemd.stopping()
            self._end_children()
            log().info("stopped", ticks=self.ticks)

    def _ticker(self) -> schedule.Scheduler:
        """One job, every 30 seconds. `schedule` counts in local time, so the process lives in UTC."""
        os.environ["TZ"] = "UTC"
        time.tzset()
        ticker = schedule.Scheduler()
        ticker.every(TICK_SECONDS).seconds.do(self.tick)
        return ticker

    def _run_due(self, ticker: schedule.Scheduler) -> schedule.Scheduler:
        ticker.run_pending()
        idle = ticker.idle_seconds
        if idle is None or idle > 2 * TICK_SECONDS:  # the clock was set back: the next tick would be far away
            log().warning("the clock jumped back; ticking on")
            ticker = self._ticker()
            self.tick()
        if self.reload_asked:
            self.tick()
        return ticker

    def _wait(self, ticker: schedule.Scheduler) -> None:
        """Sleeps until the next tick or a signal, in steps while a crawl is at work."""
        if self.crawl is not None:
            self._crawl_step()
            return
        self.wake.wait(max(0.05, min(ticker.idle_seconds or 0.0, TICK_SECONDS)))
        self.wake.clear()

    def tick(self) -> None:
        """Everything that is due now. A job that fails is counted and tried again at the next one; the others go on."""
        self.ticks += 1
        self._guarded("clock", self._notice_clock)
        if self.reload_asked:
            self.reload_asked = False
            self._guarded("reload", self._reload)
        report = PassReport()
        failures = [
            self._guarded("site", self._keep_site),
            self._guarded("crawl", lambda: self._start_crawl(report)),
            self._guarded("judge", self._judge_if_needed),
            self._guarded("send", lambda: send(self.conn, self.settings, self.watchlist, self.now, report, self.stop)),
            self._guarded("remember", self._remember),
        ]
        self._report(report)
        if not any(failures) and not report.problems and self.crawl is None and not self.stop.is_set():
            ping(self.settings)

    def _guarded(self, name: str, job: Callable[[], object]) -> bool:
        """Runs a job; True when it failed. Nothing a job does can stop the ticking."""
        if self.stop.is_set():
            return False
        error: Exception | None = None
        try:
            job()
        except Exception as caught:  # noqa: BLE001  whatever it is, the other jobs must go on
            error = caught
            known = isinstance(caught, HdsWatchError | sqlite3.Error | OSError)
            log().error("job failed", job=name, error=str(caught) if known else type(caught).__name__)
        self._count(name, error)
        return error is not None

    def _count(self, name: str, error: Exception | None) -> None:
        row = None
        with suppress(sqlite3.Error, HdsWatchError):
            row = self.conn.execute("SELECT failures FROM jobs WHERE name = ?", (name,)).fetchone()
            if error is None and (row is None or row["failures"] == 0):
                return
            at = stamp(self.now())
            with transaction(self.conn):
                self.conn.execute(
                    "INSERT INTO jobs VALUES (?1, ?2, CASE WHEN ?3 IS NULL THEN ?2 END, ?3 IS NOT NULL, ?3)"
                    " ON CONFLICT (name) DO UPDATE SET last_run_at = ?2, error = ?3,"
                    " last_ok_at = CASE WHEN ?3 IS NULL THEN ?2 ELSE last_ok_at END,"
                    " failures = CASE WHEN ?3 IS NULL THEN 0 ELSE failures + 1 END",
                    (name, at, None if error is None else f"{type(error).__name__}: {error}"[:500]),
                )

    def _report(self, report: PassReport) -> None:
        """Says what is wrong when it changes, not at every tick."""
        problems = tuple(report.problems)
        if problems != self.reported:
            for problem in problems:
                log().warning(problem)
            self.reported = problems
        if report.sent:
            log().info("sent", messages=report.sent, undelivered=report.undelivered)

    # -- jobs ----------------------------------------------------------------------------------------------------

    def _notice_clock(self) -> None:
        last = get_meta(self.conn, "last_pass")
        if last is not None and parse_instant(last) - self.now() > CLOCK_BACK:
            log().warning("the clock stands before the last pass", last_pass=last, now=stamp(self.now()))

    def _reload(self) -> None:
        systemd.reloading()
        try:
            settings = load_settings(self.home)
            watchlist = load_watchlist(settings.watchlist_path(self.home))
        except HdsWatchError as error:
            log().error("the new settings were refused; the old ones stay in force", error=str(error))
            with transaction(self.conn):
                say_settings_refused(self.conn, self.settings, self.watchlist, str(error), self.now())
        else:
            self.settings, self.watchlist, self.judged_at = settings, watchlist, None
            log().info("reloaded", contracts=len(watchlist.contracts))
        systemd.ready("watching")

    def _start_crawl(self, report: PassReport) -> None:
        if self.crawl is not None or not crawl_is_due(self.conn, self.home, self.settings, self.now()):
            return
        started = crawling.start(self.home, self.settings, self.now())
        if isinstance(started, crawling.Crawl):
            self.crawl = started
            log().info("crawling", what=crawling.what_to_crawl(self.settings))
        else:
            crawling.note(self.conn, started, self.now(), self.now())
            note_crawl(report, started)

    def _crawl_step(self) -> None:
        assert self.crawl is not None
        result = self.crawl.poll(_STEP_SECONDS)
        if result is None:
            return
        started, self.crawl, self.judged_at = self.crawl.started, None, None
        report = PassReport()
        note_crawl(report, result)
        log().info("crawled", good=result.good, detail=result.detail)
        self._guarded("crawl", lambda: crawling.note(self.conn, result, started, self.now()))
        if result.interrupted:
            self.wake.wait(_STEP_SECONDS)
        if not self.stop.is_set():
            self.tick()

    def _judge_if_needed(self) -> None:
        """Judges when something may have changed: the day, the data, the settings, or ten minutes have gone by. Waits
        for a crawl that is at work, so that nobody is warned of what it may mend."""
        now = self.now()
        what = self._what_matters(paris_date(now))
        fresh = self.judged_at is not None and abs(now - self.judged_at) < JUDGE_EVERY
        if self.crawl is not None or (fresh and what == self.judged_what):
            return
        judge(self.conn, self.home, self.settings, self.watchlist, now)
        self.judged_at, self.judged_what = now, what

    def _what_matters(self, today: date) -> tuple[object, ...]:
        try:
            found = self.home.published_db.stat()
        except OSError:
            return (today,)
        return (today, found.st_ino, found.st_size, found.st_mtime_ns)

    def _remember(self) -> None:
        """Notes that a pass ended, not oftener than a probe needs to know."""
        last = get_meta(self.conn, "last_pass")
        now = self.now()
        if last is None or abs(now - parse_instant(last)) >= timedelta(minutes=1):
            with transaction(self.conn):
                set_meta(self.conn, "last_pass", stamp(now))

    # -- children ------------------------------------------------------------------------------------------------

    def _keep_site(self) -> None:
        if not self.serve or (self.site is not None and self.site.poll() is None):
            return
        if not self.home.published_db.is_file():
            return
        if self.site is not None:
            log().warning("the site ended; starting it again", code=self.site.returncode)
        command = [sys.executable, "-m", "monitor.cli", "--home", str(self.home.path), "serve"]
        self.site = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  our own program

    def _end_children(self) -> None:
        """Both are told to end before either is waited for."""
        site = self.site if self.site is not None and self.site.poll() is None else None
        if site is not None:
            site.terminate()
        if self.crawl is not None:
            self.crawl.stop()
        if site is not None:
            try:
                site.wait(_SITE_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                site.kill()
                site.wait()
