"""The registry's state from `registry.db` and back. Owns the SQL of the current and version tables; holds no rule."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from registry.changes import CertificateValues, CertifierValues, Change, HostValues, activity_set
from registry.fold import Fold
from registry.host_names import findable
from registry.state import Certificate, Certifier, Effects, Entity, Host, Observation, State
from registry.text import sort_key

TABLES_OF = {"hosts": ("hosts", "certificates"), "certifiers": ("certifiers",)}
"""Source → the tables whose rows it lists."""
_VERSIONS_OF = {
    Host: ("host_versions", "host_id", HostValues._fields),
    Certificate: ("certificate_versions", "certificate_id", ("host_id", *CertificateValues._fields)),
    Certifier: ("certifier_versions", "certifier_id", CertifierValues._fields),
}
_CERTIFICATE_COLUMNS = CertificateValues._fields[:-1]
"""Activities stand in a table of their own."""


def load_state(conn: sqlite3.Connection) -> State:
    """Everything that the registry believes now."""
    return _load(conn, "")


def load_absent(conn: sqlite3.Connection, source: str) -> State:
    """Only what is missing from that source's list and in doubt: enough to confirm absences."""
    state = _load(conn, " WHERE id IN (SELECT row_id FROM absences WHERE table_name = '{table}')")
    for table in {table for tables in TABLES_OF.values() for table in tables} - set(TABLES_OF[source]):
        getattr(state, table).clear()
    return state


def _load(conn: sqlite3.Connection, where: str) -> State:
    state = State()
    plain = conn.cursor()
    plain.row_factory = None
    for row in plain.execute(
        "SELECT id, legal_name, siren, country, website, listed, first_seen, last_seen, delisted_on, key FROM hosts"
        " JOIN host_words ON host_id = id" + where.format(table="hosts")
    ):
        state.hosts[row[0]] = Host(
            row[0], HostValues(*row[1:5]), bool(row[5]), first_seen=row[6], last_seen=row[7], delisted_on=row[8],
            stored=True, key=row[9],
        )  # fmt: skip
    for host_id, alias, kind, source in plain.execute("SELECT host_id, alias, kind, source FROM host_aliases"):
        if host_id in state.hosts:
            state.hosts[host_id].aliases[alias] = (kind, source)
    for row in plain.execute(_SELECT_CERTIFICATES + where.format(table="certificates")):
        held = Certificate(
            row[0], CertificateValues(*row[1:13]), bool(row[13]), first_seen=row[14], last_seen=row[15],
            delisted_on=row[16], stored=True, host_id=row[17], replaces_id=row[18],
        )  # fmt: skip
        state.certificates[held.id] = held
        if held.host_id in state.hosts:
            state.hosts[held.host_id].certificates.append(held)
    for (old_id,) in plain.execute("SELECT DISTINCT old_id FROM successions"):
        if old_id in state.certificates:
            state.certificates[old_id].superseded = True
    for row in plain.execute(
        "SELECT id, name, accreditor, accreditation_number, accredited_on, accreditation_ended_on, country, website,"
        " listed, first_seen, last_seen FROM certifiers" + where.format(table="certifiers")
    ):
        state.certifiers[row[0]] = Certifier(
            row[0], CertifierValues(*row[1:8]), bool(row[8]), first_seen=row[9], last_seen=row[10], stored=True
        )
    _load_absences(plain, state)
    state.last_observed = dict(
        plain.execute("SELECT source, max(observed_at) FROM observations WHERE cause <> 'elapsed' GROUP BY source")
    )
    state.given_ids = plain.execute("SELECT key, id FROM given_ids ORDER BY rowid").fetchall()
    return state


_SELECT_CERTIFICATES = (
    f"SELECT id, {', '.join(_CERTIFICATE_COLUMNS)}, held.activities, listed, first_seen, last_seen, delisted_on,"
    " host_id, replaces_id FROM certificates LEFT JOIN"
    " (SELECT certificate_id, group_concat(activity_id) AS activities FROM"
    " (SELECT certificate_id, activity_id FROM certificate_activities ORDER BY certificate_id, activity_id)"
    " GROUP BY certificate_id) AS held ON held.certificate_id = certificates.id"
)


