"""Pages of single hosts: which links lead to them, and how what they say joins what the list says.

Owns finding and joining; which values a page holds is for `crawler.readers`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol, TypeVar

from crawler.addresses import join, page_key, same_site
from crawler.page import Document, Element
from crawler.spiders.letters import letter_of
from crawler.spiders.offers import kind_of
from crawler.spiders.wording import wording
from registry.models import RawCell, RawRow
from registry.text import clean, fold, normalise_name

NAME_FIELDS = {"hosts": ("legal_name", "brand"), "certifiers": ("name",)}
WANTED = {
    "hosts": ("activities", "expires_on", "issued_on", "number", "certifier", "referential"),
    "certifiers": ("accreditation_number", "accredited_on"),
}
"""What a list ought to say of each entry. When it leaves one of these out and has a page for each entry, those pages
are read too."""

LARGEST_CARD = 150
"""Elements of a card; a larger block holds several."""
_ROW_ATTRIBUTES = ("data-href", "data-url", "data-link", "data-target-url")


class Named(Protocol):
    """Anything that carries a printed name; reading's `Line` is."""

    @property
    def name(self) -> str: ...

    @property
    def values(self) -> list[str]: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list that only links to a page of its own: its printed name and the link."""

    name: str
    url: str
    element: Element
    shape: str
    """Which kind of place it stands in; entries of one list share it."""


def is_wanting(source: str, rows: Iterable[RawRow]) -> bool:
    """Whether the rows leave out something that pages of single entries may say."""
    said: set[str] = set()
    for row in rows:
        said.update(name for name, cell in row.cells.items() if clean(cell.text))
    if any(name.startswith("activity_") for name in said) or "scope" in said:
        said.add("activities")
    return any(name not in said for name in WANTED[source])


def name_of(row: RawRow) -> str:
    """The printed name of a row's host or body, cleaned; empty when the row has none."""
    for field in NAME_FIELDS[row.source]:
        if (cell := row.cells.get(field)) is not None and clean(cell.text):
            return clean(cell.text)
    return ""


