"""Commands: host, changes, registry merge|split|alias|siren|resolve|decisions|undo, export, publish."""

from __future__ import annotations

from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from monitor.cli.common import current_home, day_of, home_and_settings, print_json, tell, who_decides
from registry.errors import ConfigurationError, HdsWatchError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from registry.models import Source


T = TypeVar("T")
SOURCES: tuple[Source, ...] = ("hosts", "certifiers")


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class AliasKind(StrEnum):
    BRAND = "brand"
    FORMER_NAME = "former_name"
    SPELLING = "spelling"


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who decides; the login name if left out.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the decision.")]
HostId = Annotated[str, typer.Argument(metavar="HOST_ID", help="The host's id, as `hdswatch host NAME` shows it.")]


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""
    app.command("host", epilog="Example:  hdswatch host OVHcloud --on 2026-03-03 --json")(_host)
    app.command("changes", epilog="Example:  hdswatch changes --since 2026-11-01")(_changes)
    app.command("export", epilog="Example:  hdswatch export csv --out hds-tables")(_export)
    app.command("publish", epilog="Example:  hdswatch publish")(_publish)
    registry = typer.Typer(
        no_args_is_help=True,
        help="A person's decisions about which host is which: kept with who and why, reversible.",
        epilog="Example:  hdswatch registry merge bt-blue blue --reason 'the list prints both for one company'",
    )
    registry.command("merge", epilog="Example:  hdswatch registry merge bt-blue blue --reason 'one company'")(_merge)
    registry.command(
        "split", epilog="Example:  hdswatch registry split blue --name 'Bleu SAS' --reason 'another company'"
    )(_split)
    registry.command("alias", epilog="Example:  hdswatch registry alias ovhcloud OVH --reason 'usual name'")(_alias)
    registry.command(
        "resolve", epilog="Example:  hdswatch registry resolve scaleway --siren 433115904 --reason 'legal notice'"
    )(_resolve)
    registry.command("decisions", epilog="Example:  hdswatch registry decisions --json")(_decisions)
    registry.command("undo", epilog="Example:  hdswatch registry undo 3 --reason 'they are two companies'")(_undo)
    app.add_typer(registry, name="registry")


# --- reading ----------------------------------------------------------------------------------------------------------


def _host(
    query: Annotated[str, typer.Argument(help="A name, alias, SIREN, certificate number or host id.")],
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="What the list said that day, and what was in force (YYYY-MM-DD)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One host: its certificates, activities and history.

    With --on: what the list said on that day (observation), by the last reading up to its end, and which certificates
    were in force on it (validity). Several hosts that fit are listed, exit code 1.
    """
    from registry.asof import find_hosts, host_document
    from registry.clock import today

    day = day_of(on, "--on")
    with _published() as conn:
        found = find_hosts(conn, query)
        if len(found) != 1:
            if as_json:
                print_json({"query": query, "candidates": [dict(row) for row in found]})
            raise HdsWatchError(_not_one(query, found))
        document = host_document(conn, found[0]["id"], day or today(), as_of=day is not None)
    if as_json:
        print_json(document)
        return
    from monitor.cli.register_output import show_host

    show_host(document, as_of=day is not None)


def _not_one(query: str, found: list[sqlite3.Row]) -> str:
    from monitor.wording import plain

    if not found:
        return f"{plain(query)!r}: no host has this name, alias, SIREN, certificate number or id"
    lines = [
        f"  {row['id']}  ({plain(row['legal_name'])}{', off the list' if not row['listed'] else ''})" for row in found
    ]
    shown = "\n".join(lines[:20]) + (f"\n  … and {len(lines) - 20} more" if len(lines) > 20 else "")
    return f"{plain(query)!r} fits {len(found)} hosts; ask again with the id of one:\n{shown}"


def _changes(
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="From this day on (YYYY-MM-DD); default: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What changed on the lists, newest first."""
    from registry.saved_queries import SAVED_QUERIES

    day = day_of(since, "--since")
    with _published() as conn:
        rows = conn.execute(SAVED_QUERIES["changes_since"].sql, {"since": day.isoformat() if day else ""}).fetchall()
    if as_json:
        print_json([dict(row) for row in rows])
        return
    from monitor.cli.register_output import show_changes

    show_changes(rows)


@contextmanager
def _published() -> Iterator[sqlite3.Connection]:
    """The published register. One that has only the tables of the contract is made whole in a copy that goes again."""
    from tempfile import TemporaryDirectory

    from registry.completion import completed, is_complete
    from registry.snapshot import open_published

    path = current_home().published_db
    with TemporaryDirectory(prefix="hdswatch-") as folder:
        whole = path if is_complete(path) else completed(path, Path(folder))
        with closing(open_published(whole)) as conn:
            yield conn


# --- files ------------------------------------------------------------------------------------------------------------


def _export(
    kind: Annotated[Format, typer.Argument(metavar="csv|jsonl", help="csv for spreadsheets, jsonl for programs.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write to; made if missing.")],
) -> None:
    """Writes the published tables and a data dictionary (Frictionless datapackage.json).

    CSV is UTF-8 with byte order mark and `;`; cells that a spreadsheet would take for a formula get an apostrophe.
    """
    import yaml

    from monitor.site_files import site_folder
    from registry.export import export

    dictionary = site_folder() / "dictionary.yaml"
    words = yaml.safe_load(dictionary.read_text(encoding="utf-8")) if dictionary.exists() else None
    with _published() as conn:
        written = export(conn, out, kind.value, words)
    tell(f"{len(written)} files written to {out}")


def _publish() -> None:
    """Builds hds.db from what the registry believes, checks it, and swaps it in."""
    from registry.clock import now
    from registry.publish import publish
    from registry.runs import last_good_run
    from registry.store import open_store

    home, _ = home_and_settings()
    known = home.registry_db.exists()
    if known:
        with closing(open_store(home)) as conn:
            known = any(last_good_run(conn, source) is not None for source in SOURCES)
    if not known:
        raise ConfigurationError(
            f"{home.path}: expected a list that was read and believed, found none; run `hdswatch crawl`"
        )
    tell(f"published: {publish(home, now())}")


# --- decisions --------------------------------------------------------------------------------------------------------


def _merge(host: HostId, into: Annotated[str, typer.Argument(metavar="INTO")], reason: Reason, by: By = None) -> None:
    """Makes one host part of another, for the past and for every later crawl."""
    from registry import deciding

    number = _decide(lambda conn, who, at: deciding.merge(conn, host, into, by=who, reason=reason, at=at), by)
    tell(f"decision {number}: {host} is part of {into} now; take it back with `hdswatch registry undo {number}`")


def _split(
    host: HostId,
    reason: Reason,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Rows printed with this name.")] = None,
    siren: Annotated[str | None, typer.Option(metavar="SIREN", help="Rows printed with this SIREN.")] = None,
    number: Annotated[str | None, typer.Option(metavar="NUMBER", help="The certificate with this number.")] = None,
    by: By = None,
) -> None:
    """Parts rows from a host that are another company's; they become a host of their own."""
    from registry import deciding

    given = [(key, value) for key, value in (("name", name), ("siren", siren), ("number", number)) if value]
    if len(given) != 1:
        raise ConfigurationError("registry split: expected one of --name, --siren and --number, to say which rows part")
    key, value = given[0]
    decision, new = _decide(
        lambda conn, who, at: deciding.split(conn, host, key, value, by=who, reason=reason, at=at), by
    )
    tell(f"decision {decision}: they are {new} now; take it back with `hdswatch registry undo {decision}`")


def _alias(
    host: HostId,
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="The other name.")],
    reason: Reason,
    kind: Annotated[AliasKind, typer.Option(help="What kind of name it is.")] = AliasKind.BRAND,
    by: By = None,
) -> None:
    """Gives a host another name, by which it is found and recognised."""
    from registry import deciding

    number = _decide(
        lambda conn, who, at: deciding.add_alias(conn, host, alias, kind=kind.value, by=who, reason=reason, at=at), by
    )
    tell(f"decision {number}: {host} is also known as {alias}; take it back with `hdswatch registry undo {number}`")


