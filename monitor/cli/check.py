"""Commands: check; and the groups watchlist, report and planning, which have modules of their own."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import planning as planning_commands
from monitor.cli import report as report_commands
from monitor.cli import watchlist as watchlist_commands
from monitor.cli.checking import checked, day_argument
from monitor.cli.common import print_json
from monitor.cli.watchlist import RegistryFile, WatchlistFile

if TYPE_CHECKING:
    from monitor.verdicts import CheckResult


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
    report_commands.register(app)
    planning_commands.register(app)
    app.command("check", epilog="Example:  hdswatch check --on 2027-01-01 --format markdown --fail-on unknown")(_check)


def _check(
    watchlist: WatchlistFile = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge this day (YYYY-MM-DD); default: today in France.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print on stdout.")] = Format.TABLE,
    fail_on: Annotated[FailOn, typer.Option(help="Exit 1 when any verdict is this bad or worse.")] = FailOn.BREACH,
    registry: RegistryFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Every contract's verdict on a date."""
    from registry import clock

    today = clock.today()
    result = checked(watchlist, registry, day_argument(on, today), today)
    if as_json or form is Format.JSON:
        print_json(result.as_json())
    else:
        _print(result, form)
    raise typer.Exit(1 if _reached(result, fail_on) else 0)


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
