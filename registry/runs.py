"""The log of crawls: what was fetched, what was read, what could not be read, and what was decided about it.

A run lives from `start_run` to `finish_run`. Its rows are kept aside by `stage`, so that a person can still accept a
quarantined run. Must not touch the current tables: that is `history.promote`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from registry.clock import stamp
from registry.errors import ConfigurationError
from registry.models import FetchedPage, Outcome, Problem, Record, Source
from registry.records_codec import chunks, fingerprint, unchunk
from registry.store import bump_generation, transaction

GOOD = ("accepted", "unchanged")
"""Outcomes of runs whose content is believed."""
LEFT_OPEN = "the crawl was stopped before it ended"
"""The reason of a run whose process was killed: it says nothing about the source."""
ORDER = "observed_at, run_id, id"
"""Of observations: when it was said, then by which run, then which reading of it."""


def start_run(conn: sqlite3.Connection, source: Source, url: str | None, started_at: datetime) -> int:
    """Opens a run and gives its id. Runs that a crash left open are closed as failed (`interrupted`)."""
    with transaction(conn):
        conn.execute(
            "UPDATE runs SET outcome = 'failed', code = 'interrupted', finished_at = ?, reason = ? WHERE outcome IS NULL",
            (stamp(started_at), LEFT_OPEN),
        )
        row = conn.execute(
            "INSERT INTO runs (source, url, started_at) VALUES (?, ?, ?) RETURNING id", (source, url, stamp(started_at))
        ).fetchone()
    return int(row[0])


def add_page(conn: sqlite3.Connection, run_id: int, page: FetchedPage) -> None:
    """Notes one response as evidence of the run."""
    with transaction(conn):
        conn.execute(
            "INSERT OR IGNORE INTO evidence (sha256, url, fetched_at, media_type, bytes, run_id, not_modified)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (page.sha256, page.url, page.fetched_at, page.media_type, page.bytes, run_id, int(page.not_modified)),
        )


def add_problems(conn: sqlite3.Connection, run_id: int, problems: Iterable[Problem]) -> None:
    """Adds issues to the run, after those it has."""
    with transaction(conn):
        first = conn.execute("SELECT coalesce(max(seq), 0) + 1 FROM issues WHERE run_id = ?", (run_id,)).fetchone()[0]
        conn.executemany(
            "INSERT INTO issues (run_id, seq, row, field, raw, message, code, url, sha256, locator)"
            " VALUES (:run_id, :seq, :row, :field, :raw, :message, :code, :url, :sha256, :locator)",
            ({"run_id": run_id, "seq": seq, **asdict(problem)} for seq, problem in enumerate(problems, first)),
        )


def stage(conn: sqlite3.Connection, run_id: int, records: Sequence[Record]) -> str:
    """Keeps the run's understood rows and returns their fingerprint. Equal contents are stored once."""
    print_ = fingerprint(records)
    with transaction(conn):
        store_content(conn, print_, records)
        conn.execute("UPDATE runs SET fingerprint = ? WHERE id = ?", (print_, run_id))
    return print_


def store_content(conn: sqlite3.Connection, print_: str, records: Iterable[Record]) -> None:
    """Keeps rows under their fingerprint, unless they are there. Part of the caller's transaction."""
    if conn.execute("SELECT 1 FROM contents WHERE fingerprint = ? LIMIT 1", (print_,)).fetchone() is None:
        conn.executemany(
            "INSERT INTO contents (fingerprint, chunk, records) VALUES (?, ?, ?)",
            ((print_, number, blob) for number, blob in enumerate(chunks(records))),
        )


def staged(conn: sqlite3.Connection, run_id: int) -> list[Record]:
    """The rows that `stage` kept for the run. Raises ConfigurationError when there are none."""
    run = show_run(conn, run_id)
    records = [] if run["fingerprint"] is None else content(conn, run["fingerprint"])
    if not records:
        raise ConfigurationError(f"run {run_id}: expected staged rows, found none; the run ended before rows were read")
    return records


def content(conn: sqlite3.Connection, print_: str) -> list[Record]:
    """The rows kept under a fingerprint."""
    blobs = conn.execute("SELECT records FROM contents WHERE fingerprint = ? ORDER BY chunk", (print_,))
    return list(unchunk(row[0] for row in blobs))


