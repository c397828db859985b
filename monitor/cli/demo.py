"""The demo command: tells the story that `monitor.demo` plays, then serves the site."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import tell

if TYPE_CHECKING:
    from monitor.demo import Story
    from registry.home import Home


def register(app: typer.Typer) -> None:
    """Adds `demo` to the tree."""

    @app.command(epilog="Example:  hdswatch demo --no-serve")
    def demo(
        no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the alerts.")] = False,
        port: Annotated[int | None, typer.Option(help="Where to serve the site; 0 takes a free port.")] = None,
    ) -> None:
        """Plays the main job on the bundled replica: crawl, publish, check, alert, serve. Needs no network."""
        from crawler.replica import ReplicaServer
        from monitor.demo import CERTIFIERS_PATH, HOSTS_PATH, demo_home, play, running_sink, write_settings
        from registry import clock
        from registry.home import HOME_VARIABLE

        home = demo_home(os.environ.get(HOME_VARIABLE))
        os.environ[HOME_VARIABLE] = str(home.path)
        _forget_settings()
        write_watchlist(home)
        with ReplicaServer(edition=1, today=clock.today()) as replica, running_sink() as sink:
            write_settings(home, replica.url(HOSTS_PATH), replica.url(CERTIFIERS_PATH), sink)
            story = play(home, sink, replica, tell)
            _show(story)
            tell(f"The home folder of this demo is {home.path}")
            expected = all(r.outcome in ("accepted", "unchanged") for r in story.first + story.second)
            if not expected or any(story.passes) or not story.received:
                tell("The demo did not go as it should: see the messages above.")
                raise typer.Exit(1)
            if not no_serve:
                _serve(port)


def _forget_settings() -> None:
    """The demo's settings are its own: a variable of the surrounding shell must not send it to the real source."""
    from registry.settings import PREFIX

    for variable in list(os.environ):
        if variable.startswith(PREFIX) and "__" in variable:
            del os.environ[variable]


def write_watchlist(home: Home) -> None:
    """The demo's sample watchlist."""
    from importlib.resources import files

    from registry.home import PRIVATE_FILE

    text = files("monitor").joinpath("examples/demo_watchlist.yml").read_text(encoding="utf-8")
    home.watchlist.touch(mode=PRIVATE_FILE)
    home.watchlist.write_text(text, encoding="utf-8")


def _show(story: Story) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    verdicts = Table(title="Verdicts after the second edition", title_justify="left")
    for heading in ("contract", "supplier", "verdict", "until", "findings"):
        verdicts.add_column(heading, overflow="fold")
    for contract in story.verdicts["contracts"]:
        verdicts.add_row(
            contract["id"],
            Text(contract["supplier"]),
            contract["verdict"],
            contract["coverage_end"] or "–",
            ", ".join(finding["code"] for finding in contract["findings"]) or "–",
        )
    console.print(verdicts)
    messages = Table(title="What arrived at the local sink", title_justify="left")
    for heading in ("kind", "subject"):
        messages.add_column(heading)
    for message in story.received:
        messages.add_row(message["kind"], Text(str(message.get("title", ""))))
    console.print(messages)


def _serve(port: int | None) -> None:
    from monitor.serve import public_instance, run
    from registry.home import find_home
    from registry.settings import load_settings

    home = find_home(None)
    run(public_instance(home, load_settings(home), port), tell)
