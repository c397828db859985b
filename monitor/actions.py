"""What a person does about an alert: take it over, ask for quiet, let held messages go. For the command line and the
private site alike.

Owns these changes to `monitor.db`, each one transaction with its journal entry and the message to the others. Needs no
lock on the home: a daemon may be at work meanwhile.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from monitor import ack_links, alert_store, journal
from monitor.alerts import Ack, State, acknowledge
from monitor.frames import frame_of, known_page
from monitor.messages import compose
from monitor.messages.parts import Letter
from monitor.monitor_store import transaction
from monitor.outbox import new_event, put
from monitor.recipients import resolve
from monitor.watchlist import Watchlist
from registry.clock import paris_date, stamp
from registry.errors import ConfigurationError
from registry.settings import Settings

LONGEST = 500
KINDS = ("ack", "snooze")


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for. `until` is the last day of it."""

    ref: str
    kind: str
    by: str
    until: date
    reason: str


def canonical(ref: str) -> str:
    """`hds-k3x7pq`, `K3X7PQ` → `HDS-K3X7PQ`."""
    cleaned = ref.strip().upper()
    return cleaned if cleaned.startswith("HDS-") else f"HDS-{cleaned}"


def find_alert(conn: sqlite3.Connection, ref: str) -> sqlite3.Row:
    """The row of an alert that is not closed. Raises ConfigurationError naming the reference."""
    row = conn.execute("SELECT * FROM alerts WHERE ref = ?", (canonical(ref),)).fetchone()
    if row is None:
        about = conn.execute("SELECT kind FROM events WHERE ref = ?", (canonical(ref),)).fetchone()
        what = f"is the reference of a message of kind {about['kind']}, not of an alert" if about else "is not known"
        raise ConfigurationError(f"reference {ref}: {what}; `hdswatch alerts list` shows the open alerts")
    return row  # type: ignore[no-any-return]  # sqlite3 gives Any


def act(
    conn: sqlite3.Connection, settings: Settings, watchlist: Watchlist, request: Request, now: datetime,
    grant: ack_links.Grant | None = None,
) -> None:  # fmt: skip
    """Acknowledges or snoozes one alert; an acknowledgement is told to the other contacts.

    Raises ConfigurationError when the reference, the name, the reason or the day won't do; then nothing is changed.
    `grant` is the token of a link, used up by this.
    """
    _check(request, now)
    with transaction(conn):
        row = find_alert(conn, request.ref)
        if row["state"] == State.RESOLVED:
            raise ConfigurationError(f"reference {row['ref']}: this alert is closed since {row['resolved_at']}")
        if grant is not None:
            ack_links.use_token(conn, grant, now)
        ack = Ack(request.kind, request.by.strip(), request.until, request.reason.strip(), now)
        alert_store.write_alert(conn, row["id"], acknowledge(alert_store.from_row(row), ack), stamp(now))
        journal.write(
            conn, now, "acknowledged" if request.kind == "ack" else "snoozed", ref=row["ref"], by=ack.by,
            until=ack.until.isoformat(), reason=ack.reason,
        )  # fmt: skip
        if request.kind == "ack":
            _tell_others(conn, settings, watchlist, row, ack, now)


def _check(request: Request, now: datetime) -> None:
    today = paris_date(now)
    for name, value in (("by", request.by), ("reason", request.reason)):
        if not value.strip() or len(value) > LONGEST:
            raise ConfigurationError(f"--{name}: expected 1 to {LONGEST} characters, found {value[:20]!r}")
    if request.until < today:
        raise ConfigurationError(f"--until: expected today ({today}) or later, found {request.until}")
    if request.kind not in KINDS:
        raise ConfigurationError(f"expected one of {', '.join(KINDS)}, found {request.kind!r}")


def _tell_others(
    conn: sqlite3.Connection, settings: Settings, watchlist: Watchlist, row: sqlite3.Row, ack: Ack, now: datetime
) -> None:
    contract = next((c for c in watchlist.contracts if c.id == row["contract"]), None)
    if contract is None:
        return
    directory = resolve(conn, watchlist, now)
    others = [name for name in contract.notify if name.casefold() != ack.by.casefold()]
    mine = set(directory.of_contacts([name for name in contract.notify if name not in others]))
    letter = Letter(kind="ack", ref=row["ref"], event=new_event(), page=known_page(conn, settings))
    draft = compose.acknowledged(
        frame_of(conn, settings, watchlist, now), letter, contract.supplier, ack.by, ack.until, ack.reason
    )
    recipients = [r for r in directory.of_contacts(others) if r not in mine]
    if recipients:
        put(
            conn, now, key=f"ack|{row['ref']}|{letter.event}", kind="ack", ref=row["ref"], event=letter.event,
            urgent=False, content=draft.content(), recipients=recipients, directory=directory, alert_id=row["id"],
            contract=contract.id,
        )  # fmt: skip


def release(conn: sqlite3.Connection, ref: str, by: str, reason: str, now: datetime) -> None:
    """A person lets the messages of a suspect run go; the next pass sends them. Raises ConfigurationError."""
    with transaction(conn):
        row = conn.execute("SELECT * FROM holds WHERE ref = ?", (canonical(ref),)).fetchone()
        if row is None:
            raise ConfigurationError(f"reference {ref}: no messages are held under it; see `hdswatch alerts list`")
        if row["ended_at"] is not None:
            raise ConfigurationError(f"reference {row['ref']}: ended at {row['ended_at']} ({row['reason']})")
        conn.execute(
            "UPDATE holds SET ended_at = ?, ended_by = ?, reason = 'released' WHERE id = ?", (stamp(now), by, row["id"])
        )
        journal.write(conn, now, "released", ref=row["ref"], by=by, reason=reason)


def delivered_states(conn: sqlite3.Connection, ref: str) -> list[dict[str, object]]:
    """Who was sent what under a reference, and whether it arrived. Labels are masked."""
    rows = conn.execute(
        "SELECT events.id AS event, events.kind, events.created_at, outbox.contact, recipients.label, outbox.state,"
        " outbox.attempts, outbox.delivered_at, outbox.error FROM outbox JOIN events ON events.id = event_id"
        " JOIN recipients ON recipients.id = recipient_id WHERE events.ref = ? ORDER BY outbox.id",
        (canonical(ref),),
    )
    return [dict(row) for row in rows]
