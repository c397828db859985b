"""Upgrades: every database is copied before it is brought forward, comes forward whole or not at all whatever happens
meanwhile, and is refused untouched when a newer program wrote it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import monitor_store
from monitor.backup import back_up, restore
from registry import working_schema
from registry.errors import StorageError
from registry.home import Home
from registry.publish import publish
from registry.published_schema import SCHEMA_VERSION
from registry.snapshot import load, open_published
from registry.store import open_store
from tests.registry.registry_world import World, certificate

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEWEST = len(monitor_store.MIGRATIONS)
WHOLE_FILE = "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master ORDER BY name)"
OPEN = "from pathlib import Path; from registry.home import Home; from monitor.monitor_store import open_store\n"


def monitor_database(home: Home, version: int) -> Path:
    """A `monitor.db` just as the program wrote it when that was the newest version, with something to lose in it."""
    home.prepare()
    with closing(sqlite3.connect(home.monitor_db)) as conn:
        conn.executescript("".join(monitor_store.MIGRATIONS[:version]))
        conn.execute(f"PRAGMA application_id = {monitor_store.APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {version}")
        conn.executemany("INSERT INTO meta VALUES (?, ?)", [(f"key {n}", "kept " * 40) for n in range(400)])
        conn.commit()
    return home.monitor_db


def value(path: Path, query: str) -> object:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(query).fetchone()[0]


def child(script: str, home: Home) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", OPEN + script, str(home.path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("version", range(1, NEWEST))
def test_each_earlier_monitor_database_comes_forward_to_what_a_new_one_is(version: int, tmp_path: Path) -> None:
    old, new = Home(tmp_path / "old"), Home(tmp_path / "new")
    new.prepare()
    path = monitor_database(old, version)
    before = path.read_bytes()
    monitor_store.open_store(old).close()
    monitor_store.open_store(new).close()
    assert value(path, WHOLE_FILE) == value(new.monitor_db, WHOLE_FILE)
    assert value(path, "SELECT count(*) FROM meta WHERE value LIKE 'kept%'") == 400
    copy = path.with_name(f"monitor.db.before-v{NEWEST}")
    assert value(copy, "PRAGMA user_version") == version
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.read_bytes()[100:] == before[100:], "the copy is the file as it was"


def test_killed_in_the_middle_it_is_the_old_database_and_comes_forward_the_next_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = monitor_database(home, 1)
    answer = child(
        "import os, sys, registry.store as store\n"
        "whole = store.statements\n"
        "def cut(script):\n"
        "    yield from whole(script)\n"
        "    os._exit(9)\n"
        "store.statements = cut\n"
        "open_store(Home(Path(sys.argv[1])))\n",
        home,
    )
    assert answer.returncode == 9
    assert value(path, "PRAGMA user_version") == 1
    assert "asked" not in str(value(path, WHOLE_FILE))
    monitor_store.open_store(home).close()
    assert value(path, "PRAGMA user_version") == NEWEST
    assert value(path, "PRAGMA integrity_check") == "ok"
    assert value(path.with_name(f"monitor.db.before-v{NEWEST}"), "PRAGMA user_version") == 1


def test_without_room_for_the_copy_nothing_is_touched_and_the_folder_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = monitor_database(home, 1)
    answer = child(
        "import resource, signal, sys\n"
        "from registry.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
        "try:\n"
        "    open_store(Home(Path(sys.argv[1])))\n"
        "except StorageError as error:\n"
        "    sys.exit(str(error))\n",
        home,
    )
    assert answer.returncode == 1
    assert f"check free space and permissions of {tmp_path}" in answer.stderr
    assert value(path, "PRAGMA user_version") == 1
    assert [file.name for file in tmp_path.glob("*before*")] == []


def test_two_that_open_an_old_database_at_once_both_get_it_brought_forward_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    path = monitor_database(home, 1)
    command = [sys.executable, "-c", OPEN + "import sys\nopen_store(Home(Path(sys.argv[1])))", str(tmp_path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(one.communicate(timeout=60)[1], one.returncode) for one in both] == [("", 0), ("", 0)]
    assert value(path, "PRAGMA user_version") == NEWEST
    assert value(path.with_name(f"monitor.db.before-v{NEWEST}"), "PRAGMA user_version") == 1


def test_a_newer_database_of_any_of_the_three_is_refused_untouched(world: World) -> None:
    home = world.home
    world.read(certificate())
    publish(home, NOON)
    monitor_store.open_store(home).close()
    for path, known, opened in (
        (home.monitor_db, NEWEST, lambda: monitor_store.open_store(home)),
        (home.published_db, SCHEMA_VERSION, lambda: open_published(home.published_db)),
        (home.published_db, SCHEMA_VERSION, lambda: load(home.published_db)),
        (home.registry_db, working_schema.VERSION, lambda: open_store(home)),
    ):
        with closing(sqlite3.connect(path)) as conn:
            conn.execute(f"PRAGMA user_version = {known + 1}")
        before = path.read_bytes()
        with pytest.raises(StorageError, match=rf"{path.name}: schema version {known + 1} was written by a newer"):
            opened()
        assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["monitor.db", "registry.db", "hds.db"])
def test_a_backup_of_a_newer_program_is_not_restored(name: str, world: World, tmp_path: Path) -> None:
    world.read(certificate())
    publish(world.home, NOON)
    monitor_store.open_store(world.home).close()
    with closing(sqlite3.connect(world.home.path / name)) as conn:
        conn.execute("PRAGMA user_version = 99")
    folder, other = tmp_path / "backup", Home(tmp_path / "other")
    back_up(world.home, folder)
    with pytest.raises(StorageError, match=rf"{name}: schema version 99 .*nothing was changed"):
        restore(other, folder, NOON)
    assert not other.path.exists() or os.listdir(other.path) == []


def test_a_published_registry_carries_its_version_and_one_without_is_read_all_the_same(world: World) -> None:
    world.read(certificate())
    path = publish(world.home, NOON)
    assert value(path, "PRAGMA user_version") == SCHEMA_VERSION
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version = 0")
    assert len(load(path).hosts) == 1


def test_what_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "hds.db"
    path.write_text("<html>maintenance</html>" * 100, encoding="utf-8")
    with pytest.raises(StorageError, match=r"expected a published registry .*hdswatch publish"):
        open_published(path)
