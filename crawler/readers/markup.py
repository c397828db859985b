"""HTML bytes → a tree, and what a person would see printed in any part of it.

Owns decoding, safe parsing (depth and size bounded), visibility, and turning an element into a `Printed` value with
its line breaks, links and pictures. Knows nothing about hosts.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from crawler.readers.errors import UnreadablePage
from crawler.readers.printed import Line, Printed
from crawler.readers.vocabulary import words

MAX_ELEMENTS = 400_000
MAX_TEXT = 200_000
"""Characters of one printed value. Far above any cell of a list, far below what would take long to compare."""

_BLOCK = words("block_tags")
UNPRINTED = words("unprinted_tags")
_BOLD = frozenset(("b", "strong", "th"))
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDDEN_CLASSES = words("hidden_classes")
_YES = words("icon_yes")
_NO = words("icon_no")
_ICON_TEXT = re.compile(r"(?:^|[\s_-])(?:material|icon|icons|glyph|symbols?)", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_LOGO = re.compile(r"(?i)^logo(?:type)?\s*(?:de la |de l['’]|du |des |de |of |[:-])?\s*")
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")


def decode(body: bytes, declared: str | None = None) -> tuple[str, bool]:
    """The text of a body, and whether every byte could be decoded.

    A byte order mark wins; then UTF-8 whenever the bytes are UTF-8, since old declarations outlive their pages; then
    what is declared; then Windows-1252.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if body.startswith(mark):
            text = body.decode(name, errors="replace")
            return text.lstrip("\ufeff"), "\ufffd" not in text
    if b"\x00" in body[:400]:
        for name, zeros in (("utf-16-le", body[1:400:2]), ("utf-16-be", body[0:400:2])):
            if zeros.count(0) > len(zeros) * 0.6:
                text = body.decode(name, errors="replace")
                return text, "\ufffd" not in text
    try:
        return body.decode("utf-8"), True
    except UnicodeDecodeError:
        pass
    found = _CHARSET.search(body[:4096])
    for said in (declared, found.group(1).decode("ascii", "replace") if found else None):
        if said and _is_single_byte(said):
            return body.decode(said, errors="replace"), True
    if _mostly_utf8(body):
        return body.decode("utf-8", errors="replace"), False
    text = body.decode("cp1252", errors="replace")
    return text, "\ufffd" not in text


def _is_single_byte(name: str) -> bool:
    try:
        return codecs.lookup(name).name not in ("utf-8", "utf-16", "utf-32", "ascii", "iso8859-1")
    except LookupError:
        return False


def _mostly_utf8(body: bytes) -> bool:
    text = body.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return broken * 4 < sum(1 for c in text if ord(c) > 127)


def parse(text: str, url: str, sha256: str) -> Any:
    """The root element of an HTML page, or None when there is no element in it.

    Raises UnreadablePage when the page is nested too deeply or has too many elements.
    """
    from lxml import etree

    text = text.replace("\x00", "")
    if not text.strip():
        return None
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.LxmlError:
        return None
    limits = [entry for entry in parser.error_log if "RESOURCE_LIMIT" in entry.type_name]
    if limits:
        raise UnreadablePage(
            "too_deep",
            f"expected a page of ordinary nesting, found: {limits[0].message[:100]} (line {limits[0].line}); "
            "look at the page in a browser: this is not a list made for people",
            url=url, sha256=sha256,
        )  # fmt: skip
    if root is not None and sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise UnreadablePage(
            "too_large",
            f"expected at most {MAX_ELEMENTS} elements on a page, found more; use a data download of the source instead",
            url=url, sha256=sha256,
        )  # fmt: skip
    return root


def base_of(root: Any, url: str) -> str:
    """What relative links of a page start from."""
    base = root.find(".//base[@href]")
    return (urljoin_safe(url, base.get("href")) if base is not None else None) or url


def tag(element: Any) -> str:
    """The lower-case tag name; empty for what is not an element."""
    name = element.tag
    return name.lower() if isinstance(name, str) else ""


def classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()


def hidden(element: Any) -> bool:
    """Not shown to a reader of the page by its own attributes."""
    if element.get("hidden") is not None or _HIDDEN_STYLE.search(element.get("style") or ""):
        return True
    return any(name in _HIDDEN_CLASSES for name in map(str.lower, classes(element)))


class Page:
    """A parsed page: its root, what relative links start from, and where each element stands."""

    def __init__(self, root: Any, url: str) -> None:
        self.root = root
        self.url = base_of(root, url)
        self._places: dict[Any, dict[Any, int]] = {}

    def link(self, href: str | None) -> str | None:
        """The absolute address of a link, or None for what is no address of a page."""
        return urljoin_safe(self.url, href) if href else None

    def locate(self, element: Any) -> str:
        """A short CSS-like path: `table#x > tr:nth-child(3) > td:nth-child(2)`."""
        parts: list[str] = []
        while element is not None and len(parts) < 6:
            name = tag(element)
            if name in ("html", "body", ""):
                break
            if element.get("id"):
                parts.append(f"{name}#{element.get('id')[:60]}")
                break
            parts.append(f"{name}:nth-child({self._place(element)})")
            element = element.getparent()
        return " > ".join(reversed(parts))

    def _place(self, element: Any) -> int:
        parent = element.getparent()
        if parent is None:
            return 1
        if parent not in self._places:
            self._places[parent] = {child: place for place, child in enumerate(parent, 1)}
        return self._places[parent][element]

    def printed(self, element: Any) -> Printed:
        """What a person sees in an element. Text that is hidden counts only where nothing else is shown; a picture or
        an icon counts by its description, and only where no text is."""
        lines = _collect(element, self.url, show_hidden=False)
        if not any(line.text.strip() for line in lines):
            lines = _described(element, self.url, lines)
        opaque = not any(line.text.strip() for line in lines) and _has_picture(element)
        return Printed(tuple(lines), self.locate(element), _heading_like(element), opaque)


