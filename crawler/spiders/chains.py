"""Following a pager: from the first page of a list, or of one letter, to its last, each page once.

Notices pagers that repeat themselves, lead nowhere, announce more pages than can be found, or run in circles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from crawler.addresses import number_of, page_key, parameters, same_site
from crawler.spiders import data_links, pagers, parts
from crawler.spiders.facets import Facet, Way
from crawler.spiders.frontier import Frontier, Walking, few
from crawler.spiders.letters import Link
from crawler.spiders.reading import ReadPage, set_entries
from crawler.spiders.shapes import Ask, Missing

SHORT = 0.8
"""Below this share of the usual number of entries a page is short."""


def follow(frontier: Frontier, first: Facet, ways: Sequence[Way]) -> Walking[Facet]:
    """The whole chain that starts with the facet's first page. With several ways, the first without a doubt counts."""
    tried: list[Facet] = []
    for way in ways:
        facet = Facet(first.label, first.pages[:1], promised=first.promised)
        yield from _follow(frontier, facet, way)
        if not facet.doubts and not facet.open_doubts:
            return facet
        tried.append(facet)
    return tried[0]


def _follow(frontier: Frontier, facet: Facet, way: Way) -> Walking[None]:
    waiting = _onward(frontier, facet, facet.pages[0], way)
    announced = _announced(facet.pages[0])
    if waiting and not frontier.follow:
        facet.doubts.append(
            f"the page goes on to further pages ({few([ask.label for ask in waiting])}); a file holds one"
        )
        return
    first = facet.pages[0]
    followed = {first.ask.key, page_key(first.page.url, first.ask.method, first.ask.form)}
    while waiting:
        ask = waiting.pop(0)
        if ask.key in followed:
            continue
        followed.add(ask.key)
        frontier.left = max(len(waiting), announced - len(facet.pages) - 1)
        page = frontier.read(ask) or (yield from frontier.try_get(ask, base_of(facet.pages[0])))
        if isinstance(page, Missing):
            if ask.label == "more" and page.code == "not_found":
                continue  # the "more" of something else
            facet.doubts.append(f"{facet.name} goes on to {ask.url}, which could not be had: {page.message}")
            continue
        if not page.lines:
            set_entries([*facet.pages, page], frontier.seen)
        if ask.optional and not _continues(facet, page):
            continue
        if ask.others and any(page.content == other.content for other in facet.pages):
            waiting.insert(0, replace(ask, url=ask.others[0], others=ask.others[1:]))
            continue
        if not _adds(facet, page, guessed=ask.guessed):
            break
        announced = max(announced, _announced(page))
        known = {one.key for one in waiting}
        waiting += [one for one in _onward(frontier, facet, page, way) if one.key not in known]
    if any(page.filled for page in facet.pages[1:]) and not facet.pages[0].filled:
        facet.open_doubts.append(f"the first page of {facet.name} ({facet.pages[0].page.url}) shows no entries")
    if len(totals := _totals(facet.pages)) > 1:
        stated = " and ".join(map(str, sorted(totals)))
        facet.doubts.append(f"pages of {facet.name} state different totals, {stated}: it changed while it was read")
    facet.open_doubts += [
        f"{page.page.url} shows {len(page.lines)} entries, fewer than the other pages of {facet.name}"
        for page in _short(facet.pages)
    ]
    if announced > len(facet.pages) and not (facet.doubts or facet.open_doubts):
        facet.doubts.append(f"the pager of {facet.name} announces {announced} pages, {len(facet.pages)} could be found")


def _totals(pages: Sequence[ReadPage]) -> set[int]:
    """The totals that pages state, leaving out what a page says of itself: "4 résultats" over four."""
    stated = {page.declared_total: page for page in pages if page.declared_total is not None}
    return {total for total, page in stated.items() if total not in (len(page.lines), len(page.names))}


def _short(pages: Sequence[ReadPage]) -> list[ReadPage]:
    """Pages with clearly fewer entries than most, other than the last one: something was left out of them. Sites fill a
    page by rows or by hosts."""
    usual, often = Counter(len(page.lines) for page in pages).most_common(1)[0] if pages else (0, 0)
    if often < 2 or often * 2 < len(pages) or (often < 3 and usual % 5):
        return []
    names = max(len(page.names) for page in pages if len(page.lines) == usual)
    numbered = [int(page.ask.label) for page in pages if page.ask.label.isdecimal()]
    ends = {str(max(numbered, default=0)), pages[-1].ask.label}
    return [
        page
        for page in pages
        if len(page.lines) < usual * SHORT and len(page.names) < names * SHORT and page.ask.label not in ends
    ]


def _adds(facet: Facet, page: ReadPage, *, guessed: bool) -> bool:
    """Takes a page into the chain. False when it brings nothing and going on makes no sense. Data that names its next
    page must have something there; a page that was only `guessed` may be past the end."""
    where = f"page {page.ask.label} of {facet.name} ({page.page.url})"
    if not page.filled:
        ended = page.says_empty(facet.pages[0].statements()) and page.sort == facet.pages[0].sort
        if not ended or (page.sort == "data" and not guessed):
            facet.open_doubts.append(f"{where} shows no entries and does not say that there are none")
        return False
    if any(page.content == other.content for other in facet.pages):
        if _leads_back(facet.pages[-1].page.url, page.page.url):
            return False
        facet.open_doubts.append(f"{where} shows again what another page has shown")
        return False
    facet.pages.append(page)
    return True


