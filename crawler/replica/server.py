"""The replica as an HTTP server on loopback: routes, conditional answers, compression, editions and faults.

Standard library only. Never listens elsewhere than on 127.0.0.1: it must not be mistaken for the official list.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from crawler.replica import layouts, site
from crawler.replica.cast import REFERENCE_DATE
from crawler.replica.certificates import FOLDER, certificate
from crawler.replica.editions import Edition, documents, edition, parse_edition
from crawler.replica.faults import FAULTS
from crawler.replica.site import Page

CONTROL_PATH = "/_replica/edition"
_FIRST_PUBLISHED = datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
_NO_FAULTS = ("/robots.txt", "/sites/")
_LARGEST_BODY = 100_000

Query = Mapping[str, str]
ROUTES: dict[str, Callable[[Edition, Query], Page]] = {
    "/": lambda current, query: site.home(),
    "/hds": lambda current, query: site.home(),
    "/robots.txt": lambda current, query: site.robots(),
    site.LIST_PATH: lambda current, query: site.ajax_list(current),
    site.TABLE_PATH: lambda current, query: site.table(current),
    site.AJAX_PATH: site.ajax_answer,
    site.CERTIFIERS_PATH: lambda current, query: site.certifiers(current),
}


class Hit(NamedTuple):
    """One request that was answered."""

    method: str
    target: str
    status: int


class ReplicaServer:
    """The replica, served from a thread while the `with` block lasts.

    `port` 0 takes a free one. `edition` is a number or a name of `editions.edition_names()`. `today` moves the
    certificates that are about to expire or have just expired; it defaults to a fixed date. `hosts` thins the list
    out to about that many hosts, for tests that visit a page a host.
    """

    def __init__(
        self, port: int = 0, edition: int | str = 1, *, today: date = REFERENCE_DATE, hosts: int | None = None
    ) -> None:
        self.today = today
        self.hosts = hosts
        self.hits: list[Hit] = []
        self._edition = parse_edition(edition)
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> ReplicaServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def edition(self) -> str:
        """The name of the edition that is being served."""
        return self._edition

    def url(self, path: str = site.LIST_PATH) -> str:
        """The absolute address of a path on this server."""
        return f"http://127.0.0.1:{self.port}{path}"

    def set_edition(self, given: int | str) -> None:
        """Serves another edition from the next request on. Raises ValueError naming the allowed ones."""
        self._edition = parse_edition(given)

    def content(self) -> Edition:
        """What the current edition holds, for comparison with what was read."""
        return edition(self._edition, self.today, self.hosts)

    def answer(self, path: str, query: Query) -> Page:
        """The page at a path, fault edition included."""
        route = ROUTES.get(path.rstrip("/") or "/")
        if path.startswith(layouts.PREFIX):
            good = layouts.answer(self.content(), path, query)
        elif path.startswith(FOLDER):
            good = self._document(path)
        else:
            good = route(self.content(), query) if route else site.not_found()
        fault = FAULTS.get(self._edition)
        return fault(good) if fault and not path.startswith(_NO_FAULTS) else good

    def _document(self, path: str) -> Page:
        line = documents(self.today, self.hosts).get(path)
        return Page(certificate(line), "application/pdf") if line else site.not_found()

    def last_modified(self) -> datetime:
        """When the current edition was "published": fixed, three days apart."""
        number = int(self._edition) if self._edition.isdigit() else 1
        return _FIRST_PUBLISHED + timedelta(days=3 * (number - 1))

    def serve_until_stopped(self) -> None:
        """Serves in the calling thread; for the command line."""
        self._server.serve_forever()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        replica = self

        class Handler(_Handler):
            server_of = replica

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news; anything else is a defect and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed narrows what any object is


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    timeout = 30
    server_of: ReplicaServer

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        self._send(self.server_of.answer(target.path, dict(parse_qsl(target.query, keep_blank_values=True))))

    do_HEAD = do_GET

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_BODY:
            self.close_connection = True
            return self._send(Page(b"Payload too large", "text/plain", 413))
        form = self.rfile.read(length).decode("utf-8", "replace")
        query = dict(parse_qsl(target.query)) | dict(parse_qsl(form, keep_blank_values=True))
        if target.path == CONTROL_PATH:
            return self._send(self._switch(query))
        if target.path == site.AJAX_PATH:
            return self._send(self.server_of.answer(target.path, query))
        return self._send(Page(b"Method not allowed", "text/plain", 405))

    def _switch(self, query: Query) -> Page:
        try:
            self.server_of.set_edition(query.get("n", ""))
        except ValueError as error:
            return Page(str(error).encode(), "text/plain; charset=UTF-8", 400)
        return Page(b"", "text/plain", 204)

    def _send(self, page: Page) -> None:
        validators = self._validators(page)
        if page.status == 200 and self._is_known(validators):
            page = Page(b"", page.media_type, 304)
        body = page.body
        self.server_of.hits.append(Hit(self.command, self.path, page.status))
        self.send_response(page.status)
        for name, value in (*validators.items(), *page.headers):
            self.send_header(name, value)
        if page.status not in (204, 304):
            self.send_header("Content-Type", page.media_type)
            if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500:
                body = gzip.compress(body, 5, mtime=0)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and page.status not in (204, 304):
            self.wfile.write(body)

    def _validators(self, page: Page) -> dict[str, str]:
        common = {"X-Generator": "Drupal 10 (https://www.drupal.org)", "Vary": "Accept-Encoding, Cookie"}
        if page.status != 200:
            return common
        return common | {
            "ETag": f'W/"{hashlib.sha256(page.body).hexdigest()[:24]}"',
            "Last-Modified": format_datetime(self.server_of.last_modified(), usegmt=True),
            "Cache-Control": "must-revalidate, no-cache, private",
            "Set-Cookie": "replique_session=demonstration; Path=/; HttpOnly; SameSite=Lax",
        }

    def _is_known(self, validators: dict[str, str]) -> bool:
        """Whether the client's validators still hold; If-None-Match alone decides when it is given (RFC 9110)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return validators["ETag"] in [tag.strip() for tag in tags.split(",")]
        since = self.headers.get("If-Modified-Since")
        if since is None or self.command == "POST":
            return False
        try:
            return parsedate_to_datetime(since) >= self.server_of.last_modified()
        except (TypeError, ValueError):
            return False

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the command line says what is served, tests read `hits`."""
