"""Answers in JSON that hold a part of the list: every usual way of saying so is followed, or doubted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crawler_reach.reach_sites import NAMES, PATH, Answered, Asked, Site, as_json, record, travel

EACH = 4
RECORDS = [record(name) for name in NAMES]
TOTAL, LAST = len(RECORDS), (len(RECORDS) - 1) // EACH
Answer = Callable[[int, list[dict[str, str]], bool], Any]


def by_page(asked: Asked) -> int:
    return int(asked.query.get("page", 1)) - 1


def from_zero(asked: Asked) -> int:
    return int(asked.query.get("page", 0))


def by_start(asked: Asked) -> int:
    return int(asked.query.get("start", asked.query.get("offset", 0))) // EACH


def first(asked: Asked) -> int:
    return 0


def parts(answer: Answer, at: Callable[[Asked], int] = by_page, headers: dict[str, str] | None = None) -> Site:
    """A list in parts of four; `answer` gets the number of the part, its records, and whether there is more."""

    def site(asked: Asked) -> Answered:
        number = at(asked)
        told = as_json(answer(number, RECORDS[number * EACH :][:EACH], number < LAST))
        told.headers = headers or {}
        return told

    return site


def then(more: bool, **said: object) -> dict[str, object]:
    return said if more else {}


FOLLOWED: dict[str, Site] = {
    "a number of pages": parts(lambda at, rows, more: {"data": rows, "totalPages": LAST + 1}),
    "pages in French": parts(lambda at, rows, more: {"resultats": rows, "page": at + 1, "nombre_pages": LAST + 1}),
    "the next address in French": parts(
        lambda at, rows, more: {"hebergeurs": rows, "page_suivante": f"{PATH}?page={at + 2}" if more else None}),
    "not the last": parts(lambda at, rows, more: {"content": rows, "number": at, "last": not more}, from_zero),
    "an offset and a total": parts(
        lambda at, rows, more: {"results": rows, "start": at * EACH, "rows": EACH, "numFound": TOTAL}, by_start),
    "a page's count beside the total": parts(
        lambda at, rows, more: {"count": len(rows), "meta": {"total": TOTAL, "offset": at * EACH, "limit": EACH},
                                "items": rows}, by_start),
    "one level down": parts(
        lambda at, rows, more: {"payload": {"list": rows, "pagination": {"page": at + 1, "pages": LAST + 1}}}),
}  # fmt: skip

DOUBTED: dict[str, Site] = {
    "a cursor": parts(lambda at, rows, more: {"data": rows, "next_cursor": "c1"}, first),
    "a token": parts(lambda at, rows, more: {"items": rows, "nextPageToken": "c1"}, first),
    "a cursor for what is after": parts(lambda at, rows, more: {"data": rows, "paging": {"cursors": {"after": "c"}}}, first),
    "a page that has a next one": parts(
        lambda at, rows, more: {"data": {"hosts": {"nodes": rows, "pageInfo": {"hasNextPage": True}}}}, first),
    "cut at the server's limit": parts(lambda at, rows, more: {"data": rows, "exceededTransferLimit": True}, first),
    "incomplete": parts(lambda at, rows, more: {"items": rows, "incomplete_results": True}, first),
    "a total one level down": parts(lambda at, rows, more: {"hits": {"total": {"value": TOTAL}, "hits": rows}}, first),
    "a total in a header": parts(lambda at, rows, more: rows, first, {"x-total-count": str(TOTAL)}),
    "a range in a header": parts(lambda at, rows, more: rows, first, {"content-range": f"items 0-3/{TOTAL}"}),
}  # fmt: skip

WHOLE: dict[str, Any] = {
    "a token of the visit and the word that this is all": {"data": RECORDS, "cursor": "c1", "hasMore": False},
    "the last page": {"content": RECORDS, "number": 0, "last": True, "totalPages": 1},
    "a total that is there": {"total": TOTAL, "data": RECORDS},
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_data_in_parts_is_read_to_its_end(case: str, tmp_path: Path) -> None:
    trip = travel(FOLLOWED[case], tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


@pytest.mark.parametrize("case", DOUBTED)
def test_data_that_says_it_is_a_part_is_never_taken_for_the_whole(case: str, tmp_path: Path) -> None:
    assert any("there is more" in doubt for doubt in travel(DOUBTED[case], tmp_path).walked.doubts)


@pytest.mark.parametrize("case", WHOLE)
def test_data_that_is_all_there_is_believed(case: str, tmp_path: Path) -> None:
    trip = travel(lambda asked: as_json(WHOLE[case]), tmp_path)
    assert trip.walked.doubts == []
    assert len(trip.names) == TOTAL