def _continues(facet: Facet, page: ReadPage) -> bool:
    """Whether a page that is only called "next" shows further entries of this list. Its address does not say so, and
    many things on a page have a "next"; one that shows entries printed otherwise is doubted."""
    first = facet.pages[0]
    if not page.filled or any(page.content == other.content for other in facet.pages):
        return False
    if page.sort == first.sort and bool(page.lines) == bool(first.lines) and set(page.fields) == set(first.fields):
        if facet.content <= page.content:
            facet.pages.clear()  # "all": this page shows again, among others, what was read so far
        return True
    facet.doubts.append(
        f"{page.page.url}, which is called the next page of {facet.name}, shows entries of another kind"
    )
    return False


def _leads_back(here: str, there: str) -> bool:
    """Whether a link goes to a lower page number: a pager that starts again after its last page."""
    mine, other = parameters(here), parameters(there)
    moved = [
        (now, number_of(other[name]))
        for name in other
        if mine.get(name, "") != other[name] and (now := number_of(mine.get(name))) is not None
    ]
    return bool(moved) and all(then is not None and then < now for now, then in moved)


def _found(page: ReadPage) -> list[pagers.Pager]:
    return [pagers.find(document, page.names) for document in page.documents]


def _announced(page: ReadPage) -> int:
    stated = data_links.pages(page.data) if page.sort == "data" else 1
    return max([stated, *(pager.last for pager in _found(page) if pager)])


def _onward(frontier: Frontier, facet: Facet, page: ReadPage, way: Way) -> list[Ask]:
    """The pages that a page leads to within its list, in order."""
    asks = [] if page.data is None or page.commands else _data_onward(frontier, facet, page)
    if page.data is None and page.page.next_url:
        asks += _named_by_header(frontier, facet, page.page.next_url)
    from_start = all(pager.current == 1 for pager in _found(facet.pages[0]))
    for pager in _found(page):
        wanted = [link for link in pager.links if not (link.label == "1" and from_start)]
        asks += _wanted(frontier, wanted, way)
        asks += [replace(ask, optional=True) for ask in _wanted(frontier, pager.maybe, way)]
        facet.doubts += [f"{facet.name} goes on at {url}, on another site" for url in pager.away]
        if page is facet.pages[0] or page.ask.label == "back":
            asks += [replace(ask, optional=True) for ask in _wanted(frontier, pager.back, way)]
        # "next" without an address is how many sites end their pager; on the first page it is all there is of one
        first = page is facet.pages[0]
        dead = [label for label in pager.dead if (int(label) > len(facet.pages) if label.isdecimal() else first)]
        if dead and way.view is not None:
            asks += _counted(frontier, dead, way)
        elif dead and not wanted:
            doubts = facet.open_doubts if dead == ["more"] else facet.doubts
            doubts.append(f"the pager of {facet.name} leads to {few(dead)}, but only a script could follow it")
    return asks or _larger(frontier, facet, page, way)


def _larger(frontier: Frontier, facet: Facet, page: ReadPage, way: Way) -> list[Ask]:
    """The page that shows more of the list at once, when this one is full and has no pager."""
    if not way.plain or not page.lines or page not in (facet.pages[0], facet.pages[-1]):
        return []
    full = {len(page.lines), len({line.name for line in page.lines})}
    offered = next((found for document in page.documents if (found := parts.sizes(document))), [])
    if not any(size in full for size, _ in offered):
        return []
    most = max((size for size, _ in offered), default=0)
    whole = next((link for size, link in offered if size == parts.WHOLE), None)
    if any(size == parts.WHOLE for size, _ in offered) or most > max(full):
        link = whole or next((link for size, link in offered if size == most), None)
        if link is not None and (asks := _wanted(frontier, [link], way)):
            return [replace(ask, optional=True) for ask in asks]
    facet.open_doubts.append(f"{page.page.url} is full: it shows {len(page.lines)} entries, a size that it offers")
    return []


def _named_by_header(frontier: Frontier, facet: Facet, url: str) -> list[Ask]:
    """The next page that a header names. It may be that of the whole site, so it counts only if it shows entries."""
    if same_site(frontier.start, url):
        return [Ask(url, "page", "next", optional=True)]
    facet.doubts.append(f"{facet.name} goes on at {url}, on another site")
    return []


def _wanted(frontier: Frontier, links: Sequence[Link], way: Way) -> list[Ask]:
    found = [ask for link in links if (ask := way.ask(link, "page")) is not None]
    return [ask for ask in found if same_site(frontier.start, ask.url)]


def _counted(frontier: Frontier, labels: Sequence[str], way: Way) -> list[Ask]:
    """Page numbers without addresses inside a Drupal view: its first page is page=0."""
    links = [Link(label, None, (("page", str(int(label) - 1)),)) for label in labels if label.isdecimal()]
    return _wanted(frontier, links, way)


def _data_onward(frontier: Frontier, facet: Facet, page: ReadPage) -> list[Ask]:
    if not page.lines and page.says_empty():
        return []
    read = facet.pages if page in facet.pages else [*facet.pages, page]
    rows = sum(len({line.row.locator for line in one.lines}) for one in read)  # certificates of a host: one entry
    onward = data_links.onward(page.data, page.page.url, page.page.next_url, rows, page.page.total)
    if not onward.announced:
        return []
    if onward.url is None or not same_site(frontier.start, onward.url):
        facet.doubts.append(f"{page.page.url} says that there is more, at {onward.url or 'no address that it gives'}")
        return []
    if page_key(onward.url) in frontier.seen:
        frontier.note("loop", f"{page.page.url} leads back to {onward.url}, which was read already", page)
        return []
    return [
        Ask(onward.url, "page", str(len(facet.pages) + 1), expect="json", guessed=onward.guessed, others=onward.others)
    ]


def base_of(page: ReadPage) -> str:
    """Where links inside Ajax answers start: the page that a visitor has before them."""
    return page.documents[0].url if page.documents else page.page.url
