"""Letter indexes: A–Z, 0-9, #, ranges and "all", as links, list boxes or buttons.

Finds what the page offers and how it can be asked for. Letters that the page shows but does not offer (no host begins
with them) are told apart from letters that a script would fetch.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from string import ascii_uppercase
from urllib.parse import urlencode

from crawler.addresses import join, parameters, with_parameters
from crawler.page import Document, Element, is_disabled, words_of
from crawler.spiders.wording import wording
from registry.text import clean, fold

ALL = "*"
"""The label of "all", "tous", "toutes"."""

FEWEST_LETTERS = 4
"""Links from which on what they have in common is how letters are asked for."""
MOST_OTHERS = 6
"""More links among the letters than these are no further letters."""
_COUNTED = re.compile(r"^(.*?)\s*[\(\[:]\s*(\d{1,5})\s*[\)\]]?\s*$")
_SPOKEN = re.compile(r"^(lettre|letter|initiale?|index)\s+", re.IGNORECASE)
_RANGE = re.compile(r"^([a-z])\s*(?:-|a|to|\.\.|…|/)\s*([a-z])$")
_CONTROLS = ("a", "button", "option", "input", "span", "li", "strong", "b", "em", "td", "div", "label")


@dataclass(frozen=True, slots=True)
class Link:
    """One thing the page offers to follow. Without `url` only a script could follow it: `parameters` is then what its
    attributes say that the script would send."""

    label: str
    url: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    form: str = ""
    count: int | None = None
    """How many entries the label promises: `S (39)`."""
    printed: str = ""
    """The letter as the page prints it; an address with a gap for the letter is filled with it."""


@dataclass
class LetterIndex:
    """What a page offers by letter."""

    links: list[Link] = field(default_factory=list)
    """Can be followed as they stand."""
    scripted: list[Link] = field(default_factory=list)
    """Only a script could follow them."""
    in_page: list[str] = field(default_factory=list)
    """Lead to a place on the same page."""
    plain: list[str] = field(default_factory=list)
    """Shown without being offered: the current letter, or one without entries."""

    def __bool__(self) -> bool:
        return bool(self.links or self.scripted)

    @property
    def labels(self) -> list[str]:
        return [link.label for link in (*self.links, *self.scripted)]


def letter_of(printed: str) -> tuple[str, int | None] | None:
    """The label that a text stands for in a letter index, folded, with the count beside it; None if it is no such."""
    text = _SPOKEN.sub("", clean(printed))
    count = None
    if found := _COUNTED.match(text):
        text, count = found.group(1), int(found.group(2))
    word = fold(text).replace("–", "-").replace("—", "-").strip("[]() .")
    if fold(text) == "#":
        word = "#"
    if len(word) == 1 and word.isalpha() and word.isascii():
        return word, count
    if wording("letter_others").fullmatch(word):
        return "#", count
    if wording("letter_all").fullmatch(word):
        return ALL, count
    if found := _RANGE.match(word):
        return (f"{found.group(1)}-{found.group(2)}", count) if found.group(1) < found.group(2) else None
    if 2 <= len(word) <= 5 and text.isupper() and word.isascii() and word.isalpha() and _consecutive(word):
        return f"{word[0]}-{word[-1]}", count
    return None


def covers(label: str, name: str) -> bool:
    """Whether a name belongs under a label of the index."""
    first = fold(name).lstrip(" '\"«(’-.")[:1]
    if label == ALL:
        return True
    if label == "#":
        return not (first.isalpha() and first.isascii())
    if len(label) == 1:
        return first == label
    return label[0] <= first <= label[-1]


def whole_alphabet() -> LetterIndex:
    """The index of a page that shows none, for addresses that want a letter."""
    return LetterIndex(
        scripted=[Link(one.lower(), printed=one) for one in ascii_uppercase] + [Link("#", printed="0-9")]
    )


def find(page: Document) -> LetterIndex:
    """The page's letter index; an empty one when there is none."""
    groups = _groups(page)
    best = LetterIndex()
    for container, controls in groups:
        index = _read_group(page, controls)
        index.links += _built_alike(page, container, index)
        if (len(index.links), len(index.scripted), len(index.in_page)) > (
            len(best.links), len(best.scripted), len(best.in_page),
        ):  # fmt: skip
            best = index
    return best


def parameter_of(page: Document) -> str:
    """The parameter in which links that print a single letter carry it; empty when fewer than four do."""
    carried = Counter(
        name
        for anchor in page.anchors
        if anchor.url and len(anchor.text) == 1 and anchor.text.isalpha()
        for name, value in parameters(anchor.url).items()
        if fold(value) == fold(anchor.text)
    )
    name, count = next(iter(carried.most_common(1)), ("", 0))
    return name if count >= FEWEST_LETTERS else ""


