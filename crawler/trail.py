"""What a run fetched and in answer to what: the crawler's own notes in `registry.db`.

With them a run can be walked again from its evidence, and the next crawl can ask "has this page changed?". Owns the
tables `trail`, `read_by` and `validators`; the evidence itself is `registry.runs`' and `crawler.evidence`'s.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from crawler.evidence import EvidenceStore
from crawler.spiders.answers import Validator
from registry.models import FetchedPage
from registry.runs import add_page
from registry.store import transaction

_TABLES = (
    "CREATE TABLE IF NOT EXISTS trail (run_id INTEGER NOT NULL REFERENCES runs(id), key TEXT NOT NULL,"
    " url TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL, next_url TEXT,"
    " PRIMARY KEY (run_id, key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS read_by (run_id INTEGER PRIMARY KEY REFERENCES runs(id), program TEXT NOT NULL)",
)
KEPT_VALIDATORS = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """One answered ask of a run. `key` is the ask's."""

    key: str
    url: str
    sha256: str
    media_type: str
    next_url: str | None = None


def prepare(conn: sqlite3.Connection) -> None:
    """Makes the crawler's tables in a store that has none yet."""
    for table in _TABLES:
        conn.execute(table)


def note_page(conn: sqlite3.Connection, run_id: int, event: dict[str, Any]) -> None:
    """Keeps what the child tells of a good page: evidence, step and validator, together."""
    page = FetchedPage(
        event["url"], event["sha256"], event["fetched_at"], event["media_type"], event["bytes"], event["not_modified"]
    )
    with transaction(conn):
        add_page(conn, run_id, page)
        note_step(
            conn, run_id, Step(event["key"], event["url"], event["sha256"], event["media_type"], event["next_url"])
        )
        if event["method"] == "GET" and (event["etag"] or event["last_modified"]):
            conn.execute(
                "INSERT OR REPLACE INTO validators (url, etag, last_modified, sha256, media_type, stored_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    event["own_key"],
                    event["etag"],
                    event["last_modified"],
                    page.sha256,
                    page.media_type,
                    page.fetched_at,
                ),
            )
        else:
            conn.execute("DELETE FROM validators WHERE url = ?", (event["own_key"],))


def note_step(conn: sqlite3.Connection, run_id: int, step: Step) -> None:
    conn.execute(
        "INSERT OR REPLACE INTO trail (run_id, key, url, sha256, media_type, next_url) VALUES (?, ?, ?, ?, ?, ?)",
        (run_id, step.key, step.url, step.sha256, step.media_type, step.next_url),
    )


def note_refused(conn: sqlite3.Connection, run_id: int, event: dict[str, Any]) -> None:
    """Keeps the proof of what was sent in place of a page."""
    if event["sha256"]:
        page = FetchedPage(event["url"], event["sha256"], event["fetched_at"], event["media_type"], event["bytes"])
        add_page(conn, run_id, page)


def note_address(conn: sqlite3.Connection, run_id: int, url: str) -> None:
    """Which of several addresses the run is reading."""
    conn.execute("UPDATE runs SET url = ? WHERE id = ?", (url, run_id))


def note_reader(conn: sqlite3.Connection, run_id: int, version: str) -> None:
    """Which program read the run (`stage.reader_version`)."""
    prepare(conn)
    conn.execute("INSERT OR REPLACE INTO read_by (run_id, program) VALUES (?, ?)", (run_id, version))


def reader_of(conn: sqlite3.Connection, run_id: int) -> str | None:
    row = conn.execute("SELECT program FROM read_by WHERE run_id = ?", (run_id,)).fetchone()
    return None if row is None else str(row[0])


def steps(conn: sqlite3.Connection, run_id: int) -> dict[str, Step]:
    """Every answered ask of a run, by key."""
    prepare(conn)
    rows = conn.execute("SELECT key, url, sha256, media_type, next_url FROM trail WHERE run_id = ?", (run_id,))
    return {row["key"]: Step(*row) for row in rows}


def validators(conn: sqlite3.Connection, store: EvidenceStore) -> dict[str, Validator]:
    """What can be asked conditionally: pages whose body is still kept, newest first."""
    rows = conn.execute(
        "SELECT url, sha256, media_type, etag, last_modified FROM validators ORDER BY stored_at DESC LIMIT ?",
        (KEPT_VALIDATORS,),
    )
    return {
        row["url"]: Validator(row["sha256"], row["media_type"] or "", row["etag"], row["last_modified"])
        for row in rows
        if store.has(row["sha256"])
    }


def needed_evidence(conn: sqlite3.Connection) -> set[str]:
    """Bodies that must never be pruned: proof of what is published or was believed last, of contradictions, and of what
    a person may still release."""
    needed: set[str] = set()
    for query in (
        "SELECT DISTINCT sha256 FROM provenance",
        "SELECT list_sha256 FROM contradictions UNION SELECT document_sha256 FROM contradictions",
        "SELECT sha256 FROM documents",
        "SELECT sha256 FROM evidence WHERE run_id IN"
        " (SELECT max(id) FROM runs WHERE outcome IN ('accepted', 'unchanged') GROUP BY source)",
        "SELECT e.sha256 FROM evidence e JOIN runs r ON r.id = e.run_id WHERE r.outcome = 'quarantined'"
        " AND r.decision IS NULL AND NOT EXISTS (SELECT 1 FROM runs later WHERE later.source = r.source"
        " AND later.id > r.id AND later.outcome IN ('accepted', 'unchanged'))",
    ):
        needed.update(row[0] for row in conn.execute(query) if row[0])
    return needed
