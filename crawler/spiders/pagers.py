"""Pagers: numbered pages, "Suivant", rel=next, list boxes and forms of pages, "load more".

Finds the pager that belongs to the list. Numbers that choose how many entries a page shows, years of an archive and
pagers of other blocks are not it. What looks like a way to further entries is never passed over: it is a link, a link
to try (`Pager.maybe`), or a thing that could not be followed (`Pager.dead`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice, pairwise

from crawler.addresses import join, number_of, page_key, parameters, same_site, without_visit
from crawler.page import Document, Element, ancestor_with_more, is_disabled, words_of
from crawler.spiders.letters import Link, form_link, parameter_of
from crawler.spiders.wording import listed, wording
from registry.text import clean, fold

_NUMBER = re.compile(r"^(?:page\s+(?:numero\s+)?)?(\d{1,4})(?:\s*\(?(?:page )?(?:actuelle|courante|current)\)?)?$")
_OF = re.compile(r"\bpages?\s*:?\s*(\d{1,4})\s*(?:sur|of|/|de|on)\s*(\d{1,4})\b")
MOST_GROUPS = 40
"""Blocks of a page that are looked at; more of them are no pager but a page that wants to keep a reader busy."""
LONGEST_COUNT = 120
"""Characters of a sentence that says how many entries there are, and which of them are shown."""
_SEALS = ("chash", "hash", "token", "_token", "_t", "ts")
"""Parameters that go with the others of an address and say nothing themselves."""
_ARROWS = " >›»→|<‹«←"
_Control = tuple[Element, str, int | None]
"""An element, what sort of control it is, and its number if it has one."""


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
    maybe: list[Link] = field(default_factory=list)
    """Called "next", but their address looks like no other page of this list: it counts if it shows one."""
    away: list[str] = field(default_factory=list)
    """Further pages that the page puts on another site."""
    back: list[Link] = field(default_factory=list)
    """Pages before this one: what a start page that is not the first leaves out."""

    def __bool__(self) -> bool:
        return bool(self.links or self.dead or self.maybe or self.away or self.last > 1)


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
            elif page_key(target) not in told:
                told.add(page_key(target))
                _place(page, pager, Link("next", target))
    for now, total in _OF.findall(fold(page.text)):
        if int(now) <= int(total):
            pager.current, pager.last = int(now), max(pager.last, int(total))
    _add_by_address(page, pager, told)
    _add_named_next(page, pager, told)
    if not pager:
        _add_lone_more(page, pager, names)
    counts = [element.get(name) or "" for element in page.root.iter() for name in listed("page_count_attributes")]
    pager.last = max([pager.last, *(int(count) for count in counts if re.fullmatch(r"\d{1,4}", count))])
    pager.links.sort(key=lambda link: (0, int(link.label)) if link.label.isdecimal() else (1, 0))
    return pager


def _add(page: Document, pager: Pager, told: set[str], element: Element, word: str, number: int | None) -> None:
    if number is not None:
        pager.last = max(pager.last, number)
        if _is_current(element):
            pager.current = number
            return
    if word == "back":
        _add_back(page, pager, element)
        return
    if is_disabled(element):
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
        if number is None and word == "next" and element.tag == "a":
            _place(page, pager, link)
        else:
            pager.links.append(link)


def _add_back(page: Document, pager: Pager, element: Element) -> None:
    """A link to the page before: it differs from this page by a number that this page, or that one, has."""
    url = page.anchor(element).url if element.tag == "a" else None
    if url is not None and page_key(url) != page_key(page.url) and (steps(url, page.url) or steps(page.url, url)):
        pager.back.append(Link("back", url))


def _place(page: Document, pager: Pager, link: Link) -> None:
    """Puts a link called "next" where it belongs by its address."""
    assert link.url is not None, "callers have looked"
    if not same_site(page.url, link.url):
        pager.away.append(link.url)
    else:
        (pager.links if steps(page.url, link.url) else pager.maybe).append(link)


def steps(here: str, there: str) -> bool:
    """Whether an address is another page of the same list: one parameter or one part of the path differs, and it
    holds a number."""
    if not same_site(here, there):
        return False
    here, there = without_visit(here), without_visit(there)
    path_here, path_there = (re.sub(r"^https?://[^/]+", "", url).partition("?")[0].rstrip("/") for url in (here, there))
    mine, other = parameters(here), parameters(there)
    differing = {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)}
    if path_here == path_there:
        changed = {name for name in differing if re.search(r"\d", other.get(name, ""))}
        sizes = {name for name in changed if wording("page_size_parameter").search(name)}
        onward = {name for name in changed - sizes if not sizes or other[name].strip("0")}
        return bool(onward)
    shorter = re.sub(
        r"[-_/]?(?:page|p|pg|start|offset)?[-_/]?\d{1,5}(?=(?:\.\w+)?$)", "", path_there, flags=re.IGNORECASE
    )
    plain_here = re.sub(
        r"[-_/]?(?:page|p|pg|start|offset)?[-_/]?\d{1,5}(?=(?:\.\w+)?$)", "", path_here, flags=re.IGNORECASE
    )
    return shorter in (path_here, plain_here) or shorter.rpartition(".")[0] == plain_here


def _groups(page: Document) -> list[tuple[Element, list[_Control]]]:
    """Blocks that hold page numbers or "next", each with its controls."""
    groups: dict[Element, list[_Control]] = {}
    lettered = parameter_of(page)
    for element in page.root.iter("a", "button", "option", "span", "strong", "li", "input", "em", "b", "div", "td"):
        if element.tag in ("div", "td") and not _clickable(element):
            continue
        if element.tag in ("span", "strong", "li", "em", "b", "div", "td") and (len(element) or _inside_link(element)):
            continue
        if element.tag == "input" and (element.get("type") or "text").lower() not in ("submit", "button", "image"):
            continue
        sort = _sort(element)
        if sort is None or (sort[1] is not None and _sets_only_a_size(page, element)):
            continue
        if (
            lettered
            and sort[1] is not None
            and parameters(page.anchor(element).url or "").get(lettered) == str(sort[1])
        ):
            continue  # the digit with which names begin, among letters
        container = _container(element)
        if container is not None:
            groups.setdefault(container, []).append((element, *sort))
    return [(container, controls) for container, controls in groups.items() if _is_pager(page, container, controls)]


def _sort(element: Element) -> tuple[str, int | None] | None:
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
        if one.tag in ("nav", "ul", "ol", "div", "section", "p", "form", "table") and wording("pager_class").search(
            _named(one)
        ):
            outer = one.getparent()
            wraps = outer is not None and outer.tag == "nav"
            return outer if wraps else one
    for one in ancestors[:4]:
        if one.tag in ("nav", "ul", "ol", "div", "p", "form", "section", "tr", "select", "footer", "td"):
            return one.getparent() if one.tag in ("select", "tr", "td") else one
    return ancestors[0] if ancestors else None


def _is_pager(page: Document, container: Element, controls: list[_Control]) -> bool:
    if _is_slide_show(container) or _chooses_a_size(container, controls):
        return False
    numbers = [number for _, _, number in controls if number is not None]
    if numbers and all(1990 <= number <= 2100 for number in numbers):
        return False
    if wording("pager_class").search(_named(container)):
        return True
    if any(wording("load_more").fullmatch(fold(words_of(one))) or _says_next_page(one) for one, _, _ in controls):
        return True
    if _box_of_pages(controls) or _counts_up(page, controls):
        return True
    links = [url for one, _, _ in controls if one.tag == "a" and (url := page.anchor(one).url)]
    if any(word == "next" for _, word, _ in controls):
        return not _turns_pages_of_something_else(container)
    stepping = [url for url in links if steps(page.url, url)]
    return bool(stepping) and len(stepping) * 2 >= len(links)


def _named(element: Element) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''} {element.get('aria-label') or ''}"


def _is_slide_show(container: Element) -> bool:
    return any(
        wording("slide_show_class").search(_named(one)) for one in (container, *islice(container.iterancestors(), 4))
    )


def _turns_pages_of_something_else(container: Element) -> bool:
    """Whether "next" stands in a calendar, in a side column or at the head of the page."""
    around = (container, *container.iterancestors())
    return any(one.tag in ("aside", "header") or wording("calendar_class").search(_named(one)) for one in around)


def _chooses_a_size(container: Element, controls: list[_Control]) -> bool:
    """Whether the numbers say how many entries a page shows. A block with "next" turns pages."""
    numbers = {number for _, _, number in controls if number is not None}
    if not numbers or numbers & {1, 2} or any(word in ("next", "last") for _, word, _ in controls):
        return False
    around = fold(container.text_content())[:300]
    return bool(wording("page_size").search(around)) or (len(numbers) > 1 and all(one % 5 == 0 for one in numbers))


def _sets_only_a_size(page: Document, element: Element) -> bool:
    """Whether a number's address changes nothing but how many entries a page shows."""
    url = page.anchor(element).url if element.tag == "a" else None
    here, there = parameters(page.url), parameters(url or page.url)
    changed = [name for name, value in there.items() if here.get(name) != value]
    return any(wording("page_size_parameter").search(name) for name in changed) and not steps(page.url, url or "")


