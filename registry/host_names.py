"""Host names made comparable and findable. Pure; what a name says about identity is for `identity`."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from registry.text import fold, normalise_name, slug


@lru_cache(maxsize=65_536)
def name_key(name: str) -> str:
    """The normalised name; a name that is nothing but legal forms stands for itself."""
    return normalise_name(name) or fold(name)


def same_but_for_brackets(one: str, other: str) -> bool:
    """Whether one name is the other with something in brackets added: `BT-Blue` and `BT-Blue (Blue)`."""
    keys, bare = (name_key(one), name_key(other)), (_bare_key(one), _bare_key(other))
    return keys[0] == bare[1] or keys[1] == bare[0]


def _bare_key(name: str) -> str:
    return name_key(re.sub(r"\([^()]*\)", " ", name))


_JOINS = frozenset(".'’‘ʼ`´")
"""What stands inside words and falls away when names are normalised."""


def findable(name: str) -> str:
    """The words by which a name is found: folded, and joined where dots or apostrophes part them (O.V.H. is "ovh")."""
    plain = name if name.isascii() else fold(name)
    return plain if _JOINS.isdisjoint(name) else f"{plain} {name_key(name)}"


def legal_form(name: str, key: str) -> str:
    """The words of a printed name that its key leaves out: what kind of company it says it is."""
    words = Counter(slug(name, longest=500).split("-"))
    words.subtract(slug(key, longest=500).split("-"))
    return " ".join(sorted(word for word, count in words.items() if count > 0))
