"""Commands: run, once, status, doctor, alerts, notify, backup, restore."""

from __future__ import annotations

import typer

from monitor.cli.common import home_and_settings


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""

    @app.command(epilog="Example:  hdswatch once")
    def once() -> None:
        """One pass over all that is due: crawl, check, send; then exit."""
        from monitor.passes import run_once

        home, settings = home_and_settings()
        raise typer.Exit(run_once(home, settings))
