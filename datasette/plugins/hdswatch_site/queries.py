"""What the pages ask of the register beyond its snapshot, as named SQL. Reads only; knows no language and no HTML."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from monitor.verdicts import registry_age

if TYPE_CHECKING:
    from hdswatch_site.web import Visit

Row = sqlite3.Row

_CHANGES = """
FROM changes c LEFT JOIN hosts h ON h.id = c.host_id LEFT JOIN certifiers f ON f.id = c.certifier_id
LEFT JOIN certificates k ON k.id = c.certificate_id
WHERE (:host = '' OR c.host_id = :host) AND (:kind = '' OR c.kind = :kind)
AND (:month = '' OR substr(c.observed_at, 1, 7) = :month) AND (:certifier = '' OR c.certifier_id = :certifier)
"""
_CHANGE_COLUMNS = "c.*, h.legal_name, f.name AS certifier_name, k.number AS certificate_number"


class Health(NamedTuple):
    """How fresh the host list is. `age_days` are civil days; None when no run was ever good. `set_aside` is the instant
    of a later run that was not believed or did not succeed."""

    run_id: int | None
    observed_at: str | None
    age_days: int | None
    stale: bool
    set_aside: str | None


def health_of(visit: Visit, conn: sqlite3.Connection) -> Health:
    """The state of the last good run of the host list (accepted or unchanged)."""
    age = registry_age(visit.register, visit.today, visit.today)
    stale = age.age_days is None or age.age_days > visit.options.stale_after_days
    later = conn.execute(
        "SELECT max(coalesce(finished_at, started_at)) FROM runs"
        " WHERE source = 'hosts' AND outcome IN ('quarantined', 'failed') AND id > ?",
        (age.run_id or 0,),
    ).fetchone()[0]
    return Health(age.run_id, age.observed_at, age.age_days, stale, later)


def aliases(conn: sqlite3.Connection, host: str) -> list[Row]:
    """Other names of a host."""
    return conn.execute("SELECT * FROM host_aliases WHERE host_id = ? ORDER BY kind, alias", (host,)).fetchall()


def changes(
    conn: sqlite3.Connection, *, host: str = "", kind: str = "", month: str = "", certifier: str = "", limit: int = 50,
    offset: int = 0,
) -> list[Row]:  # fmt: skip
    """Changes, newest first; an empty argument does not narrow."""
    given = {"host": host, "kind": kind, "month": month, "certifier": certifier, "limit": limit, "offset": offset}
    order = "ORDER BY c.observed_at DESC, c.id DESC LIMIT :limit OFFSET :offset"
    return conn.execute(f"SELECT {_CHANGE_COLUMNS} {_CHANGES} {order}", given).fetchall()


def count_changes(
    conn: sqlite3.Connection, *, host: str = "", kind: str = "", month: str = "", since: date | None = None
) -> int:
    """How many changes `changes` would give without a limit. With `since`, a first day, what the first reading of each
    list brought is left out: that was the beginning, not a change."""
    given = {"host": host, "kind": kind, "month": month, "certifier": "", "since": str(since or "")}
    later = "AND c.observed_at >= :since AND c.run_id NOT IN (SELECT min(run_id) FROM readings GROUP BY source)"
    sql = f"SELECT count(*) {_CHANGES} {later if since else ''}"
    return int(conn.execute(sql, given).fetchone()[0])


def change_months(conn: sqlite3.Connection) -> list[str]:
    """Months in which something changed, newest first."""
    rows = conn.execute("SELECT DISTINCT substr(observed_at, 1, 7) FROM changes ORDER BY 1 DESC LIMIT 120")
    return [row[0] for row in rows]


def certifiers(conn: sqlite3.Connection) -> list[Row]:
    """Certification bodies, listed ones first."""
    return conn.execute("SELECT * FROM certifiers ORDER BY listed DESC, name COLLATE NOCASE").fetchall()


def certifier(conn: sqlite3.Connection, key: str) -> Row | None:
    found: Row | None = conn.execute("SELECT * FROM certifiers WHERE id = ?", (key,)).fetchone()
    return found


def contradictions(conn: sqlite3.Connection, host: str) -> list[Row]:
    """Where the list and the certificate document of a host disagree."""
    return conn.execute(
        "SELECT d.*, c.number FROM contradictions d JOIN certificates c ON c.id = d.certificate_id"
        " WHERE c.host_id = ? ORDER BY d.certificate_id, d.field",
        (host,),
    ).fetchall()


def provenance_of(conn: sqlite3.Connection, table: str, keys: list[str]) -> list[Row]:
    """Proofs of some rows of a table, in the order of their keys, with the latest capture of each page."""
    return conn.execute(
        "SELECT p.*, e.url, e.fetched_at FROM json_each(?) AS wanted"
        " JOIN provenance p ON p.table_name = ? AND p.row_id = wanted.value"
        " LEFT JOIN (SELECT sha256, url, max(fetched_at) AS fetched_at FROM evidence GROUP BY sha256) e"
        " ON e.sha256 = p.sha256 ORDER BY wanted.key, p.field",
        (json.dumps(keys), table),
    ).fetchall()
