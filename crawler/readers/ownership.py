"""Which labels and values belong to which entry of a page, and to which certificate of it.

Ownership follows the page's own boxes; where lines stand flat, it follows order, and any sign that the order is not what
it seems is a flaw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crawler.readers import shapes
from crawler.readers.flow import Pair
from crawler.readers.flow_lines import FlowLine
from crawler.readers.headings import Sense
from crawler.readers.markup import Page
from crawler.readers.printed import Line, Printed
from registry.text import clean

HOST_FIELDS = frozenset(("legal_name", "name", "brand", "siren", "country", "website"))
_JOINED = frozenset(("activities", "scope"))
"""Fields that a block may print line by line under the same label."""


@dataclass(slots=True)
class Mark:
    """Where an entry begins: a host's name, or the first value of a certificate."""

    value: Printed
    element: Any
    order: int
    pair: Pair | None


@dataclass(slots=True)
class Owned:
    mark: Mark
    pairs: list[Pair] = field(default_factory=list)


def own(marks: Sequence[Mark], pairs: Iterable[Pair]) -> tuple[list[Owned], list[Pair], bool]:
    """Each pair's mark: the one in whose box it stands; else, where marks have no boxes of their own, the last before it
    on the same level.

    Returns the owned pairs, the pairs that belong to no mark, and whether any was owned by order only.
    """
    inside: dict[Any, list[int]] = {}
    for number, mark in enumerate(marks):
        for node in (mark.element, *mark.element.iterancestors()):
            inside.setdefault(node, []).append(number)
    of_mark = {id(mark.pair): number for number, mark in enumerate(marks) if mark.pair is not None}
    owned = [Owned(mark) for mark in marks]
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
    if len(boxed) * 2 > len(marks) and not _stand_over_more(owned, by_order):
        return owned, [*orphans, *(pair for _, pair in by_order)], False
    for place, pair in by_order:
        owned[place].pairs.append(pair)
    for entry in owned:
        entry.pairs.sort(key=lambda pair: pair.order)
    return owned, orphans, bool(by_order)


def _stand_over_more(owned: Sequence[Owned], below: Sequence[tuple[int, Pair]]) -> bool:
    """The boxes hold only the first lines of each entry (a name and its SIREN in one paragraph); the most of each, under
    other labels, stands flat below them."""
    inside = {pair.label for entry in owned for pair in entry.pairs if pair is not entry.mark.pair}
    held = sum(len(entry.pairs) for entry in owned)
    return (
        len(below) > held and len({place for place, _ in below}) == len(owned)
        and not inside & {pair.label for _, pair in below}
    )  # fmt: skip


Cells = dict[tuple[str, ...], Printed]


def certificates(entry: Owned) -> list[tuple[Cells, str | None]]:
    """The entry as one row for each certificate it prints: a label that comes again begins another certificate."""
    pairs = _joined(entry.pairs)
    counts = Counter(pair.label for pair in pairs if pair.sense.fields and field_of(pair) not in HOST_FIELDS)
    most = max(counts.values(), default=0)
    if most < 2 or (len(counts) > 1 and sum(count > 1 for count in counts.values()) < 2):
        return [_row(pairs)]
    anchor = next(pair.label for pair in pairs if counts[pair.label] == most)
    marks = [Mark(pair.value, pair.element, pair.order, pair) for pair in pairs if pair.label == anchor]
    parts, outside, flat = own(marks, pairs)
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


def field_of(pair: Pair) -> str:
    """The first meaning of its label; empty when the dictionary knows none."""
    return pair.sense.fields[0] if pair.sense.fields else ""


def _joined(pairs: Sequence[Pair]) -> list[Pair]:
    """Lines of activities under the same label, one after the other, are one value."""
    out: list[Pair] = []
    for pair in pairs:
        if out and out[-1].label == pair.label and field_of(pair) in _JOINED and out[-1].element is not pair.element:
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


def _row(pairs: Sequence[Pair]) -> tuple[Cells, str | None]:
    cells: Cells = {}
    flaw = None
    for pair in pairs:
        if pair.label in cells and clean(cells[pair.label].text) != clean(pair.value.text):
            if pair.sense.fields:
                flaw = flaw or f"{pair.label[-1]!r} stands twice in one entry with different values"
            continue
        cells[pair.label] = pair.value
    return cells, flaw


def tell(owned: Sequence[Owned], strays: Sequence[FlowLine], page: Page) -> list[FlowLine]:
    """Gives each entry the lines that say by themselves what they are, where nothing labelled in it says so: a badge
    "v2.0", "Suspendu". Returns the other lines."""
    by_line = {id(line): name for line in strays if (name := _field_told(line.text)) is not None}
    marks = [replace(entry.mark, pair=None) for entry in owned]
    alone = [Pair((f"({by_line[id(line)]})",), Sense((by_line[id(line)],), True), line.block, line.order,
                  [Line(line.text)], page.locate(line.block)) for line in strays if id(line) in by_line]  # fmt: skip
    lines = {id(pair): line for pair, line in zip(alone, (one for one in strays if id(one) in by_line), strict=True)}
    used: set[int] = set()
    for entry, told in zip(owned, own(marks, alone)[0], strict=True):
        said = {name for pair in entry.pairs for name in pair.sense.fields}
        new = [pair for pair in told.pairs if not said & set(pair.sense.fields)]
        used |= {id(lines[id(pair)]) for pair in new}
        entry.pairs = sorted([*entry.pairs, *new], key=lambda pair: pair.order)
    return [line for line in strays if id(line) not in used]


def _field_told(text: str) -> str | None:
    """The field of a line that is nothing but a version of the référentiel or a state of a certificate."""
    if shapes.is_plain_version(text) and not text.isdigit():
        return "referential"
    return "source_status" if shapes.is_state(text) else None


def unlabelled_values(strays: Iterable[Printed]) -> list[tuple[str, str]]:
    """Lines without a label that are nothing but a date or an identifier: a value whose label was lost."""
    return [
        (line.text, stray.locator)
        for stray in strays
        for line in stray.lines
        for value in (Printed((line,)),)
        if shapes.is_date(value) or shapes.is_period(value) or shapes.is_siren(value)
    ]
