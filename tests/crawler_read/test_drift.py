"""A page that changed under the reader is read exactly or refused with a reason: never silently wrong."""

from __future__ import annotations

import pytest

from crawler import guards
from crawler.readers import UnreadablePage
from tests.crawler_read import drift
from tests.crawler_read.data_pages import CSV, JSON
from tests.crawler_read.drift import LABELLED, LAYOUTS, MUTATIONS, can_show, verdict
from tests.crawler_read.reading import URL, read_page, records, truths
from tests.crawler_read.table_pages import TABLES

QUICK = ("table", "cards")


def _silent(layout: str, kind: str) -> list[str]:
    found = []
    for mutation in MUTATIONS[kind]():
        if not can_show(layout, mutation) or (
            layout in LABELLED and kind == "rows shifted" and "Date de délivrance" in mutation.name
        ):
            continue
        outcome = verdict(*LAYOUTS[layout](mutation.head, mutation.lines), mutation.truth())
        if outcome not in ("exact", "refused", "loud"):
            found.append(f"{mutation.name}: {outcome}")
    return found


@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("layout", QUICK)
def test_a_changed_page_is_never_silently_misread(layout: str, kind: str) -> None:
    assert _silent(layout, kind) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout not in QUICK])
def test_a_changed_page_of_another_layout_is_never_silently_misread(layout: str, kind: str) -> None:
    assert _silent(layout, kind) == []


@pytest.mark.parametrize("kind", ["columns dropped", "cells blank"])
def test_what_a_page_no_longer_prints_is_just_not_read(kind: str) -> None:
    outcomes = {
        mutation.name: verdict(*drift.as_table(mutation.head, mutation.lines), mutation.truth())
        for mutation in MUTATIONS[kind]()
    }
    assert [name for name, outcome in outcomes.items() if outcome not in ("exact", "refused")] == []
    assert sum(outcome == "exact" for outcome in outcomes.values()) >= 5


@pytest.mark.parametrize("name", ["headings in th", "a table for each letter", "a two-column table for each host"])
def test_a_page_cut_anywhere_is_never_taken_for_a_shorter_list(name: str) -> None:
    whole = TABLES[name].body
    assert isinstance(whole, str)
    for end in range(len(whole) // 20, len(whole) - 10, len(whole) // 20):
        _whole_or_refused(whole[:end].encode(), "text/html")


@pytest.mark.parametrize("name", ["an array of objects", "certificates inside hosts", "columns and rows"])
def test_json_cut_anywhere_is_refused(name: str) -> None:
    whole = JSON[name].body
    assert isinstance(whole, str)
    for end in range(len(whole) // 20, len(whole) - 1, len(whole) // 20):
        _whole_or_refused(whole[:end].encode(), "application/json")


def test_csv_cut_inside_a_line_is_refused() -> None:
    whole = CSV["CSV with semicolons"].body
    assert isinstance(whole, bytes)
    last = whole.rstrip().rfind(b"\r\n")
    for end in range(last + 5, len(whole) - 14, 7):
        _whole_or_refused(whole[:end], "text/csv")


def _whole_or_refused(body: bytes, media_type: str) -> None:
    if guards.check(body, media_type, URL)[1] is not None:
        return
    try:
        reading = read_page(body, media_type)
    except UnreadablePage:
        return
    assert reading.refusals or records(reading) == truths()


def test_half_of_the_rows_contradicts_the_stated_total() -> None:
    half, *_ = drift.as_table(list(drift.HEADINGS), drift.BASE[:3])
    half, _ = drift.as_table(list(drift.HEADINGS), drift.BASE[:3])
    page = half.replace("<table>", f"<p>{len(drift.BASE)} hébergeurs certifiés</p><table>")
    reading = read_page(page)
    assert (reading.declared_total, len(reading.rows)) == (6, 3)
