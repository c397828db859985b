"""Folds the whole history again, when an observation came late or a person decided about identity.

Owns clearing and refilling the derived tables, in the caller's transaction. Ids stay what they were, and so do changes
that are still true; what is new because of this gets the cause it is called with.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict, deque
from collections.abc import Sequence

from registry.changes import CertificateValues, Change
from registry.decisions import load_rules
from registry.fold import CONFIRMED_ANYHOW, Fold
from registry.history_store import save
from registry.host_names import name_key
from registry.identity import Rules
from registry.ids import certificate_key, certificate_statement, host_key, spelt_key
from registry.models import Cause
from registry.runs import ORDER, content
from registry.state import Observation, State

_DERIVED = (
    "absences", "successions", "provenance", "certificate_activities", "certificate_versions", "certificates",
    "host_versions", "host_aliases", "host_words", "hosts", "certifier_versions", "certifiers",
)  # fmt: skip
_COLUMNS = ", ".join(Change._fields)


def rebuild(conn: sqlite3.Connection, cause: Cause) -> list[Change]:
    """Recomputes what is believed from all observations, in the order in which they were made; returns new changes."""
    rules = load_rules(conn)
    remembered = _remember(conn, rules)
    for table in _DERIVED:
        conn.execute(f"DELETE FROM {table}")
    fold = Fold(State(given_ids=remembered), rules)
    printed: dict[str, str] = {}
    for row in conn.execute(f"SELECT * FROM observations ORDER BY {ORDER}").fetchall():
        seen = Observation(row["run_id"], row["source"], row["observed_at"])
        if row["cause"] == "elapsed":
            fold.confirm(seen, CONFIRMED_ANYHOW)
            continue
        same = printed.get(seen.source) == row["fingerprint"]
        fold.observe(seen, None if same else content(conn, row["fingerprint"]))
        printed[seen.source] = row["fingerprint"]
    told = fold.effects.changes
    fold.effects.changes = []
    save(conn, fold, None)
    _keep_for_later(conn, fold.state, remembered)
    fresh = _reconcile(conn, told, cause)
    for table in ("contradictions", "documents"):
        conn.execute(f"DELETE FROM {table} WHERE certificate_id NOT IN (SELECT id FROM certificates)")
    return fresh


def _remember(conn: sqlite3.Connection, rules: Rules) -> list[tuple[str, str]]:
    """By what every host and certificate was known so far, and the id it got. A host that was parted from another may
    bear the same name: the other one comes first."""
    remembered = dict.fromkeys(map(tuple, conn.execute("SELECT key, id FROM given_ids ORDER BY rowid")))
    said = conn.execute("SELECT host_id, siren, legal_name FROM host_versions ORDER BY id").fetchall()
    for host_id, siren, name in sorted(said, key=lambda row: row[0] in rules.parted):
        remembered[host_key(siren, name, name_key(name)), host_id] = None
        if siren:
            remembered[spelt_key(name, name_key(name)), host_id] = None
    columns = ", ".join(CertificateValues._fields)
    for row in conn.execute(f"SELECT certificate_id, host_id, {columns} FROM certificate_versions ORDER BY id"):
        for key in (certificate_statement, certificate_key):
            remembered[key(row[1], CertificateValues(*row[2:])), row[0]] = None
    return list(remembered)


def _keep_for_later(conn: sqlite3.Connection, state: State, remembered: Sequence[tuple[str, str]]) -> None:
    """Ids that are nobody's now: an undone decision brings them back."""
    conn.execute("DELETE FROM given_ids")
    conn.executemany(
        "INSERT INTO given_ids (key, id) VALUES (?, ?)",
        (
            (key, id_)
            for key, id_ in remembered
            if id_ not in (state.hosts if key.startswith("host:") else state.certificates)
        ),
    )


def _reconcile(conn: sqlite3.Connection, told: Sequence[Change], cause: Cause) -> list[Change]:
    """Makes the journal say what the folded history says. A change that was known keeps its id and cause; one that is
    no longer true is put aside; entries about decisions (without run) stay while what they are about is there."""
    everything = f"SELECT id, {_COLUMNS} FROM changes UNION ALL SELECT id, {_COLUMNS} FROM retired_changes ORDER BY id"
    journal = [(row[0], Change(*row[1:])) for row in conn.execute(everything)]
    known: dict[Change, deque[tuple[int, Cause]]] = defaultdict(deque)
    for id_, one in journal:
        known[_key(one)].append((id_, one.cause))
    newest = max((id_ for id_, _ in journal), default=0)
    kept: dict[int, Change] = {}
    fresh: list[Change] = []
    for one in told:
        if place := known[_key(one)]:
            id_, why = place.popleft()
            kept[id_] = one._replace(cause=why)
        else:
            newest += 1
            kept[newest] = one._replace(cause=cause)
            fresh.append(kept[newest])
    hosts = {row[0] for row in conn.execute("SELECT id FROM hosts")}
    kept.update((id_, one) for id_, one in journal if one.run_id is None and one.host_id in hosts)
    conn.execute("DELETE FROM changes")
    conn.execute("DELETE FROM retired_changes")
    marks = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
    conn.executemany(
        f"INSERT INTO changes (id, {_COLUMNS}) VALUES ({marks})", ((id_, *one) for id_, one in kept.items())
    )
    conn.executemany(
        f"INSERT INTO retired_changes (id, {_COLUMNS}) VALUES ({marks})",
        ((id_, *one) for id_, one in journal if id_ not in kept),
    )
    return fresh


def _key(one: Change) -> Change:
    """What makes two entries the same change. A certificate's host does not count: a merge alters it."""
    return one._replace(observed_at="", host_id=None if one.certificate_id else one.host_id, cause="source")
