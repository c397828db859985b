"""Whole crawls over HTTP: what is asked, what is kept, what is published, and what a refusal leaves behind."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawler.crawl import crawl
from crawler.evidence import EvidenceStore
from registry.errors import StorageError
from registry.home import Home
from registry.settings import Settings
from registry.store import open_store
from tests.crawler_reach.reach_sites import NAMES, PATH, page, table, under
from tests.crawler_reach.served_lists import asked_for, html, published, run, serve, with_etag

# --- the good way -----------------------------------------------------------------------------------------------------


def test_a_list_is_fetched_kept_read_and_published(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    url = serve(httpserver, lambda asked: html(page(table(NAMES))))
    report = run(nest, polite, url)
    assert (report.outcome, report.rows, report.pages, report.issues) == ("accepted", len(NAMES), 1, 0)
    assert report.changes == {"HOST_LISTED": len(NAMES), "CERTIFICATE_LISTED": len(NAMES)}
    assert sorted(published(nest, "SELECT legal_name FROM hosts WHERE listed")) == sorted(NAMES)
    (sha256,) = set(published(nest, "SELECT sha256 FROM evidence"))
    assert EvidenceStore(nest.evidence).get(sha256) == page(table(NAMES)).encode()
    assert nest.evidence.stat().st_mode & 0o077 == 0
    assert EvidenceStore(nest.evidence).path(sha256).stat().st_mode & 0o077 == 0


def test_an_unchanged_list_costs_almost_only_304s(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    def answer(asked: Request) -> Response:
        letter = asked.args.get("lettre", "")
        index = "".join(f"<li><a href='?lettre={one}'>{one}</a></li>" for one in "ABCEFGILNSV")
        index += "<li><a href='?lettre=0-9'>0-9</a></li>"
        return with_etag(asked, page(f"<ul>{index}</ul>" + (table(under(letter)) if letter else "")))

    url = serve(httpserver, answer)
    first, second = run(nest, polite, url), run(nest, polite, url)
    assert (first.outcome, first.not_modified) == ("accepted", 0)
    assert (second.outcome, second.not_modified, second.pages) == ("unchanged", first.pages, first.pages)
    assert second.rows == len(NAMES)
    assert all(request.headers["Cache-Control"] == "max-age=0" for request in asked_for(httpserver))


def test_the_crawler_says_who_it_is_and_opens_one_connection(httpserver: HTTPServer, nest: Home) -> None:
    settings = Settings(crawl={"download_delay": 0, "user_agent": "Essai/1 (+mailto:x@chu.example)"})  # type: ignore[arg-type]
    url = serve(httpserver, lambda asked: html(page(table(NAMES))))
    run(nest, settings, url)
    assert {request.headers["User-Agent"] for request, _ in httpserver.log} == {"Essai/1 (+mailto:x@chu.example)"}


def test_compressed_pages_in_an_old_encoding_are_read(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    body = gzip.compress(page(table(NAMES)).replace("<meta charset='utf-8'>", "").encode("cp1252"))
    url = serve(
        httpserver, lambda asked: Response(body, content_type="text/html", headers={"Content-Encoding": "gzip"})
    )
    report = run(nest, polite, url)
    assert report.outcome == "accepted"
    assert sorted(published(nest, "SELECT legal_name FROM hosts")) == sorted(NAMES)


def test_redirects_on_the_site_are_followed(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    httpserver.expect_request("/ancienne").respond_with_data("", status=301, headers={"Location": PATH})
    serve(httpserver, lambda asked: html(page(table(NAMES))))
    report = run(nest, polite, httpserver.url_for("/ancienne"))
    assert report.outcome == "accepted"
    with closing(open_store(nest)) as conn:
        notes = [row["message"] for row in conn.execute("SELECT message FROM issues WHERE code = 'redirected'")]
    assert len(notes) == 1 and PATH in notes[0]


def test_a_busy_server_is_asked_again_when_it_says(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    answers = iter([Response(status=503, headers={"Retry-After": "1"}), Response(status=429), html(page(table(NAMES)))])
    url = serve(httpserver, lambda asked: next(answers))
    assert run(nest, polite, url).outcome == "accepted"
    assert len(asked_for(httpserver)) == 3


def test_the_next_address_is_tried_when_one_is_not_the_list(httpserver: HTTPServer, nest: Home) -> None:
    url = serve(httpserver, lambda asked: html(page(table(NAMES))))
    httpserver.expect_request("/vieux").respond_with_data("gone", status=410)
    httpserver.expect_request("/vide").respond_with_data(page("<p>Un texte.</p>"), content_type="text/html")
    given = [httpserver.url_for("/vieux"), httpserver.url_for("/vide"), url]
    settings = Settings(crawl={"download_delay": 0, "hosts_url": given})  # type: ignore[arg-type]
    report = crawl(nest, settings, "hosts")
    assert report.outcome == "accepted", report.reason
    with closing(open_store(nest)) as conn:
        assert [row[0] for row in conn.execute("SELECT url FROM runs")] == [url]


def test_a_local_file_needs_no_network(nest: Home, polite: Settings, tmp_path: Path) -> None:
    file = tmp_path / "liste.html"
    file.write_text(page(table(NAMES)), encoding="utf-8")
    report = crawl(nest, polite, "hosts", file=file)
    assert (report.outcome, report.rows) == ("accepted", len(NAMES))
    assert crawl(nest, polite, "hosts", file=file).outcome == "unchanged"


# --- refusals ---------------------------------------------------------------------------------------------------------


def kept(home: Home) -> tuple[bytes, int]:
    """What is published, and how many hosts the registry believes in."""
    with closing(open_store(home)) as conn:
        return home.published_db.read_bytes(), conn.execute("SELECT count(*) FROM hosts WHERE listed").fetchone()[0]


@contextmanager
def raw_server(*answers: bytes) -> Iterator[str]:
    """Sends exactly these bytes, one answer a connection, the last one again and again; may keep a connection open."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_: list[socket.socket] = []

    def serve_all() -> None:
        waiting = list(answers)
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.recv(65536)
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            client.sendall(answer)
            if answer.endswith(b"STALL"):
                open_.append(client)
            else:
                client.close()

    thread = threading.Thread(target=serve_all, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"
    finally:
        listener.close()
        for client in open_:
            client.close()


NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
WHOLE = page(table(NAMES)).encode()


def bomb() -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = packed.compress(b"<!DOCTYPE html><html><body>" + b" " * 30_000_000) + packed.flush()
    return HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


BROKEN = {
    "fewer bytes than announced": (HEAD + b"Content-Length: 90000\r\n\r\n" + WHOLE, "truncated"),
    "cut without a length": (HEAD + b"\r\n" + WHOLE[: len(WHOLE) // 2], "truncated"),
    "a body that stalls": (HEAD + b"Content-Length: 90000\r\n\r\n" + WHOLE + b"STALL", "stalled"),
    "a body larger than allowed": (HEAD + b"Content-Length: 400000\r\n\r\n" + b"x" * 400_000, "too_large"),
    "a compressed body that is huge": (bomb(), "too_large"),
    "a redirect to another site": (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:9/l\r\nContent-Length: 0\r\n\r\n", "redirected_off_site"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_answer_fails_the_run_and_changes_nothing(case: str, nest: Home, tmp_path: Path) -> None:
    polite = Settings(crawl={"download_delay": 0, "download_timeout": 0.8, "max_bytes": 300_000})  # type: ignore[arg-type]
    file = tmp_path / "liste.html"
    file.write_text(page(table(NAMES)), encoding="utf-8")
    crawl(nest, polite, "hosts", file=file)
    before = kept(nest)
    answer, code = BROKEN[case]
    with raw_server(NO_ROBOTS, answer) as url:
        report = run(nest, polite, url)
    assert report.outcome == "failed"
    with closing(open_store(nest)) as conn:
        assert conn.execute("SELECT code FROM runs WHERE id = ?", (report.run_id,)).fetchone()[0] == code
    assert "expected" in str(report.reason) and "found" in str(report.reason)
    assert kept(nest) == before


def test_what_robots_txt_forbids_is_not_read(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    url = serve(httpserver, lambda asked: html(page(table(NAMES))), "User-agent: HDSWatch\nDisallow: /hds/\n")
    report = run(nest, polite, url)
    assert report.outcome == "failed" and "robots.txt" in str(report.reason)
    assert asked_for(httpserver) == []
    freed = Settings(crawl={"download_delay": 0, "obey_robots": False})  # type: ignore[arg-type]
    assert run(nest, freed, url).outcome == "accepted"


def test_a_server_that_stays_down_fails_the_run(nest: Home, polite: Settings) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}{PATH}"
    report = run(nest, polite, url)
    assert report.outcome == "failed" and "refused" in str(report.reason)
    assert not nest.published_db.exists()


def test_a_crawl_past_its_deadline_is_ended(httpserver: HTTPServer, nest: Home) -> None:
    settings = Settings(crawl={"download_delay": 30, "deadline": 3})  # type: ignore[arg-type]
    url = serve(httpserver, lambda asked: html(page(table(NAMES) + "<a rel='next' href='?page=1'>Suivant</a>")))
    report = run(nest, settings, url)
    assert report.outcome == "failed" and "crawl.deadline" in str(report.reason)


def test_damaged_evidence_is_asked_for_and_kept_anew(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    url = serve(httpserver, lambda asked: with_etag(asked, page(table(NAMES))))
    run(nest, polite, url)
    (sha256,) = EvidenceStore(nest.evidence).names()
    EvidenceStore(nest.evidence).path(sha256).write_bytes(b"damaged")
    report = run(nest, polite, url)
    assert (report.outcome, report.not_modified) == ("unchanged", 0)
    assert EvidenceStore(nest.evidence).is_whole(sha256)
    assert run(nest, polite, url).not_modified == 1


def test_evidence_that_cannot_be_kept_stops_the_crawl_and_names_the_folder(
    httpserver: HTTPServer, nest: Home, polite: Settings
) -> None:
    url = serve(httpserver, lambda asked: html(page(table(NAMES))))
    nest.evidence.parent.mkdir(parents=True, exist_ok=True)
    nest.evidence.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=str(nest.evidence)):
        run(nest, polite, url)
    with closing(open_store(nest)) as conn:
        assert conn.execute("SELECT outcome FROM runs").fetchall()[0][0] == "failed"
