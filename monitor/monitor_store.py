"""`monitor.db`: what the organisation knows, was told and did. Owns its tables, its versions and its safe opening.

Private: contracts, recipients' masked labels and alert state are here and nowhere else; no channel address and no
secret is. Must not decide anything. A damaged or newer file is named and left as it is.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path

from registry.errors import ConfigurationError, StorageError
from registry.home import PRIVATE_FILE, Home
from registry.store import bring_up_to_date, refuse_newer, storage_error, transaction

__all__ = ["check_database", "get_meta", "open_reader", "open_store", "set_meta", "transaction"]

APPLICATION_ID = 0x48445357
"""`HDSW`: tells our file from any other SQLite database."""

_V1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE recipients (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('mail', 'service', 'unresolved')),
  fingerprint TEXT NOT NULL UNIQUE, label TEXT NOT NULL, first_seen TEXT NOT NULL, introduced TEXT);
CREATE TABLE contracts (
  id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, verdict TEXT NOT NULL, core_verdict TEXT NOT NULL,
  codes TEXT NOT NULL, coverage_end TEXT, judged_on TEXT NOT NULL, run_id INTEGER);
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, contract TEXT NOT NULL, family TEXT NOT NULL,
  episode INTEGER NOT NULL, state TEXT NOT NULL
    CHECK (state IN ('PENDING', 'OPEN', 'ACKED', 'UNVERIFIED', 'RESOLVED')),
  severity TEXT NOT NULL, codes TEXT NOT NULL, sightings TEXT NOT NULL, coverage_end TEXT, lapsed INTEGER NOT NULL,
  opened_at TEXT NOT NULL, resolved_at TEXT, reason TEXT NOT NULL, clear_run INTEGER,
  ack_kind TEXT, ack_by TEXT, ack_at TEXT, ack_until TEXT, ack_reason TEXT,
  UNIQUE (contract, family, episode));
CREATE INDEX alerts_live ON alerts (contract) WHERE state <> 'RESOLVED';
CREATE TABLE events (
  id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, ref TEXT NOT NULL,
  alert_id INTEGER REFERENCES alerts(id),
  contract TEXT, urgent INTEGER NOT NULL, created_at TEXT NOT NULL, content TEXT NOT NULL);
CREATE INDEX events_ref ON events (ref);
CREATE TABLE told (
  alert_id INTEGER NOT NULL REFERENCES alerts(id), recipient_id INTEGER NOT NULL REFERENCES recipients(id),
  step TEXT NOT NULL, told_on TEXT NOT NULL, threshold INTEGER, message INTEGER NOT NULL,
  event_id TEXT NOT NULL REFERENCES events(id), PRIMARY KEY (alert_id, recipient_id, step)) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, event_id TEXT NOT NULL REFERENCES events(id),
  recipient_id INTEGER NOT NULL REFERENCES recipients(id), contact TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('due', 'leased', 'delivered', 'dropped')), thread TEXT,
  created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, first_failed_at TEXT, last_attempt_at TEXT,
  wait INTEGER NOT NULL DEFAULT 0, lease TEXT, error TEXT, delivered_at TEXT, UNIQUE (event_id, recipient_id));
CREATE INDEX outbox_open ON outbox (state) WHERE state IN ('due', 'leased');
CREATE TABLE outages (
  id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, started_at TEXT NOT NULL, told_at TEXT, ended_at TEXT,
  reason TEXT NOT NULL);
CREATE TABLE holds (
  id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, run_id INTEGER NOT NULL UNIQUE, started_at TEXT NOT NULL,
  contracts TEXT NOT NULL, ended_at TEXT, ended_by TEXT, reason TEXT);
CREATE TABLE crawls (
  id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT, outcomes TEXT NOT NULL DEFAULT '{}');
CREATE TABLE jobs (
  name TEXT PRIMARY KEY, last_run_at TEXT, last_ok_at TEXT, failures INTEGER NOT NULL DEFAULT 0,
  error TEXT) WITHOUT ROWID;
CREATE TABLE used_tokens (nonce TEXT PRIMARY KEY, used_at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, entry TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);
"""

