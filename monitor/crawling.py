"""The daily crawl as seen from the watch: when it is due, and running it as a child process with a deadline.

Owns the `crawls` table: tries that left no run of their own. Must not read a page: that is for `crawler`.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import IO

from monitor.locks import is_held
from monitor.monitor_store import transaction
from monitor.outage import Try, crawl_slot
from registry.clock import parse_instant, stamp
from registry.home import HOME_VARIABLE, Home
from registry.settings import Settings

SOURCES = ("hosts", "certifiers")
_GRACE_SECONDS = 3.0
_POLL_SECONDS = 0.5
_SKEW = timedelta(minutes=5)
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What a child came to. `outcomes` maps source → (outcome, reason); `interrupted`: we stopped it ourselves."""

    outcomes: dict[str, tuple[str, str]]
    interrupted: bool = False
    detail: str = ""

    @property
    def good(self) -> bool:
        return bool(self.outcomes) and all(o in ("accepted", "unchanged") for o, _ in self.outcomes.values())


def what_to_crawl(settings: Settings) -> str:
    """`all`, unless only one of the two lists was given an address of its own: a list from elsewhere and the official
    one would not belong together."""
    given = {name for name in SOURCES if getattr(settings.crawl, f"{name}_url")}
    return given.pop() if len(given) == 1 else "all"


def is_due(
    tries: Iterable[Try], now: datetime, crawl_at: str, *, first_pass: bool, sources: Container[str] = ("hosts",)
) -> bool:
    """Whether no crawl of the host list was tried since the latest crawl time; `sources` where only another list is
    crawled. Tries from the future (a clock that was wrong) don't count. A home's first pass always crawls."""
    slot = crawl_slot(now, crawl_at)
    return first_pass or not any(t.source in sources and slot <= t.begun <= now + _SKEW for t in tries)


def tries(conn: sqlite3.Connection) -> list[Try]:
    """Tries that ended without leaving a run in the registry: the child died, hung or could not start."""
    found = []
    for row in conn.execute("SELECT * FROM crawls WHERE finished_at IS NOT NULL ORDER BY id"):
        for source, (outcome, reason) in json.loads(row["outcomes"]).items():
            if outcome == "no_run":
                at = parse_instant(row["finished_at"])
                found.append(Try(source, at, False, reason, None, parse_instant(row["started_at"])))
    return found


@dataclass
class Crawl:
    """A crawl at work in a child process. `poll` until it gives a result; the output goes to files, never to a pipe
    that nobody empties."""

    home: Home
    started: datetime
    deadline: float
    child: subprocess.Popen[bytes]
    out: IO[bytes]
    err: IO[bytes]
    waited: float = 0.0

    def poll(self, wait: float) -> CrawlResult | None:
        """Waits up to `wait` seconds. Waiting is counted, not timed, so that a clock that jumps neither lengthens nor
        cuts the deadline."""
        try:
            self.child.wait(wait)
        except subprocess.TimeoutExpired:
            self.waited += wait
            if self.waited < self.deadline:
                return None
            self.stop()
            return _no_run("deadline")
        self.out.seek(0)
        self.err.seek(0)
        result = _read(self.home, self.child.returncode, self.out.read(), self.err.read())
        self._close()
        return result

    def stop(self) -> None:
        """Ends the child and whatever it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(_GRACE_SECONDS)
                break
        self._close()

    def _close(self) -> None:
        self.out.close()
        self.err.close()


def start(home: Home, settings: Settings, now: datetime) -> Crawl | CrawlResult:
    """Starts a crawl, or gives the result that it could not be started."""
    command = [
        sys.executable,
        "-m",
        "monitor.cli",
        "--home",
        str(home.path),
        "crawl",
        what_to_crawl(settings),
        "--json",
    ]
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  closed when the crawl ends
    try:
        child = subprocess.Popen(  # noqa: S603  our own program with our own arguments
            command, stdout=out, stderr=err, stdin=subprocess.DEVNULL,
            env={**os.environ, HOME_VARIABLE: str(home.path)}, start_new_session=True, preexec_fn=_die_with_parent,
        )  # fmt: skip
    except OSError as error:
        return _no_run(f"the crawl could not be started ({error.strerror})")
    return Crawl(home, now, settings.crawl.deadline, child, out, err)


def note(conn: sqlite3.Connection, result: CrawlResult, started: datetime, finished: datetime) -> None:
    """Remembers a crawl that ended by itself. One that was stopped or kept out was not tried."""
    if result.interrupted:
        return
    with transaction(conn):
        conn.execute(
            "INSERT INTO crawls (started_at, finished_at, outcomes) VALUES (?, ?, ?)",
            (stamp(started), stamp(finished), json.dumps(result.outcomes)),
        )
        conn.execute("DELETE FROM crawls WHERE id <= (SELECT MAX(id) FROM crawls) - 1000")


def crawl(
    conn: sqlite3.Connection, home: Home, settings: Settings, clock: Callable[[], datetime], stop: Event | None = None
) -> CrawlResult:
    """Runs one crawl to its end and notes what came of it. Stopped by `stop` or by the deadline."""
    running = start(home, settings, clock())
    started = clock()
    result = running if isinstance(running, CrawlResult) else None
    while result is None:
        assert isinstance(running, Crawl)
        result = running.poll(_POLL_SECONDS)
        if result is None and stop is not None and stop.is_set():
            running.stop()
            result = CrawlResult({}, interrupted=True)
    note(conn, result, started, clock())
    return result


def _die_with_parent() -> None:
    """A crawl must not outlive the pass that wants its result: Linux tells the child when we are gone."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _read(home: Home, code: int, out: bytes, err: bytes) -> CrawlResult:
    try:
        printed = json.loads(out)
        reports = printed if isinstance(printed, list) else [printed]
        outcomes = {
            str(one["source"]): (str(one["outcome"]), "") if one["run_id"] is not None else ("no_run", "crashed")
            for one in reports
        }
        detail = "; ".join(f"{one['source']}: {one['outcome']} {one.get('reason') or ''}".strip() for one in reports)
    except (ValueError, KeyError, TypeError):
        if is_held(home.registry_lock):
            return CrawlResult({}, interrupted=True, detail="another crawl is at work")
        said = err.decode("utf-8", "replace").strip().splitlines()
        return _no_run(said[-1] if said else f"the crawl ended with code {code} and said nothing")
    return CrawlResult(outcomes, detail=detail)


def _no_run(detail: str) -> CrawlResult:
    reason = "deadline" if detail == "deadline" else "crashed"
    return CrawlResult({"hosts": ("no_run", reason)}, detail=detail)
