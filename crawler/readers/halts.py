"""That a certificate is suspended or withdrawn, told where no column tells it: a footnote, a legend, a text beside the
list, a class.

Owns noticing it. Which entry a footnote's mark stands at, or which colour an entry has, is not read: such a page is
doubted, so that a halted certificate is never taken for one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crawler.readers.columns import Doubt
from registry.labels import read_status
from registry.text import clean, fold

if TYPE_CHECKING:
    from crawler.readers.markup import Page
    from registry.models import RawRow

_HALTED = r"(?:suspendu|retire|revoque|annule|suspended|withdrawn|revoked)e?s?"
_TOLD = re.compile(
    rf"\b(?:certificats?|certifications?|certificates?|hebergeurs?|hosts?)(?: \w+){{0,4}} {_HALTED}\b"
    rf"|\b{_HALTED} (?:le|depuis|du|on|since|par|by|jusqu)\b"
    r"|\b(?:suspension|retrait|withdrawal) (?:du certificat|de la certification|of the certificate|en cours|depuis|le \d)"
)
_NOT_TOLD = re.compile(
    r"\b(?:non|pas|jamais|aucune?|ni|n|ne|sans|levee?|not|never|no|lifted|si|if|peut|peuvent|may|can|est retiree? de la liste)\b"
)
_ANY_WORD = re.compile(rf"\b(?:{_HALTED}|suspension|retrait|withdrawal)\b")
_MARKED = re.compile(
    r"^(?:\*{1,4}|[†‡§¹²³⁴⁵⚠⛔❗‼]|[(\[](?:\d{1,2}|[a-z*])[)\]])️?\s*[.):=–—-]?\s*(?P<said>.*\w.*)$", re.IGNORECASE
)
_DRAWN = re.compile(
    r"\b(?:en|in) (?:rouge|orange|jaune|gris|grise|italique|gras|red|amber|yellow|gr[ae]y|italics?|bold)\b"
    r"|\b(?:barre|raye|grise|surligne|souligne|colore)e?s?\b|\b(?:struck|crossed out|greyed|grayed|highlighted|fond|couleur)\b"
)
_SIGNS = "⚠⛔❗‼"
"""Drawn before a line of an entry as well as explained below a list."""
_SHORTEST_NAME = 4
_LARGEST_BOX = 600
"""Characters. A larger box is a part of the page, not an entry."""
_BOXES = frozenset(
    (
        "tr",
        "td",
        "th",
        "li",
        "article",
        "section",
        "div",
        "p",
        "dl",
        "dd",
        "dt",
        "h2",
        "h3",
        "h4",
        "h5",
        "details",
        "span",
        "a",
    )
)
_CLASSES = frozenset(
    ("suspendu", "suspendue", "suspended", "withdrawn", "retire", "retiree", "revoked", "revoque", "revoquee", "annule",
     "annulee", "cancelled")
)  # fmt: skip


def tells(text: str) -> bool:
    """A text, not a word, that says of a certificate that it is suspended or withdrawn."""
    said = re.sub(r"['’]", " ", fold(text))
    return bool(_TOLD.search(said)) and not _NOT_TOLD.search(said)


def is_all(text: str) -> bool:
    """The whole text is that a certificate is suspended or withdrawn."""
    return len(text) < 60 and read_status(text) in (("suspended", None), ("withdrawn", None))


def beside(texts: Iterable[str], boxes: Iterable[str], rows: Sequence[RawRow]) -> list[Doubt]:
    """What the page tells of halted certificates apart from the entries. `texts`: its lines outside tables; `boxes`: the
    texts of what its classes call halted. An entry whose own status was read needs no doubt."""
    open_names = [
        fold(cell.text)
        for row in rows
        if "source_status" not in row.cells and (cell := row.cells.get("legal_name")) is not None
    ]
    if not open_names:
        return []
    signs = {
        sign
        for row in rows
        for name, cell in row.cells.items()
        for sign in _SIGNS
        if name != "source_status" and sign in cell.text
    }
    names = sorted({name for name in open_names if len(name) >= _SHORTEST_NAME}, key=len)
    return [
        Doubt(
            "unread_halt", "source_status", text[:200],
            f"expected to know which certificates are suspended or withdrawn, found {text[:120]!r} apart from their entries; "
            "look at the page, and accept the run only if no entry is concerned",
        )
        for text in _telling(texts, boxes, names, signs)
    ][:3]  # fmt: skip


def _telling(texts: Iterable[str], boxes: Iterable[str], names: Sequence[str], signs: set[str]) -> Iterator[str]:
    for text in map(clean, texts):
        if text[:1] in _SIGNS and text[:1] not in signs:
            continue  # a line of an entry, not what explains a sign at one
        if len(text) <= 1000 and _ANY_WORD.search(said := fold(text)) and _concerns_entries(text, said, names):
            yield text
    for text in map(clean, boxes):
        if any(name in fold(text) for name in names):
            yield text


def _concerns_entries(text: str, said: str, names: Sequence[str]) -> bool:
    """A footnote or a legend, or a sentence that names an entry."""
    if (note := _MARKED.match(text)) is not None:
        return tells(note["said"]) or is_all(note["said"])
    if _NOT_TOLD.search(said):
        return False
    for name in names:
        if name in said and not _ANY_WORD.search(said.replace(name, " ")):
            return False  # a host called so
    return bool(_DRAWN.search(said)) or any(name in said for name in names)


def halted_boxes(page: Page) -> list[str]:
    """The texts of the entries, or parts of them, that only a class calls suspended or withdrawn."""
    from crawler.readers.markup import classes, tag

    found = []
    for node in page.root.iter():
        if isinstance(node.tag, str) and node.get("class") and tag(node) in _BOXES and _called(classes(node)):
            text = clean(" ".join(node.itertext()))
            row = next((up for up in node.iterancestors("tr", "li", "article")), None)
            if tag(node) in ("td", "th", "span", "a") and row is not None:
                text = clean(" ".join(row.itertext()))
            if text and len(text) <= _LARGEST_BOX and not _ANY_WORD.search(fold(text)):
                found.append(text)
    return found


def _called(names: Iterable[Any]) -> bool:
    return any(part in _CLASSES for name in names for part in re.split(r"[^a-z]+", fold(name)))
