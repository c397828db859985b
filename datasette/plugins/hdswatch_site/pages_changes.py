"""What changed on the list, newest first, by kind, month and host."""

from __future__ import annotations

import re
import sqlite3

from hdswatch_site import errors, queries
from hdswatch_site.labels import KIND
from hdswatch_site.pages_home import PAGE_SIZE, page_count, page_number
from hdswatch_site.web import Answer, Visit, html

_MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


def changes(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """400 for a kind or month that can't be, 404 for a host that isn't known."""
    kind, month, host = (visit.args.get(name, "") for name in ("kind", "month", "host"))
    if kind and kind not in KIND:
        return errors.answer(
            visit, 400, visit.words.gettext("Unknown kind of change; known: %(kinds)s", kinds=", ".join(KIND))
        )
    if month and not _MONTH.match(month):
        return errors.answer(visit, 400, visit.words.gettext("A month is written as 2026-11."))
    found = visit.register.hosts.get(host) if host else None
    if host and found is None:
        return errors.answer(visit, 404)
    total = queries.count_changes(conn, host=host, kind=kind, month=month)
    page = page_number(visit, total)
    rows = queries.changes(conn, host=host, kind=kind, month=month, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return html(
        visit, "changes.html", changes=rows, total=total, page=page, pages=page_count(total), kind=kind, month=month,
        host=found, kinds=KIND, months=queries.change_months(conn), health=queries.health_of(visit, conn),
    )  # fmt: skip
