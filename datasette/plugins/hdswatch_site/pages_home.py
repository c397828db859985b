"""The home page: search, the state of the data, what happens next, what changed."""

from __future__ import annotations

import sqlite3

from hdswatch_site import queries, status
from hdswatch_site.web import Answer, Visit, html

from registry.text import fold


def home(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Search results when `q` is given, the overview else."""
    asked = visit.args.get("q", "").strip()[:200]
    results = []
    if asked:
        found = [visit.register.hosts[row["id"]] for row in search(conn, asked)]
        results = [(host, status.host_state(host, visit.register, visit.today)) for host in found]
    return html(
        visit, "home.html", asked=asked, results=results,
        health=queries.health(conn, visit.today, visit.options.stale_after_days),
        counts=queries.counts(conn, visit.today), expiries=queries.next_expiries(conn, visit.today),
        changes=queries.changes(conn, limit=6),
    )  # fmt: skip


def search(conn: sqlite3.Connection, asked: str, limit: int = 30) -> list[sqlite3.Row]:
    """Hosts by name, brand, former name, SIREN or certificate number; accents, case and ligatures don't matter."""
    conn.create_function("hds_fold", 1, lambda value: fold(str(value)) if value is not None else "", deterministic=True)
    return conn.execute(
        "SELECT DISTINCT h.* FROM hosts h LEFT JOIN host_aliases a ON a.host_id = h.id"
        " LEFT JOIN certificates c ON c.host_id = h.id WHERE hds_fold(h.legal_name) LIKE :like"
        " OR hds_fold(a.alias) LIKE :like OR h.siren = :siren OR hds_fold(c.number) LIKE :like"
        " ORDER BY h.listed DESC, h.sort_key LIMIT :limit",
        {"like": f"%{fold(asked)}%", "siren": asked.replace(" ", ""), "limit": limit},
    ).fetchall()
