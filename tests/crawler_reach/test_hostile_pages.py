"""A page made to keep a reader busy costs the walk little, and never more than the named errors."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.page import Document
from crawler.spiders import details, drupal, letters, offers, pagers
from registry.errors import SourceError
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
