"""Repeated blocks → a listing: cards, accordions, definition lists, labelled lines, a table a host.

Owns which labels and values belong to which host and to which of its certificates. Ownership follows the page's own
boxes; where lines stand flat, it follows order, and any sign that the order is not what it seems is a flaw.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from crawler.readers import layout, markup, shapes, tables
from crawler.readers.flow import Flow, Pair, Title, read_flow
from crawler.readers.flow_lines import TITLES, FlowLine
from crawler.readers.headings import HeadingDictionary, Sense, stems
from crawler.readers.markup import Page
from crawler.readers.printed import UNLABELLED, Line, Listing, Printed, Record, plain
from crawler.readers.vocabulary import words
from registry.text import clean, fold

_KEYS = ("legal_name", "name")
_HOST_FIELDS = frozenset(("legal_name", "name", "brand", "siren", "country", "website"))
SIDE_COLUMNS = 2
"""A table with its headings at the side and more columns than these holds several entries: a table's business."""
TITLE = ("(title)",)
_LIST_WORDS = frozenset(stem for word in words("list_words") for stem in stems(word))
_JOINED = frozenset(("activities", "scope"))
"""Fields that a block may print line by line under the same label."""


def listings(page: Page, dictionary: HeadingDictionary) -> list[Listing]:
    """The entries that a page prints as blocks: none, or one listing of them all."""
    flow = read_flow(page, dictionary, _table_reader(page, dictionary))
    if not any(pair.sense.fields for pair in flow.pairs):
        return []
    named = [pair for pair in flow.pairs if pair.sense.fields[:1] in (("legal_name",), ("name",))]
    if all(_is_heading(pair, dictionary) for pair in named):
        named = []  # the headings of a table, read one after the other
    if sure := [pair for pair in named if len(pair.sense.fields) == 1]:
        named = sure
    titles = _titles(flow, dictionary)
    titled = [_Mark(_of_title(title, page), title.element, title.order, None) for title in titles]
    if named and (sure or not titles):
        marks = [_Mark(pair.value, pair.element, pair.order, pair) for pair in named]
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
    told = {text for text in texts if not dictionary.sense(text) and set(stems(text)) - _LIST_WORDS}
    certifier = any(pair.sense.fields == ("certifier",) for pair in flow.pairs)
    return not certifier and len(told) >= min(len(named), 2)


def _without_echoes(marks: Sequence[_Mark], pairs: Sequence[Pair]) -> Sequence[_Mark]:
    """A name printed twice for one entry is one name."""
    owned, _, _ = _own(marks, pairs)
    kept: list[_Mark] = []
    for entry in owned:
        alone = all(pair is entry.mark.pair for pair in entry.pairs)
        if not (
            kept and alone and entry.mark.pair is not None and fold(kept[-1].value.text) == fold(entry.mark.value.text)
        ):
            kept.append(entry.mark)
    return kept


def _telling(strays: Iterable[Printed]) -> list[tuple[str, str]]:
    """Lines without a label that are nothing but a date or an identifier: a value whose label was lost."""
    return [
        (line.text, stray.locator)
        for stray in strays
        for line in stray.lines
        for value in (Printed((line,)),)
        if shapes.is_date(value) or shapes.is_period(value) or shapes.is_siren(value)
    ]


def _titles_beside(marks: Sequence[_Mark], titles: Sequence[_Mark]) -> dict[int, Printed]:
    """The title over each entry, when every entry has exactly one."""
    as_pairs = [Pair(TITLE, Sense(), title.element, title.order, list(title.value.lines)) for title in titles]
    owned, orphans, _ = _own([replace(mark, pair=None) for mark in marks], as_pairs)
    if orphans or any(len(entry.pairs) != 1 for entry in owned):
        return {}
    return {id(mark): entry.pairs[0].value for mark, entry in zip(marks, owned, strict=True)}


def _tell(owned: Sequence[_Owned], strays: Sequence[FlowLine], page: Page) -> list[FlowLine]:
    """Gives each entry the lines that say by themselves what they are, where nothing labelled in it says so: a badge
    "v2.0", "Suspendu". Returns the other lines."""
    by_line = {id(line): name for line in strays if (name := _field_told(line.text)) is not None}
    marks = [replace(entry.mark, pair=None) for entry in owned]
    alone = [Pair((f"({by_line[id(line)]})",), Sense((by_line[id(line)],), True), line.block, line.order,
                  [Line(line.text)], page.locate(line.block)) for line in strays if id(line) in by_line]  # fmt: skip
    lines = {id(pair): line for pair, line in zip(alone, (one for one in strays if id(one) in by_line), strict=True)}
    used: set[int] = set()
    for entry, own in zip(owned, _own(marks, alone)[0], strict=True):
        said = {name for pair in entry.pairs for name in pair.sense.fields}
        new = [pair for pair in own.pairs if not said & set(pair.sense.fields)]
        used |= {id(lines[id(pair)]) for pair in new}
        entry.pairs = sorted([*entry.pairs, *new], key=lambda pair: pair.order)
    return [line for line in strays if id(line) not in used]


