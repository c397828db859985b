"""How hosts, changes, candidates and decisions look on a terminal. Decides nothing.

Everything printed comes from outside: control characters and markup are made harmless first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor.wording import plain

if TYPE_CHECKING:
    from registry.resolve import Candidate


def _safe(value: object) -> str:
    return "" if value is None else escape(plain(value))


_WHOLE = frozenset({"observed", "issued", "expires", "when", "cause"})
"""Columns of dates and single words: the others are folded first."""


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _WHOLE)
    return table


def show_host(document: Mapping[str, Any], *, as_of: bool) -> None:
    """One host, as `registry.asof.host_document` gives it."""
    console = Console()
    console.print(f"[bold]{_safe(document['legal_name'])}[/bold]  ({_safe(document['id'])})")
    if document["siren"]:
        console.print(f"SIREN {_safe(document['siren'])}")
    names = [f"{_safe(one['alias'])} ({one['kind'].replace('_', ' ')})" for one in document["aliases"]]
    if names:
        console.print("also: " + ", ".join(names))
    console.print(_standing(document, as_of))
    console.print(
        f"in force on {document['on']}: activities {', '.join(map(str, document['activities'])) or 'none'}"
        f" ({len(document['validity']['certificates'])} certificates count)"
    )
    if document["certificates"]:
        console.print(_certificates(document["certificates"]))
    for one in document["contradictions"]:
        console.print(
            f"[yellow]contradiction[/yellow] {_safe(one['certificate_id'])} {_safe(one['field'])}:"
            f" the list says {_safe(one['list_value'])}, the certificate {_safe(one['document_value'])}"
        )
    if document["changes"]:
        console.print("\n[bold]History[/bold]")
        console.print(_changes(document["changes"]))


def _standing(document: Mapping[str, Any], as_of: bool) -> str:
    seen = document["observation"]
    if seen["read_on"] is None:
        return f"[yellow]the list had not been read by {document['on']}[/yellow]"
    if as_of:
        word = "showed it" if seen["listed"] else "did not show it"
        return f"on {document['on']} the list {word} (read on {seen['read_on']}, run {seen['run_id']})"
    if document["listed"]:
        return f"on the list, last seen {document['last_seen'][:10]}, first seen {document['first_seen'][:10]}"
    if document["delisted_on"]:
        return f"[yellow]off the list since {document['delisted_on']}[/yellow]"
    return "[yellow]missing from the list, not confirmed yet[/yellow]"


def _certificates(rows: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("certificate", "certifier", "référentiel", "activities", "issued", "expires", "")
    for row in rows:
        notes = [row["source_status"] or "", "" if row["listed"] else "off the list"]
        table.add_row(
            _safe(row["number"] or row["id"]),
            _safe(row["certifier"]),
            _safe(row["referential_label"] or row["referential"]),
            ", ".join(map(str, row["activities"])) if row["activities"] else "unknown",
            _safe(row["issued_on"] or "unknown"),
            _safe(row["expires_on"] or "unknown"),
            ", ".join(filter(None, notes)),
        )
    return table


def show_changes(rows: Sequence[Mapping[str, Any]]) -> None:
    """Changes, as the saved query `changes_since` gives them."""
    console = Console()
    console.print(_changes([dict(row) for row in rows]) if rows else "no changes")


def _changes(rows: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("observed", "what", "host", "certificate", "from", "to", "cause")
    for row in rows:
        table.add_row(
            row["observed_at"][:10],
            _what(row),
            _safe(row.get("legal_name") or row["host_id"] or row["certifier_id"]),
            _safe(row.get("number") or row["certificate_id"]),
            _safe(row["before"]),
            _safe(row["after"]),
            row["cause"],
        )
    return table


def _what(row: Mapping[str, Any]) -> str:
    kind = str(row["kind"]).replace("_", " ").lower()
    return f"{kind}: {_safe(row['field'])}" if row["kind"] == "DETAIL_CHANGED" else kind


def show_candidates(host_id: str, names: Sequence[str], found: Sequence[Candidate]) -> None:
    """SIREN candidates of one host."""
    console = Console()
    console.print(f"[bold]{_safe(names[0])}[/bold]  ({_safe(host_id)})")
    if not found:
        console.print("  no candidate")
        return
    table = _table("SIREN", "name", "place", "score", "")
    for one in found:
        notes = ["same name" if one.same_name else "", "closed" if one.active is False else ""]
        table.add_row(
            one.siren, _safe(one.display_name), _safe(" ".join(filter(None, (one.postal_code, one.city)))),
            f"{one.score:g}", ", ".join(filter(None, notes)),
        )  # fmt: skip
    console.print(table)
    console.print(f"  confirm one:  hdswatch registry resolve {_safe(host_id)} --siren SIREN --reason TEXT")


def show_decisions(rows: Sequence[Mapping[str, Any]]) -> None:
    """Identity decisions, oldest first."""
    console = Console()
    if not rows:
        console.print("no decisions")
        return
    table = _table("no.", "decision", "host", "with", "who", "when", "why", "undone")
    for row in rows:
        undone = f"{row['undone_by']}, {row['undone_at'][:10]}: {row['undone_reason']}" if row["undone_at"] else ""
        about = row["other_id"] or row["value"]
        table.add_row(
            str(row["id"]), row["kind"], _safe(row["host_id"]), _safe(about), _safe(row["made_by"]),
            row["made_at"][:10], _safe(row["reason"]), _safe(undone),
        )  # fmt: skip
    console.print(table)
