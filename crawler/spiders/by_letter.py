"""Following a letter index: every letter that is offered, the pages inside it, and what the letters together say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase

from crawler.addresses import page_key, same_site
from crawler.spiders import chains
from crawler.spiders.facets import Facet, Way, all_alike, fingerprint, shows_all
from crawler.spiders.frontier import Frontier, Walking, few
from crawler.spiders.letters import ALL, LetterIndex, Link, covers
from crawler.spiders.reading import Line, ReadPage, set_entries
from crawler.spiders.shapes import Missing
from registry.interpret import interpret_rows
from registry.models import CertificateRecord
from registry.text import fold

SORTED_BY_NAME = 0.8
"""From this share of rows under their own letter on, the index sorts by the name that is printed."""


@dataclass
class ByLetter:
    """What the letters of an index showed."""

    facets: list[Facet]
    doubts: list[str]
    open_doubts: list[str]
    """Dispelled when the list states a total and all of it is there."""


def follow(frontier: Frontier, landing: ReadPage, index: LetterIndex, ways: Sequence[Way]) -> Walking[ByLetter | None]:
    """What each letter shows, by the first way that leaves no doubt, else by the one that leaves the fewest; None when
    the start page itself shows the whole list, or when no letter shows anything (see `Frontier.open_letters`)."""
    tried: list[ByLetter] = []
    for way in ways:
        offered = index.links if way.plain else [*index.links, *index.scripted]
        facets = (yield from _every_letter(frontier, landing, offered, way)) if offered else None
        if not facets:
            continue
        if all_alike(facets) and facets[0].content == landing.content and shows_all(index, landing.lines):
            frontier.note("letters_ignored", "every letter shows the whole list; it was read once", landing)
            return None
        found = _judged(landing, facets)
        if way.plain and index.scripted and not shows_all(index, [line for one in facets for line in one.lines]):
            scripted = few([link.label for link in index.scripted])
            found.doubts.append(f"letters {scripted} can be followed only by a script")
        if not found.doubts and not found.open_doubts:
            return found
        tried.append(found)
    best = min(tried, key=lambda one: (len(one.doubts), len(one.open_doubts)), default=ByLetter([], [], []))
    if any(facet.filled for facet in best.facets):
        return best
    doubts = [*best.doubts, *best.open_doubts][:1]
    doubts = doubts or [f"the page offers letters ({few(index.labels)}) that could not be followed"]
    frontier.open_letters.append((index, doubts))
    return None


def _every_letter(
    frontier: Frontier, landing: ReadPage, offered: Sequence[Link], way: Way
) -> Walking[list[Facet] | None]:
    """One facet a letter; None when the first letter can't be asked this way, or answers something else."""
    facets: list[Facet] = []
    for number, link in enumerate(offered):
        ask = way.ask(link, "letter")
        if ask is None or not same_site(frontier.start, ask.url):
            return None
        frontier.left = len(offered) - number - 1
        page: ReadPage | Missing
        if ask.key in (landing.ask.key, page_key(landing.page.url)):
            page = landing
        elif (known := frontier.read(ask)) is not None:
            page = known
        else:
            page = yield from frontier.try_get(
                replace(ask, optional=not facets and not way.plain), chains.base_of(landing)
            )
        if isinstance(page, Missing):
            if way.post or way.view is None:
                return None
            return (yield from _every_letter(frontier, landing, offered, replace(way, post=True)))
        facets.append(
            (yield from chains.follow(frontier, Facet(link.label, [page], promised=link.count), [way.through(link)]))
        )
        if not way.plain and number == 0 and not page.filled and not page.says_empty():
            return None  # this address knows nothing of the list
    set_entries([landing, *(page for facet in facets for page in facet.pages)], frontier.seen)
    return facets


