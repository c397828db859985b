"""What people decided about identity: merges, splits, aliases and SIRENs, with who, why and when. Nothing is deleted.

Owns the `decisions` table and the reviewed aliases file as rules for `identity`.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from functools import cache
from importlib.resources import files

import yaml

from registry.identity import Rules, name_key
from registry.vocabulary import certifiers


@cache
def same_names() -> dict[str, frozenset[str]]:
    """Normalised name → the normalised names of its group in `vocabulary/aliases.yml`."""
    text = files("registry").joinpath("vocabulary/aliases.yml").read_text(encoding="utf-8")
    groups: dict[str, frozenset[str]] = {}
    for entry in yaml.safe_load(text)["aliases"]:
        names = frozenset(name_key(name) for name in entry["names"])
        for name in names:
            assert name not in groups, f"aliases.yml: {name!r} stands in two groups"
            groups[name] = names
    return groups


def load_rules(conn: sqlite3.Connection) -> Rules:
    """The decisions that stand, and the reviewed aliases, ready to apply."""
    merged: dict[str, str] = {}
    pinned: dict[tuple[str, str], str] = {}
    sirens: dict[str, str] = {}
    aliases: dict[str, set[str]] = defaultdict(set)
    for row in conn.execute("SELECT * FROM decisions WHERE undone_at IS NULL ORDER BY id"):
        if row["kind"] == "merge":
            merged[row["host_id"]] = row["target"]
        elif row["kind"] == "split":
            pinned[row["detail"], row["target"]] = row["host_id"]
        elif row["kind"] == "siren":
            sirens[row["host_id"]] = row["target"]
        else:
            aliases[row["host_id"]].add(name_key(row["target"]))
    return Rules(
        merged=merged,
        pinned=pinned,
        sirens=sirens,
        aliases={host_id: frozenset(names) for host_id, names in aliases.items()},
        same=same_names(),
        certifier_names={body.id: body.name for body in certifiers()},
    )