def _built_alike(page: Document, container: Element, index: LetterIndex) -> list[Link]:
    """Links among the letters that go where letters go, but print something else: "divers", "0 à 9 (chiffres)"."""
    known = {link.url for link in index.links}
    shapes = [_shape(link.url) for link in index.links if link.url and link.method == "GET"]
    if len(shapes) < 4 or len(set(shapes)) > 1:
        return []
    anchors = (page.anchor(one) for one in container.iter("a"))
    found = dict.fromkeys(
        one.url for one in anchors if one.url and one.url not in known and _shape(one.url) == shapes[0]
    )
    return [Link("#", url) for url in found] if len(found) <= MOST_OTHERS else []


def _shape(url: str) -> tuple[str, tuple[str, ...]]:
    """What the addresses of letters have in common: the path, up to its last part if that is the letter, and the names
    of filled parameters."""
    given = tuple(sorted(name for name, value in parameters(url).items() if value))
    path = url.partition("?")[0]
    return (path if given else path.rstrip("/").rpartition("/")[0], given)


def _groups(page: Document) -> list[tuple[Element, list[tuple[Element, str, int | None]]]]:
    """Controls that stand together and print letters."""
    found: list[tuple[Element, str, int | None]] = []
    for element in page.root.iter(*_CONTROLS):
        if element.tag in ("span", "li", "strong", "b", "em", "td", "div", "label") and len(element):
            continue  # a wrapper: its content is met by itself
        if element.tag in ("span", "strong", "b", "em") and _inside_control(element):
            continue
        printed = words_of(element)
        label = letter_of(printed) if len(printed) <= 24 else None
        if label or (label := _first_letter(element, printed)):
            found.append((element, *label))
    groups: list[tuple[Element, list[tuple[Element, str, int | None]]]] = []
    taken: set[Element] = set()
    for element, _, _ in found:
        if element in taken:
            continue
        for ancestor in element.iterancestors():
            members = [entry for entry in found if entry[0] not in taken and _within(entry[0], ancestor)]
            if len({label for _, label, _ in members}) >= 2 or ancestor.tag == "body":
                # one level more, as long as it brings more letters: letters may come in rows
                wider = ancestor.getparent()
                if wider is not None and wider.tag not in ("body", "html", "main", "form"):
                    more = [entry for entry in found if entry[0] not in taken and _within(entry[0], wider)]
                    if len(more) > len(members) and len({entry[1] for entry in more}) > len({m[1] for m in members}):
                        ancestor, members = wider, more
                taken.update(entry[0] for entry in members)
                groups.append((ancestor, members))
                break
    return [(container, members) for container, members in groups if _is_index(container, members)]


def _first_letter(element: Element, printed: str) -> tuple[str, int | None] | None:
    """A letter with words behind it for those who do not see the page: `A : voir les hébergeurs`."""
    if element.tag != "a" or not 2 < len(printed) <= 80 or not re.match(r"\w\W", printed):
        return None
    label = letter_of(printed[0])
    return label if label and _names_itself(label[0], element.get("href") or "") else None


def _inside_control(element: Element) -> bool:
    return any(one.tag in ("a", "button", "option", "label") for one in element.iterancestors())


def _within(element: Element, ancestor: Element) -> bool:
    return any(one is ancestor for one in element.iterancestors())


def _is_index(container: Element, members: list[tuple[Element, str, int | None]]) -> bool:
    """Three letters make an index; two do when their addresses or surroundings speak of letters."""
    offered = [
        entry for entry in members
        if entry[0].tag in ("a", "button", "option", "input") or _data(entry[0]) or entry[0].get("onclick")
    ]  # fmt: skip
    letters = {label for _, label, _ in members} - {ALL}
    if not offered or len(letters) < 2:
        return False
    if container.tag == "tr" or any(one.tag == "tr" for one, _, _ in members):
        return False
    if len(letters) >= 4:
        return True
    spoken = " ".join(
        f"{one.get('class') or ''} {one.get('id') or ''} {one.get('aria-label') or ''} {one.get('name') or ''}"
        for one in (container, *islice(container.iterancestors(), 2))
    )
    if wording("letter_class").search(spoken):
        return True
    links = [(label, one.get("href") or "") for one, label, _ in offered if one.tag == "a"]
    return len(links) >= 1 and all(_names_itself(label, href) for label, href in links if label not in ("#", ALL))


def _names_itself(label: str, href: str) -> bool:
    """Whether an address ends in its letter: `?lettre=A`, `/liste/a`, `#lettre-a`."""
    return bool(re.search(rf"(?:[=/#_-]|^){re.escape(label)}(?:$|[&/#.])", fold(href)))


