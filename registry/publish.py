"""Builds the published registry `hds.db`: whole, beside the old one, checked, then swapped in one step.

Owns what becomes public. Nothing private leaves: no reasons, no file paths, no decisions' authors. A reader sees the
old file or the new one, never half, whatever stops this program.
"""

from __future__ import annotations

import os
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from registry.changes import CertificateValues, CertifierValues, HostValues
from registry.clock import paris_date, parse_instant, stamp
from registry.decisions import same_names
from registry.errors import StorageError
from registry.history import settle
from registry.home import PUBLIC_FILE, Home
from registry.host_names import findable, name_key
from registry.published_schema import SCHEMA_VERSION, TABLES
from registry.runs import last_good_run
from registry.store import generation, open_store, statements, storage_error, write_lock
from registry.text import fold
from registry.views import EXTRA_TABLES, INDEXES, VIEWS
from registry.vocabulary import activities, referentials, words

_LOCK_WAIT_S = 30
_COPIED = (
    "hosts", "host_aliases", "certifiers", "certificates", "certificate_activities", "contradictions", "changes",
    "provenance",
)  # fmt: skip


def publish(home: Home, now: datetime) -> Path:
    """Writes `hds.db` from `registry.db` and returns its path. `now` dates the file and confirms old absences.

    Raises StorageError naming the file or folder; the published file is then the one that was there before.
    """
    with write_lock(home, "publishing", wait=_LOCK_WAIT_S), closing(open_store(home)) as store:
        settle(store, now)
        target = home.published_db
        part = target.with_name(f".{target.name}.part")
        try:
            _remove(part)
            _build(store, home.registry_db, part, now)
            part.chmod(PUBLIC_FILE)
            _sync(part)
            for left_by_others in ("-journal", "-wal", "-shm"):  # SQLite would apply them to the new file
                target.with_name(target.name + left_by_others).unlink(missing_ok=True)
            os.replace(part, target)
            _sync(target.parent)
        except (sqlite3.OperationalError, OSError) as error:
            raise storage_error(error, target) from error
        finally:
            _remove(part)
        return target


def needs_publishing(home: Home) -> bool:
    """Whether `hds.db` is missing, unreadable, or older than what `registry.db` believes."""
    if not home.registry_db.exists():
        return False
    with closing(open_store(home)) as store:
        wanted = generation(store)
        if not any(last_good_run(store, source) for source in ("hosts", "certifiers")):
            return False  # an empty register would read as "nobody is certified"
    try:
        with closing(sqlite3.connect(home.published_db.absolute().as_uri() + "?mode=ro", uri=True)) as conn:
            row = conn.execute("SELECT generation, schema_version FROM publication").fetchone()
    except sqlite3.DatabaseError:
        return True
    return bool(row != (wanted, SCHEMA_VERSION))