def _field_told(text: str) -> str | None:
    """The field of a line that is nothing but a version of the référentiel or a state of a certificate."""
    if shapes.is_plain_version(text) and not text.isdigit():
        return "referential"
    return "source_status" if shapes.is_state(text) else None


def _strays(rest: Sequence[FlowLine], marks: Sequence[_Mark]) -> dict[int, Printed]:
    """The lines of each entry that are neither label nor value: kept as unread, so that nothing goes unseen."""
    lines = [Pair(UNLABELLED, Sense(), line.block, line.order, [Line(line.text)]) for line in rest if line.text]
    owned, _, _ = _own([replace(mark, pair=None) for mark in marks], lines)
    return {
        id(mark): Printed(tuple(line for pair in entry.pairs for line in pair.lines))
        for mark, entry in zip(marks, owned, strict=True)
        if entry.pairs
    }


def _of_title(title: Title, page: Page) -> Printed:
    return plain(title.text, page.locate(title.element), title.href)


@dataclass(slots=True)
class _Mark:
    """Where an entry begins: a host's name, or the first value of a certificate."""

    value: Printed
    element: Any
    order: int
    pair: Pair | None


@dataclass(slots=True)
class _Owned:
    mark: _Mark
    pairs: list[Pair] = field(default_factory=list)


def _table_reader(page: Page, dictionary: HeadingDictionary) -> Any:
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


# ---- which titles name entries -------------------------------------------------------------------------------------


def _titles(flow: Flow, dictionary: HeadingDictionary) -> list[Title]:
    """The titles that name entries: drawn alike, fit to be names, and most often standing over labelled values."""
    groups: dict[str, list[Title]] = {}
    for title in flow.titles:
        if shapes.is_name(plain(title.text, "")):
            groups.setdefault(_drawn(title.element), []).append(title)
    pairs = sorted((pair for pair in flow.pairs if pair.sense.fields), key=lambda pair: pair.order)
    orders, strays = [pair.order for pair in pairs], [line.order for line in flow.strays]
    best: tuple[tuple[int, bool], list[Title]] = ((0, False), [])
    repeated: tuple[tuple[int, bool], list[Title]] = ((0, False), [])
    for alike in groups.values():
        titles = [title for title in alike if _may_be_name(title.text, dictionary)]
        if not titles:
            titles = [title for title in alike if _is_code(title.text, dictionary)]
        if not (titles := _with_their_like(titles, alike, pairs, dictionary, strays)):
            continue
        ends = [title.order for title in titles[1:]] + [10**9]
        filled = sum(
            bisect_left(orders, end) > bisect_left(orders, title.order) for title, end in zip(titles, ends, strict=True)
        )
        distinct = len({fold(title.text) for title in titles})
        rank = (filled, markup.tag(titles[0].element) in TITLES)  # "Retour à la liste" stands over as much as the name
        if distinct * 2 > len(titles) and filled and rank > best[0]:
            best = (rank, titles)
        elif filled == len(titles) and rank > repeated[0] and _cards_of_few_hosts(titles, pairs):
            repeated = (rank, titles)
    return best[1] or repeated[1]


MOST_CARDS = 6
"""Cards under one name, where no SIREN shows that they are of one host."""


def _cards_of_few_hosts(titles: Sequence[Title], pairs: Sequence[Pair]) -> bool:
    """One or two hosts under their letter, with a card for each certificate: the same names follow each other, and the
    same SIREN stands under the same name."""
    under: dict[str, set[str]] = {}
    ends = [title.order for title in titles[1:]] + [10**9]
    for title, end in zip(titles, ends, strict=True):
        sirens = under.setdefault(fold(title.text), set())
        sirens |= {fold(p.value.text) for p in pairs if title.order < p.order < end and p.sense.fields == ("siren",)}
    names = [fold(title.text) for title in titles]
    runs = 1 + sum(before != after for before, after in pairwise(names))
    if runs != len(under) or any(len(sirens) > 1 for sirens in under.values()):
        return False
    return all(sirens or names.count(name) <= MOST_CARDS for name, sirens in under.items())


