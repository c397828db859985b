"""Addresses for machines: health, robots, sitemap."""

from __future__ import annotations

import sqlite3

from hdswatch_site import queries
from hdswatch_site.web import Answer, Visit, as_json


def healthz(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """200 when the register is there and fresh, 503 when it is stale or empty. Names nothing private."""
    state = queries.health(conn, visit.today, visit.options.stale_after_days)
    hosts = conn.execute("SELECT count(*) FROM hosts WHERE listed").fetchone()[0]
    status = "empty" if not hosts or state.run_id is None else "stale" if state.stale else "ok"
    document = {
        "status": status,
        "registry": {"run_id": state.run_id, "observed_at": state.observed_at, "age_days": state.age_days},
        "stale_after_days": visit.options.stale_after_days,
        "hosts": hosts,
    }
    return as_json(document, status=200 if status == "ok" else 503)