def _remove(part: Path) -> None:
    for path in (part, part.with_name(part.name + "-journal")):
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _build(store: sqlite3.Connection, source: Path, part: Path, now: datetime) -> None:
    with closing(sqlite3.connect(part, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = OFF")  # the file counts only once it is whole
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA cache_size = -65536")
        conn.execute("PRAGMA foreign_keys = OFF")  # checked as a whole below; also lets SQLite copy tables raw
        conn.create_function("public_url", 1, _public_url, deterministic=True)
        conn.execute("ATTACH DATABASE ? AS store", (str(source),))
        for statement in statements(TABLES + EXTRA_TABLES):
            conn.execute(statement)
        database = Database(conn)
        _vocabulary(database)
        conn.execute("BEGIN")
        _copy(conn)
        _add_known_aliases(conn)
        conn.execute("CREATE TEMP VIEW name_words AS SELECT host_id, words FROM store.host_words")
        fill_search(conn)
        conn.execute("DROP VIEW name_words")
        conn.execute("INSERT INTO publication VALUES (?, ?, ?)", (generation(store), stamp(now), SCHEMA_VERSION))
        conn.execute("COMMIT")
        conn.execute("DETACH DATABASE store")
        _check(part)  # before the indexes: they are made from the rows that were found whole
        for statement in statements(INDEXES + VIEWS):
            conn.execute(statement)
        conn.execute("PRAGMA analysis_limit = 1000")
        database.analyze()
        conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("PRAGMA journal_mode = DELETE")


def _public_url(url: str | None) -> str | None:
    """An address as everyone may see it: a local file by its name only, no user and password."""
    if url and url.startswith("file:"):
        return f"file:{url.rsplit('/', 1)[-1]}"
    return re.sub(r"^(https?://)[^/?#]*@", r"\1", url) if url else url


def _copy(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO main.runs SELECT id, source, public_url(url), started_at, finished_at, outcome, code, pages, rows,"
        " rejected, declared_total, bytes, not_modified FROM store.runs WHERE outcome IS NOT NULL ORDER BY id"
    )
    for table in _COPIED:
        conn.execute(f"INSERT INTO main.{table} SELECT * FROM store.{table}")
    conn.execute(
        "INSERT INTO main.evidence SELECT sha256, public_url(url), fetched_at, media_type, bytes, run_id"
        " FROM store.evidence WHERE run_id IN (SELECT id FROM main.runs WHERE outcome IN ('accepted', 'unchanged'))"
    )
    _days(conn)
    conn.execute(
        "INSERT INTO main.readings SELECT run_id, source, observed_at, day.day FROM store.observations"
        " JOIN temp.days AS day ON day.instant = observed_at WHERE cause = 'source' ORDER BY observed_at, run_id"
    )
    for table, key, fields in (
        ("host_versions", "host_id", HostValues._fields),
        ("certificate_versions", "certificate_id", ("host_id", *CertificateValues._fields, "first")),
        ("certifier_versions", "certifier_id", CertifierValues._fields),
    ):
        columns = f"observed_from, observed_until, run_id, sha256, locator, {', '.join(fields)}"
        shown = "until.day IS NULL OR until.day > since.day" + (" OR first" if "first" in fields else "")
        conn.execute(
            f"INSERT INTO main.{table} ({key}, seen_from, seen_until, {columns})"
            f" SELECT {key}, since.day, until.day, {columns} FROM store.{table}"
            " JOIN temp.days AS since ON since.instant = observed_from"
            f" LEFT JOIN temp.days AS until ON until.instant = observed_until WHERE {shown} ORDER BY id"
        )


def _days(conn: sqlite3.Connection) -> None:
    """The civil date in France of every instant at which a list was read."""
    conn.execute("CREATE TEMP TABLE days (instant TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID")
    instants = conn.execute("SELECT DISTINCT observed_at FROM store.observations").fetchall()
    conn.executemany(
        "INSERT INTO temp.days VALUES (?, ?)",
        ((instant, paris_date(parse_instant(instant)).isoformat()) for (instant,) in instants),
    )


def _vocabulary(database: Database) -> None:
    database.table("activities").insert_all(
        {"id": one.id, "label_fr": one.label_fr, "label_en": one.label_en, "legal_basis": one.legal_basis}
        for one in activities()
    )
    columns = ("version", "label", "published_on", "issue_from", "issue_until", "usable_until", "source")
    database.table("referentials").insert_all(
        {column: getattr(one, column) for column in columns} for one in referentials()
    )


def _add_known_aliases(conn: sqlite3.Connection) -> None:
    """Reviewed names of `vocabulary/aliases.yml`, unless another host bears the name itself."""
    same = same_names()
    keys = [row for row in conn.execute("SELECT host_id, key FROM store.host_words") if row[1] in same]
    borne = {key for _, key in keys}
    borne |= {name_key(alias) for (alias,) in conn.execute("SELECT alias FROM host_aliases")}
    printed = {name_key(name): name for entry in words("aliases")["aliases"] for name in entry["names"]}
    conn.executemany(
        "INSERT OR IGNORE INTO host_aliases VALUES (?, ?, 'brand', 'vocabulary')",
        ((host_id, printed[other]) for host_id, key in keys for other in sorted(same[key] - borne)),
    )


def fill_search(conn: sqlite3.Connection) -> None:
    """Fills the search table from hosts, aliases and certificate numbers. Words of names that were worked out before
    stand in the temporary table or view `name_words`, if the caller made one."""
    forms = {fold(form) for form in words("legal_forms")["legal_forms"]}
    conn.executemany("INSERT INTO search_ignored VALUES (?)", ((form,) for form in sorted(forms) if form.isalnum()))
    conn.create_function("findable", 1, findable, deterministic=True)
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS name_words (host_id TEXT PRIMARY KEY, words TEXT NOT NULL)")
    conn.execute(_FILL_SEARCH)


_FILL_SEARCH = """
INSERT INTO host_search (rowid, name, aliases, keys)
SELECT host.rowid, coalesce(known.words, findable(host.legal_name)), other.names,
       coalesce(host.siren || ' ', '') || coalesce(held.numbers, '')
FROM hosts AS host
LEFT JOIN temp.name_words AS known ON known.host_id = host.id
LEFT JOIN (SELECT host_id, group_concat(findable(alias), ' ') AS names FROM host_aliases GROUP BY host_id) AS other
  ON other.host_id = host.id
LEFT JOIN (SELECT host_id, group_concat(number || ' ' || replace(replace(replace(replace(replace(
             number, ' ', ''), '-', ''), '/', ''), '.', ''), '_', ''), ' ') AS numbers
           FROM certificates WHERE number IS NOT NULL GROUP BY host_id) AS held
  ON held.host_id = host.id
"""
"""A number is found without its spaces and hyphens too."""


def _check(part: Path) -> None:
    """Refuses a file that is not whole or whose references lead nowhere. Both checks read all of it: side by side."""
    with ThreadPoolExecutor(2) as both:
        damage, lost = both.map(_pragma, (part, part), ("integrity_check", "foreign_key_check"))
    problems = [row[0] for row in damage if row[0] != "ok"]
    problems += [f"{table} row {rowid} refers to a missing row of {parent}" for table, rowid, parent, _ in lost]
    if problems:
        raise StorageError(
            f"{part}: the new registry is not whole ({'; '.join(problems[:3])}); the published one was left as it is. "
            f"Run `hdswatch doctor`, or restore a backup"
        )


def _pragma(part: Path, name: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(part)) as conn:
        conn.execute("PRAGMA mmap_size = 1073741824")
        return conn.execute(f"PRAGMA {name}").fetchall()
