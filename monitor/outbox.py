"""Messages on their way: one row a recipient, kept until the far end took it, tried again and again until then.

Owns the retry ladder, leases and quiet hours. Must not decide what is said: events come rendered, and every try of a
row sends the same bytes with the same event id.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

from monitor import journal
from monitor.monitor_store import transaction
from monitor.recipients import Directory
from monitor.watchlist_schema import QuietHours
from registry.clock import PARIS, parse_instant, stamp

if TYPE_CHECKING:
    from monitor.wire import Parcel, Receipt

LADDER = (60, 300, 900, 3600, 14400)
"""Seconds to wait after the 1st, 2nd… failed try; the last one repeats."""
TELL_BACKUP_AFTER = timedelta(hours=1)
DEAD_AFTER = timedelta(hours=24)
"""A recipient that took nothing for so long turns health red."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass
class Delivered:
    """What one round of sending came to."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    """Failed earlier and not yet due again."""
    quiet: int = 0
    """Held back by quiet hours."""
    unreachable: int = 0
    """For a channel that has no address now."""
    results: list[tuple[str, str, bool, str]] = field(default_factory=list)
    """(channel, masked recipient, delivered, detail) of each try."""


def new_reference(conn: sqlite3.Connection) -> str:
    """A reference that no message has carried yet: `HDS-` and six letters or digits that can't be misread."""
    while True:
        ref = "HDS-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))
        taken = "SELECT 1 FROM events WHERE ref = ?1 UNION ALL SELECT 1 FROM alerts WHERE ref = ?1"
        if conn.execute(taken, (ref,)).fetchone() is None:
            return ref


def new_event() -> str:
    """The id that marks every copy and every try of one message."""
    return secrets.token_hex(16)


def put(
    conn: sqlite3.Connection,
    now: datetime,
    *,
    key: str,
    kind: str,
    ref: str,
    event: str,
    urgent: bool,
    content: dict[str, Any],
    recipients: Iterable[int],
    directory: Directory,
    alert_id: int | None = None,
    contract: str | None = None,
) -> str:
    """Puts one message into the outbox, a row a recipient. Part of the caller's transaction.

    `key` says what the message is about, without text, language or address; a message whose key is there already is
    not put again. Gives the event id under which the message stands.
    """
    made = conn.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING id",
        (event, key, kind, ref, alert_id, contract, int(urgent), stamp(now), json.dumps(content, ensure_ascii=False)),
    ).fetchone()
    if made is None:
        return str(conn.execute("SELECT id FROM events WHERE key = ?", (key,)).fetchone()["id"])
    for recipient in recipients:
        contact = directory.contact_of(recipient)
        conn.execute(
            "INSERT INTO outbox (event_id, recipient_id, contact, state, thread, created_at)"
            " VALUES (?, ?, ?, 'due', ?, ?)",
            (event, recipient, contact, _thread(conn, ref, recipient), stamp(now)),
        )
        journal.write(conn, now, "queued", ref=ref, kind=kind, event=event, contact=contact, recipient=recipient)
    return event


def message_id(event: str, recipient: int) -> str:
    """The local part of a mail's Message-ID: the same on every try, its own for every copy."""
    return f"{event}.{recipient}"


def _thread(conn: sqlite3.Connection, ref: str, recipient: int) -> str | None:
    """The first message that this recipient got under a reference: what later ones follow up."""
    row = conn.execute(
        "SELECT event_id FROM outbox JOIN events ON events.id = event_id WHERE ref = ? AND recipient_id = ?"
        " ORDER BY outbox.id LIMIT 1",
        (ref, recipient),
    ).fetchone()
    return message_id(row["event_id"], recipient) if row else None


def wait_after(attempts: int, asked: int) -> int:
    """Seconds until the next try after so many failed ones. A Retry-After may lengthen it, never shorten it."""
    return max(LADDER[min(attempts, len(LADDER)) - 1], asked)


def is_due(row: sqlite3.Row, now: datetime, tried: set[int] | None = None) -> bool:
    """Whether a row's wait is over. A clock that jumped back must not stretch it.

    With `tried`, the rows that this pass has tried, the ladder is left out: a person who asks for a pass wants what
    stayed due to be tried now. What the far end asked for is kept all the same.
    """
    if tried is not None and row["id"] in tried:
        return False
    if row["last_attempt_at"] is None:
        return True
    last = parse_instant(row["last_attempt_at"])
    return now < last or now - last >= timedelta(seconds=row["wait"] if tried is None else row["asked"])


def in_quiet_hours(quiet: QuietHours | None, now: datetime) -> bool:
    """Whether it is quiet in Paris: from `start` to `end`, over midnight when `end` is earlier."""
    if quiet is None:
        return False
    clock = now.astimezone(PARIS).time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def reclaim(conn: sqlite3.Connection) -> int:
    """Takes back what a process held that died while sending. Only the holder of the home's lock may call it."""
    with transaction(conn):
        return conn.execute("UPDATE outbox SET state = 'due', lease = NULL WHERE state = 'leased'").rowcount


