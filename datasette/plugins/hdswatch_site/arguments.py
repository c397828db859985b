"""What the saved queries and the tables take. SQLite would compare any text with a date and give an answer to another
question; Datasette would fail over some arguments, and count for as many facets as one asks. A wrong argument is an
error. Pure."""

from __future__ import annotations

import json
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


MOST_FACETS = 10
"""Each may cost its own time limit; our pages offer four."""
_NUMBER = re.compile(r"[0-9]{1,9}\Z")


def _is_through(text: str) -> bool:
    """Whether that names a row of another table, as Datasette documents `_through`."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and all(isinstance(said.get(key), str) for key in ("table", "column", "value"))


TABLE_RULES: dict[str, tuple[Callable[[str], object], str]] = {
    "_timelimit": (_NUMBER.match, "a positive integer"),
    "_facet_size": (lambda text: text == "max" or _NUMBER.match(text), "a positive integer or max"),
    "_through": (_is_through, 'JSON such as {"table": "certificates", "column": "certifier_id", "value": "lne"}'),
}
"""Datasette's own arguments over which it would fail, and what each must be, in the language of its own refusals."""


def wrong_table_argument(query: str) -> str | None:
    """What is wrong with Datasette's own arguments of a table; None when nothing is."""
    facets = 0
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=None):
        facets += name in ("_facet", "_facet_array", "_facet_date")
        if name in TABLE_RULES and value and not TABLE_RULES[name][0](value):
            return f"{name} must be {TABLE_RULES[name][1]}"
    return f"at most {MOST_FACETS} facets can be asked for at once" if facets > MOST_FACETS else None
