"""One crawl from end to end: fetch → evidence → read → stage → gate → promote or quarantine → publish.

Owns the order of these and that a crawl which stops anywhere leaves everything whole: the run is written first and
finished last, the current tables change in one transaction, the published file is swapped. Each step is done elsewhere.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler import guards, stage, trail
from crawler.addresses import page_key
from crawler.evidence import EvidenceStore, Pruned
from crawler.fetching import fetch
from crawler.replay import read_again
from crawler.rereading import catch_up
from crawler.sources import SourceDefinition, load_source
from crawler.spiders.reading import reader_for
from crawler.spiders.shapes import Walked
from crawler.stage import Understood, reader_version, understand
from registry import clock, runs
from registry.documents import recheck
from registry.errors import ConfigurationError, HdsWatchError, SourceError
from registry.gate import Bounds, Judgement, RunStatistics, judge
from registry.history import promote
from registry.home import Home
from registry.labels import plain_name
from registry.models import FetchedPage, Problem, RunReport, Source
from registry.publish import needs_publishing, publish
from registry.runs import add_page, add_problems, finish_run, last_good_run, show_run, start_run
from registry.settings import Settings
from registry.store import open_store, transaction, write_lock

Progress = Callable[[dict[str, Any]], None]
"""Told of every event of the child process: `page`, `waiting`, `refused`, `address`…"""

LOCK_WAIT = stage.LOCK_WAIT
SHOWN_REDIRECTS = 3
_KINDS = {".html": "text/html", ".htm": "text/html", ".json": "application/json", ".csv": "text/csv",
          ".tsv": "text/csv", ".xlsx": guards.MEDIA_TYPES["sheet"], ".pdf": "application/pdf"}  # fmt: skip


def crawl(
    home: Home,
    settings: Settings,
    source: Source,
    *,
    url: str | None = None,
    file: Path | None = None,
    progress: Progress | None = None,
    watched_hosts: Collection[str] = (),
) -> RunReport:
    """Crawls `hosts` or `certifiers` once and publishes what is believable.

    `url` replaces the configured addresses, `file` the network. Absolute bounds on the number of rows hold only for the
    official addresses of `crawler/sources`. `watched_hosts` are names under contract, for the gate.
    The report's outcome tells how it went; only what stops the program itself raises: ConfigurationError for wrong
    arguments, HomeLocked, StorageError, ChildFailed.
    """
    began = time.monotonic()
    definition = load_source(source, home.path)
    addresses = _addresses(settings, definition, source, url, file)
    with write_lock(home, f"crawl of {source}", wait=LOCK_WAIT), closing(open_store(home)) as conn:
        trail.prepare(conn)
        run_id = start_run(conn, source, addresses[0], clock.now())
        work = _Crawl(home, settings, source, definition, conn, run_id, progress or _silent)
        try:
            start, walked = work.read_file(file) if file is not None else work.fetch(addresses)
            work.decide(walked, official=start in definition.addresses, watched_hosts=watched_hosts)
        except SourceError as error:
            work.fail(error.code, str(error))
        except BaseException as error:
            with suppress(sqlite3.Error, HdsWatchError):  # the first trouble is the one to tell
                work.fail("interrupted", f"the crawl stopped: {str(error) or type(error).__name__}")
            raise
        if show_run(conn, run_id)["outcome"] in ("accepted", "unchanged") or needs_publishing(home):
            publish(home, clock.now())
        work.prune()
        return report(conn, run_id, time.monotonic() - began)


def _addresses(
    settings: Settings, definition: SourceDefinition, source: str, url: str | None, file: Path | None
) -> list[str]:
    if file is not None:
        if not file.is_file():
            raise ConfigurationError(
                f"--file {file}: expected a file, found {'a folder' if file.is_dir() else 'nothing'}"
            )
        return [file.absolute().as_uri()]
    if url is not None:
        if not url.lower().startswith(("http://", "https://")) or not url.partition("//")[2].partition("/")[0]:
            raise ConfigurationError(
                f"--url {url!r}: expected an address that starts with http:// or https://; "
                "a local file is read with --file"
            )
        return _without_secrets([url], "--url")
    configured = settings.crawl.hosts_url if source == "hosts" else settings.crawl.certifiers_url
    return _without_secrets(list(configured or definition.addresses), f"crawl.{source}_url")


def _without_secrets(addresses: list[str], where: str) -> list[str]:
    """Addresses stand in runs, messages and the published register; a password has no place there."""
    if any("@" in re.split(r"[/?#]", address.partition("//")[2])[0] for address in addresses):
        raise ConfigurationError(
            f"{where}: expected an address without a name and password before the host, found one with them; "
            "a list that needs a login is no public list"
        )
    return addresses


def _silent(event: dict[str, Any]) -> None:
    pass


@dataclass
class _Crawl:
    """One run under way."""

    home: Home
    settings: Settings
    source: Source
    definition: SourceDefinition
    conn: sqlite3.Connection
    run_id: int
    progress: Progress
    redirected: list[Problem] = field(default_factory=list)

    @property
    def store(self) -> EvidenceStore:
        return EvidenceStore(self.home.evidence)

    def fetch(self, addresses: Sequence[str]) -> tuple[str, Walked]:
        """Fetches and reads every page in the child process and keeps what it tells: the address that was the list, and
        its rows. A page that makes a reader hang or crash takes only the child with it."""
        known = trail.validators(self.conn, self.store)
        for event in fetch(self.home, self.settings.crawl, self.source, addresses, known):
            match event["event"]:
                case "page":
                    trail.note_page(self.conn, self.run_id, event)
                    self._note_redirect(event)
                case "refused":
                    trail.note_refused(self.conn, self.run_id, event)
                case "address":
                    trail.note_address(self.conn, self.run_id, event["url"])
                case "failed":
                    raise SourceError(event["code"], event["message"], url=event["url"], sha256=event["sha256"])
                case "walked":
                    return event["url"], Walked.from_json(event["walked"])
            self.progress(event)
        raise AssertionError("the last event is `walked` or `failed`")

    def _note_redirect(self, event: dict[str, Any]) -> None:
        if event["hops"]:
            message = f"{event['hops'][0]} leads on to {event['url']}"
            self.redirected.append(
                Problem(None, "navigation", "", message, "redirected", event["url"], event["sha256"])
            )

    def read_file(self, file: Path) -> tuple[str, Walked]:
        """Keeps and reads a local file as the only page of the run."""
        url = file.absolute().as_uri()
        try:
            size = file.stat().st_size
            body = b"" if size > self.settings.crawl.max_bytes else file.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"--file {file}: cannot be read ({error.strerror})") from error
        declared = _KINDS.get(file.suffix.lower(), "")
        if size > self.settings.crawl.max_bytes:
            refusal: guards.Refusal | None = guards.too_large(size, self.settings.crawl.max_bytes)
        else:
            kind, refusal = guards.check(body, declared, url)
        sha256 = self.store.put(body)
        page = FetchedPage(url, sha256, clock.stamp(clock.now()), declared, size)
        add_page(self.conn, self.run_id, page)
        if refusal is not None:
            raise SourceError(refusal.code, refusal.sentence(str(file)), url=url, sha256=sha256)
        trail.note_step(self.conn, self.run_id, trail.Step(page_key(url), url, sha256, guards.MEDIA_TYPES[kind]))
        kept = trail.steps(self.conn, self.run_id)
        reader = reader_for(self.source, self.home.path)
        return url, read_again(self.source, url, kept, self.store, reader, follow=False)

    def decide(self, walked: Walked, *, official: bool, watched_hosts: Collection[str]) -> None:
        """Judges the run and, when it is believed, makes it what the registry believes."""
        understood = understand(self.source, walked)
        catch_up(self.home, self.conn, self.source)
        last = last_good_run(self.conn, self.source)
        judgement = judge(
            understood.statistics,
            RunStatistics.from_json(last["statistics"]) if last is not None and last["statistics"] else None,
            Bounds.from_mapping(self.definition.bounds, f"crawler/sources/{self.source}.yml bounds"),
            official=official,
            watched_hosts={plain_name(name) for name in watched_hosts},
        )
        now = clock.now()
        with transaction(self.conn):
            trail.note_reader(self.conn, self.run_id, reader_version(self.source, self.home.path))
            runs.stage(self.conn, self.run_id, understood.records)
            add_problems(self.conn, self.run_id, [*understood.problems, *self._redirects(), *judgement.notes])
            if judgement.accepted:
                promoted = promote(self.conn, self.run_id, now, understood.records)
                recheck(self.conn, now)
                self._finish(promoted.outcome, None, None, understood, now)
            else:
                code, reason = _why(judgement, walked)
                self._finish("quarantined", code, reason, understood, now)

    def _redirects(self) -> list[Problem]:
        """The first redirects of the run, and how many more there were."""
        if len(self.redirected) <= SHOWN_REDIRECTS:
            return self.redirected
        more = f"{len(self.redirected) - SHOWN_REDIRECTS} further pages were found after a redirect"
        return [*self.redirected[:SHOWN_REDIRECTS], Problem(None, "navigation", "", more, "redirected")]

    def _finish(
        self, outcome: Any, code: str | None, reason: str | None, understood: Understood, now: datetime
    ) -> None:
        counted = understood.statistics
        finish_run(
            self.conn, self.run_id, outcome, reason, asdict(counted), finished_at=now, code=code, rows=counted.rows,
            rejected=counted.rejected, declared_total=counted.declared_total,
        )  # fmt: skip

    def fail(self, code: str, reason: str) -> None:
        finish_run(self.conn, self.run_id, "failed", reason, finished_at=clock.now(), code=code)

    def prune(self) -> Pruned:
        """Removes evidence past its keeping, never what proves something published."""
        now = clock.now()
        self.store.sweep((now - timedelta(days=1)).timestamp())
        return self.store.prune(
            trail.needed_evidence(self.conn),
            older_than=(now - timedelta(days=self.settings.crawl.keep_evidence_days)).timestamp(),
            max_bytes=self.settings.crawl.keep_evidence_bytes,
        )


def _why(judgement: Judgement, walked: Walked) -> tuple[str, str]:
    """The short word and the sentence for a quarantined run; an incomplete walk says what it doubts."""
    if judgement.code == "incomplete" and walked.doubts:
        more = f" (and {len(walked.doubts) - 1} more)" if len(walked.doubts) > 1 else ""
        return judgement.code, (
            f"incomplete: expected every page of the list to be read without a doubt, found: {walked.doubts[0]}{more}; "
            f"look at the page, then crawl again or decide with `hdswatch runs accept` or `reject`"
        )
    return judgement.code, judgement.reason or judgement.code


def report(conn: sqlite3.Connection, run_id: int, seconds: float = 0.0) -> RunReport:
    """What a finished run came to, as `crawl --json` prints it."""
    run = show_run(conn, run_id)
    kinds = Counter(row[0] for row in conn.execute("SELECT kind FROM changes WHERE run_id = ? ORDER BY id", (run_id,)))
    return RunReport(
        source=run["source"], run_id=run_id, outcome=run["outcome"], reason=run["reason"], pages=run["pages"] or 0,
        rows=run["rows"] or 0, rejected=run["rejected"] or 0, declared_total=run["declared_total"],
        bytes=run["bytes"] or 0, not_modified=run["not_modified"] or 0, seconds=seconds, changes=dict(kinds),
        issues=run["issues"],
    )  # fmt: skip
