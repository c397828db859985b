"""What the pages ask of the register, as SQL with names. Reads only; knows nothing of languages or HTML."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any, NamedTuple

Row = sqlite3.Row


class Health(NamedTuple):
    """How fresh the host list is. `age_days` are civil days; None when no run was ever good."""

    run_id: int | None
    observed_at: str | None
    age_days: int | None
    stale: bool


def health(conn: sqlite3.Connection, today: date, stale_after_days: int) -> Health:
    """The state of the last good run of the host list (accepted or unchanged)."""
    from hdswatch_site.i18n import to_date

    row = conn.execute(
        "SELECT id, finished_at FROM runs WHERE source = 'hosts' AND outcome IN ('accepted', 'unchanged')"
        " ORDER BY finished_at DESC, id DESC LIMIT 1"
    ).fetchone()
    seen = to_date(row["finished_at"]) if row else None
    if row is None or seen is None:
        return Health(None, None, None, True)
    age = (today - seen).days
    return Health(row["id"], row["finished_at"], age, age > stale_after_days)


def host(conn: sqlite3.Connection, key: str) -> Row | None:
    return conn.execute("SELECT * FROM hosts WHERE id = ?", (key,)).fetchone()


def aliases(conn: sqlite3.Connection, key: str) -> list[Row]:
    return conn.execute("SELECT * FROM host_aliases WHERE host_id = ? ORDER BY kind, alias", (key,)).fetchall()


def certificates(conn: sqlite3.Connection, host_id: str | None = None) -> list[dict[str, Any]]:
    """The certificates of a host, or all of them; each with `activities`, a sorted list, and its référentiel's last day."""
    rows = conn.execute(
        "SELECT c.*, r.usable_until, f.name AS certifier_name,"
        " (SELECT group_concat(activity_id) FROM certificate_activities a WHERE a.certificate_id = c.id) AS held"
        " FROM certificates c LEFT JOIN referentials r ON r.version = c.referential"
        " LEFT JOIN certifiers f ON f.id = c.certifier_id"
        + (" WHERE c.host_id = :host" if host_id is not None else "")
        + " ORDER BY c.host_id, c.listed DESC, c.expires_on DESC",
        {"host": host_id},
    ).fetchall()
    return [
        {**dict(row), "activities": sorted(map(int, row["held"].split(","))) if row["held"] else []} for row in rows
    ]


def changes(
    conn: sqlite3.Connection, *, host: str = "", kind: str = "", month: str = "", limit: int = 50, offset: int = 0
) -> list[Row]:
    """Changes, newest first."""
    return conn.execute(
        "SELECT c.*, h.legal_name, f.name AS certifier_name, k.number AS certificate_number, k.host_id AS owner_id"
        " FROM changes c LEFT JOIN hosts h ON h.id = c.host_id LEFT JOIN certifiers f ON f.id = c.certifier_id"
        " LEFT JOIN certificates k ON k.id = c.certificate_id"
        " WHERE (:host = '' OR c.host_id = :host) AND (:kind = '' OR c.kind = :kind)"
        " AND (:month = '' OR substr(c.observed_at, 1, 7) = :month)"
        " ORDER BY c.observed_at DESC, c.id DESC LIMIT :limit OFFSET :offset",
        {"host": host, "kind": kind, "month": month, "limit": limit, "offset": offset},
    ).fetchall()


def counts(conn: sqlite3.Connection, today: date) -> dict[str, int]:
    """The home page's figures."""
    soon, ago = str(today + timedelta(days=90)), str(today - timedelta(days=30))
    row = conn.execute(
        "SELECT (SELECT count(*) FROM hosts WHERE listed) AS hosts,"
        " (SELECT count(*) FROM certificates WHERE listed AND expires_on BETWEEN :today AND :soon) AS expiring,"
        " (SELECT count(*) FROM changes WHERE observed_at >= :ago) AS changes,"
        " (SELECT count(*) FROM certifiers WHERE listed) AS certifiers",
        {"today": str(today), "soon": soon, "ago": ago},
    ).fetchone()
    return dict(row)


def next_expiries(conn: sqlite3.Connection, today: date, limit: int = 8) -> list[Row]:
    """Listed certificates by the day they stop, soonest first."""
    return conn.execute(
        "SELECT c.id, c.number, c.expires_on, h.id AS host_id, h.legal_name FROM certificates c"
        " JOIN hosts h ON h.id = c.host_id WHERE c.listed AND c.expires_on >= ? ORDER BY c.expires_on, h.sort_key LIMIT ?",
        (str(today), limit),
    ).fetchall()


def activities(conn: sqlite3.Connection) -> list[Row]:
    return conn.execute("SELECT * FROM activities ORDER BY id").fetchall()
