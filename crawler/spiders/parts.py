"""What speaks for the entries of a page being only a part of its list, although no pager and no letter says so.

A choice of which only one value is shown, a headline that calls the entries the latest or an extract, a size that the
page is cut to, places for letters that are still empty. Owns telling such signs; what follows from them is the caller's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from crawler.addresses import page_key, parameters, same_site
from crawler.page import Document, Element, is_disabled, words_of
from crawler.spiders.letters import ALL, LetterIndex, Link, covers, form_link, letter_of
from crawler.spiders.reading import Line, ReadPage
from crawler.spiders.wording import listed, wording
from registry.text import clean, fold

FEWEST_ROWS = 3
"""Rows from which on it means something that all of them say the same."""
MOST_SIZES = 12
LONGEST_SIZE = 24
MOST_CHOICES = 60
"""Entries of a choice; longer boxes list countries or hosts."""
LONGEST_HEADLINE = 160
_SHOWN_OF = re.compile(r"(?<!page )\b(\d{1,5}) (?:[a-z]+ ){0,2}(?:sur|of|out of|/) (?:un total de )?(\d{1,6})\b")
_ITS_OWN = frozenset({"legal_name", "brand", "name", "number", "accreditation_number"})
_CHOOSING = ("radio", "submit", "button")
_HEADLINES = ("h1", "h2", "h3", "h4", "h5", "h6")
_SPEAKING = (*_HEADLINES, "p", "caption", "legend")


@dataclass(frozen=True, slots=True)
class _Choice:
    printed: str
    url: str | None
    current: bool
    name: str
    """The parameter in which the choices differ; empty when it is the path."""


def sentences(page: ReadPage, lines: Sequence[Line], start: str) -> list[str]:
    """Why the rows of a start page may be only a part of its list; each sentence names what the page offers."""
    found = []
    for document in page.documents:
        if choice := _one_of_a_choice(document, lines, start):
            found.append(choice)
        if total := _of_more(document, lines):
            found.append(f"the data in the page speaks of {total} entries, {len(lines)} are there")
        for said in document.lines():
            counted = _SHOWN_OF.search(fold(said)) if len(said) <= LONGEST_HEADLINE else None
            if counted and len(lines) == int(counted[1]) < int(counted[2]):
                found.append(f"the page says that it shows a part: {said!r}")
        if headline := called_a_part(document, lines):
            found.append(f"the page calls its entries a part: {headline!r}")
    return found


def empty_places(index: LetterIndex, lines: Sequence[Line]) -> list[str]:
    """Letters that lead to a place on this page where nothing stands, when they are most of them: a script fills them."""
    wanted = [label for label in index.in_page if label not in (ALL, "#")]
    names = [line.name for line in lines]
    bare = [label for label in wanted if not any(covers(label, name) for name in names)]
    return bare if len(bare) > 2 and len(bare) * 2 > len(wanted) else []


# --- a choice of which one value is shown ---


def _one_of_a_choice(page: Document, lines: Sequence[Line], start: str) -> str:
    """All entries share a value that the page offers beside others, of which no entry has any."""
    if len(lines) < FEWEST_ROWS:
        return ""
    given = parameters(start)
    for choices in (*_boxes(page), *_link_groups(page)):
        if any(one.name and one.name in given for one in choices):
            continue  # whoever gave the address chose
        offered = {one.printed for one in choices if not _is_all(one.printed)}
        everything = [one for one in choices if _is_all(one.printed)]
        if everything and (any(one.current for one in everything) or not any(one.current for one in choices)):
            continue
        for value in offered:
            others = offered - {value}
            if (
                others
                and _all_say(lines, value)
                and not any(_says(text, one) for text in _texts(lines) for one in others)
            ):
                shown = ", ".join(sorted(others)[:4])
                return f"all entries say {value!r}, which the page offers as one choice beside {shown}"
    return ""


def _texts(lines: Sequence[Line]) -> list[str]:
    return [fold(text) for line in lines for text in line.values]


def _all_say(lines: Sequence[Line], value: str) -> bool:
    """Whether one field holds the value in every row; names and numbers are no choices, and "HDS" is said of all."""
    fields = {name for line in lines for name in line.row.cells} - _ITS_OWN if value != "hds" else set()
    return any(
        all((cell := line.row.cells.get(name)) is not None and _says(fold(cell.text), value) for line in lines)
        for name in fields
    )


def _says(text: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def _is_all(printed: str) -> bool:
    return not printed or letter_of(printed) == (ALL, None) or wording("no_choice").search(printed) is not None


def _boxes(page: Document) -> list[list[_Choice]]:
    """List boxes, round buttons and buttons by which a visitor narrows the list."""
    found: dict[object, list[_Choice]] = {}
    for element in page.root.iter("option", "input", "button"):
        box = next(iter(element.iterancestors("select")), element)
        if not box.get("name") or (element.tag == "input" and (element.get("type") or "").lower() not in _CHOOSING):
            continue
        printed = fold(words_of(element) if element.tag != "input" else element.get("value") or "")
        marked = element.get("selected") is not None or element.get("checked") is not None
        place = box if element.tag == "option" else (element.tag, box.get("name"))
        choice = _Choice(printed if element.get("value") != "" else "", None, marked, box.get("name"))
        found.setdefault(place, []).append(choice)
    for place, choices in found.items():
        if not isinstance(place, tuple) and not any(one.current for one in choices):
            choices[0] = replace(choices[0], current=True)  # a list box shows its first option
    return [choices for choices in found.values() if len(choices) <= MOST_CHOICES]


def _link_groups(page: Document) -> list[list[_Choice]]:
    """Links that stand together and whose addresses differ in one parameter, or in the last part of the path."""
    groups: dict[Element, list[_Choice]] = {}
    for anchor in page.anchors:
        element = anchor.element
        if page.is_furniture(element) and not _in_own_nav(element):
            continue
        if any(one.tag in ("table", "article") for one in element.iterancestors()) or len(anchor.text) > 60:
            continue
        container = next(
            (one for one in element.iterancestors() if one.tag in ("ul", "ol", "nav", "p", "div", "form")), None
        )
        if container is None or (anchor.url is not None and not same_site(page.url, anchor.url)):
            continue
        current = anchor.url is None or page_key(anchor.url) == page_key(page.url) or _is_marked(element)
        name = _differing(page.url, anchor.url) if anchor.url else ""
        if name is not None and not is_disabled(element):
            groups.setdefault(container, []).append(_Choice(fold(anchor.text), anchor.url, current, name))
    for container, group in groups.items():
        if wording("no_choice").search(_beside_links(container)):
            group.append(_Choice("", None, True, ""))
    together = [*groups.values(), *_by_parameter(list(groups.values()))]
    return [group for group in together if 2 <= len(group) <= MOST_CHOICES and any(one.url for one in group)]


def _by_parameter(groups: Sequence[list[_Choice]]) -> list[list[_Choice]]:
    """Choices of one parameter that stand each in a box of its own, with what shows everything."""
    merged: dict[str, list[_Choice]] = {}
    for group in groups:
        for name in {one.name for one in group if one.name}:
            merged.setdefault(name, []).extend(group)
    everything = [one for group in groups for one in group if one.current and _is_all(one.printed)]
    return [[*choices, *everything] for choices in merged.values()]


def _beside_links(container: Element) -> str:
    """What a block prints that is no link, folded: its current choice, most often."""
    texts = [container.text or ""]
    for one in container.iter():
        linked = one.tag == "a" or any(up.tag == "a" for up in one.iterancestors("a"))
        texts += [one.text or ""] if one is not container and not linked and isinstance(one.tag, str) else []
        texts += [one.tail or ""] if one is not container and (one.tag == "a" or not linked) else []
    return fold(clean(" ".join(texts)))


def _in_own_nav(element: Element) -> bool:
    """A `<nav>` inside the page's main part turns or narrows its list."""
    around = [one.tag for one in element.iterancestors()]
    return "main" in around and "header" not in around and "footer" not in around and "aside" not in around


