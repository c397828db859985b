"""What several commands do first: read the watchlist and the registry, and judge every contract on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli.common import home_and_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.verdicts import CheckResult
    from monitor.watchlist import Contract


def day_argument(given: str | None, today: date) -> date:
    """`--on`: a civil date, today when left out. Raises ConfigurationError for anything else."""
    from registry.errors import ConfigurationError

    if given is None:
        return today
    try:
        if len(given) != 10:
            raise ValueError
        return date.fromisoformat(given)
    except ValueError as error:
        raise ConfigurationError(f"--on: expected a date that exists as YYYY-MM-DD, found {given!r}") from error


def checked(watchlist: Path | None, registry: Path | None, on: date, today: date) -> CheckResult:
    """Every contract's verdict, from the given files or those of the home. Writes nothing."""
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
