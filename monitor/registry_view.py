"""What a pass reads of the registry: the published data, the good runs behind them, and every try at the source.

Owns read-only look-ups in `hds.db` and `registry.db`. Writes nothing and judges nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from monitor.alerts import RunView
from monitor.outage import Try
from registry.clock import parse_instant
from registry.errors import StorageError
from registry.home import Home
from registry.runs import LEFT_OPEN
from registry.snapshot import GOOD_OUTCOMES, Snapshot, load, open_published

_RECENT = 100
"""Good runs looked at: three months of daily ones."""


@dataclass(frozen=True, slots=True)
class GoodRun:
    """One accepted or unchanged run of the host list."""

    id: int
    finished_at: datetime
    changed: bool
    """It was accepted with a content other than that of the run before."""


@dataclass(frozen=True)
class RegistryView:
    """The published registry with its good runs, oldest first, and the pages of the last one: sha256 → address."""

    snapshot: Snapshot
    runs: tuple[GoodRun, ...]
    pages: Mapping[str, str] = field(default_factory=dict)
    certifiers_changed_in: int | None = None
    """The last run in which the list of certification bodies came with other content."""

    @property
    def last(self) -> GoodRun | None:
        return self.runs[-1] if self.runs else None

    def since(self, judged: int | None) -> RunView:
        """The last good run, and since which run after `judged` the content has been what it is."""
        last = self.runs[-1]
        after = [run for run in self.runs if judged is None or run.id > judged] or [last]
        shown = next((run for run in reversed(after) if run.changed), after[0])
        return RunView(last.id, last.finished_at, shown.id, shown.finished_at)

    def changed_since(self, judged: int | None) -> bool:
        """Whether an accepted run of either list brought other content after that run of the host list."""
        if judged is None:
            return False
        return (self.certifiers_changed_in or 0) > judged or any(run.changed for run in self.runs if run.id > judged)

    def page(self, sha256: str | None) -> tuple[str, str] | None:
        """(address, sha256) of the page that a finding rests on, else of the list's first page."""
        if sha256 and sha256 in self.pages:
            return self.pages[sha256], sha256
        first = next(iter(self.pages.items()), None)
        return (first[1], first[0]) if first else None


def read_published(home: Home) -> RegistryView | None:
    """The published registry, or None while there is none or it holds no good run of the host list."""
    if not home.published_db.is_file():
        return None
    snapshot = load(home.published_db)
    with closing(open_published(home.published_db)) as conn:
        runs = tuple(
            GoodRun(row["id"], parse_instant(row["at"]), row["outcome"] == "accepted")
            for row in conn.execute(
                "SELECT * FROM (SELECT id, COALESCE(finished_at, started_at) AS at, outcome FROM runs"
                " WHERE source = 'hosts' AND outcome IN (?, ?) ORDER BY at DESC, id DESC LIMIT ?) ORDER BY at, id",
                (*GOOD_OUTCOMES, _RECENT),
            )
        )
        if not runs:
            return None
        certifiers_changed_in = conn.execute(
            "SELECT MAX(id) FROM runs WHERE source = 'certifiers' AND outcome = 'accepted'"
        ).fetchone()[0]
        used = [row[0] for row in conn.execute("SELECT DISTINCT sha256 FROM provenance")]
        pages = dict(
            conn.execute(
                "SELECT sha256, url FROM evidence WHERE run_id = ? ORDER BY rowid DESC", (runs[-1].id,)
            ).fetchall()
        )
        for sha256 in used:
            if sha256 not in pages:
                row = conn.execute("SELECT url FROM evidence WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone()
                if row:
                    pages[sha256] = row["url"]
    return RegistryView(snapshot, runs, pages, certifiers_changed_in)


def read_tries(home: Home) -> list[Try]:
    """The finished runs of the two lists, good or not, back to the last good run of each list. One whose
    process was killed says nothing of the source and is no try: the next pass crawls again. (A child that dies by
    itself is noted by whoever started it, in `crawling.note`.)

    Raises StorageError naming `registry.db` when it can't be read.
    """
    if not home.registry_db.is_file() or home.registry_db.stat().st_size == 0:
        return []
    uri = f"{home.registry_db.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as conn:
            rows = conn.execute(
                "SELECT id, source, started_at, COALESCE(finished_at, started_at), outcome, COALESCE(code, reason, ''),"
                " COALESCE(decision, '') = 'accepted'"
                " FROM runs WHERE source IN ('hosts', 'certifiers') AND outcome IS NOT NULL"
                " AND COALESCE(reason, '') <> ? AND id >= COALESCE("
                "(SELECT MAX(id) FROM runs AS good WHERE good.source = runs.source AND good.outcome IN (?, ?)), 0)"
                " ORDER BY id",
                (LEFT_OPEN, *GOOD_OUTCOMES),
            ).fetchall()
    except sqlite3.DatabaseError as error:
        if "no such table" in str(error):
            return []
        raise StorageError(
            f"{home.registry_db}: cannot be read ({error}); it was left as it is. "
            "Restore a backup with `hdswatch restore DIR`"
        ) from error
    return [
        Try(
            source,
            parse_instant(finished),
            outcome in GOOD_OUTCOMES,
            _word(outcome, code),
            run_id,
            parse_instant(started),
            bool(decided),
        )
        for run_id, source, started, finished, outcome, code, decided in rows
    ]


def _word(outcome: str, code: str) -> str:
    return "quarantined" if outcome == "quarantined" else code.split()[0][:40] if code else outcome