def _read_group(page: Document, members: list[tuple[Element, str, int | None]]) -> LetterIndex:
    index = LetterIndex()
    told: set[str] = set()
    dangling: list[Link] = []
    for element, label, count in members:
        link = _link(page, element, label, count)
        if link is None or (link.url is None and not link.parameters and _shows_in_page(page, element)):
            if link is not None and _shows_in_page(page, element):
                index.in_page.append(label)
            else:
                index.plain.append(label)
            continue
        key = f"{link.url} {link.form}" if link.url else repr(link.parameters) or label
        if key in told and (link.url or link.parameters):
            continue
        told.add(key)
        printed = _SPOKEN.sub("", words_of(element)).partition(" (")[0].strip()
        printed = printed if letter_of(printed) else printed[:1]
        if link.url is None and not link.parameters and (element.get("href") or "").startswith("#"):
            dangling.append(replace(link, printed=printed))
        (index.links if link.url else index.scripted).append(replace(link, printed=printed))
    if len(dangling) < len(index.in_page) and len(dangling) == len(index.scripted) and not index.links:
        # the others lead to places on this page: letters without a place are those without entries
        index.scripted = []
        index.plain += [link.label for link in dangling]
    return index


def _link(page: Document, element: Element, label: str, count: int | None) -> Link | None:
    """How a control can be followed; None when it is not offered at all."""
    if is_disabled(element):
        return None
    if element.tag != "a" and (address := page.script_address(element)):
        return Link(label, address, count=count)
    if element.tag == "a":
        anchor = page.anchor(element)
        if anchor.url:
            return Link(label, anchor.url, count=count)
        if element.get("aria-current") or not (anchor.href or _data(element) or element.get("onclick")):
            return None
        return Link(label, None, _data(element), count=count)
    if element.tag in ("option", "button", "input"):
        return _form_link(page, element, label, count)
    return Link(label, None, _data(element), count=count) if _data(element) else None


def _form_link(page: Document, element: Element, label: str, count: int | None) -> Link | None:
    if element.tag == "input" and (element.get("type") or "").lower() not in ("submit", "button", "radio"):
        return None
    box = next((one for one in element.iterancestors() if one.tag == "select"), element)
    name, value = box.get("name"), element.get("value")
    if value is None:
        value = words_of(element)
    if element.tag == "option" and value and re.match(r"https?://|/|\?", value):
        return Link(label, join(page.base, value), count=count)
    form = next((one for one in element.iterancestors() if one.tag == "form"), None)
    if not name:
        return Link(label, None, _data(element), count=count)
    if form is None or (element.tag == "button" and element.get("type") == "button"):
        return Link(label, None, ((name, value), *_data(element)), count=count)
    return form_link(page, form, {name: value}, label, count)


def form_link(
    page: Document, form: Element, chosen: dict[str, str], label: str, count: int | None = None
) -> Link | None:
    """What submitting a form with these values asks for. Forms that log in or write something are left alone."""
    fields: dict[str, str] = {}
    for one in form.iter("input", "select"):
        kind = (one.get("type") or "text").lower()
        if kind in ("password", "file", "email"):
            return None
        if one.get("name") and one.tag == "input" and kind in ("hidden", "text", "search"):
            fields[one.get("name")] = one.get("value") or ""
        elif one.get("name") and one.tag == "select":
            selected = one.find(".//option[@selected]")
            fields[one.get("name")] = "" if selected is None else selected.get("value") or ""
    fields = {name: value for name, value in fields.items() if value} | chosen
    action = join(page.base, form.get("action") or "")
    if action is None:
        return None
    if (form.get("method") or "get").lower() == "post":
        return Link(label, action, tuple(fields.items()), "POST", urlencode(fields), count)
    kept = {name: value for name, value in parameters(action).items() if name not in fields}
    return Link(label, with_parameters(action.partition("?")[0], kept | fields), tuple(fields.items()), count=count)


def _data(element: Element) -> tuple[tuple[str, str], ...]:
    """What a control's `data-` attributes would have a script send: `data-letter="A"` → letter=A."""
    pairs = []
    for name, value in element.attrib.items():
        short = name.removeprefix("data-")
        if name.startswith("data-") and value and len(value) <= 12 and letter_of(value):
            pairs.append((short if short not in ("value", "key", "filter") else "letter", value))
    return tuple(pairs)


def _shows_in_page(page: Document, element: Element) -> bool:
    """Whether a control leads to a place on the same page."""
    for name in ("href", "aria-controls", "data-target", "data-bs-target"):
        target = (element.get(name) or "").lstrip("#")
        points = (element.get(name) or "").startswith("#" if name != "aria-controls" else "")
        if target and points and page.has_place(target):
            return True
    return False


def _consecutive(word: str) -> bool:
    return all(ord(after) - ord(before) == 1 for before, after in pairwise(word))
