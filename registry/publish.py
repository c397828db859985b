"""Builds the published registry `hds.db`: whole, beside the old one, checked, then swapped in one step.

Owns what becomes public. Nothing private leaves: no reasons, no file paths, no decisions' authors. A reader sees the old
file or the new one, never half, whatever stops this program.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from registry.changes import CertificateValues, CertifierValues, HostValues
from registry.clock import paris_date, parse_instant, stamp
from registry.decisions import same_names
from registry.errors import StorageError
from registry.history import settle
from registry.home import Home
from registry.identity import name_key
from registry.numbers import normalise_number
from registry.published_schema import TABLES
from registry.runs import last_good_run
from registry.store import generation, open_store, statements, storage_error, write_lock
from registry.text import fold
from registry.views import EXTRA_TABLES, INDEXES, VIEWS
from registry.vocabulary import activities, referentials, words

SCHEMA_VERSION = 1
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
            part.chmod(0o644)
            _sync(part)
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
        with closing(sqlite3.connect(f"file:{home.published_db}?mode=ro", uri=True)) as conn:
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
        conn.execute("PRAGMA foreign_keys = OFF")  # checked as a whole below; also lets SQLite copy tables raw
        conn.create_function("paris_day", 1, _paris_day, deterministic=True)
        conn.create_function("public_url", 1, _public_url, deterministic=True)
        conn.execute("ATTACH DATABASE ? AS store", (str(source),))
        for statement in statements(TABLES + EXTRA_TABLES):
            conn.execute(statement)
        conn.execute("BEGIN")
        _copy(conn)
        _vocabulary(conn)
        _add_known_aliases(conn)
        _search(conn)
        conn.execute("INSERT INTO publication VALUES (?, ?, ?)", (generation(store), stamp(now), SCHEMA_VERSION))
        conn.execute("COMMIT")
        conn.execute("DETACH DATABASE store")
        for statement in statements(INDEXES + VIEWS):
            conn.execute(statement)
        conn.execute("ANALYZE")
        _check(conn, part)
        conn.execute("PRAGMA journal_mode = DELETE")


def _paris_day(instant: str | None) -> str | None:
    return paris_date(parse_instant(instant)).isoformat() if instant else None


def _public_url(url: str | None) -> str | None:
    """A local file is published by its name only."""
    return f"file:{url.rsplit('/', 1)[-1]}" if url and url.startswith("file:") else url


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
    conn.execute(
        "INSERT INTO main.readings SELECT run_id, source, observed_at, paris_day(observed_at) FROM store.observations"
        " WHERE cause = 'source' ORDER BY observed_at, run_id"
    )
    shown = "observed_until IS NULL OR paris_day(observed_until) > paris_day(observed_from)"
    for table, key, fields in (
        ("host_versions", "host_id", HostValues._fields),
        ("certificate_versions", "certificate_id", ("host_id", *CertificateValues._fields)),
        ("certifier_versions", "certifier_id", CertifierValues._fields),
    ):
        columns = f"observed_from, observed_until, run_id, sha256, locator, {', '.join(fields)}"
        first = key == "certificate_id"
        conn.execute(
            f"INSERT INTO main.{table} ({key}, seen_from, seen_until, {columns}{', first' if first else ''})"
            f" SELECT {key}, paris_day(observed_from), paris_day(observed_until), {columns}"
            + (", id = min(id) OVER (PARTITION BY certificate_id)" if first else "")
            + f" FROM store.{table} WHERE {shown} ORDER BY id"
        )


def _vocabulary(conn: sqlite3.Connection) -> None:
    conn.executemany(
        "INSERT INTO activities VALUES (?, ?, ?, ?)",
        ((one.id, one.label_fr, one.label_en, one.legal_basis) for one in activities()),
    )
    conn.executemany(
        "INSERT INTO referentials VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (one.version, one.label, one.published_on, one.issue_from, one.issue_until, one.usable_until, one.source)
            for one in referentials()
        ),
    )


def _add_known_aliases(conn: sqlite3.Connection) -> None:
    """Reviewed names of `vocabulary/aliases.yml`, unless another host bears the name itself."""
    bearers: dict[str, set[str]] = defaultdict(set)
    hosts: dict[str, str] = {}
    for host_id, name in conn.execute("SELECT id, legal_name FROM hosts"):
        hosts[host_id] = name_key(name)
        bearers[hosts[host_id]].add(host_id)
    for host_id, alias in conn.execute("SELECT host_id, alias FROM host_aliases"):
        bearers[name_key(alias)].add(host_id)
    printed = {name_key(name): name for entry in words("aliases")["aliases"] for name in entry["names"]}
    for host_id, key in hosts.items():
        for other in sorted(same_names().get(key, frozenset()) - {key}):
            if not bearers[other] - {host_id} and host_id not in bearers[other]:
                conn.execute(
                    "INSERT OR IGNORE INTO host_aliases VALUES (?, ?, 'brand', 'vocabulary')", (host_id, printed[other])
                )


def _search(conn: sqlite3.Connection) -> None:
    forms = {fold(form) for form in words("legal_forms")["legal_forms"]}
    conn.executemany("INSERT INTO search_ignored VALUES (?)", ((form,) for form in sorted(forms) if form.isalnum()))
    aliases: dict[str, list[str]] = defaultdict(list)
    numbers: dict[str, list[str]] = defaultdict(list)
    for host_id, alias in conn.execute("SELECT host_id, alias FROM host_aliases ORDER BY host_id, alias"):
        aliases[host_id].append(alias)
    for host_id, number in conn.execute(
        "SELECT host_id, number FROM certificates WHERE number IS NOT NULL ORDER BY id"
    ):
        numbers[host_id].append(number)
    conn.executemany(
        "INSERT INTO host_search (rowid, name, aliases, keys) VALUES (?, ?, ?, ?)", _entries(conn, aliases, numbers)
    )


def _entries(
    conn: sqlite3.Connection, aliases: dict[str, list[str]], numbers: dict[str, list[str]]
) -> Iterator[tuple[int, str, str, str]]:
    for rowid, host_id, name, siren in conn.execute("SELECT rowid, id, legal_name, siren FROM hosts").fetchall():
        keys = [host_id, *([siren, f"{siren[:3]} {siren[3:6]} {siren[6:]}"] if siren else [])]
        for number in numbers.get(host_id, ()):
            key = normalise_number(number) or ""
            keys += [fold(number), key, key.replace("-", ""), fold(number).replace(" ", "")]
        yield rowid, _both(name), " ".join(map(_both, aliases.get(host_id, ()))), " ".join(keys)


def _both(name: str) -> str:
    """The name as printed and as normalised: "O.V.H." is found as "ovh" too."""
    return f"{fold(name)} {name_key(name)}"


def _check(conn: sqlite3.Connection, part: Path) -> None:
    problems = [row[0] for row in conn.execute("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [
        f"{table} row {rowid} refers to a missing row of {parent}"
        for table, rowid, parent, _ in conn.execute("PRAGMA foreign_key_check")
    ]
    if problems:
        raise StorageError(
            f"{part}: the new registry is not whole ({'; '.join(problems[:3])}); the published one was left as it is. "
            f"Run `hdswatch doctor`, or restore a backup"
        )
