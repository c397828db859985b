"""What every command needs: the home, its settings, and one way to print for people and for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.home import Home
    from registry.settings import Settings


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
    """One JSON document on stdout."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def tell(sentence: str) -> None:
    """A message for a person: stderr, so that stdout stays the result."""
    sys.stderr.write(sentence + "\n")
