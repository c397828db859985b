"""A person's identity decisions carried out: merge, split, alias, SIREN, and undoing each.

Every function writes the decision, folds history again and notes the change with cause `operator`, in one transaction.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from stdnum.fr import siren as siren_number

from registry.changes import Change
from registry.clock import stamp
from registry.decisions import ALIAS_KINDS, SELECTORS, known_host, list_decisions, load_rules
from registry.errors import ConfigurationError
from registry.history_store import save_changes
from registry.host_names import name_key
from registry.ids import new_host_id
from registry.numbers import normalise_number
from registry.rebuild import rebuild
from registry.store import bump_generation, transaction
from registry.text import clean, slug


def merge(conn: sqlite3.Connection, host_id: str, into: str, *, by: str, reason: str, at: datetime) -> int:
    """Makes a host part of another, for the past and for later crawls. Returns the decision's id.

    Raises ConfigurationError for an unknown host, or a host merged into itself.
    """
    known_host(conn, host_id)
    known_host(conn, into)
    if host_id == into:
        raise ConfigurationError(f"{host_id}: expected two different hosts to merge, found one")
    return _decide(conn, "merge", host_id, into, None, None, by=by, reason=reason, at=at)


def split(
    conn: sqlite3.Connection, host_id: str, selector: str, value: str, *, by: str, reason: str, at: datetime
) -> tuple[int, str]:
    """Parts the rows with that printed `name`, `siren` or certificate `number` from a host. Returns the decision's id
    and the id of the host that they are now.

    Raises ConfigurationError when nothing of the host fits, or everything does.
    """
    known_host(conn, host_id)
    if selector not in SELECTORS:
        raise ConfigurationError(f"selector {selector!r}: allowed are {', '.join(SELECTORS)}")
    key, name = _selected(conn, host_id, selector, value)
    taken = {row[0] for row in conn.execute("SELECT id FROM hosts UNION SELECT id FROM given_ids")}
    taken |= set(load_rules(conn).kin)
    new_id = new_host_id(name, key if selector == "siren" else None, taken.__contains__)
    return _decide(conn, "split", host_id, new_id, selector, key, by=by, reason=reason, at=at), new_id


def _selected(conn: sqlite3.Connection, host_id: str, selector: str, value: str) -> tuple[str, str]:
    """The selector's value as compared, and the name of what it selects; refuses what would part nothing."""
    legal_name = str(known_host(conn, host_id)["legal_name"])
    if selector == "number":
        key = normalise_number(value) or ""
        numbers = {
            normalise_number(row[0])
            for row in conn.execute("SELECT number FROM certificate_versions WHERE host_id = ?", (host_id,))
        }
        known, name = sorted(number for number in numbers if number), legal_name
    else:
        rows = conn.execute("SELECT legal_name, siren FROM host_versions WHERE host_id = ?", (host_id,)).fetchall()
        aliases = [row[0] for row in conn.execute("SELECT alias FROM host_aliases WHERE host_id = ?", (host_id,))]
        if selector == "siren":
            key = "".join(value.split())
            known, name = sorted({row[1] for row in rows if row[1]}), legal_name
        else:
            key, name = name_key(value), clean(value)
            known = sorted({name_key(printed) for printed in (*aliases, *(row[0] for row in rows))})
    if key not in known:
        found = ", ".join(known) or "none"
        raise ConfigurationError(
            f"{host_id}: expected a {selector} that it was listed with, found {value!r}; it has: {found}"
        )
    return key, name


def add_alias(
    conn: sqlite3.Connection, host_id: str, alias: str, *, kind: str = "brand", by: str, reason: str, at: datetime
) -> int:
    """Gives a host another name, by which it is found and recognised. Returns the decision's id.

    Raises ConfigurationError for an unknown host or kind, or a name that says nothing.
    """
    known_host(conn, host_id)
    name = clean(alias)
    if kind not in ALIAS_KINDS:
        raise ConfigurationError(f"alias kind {kind!r}: allowed are {', '.join(ALIAS_KINDS)}")
    if not slug(name):
        raise ConfigurationError(f"alias {alias!r}: expected a name with a letter or a digit")
    return _decide(conn, "alias", host_id, None, kind, name, by=by, reason=reason, at=at)


