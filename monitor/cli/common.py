"""What every command needs: the home, its settings, and one way to print for people and for programs."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from registry.home import Home
    from registry.settings import Settings

_STEERING = re.compile("[\\x7f-\\x9f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]")


def current_home() -> Home:
    """The home folder of this call; `--home` was turned into the environment variable before the command ran."""
    from registry.home import find_home

    return find_home(None)


def home_and_settings(*, prepare: bool = True) -> tuple[Home, Settings]:
    """The home and its checked settings. `prepare` makes the folder; readers that must not write pass False."""
    from registry.settings import load_settings

    home = current_home()
    settings = load_settings(home)
    if prepare:
        home.prepare()
    return home, settings


def print_json(document: object) -> None:
    """One JSON document on stdout. What could steer a terminal or turn a text round stands as an escape."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    sys.stdout.write(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def tell(sentence: str) -> None:
    """A message for a person: stderr, so that stdout stays the result. Lines may be several; text in them that came
    from outside can't steer the terminal."""
    sys.stderr.write(harmless(sentence) + "\n")


def harmless(text: object) -> str:
    """Text for a terminal: no control, format or direction characters but the ends of its lines."""
    from monitor.wording import plain

    return "\n".join(plain(line, None) for line in str(text).split("\n"))


def cell(value: object) -> str:
    """A value from outside for Rich: on one line, harmless, without markup; empty for None."""
    from rich.markup import escape

    from monitor.wording import plain

    return "" if value is None else escape(plain(value, None))


def who_decides(by: str | None) -> str:
    """Whose name a decision is kept under: the one given, else the login name."""
    import getpass

    from registry.errors import ConfigurationError

    if by and by.strip():
        return by.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise ConfigurationError("--by NAME: expected who decides, and this system names no user") from None


def day_of(text: str | None, option: str) -> date | None:
    """A civil date given on the command line; None when the option was left out."""
    from datetime import date

    from registry.errors import ConfigurationError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option}: expected a date such as 2026-03-03, found {text!r}") from None
