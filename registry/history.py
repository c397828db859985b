"""Takes an accepted reading in, in one transaction, whenever it was observed: with `rebuild`, which it calls for a late
one, the only writer of the current tables.

Owns loading and saving; the rules are in `fold`. History depends on what was observed when, never on the order in which
runs were accepted: a run older than the newest one makes the whole history be folded again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from registry.changes import Change
from registry.clock import stamp
from registry.decisions import load_rules
from registry.fold import CONFIRMED_AFTER, CONFIRMED_ANYHOW, Fold
from registry.history_store import load_absent, load_state, save
from registry.models import Cause, Outcome, Record
from registry.rebuild import rebuild
from registry.records_codec import fingerprint
from registry.runs import ORDER, show_run, store_content
from registry.state import Observation
from registry.store import bump_generation, transaction


class Promotion(list[Change]):
    """The changes that an accepted reading brought, and whether it was the same as the one before."""

    def __init__(self, changes: Sequence[Change], outcome: Outcome) -> None:
        super().__init__(changes)
        self.outcome: Outcome = outcome


def promote(
    conn: sqlite3.Connection,
    run_id: int,
    observed_at: datetime,
    records: Sequence[Record],
    *,
    cause: Cause = "source",
) -> Promotion:
    """Makes an accepted run's rows what the registry believes, and says what changed.

    `observed_at` is when the source said it. The same rows for the same run again change nothing. Sets the run's
    outcome. Raises ValueError for no rows at all: an empty list is never a list.
    """
    if not records:
        raise ValueError(f"run {run_id}: expected at least one row to promote, found none")
    print_ = fingerprint(records)
    with transaction(conn):
        conn.execute("PRAGMA defer_foreign_keys = ON")
        run = show_run(conn, run_id)
        if _observed(conn, run_id, print_):
            return Promotion([], run["outcome"])
        seen = Observation(run_id, run["source"], stamp(observed_at), cause)
        before = _observation_before(conn, seen)
        unchanged = before is not None and before["fingerprint"] == print_
        store_content(conn, print_, records)
        late = _is_late(conn, seen)
        fold = None if late else _confirm(conn, seen) if unchanged else _take_in(conn, seen, records)
        if cause == "reader" and before is not None:
            _read_again(conn, seen, before["fingerprint"], print_)
        _note(conn, seen, print_)
        if fold is not None:
            save(conn, fold, seen)
        changes = rebuild(conn, cause) if fold is None else fold.effects.changes
        outcome: Outcome = "unchanged" if unchanged else "accepted"
        conn.execute(
            "UPDATE runs SET outcome = ?, finished_at = coalesce(finished_at, ?) WHERE id = ?",
            (run["outcome"] if cause == "reader" else outcome, seen.observed_at, run_id),
        )
        bump_generation(conn)
        return Promotion(changes, outcome)


def settle(conn: sqlite3.Connection, now: datetime) -> list[Change]:
    """Delists what has been missing for 48 hours, even when no further good run came."""
    told: list[Change] = []
    with transaction(conn):
        due = conn.execute(
            "SELECT DISTINCT iif(table_name = 'certifiers', 'certifiers', 'hosts') FROM absences"
            " WHERE missing_since <= ? ORDER BY 1",
            (stamp(now - CONFIRMED_ANYHOW),),
        ).fetchall()
        for (source,) in due:
            last = _observation_before(conn, Observation(_NEWEST, source, stamp(now)))
            if last is None or _is_late(conn, Observation(last["run_id"], source, stamp(now))):
                continue  # `now` lies before something that was observed: a clock was set back
            seen = Observation(last["run_id"], source, stamp(now))
            fold = Fold(load_absent(conn, source), load_rules(conn))
            fold.confirm(seen, CONFIRMED_ANYHOW)
            _note(conn, seen, "", "elapsed")
            save(conn, fold, None)
            told += fold.effects.changes
        if told:
            bump_generation(conn)
    return told


_NEWEST = 2**62
"""Above every run id."""


def _observed(conn: sqlite3.Connection, run_id: int, print_: str) -> bool:
    """Whether the run's newest reading is this one."""
    last = conn.execute(
        "SELECT fingerprint FROM observations WHERE run_id = ? AND cause <> 'elapsed' ORDER BY id DESC LIMIT 1",
        (run_id,),
    ).fetchone()
    return last is not None and last["fingerprint"] == print_


def _note(conn: sqlite3.Connection, seen: Observation, print_: str, cause: str | None = None) -> None:
    conn.execute(
        "INSERT INTO observations (run_id, source, observed_at, cause, fingerprint) VALUES (?, ?, ?, ?, ?)",
        (seen.run_id, seen.source, seen.observed_at, cause or seen.cause, print_),
    )


def _observation_before(conn: sqlite3.Connection, seen: Observation) -> sqlite3.Row | None:
    """The reading of that list which stands before this one, an earlier reading of the same run included."""
    row: sqlite3.Row | None = conn.execute(
        "SELECT * FROM observations WHERE source = ? AND cause <> 'elapsed' AND (observed_at, run_id) <= (?, ?)"
        " ORDER BY observed_at DESC, run_id DESC, id DESC LIMIT 1",
        (seen.source, seen.observed_at, seen.run_id),
    ).fetchone()
    return row


def _is_late(conn: sqlite3.Connection, seen: Observation) -> bool:
    found = conn.execute(
        "SELECT 1 FROM observations WHERE (observed_at, run_id) > (?, ?) LIMIT 1", (seen.observed_at, seen.run_id)
    )
    return found.fetchone() is not None


def _read_again(conn: sqlite3.Connection, seen: Observation, old: str, new: str) -> None:
    """Runs right after this one that found the list unchanged said the same: they are read the same way now."""
    for row in conn.execute(
        "SELECT id, fingerprint FROM observations WHERE source = ? AND cause <> 'elapsed'"
        f" AND (observed_at, run_id) > (?, ?) ORDER BY {ORDER}",
        (seen.source, seen.observed_at, seen.run_id),
    ).fetchall():
        if row["fingerprint"] != old:
            break
        conn.execute("UPDATE observations SET fingerprint = ? WHERE id = ?", (new, row["id"]))


def _take_in(conn: sqlite3.Connection, seen: Observation, records: Sequence[Record]) -> Fold:
    fold = Fold(load_state(conn), load_rules(conn))
    fold.observe(seen, records)
    return fold


def _confirm(conn: sqlite3.Connection, seen: Observation) -> Fold:
    """An unchanged list: everything on it was seen again, and what is missing is still missing."""
    fold = Fold(load_absent(conn, seen.source), load_rules(conn))
    fold.confirm(seen, CONFIRMED_AFTER)
    return fold