def confirm_siren(conn: sqlite3.Connection, host_id: str, siren: str, *, by: str, reason: str, at: datetime) -> int:
    """Notes a SIREN that a person confirmed for a host printed without one. Returns the decision's id.

    Raises ConfigurationError for a wrong number, a host that has another, or a number that another host has.
    """
    number = "".join(siren.split())
    if not siren_number.is_valid(number):
        raise ConfigurationError(f"SIREN {siren!r}: expected nine digits with a valid check digit")
    host = known_host(conn, host_id)
    if host["siren"] not in (None, number):
        raise ConfigurationError(f"{host_id}: already has SIREN {host['siren']}; a different one is another company")
    other = conn.execute("SELECT id FROM hosts WHERE siren = ? AND id <> ?", (number, host_id)).fetchone()
    if other is not None:
        raise ConfigurationError(
            f"SIREN {number}: belongs to {other['id']}; if both are one host, "
            f"`hdswatch registry merge {host_id} {other['id']}`"
        )
    return _decide(conn, "siren", host_id, None, None, number, by=by, reason=reason, at=at)


def undo(conn: sqlite3.Connection, decision_id: int, *, by: str, reason: str, at: datetime) -> None:
    """Takes a decision back, as if it had not been made; the record of it stays.

    Raises ConfigurationError when there is no such decision, or it was undone before.
    """
    standing = {row["id"]: row for row in list_decisions(conn) if row["undone_at"] is None}
    if decision_id not in standing:
        known = ", ".join(map(str, standing)) or "none"
        raise ConfigurationError(f"decision {decision_id}: expected one that stands, found none; standing: {known}")
    row = standing[decision_id]
    with transaction(conn):
        conn.execute(
            "UPDATE decisions SET undone_by = ?, undone_at = ?, undone_reason = ? WHERE id = ?",
            (by, stamp(at), reason, decision_id),
        )
        _apply(conn, row, at, undone=True)


def _decide(
    conn: sqlite3.Connection, kind: str, host_id: str, other_id: str | None, selector: str | None, value: str | None,
    *, by: str, reason: str, at: datetime,
) -> int:  # fmt: skip
    if not by.strip() or not reason.strip():
        raise ConfigurationError("a decision is kept with who made it and why: give --by NAME and --reason TEXT")
    with transaction(conn):
        row = conn.execute(
            "INSERT INTO decisions (kind, host_id, other_id, selector, value, made_by, made_at, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
            (kind, host_id, other_id, selector, value, by, stamp(at), reason),
        ).fetchone()
        _apply(conn, row, at)
    return int(row["id"])


def _apply(conn: sqlite3.Connection, row: sqlite3.Row, at: datetime, *, undone: bool = False) -> None:
    """Folds history again, and tells the decision itself on the host that it leaves standing."""
    conn.execute("PRAGMA defer_foreign_keys = ON")
    rebuild(conn, "operator")
    before = row["host_id"] if row["other_id"] else None
    after = row["other_id"] or row["value"]
    field = {"merge": "merged", "split": "split", "alias": "alias", "siren": "siren"}[row["kind"]]
    told_on = row["other_id"] if row["kind"] == "merge" else row["host_id"]
    if conn.execute("SELECT 1 FROM hosts WHERE id = ?", (told_on,)).fetchone() is not None:
        if undone:
            before, after = after, before
        told = Change(stamp(at), None, "DETAIL_CHANGED", told_on, None, None, field, before, after, "operator")
        save_changes(conn, [told])
    bump_generation(conn)
