"""The wording of navigation, from `wording.yml`: patterns and plain words."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def _entries() -> dict[str, list[str]]:
    import yaml

    entries: dict[str, list[str]] = yaml.safe_load(files("crawler.spiders").joinpath("wording.yml").read_text("utf-8"))
    return entries


def _joined(name: str) -> str:
    alternatives = [re.sub(r"\{([a-z_]+)\}", lambda found: _joined(found.group(1)), one) for one in _entries()[name]]
    return "(?:" + "|".join(alternatives) + ")"


@cache
def wording(name: str) -> re.Pattern[str]:
    """A pattern that matches any of the entry's expressions. Use `fullmatch` for what must be the whole text."""
    return re.compile(_joined(name), re.IGNORECASE)


def listed(name: str) -> tuple[str, ...]:
    """An entry whose words are compared as they stand."""
    return tuple(_entries()[name])
