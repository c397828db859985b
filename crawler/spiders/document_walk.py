"""The walk over certificate documents: each linked address once, in the order given.

Like `walk.Walk`, a generator without input or output of its own. A document that can't be had is noted and left; a
site that stops answering ends the walk.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from crawler.spiders.shapes import Ask, Missing, Page
from registry.errors import SourceError

SITE_TROUBLE = frozenset({"unreachable", "stalled", "throttled"})
MOST_FAILURES = 4
"""Documents in a row for which the site itself did not answer, after which it is left alone until the next crawl."""


class DocumentWalk:
    """Asks for every address. `missing` says why some could not be had."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
        self.start = self.addresses[0]
        self.pages: list[Page] = []
        self.missing: dict[str, Missing] = {}

    def run(self) -> Generator[Ask, Page | Missing, None]:
        """The walk itself. Raises SourceError when the site does not answer several times in a row."""
        failures = 0
        for place, address in enumerate(self.addresses, 1):
            left = len(self.addresses) - place
            answer = yield Ask(address, "detail", str(place), expect="pdf", optional=True, left=left)
            if isinstance(answer, Page):
                self.pages.append(answer)
                failures = 0
                continue
            self.missing[address] = answer
            failures = failures + 1 if answer.code in SITE_TROUBLE else 0
            if failures == MOST_FAILURES:
                raise SourceError(
                    answer.code,
                    f"{answer.message} ({failures} documents in a row could not be had; the crawl was given up)",
                    url=address,
                )
