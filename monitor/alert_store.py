"""Alerts and judged contracts between passes: rows of `monitor.db` to shapes and back.

Owns these tables' reading and writing. Decides nothing.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from monitor.alerts import Ack, Alert, Family, Reason, Sighting, State, Told, ordered
from monitor.findings import Code
from monitor.watchlist import Contract
from registry.clock import parse_instant, stamp


@dataclass(frozen=True, slots=True)
class Judged:
    """A contract as the last pass found it. `core_verdict` leaves the age of the registry out."""

    fingerprint: str
    verdict: str
    core_verdict: str
    codes: frozenset[Code]
    judged_on: date
    run_id: int | None


def definition(contract: Contract) -> str:
    """A fingerprint of what the contract says about coverage: when it differs, a person changed it."""
    parts = (
        contract.supplier, contract.siren, contract.host_id, contract.certificate_numbers, contract.aliases,
        sorted(contract.activities), contract.starts_on, contract.ends_on, contract.quoted,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def read_judged(conn: sqlite3.Connection) -> dict[str, Judged]:
    """Contract id → how it was judged last."""
    return {
        row["id"]: Judged(
            row["fingerprint"], row["verdict"], row["core_verdict"],
            frozenset(Code(code) for code in json.loads(row["codes"])), date.fromisoformat(row["judged_on"]),
            row["run_id"],
        )
        for row in conn.execute("SELECT * FROM contracts")
    }  # fmt: skip


def write_judged(conn: sqlite3.Connection, contract: str, judged: Judged, coverage_end: date | None) -> None:
    """Remembers how a contract was judged."""
    conn.execute(
        "INSERT OR REPLACE INTO contracts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            contract, judged.fingerprint, judged.verdict, judged.core_verdict,
            json.dumps([str(code) for code in ordered_all(judged.codes)]),
            coverage_end.isoformat() if coverage_end else None, judged.judged_on.isoformat(), judged.run_id,
        ),
    )  # fmt: skip


def ordered_all(codes: Iterable[Code]) -> list[Code]:
    """Codes in the order of their list."""
    kept = set(codes)
    return [code for code in Code if code in kept]


def read_live(conn: sqlite3.Connection) -> dict[str, dict[Family, tuple[int, Alert]]]:
    """Contract → family → (row id, alert) of every alert that is not resolved."""
    told: dict[int, list[Told]] = defaultdict(list)
    for row in conn.execute(
        "SELECT told.* FROM told JOIN alerts ON alerts.id = alert_id WHERE state <> 'RESOLVED' ORDER BY told_on"
    ):
        told[row["alert_id"]].append(
            Told(
                row["recipient_id"],
                row["step"],
                date.fromisoformat(row["told_on"]),
                row["threshold"],
                bool(row["message"]),
            )
        )
    live: dict[str, dict[Family, tuple[int, Alert]]] = defaultdict(dict)
    for row in conn.execute("SELECT * FROM alerts WHERE state <> 'RESOLVED'"):
        alert = from_row(row, tuple(told[row["id"]]))
        live[alert.contract][alert.family] = (row["id"], alert)
    return live


def from_row(row: sqlite3.Row, told: tuple[Told, ...] = ()) -> Alert:
    """An alert from its row."""
    ack = None
    if row["ack_kind"]:
        ack = Ack(
            row["ack_kind"], row["ack_by"], date.fromisoformat(row["ack_until"]), row["ack_reason"],
            parse_instant(row["ack_at"]),
        )  # fmt: skip
    return Alert(
        contract=row["contract"], family=Family(row["family"]), episode=row["episode"], state=State(row["state"]),
        reason=Reason(row["reason"]), opened_at=parse_instant(row["opened_at"]),
        sightings={one.code: one for one in map(_sighting, json.loads(row["sightings"]))},
        codes=frozenset(Code(code) for code in json.loads(row["codes"])),
        coverage_end=date.fromisoformat(row["coverage_end"]) if row["coverage_end"] else None,
        lapsed=bool(row["lapsed"]), clear_run=row["clear_run"], ack=ack, told=told, ref=row["ref"],
    )  # fmt: skip


def _sighting(fields: list[object]) -> Sighting:
    code, seen, run, run_at, confirmed = fields
    return Sighting(
        Code(str(code)), parse_instant(str(seen)), int(str(run)), parse_instant(str(run_at)), bool(confirmed)
    )


def next_episode(conn: sqlite3.Connection, contract: str, family: Family) -> int:
    """The number of a new alert's episode: 1, or one more than the last."""
    row = conn.execute(
        "SELECT COALESCE(MAX(episode), 0) + 1 AS next FROM alerts WHERE contract = ? AND family = ?", (contract, family)
    ).fetchone()
    return int(row["next"])


def write_alert(conn: sqlite3.Connection, row_id: int | None, alert: Alert, now: str) -> int:
    """Inserts or updates an alert and gives its row id. The ledger of who was told is written with the messages."""
    ack = alert.ack
    values = {
        "ref": alert.ref, "contract": alert.contract, "family": alert.family, "episode": alert.episode,
        "state": alert.state, "severity": alert.severity, "codes": json.dumps([str(c) for c in ordered(alert.codes)]),
        "sightings": json.dumps(
            [
                [s.code, stamp(s.first_seen), s.first_run, stamp(s.first_run_at), int(s.confirmed)]
                for s in alert.sightings.values()
            ]
        ),
        "coverage_end": alert.coverage_end.isoformat() if alert.coverage_end else None, "lapsed": int(alert.lapsed),
        "opened_at": stamp(alert.opened_at), "resolved_at": now if alert.state is State.RESOLVED else None,
        "reason": alert.reason, "clear_run": alert.clear_run,
        "ack_kind": ack.kind if ack else None, "ack_by": ack.by if ack else None,
        "ack_at": stamp(ack.at) if ack else None, "ack_until": ack.until.isoformat() if ack else None,
        "ack_reason": ack.reason if ack else None,
    }  # fmt: skip
    if row_id is None:
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        made = conn.execute(f"INSERT INTO alerts ({names}) VALUES ({marks}) RETURNING id", values).fetchone()  # noqa: S608  names of columns above
        return int(made["id"])
    sets = ", ".join(f"{name} = :{name}" for name in values)
    conn.execute(f"UPDATE alerts SET {sets} WHERE id = :id", {**values, "id": row_id})  # noqa: S608  names of columns above
    return row_id


def write_told(
    conn: sqlite3.Connection, row_id: int, recipients: Iterable[int], steps: Iterable[str], on: date,
    threshold: int | None, *, message: bool, event: str,
) -> None:  # fmt: skip
    """Notes that recipients know."""
    steps = tuple(steps)
    conn.executemany(
        "INSERT OR IGNORE INTO told VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(row_id, r, step, on.isoformat(), threshold, int(message), event) for r in recipients for step in steps],
    )
