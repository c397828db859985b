"""`hdswatch probe`: one address or file, shown as it is understood; nothing is followed, nothing is written."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from crawler.probe import probe
from crawler.replica import ReplicaServer
from registry.errors import SourceError
from registry.settings import CrawlSettings, Settings
from tests.conftest import Run

LIST = "/hds/liste-des-hebergeurs-certifies"
PAGE = (
    "<!doctype html><html><head><title>Liste</title></head><body><h1>Hébergeurs certifiés</h1><table>"
    "<tr><th>Hébergeur</th><th>N° de certificat</th><th>Date d'échéance</th><th>Activités</th></tr>"
    "<tr><td>Exemple SAS</td><td>E-1</td><td>11/09/2028</td><td>1, 2</td></tr></table></body></html>"
)
HTML = "text/html; charset=utf-8"


def test_a_page_is_shown_with_reader_headings_and_rows_and_nothing_is_written(hdswatch: Run, home: Path) -> None:
    with ReplicaServer() as replica:
        answer = hdswatch("probe", "hosts", replica.url(f"{LIST}/tableau"), "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert set(found) == {"source", "location", "reader", "fields", "unread", "rows", "declared_total", "problems"}
    assert (found["source"], found["reader"], found["declared_total"]) == ("hosts", "table", 404)
    assert found["fields"]["N° de certificat"] == "number"
    row = found["rows"][0]
    assert isinstance(row["activities"], list)
    assert {"legal_name", "number", "referential", "issued_on", "expires_on", "raw"} <= set(row)
    assert not home.exists() or list(home.iterdir()) == []


def test_the_list_of_certification_bodies_is_shown_the_same_way(hdswatch: Run) -> None:
    with ReplicaServer() as replica:
        answer = hdswatch("probe", "certifiers", replica.url("/hds/organismes-certificateurs"), "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["rows"][0]["name"]


def test_a_page_that_fetches_its_list_elsewhere_sends_its_reader_to_the_crawl(hdswatch: Run) -> None:
    with ReplicaServer() as replica:
        answer = hdswatch("probe", "hosts", replica.url(LIST))
    assert answer.returncode == 4
    assert "letter by letter" in answer.stderr
    assert "hdswatch crawl hosts --url" in answer.stderr


def test_a_file_is_read_by_what_it_is(hdswatch: Run, tmp_path: Path) -> None:
    page, sheet = tmp_path / "page.html", tmp_path / "list.csv"
    page.write_text(PAGE, encoding="utf-8")
    sheet.write_text("Hébergeur;N° de certificat;Date d'échéance\nExemple SAS;E-1;2028-09-11\n", encoding="utf-8")
    for file, reader in ((page, "table"), (sheet, "sheet")):
        answer = hdswatch("probe", "hosts", str(file), "--json")
        assert answer.returncode == 0, answer.stderr
        found = json.loads(answer.stdout)
        assert found["reader"] == reader
        assert [(row["number"], row["expires_on"]) for row in found["rows"]] == [("E-1", "2028-09-11")]


def test_what_is_neither_an_address_nor_a_file_is_a_usage_error(hdswatch: Run, tmp_path: Path) -> None:
    answer = hdswatch("probe", "hosts", str(tmp_path / "missing.html"))
    assert answer.returncode == 2
    assert "missing.html" in answer.stderr


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_an_answer_that_is_no_page_is_named(status: int, hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/list").respond_with_data("no", status=status)
    answer = hdswatch("probe", "hosts", httpserver.url_for("/list"))
    assert answer.returncode == 4
    assert str(status) in answer.stderr


def test_a_redirect_to_another_site_is_not_followed(hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    elsewhere = f"http://127.0.0.2:{httpserver.port}/list"
    httpserver.expect_request("/moved").respond_with_response(Response(status=302, headers={"Location": elsewhere}))
    answer = hdswatch("probe", "hosts", f"http://127.0.0.1:{httpserver.port}/moved")
    assert answer.returncode == 4
    assert elsewhere in answer.stderr


def test_a_redirect_to_another_door_of_the_same_machine_or_another_kind_of_address_is_not_followed(
    hdswatch: Run, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    for number, elsewhere in enumerate(("http://127.0.0.1:1/list", "ftp://127.0.0.1:1/list")):
        httpserver.expect_request(f"/{number}").respond_with_response(
            Response(status=302, headers={"Location": elsewhere})
        )
        answer = hdswatch("probe", "hosts", f"http://127.0.0.1:{httpserver.port}/{number}")
        assert (answer.returncode, elsewhere in answer.stderr) == (4, True), answer.stderr


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + PAGE.encode(),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE.encode())[:-20],
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["headers", "header", "no size", "cut chunk", "cut body", "cut gzip", "nonsense", "silence"],
)
def test_an_answer_that_breaks_the_rules_of_http_or_is_cut_is_a_sentence(said: bytes) -> None:
    with _saying(said) as url, pytest.raises(SourceError, match=f"^{url}: expected"):
        probe("hosts", url, Settings())


def test_an_answer_that_drips_is_left_within_the_time_for_one() -> None:
    settings = Settings(crawl=CrawlSettings(download_timeout=0.5))
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with _saying(said, drip=0.05) as url, pytest.raises(SourceError, match=r"within 0\.5 s"):
        probe("hosts", url, settings)


def test_an_address_with_a_space_is_a_sentence(hdswatch: Run) -> None:
    answer = hdswatch("probe", "hosts", "http://127.0.0.1:1/a list")
    assert (answer.returncode, "Traceback" in answer.stderr) == (4, False), answer.stderr


def test_robots_that_forbid_the_address_are_obeyed(hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /list\n")
    answer = hdswatch("probe", "hosts", httpserver.url_for("/list"))
    assert answer.returncode == 4
    assert "robots.txt" in answer.stderr
    assert [request.path for request, _ in httpserver.log] == ["/robots.txt"]


def test_a_compressed_page_is_read_and_a_compressed_bomb_is_not(hdswatch: Run, httpserver: HTTPServer) -> None:
    packed = {"Content-Encoding": "gzip"}
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/list").respond_with_data(
        gzip.compress(PAGE.encode()), content_type=HTML, headers=packed
    )
    bomb = gzip.compress(b"<html>" + b" " * 60_000_000)
    httpserver.expect_request("/bomb").respond_with_data(bomb, content_type=HTML, headers=packed)
    assert hdswatch("probe", "hosts", httpserver.url_for("/list")).returncode == 0
    answer = hdswatch("probe", "hosts", httpserver.url_for("/bomb"), HDSWATCH_CRAWL__MAX_BYTES="1000000")
    assert answer.returncode == 4
    assert "crawl.max_bytes" in answer.stderr


@contextmanager
def _saying(said: bytes, drip: float | None = None) -> Iterator[str]:
    """A server that says these bytes to whoever asks; with `drip`, then a letter every so many seconds."""
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError), door.accept()[0] as visitor:
                visitor.recv(10_000)
                visitor.sendall(said)
                while drip is not None and not over.wait(drip):
                    visitor.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as door:
        server = threading.Thread(target=serve)
        server.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/list"
        finally:
            over.set()
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            server.join(10)
