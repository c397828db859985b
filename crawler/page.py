"""An HTML page as a visitor meets it: its links with their addresses and words, its text, and what is page furniture.

Pure; for the guards and the spiders. Must not read rows (that is for `crawler.readers`).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crawler.addresses import join
from crawler.readers.markup import decode as read_text
from registry.text import clean, fold

Element = Any
"""An lxml element; the library ships no types."""

_FURNITURE_TAGS = frozenset({"nav", "header", "footer", "aside"})
_FURNITURE_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "menu", "menubar"})
_FURNITURE_WORDS = re.compile(r"\b(breadcrumb|fil-ariane|menu|cookies?|tarteaucitron|social|share|partage|skip)\b")
_SMALL_BLOCKS = (
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "div",
    "td",
    "caption",
    "legend",
    "figcaption",
    "summary",
    "section",
)
_BLOCKS = frozenset(
    (*_SMALL_BLOCKS, "table", "tbody", "tr", "ul", "ol", "dl", "article", "form", "nav", "header", "footer")
)
_OWN_PARTS = frozenset(("main", "article", "li", "section"))
_HIDDEN_TAGS = frozenset({"script", "style", "template", "noscript", "svg"})
_CLICK_ATTRIBUTES = (
    "data-href",
    "data-url",
    "data-ajax-url",
    "data-ajax",
    "data-remote",
    "data-link",
    "data-src",
    "data-load",
    "data-endpoint",
    "data-next-url",
    "data-next-page-url",
    "data-next",
    "data-load-more-url",
    "data-more-url",
    "formaction",
    "hx-get",
    "up-href",
)
"""Attributes of links and buttons that hold the address which a click opens."""


def decode(body: bytes, media_type: str) -> str:
    """The text of a page, by the rules of the readers; bytes that mean nothing become U+FFFD rather than an error."""
    said = re.search(r"charset\s*=\s*[\"']?([\w-]+)", media_type, re.IGNORECASE)
    return read_text(body, said.group(1) if said else None)[0]


@dataclass(frozen=True, slots=True)
class Anchor:
    """One thing to click: its element, absolute address (None: nothing to follow by itself) and printed words."""

    element: Element
    url: str | None
    href: str
    text: str


@dataclass
class Document:
    """A parsed page or fragment. `url` is what relative links start from."""

    root: Element
    url: str
    base: str = field(init=False)

    def __post_init__(self) -> None:
        base = self.root.find(".//base[@href]")
        self.base = (join(self.url, base.get("href")) if base is not None else None) or self.url

    @classmethod
    def parse(cls, markup: str, url: str) -> Document:
        """Never raises for bad markup: what can't be parsed is an empty page."""
        import lxml.etree
        import lxml.html

        parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
        content = markup.replace("\x00", "").encode("utf-8", errors="replace")
        try:
            root = lxml.html.document_fromstring(content or b"<html></html>", parser=parser)
        except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
            root = lxml.html.document_fromstring(b"<html><body></body></html>")
        return cls(root, url)

    @cached_property
    def anchors(self) -> list[Anchor]:
        """Every `<a>`, in page order. `url` is None for `#…`, `javascript:` and disabled ones."""
        return [self.anchor(element) for element in self.root.iter("a")]

    def anchor(self, element: Element) -> Anchor:
        href = (element.get("href") or "").strip()
        usable = bool(href) and not href.startswith("#") and not is_disabled(element)
        url = join(self.base, href) if usable else None
        return Anchor(element, url or self.script_address(element), href, words_of(element))

    def script_address(self, element: Element) -> str | None:
        """The address that a script would open on a click: in a `data-` attribute or a plain `location = …`."""
        if is_disabled(element):
            return None
        for name in _CLICK_ATTRIBUTES:
            value = (element.get(name) or "").strip()
            if value and not value.startswith("#") and re.match(r"https?://|\.{0,2}/|\?|[\w-]+[/?.]", value):
                return join(self.base, value)
        found = re.search(
            r"location(?:\.href|\.assign|\.replace)?\s*[=(]\s*['\"]([^'\"]+)", element.get("onclick") or ""
        )
        return join(self.base, found.group(1)) if found else None

    @cached_property
    def text(self) -> str:
        """What a visitor reads in the page's own part: without scripts, menus, header and footer."""
        return clean(" ".join(_visible(self.body, self._furniture)))

    @cached_property
    def all_text(self) -> str:
        """What a visitor reads, furniture included."""
        return clean(" ".join(_visible(self.body)))

    def is_furniture(self, element: Element) -> bool:
        """Whether an element stands in a menu, header, footer, side column or cookie banner."""
        return element in self._furniture

    @cached_property
    def _furniture(self) -> frozenset[Element]:
        """Every element that is, or stands in, page furniture; found in one pass from the top."""
        found: set[Element] = set()
        stack: list[tuple[Element, bool, bool]] = [(self.root, False, False)]
        while stack:
            element, furnished, inside = stack.pop()
            if not isinstance(element.tag, str):
                continue
            furnished = furnished or _furnishes(element, inside)
            if furnished:
                found.add(element)
            inside = inside or element.tag in _OWN_PARTS
            stack.extend((child, furnished, inside) for child in element)
        return frozenset(found)

    def has_place(self, name: str) -> bool:
        """Whether `#name` leads to somewhere on this page."""
        return name in self._places

    @cached_property
    def _places(self) -> frozenset[str]:
        named = self.root.iter("a", "map", "input", "form")
        return frozenset(
            [one.get("id") for one in self.root.iter() if one.get("id")]
            + [one.get("name") for one in named if one.get("name")]
        )

    @property
    def body(self) -> Element:
        found = self.root.find("body")
        return self.root if found is None else found

    def lines(self) -> list[str]:
        """What stands in each small block of the page, cleaned: paragraphs, headlines, entries of lists."""
        blocks = (one for one in self.body.iter(*_SMALL_BLOCKS) if not any(child.tag in _BLOCKS for child in one))
        return [line for one in blocks if (line := clean(" ".join(_visible(one, self._furniture))))]

    def beside(self, other: Document) -> bytes:
        """This page with the other's content behind its own; what stands on this page stays where it was."""
        import lxml.html

        whole = copy.deepcopy(self.root)
        body = whole.find("body")
        for child in copy.deepcopy(other.body):
            (whole if body is None else body).append(child)
        return bytes(lxml.html.tostring(whole, encoding="utf-8", doctype="<!DOCTYPE html>"))

    def headlines(self) -> list[str]:
        """What the page says it is, folded: title, its parts and first-level headings."""
        printed = [fold(element.text_content()) for tag in ("title", "h1") for element in self.root.iter(tag)]
        parts = [part for text in printed for part in re.split(r"\s[|\-–—·:]\s", text) if re.search(r"[a-z]", part)]
        return [text for text in dict.fromkeys([*printed, *parts]) if text]


