"""Finding hosts by name, brand, former name, SIREN or certificate number. The rule is the saved query `search`."""

from __future__ import annotations

import sqlite3

from registry.saved_queries import SAVED_QUERIES

LONGEST = 200


def host_ids(conn: sqlite3.Connection, asked: str, limit: int) -> list[str]:
    """Ids of the hosts that answer, best first."""
    rows = conn.execute(SAVED_QUERIES["search"].sql, {"q": asked}).fetchmany(limit)
    return [row["id"] for row in rows]


def all_ids(conn: sqlite3.Connection) -> list[str]:
    """Ids of all hosts, by name."""
    return [row["id"] for row in conn.execute("SELECT id FROM hosts ORDER BY sort_key, id")]
