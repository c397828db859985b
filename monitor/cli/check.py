"""Commands: check, watchlist, report, forecast, calendar, init."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import watchlist as watchlist_commands
from monitor.cli.common import home_and_settings, print_json
from monitor.cli.watchlist import RegistryFile, WatchlistFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from monitor.verdicts import CheckResult
    from monitor.watchlist import Contract


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    BREACH = "breach"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    NEVER = "never"


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""
    watchlist_commands.register(app)
    app.command("check", epilog="Example:  hdswatch check --on 2027-01-01 --format markdown --fail-on unknown")(_check)


def _check(
    watchlist: WatchlistFile = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge this day (YYYY-MM-DD); default: today in France.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print on stdout.")] = Format.TABLE,
    fail_on: Annotated[FailOn, typer.Option(help="Exit 1 when any verdict is this bad or worse.")] = FailOn.BREACH,
    registry: RegistryFile = None,
) -> None:
    """Every contract's verdict on a date."""
    from registry import clock

    today = clock.today()
    result = _checked(watchlist, registry, _day(on, today), today)
    if form is Format.JSON:
        print_json(result.as_json())
    else:
        _print(result, form)
    raise typer.Exit(1 if _reached(result, fail_on) else 0)


def _day(given: str | None, today: date) -> date:
    from datetime import date as Date

    from registry.errors import ConfigurationError

    if given is None:
        return today
    try:
        if len(given) != 10:
            raise ValueError
        return Date.fromisoformat(given)
    except ValueError as error:
        raise ConfigurationError(f"--on: expected a date that exists as YYYY-MM-DD, found {given!r}") from error


def _checked(watchlist: Path | None, registry: Path | None, on: date, today: date) -> CheckResult:
    from monitor.verdicts import check
    from monitor.watchlist import load_watchlist
    from registry.snapshot import load

    home, settings = home_and_settings(prepare=False)
    listed = load_watchlist(watchlist or settings.watchlist_path(home))
    snapshot = load(registry or home.published_db)
    return check(snapshot, listed, on, today, stale_after_days=settings.monitor.stale_after_days, progress=_with_bar)


def _with_bar(contracts: Iterable[Contract]) -> Iterable[Contract]:
    """A progress bar on stderr, when a person watches and there is something to wait for."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal:
        return contracts
    return track(contracts, description="Checking", console=console, transient=True)


def _print(result: CheckResult, form: Format) -> None:
    import sys

    from monitor.check_output import as_csv, as_markdown, as_table

    if form is Format.TABLE:
        from rich.console import Console

        Console(highlight=False).print(as_table(result))
    else:
        sys.stdout.write(as_csv(result) if form is Format.CSV else as_markdown(result))


def _reached(result: CheckResult, fail_on: FailOn) -> bool:
    bad = {
        FailOn.NEVER: (),
        FailOn.BREACH: ("breach",),
        FailOn.UNKNOWN: ("breach", "unknown"),
        FailOn.ATTENTION: ("breach", "unknown", "attention"),
    }[fail_on]
    return any(result.summary[verdict] for verdict in bad)
