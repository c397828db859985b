"""The whole way once: replica over HTTP → registry.db → hds.db → verdicts → messages, as commands a user runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.replica import ReplicaServer
from monitor.demo import CERTIFIERS_PATH, HOSTS_PATH
from tests.conftest import Run

TABLE_PATH = HOSTS_PATH + "/tableau"


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer() as server:
        yield server


def _published(home: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{home / 'hds.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


CONTENT = """
    SELECT h.legal_name, h.siren, h.country, h.website, c.certifier_id, c.number, c.referential, c.referential_label,
           c.legacy_scopes, c.issued_on, c.expires_on, c.source_status, c.document_url,
           (SELECT group_concat(activity_id) FROM (SELECT activity_id FROM certificate_activities
             WHERE certificate_id = c.id ORDER BY activity_id))
    FROM hosts h LEFT JOIN certificates c ON c.host_id = h.id ORDER BY 1, 2, 6, 10, 11, 8
"""


def test_the_ajax_list_and_the_table_give_the_same_404_hosts(
    hdswatch: Run, tmp_path: Path, replica: ReplicaServer
) -> None:
    found = {}
    for path in (HOSTS_PATH, TABLE_PATH):
        home = tmp_path / path.replace("/", "-")
        answer = hdswatch("crawl", "hosts", "--url", replica.url(path), "--json", "--home", home)
        assert answer.returncode == 0, answer.stderr
        report = json.loads(answer.stdout)
        assert (report["outcome"], report["declared_total"]) == ("accepted", 404)
        assert _published(home, "SELECT count(*) FROM hosts WHERE listed") == [(404,)]
        found[path] = _published(home, CONTENT)
    assert found[HOSTS_PATH] == found[TABLE_PATH]


def test_crawling_again_with_nothing_edited_is_unchanged_and_nearly_all_304(
    hdswatch: Run, replica: ReplicaServer
) -> None:
    first = json.loads(hdswatch("crawl", "hosts", "--url", replica.url(HOSTS_PATH), "--json").stdout)
    second = json.loads(hdswatch("crawl", "hosts", "--url", replica.url(HOSTS_PATH), "--json").stdout)
    assert first["outcome"] == "accepted"
    assert (second["outcome"], second["changes"]) == ("unchanged", {})
    assert second["not_modified"] >= second["pages"] - 1
    assert second["rows"] == first["rows"]


def test_a_list_that_lost_most_of_its_rows_is_quarantined_and_the_published_data_stay(
    hdswatch: Run, home: Path, replica: ReplicaServer
) -> None:
    hdswatch("crawl", "hosts", "--url", replica.url(TABLE_PATH), "--json")
    before = (home / "hds.db").read_bytes()
    replica.set_edition("quarantine")
    answer = hdswatch("crawl", "hosts", "--url", replica.url(TABLE_PATH), "--json")
    assert answer.returncode == 3, answer.stderr
    assert json.loads(answer.stdout)["outcome"] == "quarantined"
    assert (home / "hds.db").read_bytes() == before


@pytest.mark.parametrize("fault", ["down", "login", "blank", "truncated", "botwall"])
def test_a_page_that_is_not_the_page_fails_the_crawl(hdswatch: Run, replica: ReplicaServer, fault: str) -> None:
    replica.set_edition(fault)
    answer = hdswatch("crawl", "hosts", "--url", replica.url(TABLE_PATH), "--json")
    assert answer.returncode == 4, answer.stderr
    report = json.loads(answer.stdout)
    assert report["outcome"] == "failed"
    assert report["reason"]


def test_an_address_that_nobody_serves_is_exit_4_in_one_sentence(hdswatch: Run, home: Path) -> None:
    answer = hdswatch("crawl", "hosts", "--url", "http://127.0.0.1:9/list")
    assert answer.returncode == 4
    assert "127.0.0.1:9" in answer.stderr
    assert not (home / "hds.db").exists()


def test_editions_give_one_typed_change_for_each_thing_that_happened(
    hdswatch: Run, home: Path, replica: ReplicaServer
) -> None:
    hdswatch("crawl", "hosts", "--url", replica.url(TABLE_PATH))
    replica.set_edition(2)
    report = json.loads(hdswatch("crawl", "hosts", "--url", replica.url(TABLE_PATH), "--json").stdout)
    assert report["outcome"] == "accepted"
    changes = report["changes"]
    assert changes["CERTIFICATE_RENEWED"] == 1
    assert changes["SCOPE_REDUCED"] == 1
    assert changes["HOST_RENAMED"] == 1
    assert changes["EXPIRY_MOVED"] == 1
    assert changes["HOST_LISTED"] == 1
    assert changes["CERTIFIER_CHANGED"] == 1
    assert "HOST_DELISTED" not in changes
    assert "CERTIFICATE_DELISTED" not in changes


def test_the_demo_runs_the_whole_way_and_ends_by_itself(hdswatch: Run, home: Path) -> None:
    answer = hdswatch("demo", "--no-serve")
    assert answer.returncode == 0, answer.stderr + answer.stdout
    assert _published(home, "SELECT count(*) FROM hosts WHERE listed")[0][0] in (404, 405)
    for word in ("inventory", "alert", "breach", "covered", "EXPIRED"):
        assert word in answer.stdout, word


def test_the_demo_never_touches_a_home_of_another_use(hdswatch: Run, home: Path) -> None:
    (home / "watchlist.yml").write_text("version: 1\n")
    answer = hdswatch("demo", "--no-serve")
    assert answer.returncode == 2
    assert str(home) in answer.stderr
    assert [path.name for path in home.iterdir()] == ["watchlist.yml"]


def test_certifiers_are_read_from_their_own_list(hdswatch: Run, home: Path, replica: ReplicaServer) -> None:
    answer = hdswatch("crawl", "certifiers", "--url", replica.url(CERTIFIERS_PATH), "--json")
    assert answer.returncode == 0, answer.stderr
    assert _published(home, "SELECT count(*) > 5 FROM certifiers WHERE listed") == [(1,)]
    found = _published(home, "SELECT accredited_on FROM certifiers WHERE name LIKE 'Bureau Veritas%'")
    assert found == [("2019-04-17",)]
