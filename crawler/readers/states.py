"""Which of several things drawn alike hold and which don't, where only the drawing says so: icons, boxes, classes.

Owns one rule: of siblings drawn by the same element, when one is marked as not holding, each is marked. What a mark
says of is not its business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.readers.markup import BLOCK, classes, tag
from crawler.readers.vocabulary import words
from registry.columns import yes_or_no

HOLDS, HOLDS_NOT, UNTOLD = "✓", "✗", "?"
_YES, _NO = words("icon_yes"), words("icon_no")
_OFF = words("off_classes")
_FADED = words("faded_classes")
_DRAWN = frozenset(
    ("li", "span", "i", "em", "b", "strong", "small", "abbr", "img", "input", "svg", "a", "p", "div", "label")
)
_LONGEST = 300
"""Characters. A longer thing is an entry of its own, not one of several marks."""
_XLINK = "{http://www.w3.org/1999/xlink}href"


def mark_of(names: str) -> str:
    """✓ or ✗ when an icon's name says so, empty otherwise."""
    parts = set(re.split(r"[^a-z]+", names.lower()))
    if parts & _NO:
        return HOLDS_NOT
    return HOLDS if parts & _YES else ""


def states(element: Any, *, doubts: bool = True) -> dict[Any, str]:
    """Node → its mark, for what is drawn alike below an element. With `doubts`, things of which some are only drawn paler
    get `UNTOLD`."""
    found: dict[Any, str] = {}
    for parent in element.iter():
        if not isinstance(parent.tag, str) or len(parent) < 2:
            continue
        groups: dict[str, list[Any]] = {}
        for child in parent:
            if tag(child) in _DRAWN:
                groups.setdefault(tag(child), []).append(child)
        for group in groups.values():
            if len(group) > 1:
                _mark_group(group, found, doubts)
    return found


def _mark_group(group: list[Any], found: dict[Any, str], doubts: bool) -> None:
    said = [_state(node) for node in group]
    if HOLDS_NOT in said:
        if not any(_is_large(node) for node in group):
            found.update((node, mark or HOLDS) for node, mark in zip(group, said, strict=True))
        return
    if not doubts or len(group) < 3 or any(_is_large(node) for node in group):
        return
    faded = sum(bool(_names(node) & _FADED) for node in group)
    on = sum(bool(_names(node) & {"on", "active", "actif"}) for node in group)
    if 0 < faded < len(group) or 0 < on < len(group):
        found.update(dict.fromkeys(group, UNTOLD))


def _state(node: Any) -> str:
    if _names(node) & _OFF:
        return HOLDS_NOT
    marks = [mark for inner in node.iter() if (mark := _icon(inner))]
    return marks[0] if len(marks) == 1 else ""


def _names(node: Any) -> set[str]:
    return {part for name in classes(node) for part in re.split(r"[^a-z]+", name.lower())}


def _icon(node: Any) -> str:
    """The mark of a node that is a picture, a box or an icon, and prints nothing itself."""
    name = tag(node)
    if name == "input":
        kind = (node.get("type") or "").lower()
        return "" if kind not in ("checkbox", "radio") else HOLDS if node.get("checked") is not None else HOLDS_NOT
    if name == "img":
        answer = yes_or_no(said) if (said := (node.get("alt") or node.get("title") or "").strip()) else None
        if said:
            return "" if answer is None else HOLDS if answer else HOLDS_NOT
        return mark_of(re.sub(r"^.*/", "", node.get("src") or ""))
    if name in ("i", "svg", "use", "span", "em") and not "".join(node.itertext()).strip():
        address = node.get("href") or node.get(_XLINK) or ""
        return mark_of(" ".join((node.get("class") or "", re.sub(r"^.*[/#]", "", address))))
    return ""


def _is_large(node: Any) -> bool:
    if any(tag(inner) in BLOCK and tag(inner) != "br" for inner in _below(node)):
        return True
    return sum(len(text) for text in node.itertext()) > _LONGEST


def _below(node: Any) -> Iterator[Any]:
    return (inner for inner in node.iterdescendants() if isinstance(inner.tag, str))
