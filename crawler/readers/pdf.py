"""A list published as PDF → grids: ruled tables, or columns of aligned text.

Owns geometry: which square a text stands in, which lines are one value, which rows go on over a page break. Where the
geometry doesn't settle it, the row is left with a hole, which refuses the page.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from crawler.readers import aligned, shapes
from crawler.readers.bounded import extract as extract_bounded
from crawler.readers.errors import UnreadablePage
from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import Grid, GridRow, Line, Printed, Slot
from registry.text import clean

MAX_PAGES = 400
MAX_WORDS = 400_000
_NEW_ENTRY = re.compile(
    r"\s*(?:[-•●▪◦■‣–]\s|\d{1,2}\s*[.)°]|\d{1,2}\s*[-–]\s+\S|[a-f]\)\s|p[ée]rim[èe]tre\s\d|activit[ée]s?\s(?:n\s?°\s?)?\d)",
    re.IGNORECASE,
)
_SAME_EDGE = 3.0
"""Points within which two rules are one."""


# ---- in the child --------------------------------------------------------------------------------------------------


def extract(body: bytes) -> dict[str, Any]:
    """Tables and words of every page, as plain data. Runs in the bounded child."""
    import pdfplumber

    pages: list[dict[str, Any]] = []
    words_seen = 0
    with pdfplumber.open(io.BytesIO(body)) as document:
        if len(document.pages) > MAX_PAGES:
            raise ValueError(f"more than {MAX_PAGES} pages")
        for page in document.pages:
            found = page.extract_words(x_tolerance=1.5, y_tolerance=2, keep_blank_chars=False)
            words_seen += len(found)
            if words_seen > MAX_WORDS:
                raise ValueError(f"more than {MAX_WORDS} words")
            words = sorted(
                ([word["text"], *(round(word[side], 2) for side in ("x0", "x1", "top", "bottom"))] for word in found),
                key=lambda word: (word[3], word[1]),
            )
            links = [
                [*(float(link[side]) for side in ("x0", "x1", "top", "bottom")), link["uri"]]
                for link in page.hyperlinks
                if link.get("uri")
            ]
            tables = [_table(table, words, page.edges) for table in page.find_tables()]
            pages.append({"tables": tables, "words": words, "links": links, "rules": _rules(page)})
            page.close()
    return {"pages": pages}


def _rules(page: Any) -> list[float]:
    """Heights at which a line is drawn across a good part of the page."""
    drawn: dict[float, float] = {}
    for edge in page.edges:
        if edge["orientation"] == "h":
            height = round(edge["top"])
            drawn[height] = drawn.get(height, 0.0) + edge["x1"] - edge["x0"]
    return sorted(height for height, length in drawn.items() if length > 0.3 * float(page.width))


def _table(table: Any, words: Sequence[Sequence[Any]], edges: Sequence[dict[str, Any]]) -> dict[str, Any]:
    boxes = [*map(list, table.cells), *_open_row(table, edges)]
    return {"box": list(table.bbox), "cells": [{"box": box, "lines": _lines_in(box, words)} for box in boxes]}


def _open_row(table: Any, edges: Sequence[dict[str, Any]]) -> list[list[float]]:
    """The cells of a row that a page break cuts: rules stand beside it and none below it, or none above it."""
    left, top, right, bottom = table.bbox
    beside = [e for e in edges if e["orientation"] == "v" and left - _SAME_EDGE <= e["x0"] <= right + _SAME_EDGE]
    found: list[list[float]] = []
    for end, reach in ((bottom, max), (top, min)):
        going_on = [e for e in beside if e["top"] - _SAME_EDGE <= end <= e["bottom"] + _SAME_EDGE]
        far = reach([e["bottom"] if reach is max else e["top"] for e in going_on], default=end)
        if abs(far - end) <= _SAME_EDGE or (far > end) != (reach is max):
            continue
        rules = _edges(
            [e["x0"] for e in going_on if abs((e["bottom"] if reach is max else e["top"]) - far) <= _SAME_EDGE]
        )
        found += [[x0, min(end, far), x1, max(end, far)] for x0, x1 in pairwise(rules)]
    return found


def _lines_in(box: Sequence[float], words: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The lines of a cell, (text, left, right), from the words whose middle lies in it; words come from top to bottom."""
    left, top, right, bottom = box
    start = bisect_left(words, top - 20, key=lambda word: word[3])
    lines: list[list[Any]] = []
    height = 0.0
    for text, x0, x1, above, below in words[start:]:
        if above > bottom:
            break
        if not (left <= (x0 + x1) / 2 <= right and top <= (above + below) / 2 <= bottom):
            continue
        if lines and above - height < (below - above) / 2:
            lines[-1].append([text, x0, x1])
        else:
            lines.append([[text, x0, x1]])
            height = above
    out = []
    for line in lines:
        line.sort(key=lambda word: word[1])
        out.append([" ".join(word[0] for word in line), line[0][1], line[-1][2]])
    return out


