"""Sentences for people, French and English, as data: `findings.*.yml` and, for forecast and calendar, `planning.*.yml`.

Owns how a value is put into words (dates, days, activities, certificates). Decides nothing: a sentence rests only on
the finding's evidence. Text that came from outside loses control and direction characters on its way in, so a sentence
is safe on a terminal; whoever puts it into HTML, CSV or a calendar still escapes it for that place.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("fr", "en")
LONGEST_VALUE = 300
"""Characters of one outside value inside a sentence; the evidence keeps the whole."""


@cache
def words(language: str, about: str = "findings") -> dict[str, Any]:
    """A wording file of a language, `findings` or `planning`. Raises KeyError for a language that is not offered."""
    if language not in LANGUAGES:
        raise KeyError(f"language {language!r}; offered: {', '.join(LANGUAGES)}")
    text = files("monitor").joinpath(f"wording/{about}.{language}.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(french_spaces(text) if language == "fr" else text)
    return loaded


def french_spaces(text: str) -> str:
    """No-break spaces where French typography wants them: before `: ; ? ! »` and after `«`."""
    return re.sub(r"(?<=«) | (?=[:;?!»])", "\u00a0", text)


def message(code: str, evidence: Mapping[str, Any], language: str) -> str:
    """The sentence of a finding. `evidence["reason"]` chooses among the variants of a code that has several."""
    template = words(language)["messages"][str(code)]
    if isinstance(template, dict):
        template = template[evidence["reason"]]
    return say(template, evidence, language)


def say(template: str, values: Mapping[str, Any], language: str) -> str:
    """Fills `{name}` and `{name:kind}`; kinds are date, days, activities, hosts, quoted and certificate."""
    return _Sentence(language).vformat(template.strip(), (), values)


def colon(language: str) -> str:
    """What stands between a name and its value: French sets a space before it, English none."""
    return " : " if language == "fr" else ": "


def plain(text: object, longest: int | None = LONGEST_VALUE) -> str:
    """Outside text on one line without control, format or direction characters, cut when longer than `longest`."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in str(text))
    kept = "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
    return kept if longest is None or len(kept) <= longest else kept[: longest - 1] + "…"


def in_words_date(value: date | str | None, language: str) -> str:
    """`1er mars 2027`, `1 March 2027`; the language's word for unknown when there is none."""
    dictionary = words(language)
    if value is None:
        return str(dictionary["unknown_date"])
    day = date.fromisoformat(value) if isinstance(value, str) else value
    first = dictionary["first_day"] if day.day == 1 else str(day.day)
    return f"{first} {dictionary['months'][day.month - 1]} {day.year}"


def in_words_days(value: int, language: str) -> str:
    """`aujourd'hui`, `dans 1 jour`, `dans 12 jours`."""
    forms = words(language)["in_days"]
    return str(forms[min(value, 2)]).format(value)


def in_words_activities(value: Sequence[int], language: str) -> str:
    """`3 (infrastructure virtuelle) et 6 (sauvegarde)`."""
    dictionary = words(language)
    named = [f"{number} ({dictionary['activities'][number]})" for number in sorted(value)]
    return join_words(named, language) or str(dictionary["none"])


def named_activities(value: Sequence[int], language: str) -> str:
    """`l'activité 6 (sauvegarde)`, `les activités 3 (infrastructure virtuelle) et 6 (sauvegarde)`."""
    return f"{words(language)['activity_noun'][len(value) > 1]}{in_words_activities(value, language)}"


def join_words(parts: Sequence[str], language: str) -> str:
    """`a, b et c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {words(language)['and']} {parts[-1]}"


def in_words_quoted(value: Mapping[str, Any], language: str) -> str:
    """`numéro 38436-2, échéance au 11 septembre 2028 et activités 1, 2`: what a contract quotes."""
    shown: dict[str, Callable[[Any], str]] = {
        "expires_on": lambda day: in_words_date(day, language),
        "activities": lambda ids: ", ".join(map(str, ids)),
    }
    forms = words(language)["quoted"]
    return join_words([forms[name].format(shown.get(name, plain)(one)) for name, one in value.items()], language)


class _Sentence(string.Formatter):
    def __init__(self, language: str) -> None:
        self.language = language
        self.kinds: dict[str, Callable[[Any], str]] = {
            "": lambda value: plain(value) if value is not None else str(words(language)["unknown"]),
            "date": lambda value: in_words_date(value, language),
            "days": lambda value: in_words_days(value, language),
            "activities": lambda value: named_activities(value, language),
            "hosts": lambda value: join_words([plain(one["legal_name"]) for one in value], language),
            "quoted": lambda value: in_words_quoted(value, language),
            "certificate": lambda value: plain(value) if value else str(words(language)["no_number"]),
        }

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        return self.kinds[format_spec](value)
