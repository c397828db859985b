"""A list that a PDF draws as columns of aligned text, without a full grid of rules → a grid.

Owns finding columns by the white space between them, and rows by rules, by gaps, or by lines that are complete. Where
none of these settles which row a line belongs to, the line becomes a row with holes, which refuses the page.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from crawler.readers.headings import HeadingDictionary
from crawler.readers.layout import heading_text
from crawler.readers.printed import Grid, GridRow, Line, Printed, Slot
from registry.text import clean

Word = Sequence[Any]
"""(text, left, right, top, bottom) in points."""
Column = tuple[float, float]

SAME_LINE = 2.5
CORRIDOR = 2.0
"""Points of white space, over all lines, that part two columns."""
WRAP_GAP = 0.85
"""Lines of one row stand closer than rows do, by at least this ratio, or gaps say nothing."""
_PAGE_NUMBER = re.compile(r"(?i)(?:page\s*)?\d+(?:\s*(?:/|sur|of)\s*\d+)?")


def text_lines(page: dict[str, Any]) -> list[list[Word]]:
    """Words of a page by printed line, from top to bottom, each from left to right."""
    lines: list[list[Word]] = []
    for word in sorted(page["words"], key=lambda word: (word[3], word[1])):
        if lines and abs(lines[-1][0][3] - word[3]) <= SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda word: word[1]) for line in lines]


def loose_lines(pages: Sequence[dict[str, Any]]) -> list[str]:
    """Every line of the document as text."""
    return [" ".join(str(word[0]) for word in line) for page in pages for line in text_lines(page)]


def grids(pages: Sequence[dict[str, Any]], dictionary: HeadingDictionary) -> list[Grid]:
    """The list of a document without ruled cells: none, or one grid over all its pages."""
    headings: list[str] = []
    rows: list[GridRow] = []
    for number, page in enumerate(pages, 1):
        lines = text_lines(page)
        start = next((at for at, line in enumerate(lines) if _names_columns(line, dictionary)), None)
        if start is None:
            if not headings:
                continue
            start = -1
        elif not headings:
            headings = [text for text, _, _ in segments(lines[start])]
        body = [line for line in lines[start + 1 :] if not _is_page_number(line)]
        columns = _columns(lines[start] if start >= 0 else [], body, len(headings))
        if columns is None:
            return []
        if not rows:
            rows.append(_row(headings, f"page {number} line {start + 1}", 0))
        for group in _rows(body, page["rules"], columns):
            texts = _texts(group, columns)
            place = f"page {number}, {round(group[0][0][3])} points from its top"
            if texts is None:
                rows.append(GridRow([], place, overflow=True))
            elif texts != headings:
                rows.append(_row(texts, place, len(rows)))
    return [Grid(rows, "page 1 table 1")] if len(rows) > 1 else []


def segments(line: Sequence[Word]) -> list[tuple[str, float, float]]:
    """Words of a line that stand close together: (text, left, right)."""
    out: list[tuple[str, float, float]] = []
    for text, x0, x1, top, bottom in line:
        if out and x0 - out[-1][2] < 0.55 * (bottom - top):
            out[-1] = (f"{out[-1][0]} {text}", out[-1][1], x1)
        else:
            out.append((text, x0, x1))
    return out


def _names_columns(line: Sequence[Word], dictionary: HeadingDictionary) -> bool:
    texts = [text for text, _, _ in segments(line)]
    return len(texts) > 2 and sum(bool(dictionary.sense(heading_text(Printed((Line(text),))))) for text in texts) >= 3


def _is_page_number(line: Sequence[Word]) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(" ".join(str(word[0]) for word in line)))


def _columns(heading: Sequence[Word], body: Sequence[Sequence[Word]], count: int) -> list[Column] | None:
    """The columns: what is left between corridors that stay white over all lines. None unless they are as many as the
    headings, each under its own."""
    drawn = [segments(line) for line in [heading, *body] if line]
    widest = max((line[-1][2] for line in drawn), default=0.0)
    spans = sorted((x0, x1) for line in drawn for _, x0, x1 in line if len(line) > 1 or x1 - x0 < widest / 3)
    columns: list[Column] = []
    for x0, x1 in spans:
        if columns and x0 - columns[-1][1] < CORRIDOR:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns if len(columns) == count else None


def _rows(
    body: Sequence[Sequence[Word]], rules: Sequence[float], columns: Sequence[Column]
) -> list[list[Sequence[Word]]]:
    """Lines grouped into rows: between rules; else by gaps, where rows stand further apart than lines; else each line
    alone."""
    if not body:
        return []
    ruled: dict[int, list[Sequence[Word]]] = {}
    for line in body:
        middle = (line[0][3] + line[0][4]) / 2
        ruled.setdefault(sum(rule < middle for rule in rules), []).append(line)
    if len(ruled) > 1 and len(ruled) >= len([line for line in body if _is_whole(line, columns)]):
        return list(ruled.values())
    whole = [_is_whole(line, columns) for line in body]
    if all(whole):
        return [[line] for line in body]
    return _by_gaps(body, whole) or _centred(body, whole, columns) or [[line] for line in body]


def _by_gaps(body: Sequence[Sequence[Word]], whole: Sequence[bool]) -> list[list[Sequence[Word]]] | None:
    """Lines of one row stand clearly closer than rows do: groups with one whole line each, or None."""
    gaps = [after[0][3] - before[0][3] for before, after in itertools.pairwise(body)]
    widest = max(gaps, default=0.0)
    groups: list[list[int]] = [[0]]
    for at, gap in enumerate(gaps, 1):
        if gap <= WRAP_GAP * widest:
            groups[-1].append(at)
        else:
            groups.append([at])
    if any(sum(whole[at] for at in group) != 1 for group in groups):
        return None
    return [[body[at] for at in group] for group in groups]


def _centred(
    body: Sequence[Sequence[Word]], whole: Sequence[bool], columns: Sequence[Column]
) -> list[list[Sequence[Word]]] | None:
    """Rows whose cells are centred: each cell has as many lines above the whole line of its row as below.

    Counted from the first row on, that settles every line. It is only believed when some cell shows that it is centred
    (lines of it stand below a whole line that has none of it), and when the count comes out even at the end.
    """
    places = [at for at, complete in enumerate(whole) if complete]
    if not places:
        return None
    runs = [body[start + 1 : end] for start, end in zip([-1, *places], [*places, len(body)], strict=True)]
    owner: dict[tuple[int, int, int], int] = {}
    shown = False
    for column in range(len(columns)):
        above = 0
        for number, run in enumerate(runs):
            lines = [at for at, line in enumerate(run) if _words_in(line, columns[column])]
            below = above if number else 0
            rest = len(lines) - below
            if rest < 0 or (number == len(places) and rest):
                return None
            for order, at in enumerate(lines):
                owner[(number, at, column)] = number - 1 if order < below else number
            shown = shown or bool(lines and (not number or not _words_in(body[places[number - 1]], columns[column])))
            above = rest
    if not shown:
        return None
    groups: list[list[Sequence[Word]]] = [[] for _ in places]
    for number, run in enumerate(runs):
        for at, line in enumerate(run):
            for column, span in enumerate(columns):
                if words := _words_in(line, span):
                    groups[owner[(number, at, column)]].append(words)
        if number < len(places):
            groups[number].append(body[places[number]])
    return [sorted(group, key=lambda line: line[0][3]) for group in groups]


def _words_in(line: Sequence[Word], column: Column) -> list[Word]:
    return [word for word in line if column[0] <= (word[1] + word[2]) / 2 <= column[1]]


def _is_whole(line: Sequence[Word], columns: Sequence[Column]) -> bool:
    """A line that carries a row: it has text in most columns."""
    filled = {at for at, (x0, x1) in enumerate(columns) for word in line if x0 <= (word[1] + word[2]) / 2 <= x1}
    return len(filled) * 2 > len(columns)


def _texts(group: Sequence[Sequence[Word]], columns: Sequence[Column]) -> list[str] | None:
    """The text under each column, or None when a word stands under none."""
    texts = [""] * len(columns)
    for line in group:
        for word in line:
            middle = (word[1] + word[2]) / 2
            at = next((number for number, (x0, x1) in enumerate(columns) if x0 <= middle <= x1), None)
            if at is None:
                return None
            texts[at] += f" {word[0]}"
    return [clean(text) for text in texts]


def _row(texts: Sequence[str], place: str, number: int) -> GridRow:
    return GridRow(
        [
            Slot(Printed((Line(text),) if text else (), f"{place}, column {at + 1}"), (number, at))
            for at, text in enumerate(texts)
        ],
        place,
    )