def _is_marked(element: Element) -> bool:
    near = [element, *islice(element.iterancestors(), 1)]
    classes = {word for one in near for word in (one.get("class") or "").lower().split()}
    return bool(classes & {"active", "is-active", "current", "selected"}) or element.get("aria-current") is not None


def _differing(here: str, there: str) -> str | None:
    """The one parameter in which an address differs from this page's; empty for the path's last part; None for more."""
    mine, other = parameters(here), parameters(there)
    path_here, path_there = (page_key(url).partition("?")[0].rstrip("/") for url in (here, there))
    names = [name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)]
    if path_here == path_there:
        return names[0] if len(names) == 1 else "" if not names else None
    under = path_there.rpartition("/")[0]
    return "" if under in (path_here, path_here.rpartition("/")[0]) and not names else None


# --- data in the page that is one page of more ---


def _of_more(page: Document, lines: Sequence[Line]) -> int:
    """The total beside a list, in the JSON of a script, that is as long as the entries and shorter than that; else 0."""
    shown = {len(lines), len({fold(line.name) for line in lines})}
    waiting: list[object] = []
    for script in page.root.iter("script"):
        if "json" in (script.get("type") or ""):
            with suppress(ValueError, RecursionError):
                waiting.append(json.loads(script.text or ""))
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            totals = [
                one
                for key, one in value.items()
                if re.sub(r"[^a-z0-9]", "", fold(key)) in listed("json_total") and type(one) is int and one > max(shown)
            ]
            if totals and any(isinstance(one, list) and len(one) in shown for one in value.values()):
                return max(totals)
            waiting += value.values()
    return 0


