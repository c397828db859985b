"""The words of `words.yml`, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def _all() -> dict[str, Any]:
    data = yaml.safe_load(files("crawler.readers").joinpath("words.yml").read_text(encoding="utf-8"))
    assert isinstance(data, dict), "words.yml: expected a mapping"
    return data


def words(name: str) -> frozenset[str]:
    """One list of `words.yml`."""
    return frozenset(_all()[name])