def deliver(
    conn: sqlite3.Connection, directory: Directory, clock: Callable[[], datetime], stop: Event | None = None,
    tried: set[int] | None = None,
) -> Delivered:  # fmt: skip
    """Sends everything that is due, oldest untried first. Each send is leased before and settled after it, in
    transactions of their own, so a crash repeats at most the one message that was in flight. `tried`: see `is_due`;
    the rows that are tried here are added to it."""
    total = Delivered()
    hung: set[int] = set()
    rows = conn.execute(
        "SELECT outbox.*, events.urgent, events.kind, events.ref, events.content FROM outbox"
        " JOIN events ON events.id = event_id WHERE outbox.state = 'due' ORDER BY outbox.attempts, outbox.id"
    ).fetchall()
    for row in rows:
        if stop is not None and stop.is_set():
            break
        _deliver_one(conn, row, directory, clock, total, hung, tried)
    return total


def _deliver_one(
    conn: sqlite3.Connection, row: sqlite3.Row, directory: Directory, clock: Callable[[], datetime], total: Delivered,
    hung: set[int], tried: set[int] | None,
) -> None:  # fmt: skip
    now, recipient = clock(), row["recipient_id"]
    channel = directory.homes.get(recipient)
    if channel is None:
        _drop(conn, row, now)
        return
    state = directory.channels[channel]
    if in_quiet_hours(state.channel.quiet_hours, now) and not row["urgent"]:
        total.quiet += 1
        return
    if not is_due(row, now, tried):
        total.waiting += 1
        return
    address = directory.addresses.get(recipient)
    if address is None:
        total.unreachable += 1
        _note_failure(conn, row, now, "no address")
        return
    if recipient in hung:
        total.failed += 1
        return
    from monitor.delivery import send

    with transaction(conn):
        lease = f"{os.getpid()}"
        conn.execute("UPDATE outbox SET state = 'leased', lease = ? WHERE id = ?", (lease, row["id"]))
    if tried is not None:
        tried.add(row["id"])
    receipt = send(address, parcel_of(row), now)
    _settle(conn, row, clock(), receipt)
    total.results.append((channel, address.label, receipt.delivered, receipt.detail))
    total.sent += receipt.delivered
    total.failed += not receipt.delivered
    if receipt.timed_out:
        hung.add(recipient)


def parcel_of(row: sqlite3.Row) -> Parcel:
    """The message of an outbox row, joined with its event."""
    from monitor.wire import Parcel

    content = json.loads(row["content"])
    return Parcel(
        kind=row["kind"], event=row["event_id"], ref=row["ref"],
        message_id=message_id(row["event_id"], row["recipient_id"]), thread=row["thread"], **content,
    )  # fmt: skip


def _settle(conn: sqlite3.Connection, row: sqlite3.Row, now: datetime, receipt: Receipt) -> None:
    if not receipt.delivered:
        _note_failure(conn, row, now, receipt.detail, receipt)
        return
    with transaction(conn):
        conn.execute(
            "UPDATE outbox SET state = 'delivered', lease = NULL, attempts = attempts + 1, last_attempt_at = ?1,"
            " delivered_at = ?1, error = NULL WHERE id = ?2",
            (stamp(now), row["id"]),
        )
        journal.write(
            conn, now, "delivered", ref=row["ref"], kind=row["kind"], event=row["event_id"], contact=row["contact"],
            recipient=row["recipient_id"], answer=receipt.detail,
        )  # fmt: skip


def _note_failure(
    conn: sqlite3.Connection, row: sqlite3.Row, now: datetime, detail: str, receipt: Receipt | None = None
) -> None:
    """Keeps a row due; without a receipt nothing was tried."""
    asked = receipt.retry_after if receipt else 0
    wait = wait_after(row["attempts"] + 1, asked) if receipt else 0
    with transaction(conn):
        conn.execute(
            "UPDATE outbox SET state = 'due', lease = NULL, attempts = attempts + ?1, error = ?2,"
            " last_attempt_at = CASE WHEN ?1 THEN ?3 ELSE last_attempt_at END, wait = ?4, asked = ?5,"
            " first_failed_at = COALESCE(first_failed_at, ?3) WHERE id = ?6",
            (int(receipt is not None), detail, stamp(now), wait, asked, row["id"]),
        )
        if row["first_failed_at"] is None:
            journal.write(
                conn, now, "failed", ref=row["ref"], kind=row["kind"], event=row["event_id"], contact=row["contact"],
                recipient=row["recipient_id"], answer=detail,
            )  # fmt: skip


def _drop(conn: sqlite3.Connection, row: sqlite3.Row, now: datetime) -> None:
    """The recipient left the watchlist: nobody is there to take the message."""
    with transaction(conn):
        conn.execute("UPDATE outbox SET state = 'dropped', error = 'recipient removed' WHERE id = ?", (row["id"],))
        journal.write(
            conn, now, "dropped", ref=row["ref"], kind=row["kind"], event=row["event_id"], contact=row["contact"],
            recipient=row["recipient_id"], answer="recipient removed from the watchlist",
        )  # fmt: skip
