"""The demonstration: the whole main job on the bundled replica, with nothing but loopback.

Owns the stage on which the real commands play: a replica site, a home of its own, a sample watchlist and a local
sink that receives the messages. Must not do any of the work itself, nor touch a home that holds real data.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from registry.errors import ConfigurationError
from registry.home import PRIVATE_FILE, Home
from registry.models import RunReport, Source

if TYPE_CHECKING:
    from crawler.replica import ReplicaServer
    from registry.settings import Settings

MARKER = "demo-home"
HOSTS_PATH = "/hds/liste-des-hebergeurs-certifies"
CERTIFIERS_PATH = "/hds/organismes-certificateurs"
SOURCES: tuple[Source, ...] = ("hosts", "certifiers")
_MARKER_TEXT = "This folder was made by `hdswatch demo`, which empties it each time.\n"


@dataclass
class Sink:
    """A local web server that takes messages as a chat service or a webhook would, and remembers them."""

    received: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def channel_url(self) -> str:
        """The Apprise address of this sink."""
        return f"json://127.0.0.1:{self.port}/messages"


@contextmanager
def running_sink() -> Iterator[Sink]:
    """A sink that listens on a free loopback port until the block ends."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            message = json.loads(body)
            sink.received.append({"kind": self.headers.get("X-HDSWatch-Kind"), **message})
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet: the demo prints what arrived."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


def demo_home(given: str | None) -> Home:
    """An empty home for the demo: a new temporary folder, or the given one if it is empty or an earlier demo's.

    Raises ConfigurationError rather than mix replica data with an organisation's own.
    """
    if given is None:
        home = Home(Path(tempfile.mkdtemp(prefix="hdswatch-demo-")))
    else:
        home = Home(Path(given).expanduser().absolute())
        home.prepare()
        if (home.path / MARKER).exists():
            _empty(home)
        elif any(home.path.iterdir()):
            raise ConfigurationError(
                f"home folder {home.path}: expected an empty folder for the demo, found files of another use; "
                "give an empty one with --home, or none"
            )
    (home.path / MARKER).write_text(_MARKER_TEXT, encoding="utf-8")
    return home


def _empty(home: Home) -> None:
    for path in home.path.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()


def write_settings(home: Home, replica_hosts: str, replica_certifiers: str, sink: Sink) -> None:
    """The demo's `hdswatch.toml` and the file with the sink's address that its watchlist names."""
    home.settings_file.touch(mode=PRIVATE_FILE)
    home.settings_file.write_text(
        "# Written by `hdswatch demo`: the addresses are those of the bundled replica, not of the official list.\n"
        "[crawl]\n"
        f'hosts_url = ["{replica_hosts}"]\n'
        f'certifiers_url = ["{replica_certifiers}"]\n'
        "download_delay = 0\n\n"
        "[serve]\n"
        "demo = true\n",
        encoding="utf-8",
    )
    secret = home.path / "sink.url"
    secret.touch(mode=PRIVATE_FILE)
    secret.write_text(sink.channel_url + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Story:
    """What the demo did, for the command line to tell: crawls, verdicts and the messages that arrived."""

    first: list[RunReport]
    second: list[RunReport]
    verdicts: dict[str, Any]
    received: list[dict[str, Any]]
    passes: tuple[int, int]


def play(home: Home, sink: Sink, replica: ReplicaServer, tell: Callable[[str], None]) -> Story:
    """The main job, twice: on the list as it is, then on the list a week later. `tell` is told each step.

    Uses the real crawl, check, alert and delivery code; only the site and the receiver are local.
    """
    from crawler.crawl import crawl
    from monitor.passes import run_once
    from registry.settings import load_settings

    settings = load_settings(home)

    def read_lists() -> list[RunReport]:
        return [crawl(home, settings, source) for source in SOURCES]

    tell(f"replica of the official site: {replica.url(HOSTS_PATH)}")
    first = read_lists()
    for report in first:
        tell(f"crawled {report.source}: {report.outcome}, {report.pages} pages, {report.rows} rows")
    passes = [run_once(home, settings)]
    tell(f"first pass: {len(sink.received)} messages arrived at the local sink")
    replica.set_edition(2)
    second = read_lists()
    tell(f"the list a week later: {sum(sum(report.changes.values()) for report in second)} changes")
    passes.append(run_once(home, settings))
    tell(
        f"second pass: {len(sink.received)} messages in all; what a changed list causes is alerted once a second "
        "reading at least 6 hours later confirms it"
    )
    return Story(first, second, _verdicts(home, settings), list(sink.received), (passes[0], passes[1]))


def _verdicts(home: Home, settings: Settings) -> dict[str, Any]:
    from monitor.verdicts import check
    from monitor.watchlist import load_watchlist
    from registry import clock, snapshot

    today = clock.today()
    watchlist = load_watchlist(settings.watchlist_path(home))
    result = check(snapshot.load(home.published_db), watchlist, today, today)
    return dict(result.as_json())