def links(page: Document, rows: Sequence[RawRow], listed: Collection[str]) -> dict[int, str]:
    """Index of a row on this page → address of the page of its host. `listed` are keys of pages known to be lists.

    A link counts when it is the name itself, a card around the name, a "more" link or row address beside it, or the
    number of the certificate."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if name := name_of(row):
            places[fold(name)].append(index)
    found: dict[int, str] = {}
    for index, row in enumerate(rows):
        cell = next((row.cells[f] for f in NAME_FIELDS[row.source] if f in row.cells), None)
        if cell is not None and cell.href and _may_be_detail(page, cell.href, listed):
            found[index] = cell.href
    numbers: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if number := _number(row):
            numbers[number].append(index)
    for element, url, words in _candidates(page, listed):
        for index in _rows_beside(element, words, places) or numbers.get(fold(words), []):
            found.setdefault(index, url)
    if len(found) > 1 and len(set(found.values())) == 1 and len({name_of(rows[i]) for i in found}) > 1:
        return {}  # one page for all of them: help, a legend, the référentiel
    return found


def _may_be_detail(page: Document, url: str, listed: Collection[str]) -> bool:
    return (
        same_site(page.url, url)
        and kind_of(url) is None
        and page_key(url) not in listed
        and page_key(url) != page_key(page.url)
    )


def _candidates(page: Document, listed: Collection[str]) -> list[tuple[Element, str, str]]:
    found = []
    for anchor in page.anchors:
        if anchor.url and _may_be_detail(page, anchor.url, listed) and not page.is_furniture(anchor.element):
            found.append((anchor.element, anchor.url, anchor.text))
    for element in page.root.iter("tr", "li", "article", "div", "section"):
        for name in _ROW_ATTRIBUTES:
            url = join(page.base, element.get(name) or "") if element.get(name) else None
            if url and _may_be_detail(page, url, listed):
                found.append((element, url, clean(element.text_content())))
    return found


def _rows_beside(element: Element, words: str, places: Mapping[str, list[int]]) -> list[int]:
    text = fold(words)
    if text in places:
        return places[text]
    around = [name for name in places if name and name in text]
    if around:  # a card or row: the longest of the names in it, so that "OVH" does not take "OVH Santé"
        longest = max(around, key=len)
        return places[longest] if all(name in longest for name in around) else []
    if not wording("more").fullmatch(text):
        return []
    for ancestor in islice(element.iterancestors(), 7):
        block = fold(ancestor.text_content())
        inside = [name for name in places if name and name in block]
        if inside:
            longest = max(inside, key=len)
            return places[longest] if all(name in longest for name in inside) else []
    return []


def entries(page: Document, listed: Collection[str]) -> list[Entry]:
    """Links in the page's own part that could each lead to the page of one host. Which of them are a list shows only
    when the pages of one kind are seen together (`choose`)."""
    found = []
    for anchor in page.anchors:
        if not anchor.url or not _may_be_detail(page, anchor.url, listed) or page.is_furniture(anchor.element):
            continue
        words = _headline(anchor.element) or clean(anchor.text)
        if (
            len(words) < 2
            or len(words) > 200
            or letter_of(words)
            or words.isdigit()
            or wording("more").fullmatch(fold(words))
        ):
            continue
        found.append(Entry(words, anchor.url, anchor.element, _shape(anchor.element, anchor.url)))
    return found


def _headline(element: Element) -> str:
    """The headline of the card that a link makes up or stands in; empty when it stands in none."""
    for one in [element, *islice(element.iterancestors(), 4)]:
        parts = list(islice(one.iter(), LARGEST_CARD))
        if one.tag in ("body", "main", "table") or len(parts) == LARGEST_CARD:
            return ""
        found = [clean(part.text_content()) for part in parts if part.tag in ("h2", "h3", "h4", "h5", "h6")]
        if found:
            return found[0] if len(found) == 1 and one.tag in ("a", "article", "li", "div", "tr", "td") else ""
    return ""


def choose(pages: Sequence[Sequence[Entry]]) -> list[list[Entry]]:
    """Of the links of several pages of one list, those that are its entries, page by page: the kind of place with the
    most distinct addresses, leaving out what stands the same on every page. Empty when nothing looks like a list."""
    everywhere: set[str] = set()
    filled = [{entry.url for entry in page} for page in pages if page]
    if len(filled) > 1:
        everywhere = set.intersection(*filled)
    by_shape: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        for entry in page:
            if entry.url not in everywhere:
                by_shape[entry.shape].add(entry.url)
    if not by_shape:
        return []
    best = max(by_shape, key=lambda shape: (len(by_shape[shape]), shape))
    if len(by_shape[best]) < 2:
        return []
    return [[entry for entry in page if entry.shape == best and entry.url not in everywhere] for page in pages]


def _shape(element: Element, url: str) -> str:
    """Tags and classes around a link, and the folder of its address without numbers (/jcms/pc_512/fr/acme): alike for
    all entries of one list."""
    around = []
    for one in [element, *islice(element.iterancestors(), 4)]:
        classes = [
            word for word in (one.get("class") or "").split() if not re.search(r"\d|odd|even|first|last|active", word)
        ]
        around.append(f"{one.tag}.{'.'.join(classes)}")
    path = url.partition("//")[2].partition("/")[2].partition("?")[0]
    return " < ".join(around) + " @ " + re.sub(r"\d+", "*", path.rpartition("/")[0])


def _locator(element: Element) -> str:
    return str(element.getroottree().getpath(element))


def pseudo_row(source: str, entry: Entry, sha256: str, url: str) -> RawRow:
    """A row that says nothing but the name under which a list links to a page."""
    field = NAME_FIELDS[source][0]
    locator = _locator(entry.element)
    cell = RawCell(entry.name, locator, "", entry.url)
    return RawRow("hosts" if source == "hosts" else "certifiers", sha256, url, locator, {field: cell})


def matching(
    lines: Sequence[N], names: Collection[str], headlines: Collection[str] = (), everybody: Collection[str] = ()
) -> list[N]:
    """What a host's own page says about that host, leaving out others it mentions ("see also").

    A page may print another name, the company behind a brand; then its headline (or another of its values) must bear
    the name by which the list knows the host, lest another host's page be taken for it. The name of another entry of the
    list (`everybody`) is never another name of this one."""
    wanted = {normalise_name(name) for name in names}
    own = [line for line in lines if not line.name or normalise_name(line.name) in wanted]
    if own:
        return own
    said = {normalise_name(text) for text in headlines} | {
        normalise_name(text) for line in lines for text in line.values
    }
    printed = {normalise_name(line.name) for line in lines}
    others = {normalise_name(name) for name in everybody} - wanted
    return list(lines) if len(printed) == 1 and wanted & said and not printed & others else []


def merge(listed: Sequence[RawRow], detail: Sequence[RawRow]) -> list[RawRow]:
    """What a list says in one or several rows about a host, joined with the rows of the host's own page.

    A host's own page wins where both speak; each value keeps the proof of the page that printed it."""
    if not detail:
        return list(listed)
    if len(listed) == 1:
        return [_joined(listed[0], row) for row in detail]
    by_number = {number: row for row in listed if (number := _number(row))}
    if by_number and all(_number(row) in by_number for row in detail) and len(detail) == len(listed):
        return [_joined(by_number[_number(row)], row) for row in detail]
    if len(detail) == 1:
        single = detail[0]
        if not _number(single) or len({_number(row) for row in listed}) > 1:
            general = {name: cell for name, cell in single.cells.items() if name in _GENERAL}
            return [_joined(row, replace(single, cells=general), base=row) for row in listed]
    return [_joined(_same_certificate(row, listed), row) for row in detail]


_GENERAL = frozenset({"legal_name", "brand", "siren", "country", "website", "name"})
"""What is said of a host and not of one certificate."""


def _same_certificate(row: RawRow, listed: Sequence[RawRow]) -> RawRow:
    same = [one for one in listed if _number(one) and _number(one) == _number(row)]
    if same:
        return same[0]
    first = listed[0]
    return replace(first, cells={name: cell for name, cell in first.cells.items() if name in _GENERAL}, unread={})


def _number(row: RawRow) -> str:
    cell = row.cells.get("number") or row.cells.get("accreditation_number")
    return fold(cell.text) if cell is not None else ""


def _joined(from_list: RawRow, from_detail: RawRow, *, base: RawRow | None = None) -> RawRow:
    """One row out of two. It stands where the host's own page prints it, unless `base` says otherwise."""
    stands = base or from_detail
    cells: dict[str, RawCell] = {}
    for row in (from_list, from_detail):
        for name, cell in row.cells.items():
            spoken = clean(cell.text) or cell.href
            if name not in cells or spoken:
                if row is from_detail and name in NAME_FIELDS[row.source] and name in cells and not cell.heading:
                    continue  # a headline repeats the list's name; a labelled name is more exact
                foreign = row.sha256 != stands.sha256
                cells[name] = replace(cell, sha256=cell.sha256 or row.sha256) if foreign else cell
    unread = {**from_list.unread, **from_detail.unread}
    return replace(stands, cells=cells, unread=unread)
