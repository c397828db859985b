"""Finding hosts by name, brand, former name, SIREN or certificate number. The rule is the saved query `search`."""

from __future__ import annotations

import sqlite3

from registry.text import fold

LONGEST = 200


def host_ids(conn: sqlite3.Connection, asked: str, limit: int) -> list[str]:
    """Ids of the hosts that answer, best first."""
    rows = conn.execute(
        "SELECT DISTINCT h.id, h.listed, h.sort_key FROM hosts h LEFT JOIN host_aliases a ON a.host_id = h.id"
        " LEFT JOIN certificates c ON c.host_id = h.id WHERE hds_fold(h.legal_name) LIKE :like"
        " OR hds_fold(a.alias) LIKE :like OR h.siren = :siren OR hds_fold(c.number) LIKE :like"
        " ORDER BY h.listed DESC, h.sort_key LIMIT :limit",
        {"like": f"%{fold(asked)}%", "siren": asked.replace(" ", ""), "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]


def all_ids(conn: sqlite3.Connection) -> list[str]:
    """Ids of all hosts, by name."""
    return [row["id"] for row in conn.execute("SELECT id FROM hosts ORDER BY sort_key, id")]