def _counts_up(page: Document, controls: list[_Control]) -> bool:
    """Numbers in a row that lead nowhere by themselves: 2, 3, 4 … for a script. Footnotes lead to a place here."""
    numbered = [(one, number) for one, _, number in controls if number is not None]
    scripted = [
        number
        for one, number in numbered
        if (one.tag in ("a", "button") or _clickable(one))
        and page.anchor(one).url is None
        and not page.has_place((one.get("href") or "").lstrip("#"))
    ]
    shown = scripted if len(scripted) > 1 else [number for _, number in numbered if scripted]
    return len(shown) >= 2 and all(after - before == 1 for before, after in pairwise(shown[:3]))


def _clickable(element: Element) -> bool:
    """Whether something that is no link or button is made to be clicked by a script."""
    return bool(element.get("onclick")) or element.get("role") in ("button", "link")


def _says_next_page(element: Element) -> bool:
    return element.tag in ("a", "button") and bool(re.search(r"page.{0,3} suivante|next page", fold(words_of(element))))


def _box_of_pages(controls: list[_Control]) -> bool:
    if sum(one.tag == "option" and fold(words_of(one)).startswith("page ") for one, _, _ in controls) > 1:
        return True
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
            return Link(label, None)
        return form_link(page, form, {box.get("name"): value}, label)
    if element.tag in ("button", "input"):
        form = next(iter(element.iterancestors("form")), None)
        if form is not None and element.get("type") not in ("button", "reset") and not page.script_address(element):
            return form_link(
                page, form, {element.get("name"): element.get("value") or ""} if element.get("name") else {}, label
            )
        return Link(label, page.script_address(element), _data(element))
    return Link(label, page.script_address(element), _data(element)) if _clickable(element) else None


