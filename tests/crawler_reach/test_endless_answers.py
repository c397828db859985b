"""A server that never comes to the point: an answer without an end is given up, and takes little while it lasts."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from crawler.crawl import crawl
from crawler.spiders.headers import MOST_HEADER_BYTES
from registry.home import Home
from registry.settings import Settings

BEGIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-First: 1\r\n"
MOST_SENT = 400 * MOST_HEADER_BYTES


@contextmanager
def server(more: bytes) -> Iterator[tuple[str, Callable[[], int]]]:
    """A site that answers with `more` for as long as somebody reads; its address, and how much it got rid of."""
    sent = [0]

    class Talker(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            connection: socket.socket = self.request
            if b"robots.txt" in connection.recv(65_536):
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            try:
                connection.sendall(BEGIN)
                while sent[0] < MOST_SENT:
                    connection.sendall(more)
                    sent[0] += len(more)
            except OSError:
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talker) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/liste", lambda: sent[0]
        running.shutdown()


@pytest.mark.parametrize("more", [b"X-More: " + b"y" * 200 + b"\r\n", b" and so on" * 20 + b"\r\n"])
def test_headers_without_an_end_are_given_up_after_a_quarter_of_a_megabyte(
    nest: Home, polite: Settings, more: bytes
) -> None:
    with server(more * 100) as (url, sent):
        report = crawl(nest, polite, "hosts", url=url)
        assert sent() < MOST_SENT
    assert report.outcome == "failed"
    assert f"more than {MOST_HEADER_BYTES} bytes of headers before the page" in (report.reason or "")
