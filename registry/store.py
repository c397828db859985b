"""Opens the working store `registry.db`: makes it, brings an older one up to date, guards it against two writers.

Owns connections, transactions and the lock. Must not know what the tables mean.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from registry import working_schema
from registry.errors import HomeLocked, StorageError
from registry.home import PRIVATE_FILE, Home

_BUSY_MS = 30_000
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_UNWRITABLE = (
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
)  # fmt: skip
_LOCK_POLL_S = 0.05
_held: dict[Path, int] = {}
"""Lock files that this process holds, with how often: the lock may be taken again inside itself."""


def open_store(home: Home) -> sqlite3.Connection:
    """The working store of a home, made or migrated first if need be. Rows answer to column names; transactions are
    explicit (`transaction`).

    Raises StorageError when the file is damaged, can't be written, or was made by a newer program.
    """
    home.prepare()
    path = home.registry_db
    fresh = not path.exists() or path.stat().st_size == 0
    try:
        if fresh:
            path.touch(mode=PRIVATE_FILE)
        conn = _connect(path)
        try:
            bring_up_to_date(conn, path)
        except BaseException:
            conn.close()
            raise
    except (sqlite3.DatabaseError, OSError) as error:
        raise storage_error(error, path) from error
    return conn


def _connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MS / 1000)
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA cache_size = -65536")
    return conn


def bring_up_to_date(
    conn: sqlite3.Connection,
    path: Path,
    *,
    newest: int = working_schema.VERSION,
    migrations: Mapping[int, str] = working_schema.MIGRATIONS,
    schema: str = working_schema.SCHEMA,
) -> None:
    """Gives a database of ours the newest schema. An older one is copied to `NAME.before-vNEWEST` before it is touched;
    the whole way up is one transaction. A newer one is refused with StorageError and left as it is."""
    found = _version(conn)
    if found == newest:
        return
    refuse_newer(path, found, newest)
    with transaction(conn):
        found = _version(conn)  # another process may have been first
        if found == newest:
            return
        if found:
            _copy_aside(path, newest)
        steps = [migrations[version] for version in range(found, newest)] if found else [schema]
        for script in steps:
            for statement in statements(script):
                conn.execute(statement)
        conn.execute(f"PRAGMA user_version = {newest}")


def _version(conn: sqlite3.Connection) -> int:
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(path: Path, found: int, newest: int) -> None:
    """Raises StorageError when a database has a schema version that this program does not know yet."""
    if found > newest:
        raise StorageError(
            f"{path}: schema version {found} was written by a newer hdswatch; this one knows versions up to {newest}. "
            f"Install the newer program, or restore a backup made with this one; nothing was changed"
        )


def _copy_aside(path: Path, newest: int) -> None:
    """Keeps a database as it is before it is brought forward: whole or not at all. The caller's write transaction keeps
    everybody else from changing it meanwhile; a connection of its own reads it, for SQLite copies none that writes."""
    backup = path.with_name(f"{path.name}.before-v{newest}")
    part = backup.with_name(backup.name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as old, closing(sqlite3.connect(part)) as copy:
            old.backup(copy)
        os.replace(part, backup)
    finally:
        part.unlink(missing_ok=True)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, so that they can run inside a transaction (`executescript` would commit it)."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One write transaction (`BEGIN IMMEDIATE`): all of the block or nothing. Inside another one it joins that one."""
    if conn.in_transaction:
        yield conn
        return
    path = Path(conn.execute("PRAGMA database_list").fetchone()["file"] or ":memory:")
    try:
        conn.execute("BEGIN IMMEDIATE")
        try:
            yield conn
            conn.execute("COMMIT")
        except BaseException:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            raise
    except sqlite3.DatabaseError as error:
        if _primary_code(error) in _DAMAGED + _UNWRITABLE:
            raise storage_error(error, path) from error
        raise


def _primary_code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def storage_error(error: Exception, path: Path) -> StorageError:
    """The sentence for a person about a file that could not be read or written."""
    if _primary_code(error) in _DAMAGED:
        return StorageError(
            f"{path}: expected an SQLite database, found: {error}; restore a backup (`hdswatch restore`)"
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StorageError(
        f"{path}: could not be read or written ({reason}); check free space and permissions of {path.parent}"
    )


def bump_generation(conn: sqlite3.Connection) -> None:
    """Notes that there is something new to publish. Part of the caller's transaction."""
    conn.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")


def generation(conn: sqlite3.Connection) -> int:
    """Rises whenever something that is published may have changed."""
    return int(conn.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0])


@contextmanager
def write_lock(home: Home, purpose: str, wait: float = 0) -> Iterator[None]:
    """Keeps every other process from writing this home's registry. `wait` in seconds.

    May be taken again by the process that holds it. Raises HomeLocked naming the other process and its purpose. The
    system frees the lock when its holder dies, however it dies.
    """
    path = home.registry_lock
    if path in _held:
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    home.prepare()
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        _acquire(handle, home, purpose, wait)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {purpose}\n".encode(), 0)
        _held[path] = 1
        try:
            yield
        finally:
            del _held[path]
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _acquire(handle: int, home: Home, purpose: str, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                pid, _, other = os.pread(handle, 200, 0).decode("utf-8", "replace").strip().partition(" ")
                who = f"process {pid} ({other or 'unknown purpose'})" if pid else "another process"
                raise HomeLocked(
                    f"{home.path}: {purpose} needs the registry, but {who} is writing it; wait until it is done, "
                    f"or stop it"
                ) from error
            time.sleep(_LOCK_POLL_S)