_V2 = """
ALTER TABLE outbox ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
"""
"""`asked`: the seconds that the far end itself asked us to wait; `wait` is what the ladder makes of it."""

MIGRATIONS: tuple[str, ...] = (_V1, _V2)
"""Script *n* brings a file from version *n* to *n + 1*. Only ever appended to."""


def open_store(home: Home, *, create: bool = True) -> sqlite3.Connection:
    """Opens `monitor.db` ready for work: checked, brought to this program's version, rows by name.

    With `create` False a missing file is a ConfigurationError. Raises StorageError naming the file when it is damaged,
    not ours, or written by a newer program; such a file is never touched.
    """
    path = home.monitor_db
    if not path.exists():
        if not create:
            raise ConfigurationError(
                f"{path}: nothing is watched from this home yet; run `hdswatch once` first, "
                "or give its folder with --home"
            )
        _make(path)
    conn = _connect(path)
    try:
        _check(conn, path)
        _migrate(conn, path)
    except BaseException:
        conn.close()
        raise
    return conn


def open_reader(home: Home) -> sqlite3.Connection | None:
    """A read-only connection for status pages, or None when nothing is watched yet. Raises StorageError as above."""
    path = home.monitor_db
    if not path.exists():
        return None
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)
    conn.row_factory = sqlite3.Row
    try:
        _check(conn, path)
    except BaseException:
        conn.close()
        raise
    return conn


def get_meta(conn: sqlite3.Connection, key: str) -> str | None:
    """A value of the home's own, or None."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row["value"])


def set_meta(conn: sqlite3.Connection, key: str, value: str) -> None:
    """Keeps a value of the home's own."""
    conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


def check_database(path: Path) -> None:
    """Proves that a SQLite file can be read whole. Raises StorageError naming it; says nothing of a missing file."""
    if not path.exists():
        return
    if path.stat().st_size == 0:
        raise _damaged(path, "an empty file")
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        _quick_check(conn, path)
    finally:
        conn.close()


def _make(path: Path) -> None:
    """A new database is built aside and moved into place whole, so an empty file at `path` always means damage."""
    aside = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        conn = sqlite3.connect(aside, isolation_level=None)
        try:
            conn.executescript(
                f"PRAGMA synchronous = FULL; BEGIN; PRAGMA application_id = {APPLICATION_ID};"
                f"{''.join(MIGRATIONS)} PRAGMA user_version = {len(MIGRATIONS)};"
            )
            conn.execute("INSERT INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
            conn.execute("COMMIT")
        finally:
            conn.close()
        os.rename(aside, path)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"home folder {path.parent}: cannot make {path.name} ({error}); free space or change its permissions"
        ) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None, timeout=10)
    conn.row_factory = sqlite3.Row
    return conn


def _check(conn: sqlite3.Connection, path: Path) -> None:
    if path.stat().st_size == 0:
        raise _damaged(path, "an empty file")
    _quick_check(conn, path)
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StorageError(f"{path}: expected a monitor database of hdswatch, found another program's; move it away")
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    refuse_newer(path, version, len(MIGRATIONS))


def _quick_check(conn: sqlite3.Connection, path: Path) -> None:
    try:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = FULL")
        answer = conn.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StorageError(
                f"{path}: busy for more than 10 seconds; try again when the other command ends"
            ) from error
        raise _damaged(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from error
    if answer != "ok":
        raise _damaged(path, str(answer))


def _damaged(path: Path, found: str) -> StorageError:
    return StorageError(
        f"{path}: damaged, found {found}; it was left as it is. Restore a backup with `hdswatch restore DIR`, "
        "or move the file away to start anew"
    )


def _migrate(conn: sqlite3.Connection, path: Path) -> None:
    """Brings an older file forward after keeping a copy beside it: all the way or not at all."""
    try:
        bring_up_to_date(
            conn, path, newest=len(MIGRATIONS), migrations=dict(enumerate(MIGRATIONS)), schema="".join(MIGRATIONS)
        )
    except (sqlite3.Error, OSError) as error:
        raise storage_error(error, path) from error
