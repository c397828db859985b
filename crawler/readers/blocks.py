"""Repeated blocks → a listing: cards, accordions, definition lists, labelled lines, a table a host.

Owns what marks the entries, and what becomes of lines without a label. Which titles may name entries is for
`block_titles`, which labels and values belong to which entry for `ownership`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crawler.readers import layout, markup, shapes, tables
from crawler.readers.block_titles import LIST_WORDS, titles_of_entries
from crawler.readers.flow import Flow, Pair, TableReader, Title, read_flow
from crawler.readers.flow_lines import FlowLine
from crawler.readers.headings import HeadingDictionary, Sense, stems
from crawler.readers.markup import Page
from crawler.readers.ownership import Mark, Owned, certificates, own, tell, unlabelled_values
from crawler.readers.printed import UNLABELLED, Line, Listing, Printed, Record, plain
from registry.text import clean, fold

_KEYS = ("legal_name", "name")
SIDE_COLUMNS = 2
"""A table with its headings at the side and more columns than these holds several entries: a table's business."""
TITLE = ("(title)",)


def listings(page: Page, dictionary: HeadingDictionary) -> list[Listing]:
    """The entries that a page prints as blocks: none, or one listing of them all."""
    flow = read_flow(page, dictionary, table_reader(page, dictionary))
    if not any(pair.sense.fields for pair in flow.pairs):
        return []
    named = [pair for pair in flow.pairs if pair.sense.fields[:1] in (("legal_name",), ("name",))]
    if all(_is_heading(pair, dictionary) for pair in named):
        named = []  # the headings of a table, read one after the other
    if sure := [pair for pair in named if len(pair.sense.fields) == 1]:
        named = sure
    titles = titles_of_entries(flow, dictionary)
    titled = [Mark(_of_title(title, page), title.element, title.order, None) for title in titles]
    if named and (sure or not titles):
        marks = [Mark(pair.value, pair.element, pair.order, pair) for pair in named]
        listing = _listing(flow, marks, page, titled)
        if not sure and _titles_may_name(flow, named, dictionary):
            label = named[0].label[-1]
            for record in listing.records:  # "Organisme : …" under a title may be the host or its certifier
                record.flaw = record.flaw or f"can't tell whether the title or {label!r} names the host"
    elif titled:
        listing = _listing(flow, titled, page, ())
    else:
        return []
    if TITLE in listing.columns:
        listing.forced[listing.columns.index(TITLE)] = next(key for key in _KEYS if key in dictionary.fields)
    return [listing]


def _is_heading(pair: Pair, dictionary: HeadingDictionary) -> bool:
    """What stands as a name is itself a heading: "Ville" beside "Hébergeur"."""
    sense = dictionary.sense(clean(pair.value.text))
    return bool(sense) or sense.ignored or sense.foreign


def _titles_may_name(flow: Flow, named: Sequence[Pair], dictionary: HeadingDictionary) -> bool:
    """Titles stand over entries whose only name is under a label that may also mean their certifier."""
    texts = {fold(title.text) for title in flow.titles}
    if len(texts) >= max(len(named), 2):
        return True
    told = {text for text in texts if not dictionary.sense(text) and set(stems(text)) - LIST_WORDS}
    certifier = any(pair.sense.fields == ("certifier",) for pair in flow.pairs)
    return not certifier and len(told) >= min(len(named), 2)


def _without_echoes(marks: Sequence[Mark], pairs: Sequence[Pair]) -> Sequence[Mark]:
    """A name printed twice for one entry is one name."""
    owned, _, _ = own(marks, pairs)
    kept: list[Mark] = []
    for entry in owned:
        alone = all(pair is entry.mark.pair for pair in entry.pairs)
        if not (
            kept and alone and entry.mark.pair is not None and fold(kept[-1].value.text) == fold(entry.mark.value.text)
        ):
            kept.append(entry.mark)
    return kept


def _titles_beside(marks: Sequence[Mark], titles: Sequence[Mark]) -> dict[int, Printed]:
    """The title over each entry, when every entry has exactly one."""
    as_pairs = [Pair(TITLE, Sense(), title.element, title.order, list(title.value.lines)) for title in titles]
    owned, orphans, _ = own([replace(mark, pair=None) for mark in marks], as_pairs)
    if orphans or any(len(entry.pairs) != 1 for entry in owned):
        return {}
    return {id(mark): entry.pairs[0].value for mark, entry in zip(marks, owned, strict=True)}


def _strays(rest: Sequence[FlowLine], marks: Sequence[Mark]) -> dict[int, Printed]:
    """The lines of each entry that are neither label nor value: kept as unread, so that nothing goes unseen."""
    lines = [Pair(UNLABELLED, Sense(), line.block, line.order, [Line(line.text)]) for line in rest if line.text]
    owned, _, _ = own([replace(mark, pair=None) for mark in marks], lines)
    return {
        id(mark): Printed(tuple(line for pair in entry.pairs for line in pair.lines))
        for mark, entry in zip(marks, owned, strict=True)
        if entry.pairs
    }


def _of_title(title: Title, page: Page) -> Printed:
    return plain(title.text, page.locate(title.element), title.href)


