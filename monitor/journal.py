"""The journal: who was told what and when, and what a person did about it. Each entry seals the one before it.

Owns the chain and the note of its end. An entry can't be changed, taken out or put in between without breaking every
hash that follows, nor be cut off the end. Holds no address and no message text.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.monitor_store import get_meta, set_meta
from registry.clock import stamp

END = "journal_end"
"""Where the hash of the last entry is kept a second time."""
_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. `what` is a short word: `queued`, `delivered`, `acknowledged`…"""

    id: int
    at: str
    what: str
    details: dict[str, object]


def write(conn: sqlite3.Connection, now: datetime, what: str, **details: object) -> None:
    """Adds an entry. Part of the caller's transaction, so that the journal says what the tables say."""
    last = conn.execute("SELECT hash FROM journal ORDER BY id DESC LIMIT 1").fetchone()
    previous = str(last["hash"]) if last else _START
    at = stamp(now)
    entry = json.dumps({"what": what, **details}, ensure_ascii=False, sort_keys=True)
    sealed = seal(previous, at, entry)
    conn.execute("INSERT INTO journal (at, entry, previous, hash) VALUES (?, ?, ?, ?)", (at, entry, previous, sealed))
    if get_meta(conn, END) in (None, previous):  # an end that was cut off stays to be seen
        set_meta(conn, END, sealed)


def seal(previous: str, at: str, entry: str) -> str:
    """SHA-256 over the previous seal, the instant and the entry, each on a line of its own."""
    return hashlib.sha256(f"{previous}\n{at}\n{entry}".encode()).hexdigest()


def verify(conn: sqlite3.Connection) -> tuple[int, str | None]:
    """(entries read, None) when the chain holds, else (entries before the break, what is wrong at which entry)."""
    previous, count = _START, 0
    for row in conn.execute("SELECT id, at, entry, previous, hash FROM journal ORDER BY id"):
        if row["id"] != count + 1:
            return count, f"entry {count + 1}: missing, the next one found is {row['id']}"
        if row["previous"] != previous:
            return count, f"entry {row['id']}: does not continue the entry before it"
        if seal(previous, row["at"], row["entry"]) != row["hash"]:
            return count, f"entry {row['id']}: was changed after it was written ({row['at']})"
        previous, count = row["hash"], count + 1
    end = get_meta(conn, END)
    if end is not None and end != previous:
        return count, f"entry {count + 1}: missing, the journal ended later than here"
    return count, None


def entries(conn: sqlite3.Connection, *, ref: str | None = None) -> Iterator[Entry]:
    """The journal from the beginning; only what concerns one reference when it is given."""
    for row in conn.execute("SELECT id, at, entry FROM journal ORDER BY id"):
        details = json.loads(row["entry"])
        if ref is None or details.get("ref") == ref:
            yield Entry(row["id"], row["at"], details.pop("what"), details)
