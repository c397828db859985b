"""The log of crawls: what was fetched and read, what could not be, and what a person decided."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import ConfigurationError
from registry.models import CertificateRecord, CertifierRecord, FetchedPage, Problem, RawCell, RawRow
from registry.records_codec import chunks, fingerprint, unchunk
from registry.runs import (
    add_page,
    add_problems,
    decide_run,
    finish_run,
    issues_of,
    last_good_run,
    list_runs,
    pages_of,
    show_run,
    staged,
    start_run,
)
from tests.registry.registry_world import DAY, START, URL, World, certificate, certifier

texts = st.text(max_size=20)
maybe = st.none() | texts
days = st.none() | st.dates(date(2018, 1, 1), date(2035, 1, 1))
cells = st.dictionaries(
    st.sampled_from(["legal_name", "number"]), st.builds(RawCell, texts, texts, texts, maybe, maybe)
)
raws = st.none() | st.builds(RawRow, st.just("hosts"), texts, texts, texts, cells, st.dictionaries(texts, texts))
records = st.one_of(
    st.builds(
        CertificateRecord, texts, brands=st.lists(texts, max_size=2).map(tuple), siren=maybe, number=maybe,
        issued_on=days, expires_on=days, activities=st.none() | st.frozensets(st.integers(1, 6)), raw=raws,
    ),
    st.builds(CertifierRecord, texts, texts, accredited_on=days, raw=raws),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(records, max_size=6))
def test_rows_come_back_as_they_were_stored(rows: list[CertificateRecord | CertifierRecord]) -> None:
    back = list(unchunk(chunks(rows)))
    assert back == rows
    assert [row.raw for row in back] == [row.raw for row in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(records, max_size=6), st.randoms(use_true_random=False))
def test_fingerprint_ignores_order_and_print_but_nothing_else(rows: list[CertificateRecord], dice: object) -> None:
    from dataclasses import replace

    shuffled = list(rows)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fingerprint(shuffled) == fingerprint(rows)
    assert fingerprint([replace(row, raw=None) for row in rows]) == fingerprint(rows)
    assert fingerprint([*rows, certificate()]) != fingerprint(rows)


def test_run_keeps_pages_problems_and_counts(world: World) -> None:
    run_id = start_run(world.conn, "hosts", URL, START)
    add_page(world.conn, run_id, FetchedPage(URL, "aa", "2026-03-02T06:15:01Z", "text/html", 700))
    add_page(world.conn, run_id, FetchedPage(URL + "?page=1", "bb", "2026-03-02T06:15:02Z", "text/html", 300, True))
    add_page(world.conn, run_id, FetchedPage(URL, "aa", "2026-03-02T06:15:03Z", "text/html", 700))
    add_problems(world.conn, run_id, [Problem(3, "issued_on", "07/2024", "a month is no day")])
    add_problems(world.conn, run_id, [Problem(None, "unread", "Durée", "column not understood", "unread")])
    finish_run(
        world.conn, run_id, "accepted", statistics={"rows": 9}, finished_at=START, rows=9, rejected=1, declared_total=9
    )
    run = show_run(world.conn, run_id)
    counts = ("outcome", "pages", "bytes", "not_modified", "rows", "rejected", "declared_total", "issues")
    assert [run[name] for name in counts] == ["accepted", 2, 1000, 1, 9, 1, 9, 2]
    assert json.loads(run["statistics"]) == {"rows": 9}
    assert [(i["seq"], i["row"], i["field"], i["code"]) for i in issues_of(world.conn, run_id)] == [
        (1, 3, "issued_on", "unreadable"), (2, None, "unread", "unread")
    ]  # fmt: skip
    assert [page["sha256"] for page in pages_of(world.conn, run_id)] == ["aa", "bb"]


def test_run_that_a_crash_left_open_is_closed_by_the_next_one(world: World) -> None:
    first = start_run(world.conn, "hosts", URL, START)
    start_run(world.conn, "hosts", URL, START + DAY)
    run = show_run(world.conn, first)
    assert (run["outcome"], run["code"]) == ("failed", "interrupted")


def test_last_good_run_is_by_observation_and_skips_what_was_not_believed(world: World) -> None:
    assert last_good_run(world.conn, "hosts") is None
    world.read(certificate())
    unchanged = world.read(certificate(), at=START + DAY)
    assert unchanged.outcome == "unchanged"
    world.quarantine(certificate(), at=START + 2 * DAY)
    world.fail(at=START + 3 * DAY)
    world.read(certifier(), at=START + 4 * DAY, source="certifiers")
    last = last_good_run(world.conn, "hosts")
    assert last is not None
    assert (last["id"], last["observed_at"]) == (2, "2026-03-03T06:15:00Z")


def test_runs_are_listed_newest_first_and_by_source(world: World) -> None:
    world.read(certificate())
    world.read(certifier(), source="certifiers")
    world.fail(at=START + DAY)
    assert [run["id"] for run in list_runs(world.conn)] == [3, 2, 1]
    assert [run["id"] for run in list_runs(world.conn, source="certifiers")] == [2]
    assert [run["id"] for run in list_runs(world.conn, limit=1)] == [3]


def test_unknown_run_is_refused_naming_those_there_are(world: World) -> None:
    with pytest.raises(ConfigurationError, match="run 5: no such run; there is none yet"):
        show_run(world.conn, 5)
    world.fail()
    with pytest.raises(ConfigurationError, match="runs 1 to 1"):
        show_run(world.conn, 5)


def test_quarantined_run_can_be_accepted_by_a_person_once(world: World) -> None:
    world.read(certificate(), certificate("Beta", "B-1"))
    held = world.quarantine(certificate(), at=START + DAY)
    decide_run(world.conn, held, "accepted", by="Zoé", reason="the list was cut", decided_at=START + 2 * DAY)
    world.believe(held, staged(world.conn, held), START + DAY)
    run = show_run(world.conn, held)
    assert (run["outcome"], run["decision"], run["decided_by"], run["decision_reason"]) == (
        "accepted", "accepted", "Zoé", "the list was cut"
    )  # fmt: skip
    assert world.listed() == {"alpha": 1, "beta": 0}
    with pytest.raises(ConfigurationError, match="accepted by Zoé"):
        decide_run(world.conn, held, "rejected", by="X", reason="y", decided_at=START)


def test_run_without_rows_cannot_be_released(world: World) -> None:
    failed = world.fail()
    with pytest.raises(ConfigurationError, match="expected a quarantined run"):
        decide_run(world.conn, failed, "accepted", by="Z", reason="r", decided_at=START)
    with pytest.raises(ConfigurationError, match="expected staged rows, found none"):
        staged(world.conn, failed)