def table_reader(page: Page, dictionary: HeadingDictionary) -> TableReader:
    """Reads a table inside a block: as labelled values of the entry around it, or not at all, or as lines."""

    def read(table: Any) -> list[Pair] | None:
        if next(table.iterdescendants("table"), None) is not None:
            return None
        grid = tables.grid_of(table, page)
        width = max((len(row.slots) for row in grid.rows), default=0)
        headings = layout.find_headings(grid.rows, dictionary)
        turned = layout.find_headings(layout.transpose(grid), dictionary, tallest=2, deepest=3)
        if turned is not None and (headings is None or turned.score >= headings.score):
            return [] if width > SIDE_COLUMNS else None
        if headings is None:
            return None
        if any(name in _KEYS for path in headings.columns for name in dictionary.sense(*path).fields):
            return []
        if _may_hold_names(grid, headings, dictionary):
            return []
        return _table_pairs(grid, headings, dictionary, table)

    return read


def _may_hold_names(grid: Any, headings: Any, dictionary: HeadingDictionary) -> bool:
    """A column that nobody explains and whose values could be names: then a title above is not the name."""
    for column, path in enumerate(headings.columns):
        sense = dictionary.sense(*path)
        if sense or sense.ignored:
            continue
        values = [row.values[column] for row in grid.rows[headings.bottom :] if column < len(row.slots)]
        said = [value for value in values if not value.blank]
        if sum(shapes.is_name(value) for value in said) * 2 > len(values):
            return True
    return False


def _table_pairs(grid: Any, headings: Any, dictionary: HeadingDictionary, table: Any) -> list[Pair]:
    rows = list(table.iter("tr"))
    pairs = []
    for number, row in enumerate(grid.rows):
        if number < headings.bottom or number >= len(rows):
            continue
        for column, slot in enumerate(row.slots):
            if slot is None or slot.value.blank or column >= len(headings.columns):
                continue
            path = headings.columns[column]
            pairs.append(
                Pair(path, dictionary.sense(*path), rows[number], 0, list(slot.value.lines), slot.value.locator)
            )
    return pairs


def _listing(flow: Flow, marks: Sequence[Mark], page: Page, titles: Sequence[Mark]) -> Listing:
    """The entries that begin at `marks`. `titles` stand over entries that also name their host by a label: shown beside
    it, so that a difference is noticed."""
    marks = _without_echoes(marks, flow.pairs)
    owned, orphans, _ = own(marks, flow.pairs)
    rest = tell(owned, flow.strays, page)
    strays = _strays(rest, marks)
    columns: dict[tuple[str, ...], int] = {}
    titled = marks[0].pair is None
    beside = _titles_beside(marks, titles)
    records: list[Record] = []
    above = _sections(flow, owned, page)
    silent = sum(all(pair is entry.mark.pair for pair in entry.pairs) for entry in owned)
    for entry in owned:
        for cells, flaw in certificates(entry):
            if id(entry.mark) in strays:
                cells = {**cells, UNLABELLED: strays[id(entry.mark)]}
            values: list[Printed | None] = []
            title = entry.mark.value if titled else beside.get(id(entry.mark))
            if title is not None:
                cells = {TITLE: title, **cells}
            for path, value in cells.items():
                at = columns.setdefault(path, len(columns))
                values += [None] * (at + 1 - len(values))
                values[at] = value
            if silent * 3 > len(owned) > 1:
                flaw = (
                    flaw or f"expected entries under their names, found {silent} of {len(owned)} names without anything"
                )
            where = entry.mark.value.locator or page.locate(entry.mark.element)
            records.append(Record(values, where, flaw, groups=above.get(id(entry), ())))
    for record in records:
        record.values += [None] * (len(columns) - len(record.values))
    listing = Listing("blocks", list(columns), records, page.locate(marks[0].element), scattered=True)
    listing.notes = [("stray", text, locator) for text, locator in unlabelled_values(strays.values())]
    loose = Counter(pair.label for pair in orphans)
    listing.notes += [  # a label that no entry prints, and few lines, is a glossary or a remark of the page, no lost value
        ("outside", f"{pair.label[-1]} : {pair.value.text}", pair.locator)
        for pair in orphans
        if pair.sense.fields and (pair.label in columns or loose[pair.label] >= max(2, len(owned)))
    ]
    return listing


def _sections(flow: Flow, owned: Sequence[Owned], page: Page) -> dict[int, tuple[Printed, ...]]:
    """The titles of the parts of the page in which each entry stands, nearest first: "Certificats suspendus"."""
    own_levels = [level for entry in owned if (level := _level(entry.mark.element))]
    deepest = min(own_levels, default=4) - 1
    inside = {order for entry in owned for order in range(entry.mark.order, max(_orders(entry)) + 1)}
    steps = sorted(
        [(title.order, 0, title) for title in flow.titles if 0 < _level(title.element) <= deepest and title.order not in inside]
        + [(entry.mark.order, 1, entry) for entry in owned], key=lambda step: step[:2],
    )  # fmt: skip
    found: dict[int, tuple[Printed, ...]] = {}
    open_: dict[int, Printed] = {}
    for _, _, step in steps:
        if isinstance(step, Owned):
            found[id(step)] = tuple(open_[level] for level in sorted(open_, reverse=True))
        else:
            here = _level(step.element)
            open_ = {level: title for level, title in open_.items() if level < here} | {here: _of_title(step, page)}
    return found


def _orders(entry: Owned) -> list[int]:
    return [entry.mark.order, *(pair.order for pair in entry.pairs)]


def _level(element: Any) -> int:
    """1 to 6 for a headline, 0 for anything else."""
    name = markup.tag(element)
    return int(name[1]) if len(name) == 2 and name[0] == "h" and name[1] in "123456" else 0
