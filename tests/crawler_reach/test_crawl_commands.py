"""`hdswatch crawl`, `runs` and `replay` as a person and a script meet them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.crawler_reach.reach_sites import NAMES, page, table

Run = Callable[..., "subprocess.CompletedProcess[str]"]
DOCUMENT = {
    "source", "run_id", "outcome", "reason", "pages", "rows", "rejected", "declared_total", "bytes", "not_modified",
    "seconds", "changes", "issues",
}  # fmt: skip


@pytest.fixture
def liste(tmp_path: Path) -> Path:
    file = tmp_path / "liste.html"
    file.write_text(page(table(NAMES)), encoding="utf-8")
    return file


@pytest.fixture
def half(tmp_path: Path) -> Path:
    file = tmp_path / "moitie.html"
    file.write_text(page(table(NAMES[:5])), encoding="utf-8")
    return file


def document(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_json_is_the_contracts_document_and_nothing_else(hdswatch: Run, liste: Path) -> None:
    done = hdswatch("crawl", "hosts", "--file", liste, "--json")
    assert done.returncode == 0
    assert set(document(done)) == DOCUMENT
    assert document(done)["outcome"] == "accepted" and document(done)["rows"] == len(NAMES)


def test_a_failed_crawl_prints_its_document_too(hdswatch: Run, tmp_path: Path) -> None:
    file = tmp_path / "login.html"
    file.write_text(page("<form><input type='password'></form>", title="Connexion"), encoding="utf-8")
    done = hdswatch("crawl", "hosts", "--file", file, "--json")
    assert done.returncode == 4
    assert set(document(done)) == DOCUMENT and document(done)["outcome"] == "failed"
    assert "login" in document(done)["reason"] and "login" in done.stderr


def test_quarantine_release_and_replay_from_the_command_line(hdswatch: Run, liste: Path, half: Path) -> None:
    assert hdswatch("crawl", "hosts", "--file", liste).returncode == 0
    doubtful = hdswatch("crawl", "hosts", "--file", half, "--json")
    assert doubtful.returncode == 3 and document(doubtful)["outcome"] == "quarantined"
    runs = document(hdswatch("runs", "--json"))
    assert [(one["id"], one["outcome"]) for one in runs] == [(2, "quarantined"), (1, "accepted")]
    shown = document(hdswatch("runs", "show", "2", "--json"))
    assert shown["reason"] == document(doubtful)["reason"] and len(shown["evidence"]) == 1
    assert hdswatch("runs", "accept", "2").returncode == 2
    assert hdswatch("runs", "accept", "2", "--reason", " ").returncode == 2
    released = hdswatch("runs", "accept", "2", "--reason", "vu avec le site", "--by", "M. Exemple")
    assert released.returncode == 0, released.stderr
    assert document(hdswatch("runs", "show", "2", "--json"))["decision_reason"] == "vu avec le site"
    assert hdswatch("runs", "show", "9").returncode == 2
    again = hdswatch("replay")
    assert again.returncode == 0 and "the same 5 rows" in again.stderr


def test_all_lists_are_crawled_and_the_worst_exit_code_wins(hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/h").respond_with_data(page(table(NAMES)), content_type="text/html; charset=utf-8")
    done = hdswatch(
        "crawl", "all", "--json",
        HDSWATCH_CRAWL__HOSTS_URL=httpserver.url_for("/h"), HDSWATCH_CRAWL__CERTIFIERS_URL=httpserver.url_for("/none"),
    )  # fmt: skip
    assert done.returncode == 4
    assert [(one["source"], one["outcome"]) for one in document(done)] == [
        ("hosts", "accepted"),
        ("certifiers", "failed"),
    ]


WRONG = {
    "url and file together": ["hosts", "--url", "http://127.0.0.1/", "--file", "x.html"],
    "a file for all lists": ["all", "--file", "x.html"],
    "an address that is none": ["hosts", "--url", "esante.example/liste"],
    "another scheme": ["hosts", "--url", "file:///etc/passwd"],
    "a file that is missing": ["hosts", "--file", "/nowhere/liste.html"],
    "an unknown list": ["hotes"],
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_refused_before_anything_is_written(case: str, hdswatch: Run, home: Path) -> None:
    done = hdswatch("crawl", *WRONG[case])
    assert done.returncode == 2
    assert done.stderr.strip() and done.stdout == ""
    assert not (home / "registry.db").exists() or case == "a file that is missing"


def test_a_terminal_gets_a_progress_bar_and_a_pipe_does_not(home: Path, liste: Path) -> None:
    environment = {**os.environ, "HDSWATCH_HOME": str(home), "TERM": "xterm", "COLUMNS": "100"}
    main, side = pty.openpty()
    command = [sys.executable, "-m", "monitor.cli", "crawl", "hosts", "--file", str(liste), "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=side, text=True)
    os.close(side)
    seen = b""
    while True:
        try:
            part = os.read(main, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(main)
    out, _ = process.communicate()
    assert json.loads(out)["outcome"] == "accepted"
    assert b"hosts" in seen and b"\x1b[" in seen
