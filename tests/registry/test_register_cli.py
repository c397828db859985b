"""The commands around the register, as a person or a script calls them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from registry.publish import publish
from registry.published_schema import TABLES
from tests.registry.registry_world import DAY, START, World, certificate

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def filled(home: Path) -> World:
    """The home of the command line, with two days of a list in it."""
    made = World(home.parent)
    assert made.home.path == home
    made.read(
        certificate("OVHcloud", "O-1", (1, 2), siren="424761419"),
        certificate("Claranet", "C-1", (3,)),
        certificate("Claranet e-Santé", "C-2", (4,)),
    )
    made.read(
        certificate("OVHcloud", "O-1", (1, 2, 3), siren="424761419"),
        certificate("Claranet", "C-1", (3,)),
        certificate("Claranet e-Santé", "C-2", (4,)),
        at=START + DAY,
    )
    publish(made.home, START + DAY)
    made.close()
    return made


def test_host_of_a_day_as_one_json_document(filled: World, hdswatch: Run) -> None:
    document = json.loads(hdswatch("host", "ovh", "--on", "2026-03-02", "--json").stdout)
    assert (document["id"], document["on"], document["listed"]) == ("ovhcloud", "2026-03-02", True)
    assert [one["activities"] for one in document["certificates"]] == [[1, 2]]


def test_host_for_people_is_words(filled: World, hdswatch: Run) -> None:
    done = hdswatch("host", "ovhcloud")
    assert done.returncode == 0
    for words in ("OVHcloud", "SIREN 424761419", "on the list", "O-1", "1, 2, 3", "scope extended"):
        assert words in done.stdout
    past = hdswatch("host", "ovhcloud", "--on", "2026-03-02")
    assert "the list showed it (read on 2026-03-02, run 1)" in past.stdout
    unknown = hdswatch("host", "ovhcloud", "--on", "2020-01-01")
    assert "had not been read by 2020-01-01" in unknown.stdout


def test_several_hosts_that_fit_are_listed_to_choose_from(filled: World, hdswatch: Run) -> None:
    done = hdswatch("host", "clara")
    assert done.returncode == 1
    assert "fits 2 hosts" in done.stderr
    assert "claranet-e-sante" in done.stderr


def test_host_that_nobody_knows_is_exit_1(filled: World, hdswatch: Run) -> None:
    done = hdswatch("host", "Inconnu", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"query": "Inconnu", "candidates": []}
    assert "no host has this name" in done.stderr


def test_a_register_with_the_tables_of_the_contract_alone_answers_like_a_whole_one(
    filled: World, hdswatch: Run, tmp_path: Path
) -> None:
    """Such as another program would write: no views, no search, no history. The file stays as it was."""
    register, bare = filled.home.published_db, tmp_path / "bare.db"
    with closing(sqlite3.connect(bare)) as conn:
        conn.executescript(TABLES)
        conn.execute("ATTACH ? AS whole", (str(register),))
        for (name,) in conn.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            conn.execute(f"INSERT INTO main.{name} SELECT * FROM whole.{name}")
        conn.commit()
    before = json.loads(hdswatch("changes", "--json").stdout)
    bare.replace(register)
    kept = register.read_bytes()
    assert json.loads(hdswatch("changes", "--json").stdout) == before
    document = json.loads(hdswatch("host", "ovh", "--json").stdout)
    assert (document["id"], document["activities"]) == ("ovhcloud", [1, 2, 3])
    assert hdswatch("export", "jsonl", "--out", str(tmp_path / "tables")).returncode == 0
    assert len((tmp_path / "tables" / "hosts.jsonl").read_text().splitlines()) == 3
    assert register.read_bytes() == kept


def test_day_that_is_none_is_exit_2(filled: World, hdswatch: Run) -> None:
    done = hdswatch("changes", "--since", "31/12/2026")
    assert done.returncode == 2
    assert "expected a date such as 2026-03-03, found '31/12/2026'" in done.stderr


def test_reading_before_any_crawl_says_what_to_do(hdswatch: Run) -> None:
    done = hdswatch("changes")
    assert done.returncode == 2
    assert "hdswatch crawl" in done.stderr


def test_changes_are_a_list_newest_first(filled: World, hdswatch: Run) -> None:
    rows = json.loads(hdswatch("changes", "--json").stdout)
    assert len(rows) == 7
    assert (rows[0]["kind"], rows[0]["before"], rows[0]["after"], rows[0]["cause"]) == (
        "SCOPE_EXTENDED", "1,2", "1,2,3", "source"
    )  # fmt: skip
    since = json.loads(hdswatch("changes", "--since", "2026-03-03", "--json").stdout)
    assert [row["kind"] for row in since] == ["SCOPE_EXTENDED"]
    assert "scope extended" in hdswatch("changes", "--since", "2026-03-03").stdout


def test_hostile_text_does_not_reach_the_terminal(home: Path, hdswatch: Run) -> None:
    made = World(home.parent)
    made.read(certificate("Evil \x1b[31m[bold]\u202e SAS", "E-1"))
    publish(made.home, START)
    made.close()
    done = hdswatch("host", "evil")
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "[bold]" in done.stdout


def test_merge_then_undo_from_the_command_line(filled: World, hdswatch: Run) -> None:
    done = hdswatch("registry", "merge", "claranet-e-sante", "claranet", "--reason", "one group", "--by", "Zoé")
    assert done.returncode == 0, done.stderr
    assert "undo 1" in done.stderr
    merged = json.loads(hdswatch("host", "claranet", "--json").stdout)
    assert {c["number"] for c in merged["certificates"]} == {"C-1", "C-2"}
    assert "one group" in hdswatch("registry", "decisions").stdout
    (row,) = json.loads(hdswatch("registry", "decisions", "--json").stdout)
    assert (row["kind"], row["made_by"], row["reason"]) == ("merge", "Zoé", "one group")
    assert hdswatch("registry", "undo", "1", "--reason", "two companies").returncode == 0
    assert json.loads(hdswatch("host", "claranet-e-sante", "--json").stdout)["id"] == "claranet-e-sante"


def test_split_alias_and_siren_from_the_command_line(filled: World, hdswatch: Run) -> None:
    assert hdswatch("registry", "alias", "claranet", "Clara", "--reason", "usual name").returncode == 0
    assert json.loads(hdswatch("host", "Clara", "--json").stdout)["id"] == "claranet"
    assert (
        hdswatch("registry", "resolve", "claranet", "--siren", "419632286", "--reason", "legal notice").returncode == 0
    )
    assert json.loads(hdswatch("host", "419632286", "--json").stdout)["id"] == "claranet"
    done = hdswatch("registry", "split", "ovhcloud", "--number", "O-1", "--reason", "another company")
    assert done.returncode == 0, done.stderr
    assert "ovhcloud-2" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["merge", "nobody", "claranet", "--reason", "x"], "no host has this id"),
        (["split", "claranet", "--reason", "x"], "one of --name, --siren and --number"),
        (["resolve", "--siren", "419632286"], "HOST_ID and --reason"),
    ],
)
def test_wrong_decision_is_exit_2_with_the_reason(
    filled: World, hdswatch: Run, arguments: list[str], says: str
) -> None:
    done = hdswatch("registry", *arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_export_writes_a_folder_with_words_for_every_column(filled: World, hdswatch: Run, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    done = hdswatch("export", "csv", "--out", out)
    assert done.returncode == 0, done.stderr
    assert (out / "hosts.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    hosts = next(resource for resource in package["resources"] if resource["name"] == "hosts")
    assert all(field.get("description") for field in hosts["schema"]["fields"])


def test_empty_register_is_not_published(home: Path, hdswatch: Run) -> None:
    made = World(home.parent)
    made.fail()
    made.close()
    done = hdswatch("publish")
    assert done.returncode == 2
    assert "expected a list that was read and believed, found none" in done.stderr
    assert not made.home.published_db.exists()


def test_publish_without_a_registry_is_exit_2(hdswatch: Run) -> None:
    done = hdswatch("publish")
    assert done.returncode == 2
    assert "run `hdswatch crawl`" in done.stderr
