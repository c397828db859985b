"""One list, wherever it was found: its own pages, its letters, or what its script would fetch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crawler.spiders import by_letter, chains, drupal, letters, offers, parts
from crawler.spiders.drupal import AjaxView
from crawler.spiders.facets import Facet, Way, counts, shows_all, summed, wants_letter
from crawler.spiders.frontier import Frontier, Walking, few
from crawler.spiders.letters import LetterIndex
from crawler.spiders.reading import Line, ReadPage, set_entries

MOST_ENDPOINTS = 4
"""Addresses of data that are tried with letters."""


@dataclass
class Found:
    """The rows of a list and the total that its first page declares."""

    lines: list[Line] = field(default_factory=list)
    total: int | None = None


def read(frontier: Frontier, landing: ReadPage, way: Way = Way()) -> Walking[Found]:  # noqa: B008  immutable
    """Everything that belongs to the list on `landing`. Without any rows: `Found([])`, and no opinion why."""
    if not landing.lines:
        set_entries([landing], frontier.seen)
    indexes = [letters.find(document) for document in landing.documents]
    index = next((one for one in indexes if one), None) or next((one for one in indexes if one.in_page), LetterIndex())
    views = [view for document in landing.documents for view in drupal.views(document)] if way.plain else []
    ajax = [Way(view) for view in views]
    endpoints = _endpoints(frontier, landing, way, index)
    if any(wants_letter(one.endpoint) for one in endpoints):
        index = index or letters.whole_alphabet()
    ways = [way, *ajax] if landing.lines else [*ajax, way, *endpoints]
    whole = yield from chains.follow(frontier, Facet("", [landing]), ways if landing.filled else [way])
    by_letters = (yield from _letters(frontier, landing, index, ways)) if index else None
    if way.plain and landing.lines:
        _doubt_parts(frontier, landing, whole, index)
    if by_letters is None:
        frontier.doubt(*whole.doubts)
        _dispel(frontier, whole.open_doubts, Found(whole.lines, whole.declared), landing)
        if not whole.lines and views:
            return (yield from _by_script(frontier, landing, views))
        return Found(whole.lines, whole.declared)
    lines = by_letter.combined(frontier, whole, by_letters.facets)
    result = Found(lines, _total(whole, len(lines)))
    frontier.doubt(*by_letters.doubts)
    _dispel(frontier, by_letters.open_doubts, result, landing)
    if not set(whole.content) <= set(summed(facet.content for facet in by_letters.facets)):
        frontier.doubt(*whole.doubts)
        _dispel(frontier, whole.open_doubts, result, landing)
    return result


def _doubt_parts(frontier: Frontier, landing: ReadPage, whole: Facet, index: LetterIndex) -> None:
    """Doubts a page whose entries look like a part of the list, unless pages or letters brought the others."""
    if len(whole.pages) == 1 and not index:
        frontier.doubt(*parts.sentences(landing, whole.lines, frontier.start))
    if bare := parts.empty_places(index, whole.lines):
        whole.open_doubts.append(f"letters {few(bare)} lead to places on {landing.page.url} where no entry stands")


def _endpoints(frontier: Frontier, landing: ReadPage, way: Way, index: LetterIndex) -> list[Way]:
    """Addresses of data that a page without rows would ask letter by letter."""
    if landing.lines or not way.plain:
        return []
    found = [
        o.url for document in landing.documents for o in offers.find(document, frontier.source) if o.what == "endpoint"
    ]
    wanted = [url for url in found if wants_letter(url)]
    return [Way(endpoint=url) for url in (wanted or (found if index.scripted else []))[:MOST_ENDPOINTS]]


def _letters(
    frontier: Frontier, landing: ReadPage, index: LetterIndex, ways: Sequence[Way]
) -> Walking[by_letter.ByLetter | None]:
    if frontier.follow:
        return (yield from by_letter.follow(frontier, landing, index, ways))
    if not shows_all(index, landing.lines):
        frontier.doubt(f"the page lists its entries by letter ({few(index.labels)}); a file holds only a part of them")
    return None


def _total(whole: Facet, lines: int) -> int | None:
    """The total for the whole list. A start page that shows one letter may state that letter's own number."""
    total = whole.declared
    return None if total is not None and total in whole.counts and total < lines else total


def _by_script(frontier: Frontier, landing: ReadPage, views: Sequence[AjaxView]) -> Walking[Found]:
    """A page whose list only its script fetches: asks each view as the script would."""
    if not frontier.follow:
        frontier.doubt("the page's list is fetched by a script; a file does not hold it")
        return Found()
    for view in views:
        for post in (False, True):
            ask = replace(view.ask("candidate", {}, post=post), optional=True)
            if not frontier.fresh(ask):
                continue
            answer = yield from frontier.try_get(ask, landing.page.url)
            if isinstance(answer, ReadPage):
                found = yield from read(frontier, answer, Way(view, post=post))
                if found.lines:
                    return replace(found, total=found.total if found.total is not None else landing.declared_total)
                break
    return Found()


def _dispel(frontier: Frontier, doubts: Sequence[str], found: Found, landing: ReadPage) -> None:
    """What only might be missing is not missing when the page states a total and all of it is there."""
    if found.total is None or found.total not in counts(found.lines):
        frontier.doubt(*doubts)
        return
    for doubt in doubts:
        frontier.note("dispelled", f"{doubt}; the {found.total} entries that the page states are there", landing)