class _Collector:
    """Gathers text in reading order: lines, the link each stands in, the list entry each belongs to."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.lines: list[Line] = []
        self._text: list[str] = []
        self._href: str | None = None
        self._item = 0
        self.size = 0

    def text(self, text: str | None, href: str | None, item: int) -> None:
        if not text:
            return
        self.size += len(text)
        if self.size > MAX_TEXT:
            raise UnreadablePage(
                "too_large", f"expected a printed value of at most {MAX_TEXT} characters, found a longer one"
            )
        self._text.append(text)
        if text.strip():
            self._item = item
            if href and not self._href:
                self._href = urljoin_safe(self.base, href)

    def link_only(self, href: str) -> None:
        """A link that shows no text of its own (a picture)."""
        if not self._href:
            self._href = urljoin_safe(self.base, href)

    def line_break(self) -> None:
        text = _HTML_SPACE.sub(" ", "".join(self._text)).strip(" ")
        if text.strip() or self._href:
            self.lines.append(Line(text, self._href, self._item))
        self._text, self._href = [], None


def urljoin_safe(base: str, href: str) -> str | None:
    """The absolute address, or None for what is no address of a page (scripts, anchors, mail)."""
    href = _HTML_SPACE.sub("", href.strip())
    if not href or href.startswith("#") or re.match(r"(?i)(javascript|data|mailto|tel|about|blob|vbscript):", href):
        return None
    try:
        return urljoin(base, href)
    except ValueError:
        return None


def _collect(element: Any, url: str, *, show_hidden: bool) -> list[Line]:
    out = _Collector(url)
    item_number = 0
    # Each entry: (element, href it stands in, list entry, leaving?); an explicit stack keeps hostile depth harmless.
    stack: list[tuple[Any, str | None, int, bool]] = [(element, None, 0, False)]
    while stack:
        node, href, item, leaving = stack.pop()
        name = tag(node)
        if leaving:
            if name in _BLOCK:
                out.line_break()
            elif name == "a" and node.get("href") and _shows_only_a_picture(node):
                out.link_only(node.get("href"))
            if node is not element:
                out.text(node.tail, href, item)
            continue
        if node is not element and (name in UNPRINTED or not name or (hidden(node) and not show_hidden)):
            out.text(node.tail, href, item)
            continue
        outer = (href, item)
        if name == "a" and node.get("href"):
            href = node.get("href")
        if name in _BLOCK:
            out.line_break()
        if name == "li" and item == 0:
            item_number += 1
            item = item_number
        out.text(_icon_words(node), href, item)
        stack.append((node, *outer, True))
        for child in reversed(node):
            stack.append((child, href, item, False))
    out.line_break()
    return out.lines


def _icon_words(node: Any) -> str | None:
    """The text of an element, save the ligature words of icon fonts ("check", "close"), which print as pictures."""
    text: str | None = node.text
    if text and len(text) < 24 and tag(node) in ("i", "span", "em") and _ICON_TEXT.search(node.get("class") or ""):
        mark = _mark(text)
        return mark or None
    return text


def _shows_only_a_picture(node: Any) -> bool:
    return not "".join(node.itertext()).strip()


def _described(element: Any, url: str, lines: list[Line]) -> list[Line]:
    """Nothing is shown as text: pictures with descriptions, then hidden text, then labels for assistive programs."""
    href = next((line.href for line in lines if line.href), None)
    for read in (_pictures, _labels, _hidden_text, _icons):
        words = read(element, url)
        if words:
            return [Line(word, href) for word in words]
    return lines


def _inside(element: Any) -> Iterator[Any]:
    for node in element.iter():
        if isinstance(node.tag, str):
            yield node


def _pictures(element: Any, url: str) -> list[str]:
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


def _labels(element: Any, url: str) -> list[str]:
    found = []
    for node in _inside(element):
        words = node.get("aria-label") or (node.get("title") if tag(node) != "a" else None) or node.get("data-value")
        if words and words.strip():
            found.append(" ".join(words.split()))
    return found[:1]


def _hidden_text(element: Any, url: str) -> list[str]:
    return [line.text for line in _collect(element, url, show_hidden=True) if line.text.strip()]


def _icons(element: Any, url: str) -> list[str]:
    for node in _inside(element):
        for name in ("class", "href", "{http://www.w3.org/1999/xlink}href", "src", "xlink:href", "data-icon", "name"):
            if node is element and name == "class" and tag(node) not in ("i", "span", "img"):
                continue
            mark = _mark(re.sub(r"^.*[/#]", "", node.get(name) or "") if name != "class" else node.get(name) or "")
            if mark:
                return [mark]
    if element.get("class") and (mark := _mark(element.get("class"))):
        return [mark]
    return []


def _mark(words: str) -> str:
    """✓ or ✗ when an icon's name says so, empty otherwise."""
    parts = set(re.split(r"[^a-z]+", words.lower()))
    if parts & _NO:
        return "✗"
    return "✓" if parts & _YES else ""


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
