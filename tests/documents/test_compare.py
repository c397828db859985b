"""When a certificate's document disagrees with the list, and what is kept about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.documents import (
    DocumentReading,
    ListedCertificate,
    Printed,
    compare,
    keep_reading,
    kept_reading,
    listed_certificates,
    reading_from_json,
    recheck,
    same_number,
)
from registry.home import Home
from registry.store import open_store

URL = "https://list.example/certificat.pdf"
LISTED = ListedCertificate(
    "c1",
    ("Œuvre d'Exemple SAS", "Exemple Cloud"),
    URL,
    "38436-2",
    "2025-09-12",
    "2028-09-11",
    "v2",
    frozenset({1, 2, 5}),
)


def printed(value: str) -> Printed:
    return Printed(value, f"as printed: {value}", "page 1 line 4")


AGREEING = DocumentReading(
    numbers=(printed("38436-2"),),
    issued_on=(printed("2025-09-12"),),
    expires_on=(printed("2028-09-11"),),
    referential=printed("v2"),
    activities=printed("1,2,5"),
    words="certificat delivre a oeuvre dexemple par le laboratoire",
)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"expires_on": (printed("2027-09-11"),)}, ["expires_on"]),
        ({"expires_on": (printed("2027-09-11"), printed("2028-09-11"))}, []),
        ({"expires_on": ()}, []),
        ({"issued_on": (printed("2025-09-13"),), "activities": printed("1,2")}, ["issued_on", "activities"]),
        ({"referential": printed("v1")}, ["referential"]),
        ({"numbers": (printed("38436-1"),)}, ["number"]),
        ({"numbers": (printed("38436"), printed("38436-2"))}, []),
        ({"words": "certificat delivre a exemple cloud"}, []),
        ({"words": "certificat delivre a un autre", "holders": ()}, []),
        ({"words": "certificat delivre a un autre", "holders": (printed("Un Autre SA"),)}, ["legal_name"]),
    ],
)
def test_only_what_the_document_plainly_says_otherwise_is_a_disagreement(
    change: dict[str, object], fields: list[str]
) -> None:
    reading = replace(AGREEING, **change)
    found = compare(LISTED, reading)
    assert [one.field for one in found] == fields
    assert all(one.list_value and one.document_value and one.locator for one in found)


def test_what_the_list_does_not_say_is_not_compared() -> None:
    silent = ListedCertificate("c1", ("Œuvre d'Exemple SAS",), URL)
    assert compare(silent, replace(AGREEING, activities=printed("6"))) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("HDS 789841", "789841", True), ("HDS-789841", "HDS 789841", True), ("38436 - 2", "38436-2", True),
        ("38436-1", "38436-2", False), ("FR094504", "FR094505", False), ("", "", False), ("–", "-", False),
    ],
)  # fmt: skip
def test_numbers_are_the_same_whatever_their_spaces_and_dashes(one: str, other: str, same: bool) -> None:
    assert same_number(one, other) is same


def test_a_reading_is_kept_whole() -> None:
    assert reading_from_json(AGREEING.as_json()) == AGREEING


# ---- in the store ----------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_store(Home(tmp_path))
    seen = "2026-11-01T06:00:00Z"
    connection.execute(
        "INSERT INTO hosts (id, legal_name, sort_key, listed, first_seen, last_seen) VALUES ('h1', ?, 'o', 1, ?, ?)",
        (LISTED.names[0], seen, seen),
    )
    connection.execute("INSERT INTO host_aliases VALUES ('h1', 'Exemple Cloud', 'brand', 'list')")
    connection.execute(
        "INSERT INTO certificates (id, host_id, number, referential, issued_on, expires_on, document_url, listed,"
        " first_seen, last_seen) VALUES ('c1', 'h1', '38436-2', 'v2', '2025-09-12', '2028-09-11', ?, 1, ?, ?)",
        (URL, seen, seen),
    )
    connection.executemany("INSERT INTO certificate_activities VALUES ('c1', ?)", [(1,), (2,), (5,)])
    connection.execute(
        "INSERT INTO provenance VALUES ('certificates', 'c1', 'expires_on', ?, 'row 3', '11/09/2028')", ("a" * 64,)
    )
    connection.execute("INSERT INTO runs (id, source, started_at) VALUES (1, 'documents', ?)", (seen,))
    yield connection
    connection.close()


def contradictions(store: sqlite3.Connection) -> list[tuple[str, ...]]:
    return [tuple(row) for row in store.execute("SELECT * FROM contradictions ORDER BY field")]


def read(store: sqlite3.Connection, reading: DocumentReading, sha256: str = "b" * 64) -> None:
    keep_reading(store, "c1", URL, sha256, 1, NOW, reading, 1)


def test_the_store_gives_back_what_the_list_says(store: sqlite3.Connection) -> None:
    assert listed_certificates(store) == [LISTED]


def test_a_contradiction_has_both_values_and_both_proofs_and_changes_no_listed_value(store: sqlite3.Connection) -> None:
    read(store, replace(AGREEING, expires_on=(printed("2027-09-11"),)))
    recheck(store, NOW)
    now = "2026-11-22T06:00:00Z"
    assert contradictions(store) == [("c1", "expires_on", "2028-09-11", "2027-09-11", "a" * 64, "b" * 64, now, now)]
    assert listed_certificates(store) == [LISTED]


def test_a_contradiction_that_lasts_keeps_first_seen_and_one_that_changes_starts_anew(
    store: sqlite3.Connection,
) -> None:
    read(store, replace(AGREEING, expires_on=(printed("2027-09-11"),)))
    for day in range(3):
        recheck(store, NOW + timedelta(days=day))
    assert contradictions(store)[0][-2:] == ("2026-11-22T06:00:00Z", "2026-11-24T06:00:00Z")
    read(store, replace(AGREEING, expires_on=(printed("2026-09-11"),)), "c" * 64)
    recheck(store, NOW + timedelta(days=9))
    assert contradictions(store)[0][-3:] == ("c" * 64, "2026-12-01T06:00:00Z", "2026-12-01T06:00:00Z")


@pytest.mark.parametrize(
    "what_happens",
    [
        "UPDATE certificates SET expires_on = '2027-09-11'",
        "UPDATE certificates SET document_url = 'https://list.example/neu.pdf'",
        "UPDATE certificates SET document_url = NULL",
        "UPDATE certificates SET listed = 0",
    ],
)
def test_a_contradiction_goes_when_the_list_is_corrected_or_links_the_document_no_more(
    store: sqlite3.Connection, what_happens: str
) -> None:
    read(store, replace(AGREEING, expires_on=(printed("2027-09-11"),)))
    recheck(store, NOW)
    store.execute(what_happens)
    assert recheck(store, NOW) == []
    assert contradictions(store) == []


def test_checking_again_without_a_change_leaves_the_table_alone_but_for_last_seen(store: sqlite3.Connection) -> None:
    read(store, AGREEING)
    assert recheck(store, NOW) == [] and contradictions(store) == []


def test_a_reading_by_an_older_reader_is_not_used_again(store: sqlite3.Connection) -> None:
    read(store, AGREEING)
    assert kept_reading(store, "b" * 64, 1) == AGREEING
    assert kept_reading(store, "b" * 64, 2) is None
    assert kept_reading(store, "d" * 64, 1) is None
