"""Grids → listings: where the headings stand, which rows are entries, and which are separators, totals or repeats.

Owns the geometry of a table. A row whose cells can't be matched to the headings square by square becomes a flawed
record: reported, never guessed, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import EMPTY, Grid, GridRow, Line, Listing, Printed, Record, Slot
from crawler.readers.shapes import dates_in
from registry.text import clean, fold

DEEPEST_HEADING = 40
"""Rows of introduction (title, date of publication, filters) that may stand before the headings."""
TALLEST_HEADING = 3

_SEPARATOR = re.compile(
    r"(?:lettre|letter)?\s*[#«\"']?\s*(?:[^\W_#]|0\s*[-–à]\s*9|[^\W_]\s*[-–]\s*[^\W_])\s*[»\"']?", re.IGNORECASE
)
_COUNTED = (
    r"(?:hebergeu?rs?|certificats?|resultats?|organismes?|entrees?|hosts?|certificates?|results?|entries|lignes?|rows)"
)
_NO_RESULT = re.compile(
    r"\b(?:aucune?|no|pas de|pas d)\s+(?:\w+\s+){0,3}(?:resultat|hebergeur|certificat|donnee|entree|element|enregistrement|"
    r"organisme|result|record|entr|data|host|matching|item|ligne|contenu)|^0 " + _COUNTED
)
_TOTAL = re.compile(
    rf"(?:sous[- ]?)?total(?: \w+){{0,4}} ?:? ?\d[\d .]*(?: {_COUNTED})?(?: \w+){{0,3}}|nombre (?:total )?d.*\d|"
    rf"\d[\d .]* {_COUNTED}(?: \w+){{0,4}}"
)
_CHROME = re.compile(
    r"^(?:retour (?:en )?haut|haut de page|back to top|(?:derniere )?mise a jour|mis a jour|last updated?|source\s*:|"
    r"sources\s*:|page \d+|imprimer|exporter|voir plus|afficher plus|suivant|precedent|load more|show more)"
)
_NOT_LOADED = re.compile(r"^(?:chargement|loading)\b|veuillez patienter|please wait|\{\{.*\}\}|<%.*%>|\$\{.*\}")


@dataclass(frozen=True)
class _Headings:
    """Rows `top` to `bottom` (excluded) of a grid are the headings of its columns."""

    top: int
    bottom: int
    columns: list[tuple[str, ...]]
    score: float


def listings(grid: Grid, dictionary: HeadingDictionary, reader: str = "table") -> list[Listing]:
    """The ways in which a grid can be a list: with headings above, or with headings at the side. May be empty."""
    found = []
    across = find_headings(grid.rows, dictionary)
    if across is not None:
        found.append(_listing(grid, grid.rows, across, reader))
    turned = transpose(grid)
    down = find_headings(turned, dictionary, tallest=2, deepest=3)
    if down is not None and (across is None or down.score > across.score) and len(turned) > down.bottom:
        found.append(_listing(grid, turned, down, reader, side=True))
    return found


def find_headings(
    rows: Sequence[GridRow],
    dictionary: HeadingDictionary,
    *,
    tallest: int = TALLEST_HEADING,
    deepest: int = DEEPEST_HEADING,
) -> _Headings | None:
    """The rows that name the columns best, or None when no row names two of them."""
    best: _Headings | None = None
    known = [_known(row, dictionary) for row in rows[: deepest + tallest]]
    for top in range(min(deepest, len(rows))):
        if len(rows[top].cells()) < 2:
            continue
        under_groups = top > 0 and _run_on(rows[top - 1], rows[top])
        for height in range(1, tallest + 1):
            bottom = top + height
            if sum(known[top:bottom]) < 2:
                continue
            if bottom > len(rows) or not _may_be_headings(rows[top:bottom]):
                break
            columns = _paths(rows[top:bottom], dictionary)
            if under_groups and _any_twice(columns):
                continue  # "Début" under "ISO 27001" and under "HDS": the groups above tell them apart
            score = _score(columns, rows[top:bottom], dictionary)
            if score >= 2 and (best is None or score > best.score):
                best = _Headings(top, bottom, columns, score)
    return best


def _run_on(above: GridRow, below: GridRow) -> bool:
    """A cell goes on from the row above, beside groups of columns there."""
    pairs = zip(above.slots, below.slots, strict=False)
    return bool(_spans(above)) and any(
        first is not None and last is not None and first.origin == last.origin and not first.value.blank
        for first, last in pairs
    )


def _any_twice(columns: Sequence[tuple[str, ...]]) -> bool:
    said = [path for path in columns if path]
    return len(set(said)) < len(said)


def _known(row: GridRow, dictionary: HeadingDictionary) -> int:
    """How many cells of a row are headings on their own."""
    return sum(
        bool(dictionary.sense(heading_text(slot.value)) or (slot.value.hint and dictionary.sense(slot.value.hint)))
        for slot in row.cells()
    )


def _may_be_headings(rows: Sequence[GridRow]) -> bool:
    return not any(dates_in(slot.value.text) or len(slot.value.text) > 300 for slot in rows[-1].cells())


def _paths(rows: Sequence[GridRow], dictionary: HeadingDictionary) -> list[tuple[str, ...]]:
    """For each column the headings above it, from the widest group down, each once. A title across all is left out."""
    width = max(len(row.slots) for row in rows)
    paths: list[tuple[str, ...]] = []
    for column in range(width):
        path: list[str] = []
        origins: set[tuple[int, int]] = set()
        for row in rows:
            slot = row.slots[column] if column < len(row.slots) else None
            if slot is None or slot.origin in origins or len(row.cells()) == 1:
                continue
            origins.add(slot.origin)
            text = heading_text(slot.value)
            if (
                slot.value.hint
                and dictionary.sense(slot.value.hint)
                and (not dictionary.sense(text) or _is_number(text))
            ):
                text = slot.value.hint  # of an activity the text decides, not its number
            if text and text not in path:
                path.append(text)
        paths.append(tuple(path))
    return paths


def _is_number(text: str) -> bool:
    return re.fullmatch(r"(?i)(?:a|act\.?|activit[ée]y?)?\s*(?:n°\s*)?\d", text) is not None


def heading_text(value: Printed) -> str:
    """A heading without what decorates it: sort arrows, a closing colon, an asterisk, a unit in another line."""
    text = clean(value.text.replace("\n", " "))
    text = re.sub(r"[↑↓⇅▲▼△▽↕⬍⇵⯅⯆]+", " ", text)
    text = re.sub(
        r"(?i)\b(?:trier|sort|sorted|tri)\b.*\b(?:croissant|ascending|descending|ordre|order|par|by)\b.*$", " ", text
    )
    return clean(re.sub(r"[\s:*]+$", "", text))


def _score(columns: list[tuple[str, ...]], rows: Sequence[GridRow], dictionary: HeadingDictionary) -> float:
    fields: set[str] = set()
    known = 0.0
    for path in columns:
        sense = dictionary.sense(*path)
        if sense:
            known += 1.0 if sense.exact else 0.9
            fields.add(sense.fields[0])
        elif sense.ignored:
            known += 0.2
    if len(fields) < 2:
        return 0.0
    filled = sum(1 for path in columns if path)
    marked = sum(slot.value.heading_like for row in rows for slot in row.cells()) / max(
        1, sum(len(row.cells()) for row in rows)
    )
    head = 0.3 if all(row.section == "head" for row in rows) else 0.0
    return len(fields) + 0.5 * known / max(1, filled) + 0.3 * marked + head - 0.05 * len(rows)


def transpose(grid: Grid) -> list[GridRow]:
    """The grid turned on its side: headings of the first column become a row."""
    width = max((len(row.slots) for row in grid.rows), default=0)
    if width > 600 or len(grid.rows) > 200:
        return []
    turned = []
    for column in range(width):
        slots: list[Slot | None] = []
        for row in grid.rows:
            slot = row.slots[column] if column < len(row.slots) else None
            slots.append(slot)
        turned.append(GridRow(slots, f"{grid.locator} > column {column + 1}"))
    return turned


def _listing(grid: Grid, rows: Sequence[GridRow], headings: _Headings, reader: str, *, side: bool = False) -> Listing:
    context = (*_titles(rows[: headings.top]), *grid.context)
    listing = Listing(reader, headings.columns, [], grid.locator, context, side=side)
    group: tuple[Printed, ...] = ()
    width = len(headings.columns)
    named = {fold(part) for path in headings.columns for part in (*path, " ".join(path))}
    for row in rows[headings.bottom :]:
        kind = _kind(row, width, named)
        if kind == "entry":
            listing.records.append(_record(row, headings.columns, group))
        elif kind == "flawed":
            listing.records.append(Record(list(row.values), row.locator, flaw=_flaw(row, width)))
        elif kind == "group":
            group = (row.cells()[0].value,)
            listing.notes.append((kind, row_text(row), row.locator))
        elif kind:
            if kind == "separator":
                group = ()
            listing.notes.append((kind, row_text(row), row.locator))
    return listing


def _titles(rows: Sequence[GridRow]) -> tuple[str, ...]:
    return tuple(text for row in reversed(rows) if (text := row_text(row)))


def row_text(row: GridRow) -> str:
    """Everything that a row prints, each cell once."""
    return clean(" ".join(slot.value.text for slot in row.cells()))


_SUM_OF = re.compile(
    r"(?:sous[- ]?)?(?:total|totaux|nombre|nb|effectif|somme|sum|count)"
    r"(?: (?:general|hebergeurs?|certificats?|hosts?|certificates?))?(?: (?:de|des|du|d|of)\b.*)?"
)


def _kind(row: GridRow, width: int, headings: set[str]) -> str:
    """`entry`, `flawed`, what else a row is (`separator`, `total`…), or empty for a blank row."""
    cells = row.cells()
    said = [slot for slot in cells if not slot.value.blank]
    if not said:
        return ""
    text = row_text(row)
    folded = fold(text)
    if any("{{" in slot.value.text for slot in said):
        return "not_loaded"
    if len(said) == 1:
        for kind, pattern in (
            ("separator", None),
            ("no_result", _NO_RESULT),
            ("not_loaded", _NOT_LOADED),
            ("chrome", _CHROME),
        ):
            if _SEPARATOR.fullmatch(text) if pattern is None else pattern.search(folded) and len(text) < 200:
                return kind
    if len(said) <= 2 and _TOTAL.fullmatch(folded):
        return "total"
    texts = [fold(heading_text(slot.value)) for slot in said]
    if len(texts) > 1 and all(text in headings for text in texts):
        return "repeated_heading"
    if (
        len(said) > 1
        and _SUM_OF.fullmatch(texts[0])
        and all(re.fullmatch(r"[\d\s]{1,7}%?", text) for text in texts[1:])
    ):
        return "chrome"  # how many of each: "Total | 8 | 3 | 4"
    if row.section == "foot" and len(said) < max(2, width / 2):
        return "total"
    if len(cells) == 1 and width > 1:
        return "group"
    return "flawed" if row.overflow or row.section == "hidden" or not _covers(row, width) else "entry"


def _covers(row: GridRow, width: int) -> bool:
    """Every heading has its square; squares beyond the headings say nothing."""
    inside, beyond = row.slots[:width], row.slots[width:]
    return len(inside) == width and None not in inside and all(slot is None or slot.value.blank for slot in beyond)


def _flaw(row: GridRow, width: int) -> str:
    squares = sum(slot is not None for slot in row.slots)
    if row.section == "hidden":
        return "expected rows that are shown, found a hidden one: it may be an old entry, or the list may be filtered"
    if row.overflow:
        return "cells run into a cell that spans this row from above"
    return f"expected {width} cells under the headings, found {squares}"


def _record(row: GridRow, columns: Sequence[tuple[str, ...]], groups: tuple[Printed, ...]) -> Record:
    values: list[Printed | None] = [
        without_label(slot.value, path) if slot else EMPTY for slot, path in zip(row.slots, columns, strict=False)
    ]
    return Record(values, row.locator, spans=_spans(row), groups=groups)


def without_label(value: Printed, path: tuple[str, ...]) -> Printed:
    """Takes away the column's own heading printed again inside the cell, as narrow screens show it."""
    first = value.lines[0] if value.lines else None
    if first is None or not path:
        return value
    names = {fold(part).rstrip(" :") for part in (path[-1], " ".join(path))}
    if fold(first.text).rstrip(" :") in names and len(value.lines) > 1:
        return value.with_lines(value.lines[1:])
    label, colon, rest = first.text.partition(":")
    if colon and rest.strip() and fold(label).strip() in names:
        return value.with_lines((Line(rest.strip(), first.href, first.item), *value.lines[1:]))
    return value


def _spans(row: GridRow) -> dict[int, int]:
    """For cells that cover several columns: column → the first column of the cell."""
    first: dict[tuple[int, int], int] = {}
    spans: dict[int, int] = {}
    for column, slot in enumerate(row.slots):
        if slot is None:
            continue
        start = first.setdefault(slot.origin, column)
        if start != column:
            spans[column] = start
    return spans