# ---- grids ---------------------------------------------------------------------------------------------------------


def read(body: bytes, url: str, sha256: str, dictionary: HeadingDictionary) -> tuple[list[Grid], list[str]]:
    """The grids of a PDF, tables that go on over pages joined, and its lines outside tables.

    Raises UnreadablePage for a file that can't be read within bounds, or that holds only pictures.
    """
    data = extract_bounded("pdf", body, url, sha256)
    pages = data["pages"]
    if pages and not any(page["words"] for page in pages):
        raise UnreadablePage(
            "no_text", "expected a PDF with text, found only pictures (a scan?); ask the source for a text version",
            url=url, sha256=sha256,
        )  # fmt: skip
    return [*_ruled(pages), *aligned.grids(pages, dictionary)], aligned.loose_lines(pages)


def _ruled(pages: Sequence[dict[str, Any]]) -> list[Grid]:
    """Ruled tables; one that has the same columns as the last of the page before goes on."""
    grids: list[tuple[list[float], Grid]] = []
    for number, page in enumerate(pages, 1):
        for place, table in enumerate(page["tables"]):
            edges = _edges([x for cell in table["cells"] for x in (cell["box"][0], cell["box"][2])])
            rows = _rows_of(table, edges, number, page["links"])
            if place == 0 and grids and number > 1 and _same(grids[-1][0], edges):
                _continue(grids[-1][1], rows)
            else:
                grids.append((edges, Grid(rows, f"page {number} table {place + 1}")))
    for _, grid in grids:
        _renumber(grid)
    return [grid for _, grid in grids]


def _edges(values: Sequence[float]) -> list[float]:
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _SAME_EDGE:
            edges.append(value)
    return edges


def _same(first: Sequence[float], second: Sequence[float]) -> bool:
    return len(first) == len(second) and all(abs(a - b) <= _SAME_EDGE for a, b in zip(first, second, strict=True))


def _rows_of(table: dict[str, Any], edges: Sequence[float], page: int, links: Sequence[Sequence[Any]]) -> list[GridRow]:
    tops = _edges([y for cell in table["cells"] for y in (cell["box"][1], cell["box"][3])])
    rows = [GridRow([None] * (len(edges) - 1), f"page {page} row {number + 1}") for number in range(len(tops) - 1)]
    for cell in table["cells"]:
        left, top, right, bottom = cell["box"]
        columns = range(_nearest(edges, left), _nearest(edges, right))
        lines = range(_nearest(tops, top), _nearest(tops, bottom))
        if not columns or not lines:
            continue
        value = _value(cell["lines"], cell["box"], f"page {page} row {lines[0] + 1} column {columns[0] + 1}", links)
        slot = Slot(value, (lines[0], columns[0]))
        for line in lines:
            for column in columns:
                if line < len(rows) and column < len(rows[line].slots):
                    rows[line].slots[column] = slot
    return rows


def _nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda at: abs(edges[at] - value))


