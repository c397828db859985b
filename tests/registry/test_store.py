"""The working store: made, guarded, migrated, and never half-written."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from registry import working_schema
from registry.errors import HomeLocked, StorageError
from registry.home import Home
from registry.published_schema import TABLES
from registry.store import bring_up_to_date, generation, open_store, statements, transaction, write_lock
from tests.registry.registry_world import World, certificate


def holder(home: Home, purpose: str) -> subprocess.Popen[str]:
    """Another process that holds the lock until its stdin closes."""
    code = f"""
        from pathlib import Path
        from registry.home import Home
        from registry.store import write_lock
        with write_lock(Home(Path({str(home.path)!r})), {purpose!r}):
            print("held", flush=True)
            input()
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_store_is_private_walled_and_checks_references(world: World) -> None:
    assert stat.S_IMODE(world.home.registry_db.stat().st_mode) == 0o600
    assert world.one("PRAGMA journal_mode") == "wal"
    assert world.one("PRAGMA foreign_keys") == 1
    with pytest.raises(sqlite3.IntegrityError):
        world.conn.execute("INSERT INTO host_aliases VALUES ('nobody', 'x', 'brand', 'list')")


def test_current_tables_have_the_published_columns_in_order(world: World) -> None:
    with closing(sqlite3.connect(":memory:")) as published:
        published.executescript(TABLES)
        for table in (
            "hosts", "host_aliases", "certifiers", "certificates", "certificate_activities", "changes",
            "contradictions", "provenance",
        ):  # fmt: skip
            ours = world.rows(f"SELECT name FROM pragma_table_info('{table}')")
            theirs = published.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall()
            assert ours == theirs, table


def test_transaction_is_all_or_nothing(world: World) -> None:
    before = generation(world.conn)
    with pytest.raises(RuntimeError), transaction(world.conn):
        world.conn.execute("UPDATE meta SET value = 99")
        raise RuntimeError
    assert generation(world.conn) == before


def test_transaction_inside_another_joins_it(world: World) -> None:
    before = generation(world.conn)
    with pytest.raises(RuntimeError), transaction(world.conn):
        with transaction(world.conn):
            world.conn.execute("UPDATE meta SET value = 99")
        raise RuntimeError
    assert generation(world.conn) == before


def test_two_connections_wait_for_each_other(world: World) -> None:
    with closing(open_store(world.home)) as other:
        with transaction(world.conn):
            world.conn.execute("UPDATE meta SET value = 7")
            assert generation(other) == 1, "a reader sees the state before"
        assert generation(other) == 7


def test_full_disk_is_one_sentence_naming_the_file(world: World) -> None:
    world.conn.execute(f"PRAGMA max_page_count = {world.one('PRAGMA page_count') + 2}")
    with pytest.raises(StorageError, match=r"registry\.db: could not be read or written \(database or disk is full\)"):
        world.read(*[certificate(f"Host {n}", f"N-{n}") for n in range(300)])
    world.conn.execute("PRAGMA max_page_count = 1000000")
    assert world.one("SELECT count(*) FROM hosts") == 0
    assert world.one("PRAGMA integrity_check") == "ok"


def test_damaged_store_is_named_and_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.registry_db.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match=r"registry\.db: expected an SQLite database.*restore"):
        open_store(home)
    assert home.registry_db.read_bytes().startswith(b"not a database")


def test_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    with pytest.raises(Exception, match=str(folder)):
        open_store(Home(folder / "home"))


def test_store_of_a_newer_program_is_refused_untouched(world: World) -> None:
    world.conn.execute("PRAGMA user_version = 999")
    with pytest.raises(StorageError, match=r"version 999 was written by a newer hdswatch; .* up to 1"):
        open_store(world.home)
    assert world.one("PRAGMA user_version") == 999


def test_older_store_is_copied_aside_and_brought_up_in_one_step(world: World) -> None:
    world.read(certificate())
    newest = working_schema.VERSION + 2
    steps = {
        working_schema.VERSION: "ALTER TABLE hosts ADD COLUMN note TEXT;",
        working_schema.VERSION + 1: "CREATE TABLE extra (x);\nUPDATE hosts SET note = 'kept';",
    }
    bring_up_to_date(world.conn, world.home.registry_db, newest=newest, migrations=steps)
    assert world.rows("SELECT id, note FROM hosts") == [("alpha", "kept")]
    assert world.one("PRAGMA user_version") == newest
    backup = world.home.path / f"registry.db.before-v{newest}"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(backup)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (working_schema.VERSION,)
        assert old.execute("SELECT id FROM hosts").fetchall() == [("alpha",)]


def test_migration_that_fails_leaves_the_store_as_it_was(world: World) -> None:
    world.read(certificate())
    steps = {working_schema.VERSION: "ALTER TABLE hosts ADD COLUMN note TEXT;\nSELECT nonsense FROM nowhere;"}
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        bring_up_to_date(world.conn, world.home.registry_db, newest=working_schema.VERSION + 1, migrations=steps)
    assert world.one("PRAGMA user_version") == working_schema.VERSION
    assert "note" not in [row[1] for row in world.rows("PRAGMA table_info(hosts)")]


def test_script_is_cut_into_statements_with_triggers_whole() -> None:
    script = "CREATE TABLE a (x);\nCREATE TRIGGER t AFTER INSERT ON a\n BEGIN UPDATE a SET x = 1; END;\nSELECT 1"
    assert [s.strip().split()[1] for s in statements(script)] == ["TABLE", "TRIGGER", "1"]


def test_second_writer_is_refused_naming_the_first(tmp_path: Path) -> None:
    home = Home(tmp_path)
    other = holder(home, "crawl of hosts")
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with (
        pytest.raises(HomeLocked, match=rf"publishing needs the registry, but process {other.pid} \(crawl of hosts\)"),
        write_lock(home, "publishing"),
    ):
        pass
    other.communicate("\n", timeout=20)
    with write_lock(home, "publishing"):
        pass


def test_waiting_writer_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    home = Home(tmp_path)
    other = holder(home, "crawl")
    assert other.stdout is not None
    other.stdout.readline()
    assert other.stdin is not None
    other.stdin.close()
    with write_lock(home, "publishing", wait=20):
        pass
    other.wait(timeout=20)


def test_lock_of_a_killed_process_is_free_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    other = holder(home, "crawl")
    assert other.stdout is not None
    other.stdout.readline()
    other.kill()
    other.wait(timeout=20)
    with write_lock(home, "publishing"):
        assert home.registry_lock.read_text().startswith(f"{os.getpid()} publishing")


def test_lock_may_be_taken_again_by_its_holder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with write_lock(home, "crawl"), write_lock(home, "publishing"):
        assert "crawl" in home.registry_lock.read_text()
    with write_lock(home, "next"):
        pass
