"""Whole crawls over HTTP: what is asked, what is kept, what is published, and what a refusal leaves behind."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawler.crawl import crawl
from crawler.evidence import EvidenceStore
from crawler.release import accept, reject
from crawler.rereading import replay
from registry.errors import ConfigurationError, HomeLocked, StorageError
from registry.home import Home
from registry.models import RunReport
from registry.settings import Settings
from registry.store import open_store, write_lock
from tests.crawler_reach.reach_sites import NAMES, PATH, page, table, under

Page = Callable[[Request], Response]


@pytest.fixture
def nest(home: Path) -> Home:
    return Home(home)


@pytest.fixture
def polite() -> Settings:
    return Settings(crawl={"download_delay": 0, "download_timeout": 1.5, "max_bytes": 300_000})  # type: ignore[arg-type]


def html(body: str | bytes, **headers: str) -> Response:
    return Response(body, content_type="text/html; charset=utf-8", headers=headers)


def with_etag(asked: Request, body: str) -> Response:
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    if asked.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    return html(body, ETag=tag)


def serve(server: HTTPServer, answer: Page, robots: str = "User-agent: *\nAllow: /\n") -> str:
    server.expect_request("/robots.txt").respond_with_data(robots, content_type="text/plain")
    server.expect_request(PATH).respond_with_handler(answer)
    return server.url_for(PATH)


def asked_for(server: HTTPServer, path: str = PATH) -> list[Request]:
    return [request for request, _ in server.log if request.path == path]


def published(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(home.published_db)) as conn:
        return [row[0] for row in conn.execute(query)]


def run(home: Home, settings: Settings, url: str, **more: Any) -> RunReport:
    return crawl(home, settings, "hosts", url=url, **more)


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


# --- people -----------------------------------------------------------------------------------------------------------


def halved(asked: Request) -> Response:
    return html(page(table(NAMES[: len(NAMES) // 2])))


@pytest.fixture
def doubtful(httpserver: HTTPServer, nest: Home, polite: Settings) -> RunReport:
    """A home with an accepted run, then a quarantined one with half of its rows."""
    answers = iter([html(page(table(NAMES))), halved(None)])  # type: ignore[arg-type]
    url = serve(httpserver, lambda asked: next(answers))
    assert run(nest, polite, url).outcome == "accepted"
    return run(nest, polite, url)


def test_half_a_list_is_quarantined_and_a_person_may_release_it(nest: Home, doubtful: RunReport) -> None:
    assert doubtful.outcome == "quarantined" and doubtful.run_id == 2
    assert len(published(nest, "SELECT id FROM hosts WHERE listed")) == len(NAMES)
    accept(nest, 2, by="M. Exemple", reason="the list was really cut")
    assert len(published(nest, "SELECT id FROM hosts WHERE listed")) == len(NAMES) // 2
    with pytest.raises(ConfigurationError, match="nobody decided on"):
        accept(nest, 2, by="M. Exemple", reason="again")


def test_a_rejected_run_stays_out_and_keeps_the_reason(nest: Home, doubtful: RunReport) -> None:
    row = reject(nest, 2, by="M. Exemple", reason="half the page was missing")
    assert (row["decision"], row["decided_by"], row["decision_reason"]) == (
        "rejected", "M. Exemple", "half the page was missing",
    )  # fmt: skip
    assert len(published(nest, "SELECT id FROM hosts WHERE listed")) == len(NAMES)
    with pytest.raises(ConfigurationError):
        accept(nest, 2, by="M. Exemple", reason="no, after all")


def test_an_old_quarantined_run_cannot_overwrite_a_newer_accepted_one(
    httpserver: HTTPServer, nest: Home, polite: Settings, doubtful: RunReport
) -> None:
    httpserver.expect_request("/autre").respond_with_data(page(table(NAMES)), content_type="text/html; charset=utf-8")
    assert run(nest, polite, httpserver.url_for("/autre")).outcome == "unchanged"
    with pytest.raises(ConfigurationError, match="found run 3"):
        accept(nest, 2, by="M. Exemple", reason="too late")


def test_reading_the_same_evidence_again_changes_nothing(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    run(nest, polite, serve(httpserver, lambda asked: html(page(table(NAMES)))))
    asked = len(httpserver.log)
    (report,) = replay(nest, polite)
    assert (report.outcome, report.rows) == ("same", len(NAMES))
    assert len(httpserver.log) == asked


def test_a_better_dictionary_gives_changes_of_the_reader(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    strange = page(
        table(NAMES)
        .replace("</th></tr>", "</th><th>Contrée</th></tr>")
        .replace("</td></tr>", "</td><td>Belgique</td></tr>")
    )
    run(nest, polite, serve(httpserver, lambda asked: html(strange)))
    assert published(nest, "SELECT country FROM hosts WHERE country IS NOT NULL") == []
    folder = nest.path / "sources"
    folder.mkdir()
    (folder / "hosts.yml").write_text("headings:\n  country: [contrée]\n", encoding="utf-8")
    (report,) = replay(nest, polite)
    assert report.outcome == "changed"
    assert set(published(nest, "SELECT country FROM hosts")) == {"BE"}
    assert set(published(nest, "SELECT cause FROM changes WHERE id > (SELECT count(*) FROM hosts) * 2")) == {"reader"}


# --- crashes ----------------------------------------------------------------------------------------------------------


def test_a_second_crawl_of_the_same_home_is_refused_while_one_runs(nest: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.crawl.LOCK_WAIT", 0.0)
    code = (
        "import sys; from pathlib import Path; from registry.home import Home; from registry.store import write_lock\n"
        "with write_lock(Home(Path(sys.argv[1])), 'a test'): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(nest.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(HomeLocked, match=f"process {holder.pid}"):
            run(nest, Settings(), "http://127.0.0.1:9/")
    finally:
        holder.communicate()


@pytest.mark.parametrize("moment", ["before the pages", "between the pages"])
def test_killed_in_the_middle_the_next_crawl_works_and_no_child_is_left(
    moment: str, httpserver: HTTPServer, nest: Home, polite: Settings
) -> None:
    reached, free = threading.Event(), threading.Event()

    def answer(asked: Request) -> Response:
        last = asked.args.get("page") == "1"
        if last == (moment == "between the pages") and not free.is_set():
            reached.set()
            free.wait(20)
        onward = "" if last else "<a rel='next' href='?page=1'>Suivant</a>"
        return html(page(table(NAMES[8:] if last else NAMES[:8]) + onward))

    url = serve(httpserver, answer)
    environment = {**os.environ, "HDSWATCH_HOME": str(nest.path), "HDSWATCH_CRAWL__DOWNLOAD_DELAY": "0"}
    victim = subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "crawl", "hosts", "--url", url],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    assert reached.wait(30)
    children = Path(f"/proc/{victim.pid}/task/{victim.pid}/children").read_text().split()
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    free.set()
    assert children and all(gone(int(child)) for child in children)
    report = run(nest, polite, url)
    assert (report.outcome, report.rows) == ("accepted", len(NAMES))
    with closing(open_store(nest)) as conn:
        assert [tuple(row) for row in conn.execute("SELECT outcome, code FROM runs ORDER BY id")] == [
            ("failed", "interrupted"), ("accepted", None),
        ]  # fmt: skip


def gone(pid: int) -> bool:
    """Waits up to ten seconds for a process to end (a zombie has ended)."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        threading.Event().wait(0.05)
    return False


