"""Alerts as a person looks at them: a list, and one with all that happened to it. For the command line and the private
site.

Owns what is shown of `monitor.db`; reads only. Recipients appear as masked labels.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from monitor import journal
from monitor.actions import canonical, delivered_states, find_alert
from monitor.alerts import State

View = dict[str, Any]


def list_alerts(conn: sqlite3.Connection, *, everything: bool = False) -> list[View]:
    """Alerts, outages of the source and held messages; without `everything` only what is open. Oldest first."""
    found = [_alert(row) for row in conn.execute("SELECT * FROM alerts ORDER BY opened_at, id")]
    found += [
        _source(row, "source trouble", f"since {row['started_at']}: {row['reason']}")
        for row in conn.execute("SELECT * FROM outages ORDER BY id")
    ]
    found += [
        _source(
            row, "messages held", f"run {row['run_id']} changed {len(json.loads(row['contracts']))} contracts at once"
        )
        for row in conn.execute("SELECT * FROM holds ORDER BY id")
    ]
    return [one for one in found if everything or one["state"] != State.RESOLVED]


def _alert(row: sqlite3.Row) -> View:
    codes = json.loads(row["codes"]) or [sighting[0] for sighting in json.loads(row["sightings"])]
    return {
        "ref": row["ref"], "kind": "alert", "state": row["state"], "severity": row["severity"],
        "contract": row["contract"], "what": ", ".join(codes), "codes": codes, "coverage_end": row["coverage_end"],
        "opened_at": row["opened_at"], "resolved_at": row["resolved_at"], "reason": row["reason"],
        "acked_by": row["ack_by"], "acked_until": row["ack_until"], "ack_kind": row["ack_kind"],
        "ack_reason": row["ack_reason"],
    }  # fmt: skip


def _source(row: sqlite3.Row, what: str, detail: str) -> View:
    return {
        "ref": row["ref"], "kind": "source", "state": "RESOLVED" if row["ended_at"] else "OPEN",
        "severity": "attention", "contract": None, "what": f"{what} ({detail})", "codes": [], "coverage_end": None,
        "opened_at": row["started_at"], "resolved_at": row["ended_at"], "reason": row["reason"],
        "acked_by": None, "acked_until": None, "ack_kind": None, "ack_reason": None,
    }  # fmt: skip


def show_alert(conn: sqlite3.Connection, ref: str) -> View:
    """One alert with its messages and its journal. Raises ConfigurationError naming an unknown reference."""
    others = {one["ref"]: one for one in list_alerts(conn, everything=True)}
    view = others.get(canonical(ref)) or _alert(find_alert(conn, ref))
    told = [
        {
            "event": one["event"], "kind": one["kind"], "contact": one["contact"], "recipient": one["label"],
            "state": one["state"], "attempts": one["attempts"], "created_at": one["created_at"],
            "delivered_at": one["delivered_at"], "error": one["error"],
        }
        for one in delivered_states(conn, ref)
    ]  # fmt: skip
    history = [
        {"at": entry.at, "what": entry.what, **{k: v for k, v in entry.details.items() if k != "ref"}}
        for entry in journal.entries(conn, ref=canonical(ref))
    ]
    return {**view, "messages": told, "journal": history}
