"""A page that is not the list itself: files, data endpoints, frames and pages that may be, and which of them counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crawler.spiders import lists, offers, parts
from crawler.spiders.frontier import Frontier, Walking, few
from crawler.spiders.lists import Found
from crawler.spiders.offers import Offer
from crawler.spiders.reading import Line, ReadPage, set_entries
from crawler.spiders.shapes import Ask, Missing
from registry.errors import SourceError
from registry.interpret import interpret_rows
from registry.models import CertificateRecord
from registry.statements import certificate_values, certifier_values
from registry.text import fold

SURE = 3
"""An offer with this score or more is likely the list itself."""
MOST_TRIED = 12
"""Possibilities tried on a page that holds no rows."""


def look(frontier: Frontier, landing: ReadPage) -> Walking[Found]:
    """The list of a page without rows: likely offers first, then entries that link to pages of their own (no rows are
    returned for those, see `by_detail`), then unlikely offers. Raises SourceError when there is nothing."""
    found = [offer for document in landing.documents for offer in offers.find(document, frontier.source)]
    likely = [offer for offer in found if offer.score >= 2]
    tried: list[str] = []
    for some in (likely, [offer for offer in found if offer not in likely]):
        result = (yield from _try(frontier, landing, some, tried)) if frontier.follow else Found()
        if result.lines:
            return result
        set_entries(frontier.pages, frontier.seen)
        if any(page.entries for page in frontier.pages) and frontier.follow:
            return Found([], landing.declared_total)
    raise _nothing(frontier, landing, tried)


def _try(frontier: Frontier, landing: ReadPage, found: Sequence[Offer], tried: list[str]) -> Walking[Found]:
    missed: list[tuple[Offer, str]] = []
    for offer in found[:MOST_TRIED]:
        ask = Ask(offer.url, "candidate", offer.label, expect=offer.expect, optional=True)
        if not frontier.fresh(ask):
            continue
        tried.append(offer.url)
        page = yield from _tried(frontier, offer, ask)
        if not isinstance(page, ReadPage):
            missed.append((offer, page.message))
            continue
        before = len(frontier.doubts)
        result = yield from lists.read(frontier, page)
        if result.lines:
            lines = yield from _parts(frontier, offer, page, found, result.lines)
            frontier.doubt(
                *(f"a part of the list could not be had: {why}" for other, why in missed if other.like(offer))
            )
            total = result.total if len(lines) == len(result.lines) else None
            return Found(lines, total if total is not None else landing.declared_total)
        missed.append((offer, f"{offer.url} shows no entries"))
        del frontier.doubts[before:]
    return Found()


def _tried(frontier: Frontier, offer: Offer, ask: Ask) -> Walking[ReadPage | Missing]:
    """An unlikely offer that can't be had now is passed over; a likely one ends the crawl, for it may be the list."""
    try:
        return (yield from frontier.try_get(ask))
    except SourceError as error:
        if offer.score >= SURE:
            raise
        return Missing(error.code, str(error))


def _parts(
    frontier: Frontier, offer: Offer, first: ReadPage, found: Sequence[Offer], lines: list[Line]
) -> Walking[list[Line]]:
    """Other offers of the same kind and rank: parts of one list ("A–M", "N–Z") belong together; copies of it do not."""
    if offer.what == "page":
        return lines
    for other in found:
        ask = Ask(other.url, "candidate", other.label, expect=other.expect)
        if not other.like(offer) or not frontier.fresh(ask):
            continue
        page = yield from frontier.get(ask)
        if not page.lines and (not page.says_empty() or page.sort != first.sort):
            frontier.doubt(f"{other.url} may be a part of the list, but shows no entries")
        elif {line.name for line in lines} & {line.name for line in page.lines}:
            same = page.content == Counter(line.signature for line in lines)
            copy = page.reader != first.reader and _meaning(page.lines) == _meaning(lines)  # the CSV file as JSON too
            if not copy and (not same or other.built == offer.built):
                frontier.doubt(f"{offer.url} and {other.url} overlap; give the address of the right one with --url")
        else:
            lines = [*lines, *page.lines]
    return lines


def _meaning(lines: Sequence[Line]) -> Counter[object]:
    """What rows say of certificates, however a format prints dates and lists."""
    records, _ = interpret_rows(lines[0].row.source, [line.row for line in lines])
    return Counter(
        (fold(record.legal_name), certificate_values(record))
        if isinstance(record, CertificateRecord)
        else (fold(record.name), certifier_values(record))
        for record in records
    )


def stated_list(frontier: Frontier, landing: ReadPage, here: Found) -> Walking[Found]:
    """A page with rows that says in words that the list is elsewhere: that place counts, unless it shows less."""
    offered = [o for document in landing.documents for o in offers.find(document, frontier.source)]
    part = any(parts.called_a_part(document, here.lines) for document in landing.documents)
    claims = [o for o in offered if o.is_the_list or (part and o.what == "file" and o.score >= SURE)]
    if not claims:
        return here
    claim = claims[0]
    if not frontier.follow:
        frontier.doubt(f"the page says that the list is {claim.url}; read that instead")
        return here
    ask = Ask(claim.url, "candidate", claim.label, expect=claim.expect)
    if not frontier.fresh(ask):
        return here
    before = list(frontier.doubts)
    page = yield from frontier.get(ask)
    there = yield from lists.read(frontier, page)
    if not there.lines:
        frontier.doubt(f"the page says that the list is {claim.url}, in which no list was found")
        return here
    mine, theirs = ({fold(line.name) for line in found.lines} for found in (here, there))
    if mine <= theirs and (len(theirs) > len(mine) or len(page.fields) > len(landing.fields)):
        frontier.doubts = [doubt for doubt in frontier.doubts if doubt not in before]
        return there
    if not theirs <= mine:
        frontier.doubt(f"the page and {claim.url}, which it says is the list, show different entries")
    return here


def _nothing(frontier: Frontier, landing: ReadPage, tried: list[str]) -> SourceError:
    away = [url for document in landing.documents for url in offers.foreign(document, frontier.source)]
    where = f"; tried {few(tried)} without finding it" if tried else ""
    hint = f"; a file is offered on another site ({few(away)}): give it with --url" if away else ""
    why = f"; {frontier.doubts[0]}" if frontier.doubts else ""
    return SourceError(
        "no_list",
        f"{landing.page.url}: expected a list of {frontier.source}, found a page without any entry that could be read"
        f"{where}{hint}{why}; look at it with `hdswatch probe`",
        url=landing.page.url,
        sha256=landing.page.sha256,
    )
