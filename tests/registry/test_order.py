"""History depends on what was observed when, never on the order in which runs were accepted."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.models import Record
from registry.runs import last_good_run, staged
from tests.registry.registry_world import DAY, HOUR, START, World, certificate, certifier, dump, host_only, kinds, told

ALPHA = certificate("Alpha", "A-1")
ALPHA_CUT = certificate("Alpha", "A-1", (1,))
BETA = certificate("Beta", "B-2")
SIRENS = (None, "808665483", "424761419")

lines = st.one_of(
    st.builds(
        certificate,
        st.sampled_from(["Alpha", "Alpha SAS", "Beta", "Gamma"]),
        st.sampled_from(["38436", "38436-1", "7", None]),
        st.sampled_from([(1, 2), (1, 2, 3), (5,), None]),
        issued=st.sampled_from(["2023-04-01", "2026-01-01", None]),
        expires=st.sampled_from(["2026-03-31", "2028-12-31", None]),
        siren=st.sampled_from(SIRENS),
        brands=st.sampled_from([(), ("Beta",)]),
    ),
    st.builds(host_only, st.sampled_from(["Alpha", "Delta"])),
)
editions = st.lists(st.lists(lines, min_size=1, max_size=4), min_size=2, max_size=5)


def replayed(content: Sequence[Sequence[Record]], order: Sequence[int]) -> tuple[object, object]:
    """What is believed after runs a day apart, started in time, were accepted in the given order."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        runs = [world.stage(*records, at=START + day * DAY) for day, records in enumerate(content)]
        for day in order:
            world.believe(runs[day], content[day], START + day * DAY)
        said = world.rows(
            "SELECT v.observed_from, v.observed_until, h.legal_name, h.siren, v.number, v.activities, v.expires_on,"
            " v.issued_on FROM certificate_versions v JOIN host_versions h ON h.host_id = v.host_id AND"
            " h.observed_from <= v.observed_from AND coalesce(h.observed_until, 'z') > v.observed_from"
            " WHERE v.observed_until IS NULL OR v.observed_until > v.observed_from"
        )
        outcomes = world.rows("SELECT id, outcome FROM runs ORDER BY id")
        changes = world.rows("SELECT observed_at, run_id, kind, field, before, after, cause FROM changes")
        world.close()
        return (sorted(said, key=str), sorted(changes, key=str)), outcomes


@settings(max_examples=15, deadline=None)
@given(editions, st.randoms(use_true_random=False))
def test_order_of_acceptance_changes_no_answer_and_no_change(content: list[list[Record]], dice: random.Random) -> None:
    order = list(range(len(content)))
    dice.shuffle(order)
    in_time, _ = replayed(content, range(len(content)))
    shuffled, _ = replayed(content, order)
    assert shuffled == in_time


@settings(max_examples=15, deadline=None)
@given(editions)
def test_folding_history_again_changes_nothing(content: list[list[Record]]) -> None:
    from registry.rebuild import rebuild
    from registry.store import transaction

    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for day, records in enumerate(content):
            world.read(*records, at=START + day * DAY)
        before = dump(world)
        with transaction(world.conn):
            world.conn.execute("PRAGMA defer_foreign_keys = ON")
            fresh = rebuild(world.conn, "operator")
        assert fresh == []
        assert dump(world) == before
        world.close()


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(editions, st.randoms(use_true_random=False))
def test_order_of_acceptance_changes_nothing_in_many_histories(
    content: list[list[Record]], dice: random.Random
) -> None:
    order = list(range(len(content)))
    dice.shuffle(order)
    assert replayed(content, order)[0] == replayed(content, range(len(content)))[0]


def test_run_accepted_late_fills_its_place_in_history(world: World) -> None:
    world.read(ALPHA, BETA)
    held = world.quarantine(ALPHA_CUT, at=START + DAY)
    world.read(ALPHA, BETA, at=START + 2 * DAY)
    changes = world.believe(held, staged(world.conn, held), START + DAY)
    assert kinds(changes) == ["SCOPE_EXTENDED", "SCOPE_REDUCED"]
    assert world.rows("SELECT observed_from, observed_until FROM host_versions WHERE host_id = 'beta' ORDER BY id") == [
        ("2026-03-02T06:15:00Z", "2026-03-03T06:15:00Z"), ("2026-03-04T06:15:00Z", None)
    ]  # fmt: skip
    assert world.listed() == {"alpha": 1, "beta": 1}
    last = last_good_run(world.conn, "hosts")
    assert last is not None
    assert last["id"] == 3