def _judged(landing: ReadPage, facets: list[Facet]) -> ByLetter:
    """What speaks against these facets being the whole list."""
    doubts = [doubt for facet in facets for doubt in facet.doubts]
    open_doubts = [doubt for facet in facets for doubt in facet.open_doubts]
    sorts = {facet.pages[0].sort for facet in facets if facet.filled}
    shown: dict[str, Facet] = {}
    filled = next((facet.pages[0].statements() for facet in facets if facet.filled), set())
    headings = _headings(facets)
    sorted_by_name = _fitting(facets) >= SORTED_BY_NAME
    for facet in facets:
        if not facet.filled:
            first = facet.pages[0]
            if facet.promised:
                doubts.append(f"{facet.name} ({first.page.url}) states {facet.promised} entries, it shows none")
            empty = first.says_empty(filled) or _shows_only(headings, first)
            if not empty or (sorts and first.sort not in sorts):
                open_doubts.append(
                    f"{facet.name} ({first.page.url}) shows no entries and does not say that it has none"
                )
            continue
        if facet.label != ALL and (other := shown.setdefault(fingerprint(facet), facet)).label != facet.label:
            doubts.append(f"{facet.name} shows the same entries as {other.name}")
        if sorted_by_name and facet.lines and not any(covers(facet.label, line.name) for line in facet.lines):
            doubts.append(f"{facet.name} ({facet.pages[0].page.url}) shows only entries of other letters")
        stated = facet.promised if facet.promised is not None else facet.declared
        if stated is not None and stated != landing.declared_total and not _agrees(stated, facet):
            doubts.append(f"{facet.name} states {stated} entries, {len(facet.lines)} were found")
    return ByLetter(facets, doubts, open_doubts)


def _headings(facets: Sequence[Facet]) -> set[str]:
    """The headings of the table that the letters with entries show, folded; none unless the whole alphabet is offered. A
    letter that shows them over no row is empty then; where only some letters are offered, each should have entries."""
    if not set(ascii_uppercase) <= {facet.label.upper() for facet in facets}:
        return set()
    pages = [facet.pages[0] for facet in facets if facet.filled]
    return {fold(heading) for heading in pages[0].fields} if pages and pages[0].reader == "table" else set()


def _shows_only(headings: set[str], page: ReadPage) -> bool:
    cells = {fold(cell.text_content()) for document in page.documents for cell in document.root.iter("th", "td")}
    return len(headings) > 1 and headings <= cells


def _fitting(facets: Sequence[Facet]) -> float:
    """The share of rows that stand under the letter with which their name begins."""
    rows = [(facet.label, line.name) for facet in facets for line in facet.lines]
    return sum(covers(label, name) for label, name in rows) / len(rows) if rows else 0.0


def _agrees(stated: int, facet: Facet) -> bool:
    """Whether a stated number fits the rows, the names or, where one row prints several, the certificates."""
    if not facet.lines or stated in facet.counts:
        return True
    records, _ = interpret_rows(facet.lines[0].row.source, [line.row for line in facet.lines])
    return stated == sum(isinstance(record, CertificateRecord) for record in records)


def combined(frontier: Frontier, whole: Facet, facets: Sequence[Facet]) -> list[Line]:
    """The rows of all letters, each letter once, and what only the start page or "all" shows."""
    lines: list[Line] = []
    taken: dict[str, Facet] = {}
    headings = _headings(facets)
    for facet in facets:
        if facet.label == ALL:
            continue
        first = taken.setdefault(fingerprint(facet), facet)
        if first is facet:
            lines += facet.lines
        elif facet.filled:
            frontier.note("letter_repeated", f"{facet.name} shows again what {first.name} shows", facet.pages[0])
        if not facet.filled and _shows_only(headings, facet.pages[0]):
            frontier.note("empty_letter", f"{facet.name} shows the list's headings and no entry", facet.pages[0])
    names = {fold(line.name) for line in lines}
    for facet in (whole, *_all_of(facets)):
        extra = [line for line in facet.lines if fold(line.name) not in names]
        if extra and lines:
            message = f"{len(extra)} entries are shown under no letter, {extra[0].name!r} first"
            frontier.note("outside_letters", message, facet.pages[0])
        names |= {fold(line.name) for line in extra}
        lines += extra
    return lines


def _all_of(facets: Iterable[Facet]) -> list[Facet]:
    return [facet for facet in facets if facet.label == ALL]
