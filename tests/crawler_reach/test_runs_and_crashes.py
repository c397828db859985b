"""What stays of a crawl: runs that a person decides on, evidence read again, and homes left by a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawler.release import accept, reject
from crawler.rereading import replay
from registry.errors import ConfigurationError, HomeLocked
from registry.home import Home
from registry.models import RunReport
from registry.settings import Settings
from registry.store import open_store, write_lock
from tests.crawler_reach.reach_sites import NAMES, page, table
from tests.crawler_reach.served_lists import html, published, run, serve

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
    (report,) = replay(nest)
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
    (report,) = replay(nest)
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