def test_change_that_a_late_run_moves_to_an_earlier_day_is_told_once(world: World) -> None:
    world.read(ALPHA)
    held = world.quarantine(ALPHA_CUT, at=START + DAY)
    world.read(ALPHA_CUT, at=START + 2 * DAY)
    world.believe(held, staged(world.conn, held), START + DAY)
    assert world.rows("SELECT observed_at, run_id FROM changes WHERE kind = 'SCOPE_REDUCED'") == [
        ("2026-03-03T06:15:00Z", held)
    ]


def test_changes_that_stay_true_keep_their_id_when_history_is_folded_again(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + 2 * DAY)
    world.read(ALPHA, at=START + 4 * DAY)
    before = dict(world.rows("SELECT id, kind FROM changes"))  # type: ignore[arg-type]
    held = world.quarantine(ALPHA, BETA, at=START + DAY)
    world.believe(held, staged(world.conn, held), START + DAY)
    assert dict(world.rows("SELECT id, kind FROM changes")) == before  # type: ignore[arg-type]


def test_absence_settled_by_time_stays_settled_when_history_is_folded_again(world: World) -> None:
    from registry.history import settle

    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + 2 * DAY)
    settle(world.conn, START + 5 * DAY)
    before = dump(world)
    held = world.quarantine(ALPHA, BETA, at=START + DAY)
    world.believe(held, staged(world.conn, held), START + DAY)
    assert dump(world)["changes"] == before["changes"]
    assert world.one("SELECT delisted_on FROM hosts WHERE id = 'beta'") == "2026-03-04"


def test_new_reader_over_the_same_page_is_the_readers_change(world: World) -> None:
    unread = certificate("Alpha", "A-1", None)
    run_id = world.stage(unread)
    world.believe(run_id, [unread], START)
    changes = world.believe(run_id, [ALPHA], START, cause="reader")
    assert told(changes) == [("DETAIL_CHANGED", "activities", None, "1,2,3")]
    assert {change.cause for change in changes} == {"reader"}
    assert world.rows("SELECT activities FROM certificate_versions WHERE observed_until IS NULL") == [("1,2,3",)]
    assert list(world.believe(run_id, [ALPHA], START, cause="reader")) == []


def test_reading_an_older_run_again_corrects_the_runs_that_found_it_unchanged(world: World) -> None:
    unread = certificate("Alpha", "A-1", None)
    run_id = world.stage(unread)
    world.believe(run_id, [unread], START)
    for days in (1, 2):
        world.read(unread, at=START + days * DAY)
    changes = world.believe(run_id, [ALPHA], START, cause="reader")
    assert [(c.kind, c.cause) for c in changes] == [("DETAIL_CHANGED", "reader")]
    assert world.rows("SELECT group_concat(activity_id) FROM certificate_activities") == [("1,2,3",)]
    assert list(world.read(ALPHA, at=START + 3 * DAY)) == []


def test_what_the_source_changed_after_a_reading_stays_the_sources(world: World) -> None:
    run_id = world.stage(ALPHA)
    world.believe(run_id, [ALPHA], START)
    world.read(ALPHA_CUT, at=START + DAY)
    relabelled = certificate("Alpha", "A-1", referential_label="2.0")
    world.believe(run_id, [relabelled], START, cause="reader")
    causes = dict(world.rows("SELECT kind || coalesce(after, ''), cause FROM changes WHERE field IS NOT NULL"))  # type: ignore[arg-type]
    assert causes["SCOPE_REDUCED1"] == "source"
    assert causes["DETAIL_CHANGED2.0"] == "reader"


def test_late_certifier_list_is_folded_in_too(world: World) -> None:
    world.read(ALPHA)
    held = world.stage(certifier("LNE"), at=START - HOUR, source="certifiers")
    assert kinds(world.believe(held, [certifier("LNE")], START - HOUR)) == ["CERTIFIER_LISTED"]
    assert world.rows("SELECT listed, first_seen FROM certifiers") == [(1, "2026-03-02T05:15:00Z")]


@pytest.mark.parametrize("table", ["contradictions", "documents"])
def test_what_was_found_in_documents_survives_a_fold(world: World, table: str) -> None:
    world.read(ALPHA, at=START + DAY)
    values = {
        "contradictions": ("alpha-a-1", "expires_on", "2028-01-09", "2027-01-09", "x", "y", "t", "t"),
        "documents": ("alpha-a-1", "https://x.example/a.pdf", "y", "t", None, "{}"),
    }[table]
    world.conn.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    held = world.stage(ALPHA, BETA)
    world.believe(held, [ALPHA, BETA], START)
    assert world.one(f"SELECT count(*) FROM {table}") == 1
