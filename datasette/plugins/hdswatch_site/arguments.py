"""What the saved queries take. SQLite would compare any text with a date and give an answer to another question; a wrong
argument is an error. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qsl

from hdswatch_site.labels import N_

from registry.saved_queries import SAVED_QUERIES

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)\Z")
_DAYS = re.compile(r"-?\d{1,6}\Z")
_ACTIVITIES = re.compile(r"[1-6]( *, *[1-6])*\Z")


def is_date(text: str) -> bool:
    """Whether a text is a civil date as we write them."""
    try:
        return len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


_A_DATE = N_("A date is written as 2026-11-22.")
RULES: dict[str, tuple[Callable[[str], object], str]] = {
    "on": (is_date, _A_DATE),
    "since": (lambda text: is_date(text) or _INSTANT.match(text), _A_DATE),
    "days": (_DAYS.match, N_("Days are a whole number.")),
    "activities": (_ACTIVITIES.match, N_("Activities are numbers from 1 to 6, written as 1,2,6.")),
}
"""Argument → what it must be, and the sentence (a key of the catalogue) that says so."""


def wrong_argument(path: str, query: str) -> str | None:
    """What is wrong with the arguments of a saved query at this address; None when nothing is, or it is none. An empty
    argument is one left out."""
    known = SAVED_QUERIES.get(path.rpartition("/")[2].partition(".")[0])
    if known is None:
        return None
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=None):
        if name in known.params and name in RULES and value.strip():
            fits, sentence = RULES[name]
            if not fits(value.strip()):
                return sentence
    return None
