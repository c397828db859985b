"""The crawl of certificate documents: fetch the PDFs that the list links, read them, compare them with the list.

Owns the order of these. What a document says is for `certificate_text`, what disagrees for `registry.documents`.
Nothing that a document says is merged into the registry; a disagreement is kept beside it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from crawler import trail
from crawler.addresses import join, origin, page_key, same_site
from crawler.certificate_pdf import PdfWorker, UnreadableDocument
from crawler.certificate_text import VERSION
from crawler.crawl import LOCK_WAIT, Progress, report
from crawler.evidence import EvidenceStore
from crawler.fetching import fetch
from crawler.sources import load_source
from registry import clock
from registry.documents import (
    Contradiction,
    DocumentReading,
    ListedCertificate,
    keep_reading,
    kept_reading,
    listed_certificates,
    recheck,
)
from registry.errors import SourceError
from registry.home import Home
from registry.models import Problem, RunReport
from registry.publish import needs_publishing, publish
from registry.runs import add_problems, finish_run, last_good_run, start_run
from registry.settings import Settings
from registry.store import open_store, transaction, write_lock


def crawl_documents(home: Home, settings: Settings, progress: Progress | None = None) -> RunReport:
    """Fetches and reads the documents that listed certificates link, and records where they disagree with the list.

    Only documents on the source's own site are fetched. The report counts documents: `rows` were read, `rejected` could
    not be had or read. Outcome `accepted` when a document was new or changed, `unchanged` when none was, `failed`
    when the site did not answer: then nothing is recorded. Raises HomeLocked, StorageError, ChildFailed.
    """
    began = time.monotonic()
    with write_lock(home, "crawl of documents", wait=LOCK_WAIT), closing(open_store(home)) as conn:
        trail.prepare(conn)
        work = _Documents.begin(home, settings, conn, progress or _silent)
        try:
            work.fetch()
            work.read()
            work.record()
        except SourceError as error:
            work.fail(error.code, str(error))
        except BaseException as error:
            work.fail("interrupted", f"the crawl stopped: {str(error) or type(error).__name__}")
            raise
        if needs_publishing(home):
            publish(home, clock.now())
        return report(conn, work.run_id, time.monotonic() - began)


def _silent(event: dict[str, Any]) -> None:
    pass


@dataclass
class _Documents:
    """One run under way. `bodies`: address as linked → sha256; `readings`: sha256 → what it says."""

    home: Home
    settings: Settings
    conn: sqlite3.Connection
    progress: Progress
    run_id: int
    sites: list[str]
    listed: list[ListedCertificate]
    bodies: dict[str, str] = field(default_factory=dict)
    readings: dict[str, DocumentReading] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    """Addresses whose document could not be had or read."""
    new: bool = False

    @classmethod
    def begin(cls, home: Home, settings: Settings, conn: sqlite3.Connection, progress: Progress) -> _Documents:
        listed = listed_certificates(conn)
        sites = _sites(home, settings, conn, listed)
        run_id = start_run(conn, "documents", sites[0] if sites else None, clock.now())
        return cls(home, settings, conn, progress, run_id, sites, listed)

    @property
    def store(self) -> EvidenceStore:
        return EvidenceStore(self.home.evidence)

    # --- fetching -----------------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Gets every document through the child process of the crawler: same pace, robots.txt, limits and guards."""
        by_key: dict[str, list[str]] = {}
        for url in self._addresses():
            by_key.setdefault(page_key(url), []).append(url)
        if not by_key:
            return
        addresses = [urls[0] for urls in by_key.values()]
        known = trail.validators(self.conn, self.store)
        for event in fetch(self.home, self.settings.crawl, "documents", addresses, known, self.sites):
            match event["event"]:
                case "page":
                    trail.note_page(self.conn, self.run_id, event)
                    self.bodies |= dict.fromkeys(by_key[event["key"]], event["sha256"])
                case "refused":
                    trail.note_refused(self.conn, self.run_id, event)
                    found = event["message"].partition("; ")[0]  # the advice is about lists
                    for url in by_key[event["key"]]:
                        self._reject(url, event["code"], f"{found}; see what the list links there", event["sha256"])
                case "failed":
                    raise SourceError(event["code"], event["message"], url=event["url"], sha256=event["sha256"])
            self.progress(event)

    def _addresses(self) -> list[str]:
        """Linked addresses that may be asked, each once, in order. The others are problems of the run."""
        wanted: dict[str, None] = {}
        for url in dict.fromkeys(one.document_url for one in self.listed):
            if not any(same_site(site, url) for site in self.sites) or join(url, url) is None:
                self._reject(
                    url, "elsewhere", f"{url}: expected a document on the list's own site, found a link that leads "
                    "elsewhere; it is not fetched, open it by hand",
                )  # fmt: skip
            elif len(wanted) == self.settings.crawl.max_pages:
                self._reject(url, "too_many", f"{url}: more documents than crawl.max_pages; raise it to read this one")
            else:
                wanted[url] = None
        return list(wanted)

    def _reject(self, url: str, code: str, message: str, sha256: str | None = None) -> None:
        self.rejected.add(url)
        self.problems.append(Problem(None, "document_url", url, message, code, url, sha256))

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Reads the bodies that today's reader has not read before."""
        with PdfWorker() as worker:
            for url, sha256 in self.bodies.items():
                if sha256 in self.readings:
                    continue
                known = kept_reading(self.conn, sha256, VERSION)
                reading = known or self._read_one(worker, url, sha256)
                self.new = self.new or known is None
                if reading is not None:
                    self.readings[sha256] = reading
                    self._note_doubts(url, sha256, reading)

    def _read_one(self, worker: PdfWorker, url: str, sha256: str) -> DocumentReading | None:
        try:
            reading = worker.read(self.store.get(sha256))
        except UnreadableDocument as error:
            self._reject(url, "unreadable", f"{url}: expected a PDF that can be read, found: {error}", sha256)
            return None
        return reading

    def _note_doubts(self, url: str, sha256: str, reading: DocumentReading) -> None:
        if reading.says_nothing:
            self._reject(
                url, "no_text", f"{url}: expected the text of a certificate, found none of its values (a scan, or "
                "another document); read it by eye", sha256,
            )  # fmt: skip
        for doubt in reading.doubts:
            self.problems.append(Problem(None, "document_url", url, f"{url}: {doubt}", "document_doubt", url, sha256))

    # --- recording ----------------------------------------------------------------------------------------------------

    def record(self) -> None:
        """Keeps the readings and brings the contradictions up to date, in one transaction with the end of the run."""
        now = clock.now()
        with transaction(self.conn):
            for listed, sha256 in self._read_certificates():
                keep_reading(
                    self.conn, listed.id, listed.document_url, sha256, self.run_id, now, self.readings[sha256], VERSION
                )
            before = _standing(self.conn)
            standing = recheck(self.conn, now)
            add_problems(self.conn, self.run_id, [*self.problems, *map(_problem, standing)])
            changed = self.new or before != _standing(self.conn)
            finish_run(
                self.conn, self.run_id, "accepted" if changed else "unchanged", self._remark(), finished_at=now,
                rows=len({url for url in self.bodies if url not in self.rejected}), rejected=len(self.rejected),
            )  # fmt: skip

    def _read_certificates(self) -> Iterator[tuple[ListedCertificate, str]]:
        for listed in self.listed:
            sha256 = self.bodies.get(listed.document_url)
            if sha256 is not None and sha256 in self.readings:
                yield listed, sha256

    def _remark(self) -> str | None:
        return None if self.listed else "no certificate on the list links a document"

    def fail(self, code: str, reason: str) -> None:
        add_problems(self.conn, self.run_id, self.problems)
        finish_run(self.conn, self.run_id, "failed", reason, finished_at=clock.now(), code=code)


