"""The page of one host: what it is certified for today, until when, and where that is written."""

from __future__ import annotations

import sqlite3

from hdswatch_site import errors, queries, status
from hdswatch_site.web import Answer, Visit, html


def host(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """404 for an unknown id."""
    found = visit.register.hosts.get(visit.names["id"])
    if found is None:
        return errors.answer(visit, 404)
    state = status.host_state(found, visit.register, visit.today)
    return html(
        visit, "host.html", host=found, aliases=queries.aliases(conn, found.id), state=state,
        reasons={one.id: status.certificate_reasons(state.day, one) for one in found.certificates},
        changes=queries.changes(conn, host=found.id, limit=20),
        health=queries.health(conn, visit.today, visit.options.stale_after_days),
    )  # fmt: skip
