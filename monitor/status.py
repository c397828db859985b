"""How the watch is doing, for people, probes and the private site.

Owns what counts as healthy. Reads only; works beside a running daemon and on a read-only home.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from monitor import crawling
from monitor.digest import digest_slot
from monitor.judging import BEGUN
from monitor.locks import holder, is_held
from monitor.monitor_store import get_meta, open_reader
from monitor.outage import crawl_slot, judge_source
from monitor.outbox import DEAD_AFTER
from monitor.registry_view import read_tries
from registry.clock import paris_date, parse_instant, stamp
from registry.errors import HdsWatchError
from registry.home import Home
from registry.settings import Settings

SILENT_AFTER = timedelta(hours=26)
"""A daily pass may be late by two hours before the watch counts as stopped."""
CLOCK_BACK = timedelta(minutes=5)


@dataclass
class Status:
    """`health`: green, all is well; amber, something is being retried or the source is in trouble; red, an alert may
    reach nobody. Instants are text as stored."""

    home: str
    checked_at: str
    health: str = "green"
    watching_since: str | None = None
    last_pass: str | None = None
    daemon: str | None = None
    registry: dict[str, object] = field(default_factory=dict)
    source: dict[str, object] = field(default_factory=dict)
    outbox: dict[str, object] = field(default_factory=dict)
    alerts: dict[str, int] = field(default_factory=dict)
    jobs: list[dict[str, object]] = field(default_factory=list)
    next: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The document of `status --json`."""
        return {"ok": self.health != "red", **asdict(self)}

    def worse(self, health: str, problem: str) -> None:
        """Notes a problem; health only ever gets worse."""
        self.problems.append(problem)
        if health == "red" or self.health == "green":
            self.health = health


def read_status(home: Home, settings: Settings, now: datetime) -> Status:
    """The state of a home. Never raises for a damaged or missing database: that is a problem to show."""
    status = Status(home=str(home.path), checked_at=stamp(now))
    status.daemon = (holder(home.monitor_lock) or "a process") if is_held(home.monitor_lock) else None
    try:
        conn = open_reader(home)
    except (HdsWatchError, sqlite3.Error) as error:
        status.worse("red", str(error))
        return status
    if conn is None:
        status.worse("red", "nothing is watched from this home yet; run `hdswatch once`")
        return status
    with closing(conn):
        _fill(status, conn, home, settings, now)
    return status


def _fill(status: Status, conn: sqlite3.Connection, home: Home, settings: Settings, now: datetime) -> None:
    status.watching_since = get_meta(conn, BEGUN)
    status.last_pass = get_meta(conn, "last_pass")
    _passes(status, now)
    try:
        _source(status, conn, home, settings, now)
    except HdsWatchError as error:
        status.worse("red", str(error))
    _outbox(status, conn, now)
    status.alerts = {
        row["state"]: row["n"]
        for row in conn.execute("SELECT state, COUNT(*) AS n FROM alerts WHERE state <> 'RESOLVED' GROUP BY state")
    }
    status.jobs = [dict(row) for row in conn.execute("SELECT * FROM jobs ORDER BY name")]
    for job in status.jobs:
        if job["failures"]:
            status.worse("amber", f"job {job['name']} failed {job['failures']} time(s) in a row: {job['error']}")
    status.next = {
        "crawl": stamp(crawl_slot(now, settings.schedule.crawl_at) + timedelta(days=1)),
        "digest": stamp(digest_slot(now, settings.schedule.digest)[0] + timedelta(days=7)),
    }


def _passes(status: Status, now: datetime) -> None:
    if status.last_pass is None:
        status.worse("red", "no pass has ended yet; run `hdswatch once`")
        return
    last = parse_instant(status.last_pass)
    if last - now > CLOCK_BACK:
        status.worse("amber", f"the clock stands at {stamp(now)}, before the last pass at {status.last_pass}; check it")
    elif now - last > SILENT_AFTER:
        status.worse(
            "red", f"the last pass was at {status.last_pass}; start `hdswatch run` or schedule `hdswatch once`"
        )


def _source(status: Status, conn: sqlite3.Connection, home: Home, settings: Settings, now: datetime) -> None:
    tries = [*read_tries(home), *crawling.tries(conn)]
    health = judge_source(tries, now, settings.schedule.crawl_at, settings.monitor.stale_after_days)
    last = health.last_good
    age = None if last is None else max(0, (paris_date(now) - paris_date(last)).days)
    stale = age is None or age > settings.monitor.stale_after_days
    status.registry = {"last_good_run": stamp(last) if last else None, "age_days": age, "stale": stale}
    status.source = {
        "trouble": health.trouble, "reason": health.reason or None,
        "since": stamp(health.since) if health.since else None,
    }  # fmt: skip
    if stale:
        status.worse("red", "the registry is stale or was never read; run `hdswatch crawl all`")
    elif health.trouble or health.tell:
        status.worse("amber", f"the source is in trouble ({health.reason}); see `hdswatch runs list`")
    held = conn.execute("SELECT ref FROM holds WHERE ended_at IS NULL").fetchone()
    if held:
        status.worse(
            "amber", f"messages are held ({held['ref']}): one run changed too much; see `hdswatch alerts list`"
        )


def _outbox(status: Status, conn: sqlite3.Connection, now: datetime) -> None:
    row = conn.execute(
        "SELECT COUNT(*) AS due, COUNT(first_failed_at) AS failing, MIN(first_failed_at) AS since FROM outbox"
        " WHERE state IN ('due', 'leased')"
    ).fetchone()
    dead = dead_channels(conn, now)
    status.outbox = {"due": row["due"], "failing": row["failing"], "failing_since": row["since"], "dead": sorted(dead)}
    for channel, since in sorted(dead.items()):
        status.worse("red", f"channel {channel} has taken nothing since {since}; run `hdswatch notify test {channel}`")
    if row["failing"] and not dead:
        status.worse("amber", f"{row['failing']} message(s) not delivered yet, the oldest since {row['since']}")


def dead_channels(conn: sqlite3.Connection, now: datetime) -> Mapping[str, str]:
    """Channels on which a recipient has taken nothing for a day, and since when."""
    rows = conn.execute(
        "SELECT recipients.channel, MIN(first_failed_at) AS since FROM outbox"
        " JOIN recipients ON recipients.id = recipient_id"
        " WHERE state IN ('due', 'leased') AND first_failed_at <= ? GROUP BY recipients.channel",
        (stamp(now - DEAD_AFTER),),
    )
    return {row["channel"]: row["since"] for row in rows}