def _add_by_address(page: Document, pager: Pager, told: set[str]) -> None:
    """Addresses of this very page with a higher page number, whatever the link prints: an icon, "11–20", nothing."""
    here = parameters(page.url)
    place = page_key(page.url).partition("?")[0]
    for element in page.root.iter():
        if not isinstance(element.tag, str) or element.tag in ("form", "option", "link", "iframe", "script"):
            continue
        url = page.anchor(element).url if element.tag == "a" else page.script_address(element)
        if url is None or page_key(url).partition("?")[0] != place or page_key(url) in told:
            continue
        given = {name: value for name, value in parameters(url).items() if name.lower() not in _SEALS}
        changed = {name: value for name, value in given.items() if here.get(name) != value and not _is_size(name)}
        onward = [name for name, value in changed.items() if (number_of(value) or 0) > (number_of(here.get(name)) or 0)]
        if len(changed) == 1 and onward and wording("page_parameter").fullmatch(_innermost(onward[0])):
            told.add(page_key(url))
            pager.maybe.append(Link("next", url))


def _add_named_next(page: Document, pager: Pager, told: set[str]) -> None:
    """Addresses of what comes next in attributes of any block: what a script fetches when a reader comes to the end."""
    for element in page.root.iter():
        for name in listed("next_attributes") if isinstance(element.tag, str) else ():
            value = (element.get(name) or "").strip()
            target = join(page.base, value) if re.match(r"https?://|\.{0,2}/|\?|[\w-]+[/?.]", value) else None
            if target is not None and page_key(target) not in told and page_key(target) != page_key(page.url):
                told.add(page_key(target))
                if same_site(page.url, target):
                    pager.maybe.append(Link("next", target))


