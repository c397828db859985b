"""One pass over all that is due: send what waits, crawl, judge, send what is new. `hdswatch once`, and each tick of the
daemon.

Owns the order and the exit code. Everything it decides by is on disk, so a pass that dies anywhere is taken up by the
next one; at worst the one message in flight is sent again, with the same event id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from monitor import crawling
from monitor.judging import BEGUN, Judging
from monitor.locks import one_process
from monitor.logs import log
from monitor.monitor_store import check_database, get_meta, open_store, set_meta, transaction
from monitor.notices import put_delivery_notices
from monitor.outage import Try, judge_source
from monitor.outbox import Delivered, deliver, reclaim
from monitor.recipients import Directory, resolve
from monitor.registry_view import read_published, read_tries
from monitor.watchlist import Watchlist, load_watchlist
from registry import clock
from registry.clock import stamp
from registry.errors import StorageError
from registry.home import Home
from registry.settings import Settings

LOCK_WAIT_SECONDS = 30
DONE, FAILED = 0, 1


@dataclass
class PassReport:
    """What a pass came to. `problems` are sentences for a person, without any address."""

    problems: list[str] = field(default_factory=list)
    sent: int = 0
    undelivered: int = 0
    crawled: bool = False

    @property
    def exit_code(self) -> int:
        return FAILED if self.problems else DONE


def run_once(
    home: Home, settings: Settings, now: Callable[[], datetime] = clock.now, *, wait: float = LOCK_WAIT_SECONDS,
    insist: bool = True,
) -> int:  # fmt: skip
    """One pass, alone on its home; gives the exit code: 0 all that was due was done, 1 something failed and stays due.

    Somebody asked for this pass, so what failed before is tried again whatever the retry ladder says, once; with
    `insist` False it waits its turn as in the daemon.

    Raises ConfigurationError (2) before anything is sent when the settings or the watchlist are wrong, HomeLocked when
    another process keeps the home for longer than `wait` seconds, StorageError naming what can't be written.
    """
    home.prepare()
    watchlist = load_watchlist(settings.watchlist_path(home))
    with one_process(home.monitor_lock, "once", wait), closing(open_home(home)) as conn:
        report = do_pass(conn, home, settings, watchlist, now, tried=set() if insist else None)
    for problem in report.problems:
        log().warning(problem)
    log().info("pass done", sent=report.sent, undelivered=report.undelivered, crawled=report.crawled)
    return report.exit_code


def open_home(home: Home) -> sqlite3.Connection:
    """The home's three databases, proven whole before anything is written; a damaged one is named and left alone."""
    for path in (home.registry_db, home.published_db):
        check_database(path)
    return open_store(home)


def do_pass(
    conn: sqlite3.Connection, home: Home, settings: Settings, watchlist: Watchlist, now: Callable[[], datetime],
    *, stop: Event | None = None, tried: set[int] | None = None,
) -> PassReport:  # fmt: skip
    """A pass on an open, locked home: send what waits, crawl when due, judge, send what is new. `tried`: see
    `outbox.is_due`."""
    report, before = PassReport(), PassReport()
    send(conn, settings, watchlist, now, before, stop, tried)
    report.sent = before.sent
    if crawl_is_due(conn, home, settings, now()) and not _stopped(stop):
        note_crawl(report, crawling.crawl(conn, home, settings, now, stop))
    if not _stopped(stop):
        judge(conn, home, settings, watchlist, now())
        send(conn, settings, watchlist, now, report, stop, tried)
        with transaction(conn):
            set_meta(conn, "last_pass", stamp(now()))
    if not report.problems and not _stopped(stop):
        ping(settings)
    return report


def _stopped(stop: Event | None) -> bool:
    return stop is not None and stop.is_set()


def all_tries(conn: sqlite3.Connection, home: Home) -> list[Try]:
    """Every try at the source that is known: runs of the registry, and children that left none."""
    return [*read_tries(home), *crawling.tries(conn)]


def crawl_is_due(conn: sqlite3.Connection, home: Home, settings: Settings, now: datetime) -> bool:
    """Whether this pass must crawl (contract, section 6)."""
    first_pass = get_meta(conn, BEGUN) is None and get_meta(conn, "last_pass") is None
    sources = ("hosts", "certifiers") if crawling.what_to_crawl(settings) == "certifiers" else ("hosts",)
    return crawling.is_due(
        all_tries(conn, home), now, settings.schedule.crawl_at, first_pass=first_pass, sources=sources
    )


def note_crawl(report: PassReport, result: crawling.CrawlResult) -> None:
    """Puts a crawl's outcome into the report; one that did not succeed is a problem."""
    report.crawled = True
    if not result.good:
        report.problems.append(f"the crawl did not succeed: {result.detail or 'stopped'}")


def judge(conn: sqlite3.Connection, home: Home, settings: Settings, watchlist: Watchlist, now: datetime) -> None:
    """Findings, alert events and messages, in one transaction."""
    tries = all_tries(conn, home)
    health = judge_source(tries, now, settings.schedule.crawl_at, settings.monitor.stale_after_days)
    view = read_published(home)
    with transaction(conn):
        directory = resolve(conn, watchlist, now)
        Judging(conn, home, settings, watchlist, directory, now, health, view, tries).run()


def send(
    conn: sqlite3.Connection,
    settings: Settings,
    watchlist: Watchlist,
    now: Callable[[], datetime],
    report: PassReport,
    stop: Event | None,
    tried: set[int] | None = None,
) -> None:
    """Takes back what a crash left in flight, delivers what is due, then tells backups whom nothing reaches."""
    reclaim(conn)
    with transaction(conn):
        directory = resolve(conn, watchlist, now())
    total = deliver(conn, directory, now, stop, tried)
    with transaction(conn):
        noticed = put_delivery_notices(conn, settings, watchlist, directory, now())
    if noticed:
        more = deliver(conn, directory, now, stop, tried)
        total = Delivered(total.sent + more.sent, more.failed, more.waiting, more.quiet, more.unreachable)
    report.sent += total.sent
    report.undelivered = total.failed + total.waiting + total.unreachable
    report.problems += _delivery_problems(directory, total)


def _delivery_problems(directory: Directory, total: Delivered) -> list[str]:
    problems = list(directory.problems)
    if total.failed or total.waiting:
        problems.append(f"{total.failed + total.waiting} message(s) not delivered yet; they stay due")
    if total.unreachable:
        problems.append(f"{total.unreachable} message(s) wait for a channel without an address; they stay due")
    return problems


def ping(settings: Settings) -> None:
    """Tells an outside watchdog that a whole pass went well. Its trouble is not ours."""
    if settings.monitor.ping_url is None:
        return
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(settings.monitor.ping_url, headers={"User-Agent": "HDSWatch"}), timeout=10):  # noqa: S310  the operator's own address
            return
    except (OSError, ValueError) as error:
        log().warning("the ping address did not answer", error=type(error).__name__)


def storage_error(home: Home, error: Exception) -> StorageError:
    """The sentence for a home that can't be written: what was due stays due."""
    return StorageError(
        f"home folder {home.path}: cannot be written ({error}); free space or change its permissions. "
        "What was due stays due"
    )