def _resolve(
    host: Annotated[
        str | None, typer.Argument(metavar="[HOST_ID]", help="One host; all without SIREN if left out.")
    ] = None,
    siren: Annotated[str | None, typer.Option(metavar="SIREN", help="Confirm this SIREN for the host.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; needed with --siren.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=25, help="How many candidates a host.")] = 5,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """SIREN candidates from the public company search, for a person to confirm. Never automatic.

    Without --siren it only shows candidates. With --siren and --reason it notes a person's decision.
    """
    from registry import deciding

    if siren is not None:
        if host is None or not reason:
            raise ConfigurationError("registry resolve --siren: expected HOST_ID and --reason TEXT beside it")
        number = _decide(
            lambda conn, who, at: deciding.confirm_siren(conn, host, siren, by=who, reason=reason, at=at), by
        )
        tell(f"decision {number}: {host} has SIREN {siren}; take it back with `hdswatch registry undo {number}`")
        return
    from monitor.cli.register_output import show_candidates
    from registry.resolve import CompanySearch, candidates, unresolved
    from registry.store import open_store

    home, settings = home_and_settings()
    with closing(open_store(home)) as conn:
        wanted = unresolved(conn, host)
    search = CompanySearch(settings.registry.company_search_url)
    documents = []
    for one in wanted:
        found = candidates(one.names[0], search.address, other_names=one.names[1:], limit=limit, search=search)
        if as_json:
            documents.append({"host_id": one.host_id, "names": one.names, "candidates": [c.as_json() for c in found]})
        else:
            show_candidates(one.host_id, one.names, found)
    if as_json:
        print_json(documents)


def _decisions(as_json: AsJson = False) -> None:
    """Every decision, with who, why and when; undone ones too."""
    from registry.decisions import list_decisions
    from registry.store import open_store

    home, _ = home_and_settings()
    with closing(open_store(home)) as conn:
        rows = list_decisions(conn)
    if as_json:
        print_json([dict(row) for row in rows])
        return
    from monitor.cli.register_output import show_decisions

    show_decisions([dict(row) for row in rows])


def _undo(
    number: Annotated[int, typer.Argument(metavar="DECISION", help="Its number in `hdswatch registry decisions`.")],
    reason: Reason,
    by: By = None,
) -> None:
    """Takes a decision back, as if it had not been made. The record of it stays."""
    from registry import deciding

    _decide(lambda conn, who, at: deciding.undo(conn, number, by=who, reason=reason, at=at), by)
    tell(f"decision {number}: undone")


def _decide(act: Callable[[sqlite3.Connection, str, datetime], T], by: str | None) -> T:
    """Carries a decision out and publishes it."""
    from registry.clock import now
    from registry.publish import publish
    from registry.store import open_store, write_lock

    home, _ = home_and_settings()
    with write_lock(home, "a registry decision"):
        with closing(open_store(home)) as conn:
            done = act(conn, who_decides(by), now())
        publish(home, now())
    return done
