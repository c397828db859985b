"""One list, wherever it was found: its own pages, its letters, or what its script would fetch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crawler.spiders import by_letter, chains, drupal, letters, offers
from crawler.spiders.drupal import AjaxView
from crawler.spiders.facets import Facet, Way, shows_all, summed, wants_letter
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
    index = next((found for document in landing.documents if (found := letters.find(document))), LetterIndex())
    views = [view for document in landing.documents for view in drupal.views(document)] if way.plain else []
    ajax = [Way(view) for view in views]
    endpoints = _endpoints(frontier, landing, way, index)
    if any(wants_letter(one.endpoint) for one in endpoints):
        index = index or letters.whole_alphabet()
    ways = [way, *ajax] if landing.lines else [*ajax, way, *endpoints]
    whole = yield from chains.follow(frontier, Facet("", [landing]), ways if landing.filled else [way])
    facets = (yield from _letters(frontier, landing, index, ways)) if index else None
    if facets is None:
        _take_doubts(frontier, whole)
        if not whole.lines and views:
            return (yield from _by_script(frontier, landing, views))
        return Found(whole.lines, whole.declared)
    if not set(whole.content) <= set(summed(facet.content for facet in facets)):
        _take_doubts(frontier, whole)
    lines = by_letter.combined(frontier, whole, facets)
    return Found(lines, _total(whole, len(lines)))


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
) -> Walking[list[Facet] | None]:
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


def _take_doubts(frontier: Frontier, facet: Facet) -> None:
    """A pager that repeats itself is no doubt when the page states a total and all of it is there."""
    if facet.doubts and facet.repeats and facet.declared is not None and facet.declared in facet.counts:
        for doubt in facet.doubts:
            frontier.note(
                "pager_repeats", f"{doubt}; the {facet.declared} entries that the page states are there", facet.pages[0]
            )
        return
    frontier.doubt(*facet.doubts)
