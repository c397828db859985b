"""A page made to keep a reader busy costs the walk little, and never more than the named errors."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from crawler.page import Document
from crawler.probe import probe
from crawler.spiders import details, drupal, letters, offers, pagers
from registry.errors import SourceError
from registry.settings import Settings
from tests.conftest import Run
from tests.crawler_reach.reach_sites import NAMES, Answered, Asked, page, table, travel

PATIENCE = 6.0
"""Seconds of processor time for one page; ordinary ones take a hundredth of it."""


def nested(inner: str, times: int) -> str:
    return "".join(inner.format(n=n, letter=chr(65 + n % 26)) for n in range(times)) + "</div>" * times


HOSTILE = {
    "links nested deep": nested("<div class='a{n}'><a href='/h/{n}'>Hote {n}</a>", 2000),
    "letters nested deep": nested("<div><a href='?l={letter}'>{letter}</a>", 2000),
    "thousands of letters": "".join(f"<a href='?l={n}'>{chr(65 + n % 26)}</a>" for n in range(8000)),
    "thousands of numbers": "".join(f"<a href='?page={n}'>{n}</a>" for n in range(8000)),
    "thousands of pagers": "".join(f"<p><a rel='next' href='?page={n}'>Suivant</a></p>" for n in range(8000)),
    "a huge attribute": f"<a href='{'x' * 1_000_000}' class='{'pager ' * 100_000}'>2</a>",
    "endless words": "<p>" + "page 1 sur " * 50_000 + "</p>",
    "an endless script": "<script>" + "'/api/x?a=" * 50_000 + "</script>",
    "tables without an end": "<table><tr><td>" * 3000,
    "comments without an end": "<!--" * 50_000,
    "digits that are no numbers": "<nav>" + "".join(f"<a href='?page={n}'>{n}</a>" for n in "1²³") + "</nav>",
    "numbers without an end": f"<nav><a href='?page=1'>1</a><a href='?page={'9' * 9000}'>{'9' * 9000}</a></nav>",
    "settings that are no JSON": "<script data-drupal-selector='drupal-settings-json'>" + "{" * 100_000 + "</script>",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_page_costs_little(case: str) -> None:
    began = time.process_time()
    document = Document.parse(f"<html><body>{HOSTILE[case]}</body></html>", "http://liste.example/hds")
    letters.find(document)
    pagers.find(document, {"hote 7"})
    offers.find(document, "hosts")
    details.entries(document, frozenset())
    drupal.views(document)
    document.lines()
    assert time.process_time() - began < PATIENCE


@pytest.mark.parametrize("number", ['"²"', '"' + "9" * 9000 + '"', "1e400", "NaN", "-1"])
def test_data_that_count_themselves_in_no_number_are_still_read(tmp_path: Path, number: str) -> None:
    counts = ", ".join(
        f'"{key}": {number}' for key in ("total", "page", "pages", "per_page", "offset", "limit", "next")
    )
    file = tmp_path / "list.json"
    file.write_text(f'{{{counts}, "data": [{{"nom": "Host A", "numero": "C-1", "date_fin": "2027-01-01"}}]}}')
    assert len(probe("hosts", str(file), Settings())["rows"]) == 1


def test_an_address_of_any_length_is_asked(hdswatch: Run, httpserver: HTTPServer) -> None:
    html = {"content_type": "text/html; charset=utf-8"}
    onward = f"<nav><a rel='next' href='?page=2&amp;state={'x' * 5000}'>Page suivante</a></nav>"
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/l", query_string={"page": "2", "state": "x" * 5000}).respond_with_data(
        page(table(NAMES[3:5])), **html
    )
    httpserver.expect_request("/l").respond_with_data(page(table(NAMES[:3]) + onward), **html)
    answer = hdswatch("crawl", "hosts", "--url", httpserver.url_for("/l"), "--json")
    assert answer.returncode == 0, answer.stderr
    assert (json.loads(answer.stdout)["pages"], json.loads(answer.stdout)["rows"]) == (2, 5)


PIECES = [
    "<a href='?page=1'>2</a>", "<a href='#'>A</a>", "<a href='?l=B'>B</a>", "<a href='?l=C'>C</a>", "<a rel=next href=x>›</a>",
    "<form action=y><select name=l><option>A<option>B<option>C<option>D</select>", "<div class=pager>", "</div>", "<nav>",
    table(NAMES[:2]), "<iframe src='/z'>", "<p>Aucun résultat</p>", "<p>3 hébergeurs</p>", "<li>", "</ul>", "&#0;", "<!--", "\x00",
    "<a href='http://[::1'>1</a>", "<a href='//'>Liste complète des hébergeurs (CSV)</a>", "<base href='http://autre.example/'>",
    "<script>fetch('/api/hebergeurs?lettre=')</script>", "<a href='/h/1'>Abeille Santé</a>", "<button data-letter=E>E</button>",
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.lists(st.sampled_from(PIECES), max_size=8))
def test_any_page_gives_a_walk_or_a_named_refusal(tmp_path: Path, first: list[str], others: list[str]) -> None:
    asked: list[str] = []

    def site(one: Asked) -> Answered:
        asked.append(one.url)
        assert one.url.startswith("http://liste.example/")
        return Answered(page("".join(others if asked[1:] else first)))

    try:
        walked = travel(site, tmp_path, max_pages=30).walked
    except SourceError as error:
        assert error.code and "expected" in str(error)
    else:
        assert walked.rows or not walked.complete
    assert len(asked) <= 40


def test_an_answer_that_is_none_is_told_in_words(hdswatch: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = threading.Thread(target=_hang_up, args=[door])
        server.start()
        answer = hdswatch(
            "crawl",
            "hosts",
            "--url",
            f"http://127.0.0.1:{door.getsockname()[1]}/l",
            HDSWATCH_CRAWL__OBEY_ROBOTS="false",
        )
        door.shutdown(socket.SHUT_RDWR)
        server.join(10)
    assert answer.returncode == 4, answer.stderr
    assert "Failure" not in answer.stderr
    assert "twisted" not in answer.stderr


def _hang_up(door: socket.socket) -> None:
    with suppress(OSError):
        while True:
            with door.accept()[0] as visitor:
                visitor.recv(10_000)


def test_a_password_in_an_address_is_refused_and_told_to_nobody(hdswatch: Run, home: Path) -> None:
    address = "http://user:hunter2@127.0.0.1:9/l"
    for answer in (
        hdswatch("crawl", "hosts", "--url", address, "--json"),
        hdswatch("crawl", "hosts", HDSWATCH_CRAWL__HOSTS_URL=address),
    ):
        assert answer.returncode == 2, answer.stderr
        assert "hunter2" not in answer.stdout + answer.stderr
    assert not any(b"hunter2" in path.read_bytes() for path in home.rglob("*") if path.is_file())
