"""HTML bytes → a tree, and what a person would see printed in any part of it.

Owns decoding, safe parsing (depth and size bounded), links, places and visibility. Knows nothing about hosts.
"""

from __future__ import annotations

import codecs
import re
from typing import Any
from urllib.parse import urljoin

from crawler.readers.errors import UnreadablePage
from crawler.readers.vocabulary import words

MAX_ELEMENTS = 400_000
"""Characters of one printed value. Far above any cell of a list, far below what would take long to compare."""

BLOCK = words("block_tags")
UNPRINTED = words("unprinted_tags")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDDEN_CLASSES = words("hidden_classes")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
HTML_SPACE = re.compile(r"[ \t\n\r\f]+")


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
    """Whether more characters beyond ASCII are whole in UTF-8 than broken; in Windows-1252 nearly all are broken."""
    text = body.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return broken * 2 < sum(1 for c in text if ord(c) > 127)


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
        start = tag(element)
        while element is not None and len(parts) < 6:
            name = tag(element)
            if name in ("html", "body", ""):
                break
            if element.get("id"):
                parts.append(f"{name}#{element.get('id')[:60]}")
                break
            parts.append(f"{name}:nth-child({self._place(element)})")
            element = element.getparent()
        return " > ".join(reversed(parts)) or start

    def _place(self, element: Any) -> int:
        parent = element.getparent()
        if parent is None:
            return 1
        if parent not in self._places:
            self._places[parent] = {child: place for place, child in enumerate(parent, 1)}
        return self._places[parent][element]


def urljoin_safe(base: str, href: str) -> str | None:
    """The absolute address, or None for what is no address of a page (scripts, anchors, mail)."""
    href = HTML_SPACE.sub("", href.strip())
    if not href or href.startswith("#") or re.match(r"(?i)(javascript|data|mailto|tel|about|blob|vbscript):", href):
        return None
    try:
        return urljoin(base, href)
    except ValueError:
        return None
