"""The published registry: whole, checked, public only, and swapped in one step."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from registry.errors import StorageError
from registry.models import FetchedPage
from registry.publish import needs_publishing, publish
from registry.published_schema import TABLES
from registry.runs import add_page, finish_run, start_run
from registry.snapshot import load
from tests.registry.registry_world import DAY, START, URL, World, certificate, certifier

ALPHA = certificate("Alpha", "A-1", (1, 2, 6), siren="808665483", brands=("Azurine",))
BETA = certificate("Beta", "B-2", None, referential=None, referential_label="v2.1")


def test_published_file_has_every_table_of_the_contract_with_its_columns(world: World) -> None:
    world.read(ALPHA, BETA)
    with closing(world.publish()) as hds, closing(sqlite3.connect(":memory:")) as contract:
        contract.executescript(TABLES)
        for (table,) in contract.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            sql = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)'
            assert [tuple(r) for r in hds.execute(sql, (table,))] == contract.execute(sql, (table,)).fetchall(), table


def test_published_file_is_whole_public_and_without_a_log_beside_it(world: World) -> None:
    world.read(ALPHA, BETA)
    with closing(world.publish()) as hds:
        assert hds.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert hds.execute("PRAGMA foreign_key_check").fetchall() == []
        assert hds.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
        assert hds.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 5
    path = world.home.published_db
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert sorted(file.name for file in path.parent.iterdir() if "hds" in file.name) == ["hds.db"]


def test_everything_believed_is_published(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(certifier("LNE"), at=START + DAY, source="certifiers")
    with closing(world.publish()) as hds:
        for table in ("hosts", "certificates", "certificate_activities", "changes", "certifiers", "provenance"):
            assert sorted(map(tuple, hds.execute(f"SELECT * FROM {table}"))) == sorted(
                world.rows(f"SELECT * FROM {table}")
            ), table
        assert hds.execute("SELECT count(*) FROM activities").fetchone()[0] == 6
        assert dict(hds.execute("SELECT version, usable_until FROM referentials").fetchall()) == {
            "v1": "2026-05-16", "v2": None
        }  # fmt: skip


def test_every_published_value_of_a_printed_field_has_a_proof(world: World) -> None:
    world.read(ALPHA, BETA)
    with closing(world.publish()) as hds:
        proofs = {tuple(r) for r in hds.execute("SELECT table_name, row_id, field FROM provenance")}
        for field in ("legal_name", "siren"):
            assert ("hosts", "alpha", field) in proofs
        for field in (
            "number",
            "certifier_id",
            "referential",
            "referential_label",
            "activities",
            "issued_on",
            "expires_on",
        ):
            assert ("certificates", "alpha-a-1", field) in proofs
        assert ("certificates", "beta-b-2", "referential_label") in proofs
        orphans = hds.execute("SELECT count(*) FROM provenance WHERE sha256 NOT IN (SELECT sha256 FROM evidence)")
        assert orphans.fetchone()[0] == 0


def test_proof_moves_with_the_value_it_proves(world: World) -> None:
    world.read(ALPHA, BETA)
    moved = certificate("Alpha", "A-1", (1, 2), siren="808665483", brands=("Azurine",), sha256="cd" * 32)
    again = certificate("Beta", "B-2", None, referential=None, referential_label="v2.1", sha256="cd" * 32)
    world.read(moved, again, at=START + DAY)
    proofs = dict(world.rows("SELECT row_id, sha256 FROM provenance WHERE field = 'number'"))  # type: ignore[arg-type]
    assert proofs == {"alpha-a-1": "cd" * 32, "beta-b-2": "ab" * 32}


def test_what_is_private_stays_out(world: World) -> None:
    world.read(ALPHA)
    run_id = start_run(world.conn, "hosts", "file:///home/someone/secret-folder/list.html", START + DAY)
    add_page(world.conn, run_id, FetchedPage("file:///home/someone/secret-folder/list.html", "ee", "t", "text/html", 1))
    finish_run(
        world.conn, run_id, "quarantined", "contracted host Clinique X vanished", code="watched", finished_at=START
    )
    finish_run(
        world.conn, start_run(world.conn, "hosts", "https://zoe:hunter2@list.example/a", START), "failed",
        "no", finished_at=START, code="unreachable",
    )  # fmt: skip
    with closing(world.publish()) as hds:
        text = "\n".join(hds.iterdump())
        runs = hds.execute("SELECT url, outcome, reason FROM runs ORDER BY id").fetchall()
    assert [tuple(row) for row in runs][1:] == [
        ("file:list.html", "quarantined", "watched"), ("https://list.example/a", "failed", "unreachable")
    ]  # fmt: skip
    for secret in ("secret-folder", "Clinique X", "hunter2", "decisions", "validators"):
        assert secret not in text
    assert world.rows("SELECT run_id FROM evidence WHERE sha256 = 'ee'") == [(2,)], "kept, but not published"
    assert "'ee'" not in text


def test_open_run_is_not_published(world: World) -> None:
    world.read(ALPHA)
    start_run(world.conn, "hosts", URL, START + DAY)
    with closing(world.publish()) as hds:
        assert hds.execute("SELECT count(*) FROM runs").fetchone()[0] == 1


def test_snapshot_of_the_published_file_can_be_loaded(world: World) -> None:
    world.read(ALPHA, BETA)
    path = publish(world.home, START)
    snapshot = load(path)
    assert snapshot.hosts["alpha"].certificates[0].activities == frozenset({1, 2, 6})
    assert snapshot.hosts["beta"].certificates[0].activities is None
    assert snapshot.run is not None
    assert snapshot.run.finished_at == START


def test_publishing_is_due_after_every_good_run_and_only_then(world: World) -> None:
    world.read(ALPHA)
    assert needs_publishing(world.home)
    publish(world.home, START)
    assert not needs_publishing(world.home)
    world.fail(at=START + DAY)
    world.quarantine(ALPHA, at=START + DAY)
    assert not needs_publishing(world.home)
    world.read(ALPHA, at=START + 2 * DAY)
    assert needs_publishing(world.home), "an unchanged run makes the data younger"
    publish(world.home, START + 2 * DAY)
    world.conn.execute("INSERT INTO contradictions VALUES ('alpha-a-1', 'expires_on', 'a', 'b', NULL, NULL, 't', 't')")
    assert needs_publishing(world.home), "so does a contradiction found"


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "other database"])
def test_damaged_published_file_is_published_again(world: World, damage: str) -> None:
    world.read(ALPHA)
    path = publish(world.home, START)
    path.unlink()
    if damage == "empty":
        path.touch()
    elif damage == "garbage":
        path.write_bytes(b"x" * 5000)
    elif damage == "other database":
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE x (y)")
    assert needs_publishing(world.home)
    publish(world.home, START)
    assert not needs_publishing(world.home)


def test_nothing_is_due_without_a_registry(tmp_path: Path) -> None:
    from registry.home import Home

    assert not needs_publishing(Home(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_reader_of_the_old_file_goes_on_reading_it(world: World) -> None:
    world.read(ALPHA)
    with closing(world.publish()) as old:
        assert old.execute("SELECT count(*) FROM hosts").fetchone()[0] == 1
        world.read(ALPHA, BETA, at=START + DAY)
        with closing(world.publish()) as new:
            assert new.execute("SELECT count(*) FROM hosts").fetchone()[0] == 2
        assert old.execute("SELECT count(*) FROM hosts").fetchone()[0] == 1


def test_leftovers_of_a_stopped_publication_and_of_others_do_no_harm(world: World) -> None:
    world.read(ALPHA)
    path = world.home.published_db
    path.with_name(".hds.db.part").write_bytes(b"half")
    path.with_name("hds.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 600)
    path.with_name("hds.db-wal").write_bytes(b"stale")
    with closing(world.publish()) as hds:
        assert hds.execute("SELECT count(*) FROM hosts").fetchone()[0] == 1
    assert sorted(file.name for file in path.parent.iterdir() if "hds" in file.name) == ["hds.db"]


def test_folder_that_cannot_be_written_is_named_and_the_old_file_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.read(ALPHA)
    before = publish(world.home, START).read_bytes()
    world.read(ALPHA, BETA, at=START + DAY)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match=r"hds\.db: could not be read or written \(No space left on device\)"):
        publish(world.home, START + DAY)
    assert world.home.published_db.read_bytes() == before
    assert not world.home.path.joinpath(".hds.db.part").exists()


def test_broken_reference_is_never_published(world: World) -> None:
    world.read(ALPHA)
    before = publish(world.home, START).read_bytes()
    world.conn.execute("PRAGMA foreign_keys = OFF")
    world.conn.execute("UPDATE certificates SET host_id = 'nobody'")
    with pytest.raises(StorageError, match="certificates row 1 refers to a missing row of hosts"):
        publish(world.home, START)
    assert world.home.published_db.read_bytes() == before


def test_old_absence_is_confirmed_when_publishing(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    with closing(world.publish(START + 4 * DAY)) as hds:
        assert hds.execute("SELECT delisted_on FROM hosts WHERE id = 'beta'").fetchone()[0] == "2026-03-03"
        kinds = [row[0] for row in hds.execute("SELECT kind FROM changes WHERE kind LIKE '%DELISTED' ORDER BY kind")]
    assert kinds == ["CERTIFICATE_DELISTED", "HOST_DELISTED"]


def test_reviewed_names_are_published_unless_another_host_bears_them(world: World) -> None:
    world.read(certificate("OVH"), certificate("Microsoft", "M-1"), certificate("Azure", "Z-1"))
    with closing(world.publish()) as hds:
        found = {tuple(r) for r in hds.execute("SELECT host_id, alias FROM host_aliases WHERE source = 'vocabulary'")}
    assert ("ovh", "OVHcloud") in found
    assert not {pair for pair in found if pair[1] in ("Azure", "Microsoft")}


def test_past_statements_are_published_with_days_in_paris(world: World) -> None:
    world.read(ALPHA)
    world.read(certificate("Alpha", "A-1", (1,), siren="808665483"), at=START + DAY)
    with closing(world.publish()) as hds:
        rows = hds.execute(
            "SELECT seen_from, seen_until, activities, first, sha256 IS NOT NULL FROM certificate_versions ORDER BY 1"
        )
        assert [tuple(row) for row in rows] == [
            ("2026-03-02", "2026-03-03", "1,2,6", 1, 1), ("2026-03-03", None, "1", 0, 1)
        ]  # fmt: skip
