"""An element of a page → what a person sees printed in it: lines, links, and pictures by their description.

Owns line breaks, struck and hidden text, footnote marks, icons. Gives no value a meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.readers.halts import is_all as is_halt
from crawler.readers.markup import BLOCK, HTML_SPACE, UNPRINTED, Page, hidden, tag, urljoin_safe
from crawler.readers.printed import Line, Printed
from crawler.readers.states import UNTOLD, mark_of, states
from crawler.readers.vocabulary import words
from registry.text import clean, fold

MAX_TEXT = 200_000
_STRONG = frozenset(("b", "strong", "th", "h2", "h3", "h4", "h5", "h6"))
_DECORATIONS = words("decorations")
_STRUCK = frozenset(("del", "s", "strike"))
_BOLD = frozenset(("b", "strong", "th"))
_ICON_TEXT = re.compile(r"(?:^|[\s_-])(?:material|icon|icons|glyph|symbols?)", re.IGNORECASE)
_LOGO = re.compile(r"(?i)^logo(?:type)?\s*(?:de la |de l['’]|du |des |de |of |[:-])?\s*")


def printed(page: Page, element: Any) -> Printed:
    """What a person sees in an element. Text that is hidden counts only where nothing else is shown; a picture or an
    icon counts by its description, and only where no text is."""
    marks = states(element)
    out = _collect(element, page.url)
    if marks and _says(out.lines):
        out = _collect(element, page.url, marks)
    lines = out.lines
    if out.overflow or UNTOLD in marks.values():
        return Printed((), page.locate(element), opaque=True)
    if not _says(lines):
        lines = [] if out.struck else _described(element, page.url, lines, marks)
    opaque = not _says(lines) and (out.struck or _has_picture(element))
    return Printed(tuple(lines), page.locate(element), _heading_like(element), opaque, _hint(element))


def _says(lines: list[Line]) -> bool:
    return any(line.text.strip() for line in lines)


def _hint(element: Any) -> str:
    """What a short printed text stands for, where the page explains it: `<abbr title="Sites physiques">SP</abbr>`."""
    for node in [element, *element.iterdescendants("abbr", "span", "acronym", "a", "th", "div")][:8]:
        said = node.get("title") or node.get("abbr") or node.get("data-original-title") or node.get("aria-label")
        if said and said.strip():
            return " ".join(said.split())[:300]
    return ""


class _Collector:
    """Gathers text in reading order: lines, the link each stands in, the list entry each belongs to."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.lines: list[Line] = []
        self._text: list[str] = []
        self._href: str | None = None
        self._item = 0
        self._strong = True
        self.size = 0
        self.overflow = False
        self.struck = False

    def text(self, text: str | None, href: str | None, item: int, bold: bool = False) -> None:
        if not text or self.overflow:
            return
        self.size += len(text)
        if self.size > MAX_TEXT:
            self.overflow = True
            return
        self._text.append(text)
        if text.strip():
            self._item = item
            self._strong = self._strong and (bold or bool(href))
            if href and not self._href:
                self._href = urljoin_safe(self.base, href)

    def apart(self) -> None:
        """Space that a style sheet draws between two chips."""
        if self._text:
            self._text.append(" ")

    def link_only(self, href: str) -> None:
        """A link that shows no text of its own (a picture)."""
        if not self._href:
            self._href = urljoin_safe(self.base, href)

    def line_break(self) -> None:
        text = HTML_SPACE.sub(" ", "".join(self._text)).strip(" ")
        if text.strip() or self._href:
            self.lines.append(Line(text, self._href, self._item, self._strong and bool(text.strip())))
        self._text, self._href, self._strong = [], None, True


