"""Following a letter index: every letter that is offered, the pages inside it, and what the letters together say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from crawler.spiders import chains
from crawler.spiders.addresses import page_key, same_site
from crawler.spiders.facets import Facet, Way, all_alike, fingerprint, shows_all
from crawler.spiders.frontier import Frontier, Walking, few
from crawler.spiders.letters import ALL, LetterIndex, Link
from crawler.spiders.reading import Line, ReadPage, set_entries
from crawler.spiders.shapes import Missing
from registry.interpret import interpret_rows
from registry.models import CertificateRecord
from registry.text import fold


def follow(
    frontier: Frontier, landing: ReadPage, index: LetterIndex, ways: Sequence[Way]
) -> Walking[list[Facet] | None]:
    """A facet for each letter, by the first way that leaves no doubt; None when the start page itself shows the whole
    list, or when no way is one (which is then a doubt)."""
    tried: list[tuple[list[str], list[Facet]]] = []
    for way in ways:
        offered = index.links if way.plain else [*index.links, *index.scripted]
        facets = (yield from _every_letter(frontier, landing, offered, way)) if offered else None
        if not facets:
            continue
        if all_alike(facets) and facets[0].content == landing.content and shows_all(index, landing.lines):
            frontier.note("letters_ignored", "every letter shows the whole list; it was read once", landing)
            return None
        doubts = _doubts(landing, facets)
        if way.plain and index.scripted and not shows_all(index, [line for one in facets for line in one.lines]):
            doubts.append(f"letters {few([link.label for link in index.scripted])} can be followed only by a script")
        if not doubts:
            return facets
        tried.append((doubts, facets))
    doubts, facets = min(tried, key=lambda attempt: len(attempt[0]), default=([], []))
    if any(facet.filled for facet in facets):
        frontier.doubt(*doubts)
        return facets
    doubts = doubts[:1] or [f"the page offers letters ({few(index.labels)}) that could not be followed"]
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
        elif ask.key in frontier.seen:
            continue
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


def _doubts(landing: ReadPage, facets: Sequence[Facet]) -> list[str]:
    """What speaks against these facets being the whole list."""
    doubts = [doubt for facet in facets for doubt in facet.doubts]
    shown: dict[str, Facet] = {}
    filled = next((facet.pages[0].statements() for facet in facets if facet.filled), set())
    for facet in facets:
        if not facet.filled:
            if not any(page.says_empty(filled) for page in facet.pages):
                doubts.append(
                    f"{facet.name} ({facet.pages[0].page.url}) shows no entries and does not say that it has none"
                )
            continue
        if facet.label != ALL and (other := shown.setdefault(fingerprint(facet), facet)).label != facet.label:
            doubts.append(f"{facet.name} shows the same entries as {other.name}")
        stated = facet.promised if facet.promised is not None else facet.declared
        if stated is not None and stated != landing.declared_total and not _agrees(stated, facet):
            doubts.append(f"{facet.name} states {stated} entries, {len(facet.lines)} were found")
    return doubts


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
    for facet in facets:
        if facet.label == ALL:
            continue
        first = taken.setdefault(fingerprint(facet), facet)
        if first is facet:
            lines += facet.lines
        elif facet.filled:
            frontier.note("letter_repeated", f"{facet.name} shows again what {first.name} shows", facet.pages[0])
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
