"""Reading the pages of single hosts when the list leaves out what they may say, and joining both."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.addresses import page_key
from crawler.spiders import details
from crawler.spiders.frontier import Frontier, Walking, few
from crawler.spiders.reading import Line, ReadPage, read_beside
from crawler.spiders.shapes import Ask
from registry.errors import SourceError


def complete(frontier: Frontier, lines: list[Line]) -> Walking[list[Line]]:
    """The rows of the list, each joined with its own page where there is one and it is needed."""
    lines = lines or _from_entries(frontier)
    if not frontier.follow or not lines or not details.is_wanting(frontier.source, (line.row for line in lines)):
        return lines
    targets = _targets(frontier, lines)
    groups: dict[str, list[int]] = {}
    for index, url in targets.items():
        groups.setdefault(page_key(url), []).append(index)
    joined: dict[int, list[Line]] = {}
    strange: list[tuple[list[int], ReadPage]] = []
    model: ReadPage | None = None
    everybody = [line.name for line in lines]
    for number, indices in enumerate(groups.values()):
        frontier.left = len(groups) - number - 1
        listed = [lines[index] for index in indices]
        page = yield from frontier.get(Ask(targets[indices[0]], "detail", listed[0].name))
        headlines = [text for document in page.documents for text in document.headlines()]
        own = details.matching(page.lines, [line.name for line in listed], headlines, everybody)
        if own and _adds(own, listed):
            model = page
            joined |= _joined(indices, listed, own)
        else:
            strange.append((indices, page))
    unread = []
    for indices, page in strange:
        listed = [lines[index] for index in indices]
        beside = read_beside(page, model, frontier.reader) if model else []
        own = details.matching(beside, [line.name for line in listed])
        told = bool(own) and _adds(own, listed)
        joined |= _joined(indices, listed, own) if told else {}
        unread += [] if told else [page.page.url]
    _judge(frontier, lines, joined, unread)
    return [line for index, old in enumerate(lines) for line in joined.get(index, [old])]


def _adds(own: Sequence[Line], listed: Sequence[Line]) -> bool:
    """Whether a host's own page tells something that the list leaves out; else it is not such a page."""
    known = {name for line in listed for name, cell in line.row.cells.items() if cell.text.strip()}
    return any(name not in known for line in own for name in line.row.cells)


def _joined(indices: Sequence[int], listed: Sequence[Line], own: Sequence[Line]) -> dict[int, list[Line]]:
    """The rows that stand in place of the list's: all at the first of them."""
    problems = [problem for line in (*listed, *own) for problem in line.problems]
    merged = details.merge([line.row for line in listed], [line.row for line in own])
    lines = [Line(row, [] if at else problems) for at, row in enumerate(merged)]
    return {index: [] for index in indices} | {indices[0]: lines}


def _judge(frontier: Frontier, lines: Sequence[Line], joined: dict[int, list[Line]], unread: list[str]) -> None:
    """Pages that can't be read are a doubt when others of their kind can, and the end when nothing else is known."""
    only_names = all(len(line.row.cells) == 1 for line in lines)
    if not joined and only_names:
        raise SourceError(
            "no_list",
            f"{frontier.start}: expected entries with what is certified, or pages that tell it, found only links "
            f"({few(unread) or 'none could be followed'}); look at one of those pages with `hdswatch probe`",
            url=frontier.start,
        )
    if unread and joined:
        frontier.doubt(f"{len(unread)} pages of single entries could not be read, {unread[0]} first")


def _targets(frontier: Frontier, lines: Sequence[Line]) -> dict[int, str]:
    """Index of a row → address of its own page."""
    position = {id(line): index for index, line in enumerate(lines)}
    targets: dict[int, str] = {}
    for page in frontier.pages:
        here = [line for line in page.lines if id(line) in position]
        for document in page.documents if here else []:
            for index, url in details.links(document, [line.row for line in here], frontier.seen).items():
                targets[position[id(here[index])]] = url
    for index, line in enumerate(lines):
        cell = next(iter(line.row.cells.values()), None)
        if index not in targets and len(line.row.cells) == 1 and cell is not None and cell.href:
            targets[index] = cell.href
    if targets and len(targets) * 2 < len(lines):
        frontier.note(
            "few_details",
            f"only {len(targets)} of {len(lines)} entries link to a page of their own; those were not read",
            frontier.pages[0],
        )  # fmt: skip
        return {}
    return targets


def _from_entries(frontier: Frontier) -> list[Line]:
    lines: dict[str, Line] = {}
    for page in frontier.pages:
        for entry in page.entries:
            row = details.pseudo_row(frontier.source, entry, page.page.sha256, page.page.url)
            lines.setdefault(page_key(entry.url), Line(row))
    return list(lines.values())
