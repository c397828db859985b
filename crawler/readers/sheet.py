"""CSV and XLSX → grids.

Owns delimiters, quoting, merged cells, dates and numbers as spreadsheets store them, and bounds against archives that
unpack to something huge. Knows nothing about headings.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from crawler.readers.errors import UnreadablePage
from crawler.readers.printed import Grid, GridRow, Printed, Slot, plain

MAX_LINES = 200_000
MAX_CELLS = 3_000_000
MAX_COLUMNS = 500
"""Far more than any list has; weighing headings costs the square of their number."""
MAX_UNPACKED = 80_000_000
"""Bytes of all parts of a workbook. A list of 10,000 hosts needs less than five million."""
MAX_WORKBOOK_CELLS = 500_000
"""Cells of all sheets: each costs more than a kilobyte once it is read. A list of 10,000 hosts has some 100,000."""
MAX_SPAN = 200_000
"""Squares covered by merged cells and links together."""
_DELIMITERS = (";", ",", "\t", "|")
_RANGE = re.compile(r"\s*\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?\s*", re.IGNORECASE)


def csv_grids(text: str, url: str, sha256: str) -> list[Grid]:
    """One grid for each delimiter that splits the text; which is right shows in the headings.

    Raises UnreadablePage when a quoted value never ends, as in a file that was cut.
    """
    text = text.removeprefix("\ufeff")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    named = re.match(r"(?i)\s*sep=(.)\r?\n", text)
    if named:
        text = text[named.end() :]
    delimiters = (named.group(1),) if named else _DELIMITERS
    found: list[Grid] = []
    trouble = ""
    for delimiter in delimiters:
        if delimiter not in text:
            continue
        try:
            rows = list(_csv_rows(text, delimiter))
        except csv.Error as error:
            trouble = trouble or f"{error} (delimiter {delimiter!r})"
            continue
        if any(len(row.slots) > 1 for row in rows):
            found.append(Grid(rows, f"delimiter {delimiter!r}"))
    if not found and trouble:
        raise UnreadablePage(
            "truncated", f"expected a whole CSV file of ordinary size, found one that can't be split: {trouble}; fetch it again",
            url=url, sha256=sha256,
        )  # fmt: skip
    return found


def _csv_rows(text: str, delimiter: str) -> Iterator[GridRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells = 0
    line = 1
    for number, values in enumerate(reader):
        cells += len(values)
        if number >= MAX_LINES or cells > MAX_CELLS or len(values) > MAX_COLUMNS:
            raise csv.Error(f"more than {MAX_LINES} lines, {MAX_CELLS} values or {MAX_COLUMNS} values in a line")
        slots: list[Slot | None] = [
            Slot(plain(value, f"line {line}, value {at + 1}"), (number, at)) for at, value in enumerate(values)
        ]
        yield GridRow(slots, f"line {line}")
        line = reader.line_num + 1


def xlsx_grids(body: bytes, url: str, sha256: str) -> list[Grid]:
    """A grid for each visible sheet with anything in it. Raises UnreadablePage for what is no sound workbook."""
    _refuse_bombs(body, url, sha256)
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(body), data_only=True)
        formulas = load_workbook(io.BytesIO(body)) if _has_formulas(body) else None
        return [
            _sheet(sheet, formulas[sheet.title] if formulas is not None else None)
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
        ]
    except Exception as error:
        raise UnreadablePage(
            "broken_workbook", f"expected an XLSX workbook, found one that can't be opened: {type(error).__name__}: {error}"[:300],
            url=url, sha256=sha256,
        ) from error  # fmt: skip


def _refuse_bombs(body: bytes, url: str, sha256: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > MAX_UNPACKED or len(archive.infolist()) > 2000:
                raise UnreadablePage(
                    "too_large", f"expected a workbook of at most {MAX_UNPACKED} bytes unpacked, found {unpacked}",
                    url=url, sha256=sha256,
                )  # fmt: skip
            weight = _Weight()
            for part in archive.infolist():
                weight.add(part.filename, archive.open(part).read(part.file_size + 1))
    except _TooMuch as error:
        raise UnreadablePage(
            "too_large", f"expected an ordinary workbook, found {error}", url=url, sha256=sha256
        ) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError,
            ValueError, struct.error, MemoryError, ExpatError) as error:  # fmt: skip
        raise UnreadablePage(
            "broken_workbook", f"expected an XLSX workbook, found a broken archive: {error}", url=url, sha256=sha256
        ) from error


class _TooMuch(Exception):
    """What a part holds would cost far more than its bytes."""


class _Weight:
    """What the parts of a workbook will cost, seen through the parser that openpyxl reads sheets with: a pattern over
    the bytes would miss another encoding, a character reference, a `>` in an attribute."""

    def __init__(self) -> None:
        self.cells = self.squares = 0
        self.part = ""

    def add(self, name: str, content: bytes) -> None:
        """Raises _TooMuch, or ExpatError for a part that says it is XML and is not."""
        self.part = name
        parser = ParserCreate()
        parser.StartElementHandler = self._element
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(content, True)
        except ExpatError:
            if name.endswith((".xml", ".rels")):
                raise

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self.cells += 1
            if self.cells > MAX_WORKBOOK_CELLS:
                raise _TooMuch(f"more than {MAX_WORKBOOK_CELLS} cells")
        elif local in ("mergeCell", "hyperlink") and (found := _RANGE.fullmatch(attributes.get("ref", ""))):
            left, top, right, bottom = found.groups()
            width = _column(right or left) - _column(left) + 1
            self.squares += max(0, width) * max(0, int(bottom or top) - int(top) + 1)
            if self.squares > MAX_SPAN:
                raise _TooMuch(f"merged or linked ranges of {self.squares} squares in {self.part}")

    def _entity(self, *_: object) -> None:
        raise _TooMuch(f"an entity definition in {self.part}")


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _has_formulas(body: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return any(
            b"<f>" in content or b"<f " in content
            for part in archive.namelist()
            if part.startswith("xl/worksheets/")
            for content in (archive.read(part),)
        )


def _sheet(sheet: Any, formulas: Any) -> Grid:
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    for span in sheet.merged_cells.ranges:
        for row in range(span.min_row, span.max_row + 1):
            for column in range(span.min_col, span.max_col + 1):
                merged[(row, column)] = (span.min_row, span.min_col)
    values: dict[tuple[int, int], Printed] = {}
    for (row, column), cell in sheet._cells.items():
        value = _cell(sheet.title, cell, formulas)
        if not value.blank:
            values[(row, column)] = value
    squares = {
        **{place: place for place in values},
        **{place: origin for place, origin in merged.items() if origin in values},
    }
    if not squares:
        return Grid([], sheet.title)
    first, last = min(column for _, column in squares), max(column for _, column in squares)
    by_row: dict[int, dict[int, tuple[int, int]]] = {}
    for (row, column), origin in squares.items():
        by_row.setdefault(row, {})[column] = origin
    rows = []
    for row in sorted(by_row):
        slots: list[Slot | None] = []
        for column in range(first, last + 1):
            start = by_row[row].get(column)
            value = values[start] if start else plain("", _place(sheet.title, row, column))
            slots.append(Slot(value, start or (row, column)))
        hidden = row in sheet.row_dimensions and sheet.row_dimensions[row].hidden
        rows.append(GridRow(slots, f"{sheet.title}!{row}", section="hidden" if hidden else "body"))
    return Grid(rows, sheet.title, (sheet.title,))


def _place(title: str, row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{title}!{get_column_letter(column)}{row}"


def _cell(title: str, cell: Any, formulas: Any) -> Printed:
    href = cell.hyperlink.target if cell.hyperlink is not None else None
    text = _text(cell)
    if formulas is not None:
        formula = formulas[cell.coordinate].value
        if isinstance(formula, str) and (link := re.match(r'(?i)=\s*HYPERLINK\(\s*"([^"]+)"', formula)):
            href = href or link.group(1)
        if isinstance(formula, str) and formula.startswith("=") and cell.value is None:
            return Printed((), f"{title}!{cell.coordinate}", opaque=True, hint="formula without a stored value")
    if text.strip() and cell.font is not None and cell.font.strike:
        return Printed((), f"{title}!{cell.coordinate}", opaque=True)  # struck out: not what the sheet says any more
    return plain(text, f"{title}!{cell.coordinate}", href, heading_like=bool(cell.font is not None and cell.font.b))


def _text(cell: Any) -> str:
    """The value as the sheet shows it: dates without a time at midnight, whole numbers without decimals unless its
    format prints them, leading zeros when its format does."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        shape = str(cell.number_format or "")
        if re.fullmatch(r"0{2,}", shape) and value == int(value):
            return str(int(value)).zfill(len(shape))
        decimals = re.fullmatch(r"0\.(0+)", shape)
        if decimals:
            return f"{value:.{len(decimals.group(1))}f}"
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
