"""A registry of its own for each test, fed with readings of a list that the test writes down."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from registry.clock import stamp
from registry.history import Promotion, promote
from registry.home import Home
from registry.models import (
    Cause,
    CertificateRecord,
    CertifierRecord,
    FetchedPage,
    RawCell,
    RawRow,
    Record,
    Source,
)
from registry.publish import publish
from registry.runs import add_page, finish_run, stage, start_run
from registry.saved_queries import SAVED_QUERIES
from registry.store import open_store, transaction

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
START = datetime(2026, 3, 2, 6, 15, tzinfo=UTC)
SHA = "ab" * 32
URL = "https://list.example/hosts"


def certificate(
    name: str = "Alpha SAS",
    number: str | None = "A-100",
    activities: Iterable[int] | None = (1, 2, 3),
    *,
    issued: str | None = "2025-01-10",
    expires: str | None = "2028-01-09",
    **more: Any,
) -> CertificateRecord:
    """A printed line: v2, issued by LNE, unless said otherwise."""
    values: dict[str, Any] = {
        "certifier": "LNE", "certifier_id": "lne", "referential": "v2", "referential_label": "v2.0", **more
    }  # fmt: skip
    held = None if activities is None else frozenset(activities)
    printed = {
        "legal_name": name, "siren": values.get("siren"), "certifier": values["certifier"], "number": number,
        "referential": values["referential_label"], "activities": None if held is None else str(sorted(held)),
        "issued_on": issued, "expires_on": expires, "website": values.get("website"),
    }  # fmt: skip
    cells = {key: RawCell(text, f"table/tr[{name}]/td[{key}]") for key, text in printed.items() if text}
    return CertificateRecord(
        name, number=number, activities=held, issued_on=date.fromisoformat(issued) if issued else None,
        expires_on=date.fromisoformat(expires) if expires else None,
        raw=RawRow("hosts", values.pop("sha256", SHA), URL, f"table/tr[{name}]", cells), **values,
    )  # fmt: skip


def host_only(name: str, **more: Any) -> CertificateRecord:
    """A host printed without any certificate."""
    return CertificateRecord(name, **more)


def certifier(name: str = "LNE", id: str | None = None, **more: Any) -> CertifierRecord:
    """A printed line of the certifier list."""
    cells = {"name": RawCell(name, f"ul/li[{name}]")}
    return CertifierRecord(
        name, id or name.lower().replace(" ", "-"), raw=RawRow("certifiers", SHA, URL, "ul", cells), **more
    )


class World:
    """One home, and the readings it took in."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home")
        self.conn = open_store(self.home)

    def close(self) -> None:
        self.conn.close()

    def stage(self, *records: Record, at: datetime = START, source: Source = "hosts") -> int:
        """A run that was read and staged, not yet judged."""
        run_id = start_run(self.conn, source, URL, at)
        add_page(self.conn, run_id, FetchedPage(URL, SHA, stamp(at), "text/html", 1000))
        stage(self.conn, run_id, records)
        return run_id

    def read(self, *records: Record, at: datetime = START, source: Source = "hosts") -> Promotion:
        """A good run: read, believed, finished."""
        run_id = self.stage(*records, at=at, source=source)
        return self.believe(run_id, records, at)

    def believe(self, run_id: int, records: Sequence[Record], at: datetime, cause: Cause = "source") -> Promotion:
        with transaction(self.conn):
            promotion = promote(self.conn, run_id, at, records, cause=cause)
            finish_run(self.conn, run_id, promotion.outcome, finished_at=at, rows=len(records))
        return promotion

    def quarantine(self, *records: Record, at: datetime = START) -> int:
        run_id = self.stage(*records, at=at)
        finish_run(self.conn, run_id, "quarantined", "rows fell by half", finished_at=at, code="fewer_rows")
        return run_id

    def fail(self, at: datetime = START) -> int:
        run_id = start_run(self.conn, "hosts", URL, at)
        finish_run(self.conn, run_id, "failed", "no answer", finished_at=at, code="unreachable")
        return run_id

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.conn.execute(sql, values)]

    def one(self, sql: str, *values: object) -> Any:
        """The single value of the single row."""
        ((value,),) = self.rows(sql, *values)
        return value

    def listed(self) -> dict[str, int]:
        return dict(self.rows("SELECT id, listed FROM hosts"))  # type: ignore[arg-type]

    def publish(self, at: datetime = START) -> sqlite3.Connection:
        """The published registry, opened for reading."""
        conn = sqlite3.connect(publish(self.home, at))
        conn.row_factory = sqlite3.Row
        return conn

    def ask(self, query: str, at: datetime = START, **parameters: str) -> list[dict[str, Any]]:
        """The answer of a saved query."""
        with closing(self.publish(at)) as conn:
            return [dict(row) for row in conn.execute(SAVED_QUERIES[query].sql, parameters)]


def kinds(changes: Iterable[Any]) -> list[str]:
    """What kinds of change there are, sorted."""
    return sorted(change.kind for change in changes)


def told(changes: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Kind, field, before, after of each change, sorted."""
    return sorted(((c.kind, c.field, c.before, c.after) for c in changes), key=str)


Dump = dict[str, list[tuple[Any, ...]]]
HISTORY = (
    "hosts", "host_aliases", "certifiers", "certificates", "certificate_activities", "absences", "successions",
    "provenance",
)  # fmt: skip
VERSIONS = ("host_versions", "certificate_versions", "certifier_versions")


def dump(world: World, *, ignoring: Callable[[str], bool] = lambda column: False) -> Dump:
    """Everything that history says, in a form to compare: current rows, versions without serial numbers, changes."""
    found: Dump = {}
    for table in (*HISTORY, *VERSIONS, "changes"):
        columns = [row[1] for row in world.conn.execute(f"PRAGMA table_info({table})")]
        kept = [
            c for c in columns if not (c in ("id", "run_id") and table in (*VERSIONS, "changes")) and not ignoring(c)
        ]
        found[table] = sorted(world.rows(f"SELECT {', '.join(kept)} FROM {table}"), key=str)
    return found