# --- a headline that calls the entries a part ---


def called_a_part(page: Document, lines: Sequence[Line]) -> str:
    """The headline or sentence that calls the entries the first, the latest or an extract; empty unless every entry
    stands below it, and nowhere else."""
    names = {fold(line.name) for line in lines if line.name}
    below: set[str] = set()
    said = ""
    for element in page.body.iter():
        if not isinstance(element.tag, str) or page.is_furniture(element):
            continue
        printed = fold(clean(element.text_content())) if element.tag in _SPEAKING or not len(element) else ""
        if printed in names:
            if not said:
                return ""
            below.add(printed)
        elif element.tag in _SPEAKING:
            part = len(printed) <= LONGEST_HEADLINE and wording("a_part").search(printed) is not None
            said = printed if part else "" if element.tag in _HEADLINES else said
    return said if names and below == names else ""


# --- a size that the page is cut to ---

WHOLE = 0
"""The size of a page that shows all."""


def sizes(page: Document) -> list[tuple[int, Link | None]]:
    """How many entries a page can be made to show, WHOLE for all, and the way to ask for it (None: only a script could):
    the sizes of one control."""
    for box in page.root.iter("select"):
        options = list(islice(box.iter("option"), MOST_SIZES + 1))
        offered = [one for one in map(_size, options) if one is not None]
        if 2 <= len(options) <= MOST_SIZES and len(offered) == len(options) and _chooses_sizes(page, box, offered):
            form, name = next(iter(box.iterancestors("form")), None), box.get("name")
            return [
                (
                    size,
                    form_link(page, form, {name: one.get("value") or words_of(one)}, "size")
                    if form is not None and name
                    else None,
                )
                for one, size in zip(options, offered, strict=True)
            ]
    found: dict[int, Link | None] = {}
    for anchor in page.anchors:
        here, there = parameters(page.url), parameters(anchor.url or page.url)
        changed = [name for name in there if here.get(name) != there[name]]
        size = _size(anchor.element) if len(changed) == 1 else None
        if size is not None and anchor.url and wording("page_size_parameter").search(changed[0]):
            found.setdefault(size, Link("size", anchor.url))
    return list(found.items())


def _size(element: Element) -> int | None:
    """The number of entries that a control stands for, WHOLE for all; None when it is no size."""
    printed = fold(words_of(element))
    found = re.match(r"\d{1,5}\b", printed) if len(printed) <= LONGEST_SIZE else None
    if found:
        return int(found.group()) or None
    return (
        WHOLE
        if letter_of(printed) == (ALL, None) or printed in ("tout afficher", "afficher tout", "show all")
        else None
    )


def _chooses_sizes(page: Document, box: Element, offered: Sequence[int]) -> bool:
    """Whether a list box of numbers says that they are sizes; round ones that are no page numbers do too."""
    numbers = [one for one in offered if one]
    said = fold(f"{box.get('name') or ''} {box.get('id') or ''} {box.get('aria-label') or ''} {_label_of(page, box)}")
    spoken = wording("page_size").search(said) or wording("page_size_parameter").search(fold(box.get("name") or ""))
    return bool(numbers) and (bool(spoken) or all(one % 5 == 0 for one in numbers))


def _label_of(page: Document, box: Element) -> str:
    around = next(iter(box.iterancestors("label")), None)
    if around is None and box.get("id"):
        around = next((one for one in page.root.iter("label") if one.get("for") == box.get("id")), None)
    return "" if around is None else clean(around.text_content())[:200]
