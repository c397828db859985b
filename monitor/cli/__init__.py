"""The command line: `hdswatch`. Owns arguments, exit codes and what is printed; the work is done elsewhere.

Each group of commands is a module of its own with a `register(app)` function. Nothing heavy is imported before a
command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from importlib import import_module
from io import TextIOWrapper

import typer

from registry.errors import ConfigurationError, HdsWatchError, StorageError
from registry.home import HOME_VARIABLE

GROUPS = ("demo", "crawl", "register", "check", "watch", "serve")


def build_app() -> typer.Typer:
    """The whole command tree."""
    app = typer.Typer(
        name="hdswatch",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Watches the French register of certified health-data hosts (HDS) and tells you when a host's "
        "certificate lapses or shrinks.",
        epilog="Start here:  hdswatch demo",
    )

    @app.callback()
    def _home(
        home: str = typer.Option(None, "--home", metavar="DIR", help="The home folder (before or after the command)."),
        version: bool = typer.Option(False, "--version", help="Says which version this is.", callback=_say_version),
    ) -> None:
        if home:
            os.environ[HOME_VARIABLE] = home

    for group in GROUPS:
        import_module(f"monitor.cli.{group}").register(app)
    return app


def _say_version(asked: bool) -> None:
    if not asked:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        typer.echo(f"hdswatch {version('hdswatch')}")
    except PackageNotFoundError:
        typer.echo("hdswatch, run from its files without being installed")
    raise typer.Exit


def _home_first(arguments: list[str]) -> list[str]:
    """Moves `--home DIR` to the front, wherever it stands, so that every command takes it."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--home":
            front = [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        elif argument.startswith("--home="):
            front = [argument]
        else:
            rest.append(argument)
    return front + rest


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits with the contract's exit code; errors are one sentence on stderr."""
    given = _home_first(sys.argv[1:] if arguments is None else arguments)
    os.umask(os.umask(0o022) | 0o022)  # however careless the caller's: nobody else writes what we make
    _speak_any_name()
    try:
        build_app()(args=given, prog_name="hdswatch")
    except HdsWatchError as error:
        _fail(str(error), error.exit_code)
    except sqlite3.DatabaseError as error:
        _fail(
            f"database: {error}; run `hdswatch doctor` to see which file, and free space or restore a backup",
            StorageError.exit_code,
        )
    except PermissionError as error:
        _fail(
            f"{error.filename}: permission denied; change its permissions or give another home with --home",
            ConfigurationError.exit_code,
        )
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    except KeyboardInterrupt:
        _fail("stopped", 130)


def _speak_any_name() -> None:
    """Names have accents and more: whatever the locale, a program behind a pipe gets UTF-8, and a terminal that can't
    show a character a question mark in its place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8")


def _fail(sentence: str, code: int) -> None:
    from monitor.cli.common import tell

    sys.stdout.flush()
    tell(f"hdswatch: {sentence}")
    sys.exit(code)
