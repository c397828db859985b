"""Commands: forecast and calendar."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.checking import checked
from monitor.cli.common import home_and_settings, print_json, tell
from monitor.cli.watchlist import RegistryFile, WatchlistFile

if TYPE_CHECKING:
    from datetime import date

    from monitor.forecast import Live


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""
    app.command("forecast", epilog="Example:  hdswatch forecast --months 24")(_forecast)
    app.command("calendar", epilog="Example:  hdswatch calendar --out hds.ics")(_calendar)


def _forecast(
    months: Annotated[int, typer.Option(min=1, max=120, help="How far to look ahead.")] = 12,
    watchlist: WatchlistFile = None,
    registry: RegistryFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """What will be sent when, if nothing changes on the list. Sends and writes nothing."""
    from monitor.cli.forecast_output import as_table
    from monitor.forecast import forecast
    from monitor.watchlist import load_watchlist
    from registry import clock
    from registry.snapshot import load

    home, settings = home_and_settings(prepare=False)
    listed = load_watchlist(watchlist or settings.watchlist_path(home))
    snapshot = load(registry or home.published_db)
    now = clock.now()
    until = _months_later(clock.paris_date(now), months)
    entries = forecast(snapshot, listed, now, until, settings.schedule.crawl_at, _live_alerts())
    if as_json:
        print_json({"from": clock.paris_date(now).isoformat(), "until": until.isoformat(),
                    "messages": [entry.as_json() for entry in entries]})  # fmt: skip
        return
    from rich.console import Console

    Console(highlight=False).print(as_table(entries, until, settings.schedule.digest, listed.language))


def _months_later(day: date, months: int) -> date:
    from calendar import monthrange

    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def _live_alerts() -> Live | None:
    """The alerts that are open in this home; None when it has never told anybody anything."""
    from monitor.alert_store import read_live
    from monitor.judging import BEGUN
    from monitor.monitor_store import get_meta, open_reader

    home, _ = home_and_settings(prepare=False)
    reader = open_reader(home)
    if reader is None:
        return None
    try:
        if get_meta(reader, BEGUN) is None:
            return None
        return {
            contract: {family: alert for family, (_, alert) in families.items()}
            for contract, families in read_live(reader).items()
        }
    finally:
        reader.close()


def _calendar(
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write; default: stdout.")] = None,
    language: Annotated[str | None, typer.Option(help="fr or en; default: the watchlist's.")] = None,
    watchlist: WatchlistFile = None,
    registry: RegistryFile = None,
) -> None:
    """Ends of coverage and contracts as an iCalendar file, with alarms at the thresholds."""
    from monitor.calendar_file import as_icalendar
    from monitor.wording import LANGUAGES
    from registry import clock
    from registry.errors import ConfigurationError
    from registry.home import PRIVATE_FILE

    if language not in (None, *LANGUAGES):
        raise ConfigurationError(f"--language: expected {' or '.join(LANGUAGES)}, found {language!r}")
    today = clock.today()
    result = checked(watchlist, registry, today, today)
    made = as_icalendar(result, language or result.watchlist.language)
    if out is None:
        sys.stdout.buffer.write(made)
        return
    try:
        draft = out.with_name(f".{out.name}.new")
        draft.touch(mode=PRIVATE_FILE)  # it says what the organisation contracted
        draft.write_bytes(made)
        if out.exists():
            draft.chmod(out.stat().st_mode)
        draft.replace(out)
    except OSError as error:
        raise ConfigurationError(f"--out {out}: cannot be written ({error.strerror})") from error
    tell(f"{out}: written")