def _load_absences(plain: sqlite3.Cursor, state: State) -> None:
    tables: dict[str, dict[str, Any]] = {
        "hosts": dict(state.hosts), "certificates": dict(state.certificates), "certifiers": dict(state.certifiers)
    }  # fmt: skip
    for table, row_id, since in plain.execute("SELECT table_name, row_id, missing_since FROM absences"):
        if row_id in tables[table]:
            tables[table][row_id].missing_since = since
    for body in state.certifiers.values():  # the published table has no column for it
        if body.first_seen and not body.listed and not body.missing_since:
            body.delisted_on = (body.last_seen or "")[:10]


def save(conn: sqlite3.Connection, fold: Fold, seen: Observation | None) -> None:
    """Writes what a fold did. `seen`: the observation by which everything listed was seen again, None for none.

    Part of the caller's transaction, with foreign keys deferred.
    """
    effects, last = fold.effects, dict(fold.state.last_observed)
    if seen is not None:
        last[seen.source] = seen.observed_at
        for table in TABLES_OF[seen.source]:
            conn.execute(f"UPDATE {table} SET last_seen = ? WHERE listed = 1", (seen.observed_at,))
    _end_versions(conn, effects)
    _save_hosts(conn, effects.hosts.values(), last.get("hosts"))
    _save_certifiers(conn, effects.certifiers.values(), last.get("certifiers"))
    _save_certificates(conn, effects.certificates.values(), last.get("hosts"))
    _save_absences(conn, effects)
    _save_versions(conn, effects)
    conn.executemany("INSERT OR IGNORE INTO successions (old_id, new_id) VALUES (?, ?)", effects.successions)
    _save_proofs(conn, effects)
    save_changes(conn, effects.changes)
    saved: list[Entity[Any]] = [*effects.hosts.values(), *effects.certificates.values(), *effects.certifiers.values()]
    for row in saved:
        row.stored = True


def _last_seen(row: Entity[Any], last: str | None) -> str | None:
    return last if row.listed else row.last_seen


def _save_hosts(conn: sqlite3.Connection, rows: Iterable[Host], last: str | None) -> None:
    conn.executemany(
        "INSERT INTO hosts (id, legal_name, sort_key, siren, country, website, listed, first_seen, last_seen,"
        " delisted_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " legal_name = excluded.legal_name, sort_key = excluded.sort_key, siren = excluded.siren,"
        " country = excluded.country, website = excluded.website, listed = excluded.listed,"
        " last_seen = excluded.last_seen, delisted_on = excluded.delisted_on",
        (
            (
                row.id, row.values.legal_name, sort_key(row.values.legal_name), row.values.siren, row.values.country,
                row.values.website, row.listed, row.first_seen, _last_seen(row, last), row.delisted_on,
            )
            for row in rows
        ),
    )  # fmt: skip
    conn.executemany(
        "INSERT INTO host_words (host_id, key, words) VALUES (?, ?, ?) ON CONFLICT (host_id) DO UPDATE SET"
        " key = excluded.key, words = excluded.words",
        ((row.id, row.key, findable(row.values.legal_name)) for row in rows),
    )
    conn.executemany("DELETE FROM host_aliases WHERE host_id = ?", ((row.id,) for row in rows if row.stored))
    conn.executemany(
        "INSERT INTO host_aliases (host_id, alias, kind, source) VALUES (?, ?, ?, ?)",
        ((row.id, alias, *about) for row in rows for alias, about in row.aliases.items()),
    )


