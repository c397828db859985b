"""What the private pages know: the watchlist with today's verdicts, the alerts, the messages, the state of the watch.

Reads afresh for each page, save the published register, which is read again only when its file was replaced.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from monitor import alert_views
from monitor.coverage import valid_span
from monitor.findings import Verdict
from monitor.monitor_store import open_reader, open_store
from monitor.status import Status, read_status
from monitor.verdicts import CheckResult, ContractVerdict, check
from monitor.watchlist import Watchlist, load_watchlist
from registry.clock import paris_date
from registry.errors import ConfigurationError, HdsWatchError
from registry.home import Home
from registry.settings import Settings
from registry.snapshot import Snapshot, load

OUTBOX_ROWS = 200
_WORST_FIRST = {verdict: place for place, verdict in enumerate(Verdict)}
View = dict[str, object]


@dataclass
class House:
    """One organisation's home as its private pages show it."""

    home: Home
    settings: Settings
    _loaded: tuple[tuple[int, int, int], Snapshot] | None = field(default=None, repr=False)

    @property
    def public_base(self) -> str:
        """Where the public pages are."""
        return (self.settings.serve.public_url or f"http://127.0.0.1:{self.settings.serve.port}").rstrip("/")

    def watchlist(self) -> Watchlist:
        """The watchlist as it stands. Raises ConfigurationError naming what is wrong in it."""
        return load_watchlist(self.settings.watchlist_path(self.home))

    def language(self) -> str:
        """The watchlist's language, French while it can't be read."""
        try:
            return self.watchlist().language
        except HdsWatchError:
            return "fr"

    def snapshot(self) -> Snapshot:
        """The published register. Raises ConfigurationError when there is none."""
        path = self.home.published_db
        try:
            seen = path.stat()
        except OSError:
            return load(path)
        signature = (seen.st_ino, seen.st_mtime_ns, seen.st_size)
        if self._loaded is None or self._loaded[0] != signature:
            self._loaded = (signature, load(path))
        return self._loaded[1]

    def verdicts(self, now: datetime) -> CheckResult:
        """Every contract's verdict today, worst first and then by what ends soonest."""
        today = paris_date(now)
        result = check(
            self.snapshot(), self.watchlist(), today, today, stale_after_days=self.settings.monitor.stale_after_days
        )
        ordered = sorted(
            result.contracts,
            key=lambda one: (_WORST_FIRST[one.verdict], one.coverage_end or date.max, one.contract.supplier.casefold()),
        )
        return CheckResult(result.snapshot, result.watchlist, result.on, result.registry, tuple(ordered))

    def status(self, now: datetime) -> Status:
        """The state of the watch."""
        return read_status(self.home, self.settings, now)

    def alerts(self, *, everything: bool = False) -> list[View]:
        """Alerts, outages and held messages."""
        with self.reading() as conn:
            return alert_views.list_alerts(conn, everything=everything) if conn else []

    def alert(self, ref: str) -> View:
        """One of them with its messages and its journal. Raises ConfigurationError naming an unknown reference."""
        with self.reading() as conn:
            if conn is None:
                raise ConfigurationError(f"reference {ref}: nothing is watched from this home yet")
            return alert_views.show_alert(conn, ref)

    def outbox(self) -> list[View]:
        """Messages on their way first, then the latest delivered ones. Recipients are masked."""
        with self.reading() as conn:
            if conn is None:
                return []
            rows = conn.execute(
                "SELECT events.ref, events.kind, events.contract, outbox.contact, recipients.label, outbox.state,"
                " outbox.created_at, outbox.attempts, outbox.last_attempt_at, outbox.delivered_at, outbox.error"
                " FROM outbox JOIN events ON events.id = outbox.event_id"
                " JOIN recipients ON recipients.id = outbox.recipient_id"
                " ORDER BY outbox.state IN ('delivered', 'dropped'), outbox.id DESC LIMIT ?",
                (OUTBOX_ROWS,),
            )
            return [dict(row) for row in rows]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A read-only connection to `monitor.db` for a block; None while nothing is watched."""
        conn = open_reader(self.home)
        try:
            yield conn
        finally:
            if conn:
                conn.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection for what a person does."""
        conn = open_store(self.home, create=False)
        try:
            yield conn
        finally:
            conn.close()


def spans(verdict: ContractVerdict, snapshot: Snapshot) -> list[tuple[date, date, bool]]:
    """(first day, last day, holds all that is required) of each certificate of the matched host that can count."""
    found = []
    for certificate, _ in verdict.certificates:
        span = valid_span(certificate, snapshot.referentials)
        if span and certificate.activities and verdict.contract.activities & certificate.activities:
            whole = verdict.contract.activities <= certificate.activities
            found.append((date.fromordinal(span[0]), date.fromordinal(span[1]), whole))
    return found
