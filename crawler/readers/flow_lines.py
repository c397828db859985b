"""A page as the lines that a person reads, in order, and what lines become: labelled values, titles, others.

Owns cutting the page into lines, whatever elements draw them, and values whose label stands in the markup itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.readers import markup
from crawler.readers.headings import HeadingDictionary, Sense
from crawler.readers.layout import heading_text
from crawler.readers.printed import Line, Printed
from crawler.readers.printing import printed
from crawler.readers.states import states
from crawler.readers.vocabulary import words
from registry.text import clean

_BLOCK = words("block_tags") | {"button"}
_SKIPPED_ROLES = frozenset(
    ("navigation", "contentinfo", "search", "dialog", "alertdialog", "banner", "menu", "menubar", "tablist")
)
_FRAME = frozenset(("header", "footer", "aside"))
_CONTENT = frozenset(("main", "article", "section", "li", "td", "details"))
TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "legend", "caption"))
LABEL_CLASS = re.compile(
    r"(?:^|[-_\s])(?:label|libelle|etiquette|key|cle|term|terme|intitule)(?:[-_\s]|$)", re.IGNORECASE
)
_DATA_LABELS = ("data-label", "data-title", "data-th", "data-column", "data-header", "data-heading", "data-name")
_CLASS_FIELD = re.compile(
    r"^(?:views-field-field|views-field|field--name-field|field--name|field-name-field|field-name)-(.+)$"
)


@dataclass(slots=True)
class Run:
    """A piece of a line that one inline element draws."""

    text: str
    element: Any
    href: str | None
    bold: bool


@dataclass(slots=True)
class FlowLine:
    """One printed line. `block` is the element that it fills alone or with other lines."""

    runs: list[Run]
    block: Any
    order: int

    @property
    def text(self) -> str:
        return clean("".join(run.text for run in self.runs))

    @property
    def href(self) -> str | None:
        return next((run.href for run in self.runs if run.href), None)

    def after(self, cut: int) -> FlowLine:
        """The line without its first `cut` characters."""
        rest: list[Run] = []
        for run in self.runs:
            if cut >= len(run.text):
                cut -= len(run.text)
                continue
            rest.append(Run(run.text[cut:], run.element, run.href, run.bold))
            cut = 0
        return FlowLine(rest, self.block, self.order)


@dataclass(slots=True)
class Pair:
    """A label and what it says."""

    label: tuple[str, ...]
    sense: Sense
    element: Any
    order: int
    lines: list[Line] = field(default_factory=list)
    locator: str = ""

    @property
    def value(self) -> Printed:
        return Printed(tuple(self.lines), self.locator)


@dataclass(slots=True)
class Title:
    text: str
    element: Any
    order: int
    href: str | None = None


@dataclass(slots=True)
class Flow:
    """What a page prints outside its tables of entries."""

    pairs: list[Pair] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    strays: list[FlowLine] = field(default_factory=list)


TableReader = Callable[[Any], "list[Pair] | None"]
"""Gives the pairs of a table with headings above; an empty list for a table to leave out; None to read its lines."""


@dataclass(slots=True)
class _Cutter:
    """How far the page is cut into lines: the line begun, the boxes around it, and how much came before."""

    boxes: list[Any]
    runs: list[Run] = field(default_factory=list)
    order: int = 0

    def cut(self) -> Iterator[FlowLine]:
        """Ends the line, if one was begun."""
        if self.runs:
            yield FlowLine(self.runs, self.boxes[-1], self.order)
            self.order += 1
            self.runs = []

    def captions(self, table: Any) -> Iterator[FlowLine]:
        """What titles a table whose cells are read as labelled values."""
        for caption in table.iterchildren("caption"):
            yield from self.cut()
            self.boxes.append(caption)
            _add(self.runs, "".join(caption.itertext()), caption, None, True)
            yield from self.cut()
            self.boxes.pop()

    def take(self, pairs: list[Pair], flow: Flow) -> None:
        """Puts pairs that stand at this place beside the lines."""
        for pair in pairs:
            pair.order = self.order
        flow.pairs += pairs
        self.order += 1


def lines(
    page: markup.Page, flow: Flow, table: TableReader, dictionary: HeadingDictionary | None = None
) -> Iterator[FlowLine]:
    """Lines in reading order; pairs of tables go straight to `flow`."""
    root = page.root
    at = _Cutter([root])
    marks = states(root, doubts=False)
    stack: list[tuple[Any, str | None, bool, bool]] = [(root, None, False, False)]
    while stack:
        node, href, bold, leaving = stack.pop()
        name = markup.tag(node)
        if leaving:
            if name in _BLOCK:
                yield from at.cut()
            if at.boxes[-1] is node and len(at.boxes) > 1:
                at.boxes.pop()
        elif node is root or (name and name not in markup.UNPRINTED and not _left_out(node, name)):
            if name in _BLOCK:
                yield from at.cut()
            told = _told_at_once(node, name, page, table, at.order, dictionary)
            if told is None:
                if name in _BLOCK and name != "br":
                    at.boxes.append(node)
                inner = _begin(node, name, href, bold, page, at.runs, marks)
                stack.append((node, href, bold, True))
                stack.extend((child, *inner, False) for child in reversed(node))
                continue
            if told and name == "table":
                yield from at.captions(node)
            at.take(told, flow)
        _add(at.runs, node.tail, node.getparent(), href, bold)
    yield from at.cut()


def _told_at_once(
    node: Any, name: str, page: markup.Page, table: TableReader, order: int, dictionary: HeadingDictionary | None
) -> list[Pair] | None:
    """The pairs of an element that holds nothing else; None to read its lines."""
    if name == "table" and (read := table(node)) is not None:
        return read
    told = _told_by_markup(node, name, page, order, dictionary) if dictionary is not None else None
    return None if told is None else [told]


def _begin(
    node: Any, name: str, href: str | None, bold: bool, page: markup.Page, runs: list[Run], marks: Mapping[Any, str]
) -> tuple[str | None, bool]:
    """What an element prints before its children; gives the link and the weight that they stand in."""
    if node in marks:
        _add(runs, f"{marks[node]} ", node, href, bold)
    inner_href = node.get("href") if name == "a" and node.get("href") else href
    inner_bold = bold or name in ("b", "strong", "th", "dt") or name in TITLES
    _add(runs, node.text, node, inner_href, inner_bold)
    if name in ("img", "i", "svg", "input"):
        seen = printed(page, node)
        if seen.text and not runs:
            _add(runs, seen.text, node, inner_href, inner_bold)
    return inner_href, inner_bold


def _add(runs: list[Run], text: str | None, element: Any, href: str | None, bold: bool) -> None:
    if not text or (not runs and not text.strip()):
        return
    plain = re.sub(r"[ \t\n\r\f]+", " ", text)
    if plain.startswith(" ") and runs and runs[-1].text.endswith(" "):
        plain = plain[1:]
    if plain:
        runs.append(Run(plain if runs else plain.lstrip(), element, href, bold))


def _left_out(node: Any, name: str) -> bool:
    """Page furniture, form controls, and text hidden inside a line."""
    if name in ("nav", "label", "option", "dialog") or (node.get("role") or "").lower() in _SKIPPED_ROLES:
        return True
    around = _CONTENT - {"main"} if name == "aside" else _CONTENT  # beside the content, not part of an entry
    if name in _FRAME and not any(markup.tag(up) in around for up in node.iterancestors()):
        return True
    return name not in _BLOCK and markup.hidden(node)


def as_line(line: FlowLine, page: markup.Page) -> Line:
    return Line(line.text, page.link(line.href))


def _told_by_markup(node: Any, name: str, page: markup.Page, order: int, dictionary: HeadingDictionary) -> Pair | None:
    """A value whose label stands in an attribute: `data-label="Hébergeur"`, or in a class that names a field of the
    site's own data, where nothing is printed before it."""
    label = next((node.get(key) for key in _DATA_LABELS if node.get(key)), None)
    if label is None:
        named = (_CLASS_FIELD.match(part) for part in markup.classes(node))
        label = next((found.group(1) for found in named if found), None)
        if label is None or name not in ("div", "span", "td", "p", "li", "h2", "h3", "h4"):
            return None
        label = label.replace("-", " ")
        texts = [line.text for line in printed(page, node).lines]
        if (
            not texts
            or dictionary.sense(heading_text(Printed((Line(texts[0]),))))
            or any(LABEL_CLASS.search(inner.get("class") or "") for inner in node.iterdescendants())
        ):
            return None
        before, colon, _ = texts[0].partition(":")
        if colon and dictionary.sense(clean(before)):
            return None
    sense = dictionary.sense(label)
    value = printed(page, node)
    if not sense or value.blank:
        return None
    lines = list(value.lines)
    if dictionary.sense(heading_text(Printed((lines[:1] and (lines[0],)) or ()))) == sense and len(lines) > 1:
        lines = lines[1:]
    return Pair((label,), sense, node, order, lines, value.locator)
