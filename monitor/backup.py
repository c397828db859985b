"""Copies of the three databases that are whole whatever happens meanwhile, and their way back.

Owns the form of a backup folder: the databases and a SHA256SUMS file. Copies nothing that holds an address or a key.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from monitor.locks import one_process
from monitor.monitor_store import MIGRATIONS, check_database
from registry.clock import stamp
from registry.errors import ConfigurationError, StorageError
from registry.home import PRIVATE_FILE, PRIVATE_FOLDER, PUBLIC_FILE, Home
from registry.published_schema import SCHEMA_VERSION
from registry.store import refuse_newer, write_lock
from registry.working_schema import VERSION

SUMS = "SHA256SUMS"
_WAIT = 30


def back_up(home: Home, folder: Path) -> list[str]:
    """Copies every database of the home that exists into `folder`, beside running programs; gives the names.

    Each copy is checked, then moved into place; an earlier backup there is replaced only file by file, whole.
    Raises StorageError naming what can't be read or written.
    """
    sources = [path for path in _databases(home) if path.exists()]
    if not sources:
        raise ConfigurationError(f"{home.path}: no database to back up; give the home's folder with --home")
    if folder.resolve() == home.path.resolve():
        raise ConfigurationError(f"{folder}: expected a folder other than the home itself")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        sums = []
        for source in sources:
            copy = folder / f".{source.name}.part"
            _copy(source, copy)
            os.replace(copy, folder / source.name)
            sums.append(f"{_sha256(folder / source.name)}  {source.name}\n")
        _write_sums(folder, "".join(sums))
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"{folder}: the backup could not be written ({error}); free space or give another folder"
        ) from error
    return [source.name for source in sources]


def restore(home: Home, folder: Path, now: datetime) -> list[str]:
    """Puts the databases of a backup into the home, after proving them; gives their names. What stood there is kept
    beside them as `NAME.before-restore-INSTANT`.

    Raises ConfigurationError when the folder is no backup, StorageError when it is damaged or from a newer program;
    then nothing is changed. Raises HomeLocked while a daemon or a crawl is at work.
    """
    names = _verified(folder)
    home.prepare()
    with one_process(home.monitor_lock, "restore", _WAIT), write_lock(home, "restore", wait=_WAIT):
        for name in names:
            part = home.path / f".{name}.part"
            _copy(folder / name, part)
        mark = stamp(now).replace(":", "")
        for name in names:
            target = home.path / name
            for suffix in (
                "-wal",
                "-shm",
                "-journal",
                "",
            ):  # what a killed process left beside a database belongs to it
                with suppress(FileNotFoundError):
                    os.replace(f"{target}{suffix}", f"{target}.before-restore-{mark}{suffix}")
            if target == home.published_db:
                os.chmod(home.path / f".{name}.part", PUBLIC_FILE)
            os.replace(home.path / f".{name}.part", target)
    return names


def _databases(home: Home) -> tuple[Path, ...]:
    return (home.monitor_db, home.registry_db, home.published_db)


def _copy(source: Path, target: Path) -> None:
    """SQLite's own backup: one consistent state, even of a database that is being written."""
    check_database(source)
    os.close(_new(target))
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")
        if new.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise StorageError(f"{source}: damaged; a copy of it is not whole either")
    with open(target, "rb+") as file:
        os.fsync(file.fileno())


def _write_sums(folder: Path, text: str) -> None:
    part = folder / f".{SUMS}.part"
    with os.fdopen(_new(part), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, folder / SUMS)


def _new(path: Path) -> int:
    """A new private file, open for writing: never one that somebody put there, nor what a link there leads to."""
    path.unlink(missing_ok=True)
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(folder: Path) -> list[str]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{folder}: expected a backup made by `hdswatch backup`, found no readable {SUMS}"
        ) from error
    allowed = {"monitor.db": len(MIGRATIONS), "registry.db": VERSION, "hds.db": SCHEMA_VERSION}
    names = []
    for line in lines:
        digest, _, name = line.partition("  ")
        if name not in allowed:
            raise ConfigurationError(f"{folder / SUMS}: expected one of {', '.join(allowed)}, found {name[:60]!r}")
        path = folder / name
        if not path.is_file() or _sha256(path) != digest:
            raise StorageError(f"{path}: missing or changed since the backup was made; nothing was restored")
        check_database(path)
        _refuse_newer(path, allowed[name])
        names.append(name)
    if not names:
        raise ConfigurationError(f"{folder / SUMS}: names no database; nothing was restored")
    return names


def _refuse_newer(path: Path, newest: int) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as conn:
        refuse_newer(path, conn.execute("PRAGMA user_version").fetchone()[0], newest)
