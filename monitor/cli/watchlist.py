"""Commands: watchlist validate | suggest | import | confirm, and init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import home_and_settings, print_json, tell

if TYPE_CHECKING:
    from monitor.matching import Suggestion
    from monitor.watchlist import Watchlist
    from monitor.watchlist_import import Imported

WatchlistFile = Annotated[
    Path | None, typer.Option("--watchlist", metavar="FILE", help="The watchlist; default: the home's.")
]
RegistryFile = Annotated[
    Path | None, typer.Option("--registry", metavar="FILE", help="Any published hds.db; default: the home's.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""
    group = typer.Typer(
        no_args_is_help=True,
        help="The list of your contracts: check it, fill it, match it.",
        epilog="Example:  hdswatch watchlist validate",
    )
    group.command("validate", epilog="Example:  hdswatch watchlist validate watchlist.yml")(_validate)
    group.command("suggest", epilog="Example:  hdswatch watchlist suggest dossier-patient")(_suggest)
    group.command("import", epilog="Example:  hdswatch watchlist import contrats.csv --out watchlist.yml")(_import)
    group.command("confirm", epilog="Example:  hdswatch watchlist confirm dossier-patient scalingo")(_confirm)
    app.add_typer(group, name="watchlist")
    app.command("init", epilog="Example:  hdswatch init --home ~/hds")(_init)


def _validate(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: the home's watchlist.yml.")] = None,
    watchlist: WatchlistFile = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a watchlist instead.")] = False,
) -> None:
    """Says whether a watchlist is valid, and every fault with file, line and field."""
    from monitor.watchlist import load_watchlist
    from monitor.watchlist_lint import advice
    from monitor.watchlist_schema import json_schema
    from registry import clock

    if schema:
        print_json(json_schema())
        return
    path = file or watchlist or _home_watchlist()
    loaded = load_watchlist(path)
    for sentence in advice(loaded, clock.today()):
        tell(f"{path}: {sentence}")
    tell(
        f"{path}: valid; {len(loaded.contracts)} contract(s), {len(loaded.contacts)} contact(s), "
        f"{len(loaded.channels)} channel(s)"
    )


def _home_watchlist() -> Path:
    home, settings = home_and_settings(prepare=False)
    return settings.watchlist_path(home)


def _loaded(watchlist: Path | None) -> tuple[Path, Watchlist]:
    from monitor.watchlist import load_watchlist

    path = watchlist or _home_watchlist()
    return path, load_watchlist(path)


def _suggest(
    contract: Annotated[
        str | None, typer.Argument(metavar="[CONTRACT]", help="One contract; default: all without a certain match.")
    ] = None,
    watchlist: WatchlistFile = None,
    registry: RegistryFile = None,
    as_json: Json = False,
) -> None:
    """Which hosts a supplier may be, with a score and the reason. A person decides; nothing is written."""
    from monitor.matching import Matcher
    from registry.errors import ConfigurationError
    from registry.snapshot import load

    path, listed = _loaded(watchlist)
    home, _ = home_and_settings(prepare=False)
    matcher = Matcher(load(registry or home.published_db))
    chosen = [one for one in listed.contracts if contract in (None, one.id)]
    if contract is not None and not chosen:
        raise ConfigurationError(f"{path}: expected the id of a contract, found {contract!r}")
    document: list[dict[str, object]] = []
    for one in chosen:
        match = matcher.match(one)
        if contract is None and match.host is not None:
            continue
        document.append(
            {
                "contract": one.id,
                "supplier": one.supplier,
                "siren": one.siren,
                "matched": match.host.id if match.host else None,
                "why_not": str(match.doubt) if match.doubt else None,
                "suggestions": [_suggestion_json(suggestion) for suggestion in matcher.suggest(one)],
            }
        )
    if as_json:
        print_json(document)
    else:
        _print_suggestions(document, len(chosen))


def _suggestion_json(one: Suggestion) -> dict[str, object]:
    return {
        "host_id": one.host.id,
        "legal_name": one.host.legal_name,
        "siren": one.host.siren,
        "listed": one.host.listed,
        "score": round(one.score, 1),
        "why": one.why,
        "name": one.seen or one.host.legal_name,
    }


WHY = {
    "siren": "same SIREN",
    "certificate_number": "same certificate number",
    "name": "same name",
    "alias": "same brand, former name or spelling",
    "similar": "similar spelling",
    "words": "one name is part of the other",
}


def _print_suggestions(document: list[dict[str, object]], looked_at: int) -> None:
    from rich.console import Console
    from rich.text import Text

    from monitor.wording import plain

    console = Console(highlight=False)
    for entry in document:
        siren = f", SIREN {entry['siren']}" if entry["siren"] else ""
        state = f"matched: {entry['matched']}" if entry["matched"] else f"no certain match ({entry['why_not']})"
        console.print(Text(f"{plain(entry['contract'])}: {plain(entry['supplier'])}{siren} – {state}", style="bold"))
        suggestions = entry["suggestions"]
        assert isinstance(suggestions, list)
        for one in suggestions:
            gone = "" if one["listed"] else ", no longer listed"
            named = f" “{plain(one['name'])}”" if one["name"] != one["legal_name"] else ""
            console.print(
                Text(
                    f"  {one['score']:5.1f}  {plain(one['legal_name'])} (SIREN {one['siren'] or 'unknown'}{gone}): "
                    f"{WHY[str(one['why'])]}{named}\n         hdswatch watchlist confirm {plain(entry['contract'])} "
                    f"{one['host_id']}"
                )
            )
        if not suggestions:
            console.print(Text("  nothing on the list resembles it"))
    if not document:
        console.print(f"Contracts looked at: {looked_at}. All match a host with certainty.")


def _confirm(
    contract: Annotated[str, typer.Argument(metavar="CONTRACT", help="Id of a contract in the watchlist.")],
    host_id: Annotated[str, typer.Argument(metavar="HOST_ID", help="Id of a host in the registry.")],
    watchlist: WatchlistFile = None,
    registry: RegistryFile = None,
) -> None:
    """Writes your decision which host a supplier is into the watchlist; comments and order stay as they are."""
    from monitor.watchlist_edit import confirm_host
    from registry.errors import ConfigurationError
    from registry.snapshot import load

    path, listed = _loaded(watchlist)
    home, _ = home_and_settings(prepare=False)
    file = registry or home.published_db
    host = load(file).hosts.get(host_id)
    if host is None:
        raise ConfigurationError(
            f"HOST_ID: expected the id of a host in {file}, found {host_id!r}; `hdswatch watchlist suggest {contract}` "
            "shows candidates"
        )
    wanted = next((one for one in listed.contracts if one.id == contract), None)
    if wanted is not None and wanted.siren and host.siren and wanted.siren != host.siren:
        raise ConfigurationError(
            f"{path}: contract {contract!r} says SIREN {wanted.siren}, host {host_id!r} has {host.siren}; correct or "
            "remove `siren` in the watchlist first, or the verdict stays AMBIGUOUS_MATCH"
        )
    confirm_host(path, contract, host_id)
    tell(f"{path}: contract {contract!r} is now matched to {host.legal_name!r} ({host_id})")


def _import(
    register_file: Annotated[
        Path, typer.Argument(metavar="CSV", help="A CSV or XLSX file, headings French or English.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write; default: the home's watchlist.yml.")
    ] = None,
    activities: Annotated[
        str | None, typer.Option(metavar="LIST", help="Activities for rows that name none, such as 1,2,3.")
    ] = None,
    notify: Annotated[str, typer.Option(metavar="CONTACT", help="Contact for rows that name none.")] = "dpo",
    organisation: Annotated[str, typer.Option(help="Your organisation, for a new watchlist.")] = "Notre organisation",
    language: Annotated[str, typer.Option(help="fr or en, for a new watchlist.")] = "fr",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what was understood, write nothing.")] = False,
) -> None:
    """Turns a contract register into a watchlist, or adds it to one. All rows or none: faults are shown by line."""
    from monitor.watchlist_import import read_register
    from monitor.watchlist_yaml import WrongFile
    from monitor.wording import LANGUAGES
    from registry.errors import ConfigurationError

    if language not in LANGUAGES:
        raise ConfigurationError(f"--language: expected {' or '.join(LANGUAGES)}, found {language!r}")
    result = read_register(register_file, _activity_list(activities), (notify,))
    _show_understood(result)
    if result.problems:
        raise WrongFile(register_file, result.problems)
    if dry_run:
        tell("nothing written (--dry-run)")
        return
    path = out or _home_watchlist()
    added = _write_import(path, result, organisation, language)
    tell(f"{path}: {added} contract(s) written; check it with `hdswatch watchlist validate {path}`")


def _activity_list(given: str | None) -> tuple[int, ...]:
    from registry.activities import read_scope
    from registry.errors import ConfigurationError

    if given is None:
        return ()
    read = read_scope(given)
    if not read.activities or read.legacy:
        raise ConfigurationError(f"--activities: expected numbers from 1 to 6 such as 1,2,3, found {given!r}")
    return tuple(sorted(read.activities))


def _show_understood(result: Imported) -> None:
    from monitor.wording import plain

    for heading, field in result.fields.items():
        tell(f"column “{plain(heading)}” → {field}")
    for heading in result.unread:
        tell(f"column “{plain(heading)}” → not used")
    for one in result.contracts:
        numbers = ", ".join(map(str, one["activities"]))
        until = f", until {one['ends_on']}" if one.get("ends_on") else ""
        siren = f" (SIREN {one['siren']})" if one.get("siren") else ""
        tell(f"contract {one['id']}: {plain(one['supplier'])}{siren}, activities {numbers}{until}")


def _write_import(path: Path, result: Imported, organisation: str, language: str) -> int:
    from monitor.watchlist import load_watchlist
    from monitor.watchlist_edit import add_contracts, contract_block, new_watchlist, write_new
    from registry.errors import ConfigurationError

    if path.exists():
        there = load_watchlist(path)
        known = {one.id for one in there.contracts}
        if twice := [str(one["id"]) for one in result.contracts if one["id"] in known]:
            raise ConfigurationError(f"{path}: contract(s) {', '.join(twice)}: already there; nothing was written")
        if strangers := [name for name in result.contacts if name not in there.contacts]:
            raise ConfigurationError(
                f"{path}: contact(s) {', '.join(strangers)}: not declared there; add them under `contacts` first"
            )
        add_contracts(path, result.contracts)
        return len(result.contracts)
    write_new(path, new_watchlist(organisation, language, result.contacts, map(contract_block, result.contracts)))
    load_watchlist(path)
    return len(result.contracts)


def _init(
    language: Annotated[
        str, typer.Option(help="Language of the watchlist's comments and of its messages: fr or en.")
    ] = "fr",
) -> None:
    """Writes a commented hdswatch.toml and watchlist.yml to start from; what is there already stays as it is."""
    from importlib.resources import files

    from monitor.watchlist_edit import write_new
    from monitor.wording import LANGUAGES
    from registry.errors import ConfigurationError

    if language not in LANGUAGES:
        raise ConfigurationError(f"--language: expected {' or '.join(LANGUAGES)}, found {language!r}")
    home, settings = home_and_settings()
    example = "watchlist.example.fr.yml" if language == "fr" else "watchlist.example.yml"
    for path, name in ((home.settings_file, "hdswatch.example.toml"), (settings.watchlist_path(home), example)):
        if path.exists():
            tell(f"{path}: there already, left as it is")
            continue
        write_new(path, files("monitor").joinpath("examples", name).read_text(encoding="utf-8"))
        tell(f"{path}: written")
    tell("next: edit the watchlist, then run `hdswatch crawl all` and `hdswatch check`")
