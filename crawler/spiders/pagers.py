"""Pagers: numbered pages, "Suivant", rel=next, list boxes of pages, "load more".

Finds the pager that belongs to the list. Numbers that choose how many entries a page shows, years of an archive and
pagers of other blocks are not it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

from crawler.spiders.addresses import join, page_key, parameters, same_site
from crawler.spiders.html import Document, Element, ancestor_with_more, is_disabled, words_of
from crawler.spiders.letters import Link, form_link
from crawler.spiders.wording import wording
from registry.text import clean, fold

_NUMBER = re.compile(r"^(?:page\s+(?:numero\s+)?)?(\d{1,4})(?:\s*\(?(?:page )?(?:actuelle|courante|current)\)?)?$")
_OF = re.compile(r"\bpages?\s*:?\s*(\d{1,4})\s*(?:sur|of|/|de|on)\s*(\d{1,4})\b")
MOST_GROUPS = 40
"""Blocks of a page that are looked at; more of them are no pager but a page that wants to keep a reader busy."""
_ARROWS = " >›»→|<‹«←"


@dataclass
class Pager:
    """What a page says of the other pages of its list."""

    links: list[Link] = field(default_factory=list)
    """Numbers first, in order, then next and last."""
    last: int = 1
    """The highest page number announced."""
    current: int = 1
    dead: list[str] = field(default_factory=list)
    """Offered, but only a script could follow them."""

    def __bool__(self) -> bool:
        return bool(self.links or self.dead)


def find(page: Document, names: Collection[str] = ()) -> Pager:
    """The list's pager. `names` are folded names of the rows on the page: a pager whose own block prints none of them
    belongs to something else."""
    pager = Pager()
    told: set[str] = set()
    for container, controls in _groups(page)[:MOST_GROUPS]:
        if names and not _belongs(container, names):
            continue
        for element, word, number in controls:
            _add(page, pager, told, element, word, number)
        for _, total in _OF.findall(fold(container.text_content())):
            pager.last = max(pager.last, int(total))
    for element in page.root.iter("link"):
        if "next" in (element.get("rel") or "").lower().split():
            target = join(page.base, element.get("href") or "")
            if target is None or page_key(target) == page_key(page.url):
                pager.dead.append("next")
            elif page_key(target) not in told and steps(page.url, target):
                told.add(page_key(target))
                pager.links.append(Link("next", target))
    if pager:
        for now, total in _OF.findall(fold(page.text)):
            pager.current, pager.last = int(now), max(pager.last, int(total))
    pager.links.sort(key=lambda link: (0, int(link.label)) if link.label.isdigit() else (1, 0))
    return pager


def _add(page: Document, pager: Pager, told: set[str], element: Element, word: str, number: int | None) -> None:
    if number is not None:
        pager.last = max(pager.last, number)
        if _is_current(element):
            pager.current = number
            return
    if word == "back" or is_disabled(element):
        return
    link = _link(page, element, word if number is None else str(number))
    if link is None:
        return
    if link.url is None:
        if number != pager.current:
            pager.dead.append(link.label)
        return
    key = page_key(link.url, link.method, link.form)
    if key not in told:
        told.add(key)
        pager.links.append(link)


def steps(here: str, there: str) -> bool:
    """Whether an address is another page of the same list: one parameter or one part of the path differs, and it
    holds a number."""
    if not same_site(here, there):
        return False
    path_here, path_there = (re.sub(r"^https?://[^/]+", "", url).partition("?")[0].rstrip("/") for url in (here, there))
    mine, other = parameters(here), parameters(there)
    differing = {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)}
    if path_here == path_there:
        changed = {name for name in differing if re.search(r"\d", other.get(name, ""))}
        return bool(changed) and not any(wording("page_size_parameter").search(name) for name in changed)
    shorter = re.sub(
        r"[-_/]?(?:page|p|pg|start|offset)?[-_/]?\d{1,5}(?=(?:\.\w+)?$)", "", path_there, flags=re.IGNORECASE
    )
    plain_here = re.sub(
        r"[-_/]?(?:page|p|pg|start|offset)?[-_/]?\d{1,5}(?=(?:\.\w+)?$)", "", path_here, flags=re.IGNORECASE
    )
    return shorter in (path_here, plain_here) or shorter.rpartition(".")[0] == plain_here


def _groups(page: Document) -> list[tuple[Element, list[tuple[Element, str, int | None]]]]:
    """Blocks that hold page numbers or "next", each with its controls."""
    groups: dict[Element, list[tuple[Element, str, int | None]]] = {}
    for element in page.root.iter("a", "button", "option", "span", "strong", "li", "input", "em", "b"):
        if element.tag in ("span", "strong", "li", "em", "b") and (len(element) or _inside_link(element)):
            continue
        sort = _sort(page, element)
        if sort is None:
            continue
        container = _container(element)
        if container is not None:
            groups.setdefault(container, []).append((element, *sort))
    return [(container, controls) for container, controls in groups.items() if _is_pager(page, container, controls)]


def _sort(page: Document, element: Element) -> tuple[str, int | None] | None:
    """Whether a control is a page number, next, last or a way back."""
    printed = words_of(element)
    if len(printed) > 60 and "next" not in (element.get("rel") or ""):
        return None
    said = [
        word for word in (fold(printed), *(fold(element.get(name) or "") for name in ("aria-label", "title"))) if word
    ]
    for word in said:
        if found := _NUMBER.match(word):
            return "number", int(found.group(1))
    relation = (element.get("rel") or "").lower().split()
    if "next" in relation:
        return "next", None
    if {"prev", "first"} & set(relation):
        return "back", None
    for sort in ("next", "last", "back"):
        if any(wording(sort).fullmatch(word) or wording(sort).fullmatch(word.strip(_ARROWS)) for word in said):
            return sort, None
    return None


def _container(element: Element) -> Element | None:
    """The block that a control stands in: the one that calls itself a pager, else the nearest list or box."""
    ancestors = list(islice(element.iterancestors(), 6))
    for one in ancestors[:6]:
        named = f"{one.get('class') or ''} {one.get('id') or ''} {one.get('aria-label') or ''}"
        if one.tag in ("nav", "ul", "ol", "div", "section", "p", "form", "table") and wording("pager_class").search(
            named
        ):
            outer = one.getparent()
            wraps = outer is not None and outer.tag == "nav"
            return outer if wraps else one
    for one in ancestors[:4]:
        if one.tag in ("nav", "ul", "ol", "div", "p", "form", "section", "tr", "select", "footer", "td"):
            return one.getparent() if one.tag in ("select", "tr", "td") else one
    return ancestors[0] if ancestors else None


def _is_pager(page: Document, container: Element, controls: list[tuple[Element, str, int | None]]) -> bool:
    numbers = [number for _, _, number in controls if number is not None]
    links = [page.anchor(one).url for one, _, _ in controls if one.tag == "a"]
    named = f"{container.get('class') or ''} {container.get('id') or ''} {container.get('aria-label') or ''}"
    around = fold(container.text_content())[:300]
    sizes = [name for url in links if url for name in parameters(url) if wording("page_size_parameter").search(name)]
    differs = {
        name
        for url in links
        if url
        for name, value in parameters(url).items()
        if parameters(page.url).get(name) != value
    }
    if sizes and differs and all(wording("page_size_parameter").search(name) for name in differs):
        return False
    if (
        numbers
        and (wording("page_size").search(around) or all(number % 5 == 0 for number in numbers))
        and 1 not in numbers
        and 2 not in numbers
    ):
        return False
    if numbers and all(1990 <= number <= 2100 for number in numbers):
        return False
    if wording("pager_class").search(named) or any(
        wording("load_more").fullmatch(fold(words_of(one))) for one, _, _ in controls
    ):
        return True
    if any(page.anchor(one).url is None and _says_next_page(one) for one, _, _ in controls):
        return True
    if any((one.get("rel") or "") == "next" for one, _, _ in controls):
        return any(url and steps(page.url, url) for url in links)
    if _box_of_pages(controls):
        return True
    stepping = [url for url in links if url and steps(page.url, url)]
    if stepping:
        return len(stepping) * 2 >= len([url for url in links if url])
    return False


def _says_next_page(element: Element) -> bool:
    return element.tag in ("a", "button") and bool(re.search(r"page.{0,3} suivante|next page", fold(words_of(element))))


def _box_of_pages(controls: list[tuple[Element, str, int | None]]) -> bool:
    boxes = [one for control, _, _ in controls for one in control.iterancestors("select")]
    return any(re.search(r"^(?:page|p|pg|paged)$", box.get("name") or "", re.IGNORECASE) for box in boxes)


def _link(page: Document, element: Element, label: str) -> Link | None:
    if element.tag == "a":
        anchor = page.anchor(element)
        if anchor.url:
            return Link(label, anchor.url)
        data = _data(element)
        if not (anchor.href or data or element.get("onclick")):
            return None
        return Link(label, None, data)
    if element.tag == "option":
        box = next(iter(element.iterancestors("select")), None)
        form = next(iter(element.iterancestors("form")), None)
        value = element.get("value") or ""
        if re.match(r"https?://|/|\?", value):
            return Link(label, join(page.base, value))
        if box is None or form is None or not box.get("name"):
            return None
        return form_link(page, form, {box.get("name"): value}, label)
    if element.tag in ("button", "input"):
        form = next(iter(element.iterancestors("form")), None)
        if form is not None and element.get("name") and element.get("type") != "button":
            return form_link(page, form, {element.get("name"): element.get("value") or ""}, label)
        return Link(label, page.script_address(element), _data(element))
    return None


def _data(element: Element) -> tuple[tuple[str, str], ...]:
    return tuple(
        ("page" if name in ("data-page", "data-page-number", "data-pager") else name.removeprefix("data-"), value)
        for name, value in element.attrib.items()
        if name.startswith("data-") and re.fullmatch(r"\d{1,5}", value or "")
    )


def _is_current(element: Element) -> bool:
    marked = [element, *islice(element.iterancestors(), 1)]
    if any(one.get("aria-current") or one.get("selected") is not None for one in marked):
        return True
    classes = {word for one in marked for word in (one.get("class") or "").lower().split()}
    return bool(classes & {"active", "is-active", "current", "pager__item--current", "selected", "pager-current"}) or (
        element.tag in ("span", "strong", "em", "b", "li")
    )


def _inside_link(element: Element) -> bool:
    return any(one.tag in ("a", "button", "option") for one in element.iterancestors())


def _belongs(container: Element, names: Collection[str]) -> bool:
    block = ancestor_with_more(container)
    text = fold(clean(block.text_content()))
    return block.tag in ("body", "html") or any(name in text for name in names)
