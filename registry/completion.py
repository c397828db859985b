"""A published register that has only the tables of the contract (section 3), made whole for the site: with the views,
the search table, and a history that begins with what the tables show now.

Such a file was not written by `publish` but by hand or by another program. Owns the copy; never touches the original.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from registry.publish import fill_search
from registry.published_schema import SCHEMA_VERSION
from registry.store import statements
from registry.views import EXTRA_TABLES, INDEXES, VIEWS

_VERSIONED = (("host", "host_id"), ("certificate", "certificate_id"), ("certifier", "certifier_id"))
_GOOD = "outcome IN ('accepted', 'unchanged')"


def is_complete(path: Path) -> bool:
    """Whether `publish` wrote the file. A file that is no database counts as complete: whoever reads it will say so."""
    try:
        with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True)) as conn:
            found = conn.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('hosts', 'publication')").fetchone()
    except sqlite3.DatabaseError:
        return True
    return bool(found[0] != 1)


def completed(path: Path, folder: Path) -> Path:
    """A whole copy of the register, of the same name, in another folder."""
    target = folder / path.name
    shutil.copyfile(path, target)
    target.chmod(0o600)
    with closing(sqlite3.connect(target, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = OFF")
        conn.execute("PRAGMA foreign_keys = OFF")
        complete(conn)
    return target


def complete(conn: sqlite3.Connection) -> None:
    """Adds to an open register what `publish` adds beyond the contract's tables; views and indexes it has are replaced."""
    for name, kind in conn.execute("SELECT name, type FROM sqlite_master WHERE type IN ('view', 'index')").fetchall():
        if not name.startswith("sqlite_autoindex"):
            conn.execute(f'DROP {kind} "{name}"')
    for statement in statements(EXTRA_TABLES):
        conn.execute(statement)
    conn.execute(
        f"INSERT INTO readings SELECT id, source, finished_at, substr(finished_at, 1, 10) FROM runs WHERE {_GOOD}"
    )
    for kind, key in _VERSIONED:
        _first_version(conn, kind, key)
    fill_search(conn)
    for statement in statements(INDEXES + VIEWS):
        conn.execute(statement)
    conn.execute(
        f"INSERT INTO publication VALUES (0, (SELECT coalesce(max(finished_at), '') FROM runs), {SCHEMA_VERSION})"
    )
    conn.execute("ANALYZE")


def _first_version(conn: sqlite3.Connection, kind: str, key: str) -> None:
    """One version of each row: what is shown now has been shown since it was first seen."""
    wanted = [row[1] for row in conn.execute(f"PRAGMA table_info({kind}_versions)")]
    activities = (
        "(SELECT group_concat(activity_id) FROM (SELECT activity_id FROM certificate_activities"
        " WHERE certificate_id = one.id ORDER BY activity_id))"
    )
    last_run = f"(SELECT max(id) FROM runs WHERE {_GOOD})"
    seen = "coalesce(first_seen, last_seen, '0001-01-01')"
    gone = "date(substr(last_seen, 1, 10), '+1 day')"
    if kind != "certifier":
        gone = f"coalesce(substr(delisted_on, 1, 10), {gone})"
    values = {
        key: "one.id", "seen_from": f"substr({seen}, 1, 10)", "observed_from": seen, "run_id": last_run, "first": "1",
        "seen_until": f"CASE WHEN NOT listed THEN {gone} END", "observed_until": "NULL",
        "sha256": "NULL", "locator": "NULL", "activities": activities,
    }  # fmt: skip
    chosen = ", ".join(values.get(name, f"one.{name}") for name in wanted)
    conn.execute(f"INSERT INTO {kind}_versions ({', '.join(wanted)}) SELECT {chosen} FROM {kind}s AS one")
