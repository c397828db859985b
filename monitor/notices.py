"""What is told of the watch itself: a contact that can't be reached (kind `delivery`), settings that were refused.

Owns when that is said and to whom: a backup after an hour of failing, everyone else who follows the same contracts
after a day, once each, until something gets through again; refused settings once a day and mistake. Sends nothing.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import datetime

from monitor.frames import frame_of, known_page
from monitor.messages import compose
from monitor.messages.parts import Letter
from monitor.outbox import DEAD_AFTER, TELL_BACKUP_AFTER, new_event, new_reference, put
from monitor.recipients import Directory, resolve
from monitor.watchlist import Contact, Watchlist
from registry.clock import paris_date, parse_instant, stamp
from registry.settings import Settings


def put_delivery_notices(
    conn: sqlite3.Connection, settings: Settings, watchlist: Watchlist, directory: Directory, now: datetime
) -> int:
    """Puts one message into the outbox for each contact that has failed for an hour and has a backup, and one for the
    others when a day has gone by. Part of the caller's transaction; gives how many were put."""
    put_now = 0
    for row in conn.execute(
        "SELECT recipient_id, MIN(first_failed_at) AS since, MAX(urgent) AS urgent FROM outbox"
        " JOIN events ON events.id = event_id WHERE state IN ('due', 'leased') AND first_failed_at <= ?"
        " GROUP BY recipient_id",
        (stamp(now - TELL_BACKUP_AFTER),),
    ).fetchall():
        recipient = int(row["recipient_id"])
        dead = parse_instant(row["since"]) <= now - DEAD_AFTER
        for contact in watchlist.contacts.values():
            if recipient not in directory.of_contact(contact.id):
                continue
            backups = [r for r in directory.of_contact(contact.backup or "") if r != recipient]
            put_now += _put(conn, settings, watchlist, directory, now, row, contact, backups)
            if dead and contact.id == directory.contact_of(recipient):
                others = _others(watchlist, directory, contact, backups)
                put_now += _put(conn, settings, watchlist, directory, now, row, contact, others, dead=True)
    return put_now


def _others(watchlist: Watchlist, directory: Directory, contact: Contact, backups: list[int]) -> list[int]:
    """Who else can know of a channel that stays dead: those who follow the same contracts through another channel."""
    together = [name for c in watchlist.contracts if contact.id in c.notify for name in c.notify]
    return [
        recipient
        for recipient in directory.of_contacts(dict.fromkeys(together))
        if directory.homes[recipient] != contact.channel and recipient not in backups
    ]


def _put(
    conn: sqlite3.Connection, settings: Settings, watchlist: Watchlist, directory: Directory, now: datetime,
    row: sqlite3.Row, contact: Contact, recipients: list[int], *, dead: bool = False,
) -> bool:  # fmt: skip
    if not recipients:
        return False
    recipient = row["recipient_id"]
    last = conn.execute("SELECT MAX(delivered_at) AS at FROM outbox WHERE recipient_id = ?", (recipient,)).fetchone()
    key = f"delivery|{recipient}|{contact.id}|{last['at'] or '-'}{'|dead' if dead else ''}"
    if conn.execute("SELECT 1 FROM events WHERE key = ?", (key,)).fetchone():
        return False
    letter = Letter(kind="delivery", ref=new_reference(conn), event=new_event(), page=known_page(conn, settings))
    draft = compose.delivery_trouble(
        frame_of(conn, settings, watchlist, now), letter, contact.id, contact.channel,
        paris_date(parse_instant(row["since"])), _waiting(conn, recipient), dead=dead,
    )  # fmt: skip
    put(
        conn, now, key=key, kind="delivery", ref=letter.ref, event=letter.event, urgent=bool(row["urgent"]),
        content=draft.content(), recipients=recipients, directory=directory,
    )  # fmt: skip
    return True


def _waiting(conn: sqlite3.Connection, recipient: int) -> list[str]:
    rows = conn.execute(
        "SELECT content FROM outbox JOIN events ON events.id = event_id"
        " WHERE recipient_id = ? AND state IN ('due', 'leased') ORDER BY outbox.id LIMIT 50",
        (recipient,),
    )
    return [json.loads(row["content"])["subject"] for row in rows]


def say_settings_refused(
    conn: sqlite3.Connection, settings: Settings, watchlist: Watchlist, error: str, now: datetime
) -> None:
    """Tells everyone, once a day and mistake, that a reload was refused. Part of the caller's transaction."""
    directory = resolve(conn, watchlist, now)
    letter = Letter(kind="source", ref=new_reference(conn), event=new_event(), page=known_page(conn, settings))
    draft = compose.settings_refused(frame_of(conn, settings, watchlist, now), letter, error)
    mistake = hashlib.sha256(error.encode()).hexdigest()[:16]
    put(
        conn, now, key=f"settings|{paris_date(now)}|{mistake}", kind="source", ref=letter.ref, event=letter.event,
        urgent=False, content=draft.content(), recipients=directory.notified, directory=directory,
    )  # fmt: skip
