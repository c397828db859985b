"""What a title says of every entry below it: the certifier, the version of the référentiel, that they are suspended.

Owns telling that from a title's words. Which titles stand over which entries is for the readers of each layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.readers import shapes
from crawler.readers.facets import facets
from crawler.readers.headings import stems
from crawler.readers.printed import Printed
from crawler.readers.vocabulary import words
from registry.models import RawCell
from registry.text import clean, fold
from registry.vocabulary import known_certifier

LIST_WORDS = frozenset(stem for word in words("list_words") for stem in stems(word))
"""Words of which titles of lists are made: they say nothing of an entry."""
_OTHER_STATE = re.compile(r"\b(?:expir|echu|perim|lapsed|transf|inacti|archiv)")
"""Beside a word for a halt these leave open which of both an entry is: "Certificats expirés ou retirés"."""
_HELD = r"(?:certifies?|certifiees?|certified|valides?|valid|en vigueur|in force|actifs?|active)"
_BOTH = re.compile(rf"\b{_HELD}\s*(?:[,/&]|\b(?:et|ou|and|or)\b)|(?:[,/&]|\b(?:et|ou|and|or))\s+{_HELD}\b")
_OVER = re.compile(
    r"""(?x)\b(?:expirée?s?|expirees?|expires(?!\s+(?:on|in|le))|expired|échue?s?|echue?s?|périmée?s?|perimee?s?|lapsed
    |transférée?s?|transferee?s?|archivée?s?|archivee?s?|archives?|archived)\b"""
)
"""Titles over certificates that count no more, and that nobody suspended: "Certificats expirés (archives)". Read with its
accents: "Expire le" is a heading."""
_HALTED = re.compile(r"\b(?:suspend|retir|withdr|revoqu|revoked|radi|annul|cancel|resili)")


def lend(cells: dict[str, RawCell], groups: Iterable[Printed], lent: set[str]) -> None:
    """What a title says of every entry below it: the certifier, the version, the scope, that they are suspended."""
    for title in groups:
        text = clean(title.text)
        told = _told_by_title(text)
        if told is None:
            continue
        lent.add(text)
        name, said = told
        if name not in cells:
            cells[name] = RawCell(said, title.locator, "(title)")


_GIVEN_BY = re.compile(
    r"""(?ix)(?:certifi|délivr|émis|octroy|attribu|audit|issued|granted|certified)\w*\s+(?:par|by)\s+
    (?:l['’]|le\s|la\s|the\s)?(?P<body>[^\d:;]{2,80})$"""
)


_VERSION = re.compile(
    r"\b(?:v|version|hds|referentiel)[\s.:]*(?:hds[\s:]*)?(?:v(?:ersion)?[\s.]*)?(\d(?:\.\d+)*|20[12]\d)(?![\d/.-])"
)
_TITLE_WORDS = LIST_WORDS | frozenset(
    stem for word in ("selon", "référentiel", "version", "norme", "conformes à", "au", "hds", "sous", "according to", "against",
                      "under", "with", "standard") for stem in stems(word)
)  # fmt: skip
"""What may stand in a title beside the version that all entries below it have: "Hébergeurs certifiés selon le … v2"."""


def _told_by_title(text: str) -> tuple[str, str] | None:
    """(field, printed value) of a title: "LNE", "Hébergeurs certifiés par LNE (12)", "Référentiel v2"."""
    text = re.sub(r"\s*\(\d{1,4}\)$", "", text)
    if (found := _GIVEN_BY.search(text)) is not None:
        return "certifier", found["body"].strip(" .")
    if len(text) <= 120 and (parts := facets(text)) is not None and len(parts) == 1 and "certifier" in parts:
        return "certifier", parts["certifier"]
    name = _field_of_title(text)
    if name == "referential" and (version := _VERSION.search(fold(text))) and not shapes.is_version_text(text):
        return name, text[version.start() : version.end()] if len(fold(text)) == len(text) else version.group()
    if name == "source_status" and _BOTH.search(fold(text)):
        return name, text  # "certifiés ou suspendus": which of them an entry is stays open
    if name == "source_status" and not re.search(r"\b(?:n|ne|non|pas|plus|not|no)\b", fold(text)):
        halted = [word for word in re.findall(r"[^\W\d_]+", text) if _HALTED.search(fold(word))]
        return name, halted[0] if len(halted) == 1 and not _OTHER_STATE.search(fold(text)) else text
    return (name, text) if name else None


def _field_of_title(text: str) -> str | None:
    if len(text) > 120:
        return None
    if known_certifier(text):
        return "certifier"
    if shapes.is_version_text(text):
        return "referential"
    folded = fold(text)
    named = _VERSION.findall(folded)
    if len(named) == 1 and not set(stems(_VERSION.sub(" ", folded))) - _TITLE_WORDS:
        return "referential"
    if _HALTED.search(folded) or _OVER.search(clean(text).casefold()):
        return "source_status"
    if re.search(r"infrastructure physique|physical infrastructure|infoger|managed hosting", folded):
        return "scope"
    return None
