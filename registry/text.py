"""Printed text made comparable: whitespace, Unicode forms, accents and ligatures, legal forms in company names.

Owns no meaning: what a text says is for `interpret` and `matching`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

import yaml

_INVISIBLE = dict.fromkeys(
    [*map(ord, "\u00ad\u061c\u2060\ufeff"), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    + [code for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace()]
)
"""Zero-width, soft-hyphen, direction and control characters: they show nothing, show a name as another, or steer a
terminal."""
_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
)
_DELETED = str.maketrans(dict.fromkeys(".'’‘ʼ`´", ""))
_NOT_WORD = re.compile(r"[^\w]+|_+")


def clean(text: str) -> str:
    """NFC, invisible characters out, every run of white space (no-break spaces included) one space, ends trimmed."""
    if text.isascii():
        joined = " ".join(text.split())
        return joined if joined.isprintable() else " ".join(joined.translate(_INVISIBLE).split())
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).split())


def fold(text: str) -> str:
    """Lower case without accents; ligatures spelt out (œ = oe, æ = ae). White space is normalised as in `clean`."""
    if text.isascii():
        return clean(text).lower()
    decomposed = unicodedata.normalize("NFKD", clean(text).translate(_LIGATURES).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@cache
def _legal_forms() -> frozenset[tuple[str, ...]]:
    data = yaml.safe_load(files("registry").joinpath("vocabulary/legal_forms.yml").read_text(encoding="utf-8"))
    return frozenset(tuple(_words(form)) for form in data["legal_forms"])


def _words(text: str) -> list[str]:
    return _NOT_WORD.sub(" ", fold(text).translate(_DELETED)).split()


def normalise_name(name: str) -> str:
    """A company name for matching (contract, section 5): folded, dots and apostrophes deleted, other punctuation a
    space, then whole words that are legal forms removed wherever they stand. May be empty: that matches nothing."""
    words = _words(name)
    forms = _legal_forms()
    longest = max(map(len, forms))
    kept: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            if tuple(words[at : at + length]) in forms:
                at += length
                break
        else:
            kept.append(words[at])
            at += 1
    return " ".join(kept)


def slug(text: str, *, longest: int = 60) -> str:
    """A readable ASCII key: folded words joined by hyphens. Empty when the text has no letter or digit."""
    ascii_words = re.sub(r"[^a-z0-9]+", "-", fold(text).translate(_DELETED)).strip("-")
    return ascii_words[:longest].rstrip("-")


def sort_key(name: str) -> str:
    """What to ORDER BY so that É stands with E and Œ with OE."""
    return " ".join(_words(name)) or fold(name)