def finish_run(
    conn: sqlite3.Connection,
    run_id: int,
    outcome: Outcome,
    reason: str | None = None,
    statistics: Mapping[str, Any] | None = None,
    *,
    finished_at: datetime,
    code: str | None = None,
    rows: int = 0,
    rejected: int = 0,
    declared_total: int | None = None,
) -> None:
    """Closes a run. `reason` is a sentence for the operator and stays private; `code` is the short word for it that is
    published with the run. `statistics` is what the gate compares the next run with.

    Call it in one `transaction` with `history.promote`, so that a believed run is always a finished one.
    """
    with transaction(conn):
        conn.execute(
            "UPDATE runs SET outcome = :outcome, reason = :reason, code = :code, finished_at = :finished_at,"
            " rows = :rows, rejected = :rejected, declared_total = :declared_total,"
            " statistics = coalesce(:statistics, statistics),"
            " pages = (SELECT count(*) FROM evidence WHERE run_id = :id),"
            " bytes = (SELECT coalesce(sum(bytes), 0) FROM evidence WHERE run_id = :id),"
            " not_modified = (SELECT coalesce(sum(not_modified), 0) FROM evidence WHERE run_id = :id)"
            " WHERE id = :id",
            {
                "id": run_id, "outcome": outcome, "reason": reason, "code": code, "finished_at": stamp(finished_at),
                "rows": rows, "rejected": rejected, "declared_total": declared_total,
                "statistics": None if statistics is None else json.dumps(dict(statistics), ensure_ascii=False),
            },
        )  # fmt: skip
        if outcome in GOOD:
            bump_generation(conn)


def decide_run(
    conn: sqlite3.Connection, run_id: int, decision: str, *, by: str, reason: str, decided_at: datetime
) -> None:
    """Notes a person's decision (`accepted` or `rejected`) on a quarantined run. Promoting an accepted one is the
    caller's next step, in the same `transaction`.

    Raises ConfigurationError when the run is unknown, not quarantined, or decided before.
    """
    run = show_run(conn, run_id)
    if run["outcome"] != "quarantined" or run["decision"] is not None:
        found = f"{run['outcome']}, {run['decision']} by {run['decided_by']}" if run["decision"] else run["outcome"]
        raise ConfigurationError(f"run {run_id}: expected a quarantined run that nobody decided on, found: {found}")
    with transaction(conn):
        conn.execute(
            "UPDATE runs SET decision = ?, decided_by = ?, decided_at = ?, decision_reason = ? WHERE id = ?",
            (decision, by, stamp(decided_at), reason, run_id),
        )


def list_runs(conn: sqlite3.Connection, *, source: Source | None = None, limit: int = 50) -> list[sqlite3.Row]:
    """Past runs, newest first, with the number of their issues as `issues`."""
    return conn.execute(
        "SELECT r.*, (SELECT count(*) FROM issues i WHERE i.run_id = r.id) AS issues FROM runs r"
        " WHERE :source IS NULL OR r.source = :source ORDER BY r.id DESC LIMIT :limit",
        {"source": source, "limit": limit},
    ).fetchall()


def show_run(conn: sqlite3.Connection, run_id: int) -> sqlite3.Row:
    """One run with the number of its issues. Raises ConfigurationError naming the ids that exist."""
    row: sqlite3.Row | None = conn.execute(
        "SELECT r.*, (SELECT count(*) FROM issues i WHERE i.run_id = r.id) AS issues FROM runs r WHERE r.id = ?",
        (run_id,),
    ).fetchone()
    if row is None:
        first, last = conn.execute("SELECT min(id), max(id) FROM runs").fetchone()
        known = f"there are runs {first} to {last}" if first is not None else "there is none yet"
        raise ConfigurationError(f"run {run_id}: no such run; {known}, see `hdswatch runs`")
    return row


def last_good_run(conn: sqlite3.Connection, source: Source) -> sqlite3.Row | None:
    """The newest accepted or unchanged run of that source, by the time of observation; its `statistics` are JSON."""
    row: sqlite3.Row | None = conn.execute(
        "SELECT r.*, o.observed_at FROM runs r JOIN observations o ON o.run_id = r.id WHERE r.source = ?"
        " AND o.cause <> 'elapsed' ORDER BY o.observed_at DESC, o.run_id DESC, o.id DESC LIMIT 1",
        (source,),
    ).fetchone()
    return row


def issues_of(conn: sqlite3.Connection, run_id: int) -> list[sqlite3.Row]:
    """The run's issues in the order they were met."""
    return conn.execute("SELECT * FROM issues WHERE run_id = ? ORDER BY seq", (run_id,)).fetchall()


def pages_of(conn: sqlite3.Connection, run_id: int) -> list[sqlite3.Row]:
    """The run's evidence in the order it was fetched."""
    return conn.execute("SELECT * FROM evidence WHERE run_id = ? ORDER BY fetched_at, rowid", (run_id,)).fetchall()
