"""The walk over one source: from a start page to every page of its list, each once.

A generator that asks for pages (`Ask`) and is sent answers (`Page`, or `Missing` for an optional ask). It does no input
or output itself: the spider drives it over HTTP, `crawler.replay` over stored evidence, tests over a dictionary.
Announced navigation that can't be followed, pages that repeat each other and letters that answer nothing are doubts:
a walk with doubts is not complete, and a list that is not complete is never accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.spiders import by_detail, elsewhere, lists
from crawler.spiders.facets import shows_all
from crawler.spiders.frontier import Frontier, Walking
from crawler.spiders.reading import Line
from crawler.spiders.shapes import Ask, Walked


def walk(frontier: Frontier) -> Walking[Walked]:
    """The whole walk. Raises SourceError when the start is not a page with a list, or reading a page fails."""
    landing = yield from frontier.get(Ask(frontier.start, "landing"))
    found = yield from lists.read(frontier, landing)
    if found.lines:
        found = yield from elsewhere.stated_list(frontier, landing, found)
    else:
        found = yield from elsewhere.look(frontier, landing)
    lines = yield from by_detail.complete(frontier, found.lines)
    return _conclude(frontier, lines, found.total)


def _conclude(frontier: Frontier, lines: Sequence[Line], total: int | None) -> Walked:
    proofs = {line.row.sha256 for line in lines}
    proofs |= {cell.sha256 for line in lines for cell in line.row.cells.values() if cell.sha256}
    pages = [page for page in frontier.pages if page.page.sha256 in proofs]
    refusals = [problem for page in pages for problem in page.refusals]
    problems = [*frontier.notes, *(problem for page in pages for problem in page.problems)]
    problems += [replace(problem, row=number) for number, line in enumerate(lines) for problem in line.problems]
    for index, doubts in frontier.open_letters:
        if not shows_all(index, lines):
            frontier.doubt(*doubts)
    doubts = [*frontier.doubts, *dict.fromkeys(f"{problem.url}: {problem.message}" for problem in refusals)]
    return Walked(
        rows=[line.row for line in lines],
        problems=problems,
        declared_total=total,
        complete=not doubts,
        doubts=doubts,
        reader=next((page.reader for page in pages if page.reader), ""),
        fields={heading: field for page in pages for heading, field in page.fields.items()},
        unread=list(dict.fromkeys(heading for page in pages for heading in page.unread)),
    )
