"""How many entries a page says that its list has: "404 hébergeurs certifiés", "Résultats 1 – 20 sur 404".

Owns telling such a statement from prose, from page numbers and from the count of one letter. Compares it with nothing:
that is for the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry.text import fold

LONGEST = 220
"""Characters of a text that may state a total; longer ones are prose."""
SHORT = 12
"""Words of a text that states a total without saying that it speaks of a list."""

_N = r"(\d{1,3}(?:[ .,]\d{3})+|\d{1,6})"
_UNITS = {
    "hosts": r"(?:hebergeu?rs?|(?:hosting |certified )?(?:hosts?|providers?)|societes? certifiees?|entites? certifiees?)",
    "certificates": r"(?:certificats?|certificates?|certifications?)",
    "certifiers": r"(?:organismes?(?: certificateurs?| de certification| accredites?)?|certificateurs?|"
    r"(?:certification )?bodies|certifiers?)",
    "any": r"(?:resultats?|entrees?|elements?|enregistrements?|lignes?|fiches?|societes?|entreprises?|entites?|results?|entries|"
    r"records?|rows?|items?|companies)",
}  # fmt: skip
_KINDS = {"hosts": ("hosts", "certificates", "any"), "certifiers": ("certifiers", "any")}
_RANGE = re.compile(
    rf"(?<!page )(?<!pages )\b{_N} ?(?:-|–|a|to|au) ?{_N} ?(?:sur|of|/|parmi|out of)(?: un total de)? ?{_N}\b"
)
_ABOUT = re.compile(
    r"\b(?:plus de|plus d|pres de|environ|quelque|quelques|une? (?:vingtaine|trentaine|centaine)|"
    r"au moins|over|about|more than|nearly|some|almost|"
    r"at least|moins de|less than|autour de|dizaines?|centaines?)\b|\d ?\+"
)
_OTHER_TIME = re.compile(
    r"\b(?:en|in|depuis|since|fin|debut|avant|before) (?:[a-z]+ )?20\d\d\b|\betaient\b|\bwere\b|\bavait\b|\bnouveaux?\b|\bnew\b"
)
_OF_A_LIST = re.compile(
    r"\b(?:liste|tableau|annuaire|registre|list|register|directory|page|table)\b.*\b(?:compte|comporte|contient|recense|repertorie|reference|"
    r"affiche|presente|compris|includes?|contains?|has|shows?|lists?|holds?)\b|"
    r"\b(?:compte|comporte|contient|recense|contains?|lists?) (?:actuellement |now )?\d"
)
_LETTER = re.compile(
    r"\b(?:lettre|letter|initiale) ?[:«\"']? ?([a-z0-9#])\b|"
    r"\b(?:commencant|commencent|debutant|starting|beginning) (?:par|with) (?:la lettre )?[«\"']? ?"
    r"([a-z0-9#])\b"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of how many entries there are."""

    total: int
    unit: str
    """`hosts`, `certificates`, `certifiers`, or `any` for results and the like."""
    ranged: bool = False
    """Says which part of the whole the page shows: "1 – 20 sur 404"."""
    letter: str = ""
    """The letter whose entries it counts, when it says so."""


def statements(texts: Iterable[str], source: str) -> list[Statement]:
    """What a page's short texts state about the number of entries, in order."""
    found = []
    for text in texts:
        if any(char.isdigit() for char in text) and len(text) <= LONGEST:
            found += _of_text(fold(text), source)
    return found


def declared_total(texts: Iterable[str], source: str) -> int | None:
    """The number of entries of the whole list, or None when the page doesn't say, or says several things.

    A count that names its letter is not of the whole list. A first number may be followed by smaller ones, which are
    its parts.
    """
    whole = [statement for statement in statements(texts, source) if not statement.letter and statement.total]
    if ranged := [statement for statement in whole if statement.ranged]:
        whole = ranged
    for kind in _KINDS[source]:
        totals = [statement.total for statement in whole if statement.unit == kind]
        if totals:
            return totals[0] if totals[0] == max(totals) else None
    return None


def _of_text(text: str, source: str) -> list[Statement]:
    lettered = _LETTER.search(text)
    letter = (lettered.group(1) or lettered.group(2)) if lettered else ""
    found: list[Statement] = []
    for match in _RANGE.finditer(text):
        first, last, total = (_number(part) for part in match.groups())
        if (first <= last <= total and re.search("|".join(_UNITS.values()), text)) or first == 1 or first == 0:
            unit = next((kind for kind in _KINDS[source] if re.search(rf"\b{_UNITS[kind]}\b", text)), "any")
            found.append(Statement(total, unit, True, letter))
    if found or _ABOUT.search(text) or _OTHER_TIME.search(text):
        return found
    if len(text.split()) > SHORT and not _OF_A_LIST.search(text):
        return []
    for kind in _KINDS[source]:
        unit = _UNITS[kind]
        for pattern in (
            rf"\b\d+ (?:sur|of|/) {_N} {unit}\b",
            rf"(?<![\d/.,-]){_N} {unit}\b",
            rf"\bnombre (?:total )?(?:de |d ?['’]? ?){unit}(?: \w+){{0,4}} ?:? ?{_N}\b",
            rf"\b(?:number|total) of {unit}(?: \w+){{0,3}} ?:? ?{_N}\b",
            rf"\btotal(?: de| des| d ?['’])? ?:? ?{_N}(?: {unit})",
            rf"\btotal(?: (?:de |des |d ?['’] ?)?{unit}(?: \w+){{0,3}})? ?:? ?{_N}$",
            rf"\b{unit}(?: \w+){{0,5}} ?\({_N}\)",
            rf"^{unit}(?: \w+){{0,3}} ?: ?{_N}$",
        ):
            stated = re.search(pattern, text)
            if stated and (kind != "any" or "page" not in text):
                found.append(Statement(_number(stated.group(1)), kind, False, letter))
                break
    return found


def _number(text: str) -> int:
    return int(re.sub(r"[ .,]", "", text))
