"""Printed host names: which are no names at all, and which brands a name carries in brackets or behind a slash.

The printed name itself is never changed: brands are only added beside it, as aliases.
"""

from __future__ import annotations

import re
from functools import cache

from registry.labels import says_nothing
from registry.text import clean, fold, normalise_name
from registry.vocabulary import countries, words

_FORMER = re.compile(
    r"^(?:ex|ex-|anciennement|formerly|previously|marques?|brands?|nom commercial|dit|dba|aka|groupe)\b[ :.-]*",
    re.IGNORECASE,
)


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(fold(entry) for entry in words("placeholders")[name])


def is_placeholder_name(name: str) -> bool:
    """Whether a name cell names nobody: blank, a dash, n/a, or the heading itself."""
    plain = fold(name).replace("'", " ").replace("’", " ").strip(" .-–—:*")
    return says_nothing(name) or plain in _listed("not_a_name")


def brands_of(legal_name: str, brand: str = "") -> tuple[str, ...]:
    """Other names a host goes by: the brand cell, "Blue (BT-Blue)", "X / Y", in printed order and without repeats."""
    parts: list[str] = []
    if not says_nothing(brand):
        parts += re.split(r" ?[,;\n] ?| / ", clean(brand))
    inside = re.findall(r"\(([^()]+)\)", legal_name)
    outside = clean(re.sub(r"\([^()]*\)", " ", legal_name))
    slashed = outside.split(" / ")
    if inside or len(slashed) > 1:
        parts += slashed
    for group in inside:
        parts += re.split(r" ?[,;/] ?| et | and | ou ", group)
    found: dict[str, str] = {}
    for part in parts:
        name = _FORMER.sub("", clean(part)).strip(" -–—:,")
        key = normalise_name(name)
        if (
            len(key) > 1
            and key != normalise_name(legal_name)
            and key not in _listed("not_a_brand")
            and not _is_place(key)
        ):
            found.setdefault(key, name)
    return tuple(found.values())


def _is_place(key: str) -> bool:
    return key in countries()
