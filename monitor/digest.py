"""The weekly digest: the heartbeat by which people notice that the watch itself is alive.

Owns when a digest is due and for whom. One a recipient and ISO week, by the first pass after `schedule.digest`; of
missed weeks only the latest.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.alerts import State
from monitor.findings import Code
from monitor.messages import compose
from monitor.messages.compose import OpenAlert
from monitor.monitor_store import get_meta, set_meta
from monitor.outage import clock_on
from registry.clock import paris_date, stamp

if TYPE_CHECKING:
    from monitor.judging import Judging
    from monitor.verdicts import CheckResult

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_VERDICTS = "digest_verdicts"


def digest_slot(now: datetime, schedule: str) -> tuple[datetime, str]:
    """The last digest time up to now, and its ISO week such as `2026-W47`. `schedule` is `mon 08:00`, in Paris."""
    weekday, wall = schedule.split()
    today = paris_date(now)
    day = today - timedelta(days=(today.weekday() - _DAYS.index(weekday)) % 7)
    if clock_on(day, wall) > now:
        day -= timedelta(days=7)
    return clock_on(day, wall), iso_week(day)


def iso_week(day: date) -> str:
    """`2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def remember(conn: sqlite3.Connection, result: CheckResult) -> None:
    """Keeps the verdicts that the next digest compares with."""
    set_meta(conn, _VERDICTS, json.dumps({one.contract.id: str(one.verdict) for one in result.contracts}))


def put_due(judging: Judging) -> None:
    """Writes the digests that are due in this pass: for everyone who knew of the watch when the slot came."""
    slot, week = digest_slot(judging.now, judging.settings.schedule.digest)
    had = _had(judging.conn, week)
    due = [
        recipient
        for recipient, introduced in judging.directory.introduced_at(judging.conn).items()
        if recipient not in had and introduced is not None and introduced < stamp(slot)
    ]
    if not due:
        return
    before = json.loads(get_meta(judging.conn, _VERDICTS) or "{}")
    alerts = open_alerts(judging.conn)
    weekday = judging.settings.schedule.digest.split()[0]
    for contracts, recipients in _by_contracts(judging, due).items():
        verdicts = [one for one in judging.result.contracts if one.contract.id in contracts]
        mine = [alert for alert in alerts if alert.contract in contracts]
        judging.say(
            "digest",
            lambda letter, v=verdicts, a=mine: compose.digest(judging.frame, letter, v, before, a, week, weekday),
            key=f"digest|{week}|{'+'.join(map(str, recipients))}", recipients=recipients,
        )  # fmt: skip
    remember(judging.conn, judging.result)


def put_unread(judging: Judging) -> None:
    """The digests of a home whose list could never be read: for everyone who had heard of it when the slot came."""
    slot, week = digest_slot(judging.now, judging.settings.schedule.digest)
    had = _had(judging.conn, week)
    heard = {
        row["recipient_id"]
        for row in judging.conn.execute("SELECT recipient_id FROM outbox WHERE created_at < ?", (stamp(slot),))
    }
    due = [recipient for recipient in judging.directory.notified if recipient in heard and recipient not in had]
    weekday = judging.settings.schedule.digest.split()[0]
    open_ones = {one.id for one in judging.watchlist.contracts if not one.closed(judging.today)}
    for contracts, recipients in _by_contracts(judging, due).items():
        watched = len(contracts & open_ones)
        judging.say(
            "digest",
            lambda letter, n=watched: compose.digest_unread(judging.frame, letter, n, week, weekday),
            key=f"digest|{week}|{'+'.join(map(str, recipients))}", recipients=recipients,
        )  # fmt: skip


def _had(conn: sqlite3.Connection, week: str) -> set[int]:
    """Who was sent the digest of a week."""
    rows = conn.execute(
        "SELECT recipient_id FROM outbox JOIN events ON events.id = event_id WHERE kind = 'digest' AND key LIKE ?",
        (f"digest|{week}|%",),
    )
    return {row["recipient_id"] for row in rows}


def _by_contracts(judging: Judging, due: list[int]) -> dict[frozenset[str], list[int]]:
    """Recipients who follow the same contracts get the same digest."""
    follows: dict[int, set[str]] = {recipient: set() for recipient in due}
    for contract in judging.watchlist.contracts:
        for recipient in judging.directory.of_contacts(contract.notify):
            if recipient in follows:
                follows[recipient].add(contract.id)
    groups: dict[frozenset[str], list[int]] = defaultdict(list)
    for recipient, contracts in follows.items():
        groups[frozenset(contracts)].append(recipient)
    return groups


def open_alerts(conn: sqlite3.Connection) -> list[OpenAlert]:
    """Alerts that are not closed, oldest first."""
    found = []
    for row in conn.execute("SELECT * FROM alerts WHERE state <> ? ORDER BY opened_at, id", (State.RESOLVED,)):
        codes = json.loads(row["codes"]) or [sighting[0] for sighting in json.loads(row["sightings"])]
        found.append(OpenAlert(row["ref"], row["contract"], tuple(Code(code) for code in codes), row["state"]))
    return found