def _value(
    lines: Sequence[Sequence[Any]], box: Sequence[float], locator: str, links: Sequence[Sequence[Any]]
) -> Printed:
    """The lines of a cell as one value: wrapped words are joined, entries of a list stay apart. A value that was cut
    inside a word because the column is too narrow can't be told from two words: it is marked opaque."""
    href = next((link[4] for link in links if _overlaps(link, box)), None)
    texts: list[str] = []
    cut = False
    for number, (text, _x0, _x1) in enumerate(lines):
        if not number or _NEW_ENTRY.match(text) or not texts:
            texts.append(text)
        elif re.search(r"[\w]-$", texts[-1]) and re.match(r"[\dA-Z]", text):
            texts[-1] += text
        else:
            previous = lines[number - 1]
            width = (previous[2] - previous[1]) / max(1, len(previous[0]))
            full = box[2] - previous[2] < 0.9 * width + 2 and " " not in previous[0].strip()
            cut = cut or (full and bool(re.search(r"\d$", previous[0])) and bool(re.match(r"\d", text)))
            texts[-1] += f" {text}"
    if cut:
        return Printed((), locator, opaque=True)
    return Printed(tuple(Line(clean(text), href) for text in texts if clean(text)), locator)


def _overlaps(link: Sequence[Any], box: Sequence[float]) -> bool:
    x, y = (link[0] + link[1]) / 2, (link[2] + link[3]) / 2
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])


def _continue(grid: Grid, rows: list[GridRow]) -> None:
    """Adds the rows of the next page; a first row that only finishes the last one before the break is joined to it."""
    heading = [clean(value.text) for value in grid.rows[0].values] if grid.rows else []
    body = [row for row in rows if [clean(value.text) for value in row.values] != heading]
    if body and len(body) == len(rows) and len(grid.rows) > 1 and _finishes(grid.rows[-1], body[0]):
        grid.rows[-1] = _joined(grid.rows[-1], body[0])
        rows = body[1:]
    elif body and grid.rows and len(grid.rows) > 1 and _finishes(grid.rows[-1], body[0]):
        grid.rows[-1] = _joined(grid.rows[-1], body[0])
        rows = [row for row in rows if row is not body[0]]
    grid.rows += rows


def _finishes(before: GridRow, after: GridRow) -> bool:
    """The row after a page break has no value of its own: every cell goes on from text before it, and the first has
    nothing to add."""
    values, more = before.values, after.values
    if not values or not more[0].blank or values[0].blank:
        return False
    for old, new in zip(values, more, strict=False):
        if new.blank:
            continue
        number = shapes.is_number(new) and not shapes.is_activities(new)  # "5. Administration": an entry of a list
        if old.blank or len(shapes.dates_in(new.text)) or number:
            return False
    return any(not value.blank for value in more)


def _joined(before: GridRow, after: GridRow) -> GridRow:
    slots: list[Slot | None] = []
    for old, new in zip(before.slots, after.slots, strict=False):
        if old is None or new is None or new.value.blank:
            slots.append(old)
            continue
        first, *rest = new.value.lines
        *lines, last = old.value.lines
        if _NEW_ENTRY.match(first.text):
            joined = (*lines, last, first, *rest)
        else:
            joined = (*lines, Line(f"{last.text} {first.text}", last.href), *rest)
        slots.append(Slot(Printed(joined, old.value.locator), old.origin))
    return GridRow(slots, before.locator)


def _renumber(grid: Grid) -> None:
    """Makes origins unique over all pages of a table."""
    for number, row in enumerate(grid.rows):
        for column, slot in enumerate(row.slots):
            if slot is not None and number and slot.origin == (number, column):
                continue
            if slot is not None:
                row.slots[column] = Slot(slot.value, (number, _first_column(row, column)))


def _first_column(row: GridRow, column: int) -> int:
    slot = row.slots[column]
    while column and (before := row.slots[column - 1]) is not None and slot is not None and before.value is slot.value:
        column -= 1
    return column