def _save_certificates(conn: sqlite3.Connection, rows: Iterable[Certificate], last: str | None) -> None:
    columns = ", ".join(_CERTIFICATE_COLUMNS)
    updated = ", ".join(
        f"{name} = excluded.{name}"
        for name in (*_CERTIFICATE_COLUMNS, "host_id", "listed", "last_seen", "delisted_on", "replaces_id")
    )
    conn.executemany(
        f"INSERT INTO certificates (id, host_id, {columns}, listed, first_seen, last_seen, delisted_on, replaces_id)"
        f" VALUES (?{', ?' * (len(_CERTIFICATE_COLUMNS) + 6)}) ON CONFLICT (id) DO UPDATE SET {updated}",
        (
            (
                row.id, row.host_id, *row.values[:-1], row.listed, row.first_seen, _last_seen(row, last),
                row.delisted_on, row.replaces_id,
            )
            for row in rows
        ),
    )  # fmt: skip
    conn.executemany(
        "DELETE FROM certificate_activities WHERE certificate_id = ?", ((row.id,) for row in rows if row.stored)
    )
    conn.executemany(
        "INSERT INTO certificate_activities (certificate_id, activity_id) VALUES (?, ?)",
        ((row.id, activity) for row in rows for activity in sorted(activity_set(row.values.activities))),
    )


def _save_certifiers(conn: sqlite3.Connection, rows: Iterable[Certifier], last: str | None) -> None:
    columns = ", ".join(CertifierValues._fields)
    updated = ", ".join(
        f"{name} = excluded.{name}" for name in (*CertifierValues._fields, "listed", "first_seen", "last_seen")
    )
    conn.executemany(
        f"INSERT INTO certifiers (id, {columns}, listed, first_seen, last_seen)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET {updated}",
        ((row.id, *row.values, row.listed, row.first_seen, _last_seen(row, last)) for row in rows),
    )


def _save_absences(conn: sqlite3.Connection, effects: Effects) -> None:
    rows = [
        (table, row.id, row.missing_since)
        for table in ("hosts", "certificates", "certifiers")
        for row in getattr(effects, table).values()
    ]
    conn.executemany("DELETE FROM absences WHERE table_name = ? AND row_id = ?", (row[:2] for row in rows))
    conn.executemany(
        "INSERT INTO absences (table_name, row_id, missing_since) VALUES (?, ?, ?)", (r for r in rows if r[2])
    )


def _end_versions(conn: sqlite3.Connection, effects: Effects) -> None:
    for kind, (table, key, _) in _VERSIONS_OF.items():
        conn.executemany(
            f"UPDATE {table} SET observed_until = ? WHERE {key} = ? AND observed_until IS NULL",
            ((at, row.id) for row, at in effects.closed if type(row) is kind),
        )


def _save_versions(conn: sqlite3.Connection, effects: Effects) -> None:
    for kind, (table, key, fields) in _VERSIONS_OF.items():
        of_host = kind is Certificate
        columns = (key, "observed_from", "observed_until", "run_id", "sha256", "locator", *fields)
        columns += ("first",) if of_host else ()
        conn.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES (?{', ?' * (len(columns) - 1)})",
            (
                (
                    one.entity.id, one.observed_from, one.observed_until, one.run_id, one.sha256, one.locator,
                    *((one.host_id, *one.values, one.first) if of_host else one.values),
                )
                for one in effects.versions
                if type(one.entity) is kind
            ),
        )  # fmt: skip


def _save_proofs(conn: sqlite3.Connection, effects: Effects) -> None:
    conn.executemany("DELETE FROM provenance WHERE table_name = ? AND row_id = ?", effects.proofs)
    conn.executemany(
        "INSERT INTO provenance (table_name, row_id, field, sha256, locator, raw) VALUES (?, ?, ?, ?, ?, ?)",
        _proof_rows(effects),
    )


def _proof_rows(effects: Effects) -> Iterator[tuple[str, str, str, str, str, str]]:
    for (table, row_id), fields in effects.proofs.items():
        for name, proof in fields.items():
            yield (table, row_id, name, *proof)


def save_changes(conn: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Adds changes after those that are there."""
    conn.executemany(
        f"INSERT INTO changes ({', '.join(Change._fields)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", changes
    )
