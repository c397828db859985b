"""The walk over certificate documents: each linked address once, in the order given.

Like the walk over a list, a generator without input or output of its own. A document that can't be had is left out; a
site that stops answering ends the walk.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from crawler.spiders.shapes import Ask, Missing, Page
from registry.errors import SourceError

SITE_TROUBLE = frozenset({"unreachable", "stalled", "throttled"})
MOST_FAILURES = 4
"""Documents in a row for which the site itself did not answer, after which it is left alone until the next crawl."""


def document_walk(addresses: Sequence[str]) -> Generator[Ask, Page | Missing, None]:
    """Asks for every address. Raises SourceError when the site does not answer several times in a row, or when there
    are fewer documents than that and it answered for none."""
    failures = 0
    for place, address in enumerate(addresses, 1):
        answer = yield Ask(address, "detail", str(place), expect="pdf", optional=True, left=len(addresses) - place)
        failures = failures + 1 if isinstance(answer, Missing) and answer.code in SITE_TROUBLE else 0
        if isinstance(answer, Missing) and failures == min(MOST_FAILURES, len(addresses)):
            raise SourceError(
                answer.code,
                f"{answer.message} ({failures} documents in a row could not be had; the crawl was given up)",
                url=address,
            )