def words_of(element: Element) -> str:
    """The printed words of a link or button: its text, else its label, title or picture text."""
    text = clean(" ".join(_visible(element)))
    if text:
        return text
    for name in ("aria-label", "title", "value"):
        if label := clean(element.get(name) or ""):
            return label
    return clean(" ".join(image.get("alt") or "" for image in element.iter("img")))


def is_disabled(element: Element) -> bool:
    """Shown, but not to be clicked."""
    marked = [element, element.getparent()] if element.getparent() is not None else [element]
    return any(
        one.get("aria-disabled") == "true"
        or (one.get("disabled") is not None)
        or bool(
            {"disabled", "is-disabled", "inactive", "is-empty", "empty"} & set((one.get("class") or "").lower().split())
        )
        for one in marked
    )


def _furnishes(element: Element, inside: bool) -> bool:
    """Whether an element begins a menu, header, footer, side column or cookie banner. `inside` the page's own part, a
    header is that of an article or a card, and content."""
    if element.tag in ("body", "html", "main"):
        return False
    if element.tag in _FURNITURE_TAGS or element.get("role") in _FURNITURE_ROLES:
        return element.tag != "header" or not inside
    named = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    return bool(named.strip()) and bool(_FURNITURE_WORDS.search(named))


def _visible(element: Element, skip: Collection[Element] = ()) -> Iterator[str]:
    """The text pieces below an element, iteratively: hostile nesting must not exhaust the stack."""
    stack: list[Element | str] = [element]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            yield current
            continue
        if not isinstance(current.tag, str) or current.tag in _HIDDEN_TAGS:
            continue
        if current in skip:
            continue
        children: list[Element | str] = [current.text] if current.text else []
        for child in current:
            children.append(child)
            if child.tail:
                children.append(child.tail)
        stack.extend(reversed(children))


def ancestor_with_more(element: Element, minimum: int = 12) -> Element:
    """The nearest ancestor that prints clearly more than the element itself: the block the element belongs to."""
    own = len(clean(element.text_content()))
    for ancestor in element.iterancestors():
        if ancestor.tag in ("body", "html") or len(clean(ancestor.text_content())) >= own + minimum:
            return ancestor
    return element