def _sites(home: Home, settings: Settings, conn: sqlite3.Connection, listed: Sequence[ListedCertificate]) -> list[str]:
    """Where documents may be fetched: the site that the believed list came from, and the configured ones. A list that
    a person gave as a file stands on no site: the sites that it names are as good as itself."""
    last = last_good_run(conn, "hosts")
    configured: Sequence[str] = settings.crawl.hosts_url or load_source("hosts", home.path).addresses
    if last is None:
        return [*configured]
    if str(last["url"]).startswith(("http://", "https://")):
        return [last["url"], *configured]
    links = (one.document_url for one in listed if one.document_url.startswith(("http://", "https://")))
    return [*{origin(url): url for url in links}.values(), *configured]


def _standing(conn: sqlite3.Connection) -> set[tuple[str, ...]]:
    rows = conn.execute("SELECT certificate_id, field, list_value, document_value FROM contradictions")
    return {tuple(row) for row in rows}


def _problem(one: Contradiction) -> Problem:
    said = one.disagreement
    return Problem(
        None, said.field, said.document_value,
        f"certificate {one.certificate_id}, {said.field}: the list says {said.list_value}, the document says "
        f"{said.document_value}; ask the certification body which is right",
        "contradiction", one.url, one.document_sha256, said.locator,
    )  # fmt: skip