def _collect(element: Any, url: str, marks: dict[Any, str] | None = None, *, show_hidden: bool = False) -> _Collector:
    out = _Collector(url)
    item_number = 0
    # Each entry: (element, href it stands in, list entry, bold?, leaving?); an explicit stack keeps hostile depth harmless.
    stack: list[tuple[Any, str | None, int, bool, bool]] = [(element, None, 0, False, False)]
    while stack and not out.overflow:
        node, href, item, bold, leaving = stack.pop()
        name = tag(node)
        if leaving:
            if name in BLOCK:
                out.line_break()
            elif name == "a" and node.get("href") and _shows_only_a_picture(node):
                out.link_only(node.get("href"))
            if _is_chip(node) and node is not element and not (node.tail or "").strip():
                if _is_one_of_many(node):
                    out.line_break()
                else:
                    out.apart()
            if node is not element:
                out.text(node.tail, href, item, bold)
            continue
        if marks and node in marks:
            out.text(f" {marks[node]} ", href, item, bold)
        elif node is not element and (halt := _halt_described(node, name)):
            out.text(f" {halt} ", href, item, bold)
            out.text(node.tail, href, item, bold)
            continue
        if node is not element and (_unseen(node, name, out) or (hidden(node) and not show_hidden)):
            out.text(node.tail, href, item, bold)
            continue
        outer = (href, item, bold)
        bold = bold or name in _STRONG
        if name == "a" and node.get("href"):
            href = node.get("href")
        if name in BLOCK:
            out.line_break()
        if name == "li" and item == 0:
            item_number += 1
            item = item_number
        out.text(_own_words(node, name), href, item, bold)
        stack.append((node, *outer, True))
        for child in reversed(node):
            stack.append((child, href, item, bold, False))
    out.line_break()
    return out


def _unseen(node: Any, name: str, out: _Collector) -> bool:
    """Not part of what is printed: scripts and controls, text struck out, footnote marks."""
    if name in _STRUCK:
        out.struck = out.struck or bool("".join(node.itertext()).strip())
        return True
    if name == "sup":
        text = "".join(node.itertext()).strip(" \n\t()[]")
        return bool(re.fullmatch(r"[\d*†‡§,]*", text)) or any(
            (a.get("href") or "").startswith("#") for a in node.iter("a")
        )
    if name in ("span", "em", "small", "i", "sup", "mark") and node.get("class") and len(node) == 0:
        return fold(node.text or "").strip(" !*()") in _DECORATIONS
    return name in UNPRINTED or not name


def _halt_described(node: Any, name: str) -> str:
    """A sign whose description says that a certificate is suspended: `<span title="Certificat suspendu">⚠</span>`."""
    if name not in ("img", "span", "i", "em", "abbr", "svg", "b", "small", "sup"):
        return ""
    said = node.get("title") or node.get("alt") or node.get("aria-label") or node.get("data-original-title") or ""
    if not said or any(letter.isalnum() for text in node.itertext() for letter in text):
        return ""
    return clean(said) if is_halt(clean(said)) else ""


def _is_chip(node: Any) -> bool:
    """One of several small boxes in a row, drawn alike: `<span class="badge">1</span><span class="badge">2</span>`."""
    following = node.getnext()
    return (
        following is not None and tag(node) in ("span", "a", "em", "i", "b", "strong", "small") and tag(following) == tag(node)
        and bool(node.get("class")) and following.get("class") == node.get("class")
    )  # fmt: skip


def _is_one_of_many(chip: Any) -> bool:
    """Three chips and more are a list; two may be the halves of one name."""
    alike = [other for other in chip.getparent() if tag(other) == tag(chip) and other.get("class") == chip.get("class")]
    return len(alike) > 2


def _own_words(node: Any, name: str) -> str | None:
    """The text of an element, save the ligature words of icon fonts ("check", "close"), which print as pictures."""
    text: str | None = node.text
    if text and len(text) < 24 and name in ("i", "span", "em") and _ICON_TEXT.search(node.get("class") or ""):
        mark = mark_of(text)
        return mark or None
    return text


def _shows_only_a_picture(node: Any) -> bool:
    return not "".join(node.itertext()).strip()


