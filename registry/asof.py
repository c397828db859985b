"""One host, as a person asks for it: what the list said on a day, what was in force, and how it came to that.

Reads the published registry only. Observation and validity are told apart as in `saved_queries`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import Any

from registry.changes import activity_set
from registry.host_names import name_key
from registry.numbers import normalise_number
from registry.saved_queries import SAVED_QUERIES
from registry.text import fold

Document = dict[str, Any]
_ALIASES = "SELECT alias, kind, source FROM host_aliases WHERE host_id = ? ORDER BY alias"
_CHANGES = "SELECT * FROM changes WHERE host_id = ? ORDER BY observed_at DESC, id DESC"
_CONTRADICTIONS = (
    "SELECT contradictions.* FROM contradictions JOIN certificates ON certificates.id = certificate_id"
    " WHERE host_id = ? ORDER BY certificate_id, field"
)


def find_hosts(conn: sqlite3.Connection, query: str) -> list[sqlite3.Row]:
    """Hosts that a query means: by id, SIREN, certificate number, name or alias; else those that search finds.

    The first key that finds any decides. Several: the query is ambiguous.
    """
    asked = query.strip()
    for ids in (_by_id(conn, asked), _by_siren(conn, asked), _by_number(conn, asked), _by_name(conn, asked)):
        if ids:
            marks = ", ".join("?" * len(ids))
            return conn.execute(f"SELECT * FROM hosts WHERE id IN ({marks}) ORDER BY sort_key, id", ids).fetchall()
    found = [row["id"] for row in conn.execute(SAVED_QUERIES["search"].sql, {"q": asked})]
    rows = {row["id"]: row for row in conn.execute("SELECT * FROM hosts") if row["id"] in found}
    return [rows[id_] for id_ in found]


def _by_id(conn: sqlite3.Connection, asked: str) -> list[str]:
    return [row["id"] for row in conn.execute("SELECT id FROM hosts WHERE id = ?", (asked,))]


def _by_siren(conn: sqlite3.Connection, asked: str) -> list[str]:
    digits = "".join(asked.split())
    return [row["id"] for row in conn.execute("SELECT id FROM hosts WHERE siren = ?", (digits,))]


def _by_number(conn: sqlite3.Connection, asked: str) -> list[str]:
    key = normalise_number(asked)
    rows = conn.execute("SELECT DISTINCT host_id, number FROM certificates WHERE number IS NOT NULL")
    return sorted({row["host_id"] for row in rows if key and normalise_number(row["number"]) == key})


def _by_name(conn: sqlite3.Connection, asked: str) -> list[str]:
    """The one host that has the very name on the list, else all whose names or aliases are like it."""
    key, exact = name_key(asked), fold(asked)
    rows = conn.execute(
        "SELECT id, legal_name AS name, listed FROM hosts UNION ALL SELECT host_id, alias, 0 FROM host_aliases"
    )
    like = [row for row in rows if key and name_key(row["name"]) == key]
    very = {row["id"] for row in like if row["listed"] and fold(row["name"]) == exact}
    return list(very) if len(very) == 1 else sorted({row["id"] for row in like})


def host_document(conn: sqlite3.Connection, host_id: str, on: date, *, as_of: bool) -> Document:
    """Everything about one host. `on` is the day asked about; `as_of`: the certificates are those that the list showed
    that day, instead of all that are known.

    `listed` and `observation` are what the list said (null before the first reading); `activities` and `validity` are
    what was in force.
    """
    host = dict(conn.execute("SELECT * FROM hosts WHERE id = ?", (host_id,)).fetchone())
    said = conn.execute(SAVED_QUERIES["host_on"].sql, {"host": host_id, "on": on.isoformat()}).fetchall()
    said = [row for row in said if row["host_id"] == host_id]
    counting = [row for row in _in_force(conn, on) if row["host_id"] == host_id]
    first = said[0]
    listed = None if first["listed"] is None else bool(first["listed"])
    if as_of and listed:
        host |= {"legal_name": first["legal_name"], "siren": first["siren"]}
    return {
        **host,
        "listed": listed if as_of else bool(host["listed"]),
        "on": on.isoformat(),
        "aliases": _dicts(conn, _ALIASES, host_id),
        "activities": _held(counting),
        "certificates": [_shown(row) for row in said if row["certificate_id"]] if as_of else _known(conn, host_id),
        "observation": {
            "read_on": first["read_on"], "run_id": first["run_id"], "listed": listed,
            "certificates": [row["certificate_id"] for row in said if row["certificate_id"]],
        },
        "validity": {
            "certificates": [row["certificate_id"] for row in counting],
            "activities": _held(counting),
        },
        "changes": _dicts(conn, _CHANGES, host_id),
        "contradictions": _dicts(conn, _CONTRADICTIONS, host_id),
    }  # fmt: skip


def _in_force(conn: sqlite3.Connection, on: date) -> list[sqlite3.Row]:
    return conn.execute(SAVED_QUERIES["in_force_on"].sql, {"on": on.isoformat()}).fetchall()


def _dicts(conn: sqlite3.Connection, sql: str, host_id: str) -> list[Document]:
    return [dict(row) for row in conn.execute(sql, (host_id,))]


def _held(counting: Sequence[sqlite3.Row]) -> list[int]:
    return sorted({activity for row in counting for activity in activity_set(row["activities"])})


def _shown(row: sqlite3.Row) -> Document:
    """A certificate as the list showed it, with its proof."""
    names = (
        "number", "certifier", "referential", "referential_label", "legacy_scopes", "issued_on", "expires_on",
        "source_status", "sha256", "locator",
    )  # fmt: skip
    return {
        "id": row["certificate_id"], **{name: row[name] for name in names}, "listed": True,
        "activities": sorted(activity_set(row["activities"])) or None,
    }  # fmt: skip


def _known(conn: sqlite3.Connection, host_id: str) -> list[Document]:
    """Every certificate that is known of the host, listed ones first."""
    rows = conn.execute(
        "SELECT certificates.*, certifiers.name AS certifier, (SELECT group_concat(activity_id) FROM"
        " certificate_activities WHERE certificate_id = certificates.id) AS activities FROM certificates"
        " LEFT JOIN certifiers ON certifiers.id = certifier_id WHERE host_id = ?"
        " ORDER BY certificates.listed DESC, expires_on DESC, certificates.id",
        (host_id,),
    )
    return [
        {**dict(row), "listed": bool(row["listed"]), "activities": sorted(activity_set(row["activities"])) or None}
        for row in rows
    ]