def _with_their_like(
    titles: Sequence[Title],
    alike: Sequence[Title],
    pairs: Sequence[Pair],
    dictionary: HeadingDictionary,
    strays: Sequence[int],
) -> list[Title]:
    """The titles that could be names, with those drawn alike that stand over the same labels: "D Hosting" is made of the
    words of a list's title; "ACME-001" looks like a number, but that is labelled below it, or no name is."""
    if not titles:
        return []
    under = _labels_under(alike, pairs)
    known = {id(title) for title in titles}
    often = Counter(label for title in titles for label in under[id(title)])
    usual = {label for label, count in often.items() if count * 2 > len(titles)}
    nothing_else = bisect_left(strays, titles[0].order) == bisect_left(strays, titles[-1].order)

    def belongs(title: Title) -> bool:
        labels = under[id(title)]
        like = len(usual) > 1 and len(usual & set(labels)) * 2 >= len(usual)
        if _is_code(title.text, dictionary):
            return like and ("number" in labels.values() or nothing_else)
        return id(title) in known or (like and not dictionary.sense(title.text))

    return [title for title in alike if belongs(title)]


def _labels_under(titles: Sequence[Title], pairs: Sequence[Pair]) -> dict[int, dict[tuple[str, ...], str]]:
    """The known labels between each title and the next: label → field."""
    orders = [pair.order for pair in pairs]
    ends = [title.order for title in titles[1:]] + [10**9]
    return {
        id(title): {
            pair.label: _field(pair) for pair in pairs[bisect_left(orders, title.order) : bisect_left(orders, end)]
        }
        for title, end in zip(titles, ends, strict=True)
    }


def _may_be_name(text: str, dictionary: HeadingDictionary) -> bool:
    if (kind := _COUNTED.sub("", text)) != text and dictionary.sense(kind).fields[:1] in (("legal_name",), ("name",)):
        return True  # "Hébergeur 1", "Host A"
    if dictionary.sense(text) or not set(stems(text)) - _LIST_WORDS:
        return False
    without_number = clean(_CODE.sub(" ", text))
    if len(text) < 2 or not re.search(r"[^\W\d_]", without_number) or dictionary.sense(without_number):
        return False
    return bool(set(stems(_COUNT.sub(" ", text))) - _LIST_WORDS)


def _is_code(text: str, dictionary: HeadingDictionary) -> bool:
    """One word of letters and digits, which no heading explains: a name or a number."""
    kind = re.sub(r"[\W\d_]+", " ", text).strip()
    if " " in text or not _CODE.fullmatch(text) or _may_be_name(text, dictionary):
        return False
    return bool(set(stems(kind)) - _LIST_WORDS) and not dictionary.sense(kind)


_COUNTED = re.compile(r"\s+(?:n°\s*)?(?:\d+|[A-Z])$")
_COUNT = re.compile(r"(?<!\S)[\d./-]+(?!\S)")
_CODE = re.compile(r"n°|#|(?<!\S)(?=\S*\d)(?![^\W\d_]*\d[^\W\d_]{2,}(?!\S))\S+")
"""Words with a digit, but for those whose one digit stands before letters: A2COM, 3DS."""


def _drawn(element: Any) -> str:
    """How an element is drawn: its tags and classes up to the page, without counters."""
    parts = []
    for node in [element, *element.iterancestors()][:12]:
        names = sorted(re.sub(r"\d+", "", name) for name in markup.classes(node))
        stable = [
            name
            for name in names
            if name not in ("first", "last", "odd", "even", "active", "open", "show", "collapsed")
        ]
        parts.append(f"{markup.tag(node)}.{'.'.join(stable)}")
    return " < ".join(parts)


# ---- which pairs belong to which entry -----------------------------------------------------------------------------


def _own(marks: Sequence[_Mark], pairs: Iterable[Pair]) -> tuple[list[_Owned], list[Pair], bool]:
    """Each pair's mark: the one in whose box it stands; else, where marks have no boxes of their own, the last before it
    on the same level.

    Returns the owned pairs, the pairs that belong to no mark, and whether any was owned by order only.
    """
    inside: dict[Any, list[int]] = {}
    for number, mark in enumerate(marks):
        for node in (mark.element, *mark.element.iterancestors()):
            inside.setdefault(node, []).append(number)
    of_mark = {id(mark.pair): number for number, mark in enumerate(marks) if mark.pair is not None}
    owned = [_Owned(mark) for mark in marks]
    by_order: list[tuple[int, Pair]] = []
    orphans: list[Pair] = []
    boxed: set[int] = set()
    for pair in pairs:
        place = of_mark.get(id(pair))
        if place is not None:
            owned[place].pairs.append(pair)
            continue
        box = next((node for node in (pair.element, *pair.element.iterancestors()) if node in inside), None)
        among = inside.get(box, [])
        before = [number for number in among if marks[number].order <= pair.order]
        if len(among) == 1:
            owned[among[0]].pairs.append(pair)
            boxed.add(among[0])
        elif before:
            by_order.append((before[-1], pair))
        else:
            orphans.append(pair)
    if len(boxed) * 2 > len(marks):
        return owned, [*orphans, *(pair for _, pair in by_order)], False
    for place, pair in by_order:
        owned[place].pairs.append(pair)
    for entry in owned:
        entry.pairs.sort(key=lambda pair: pair.order)
    return owned, orphans, bool(by_order)


