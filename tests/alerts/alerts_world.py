"""A small world for alerts: a registry that changes, a clock that is told, sinks that listen and remember."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from monitor import passes, wire
from monitor.crawling import CrawlResult
from registry.clock import stamp
from registry.home import Home
from registry.published_schema import TABLES
from registry.runs import start_run
from registry.settings import Settings
from registry.store import open_store as open_registry

ALL = [1, 2, 3, 4, 5, 6]
REFERENTIALS = [("v1", "1.1", "2018-06-29", "2024-11-16", "2026-05-16"), ("v2", "2.0", "2024-05-16", None, None)]


def at(text: str) -> datetime:
    """`2026-11-22 07:00` in UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def certificate(number: str, expires_on: str | None, **more: Any) -> dict[str, Any]:
    given = {"number": number, "expires_on": expires_on, "issued_on": "2025-01-01", "activities": ALL}
    return {**given, "referential": "v2", "status": None, **more}


@dataclass
class Message:
    """One message that arrived somewhere."""

    to: str
    kind: str
    event: str
    subject: str
    text: str
    raw: Any

    @property
    def ref(self) -> str:
        return self.subject.split("]")[0].strip("[")


class HttpSink:
    """A web address that takes messages, or behaves as it is told: `answers` maps request number → behaviour."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.script: list[Any] = []
        """Behaviours for the next requests: a status, ("redirect", url), "hang" or "drop"."""
        self.release = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                mine = {"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}
                sink.requests.append(mine)
                behave = sink.script.pop(0) if sink.script else sink.status
                if behave == "drop":
                    self.close_connection = True
                    self.connection.close()
                    return
                if behave == "hang":
                    sink.release.wait(60)
                    self.close_connection = True
                    return
                status = 302 if isinstance(behave, tuple) else behave
                self.send_response(status)
                for name, value in sink.headers.items():
                    self.send_header(name, value)
                if isinstance(behave, tuple):
                    self.send_header("Location", behave[1])
                self.send_header("Content-Length", "0")
                mine["taken"] = status < 300
                self.end_headers()

            def do_GET(self) -> None:
                sink.requests.append({"path": self.path, "headers": dict(self.headers), "body": None, "get": True})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()

    def url(self, path: str = "/hook", query: str = "") -> str:
        return f"json://127.0.0.1:{self.port}{path}{query}"

    def messages(self) -> list[Message]:
        return [
            Message(
                r["path"], r["headers"]["X-HDSWatch-Kind"], r["headers"]["X-HDSWatch-Event"], r["body"]["title"],
                r["body"]["message"], r,
            )
            for r in self.requests
            if r.get("taken")
        ]  # fmt: skip

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class SmtpSink:
    """A mail server on loopback that takes mail, or refuses as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refuse: dict[str, str] = {}
        """Address → answer to RCPT."""
        self.data_answers: list[str] = []
        """Answers to the next DATA; `drop` closes the connection instead, `250 and hang` never answers QUIT."""
        self.deaf = False
        sink = self

        class Handler:
            async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
                if address in sink.refuse:
                    return sink.refuse[address]
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
                if sink.deaf:
                    await asyncio.sleep(60)
                return "221 Bye"

            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                answer = sink.data_answers.pop(0) if sink.data_answers else "250 OK"
                if answer == "drop":
                    server.transport.close()
                    return "451 gone"
                if answer == "250 and hang":
                    sink.deaf = True
                    answer = "250 OK"
                if answer.startswith("250"):
                    mail = message_from_bytes(envelope.content, policy=default)
                    sink.mails += [(to, mail) for to in envelope.rcpt_tos]
                return answer

        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.controller = Controller(Handler(), hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def url(self, to: str) -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=veille@chu.example&to={to}&mode=insecure"

    def messages(self) -> list[Message]:
        return [
            Message(
                to, mail["X-HDSWatch-Kind"], mail["X-HDSWatch-Event"], mail["Subject"],
                mail.get_body(("plain",)).get_content(), mail,
            )
            for to, mail in self.mails
        ]  # fmt: skip

    def close(self) -> None:
        self.controller.stop()


@dataclass
class World:
    """One home and the register that it watches. `tick` is one pass of the real program at a given instant."""

    home: Home
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    outcome: str = "good"
    """`good`, or what the next crawls come to: `failed`, `quarantined`, `crashed`, `killed`."""
    crawls: int = 0
    body_listed: bool = True
    """Whether the body that issued every certificate is on the list of certification bodies."""
    settings: Settings = field(default_factory=Settings)
    last_content: str = ""
    last_body_listed: bool = True

    def host(self, name: str, *certificates: dict[str, Any], siren: str | None = None) -> None:
        """Lists a host, or replaces what is listed of it."""
        self.hosts[name] = {"siren": siren, "certificates": list(certificates)}

    def watch(self, *contracts: dict[str, Any], channels: dict[str, str] | None = None, **top: Any) -> None:
        """Writes the watchlist: contracts as dicts, channels as name → URL (given by environment variable)."""
        channels = channels or {}
        contacts = top.pop("contacts", [{"id": name, "role": name, "channel": name} for name in channels])
        quiet = top.pop("quiet", {})
        listed = {}
        for name, url in channels.items():
            variable = f"TESTWATCH_{name.upper()}_URL"
            listed[name] = {"url_env": variable} | ({"quiet_hours": quiet[name]} if name in quiet else {})
            if url:
                os.environ[variable] = url
            else:
                os.environ.pop(variable, None)
        document = {
            "version": 1, "organisation": "CH d'Exemple", "language": "fr", "channels": listed, "contacts": contacts,
            "contracts": [{"notify": list(channels)[:1], "activities": ALL, **c} for c in contracts], **top,
        }  # fmt: skip
        self.home.watchlist.write_text(json.dumps(document, indent=1), encoding="utf-8")

    def tick(self, when: datetime, *, insist: bool = True) -> int:
        """One pass at that instant; with `insist` False it waits its turn to try again, as the daemon does."""
        return passes.run_once(self.home, self.settings, lambda: when, wait=0, insist=insist)

    def crawl(self, when: datetime, *, source: str = "hosts") -> tuple[str, str]:
        """What a crawl at that instant would leave behind: a run, and when it is good a published registry."""
        self.crawls += 1
        if self.outcome == "crashed":
            return "no_run", "crashed"
        with closing(open_registry(self.home)) as conn:
            self._crawl_bodies(conn, when)
            outcome, code = self.outcome, None if self.outcome == "good" else "unreachable"
            if outcome == "killed":
                start_run(conn, "hosts", "http://list.example/hosts", when)
                return "", ""
            if outcome == "good":
                content = json.dumps(self.hosts, sort_keys=True)
                outcome = "unchanged" if content == self.last_content else "accepted"
                self.last_content = content
            run = conn.execute(
                "INSERT INTO runs (source, url, started_at, finished_at, outcome, code) VALUES (?, ?, ?, ?, ?, ?)"
                " RETURNING id",
                (source, "http://list.example/hosts", stamp(when), stamp(when), outcome, code),
            ).fetchone()[0]
            if outcome in ("accepted", "unchanged"):
                self._publish(conn, run, when)
        return outcome, code or ""

    def _crawl_bodies(self, registry: sqlite3.Connection, when: datetime) -> None:
        """The other list, noted only when it came with other content."""
        if self.body_listed == self.last_body_listed:
            return
        self.last_body_listed = self.body_listed
        registry.execute(
            "INSERT INTO runs (source, url, started_at, finished_at, outcome)"
            " VALUES ('certifiers', 'http://list.example/certifiers', ?, ?, 'accepted')",
            (stamp(when), stamp(when)),
        )

    def _publish(self, registry: sqlite3.Connection, run: int, when: datetime) -> None:
        for name, host in self.hosts.items():
            old = self.seen.get(name, {"certificates": {}})
            kept = {n: {**c, "listed": 0} for n, c in old["certificates"].items()}
            new = {c["number"]: {**c, "listed": 1} for c in host["certificates"]}
            self.seen[name] = {"siren": host["siren"], "listed": 1, "certificates": kept | new}
        for name in self.seen.keys() - self.hosts.keys():
            self.seen[name]["listed"] = 0
            for one in self.seen[name]["certificates"].values():
                one["listed"] = 0
        path = self.home.path / "hds.db.new"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as conn:
            conn.executescript("PRAGMA synchronous = OFF; BEGIN;" + TABLES)
            fill(conn, self.seen, stamp(when), body_listed=self.body_listed)
            for row in registry.execute("SELECT * FROM runs ORDER BY id"):
                values = tuple(row)[:13]
                conn.execute(f"INSERT INTO runs VALUES ({', '.join('?' * 13)})", values)
            conn.execute(
                "INSERT INTO evidence VALUES (?, ?, ?, 'text/html', 10, ?)",
                ("a" * 64, "http://list.example/hosts", stamp(when), run),
            )
            conn.commit()
        os.replace(path, self.home.published_db)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What `monitor.db` holds."""
        with closing(sqlite3.connect(self.home.monitor_db)) as conn:
            conn.row_factory = sqlite3.Row
            return [dict(row) for row in conn.execute(sql)]


def fill(conn: sqlite3.Connection, hosts: dict[str, dict[str, Any]], when: str, *, body_listed: bool = True) -> None:
    conn.executemany("INSERT INTO referentials VALUES (?, ?, NULL, ?, ?, ?, 'test')", REFERENTIALS)
    conn.executemany("INSERT INTO activities VALUES (?, 'a', 'a', 'x')", [(a,) for a in ALL])
    conn.execute(
        "INSERT INTO certifiers (id, name, listed, accredited_on) VALUES ('lne', 'LNE', ?, '2018-01-01')",
        (int(body_listed),),
    )
    for name, host in hosts.items():
        key = name.lower().replace(" ", "-")
        conn.execute(
            "INSERT INTO hosts VALUES (?, ?, ?, ?, 'FR', NULL, ?, ?, ?, NULL)",
            (key, name, name, host["siren"], host["listed"], when, when),
        )
        for c in host["certificates"].values():
            conn.execute(
                "INSERT INTO certificates (id, host_id, certifier_id, number, referential, referential_label,"
                " issued_on, expires_on, source_status, listed, first_seen, last_seen)"
                " VALUES (?,?,'lne',?,?,?,?,?,?,?,?,?)",
                (c["number"], key, c["number"], c["referential"], c["referential"], c["issued_on"], c["expires_on"],
                 c["status"], c["listed"], when, when),
            )  # fmt: skip
            conn.executemany(
                "INSERT INTO certificate_activities VALUES (?, ?)", [(c["number"], a) for a in c["activities"] or []]
            )
    conn.execute("INSERT INTO provenance VALUES ('hosts', 'x', 'legal_name', ?, 'tr', 'x')", ("a" * 64,))
    conn.execute(
        "INSERT INTO runs (id, source, started_at, finished_at, outcome) VALUES (0, 'certifiers', ?, ?, 'accepted')",
        (when, when),
    )


@contextmanager
def make_world(folder: Path, monkeypatch: Any) -> Iterator[World]:
    """A world whose crawls happen at once, in this process."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(Home(folder))

    def crawl(conn: Any, home: Home, settings: Settings, clock: Any, stop: Any = None) -> CrawlResult:
        outcome = world.crawl(clock())
        if outcome[0] == "no_run":
            with passes.transaction(conn):
                conn.execute(
                    "INSERT INTO crawls (started_at, finished_at, outcomes) VALUES (?, ?, ?)",
                    (stamp(clock()), stamp(clock()), json.dumps({"hosts": outcome})),
                )
        return CrawlResult({"hosts": outcome})

    monkeypatch.setattr(passes.crawling, "crawl", crawl)
    yield world


START = at("2026-11-22 07:00")


def start(world: World, *contracts: dict[str, object], channels: dict[str, str], **top: object) -> int:
    """The first pass, at START, over a host that holds too little: each contact is due an inventory and an alert."""
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch(*(contracts or ({"id": "c", "supplier": "Host"},)), channels=channels, **top)
    return world.tick(START)


def parcel(**other: Any) -> wire.Parcel:
    """A message as it is handed to a channel."""
    given: dict[str, Any] = {
        "kind": "alert", "event": "e" * 32, "ref": "HDS-ABCDEF", "subject": "[HDS-ABCDEF] sujet", "text": "long text",
        "html": "<p>page</p>", "short": "court\nhttps://hds.example/x", "payload": {}, "language": "fr",
        "severity": "breach",
    }  # fmt: skip
    return wire.Parcel(**(given | other))


def days(start: str, count: int, hour: int = 7) -> list[datetime]:
    """`count` daily instants from a date on, at that hour in UTC."""
    first = date.fromisoformat(start)
    return [
        datetime(d.year, d.month, d.day, hour, tzinfo=UTC) for d in (first + timedelta(days=n) for n in range(count))
    ]
