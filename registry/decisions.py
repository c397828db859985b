"""What people decided about identity: merges, splits, aliases and SIRENs, with who, why and when. Nothing is deleted.

Owns the `decisions` table, and gives what stands there to `identity` as rules. Each decision, and undoing one, makes
history be folded again in the same transaction, so that it holds for the past and for every later crawl.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from functools import cache
from typing import Literal

from registry.errors import ConfigurationError
from registry.host_names import name_key
from registry.identity import Rules
from registry.vocabulary import certifiers, words

Selector = Literal["name", "siren", "number"]
SELECTORS: tuple[Selector, ...] = ("name", "siren", "number")
ALIAS_KINDS = ("brand", "former_name", "spelling")


@cache
def same_names() -> dict[str, frozenset[str]]:
    """Normalised name → the normalised names of its group in `vocabulary/aliases.yml`."""
    groups: dict[str, frozenset[str]] = {}
    for entry in words("aliases")["aliases"]:
        names = frozenset(name_key(name) for name in entry["names"])
        for name in names:
            assert name not in groups, f"aliases.yml: {name!r} stands in two groups"
            groups[name] = names
    return groups


def load_rules(conn: sqlite3.Connection) -> Rules:
    """The decisions that stand, and the reviewed names, ready to apply."""
    merged: dict[str, str] = {}
    pinned: dict[tuple[str, str], str] = {}
    sirens: dict[str, str] = {}
    aliases: dict[str, dict[str, str]] = defaultdict(dict)
    kin: dict[str, set[str]] = defaultdict(set)
    parted: set[str] = set()
    for row in list_decisions(conn):
        if row["other_id"]:
            kin[row["host_id"]].add(row["other_id"])
            kin[row["other_id"]].add(row["host_id"])
        if row["kind"] == "split":
            parted.add(row["other_id"])
        if row["undone_at"]:
            continue
        if row["kind"] == "merge":
            merged[row["host_id"]] = row["other_id"]
        elif row["kind"] == "split":
            pinned[row["selector"], row["value"]] = row["other_id"]
        elif row["kind"] == "siren":
            sirens[row["host_id"]] = row["value"]
        else:
            aliases[row["host_id"]][row["value"]] = row["selector"]
    return Rules(
        merged=merged,
        pinned=pinned,
        sirens=sirens,
        aliases=aliases,
        parted=frozenset(parted),
        kin={host_id: frozenset(others) for host_id, others in kin.items()},
        same=same_names(),
        certifier_names={body.id: body.name for body in certifiers()},
    )


def list_decisions(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    """Every decision, oldest first, undone ones included."""
    return conn.execute("SELECT * FROM decisions ORDER BY id").fetchall()


def known_host(conn: sqlite3.Connection, host_id: str) -> sqlite3.Row:
    """The host of that id. Raises ConfigurationError when there is none, naming like ids."""
    row: sqlite3.Row | None = conn.execute("SELECT * FROM hosts WHERE id = ?", (host_id,)).fetchone()
    if row is None:
        like = [
            r[0] for r in conn.execute("SELECT id FROM hosts WHERE id LIKE ? ORDER BY id LIMIT 5", (f"{host_id[:4]}%",))
        ]
        hint = f"; like it: {', '.join(like)}" if like else ""
        raise ConfigurationError(f"{host_id}: no host has this id{hint}; `hdswatch host NAME` shows ids")
    return row
