"""Databases that are damaged, foreign or newer are named and left alone; copies come back whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from monitor import journal, passes
from monitor.backup import back_up, restore
from monitor.cli.demo import write_watchlist
from monitor.demo import write_settings
from monitor.locks import holder, is_held, one_process
from monitor.monitor_store import APPLICATION_ID, MIGRATIONS, open_reader, open_store, transaction
from registry.errors import ConfigurationError, HomeLocked, StorageError
from registry.home import Home
from tests.alerts.alerts_world import HttpSink, World, at, certificate


@pytest.fixture
def home(fast_path: Path) -> Home:
    made = Home(fast_path / "home")
    made.prepare()
    return made


def test_a_new_database_is_private_and_of_this_version(home: Home) -> None:
    conn = open_store(home)
    assert home.monitor_db.stat().st_mode & 0o777 == 0o600
    assert conn.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    assert conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    conn.close()
    assert [path.name for path in home.path.iterdir()] == ["monitor.db"]


@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "flipped"])
def test_a_damaged_database_is_named_and_left_as_it_is(home: Home, damage: str) -> None:
    conn = open_store(home)
    with transaction(conn):
        for number in range(400):
            journal.write(conn, at("2026-11-22 07:00"), "queued", number=number, text="x" * 60)
    conn.close()
    whole = home.monitor_db.read_bytes()
    broken = {
        "empty": b"", "garbage": b"not a database at all" * 300, "cut": whole[: len(whole) // 3],
        "flipped": whole[:8192] + bytes(4096) + whole[12288:],
    }[damage]  # fmt: skip
    home.monitor_db.write_bytes(broken)
    for opened in (open_store, open_reader):
        with pytest.raises(StorageError, match=r"monitor\.db"):
            opened(home)
    assert home.monitor_db.read_bytes() == broken


@pytest.mark.parametrize("name", ["registry.db", "hds.db", "monitor.db"])
def test_a_pass_on_a_damaged_database_sends_nothing_and_overwrites_nothing(
    world: World, http: HttpSink, name: str
) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-22 07:00"))
    path = world.home.path / name
    path.write_bytes(b"SQLite format 3\x00" + os.urandom(8000))
    broken, crawls = path.read_bytes(), world.crawls
    with pytest.raises(StorageError, match=name):
        world.tick(at("2026-12-30 07:00"))
    assert path.read_bytes() == broken
    assert world.crawls == crawls
    assert len(http.requests) == 1


def test_a_newer_database_is_refused_with_what_to_do(home: Home) -> None:
    conn = open_store(home)
    conn.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    conn.close()
    before = home.monitor_db.read_bytes()
    with pytest.raises(StorageError, match="newer hdswatch"):
        open_store(home)
    assert home.monitor_db.read_bytes() == before


def test_another_programs_database_is_refused(home: Home) -> None:
    with sqlite3.connect(home.monitor_db) as conn:
        conn.execute("CREATE TABLE t (a)")
    conn.close()
    with pytest.raises(StorageError, match="another program"):
        open_store(home)


def test_reading_a_home_without_a_database_makes_none(home: Home) -> None:
    assert open_reader(home) is None
    with pytest.raises(ConfigurationError, match="nothing is watched"):
        open_store(home, create=False)
    assert list(home.path.iterdir()) == []


def test_a_home_that_cannot_be_written_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: object, flags: int, *more: object) -> int:
        if str(home.path) in str(path) and flags & os.O_CREAT:
            raise OSError(28, "No space left on device")
        return real(path, flags, *more)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageError, match=str(home.path)):
        open_store(home)
    with pytest.raises(ConfigurationError, match=str(home.path)), one_process(home.monitor_lock, "once"):
        pass


def test_a_full_disk_between_two_passes_loses_nothing(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    real = passes.open_store

    def full(home: Home) -> sqlite3.Connection:
        conn = real(home)
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages}")
        return conn

    passes.open_store = full  # type: ignore[assignment]  # a disk of exactly this size
    try:
        with pytest.raises(StorageError, match=r"monitor\.db.*full"):
            world.tick(at("2026-11-22 07:00"))
    finally:
        passes.open_store = real
    assert http.requests == []
    assert world.tick(at("2026-11-22 07:10")) == 0
    assert [m.kind for m in http.messages()] == ["inventory", "alert"]


# -- the lock --------------------------------------------------------------------------------------------------------


def test_a_second_process_is_told_who_is_at_work(home: Home) -> None:
    with one_process(home.monitor_lock, "run"):
        assert is_held(home.monitor_lock)
        assert holder(home.monitor_lock) == f"`hdswatch run` (process {os.getpid()})"
        with pytest.raises(HomeLocked, match=rf"hdswatch run.*{os.getpid()}"), one_process(home.monitor_lock, "once"):
            pass
    assert not is_held(home.monitor_lock)
    with one_process(home.monitor_lock, "once", wait=1):
        pass


# -- the journal -----------------------------------------------------------------------------------------------------


@pytest.fixture
def chained(home: Home) -> Iterator[sqlite3.Connection]:
    conn = open_store(home)
    with transaction(conn):
        for number in range(5):
            journal.write(conn, at("2026-11-22 07:00"), "delivered", ref=f"HDS-{number}")
    yield conn
    conn.close()


def test_an_untouched_journal_verifies(chained: sqlite3.Connection) -> None:
    assert journal.verify(chained) == (5, None)
    assert [entry.details["ref"] for entry in journal.entries(chained, ref="HDS-3")] == ["HDS-3"]


@pytest.mark.parametrize(
    ("tampering", "at_entry"),
    [
        ("UPDATE journal SET entry = replace(entry, 'HDS-2', 'HDS-9') WHERE id = 3", "entry 3"),
        ("UPDATE journal SET at = '2020-01-01T00:00:00Z' WHERE id = 2", "entry 2"),
        ("DELETE FROM journal WHERE id = 4", "entry 4"),
        ("DELETE FROM journal WHERE id = 1", "entry 1"),
        ("DELETE FROM journal WHERE id = 5", "entry 5"),
        ("DELETE FROM journal WHERE id > 3", "entry 4"),
        ("DELETE FROM journal", "entry 1"),
        ("UPDATE journal SET previous = hash WHERE id = 5", "entry 5"),
    ],
)
def test_a_journal_that_was_tampered_with_says_where(
    chained: sqlite3.Connection, tampering: str, at_entry: str
) -> None:
    chained.execute(tampering)
    _, problem = journal.verify(chained)
    assert problem is not None and problem.startswith(at_entry)


def test_an_end_that_was_cut_off_is_seen_after_the_journal_went_on(chained: sqlite3.Connection) -> None:
    chained.execute("DELETE FROM journal WHERE id = 5")
    with transaction(chained):
        journal.write(chained, at("2026-11-22 08:00"), "delivered", ref="HDS-6")
    assert journal.verify(chained)[1] is not None


def test_a_journal_from_before_its_end_was_noted_verifies_and_is_noted_from_then_on(
    chained: sqlite3.Connection,
) -> None:
    chained.execute("DELETE FROM meta WHERE key = ?", (journal.END,))
    assert journal.verify(chained) == (5, None)
    with transaction(chained):
        journal.write(chained, at("2026-11-22 08:00"), "delivered", ref="HDS-6")
    assert journal.verify(chained) == (6, None)
    chained.execute("DELETE FROM journal WHERE id = 6")
    assert journal.verify(chained)[1] is not None


def test_a_database_of_the_first_version_is_brought_forward_with_its_messages(world: World, http: HttpSink) -> None:
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    http.status = 500
    world.tick(at("2026-11-22 07:00"))
    with closing(sqlite3.connect(world.home.monitor_db)) as old:
        old.execute("ALTER TABLE outbox DROP COLUMN asked")
        old.execute("PRAGMA user_version = 1")
        old.commit()
    http.status = 204
    assert world.tick(at("2026-11-22 07:05")) == 0
    assert [m.kind for m in http.messages()] == ["inventory", "alert"]
    copy = world.home.monitor_db.with_name("monitor.db.before-v2")
    assert copy.stat().st_mode & 0o777 == 0o600


def test_the_demo_keeps_its_settings_and_its_watchlist_private(home: Home) -> None:
    old = os.umask(0)
    try:
        write_settings(home, "http://a.example", "http://b.example", Mock(channel_url="json://localhost/"))
        write_watchlist(home)
    finally:
        os.umask(old)
    modes = {path.name: path.stat().st_mode & 0o777 for path in home.path.iterdir()}
    assert modes == {"hdswatch.toml": 0o600, "sink.url": 0o600, "watchlist.yml": 0o600}


# -- backup ----------------------------------------------------------------------------------------------------------


def test_a_backup_brings_everything_back(world: World, http: HttpSink, fast_path: Path) -> None:
    world.host("Host", certificate("H1", "2030-01-01", activities=[1]))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-22 07:00"))
    alerts = world.rows("SELECT * FROM alerts")
    folder = fast_path / "backup"
    assert back_up(world.home, folder) == ["monitor.db", "registry.db", "hds.db"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.db"))
    for path in (world.home.monitor_db, world.home.registry_db, world.home.published_db):
        path.write_bytes(b"gone")
    assert restore(world.home, folder, at("2026-11-23 07:00")) == ["monitor.db", "registry.db", "hds.db"]
    assert world.rows("SELECT * FROM alerts") == alerts
    assert (world.home.path / "monitor.db.before-restore-2026-11-23T070000Z").read_bytes() == b"gone"
    assert world.tick(at("2026-11-22 07:30")) == 0
    assert len(http.requests) == 2


def test_a_backup_follows_no_link_that_somebody_put_into_its_folder(
    world: World, http: HttpSink, fast_path: Path
) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-22 07:00"))
    folder, theirs = fast_path / "backup", fast_path / "theirs"
    folder.mkdir()
    theirs.write_text("precious")
    names = ("SHA256SUMS", ".SHA256SUMS.part", "monitor.db", ".monitor.db.part", "hds.db")
    for name in names:
        (folder / name).symlink_to(theirs)
    old = os.umask(0)
    try:
        back_up(world.home, folder)
    finally:
        os.umask(old)
    assert theirs.read_text() == "precious"
    copies = ("SHA256SUMS", "monitor.db", "registry.db", "hds.db")
    assert {(folder / name).lstat().st_mode & 0o777 for name in copies} == {0o600}
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_a_backup_that_was_changed_is_not_restored(world: World, http: HttpSink, fast_path: Path) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-22 07:00"))
    folder = fast_path / "backup"
    back_up(world.home, folder)
    with open(folder / "hds.db", "ab") as file:
        file.write(b"x")
    before = world.home.monitor_db.read_bytes()
    with pytest.raises(StorageError, match=r"hds\.db"):
        restore(world.home, folder, at("2026-11-23 07:00"))
    assert world.home.monitor_db.read_bytes() == before


def test_restoring_beside_a_daemon_is_refused(
    world: World, http: HttpSink, fast_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.host("Host", certificate("H1", "2030-01-01"))
    world.watch({"id": "c", "supplier": "Host"}, channels={"dpo": http.url()})
    world.tick(at("2026-11-22 07:00"))
    back_up(world.home, fast_path / "backup")
    monkeypatch.setattr("monitor.backup._WAIT", 0)
    with one_process(world.home.monitor_lock, "run"), pytest.raises(HomeLocked):
        restore(world.home, fast_path / "backup", at("2026-11-23 07:00"))


def test_a_folder_that_is_no_backup_is_named(home: Home, fast_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no readable SHA256SUMS"):
        restore(home, fast_path, at("2026-11-23 07:00"))