def _listing(flow: Flow, marks: Sequence[_Mark], page: Page, titles: Sequence[_Mark]) -> Listing:
    """The entries that begin at `marks`. `titles` stand over entries that also name their host by a label: shown beside
    it, so that a difference is noticed."""
    marks = _without_echoes(marks, flow.pairs)
    owned, orphans, _ = _own(marks, flow.pairs)
    rest = _tell(owned, flow.strays, page)
    strays = _strays(rest, marks)
    columns: dict[tuple[str, ...], int] = {}
    titled = marks[0].pair is None
    beside = _titles_beside(marks, titles)
    records: list[Record] = []
    silent = sum(all(pair is entry.mark.pair for pair in entry.pairs) for entry in owned)
    for entry in owned:
        for cells, flaw in _certificates(entry):
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
            records.append(Record(values, entry.mark.value.locator or page.locate(entry.mark.element), flaw))
    for record in records:
        record.values += [None] * (len(columns) - len(record.values))
    listing = Listing("blocks", list(columns), records, page.locate(marks[0].element), scattered=True)
    listing.notes = [("stray", text, locator) for text, locator in _telling(strays.values())]
    loose = Counter(pair.label for pair in orphans)
    listing.notes += [  # a label that no entry prints, and few lines, is a glossary or a remark of the page, no lost value
        ("outside", f"{pair.label[-1]} : {pair.value.text}", pair.locator)
        for pair in orphans
        if pair.sense.fields and (pair.label in columns or loose[pair.label] >= max(2, len(owned)))
    ]
    return listing


_Cells = dict[tuple[str, ...], Printed]


def _certificates(entry: _Owned) -> list[tuple[_Cells, str | None]]:
    """The entry as one row for each certificate it prints: a label that comes again begins another certificate."""
    pairs = _joined(entry.pairs)
    counts = Counter(pair.label for pair in pairs if pair.sense.fields and _field(pair) not in _HOST_FIELDS)
    most = max(counts.values(), default=0)
    if most < 2 or (len(counts) > 1 and sum(count > 1 for count in counts.values()) < 2):
        return [_row(pairs)]
    anchor = next(pair.label for pair in pairs if counts[pair.label] == most)
    marks = [_Mark(pair.value, pair.element, pair.order, pair) for pair in pairs if pair.label == anchor]
    parts, outside, flat = _own(marks, pairs)
    inside = {pair.label for part in parts for pair in part.pairs}
    clash = next((pair for pair in outside if pair.label in inside), None)
    shared = [pair for pair in outside if pair.label not in inside]
    rows = []
    for part in parts:
        cells, flaw = _row([*shared, *part.pairs])
        if clash is not None:
            flaw = flaw or f"{clash.label[-1]!r} stands before the first certificate and again among them: whose is it?"
        if flat and part.pairs and part.pairs[0].label != anchor:
            flaw = flaw or "certificates follow each other in different orders: can't tell them apart"
        rows.append((cells, flaw))
    return rows


def _field(pair: Pair) -> str:
    return pair.sense.fields[0] if pair.sense.fields else ""


def _joined(pairs: Sequence[Pair]) -> list[Pair]:
    """Lines of activities under the same label, one after the other, are one value."""
    out: list[Pair] = []
    for pair in pairs:
        if out and out[-1].label == pair.label and _field(pair) in _JOINED and out[-1].element is not pair.element:
            same_box = out[-1].element.getparent() is pair.element.getparent()
            if same_box and len(shapes.dates_in(pair.value.text)) == 0:
                out[-1] = Pair(
                    pair.label,
                    pair.sense,
                    out[-1].element,
                    out[-1].order,
                    [*out[-1].lines, *pair.lines],
                    out[-1].locator,
                )
                continue
        out.append(pair)
    return out


def _row(pairs: Sequence[Pair]) -> tuple[_Cells, str | None]:
    cells: _Cells = {}
    flaw = None
    for pair in pairs:
        if pair.label in cells and clean(cells[pair.label].text) != clean(pair.value.text):
            if pair.sense.fields:
                flaw = flaw or f"{pair.label[-1]!r} stands twice in one entry with different values"
            continue
        cells[pair.label] = pair.value
    return cells, flaw
