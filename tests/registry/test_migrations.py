"""Stores written by every earlier version open, mean the same, and go on. One fixture a schema version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from registry import working_schema
from registry.rebuild import rebuild
from registry.store import transaction
from tests.registry.registry_world import DAY, START, World, certificate, dump, kinds

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("registry-v*.sql"))


def restored(fixture: Path, folder: Path) -> World:
    (folder / "home").mkdir()
    with closing(sqlite3.connect(folder / "home" / "registry.db")) as conn:
        conn.executescript(fixture.read_text(encoding="utf-8"))
    return World(folder)


def test_there_is_a_fixture_of_every_version() -> None:
    assert [path.stem for path in FIXTURES] == [f"registry-v{n}" for n in range(1, working_schema.VERSION + 1)]
    assert set(working_schema.MIGRATIONS) == set(range(1, working_schema.VERSION))


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_store_of_an_earlier_version_opens_and_goes_on(fixture: Path, tmp_path: Path) -> None:
    world = restored(fixture, tmp_path)
    assert world.one("PRAGMA user_version") == working_schema.VERSION
    assert world.rows("SELECT id, legal_name, listed FROM hosts ORDER BY id") == [
        ("beta", "Beta", 1), ("oeuvre-sante", "Œuvre de Santé SAS", 1)
    ]  # fmt: skip
    before = dump(world)
    with transaction(world.conn):
        world.conn.execute("PRAGMA defer_foreign_keys = ON")
        assert rebuild(world.conn, "operator") == []
    assert dump(world) == before
    gone = world.read(certificate("Beta", "B-2", (5, 6)), at=START + 9 * DAY)
    assert kinds(gone) == []
    with closing(world.publish(START + 9 * DAY)) as hds:
        assert hds.execute("SELECT count(*) FROM contradictions").fetchone()[0] == 1
        assert hds.execute("SELECT count(*) FROM hosts WHERE listed").fetchone()[0] == 1
    world.close()


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_schema_of_an_upgraded_store_is_that_of_a_new_one(fixture: Path, tmp_path: Path) -> None:
    def shape(world: World) -> dict[str, object]:
        columns = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?)'
        tables = world.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {table: world.rows(columns, table) for (table,) in tables}

    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old, new = restored(fixture, tmp_path / "old"), World(tmp_path / "new")
    assert shape(old) == shape(new)
    old.close()
    new.close()