def _described(element: Any, url: str, lines: list[Line], marks: dict[Any, str]) -> list[Line]:
    """Nothing is shown as text: pictures with descriptions, then hidden text, then labels for assistive programs."""
    href = next((line.href for line in lines if line.href), None)
    for read in (_pictures, _labels, _hidden_text, _icons):
        if found := read(element, url, marks):
            return [Line(text, href) for text in found]
    return lines


def _inside(element: Any) -> Iterator[Any]:
    for node in element.iter():
        if isinstance(node.tag, str):
            yield node


def _pictures(element: Any, url: str, marks: dict[Any, str]) -> list[str]:
    found = []
    for node in _inside(element):
        name = tag(node)
        said = ""
        if name == "img":
            said = node.get("alt") or node.get("title") or ""
        elif name == "input" and (node.get("type") or "").lower() in ("checkbox", "radio"):
            said = "✓" if node.get("checked") is not None else "✗"
        elif name == "title" and tag(node.getparent()) == "svg":
            said = node.text or ""
        if said.strip():
            found.append(_LOGO.sub("", " ".join(said.split())))
    return [said for said in found if said]


def _labels(element: Any, url: str, marks: dict[Any, str]) -> list[str]:
    """What programs for the blind are told, each thing with its mark; what stands inside a labelled thing is not told."""
    found: list[str] = []
    labelled: set[Any] = set()
    for node in _inside(element):
        said = node.get("aria-label") or (node.get("title") if tag(node) != "a" else None) or node.get("data-value")
        if not said or not said.strip() or any(up in labelled for up in node.iterancestors()):
            continue
        labelled.add(node)
        text = " ".join((*([marks[node]] if node in marks else []), *said.split()))
        if text not in found:
            found.append(text)
    return found


def _hidden_text(element: Any, url: str, marks: dict[Any, str]) -> list[str]:
    return [line.text for line in _collect(element, url, show_hidden=True).lines if line.text.strip()]


def _icons(element: Any, url: str, marks: dict[Any, str]) -> list[str]:
    for node in _inside(element):
        for name in ("class", "href", "{http://www.w3.org/1999/xlink}href", "src", "xlink:href", "data-icon", "name"):
            if node is element and name == "class" and tag(node) not in ("i", "span", "img"):
                continue
            mark = mark_of(re.sub(r"^.*[/#]", "", node.get(name) or "") if name != "class" else node.get(name) or "")
            if mark:
                return [mark]
    if element.get("class") and (mark := mark_of(element.get("class"))):
        return [mark]
    return []


def _has_picture(element: Any) -> bool:
    for node in element.iter():
        name = tag(node)
        if name in ("img", "svg", "i", "canvas", "object", "picture") or (name == "span" and _looks_like_icon(node)):
            return True
    return False


def _looks_like_icon(node: Any) -> bool:
    return not (node.text or "").strip() and len(node) == 0 and bool(
        re.search(r"(?i)icon|glyph|badge|dot|bullet|picto|fa-", node.get("class") or "")
    )  # fmt: skip


def _heading_like(element: Any) -> bool:
    if tag(element) == "th" or (element.get("role") or "").lower() in ("columnheader", "rowheader"):
        return True
    seen_bold = False
    for node in element.iter():
        if not isinstance(node.tag, str):
            continue
        bold = any(tag(up) in _BOLD for up in _up_to(node, element))
        own = (node.text or "").strip()
        tail = (node.tail or "").strip() if node is not element else ""
        if own and not bold:
            return False
        if tail and not any(tag(up) in _BOLD for up in _up_to(node.getparent(), element)):
            return False
        seen_bold = seen_bold or bool(own and bold)
    return seen_bold


def _up_to(node: Any, top: Any) -> Iterator[Any]:
    for _ in range(12):
        if node is None:
            return
        yield node
        if node is top:
            return
        node = node.getparent()
