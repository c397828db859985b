"""Writes small published registries, `hds.db`, with the documented tables, for tests of every room."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from registry.published_schema import TABLES

HOST = {"legal_name": "SCALINGO", "sort_key": "scalingo", "siren": "808665483", "country": "FR", "listed": 1,
        "first_seen": "2026-01-01", "last_seen": "2026-11-20"}  # fmt: skip
CERTIFICATE = {"host_id": "scalingo", "certifier_id": "lne", "number": "38436-2", "referential": "v2",
               "referential_label": "v2.0", "issued_on": "2025-09-12", "expires_on": "2028-09-11", "listed": 1,
               "first_seen": "2026-01-01", "last_seen": "2026-11-20"}  # fmt: skip
CERTIFIER = {"name": "LNE", "accreditor": "COFRAC", "accreditation_number": "4-0038", "accredited_on": "2018-10-01",
             "listed": 1}  # fmt: skip
REFERENTIALS = [
    {"version": "v1", "label": "v1", "issue_from": "2018-06-29", "issue_until": "2024-11-16",
     "usable_until": "2026-05-16", "source": "arrêté du 11 juin 2018"},
    {"version": "v2", "label": "v2", "issue_from": "2024-05-16", "source": "arrêté du 26 avril 2024"},
]  # fmt: skip
RUN = {"id": 1, "source": "hosts", "url": "https://example.org/hds", "started_at": "2026-11-20T06:14:00Z",
       "finished_at": "2026-11-20T06:15:00Z", "outcome": "accepted"}  # fmt: skip

Rows = Iterable[Mapping[str, Any]]


def publish(
    path: Path,
    hosts: Rows = ({"id": "scalingo"},),
    certificates: Rows = ({"id": "scalingo-1"},),
    certifiers: Rows = ({"id": "lne"},),
    runs: Rows = (RUN,),
    aliases: Rows = (),
    **more: Rows,
) -> Path:
    """Writes an `hds.db`; rows are completed from the defaults above, `activities` of a certificate are six."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.executescript(TABLES)
        for number in range(1, 7):
            _insert(
                db, "activities", {"id": number, "label_fr": f"a{number}", "label_en": f"a{number}", "legal_basis": "R"}
            )
        for row in REFERENTIALS:
            _insert(db, "referentials", row)
        for row in certifiers:
            _insert(db, "certifiers", CERTIFIER | row)
        for row in hosts:
            _insert(db, "hosts", HOST | row)
        for row in aliases:
            _insert(db, "host_aliases", row)
        for row in certificates:
            values = CERTIFICATE | row
            activities = values.pop("activities", [1, 2, 3, 4, 5, 6])
            _insert(db, "certificates", values)
            for activity in activities:
                _insert(db, "certificate_activities", {"certificate_id": values["id"], "activity_id": activity})
        for row in runs:
            _insert(db, "runs", row)
        for table, rows in more.items():
            for row in rows:
                _insert(db, table, row)
    db.close()
    return path


def _insert(db: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
