"""Walking a run again from its evidence: no network, the same walk, today's readers.

What comes out differently than it did is the reader's doing, never the source's. Also how a local file is read: as a
run of one page that leads nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from crawler.evidence import EvidenceStore
from crawler.spiders.frontier import Frontier
from crawler.spiders.reading import Reader
from crawler.spiders.shapes import Ask, Missing, Page, Walked
from crawler.spiders.walk import walk
from crawler.trail import Step
from registry.errors import SourceError


def read_again(
    source: str, start: str, steps: Mapping[str, Step], store: EvidenceStore, reader: Reader, *, follow: bool = True
) -> Walked:
    """The rows of a run from what it kept.

    Raises SourceError when today's walk needs a page that the run did not fetch, or finds no list.
    """
    walking = walk(Frontier(source, start, reader, max_pages=len(steps) + 1, follow=follow))
    try:
        ask = next(walking)
        while True:
            ask = walking.send(_answer(ask, steps, store))
    except StopIteration as end:
        walked: Walked = end.value
        return walked


def _answer(ask: Ask, steps: Mapping[str, Step], store: EvidenceStore) -> Page | Missing:
    step = steps.get(ask.key)
    if step is not None:
        return Page(step.url, store.get(step.sha256), step.media_type, step.sha256, step.next_url)
    if ask.optional:
        return Missing("not_kept", "no answer was kept")
    raise SourceError(
        "not_kept",
        f"{ask.url}: expected this page among the evidence of the run, found none; crawl again instead of replaying",
        url=ask.url,
    )
