"""HTML tables → grids: `<table>`, ARIA tables, and rows of `<div>`s that are drawn as a table.

Owns span expansion exactly as a browser lays cells out. A cell that runs into another one's squares is marked, never
moved. Knows nothing about headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crawler.readers.errors import UnreadablePage
from crawler.readers.markup import Page, tag
from crawler.readers.printed import Grid, GridRow, Slot
from crawler.readers.printing import printed

MAX_COLUMNS = 2_000
MAX_SQUARES = 3_000_000
MAX_COLSPAN = 1_000
TO_THE_END = 10**9
MAX_NESTING = 3
"""Tables with more levels of tables inside are page frames; reading them would repeat the same text at each level."""
MIN_DRAWN_COLUMNS = 3
_NO_ROW = frozenset(("table", "thead", "tbody", "tr", "dl", "ul", "ol", "p", "form", "nav", "select", "article"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


def grids(page: Page) -> list[Grid]:
    """Every table of the page with at least one row of two cells, spans expanded, in page order."""
    levels = _table_levels(page.root)
    above: dict[int, Any] = {}
    found: list[Grid] = []
    for element in page.root.iter():
        name = tag(element)
        if name in HEADINGS:
            level = int(name[1])
            above = {other: node for other, node in above.items() if other < level}
            above[level] = element
        elif name == "table":
            if levels.get(element, 0) <= MAX_NESTING:
                found.append(_table(element, page, above))
        elif name and (element.get("role") or "").lower() in ("table", "grid", "treegrid"):
            found.append(_aria(element, page, above))
    found += _loose_rows(page)
    return [grid for grid in found if any(len(row.cells()) > 1 for row in grid.rows)]


def shallow_tables(page: Page) -> list[Any]:
    """The tables that hold no more levels of tables than a list does."""
    levels = _table_levels(page.root)
    return [table for table in page.root.iter("table") if levels.get(table, 0) <= MAX_NESTING]


def _table_levels(root: Any) -> dict[Any, int]:
    """For each table, how many levels of tables it holds inside."""
    levels: dict[Any, int] = {}
    for element in root.iter("table"):
        levels[element] = 0
        above, depth = element.getparent(), 1
        while above is not None:
            if tag(above) == "table":
                if levels.get(above, 0) >= depth:
                    break
                levels[above] = depth
                depth += 1
            above = above.getparent()
    return levels


def grid_of(table: Any, page: Page) -> Grid:
    """One table, without what stands above it."""
    return _table(table, page, {})


def rows_of(table: Any) -> list[list[Any]]:
    """The cells of each row of this table, not of tables inside it: as many rows as its grid has."""
    return [[cell for cell in row if tag(cell) in ("td", "th")] for _, row in _own_rows(table)]


def is_across(cells: list[Any]) -> bool:
    """A row of one cell that spans several columns."""
    return len(cells) == 1 and _span(cells[0], "colspan") > 1


def _table(table: Any, page: Page, above: dict[int, Any]) -> Grid:
    rows: list[tuple[str, Any, list[Any]]] = []
    for section, row in _own_rows(table):
        rows.append((section, row, [cell for cell in row if tag(cell) in ("td", "th")]))
    return Grid(_expand(rows, page), page.locate(table), _context(table, page, above))


def _own_rows(table: Any) -> Iterator[tuple[str, Any]]:
    """The rows of this table, not of tables inside it; a form or a div that wraps rows is looked through."""
    stack = [(child, "body") for child in reversed(table)]
    while stack:
        node, section = stack.pop()
        name = tag(node)
        if name == "tr":
            yield section, node
        elif name in ("thead", "tbody", "tfoot"):
            stack += [(child, {"thead": "head", "tfoot": "foot"}.get(name, "body")) for child in reversed(node)]
        elif name in ("form", "div", "span"):
            stack += [(child, section) for child in reversed(node)]


def nested_grids(page: Page) -> list[Grid]:
    """Tables with a small table of certificates in each row, as one grid: the cells of a row before each of the inner
    rows, the inner headings behind those of the outer table."""
    found = []
    for table in shallow_tables(page):
        rows = [
            (section, row, [cell for cell in row if tag(cell) in ("td", "th")]) for section, row in _own_rows(table)
        ]
        inner = [
            [at for at, cell in enumerate(cells) if next(cell.iter("table"), None) is not None] for _, _, cells in rows
        ]
        columns = {at for places in inner for at in places}
        if sum(map(bool, inner)) < 2 or len(columns) != 1 or not all(inner[1:]) or inner[0]:
            continue
        if (joined := _unfolded(rows, columns.pop())) is not None:
            found.append(Grid(_expand(joined, page), page.locate(table)))
    return found


_Rows = list[tuple[str, Any, list[Any]]]
"""Section, row and cells."""


def _unfolded(rows: _Rows, column: int) -> _Rows | None:
    """The rows of an outer table with their inner tables unfolded; None when these have different headings, or spans
    leave it open which cell belongs where."""
    (section, top, headings), *entries = rows
    out: _Rows = []
    inner_headings: list[str] = []
    for _, _, cells in entries:
        tables = list(cells[column].iter("table"))
        parts = [(one, [c for c in one if tag(c) in ("td", "th")]) for _, one in _own_rows(tables[0])]
        spans = [c for c in (*cells, *headings) if _span(c, "rowspan") != 1 or _span(c, "colspan") != 1]
        if len(tables) != 1 or len(cells) != len(headings) or len(parts) < 2 or spans:
            return None
        said = [" ".join("".join(cell.itertext()).split()) for cell in parts[0][1]]
        if not out:
            inner_headings = said
            out.append((section, top, [*headings[:column], *headings[column + 1 :], *parts[0][1]]))
        if said != inner_headings:
            return None
        beside = [*cells[:column], *cells[column + 1 :]]
        out += [("body", one, [*beside, *own]) for one, own in parts[1:]]
    return out


def _aria(element: Any, page: Page, above: dict[int, Any]) -> Grid:
    rows: list[tuple[str, Any, list[Any]]] = []
    for row in element.iter():
        if (row.get("role") or "").lower() != "row":
            continue
        cells = [
            cell
            for cell in row.iter()
            if (cell.get("role") or "").lower() in ("cell", "gridcell", "columnheader", "rowheader")
        ]
        rows.append(("body", row, cells))
    return Grid(_expand(rows, page), page.locate(element), _context(element, page, above))


def _loose_rows(page: Page) -> list[Grid]:
    """Rows without a table around them: what an Ajax answer often holds, `<tr>…</tr><tr>…</tr>`."""
    by_parent: dict[Any, list[Any]] = {}
    for row in page.root.iter("tr"):
        if not any(tag(up) == "table" for up in row.iterancestors()):
            by_parent.setdefault(row.getparent(), []).append(row)
    return [
        Grid(
            _expand([("body", row, [c for c in row if tag(c) in ("td", "th")]) for row in rows], page),
            page.locate(rows[0]),
        )
        for rows in by_parent.values()
    ]


_Pending = dict[int, tuple[Slot, int]]
"""Column → the cell that spans it from above, and for how many more rows."""


def _expand(rows: list[tuple[str, Any, list[Any]]], page: Page) -> list[GridRow]:
    """Cells to squares, as HTML lays them out: each cell takes the next free square of its row; a rowspan ends with
    its section. Raises UnreadablePage when the spans ask for more squares than any list has."""
    out: list[GridRow] = []
    pending: _Pending = {}
    squares = 0
    for number, (section, element, cells) in enumerate(rows):
        if number and (section != rows[number - 1][0] or element.getparent() is not rows[number - 1][1].getparent()):
            pending = {}
        row = GridRow([], page.locate(element), section)
        _lay_out(row, number, cells, pending, page)
        squares += len(row.slots)
        if len(row.slots) > MAX_COLUMNS or squares > MAX_SQUARES:
            raise UnreadablePage(
                "too_large",
                f"expected a table of at most {MAX_COLUMNS} columns, found {len(row.slots)} at {row.locator}",
                url=page.url,
            )
        out.append(row)
    return out


def _lay_out(row: GridRow, number: int, cells: list[Any], pending: _Pending, page: Page) -> None:
    """Puts the cells of one row into its squares, and what spans it from above into the rest."""
    column = 0
    for cell in cells:
        while column in pending:
            column = _take_pending(row, pending, column)
        width, height = min(_span(cell, "colspan"), MAX_COLSPAN), _span(cell, "rowspan")
        slot = Slot(printed(page, cell), (number, column))
        for at in range(column, column + width):
            if at in pending:
                row.overflow = True
                continue
            _put(row, at, slot)
            if height != 1:
                pending[at] = (slot, height - 1 if height else TO_THE_END)
        column += width
        if column > MAX_COLUMNS:
            return
    for at in sorted(pending):
        if pending[at][0].origin[0] != number and (at >= len(row.slots) or row.slots[at] is None):
            _take_pending(row, pending, at)


def _take_pending(row: GridRow, pending: dict[int, tuple[Slot, int]], column: int) -> int:
    slot, left = pending[column]
    _put(row, column, slot)
    if left <= 1:
        del pending[column]
    else:
        pending[column] = (slot, left - 1)
    return column + 1


def _put(row: GridRow, column: int, slot: Slot) -> None:
    while len(row.slots) <= column:
        row.slots.append(None)
    row.slots[column] = slot


def _span(cell: Any, name: str) -> int:
    found = re.match(r"\s*(\d{1,6})", cell.get(name) or cell.get(f"aria-{name}") or "")
    if not found:
        return 1
    value = int(found.group(1))
    return value if value or name == "rowspan" else 1


def _context(element: Any, page: Page, above: dict[int, Any]) -> tuple[str, ...]:
    """What titles a table: its caption, the summary it carries, then the headings above it from near to far."""
    texts = [printed(page, child).text for child in element if tag(child) == "caption"]
    texts += [element.get("aria-label") or "", element.get("summary") or ""]
    texts += [printed(page, above[level]).text for level in sorted(above, reverse=True)]
    return tuple(text for text in texts if text.strip())


def drawn_grids(page: Page) -> list[Grid]:
    """Rows of boxes that are drawn as a table: neighbours with the same number of boxes in each, at least three."""
    found: list[Grid] = []
    for parent in page.root.iter("div", "ul", "ol", "section", "main", "article", "tbody"):
        if not 3 <= len(parent) <= 100_000:
            continue
        rows = [child for child in parent if isinstance(child.tag, str) and len(child) >= MIN_DRAWN_COLUMNS]
        if len(rows) < 2 or len({len(row) for row in rows}) > 3 or any(tag(row) in _NO_ROW for row in rows):
            continue
        if any((row.text or "").strip() or any((box.tail or "").strip() for box in row) for row in rows):
            continue
        grid = Grid(_expand([("body", row, list(row)) for row in rows], page), page.locate(parent))
        found.append(grid)
    return found
