"""`hdswatch replay`: stored evidence read again with today's reader.

What comes out differently is the reader's doing: it is promoted with cause `reader`, at the time of the original
observation, and never alerted. Touches no network.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field

from crawler import trail
from crawler.evidence import EvidenceStore
from crawler.replay import read_again
from crawler.sources import FIELDS, load_source
from crawler.spiders.reading import reader_for
from crawler.stage import LOCK_WAIT, Understood, reader_version, understand
from registry import clock
from registry.clock import parse_instant
from registry.errors import ConfigurationError, HdsWatchError
from registry.gate import Bounds, RunStatistics, judge
from registry.history import promote
from registry.home import Home
from registry.models import Source
from registry.publish import publish
from registry.records_codec import fingerprint
from registry.runs import GOOD, finish_run, last_good_run, show_run, stage
from registry.store import open_store, transaction, write_lock


@dataclass(frozen=True)
class Reread:
    """What reading one run again came to."""

    run_id: int
    source: str
    outcome: str
    """`same`, `changed` or `refused`."""
    reason: str | None = None
    rows: int = 0
    changes: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        return 3 if self.outcome == "refused" else 0

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def sentence(self) -> str:
        if self.outcome == "same":
            return f"run {self.run_id} ({self.source}): today's reader reads the same {self.rows} rows"
        if self.outcome == "refused":
            return f"hdswatch: run {self.run_id} ({self.source}): not taken over: {self.reason}"
        changes = ", ".join(f"{count} {kind}" for kind, count in self.changes.items()) or "only details of rows"
        return f"run {self.run_id} ({self.source}): read differently by today's reader: {changes}; labelled `reader`"


def replay(home: Home, run_id: int | None = None) -> list[Reread]:
    """Reads one run again, or the last good run of each list. Raises ConfigurationError for a run without readable
    evidence of its own."""
    with write_lock(home, "replay", wait=LOCK_WAIT), closing(open_store(home)) as conn:
        if run_id is not None:
            runs = [show_run(conn, run_id)]
        else:
            runs = [run for source in ("hosts", "certifiers") if (run := last_good_run(conn, source)) is not None]
        if not runs:
            raise ConfigurationError(
                "replay: expected at least one accepted run, found none; start with `hdswatch crawl`"
            )
        reports = [reread(home, conn, run) for run in runs]
        if any(report.outcome == "changed" for report in reports):
            publish(home, clock.now())
        return reports


def catch_up(home: Home, conn: sqlite3.Connection, source: Source) -> Reread | None:
    """Before a new reading is compared with the last one: if another program made that one, reads its evidence again,
    so that what only the reader changed is not taken for news of the source. None when there was no need, or no way."""
    last = last_good_run(conn, source)
    if last is None or not trail.steps(conn, last["id"]):
        return None
    if trail.reader_of(conn, last["id"]) == reader_version(source, home.path):
        return None
    return reread(home, conn, last)


def reread(home: Home, conn: sqlite3.Connection, run: sqlite3.Row) -> Reread:
    """Reads one accepted run again and takes over what differs."""
    steps = _to_read_again(conn, run)
    definition = load_source(run["source"], home.path)
    follow = not str(run["url"]).startswith("file:")
    try:
        walked = read_again(
            run["source"],
            run["url"],
            steps,
            EvidenceStore(home.evidence),
            reader_for(run["source"], home.path),
            follow=follow,
        )
    except HdsWatchError as error:
        return Reread(run["id"], run["source"], "refused", str(error))
    understood = understand(run["source"], walked)
    before = RunStatistics.from_json(run["statistics"]) if run["statistics"] else None
    judgement = judge(understood.statistics, before, Bounds.from_mapping(definition.bounds))
    if not judgement.accepted:
        return Reread(run["id"], run["source"], "refused", judgement.reason, len(understood.records))
    trail.note_reader(conn, run["id"], reader_version(run["source"], home.path))
    if fingerprint(understood.records) == run["fingerprint"]:
        return Reread(run["id"], run["source"], "same", rows=len(understood.records))
    return _take_over(conn, run, understood)


def _to_read_again(conn: sqlite3.Connection, run: sqlite3.Row) -> dict[str, trail.Step]:
    """The evidence of a run. Raises ConfigurationError, with what to do, for a run that can't be read again."""
    here = f"run {run['id']}"
    if run["source"] not in FIELDS:
        raise ConfigurationError(
            f"{here}: expected a run of {' or '.join(FIELDS)}, found one of {run['source']}; kept documents are read "
            f"again by `hdswatch crawl {run['source']}` whenever their reader has changed"
        )
    if run["outcome"] not in GOOD:
        advice = {
            "quarantined": f"decide with `hdswatch runs accept {run['id']}` or `reject`, or crawl again",
            "failed": "crawl again",
        }
        raise ConfigurationError(
            f"{here}: expected an accepted run, found one that is {run['outcome'] or 'not finished'}; only what was "
            f"believed is read again: {advice.get(run['outcome'], 'wait for it, or crawl again')}"
        )
    steps = trail.steps(conn, run["id"])
    if not steps:
        raise ConfigurationError(f"{here}: expected evidence of a crawl, found none; crawl again")
    return steps


def _take_over(conn: sqlite3.Connection, run: sqlite3.Row, understood: Understood) -> Reread:
    seen = conn.execute(
        "SELECT observed_at FROM observations WHERE run_id = ? ORDER BY id DESC LIMIT 1", (run["id"],)
    ).fetchone()
    counted = understood.statistics
    with transaction(conn):
        changes = promote(conn, run["id"], parse_instant(seen["observed_at"]), understood.records, cause="reader")
        stage(conn, run["id"], understood.records)
        finish_run(
            conn, run["id"], run["outcome"], run["reason"], asdict(counted),
            finished_at=parse_instant(run["finished_at"]), code=run["code"], rows=counted.rows,
            rejected=counted.rejected, declared_total=counted.declared_total,
        )  # fmt: skip
    kinds = Counter(change.kind for change in changes)
    return Reread(run["id"], run["source"], "changed", None, len(understood.records), dict(kinds))
