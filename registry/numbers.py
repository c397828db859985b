"""Certificate numbers made comparable, and the lineage that a revision suffix shows.

Pure. `38436`, `38436-1` and `38436-2` are revisions of one certificate (docs: the domain). `HDS 789841` and
`HDS-789841` are two spellings of one number.
"""

from __future__ import annotations

import re
from functools import lru_cache

from registry.text import fold

_LABEL = re.compile(r"^(?:(?:certificat\w*|numero|number|num|no|n|ref\w*|hds)(?![a-z0-9])[\s°º.:#-]*)+")
_NOT_NUMBER = re.compile(r"[^a-z0-9]+")
_REVISION = re.compile(r"^(?P<base>.*\d{3}.*?)-(?P<revision>\d{1,3})$")
_YEAR = re.compile(r"^(19|20)\d\d$")


_CODE = re.compile(r"(?:[A-Z0-9]+|[A-Za-z0-9]+(?:[-_/.][A-Za-z0-9]+)+)(?:[ -_/.]+[A-Z0-9]+){0,4}")
"""A number without a digit: "CERT A", "FR-HDS-alpha"; not a word or a name as people write them."""


def is_certificate_number(text: str) -> bool:
    """Whether a text may be the number of a certificate: with a digit, or a code in capitals or joined parts."""
    return re.search(r"\d", text) is not None or (len(text) <= 40 and _CODE.fullmatch(text) is not None)


@lru_cache(maxsize=262_144)
def normalise_number(number: str | None) -> str | None:
    """A number for comparison: folded, its parts joined by hyphens, without words like "n°" or "HDS" before it.

    None for none.
    """
    if not number:
        return None
    folded = fold(number)
    bare = _LABEL.sub("", folded)
    return _NOT_NUMBER.sub("-", bare).strip("-") or _NOT_NUMBER.sub("-", folded).strip("-") or folded or None


def revision(normalised: str | None) -> tuple[str, int] | None:
    """The base number and the revision: `38436-2` is (`38436`, 2), `38436` is (`38436`, 0).

    A year is no base: `2024-12` and `2024-13` are two numbers.
    """
    if not normalised:
        return None
    found = _REVISION.match(normalised)
    if found is None or _YEAR.match(found["base"]):
        return normalised, 0
    return found["base"], int(found["revision"])


def later_revision(new: str | None, old: str | None) -> bool:
    """Whether a normalised number is a later revision of the other."""
    mine, theirs = revision(new), revision(old)
    return mine is not None and theirs is not None and mine[0] == theirs[0] and mine[1] > theirs[1]