def _is_size(name: str) -> bool:
    return bool(wording("page_size_parameter").search(name))


def _innermost(name: str) -> str:
    """`tx_list[currentPage]` → currentpage."""
    return name.lower().rstrip("]").rpartition("[")[2]


def _add_lone_more(page: Document, pager: Pager, names: Collection[str]) -> None:
    """A single "more", behind entries of the list and not inside one, is how many pages fetch the rest."""
    found = [
        one
        for one in page.root.iter("a", "button", "input")
        if wording("more_entries").fullmatch(fold(words_of(one)))
        and not page.is_furniture(one)
        and not is_disabled(one)
        and not _opens_a_text(one)
        and not page.has_place((one.get("href") or one.get("aria-controls") or "").lstrip("#"))
    ]
    if (
        not found
        and names
        and any(wording("more_class").search(_named(one)) for one in page.root.iter("div", "ul", "nav"))
    ):
        pager.dead.append("more")
    if len(found) != 1 or not names or _entries_before(page, found[0], names) < min(len(names), 2):
        return
    link = _link(page, found[0], "more")
    if link is not None and link.url is not None:
        _place(page, pager, link)
    else:
        pager.dead.append("more")


def _opens_a_text(element: Element) -> bool:
    opens = any(element.get(name) for name in ("aria-expanded", "data-toggle", "data-bs-toggle", "data-collapse"))
    return opens or wording("opens_a_text_class").search(_named(element)) is not None


def _entries_before(page: Document, control: Element, names: Collection[str]) -> int:
    """How many texts above a control hold the name of an entry."""
    count = 0
    for element in page.root.iter():
        if element is control:
            break
        printed = fold(element.text or "") if isinstance(element.tag, str) else ""
        count += any(name in printed for name in names)
    return count


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
        element.tag in ("span", "strong", "em", "b", "li") and not _clickable(element)
    )


def _inside_link(element: Element) -> bool:
    return any(one.tag in ("a", "button", "option") for one in element.iterancestors())


def _belongs(container: Element, names: Collection[str]) -> bool:
    block = ancestor_with_more(container)
    while block.tag not in ("body", "html") and _says_only_how_many(block, container):
        block = ancestor_with_more(block)
    text = fold(clean(block.text_content()))
    return block.tag in ("body", "html") or any(name in text for name in names)


def _says_only_how_many(block: Element, container: Element) -> bool:
    """Whether all that a block prints beside its pager is a count ("Résultats 1 à 8 sur 22"): its list stands outside."""
    inside = set(container.iter())
    beside = [
        one for one in block.iter("a", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "img") if one not in inside
    ]
    more = len(clean(block.text_content())) - len(clean(container.text_content()))
    return not beside and more <= LONGEST_COUNT and bool(re.search(r"\d", block.text_content()))