def test_what_was_promoted_but_not_published_is_published_by_the_next_crawl(
    httpserver: HTTPServer, nest: Home, polite: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve(httpserver, lambda asked: html(page(table(NAMES))))
    with monkeypatch.context() as broken:
        broken.setattr("crawler.crawl.publish", lambda home, now: (_ for _ in ()).throw(OSError("the machine stopped")))
        with pytest.raises(OSError, match="the machine stopped"):
            run(nest, polite, url)
    assert not nest.published_db.exists()
    assert run(nest, polite, url).outcome == "unchanged"
    assert len(published(nest, "SELECT id FROM hosts WHERE listed")) == len(NAMES)


def test_nothing_in_the_working_folder_is_imported(httpserver: HTTPServer, nest: Home, tmp_path: Path) -> None:
    for name in ("datasette", "scrapy", "twisted", "lxml", "crawler", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('from the working folder')")
    url = serve(httpserver, lambda asked: html(page(table(NAMES))))
    environment = {**os.environ, "HDSWATCH_HOME": str(nest.path), "HDSWATCH_CRAWL__DOWNLOAD_DELAY": "0"}
    program = Path(sys.executable).with_name("hdswatch")
    done = subprocess.run(
        [program, "crawl", "hosts", "--url", url, "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "accepted"


def test_the_lock_is_free_again_after_a_crawl(httpserver: HTTPServer, nest: Home, polite: Settings) -> None:
    run(nest, polite, serve(httpserver, lambda asked: html(page(table(NAMES)))))
    with write_lock(nest, "a test"):
        pass


def test_a_list_that_only_a_new_dictionary_reads_differently_is_no_news_of_the_source(
    httpserver: HTTPServer, nest: Home, polite: Settings
) -> None:
    strange = (
        table(NAMES)
        .replace("</th></tr>", "</th><th>Contrée</th></tr>")
        .replace("</td></tr>", "</td><td>Belgique</td></tr>")
    )
    url = serve(httpserver, lambda asked: html(page(strange)))
    run(nest, polite, url)
    (nest.path / "sources").mkdir()
    (nest.path / "sources" / "hosts.yml").write_text("headings:\n  country: [contrée]\n", encoding="utf-8")
    report = run(nest, polite, url)
    assert (report.outcome, report.changes) == ("unchanged", {})
    assert set(published(nest, "SELECT country FROM hosts")) == {"BE"}
    assert set(published(nest, "SELECT cause FROM changes WHERE kind NOT LIKE '%LISTED'")) == {"reader"}
