"""How many entries a page says that its list has: "404 hébergeurs certifiés", "Résultats 1 – 20 sur 404".

Owns telling such a statement from prose, from page numbers and from the count of one letter. Compares it with nothing:
that is for the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

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
_PART = re.compile(
    r"\b(?:suivant|precedent|supplementaire)e?s?\b|\b(?:par|per) page\b|\b(?:de|en) plus\b|\d \w* ?more\b|"
    r"\b(?:derniers|dernieres|premiers|premieres|recents|recentes|affiches|affichees|visibles|shown|displayed)\b|"
    r"\b(?:first|last|next|previous|latest) \d"
)
"""Counts what a page shows or a link brings, not the whole: "10 résultats suivants", "20 hébergeurs par page"."""
_YEAR = re.compile(r"(?:19|20)\d\d")
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
    found = [Statement(total, unit, True, letter) for total, unit in _shown_of_all(text, source)]
    if found or _ABOUT.search(text) or _OTHER_TIME.search(text):
        return found
    if len(text.split()) > SHORT and not _OF_A_LIST.search(text):
        return []
    part = bool(_PART.search(text))
    for kind in _KINDS[source]:
        if kind == "any" and "page" in text:
            continue
        for pattern, may_be_year in _patterns(_UNITS[kind])[: 1 if part else None]:
            stated = pattern.search(text)
            if stated and not (may_be_year and _YEAR.fullmatch(stated.group(1))):
                found.append(Statement(_number(stated.group(1)), kind, False, letter))
                break
    return found


def _shown_of_all(text: str, source: str) -> list[tuple[int, str]]:
    """Totals, with their units, of texts that say which part of the whole is shown."""
    found = []
    for match in _RANGE.finditer(text):
        first, last, total = (_number(part) for part in match.groups())
        if (first <= last <= total and re.search("|".join(_UNITS.values()), text)) or first in (0, 1):
            unit = next((kind for kind in _KINDS[source] if re.search(rf"\b{_UNITS[kind]}\b", text)), "any")
            found.append((total, unit))
    for kind in () if found else _KINDS[source]:
        shown = _shown(_UNITS[kind]).search(text)
        if shown and _number(shown.group(1)) <= _number(shown.group(2)):
            return [(_number(shown.group(2)), kind)]
    return found


@cache
def _shown(unit: str) -> re.Pattern[str]:
    """ "4 hébergeurs affichés sur 16", but not "sur 3 ans"."""
    return re.compile(
        rf"\b{_N} {unit}(?: [a-z]+){{0,3}} \(?(?:sur|of|out of|parmi|/) ?(?:un total de |a total of |les |the )?{_N}\b"
        r"(?! ?(?:ans?|mois|jours?|years?|months?|days?|activit\w*|pages?)\b)(?! ?%)"
    )


@cache
def _patterns(unit: str) -> tuple[tuple[re.Pattern[str], bool], ...]:
    """How a total of that unit is stated, and whether a number that looks like a year then is one. The first also where a
    text speaks of a part."""
    return tuple(
        (re.compile(pattern), may_be_year)
        for pattern, may_be_year in (
            (rf"\b\d+ (?:sur|of|/) {_N} {unit}\b", False),
            (rf"(?<![\d/.,-]){_N} {unit}\b", False),
            (rf"\bnombre (?:total )?(?:de |d ?['’]? ?){unit}(?: \w+){{0,4}} ?:? ?{_N}\b", False),
            (rf"\b(?:number|total) of {unit}(?: \w+){{0,3}} ?:? ?{_N}\b", False),
            (rf"\btotal(?: de| des| d ?['’])? ?:? ?{_N}(?: {unit})", False),
            (rf"\btotal(?: (?:de |des |d ?['’] ?)?{unit}(?: \w+){{0,3}})? ?:? ?{_N}$", False),
            (rf"\b{unit}(?: \w+){{0,5}} ?\({_N}\)", True),
            (rf"^{unit}(?: \w+){{0,3}} ?: ?{_N}$", True),
        )
    )


def _number(text: str) -> int:
    return int(re.sub(r"[ .,]", "", text))
