"""A contract register in CSV or XLSX → contracts of a watchlist, French or English, nothing guessed in silence.

Owns reading the sheet, the heading → field map and what a cell means. What a field allows is the watchlist schema's
business: every row goes through it before anything is written. Activities are read like those of the official list, so
a wording that is not understood is a problem of its row and never half a scope.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from monitor import watchlist_schema as schema
from monitor.watchlist_yaml import Node, Problem
from registry.errors import ConfigurationError
from registry.text import clean, fold, slug

LARGEST_FILE = 8 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 200
_LISTED = re.compile(r"[;|,\n]")
_TEXT_FIELDS = ("supplier", "host_id", "notes")


class Row(NamedTuple):
    """One line of a sheet: its number as a person sees it, and its cells."""

    line: int
    cells: Sequence[object]


@dataclass
class Imported:
    """What a sheet was understood to say."""

    path: Path
    fields: dict[str, str] = field(default_factory=dict)
    """Heading as printed → field."""
    unread: list[str] = field(default_factory=list)
    """Headings that no dictionary entry explains."""
    contracts: list[dict[str, Any]] = field(default_factory=list)
    """Values for `watchlist_edit.contract_block`, valid by the schema except for contacts."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def contacts(self) -> list[str]:
        """Every contact that is named, in order."""
        return list(dict.fromkeys(name for one in self.contracts for name in one["notify"]))


def read_register(path: Path, activities: tuple[int, ...] = (), notify: tuple[str, ...] = ()) -> Imported:
    """Reads a CSV or XLSX file; `activities` and `notify` fill the rows that have none of their own.

    Raises ConfigurationError when the file can't be read or no heading is understood; what is wrong with single rows is
    in `problems`.
    """
    rows = _rows(path)
    header, columns = _header(path, rows)
    result = Imported(path)
    for place, name in columns.items():
        result.fields[clean(str(header.cells[place]))] = name
    result.unread = [
        clean(str(cell))
        for place, cell in enumerate(header.cells)
        if cell not in (None, "") and place not in columns and clean(str(cell))
    ]
    taken: set[str] = set()
    for row in rows:
        if row.line > header.line and any(clean(str(cell)) for cell in row.cells if cell is not None):
            given = {name: row.cells[place] for place, name in columns.items() if place < len(row.cells)}
            _contract(row.line, given, result, taken, activities, notify)
    if not result.contracts and not result.problems:
        raise ConfigurationError(f"{path}: expected at least one contract below the headings, found none")
    return result


# -- the sheet ---------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[Row]:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ConfigurationError(f"{path}: expected at most {LARGEST_FILE:,} bytes, found {size:,}")
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: expected a readable CSV or XLSX file, found: {error.strerror}") from error
    rows = _xlsx_rows(path, raw) if raw[:4] == b"PK\x03\x04" else _csv_rows(path, raw)
    if len(rows) > MOST_ROWS:
        raise ConfigurationError(f"{path}: expected at most {MOST_ROWS:,} rows, found more")
    return rows


def _csv_rows(path: Path, raw: bytes) -> list[Row]:
    text = _decoded(path, raw)
    head = text[:20_000]
    delimiter = max(";,\t|", key=lambda one: _evenness(head, one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    try:
        for cells in reader:
            if len(rows) > MOST_ROWS:
                break
            rows.append(Row(reader.line_num, cells[:MOST_COLUMNS]))
    except csv.Error as error:
        raise ConfigurationError(f"{path}:{reader.line_num}: expected CSV, found: {error}") from error
    return rows


def _evenness(head: str, delimiter: str) -> tuple[int, int]:
    """Lines that the delimiter cuts into as many parts as the fullest line, then how many parts that is."""
    counts = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
    most = max(counts, default=1)
    return (counts.count(most) if most > 1 else 0, most)


def _decoded(path: Path, raw: bytes) -> str:
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigurationError(f"{path}: expected text in UTF-8, UTF-16 or Windows-1252, found other bytes")


def _xlsx_rows(path: Path, raw: bytes) -> list[Row]:
    import zipfile
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > 10 * LARGEST_FILE:
            raise ConfigurationError(
                f"{path}: expected at most {10 * LARGEST_FILE:,} bytes unpacked, found {unpacked:,}"
            )
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            Row(line, cells[:MOST_COLUMNS])
            for line, cells in enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1), 1)
        ]
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, IndexError, EOFError) as error:
        raise ConfigurationError(f"{path}: expected an XLSX workbook, found: {error}") from error


# -- headings ----------------------------------------------------------------------------------------------------------


@cache
def _words() -> dict[str, Any]:
    text = files("monitor").joinpath("watchlist_headings.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def _forms() -> dict[str, str]:
    return {form: name for name, forms in _words()["headings"].items() for form in forms}


def _plain(text: object) -> str:
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(str(text))).split())


def field_of_heading(heading: object) -> str | None:
    """The field that a heading means: the dictionary's form that it equals, else the longest that it begins with."""
    plain = _plain(re.sub(r"\(.*?\)", " ", str(heading)))
    forms = _forms()
    if plain in forms:
        return forms[plain]
    begun = [form for form in forms if plain.startswith(form + " ") and len(form) > 3]
    return forms[max(begun, key=len)] if begun else None


def _header(path: Path, rows: list[Row]) -> tuple[Row, dict[int, str]]:
    """The first line, of the first twenty, with a heading for the supplier and another; else one that says only that.

    Gives the line, and column → field, each field once."""
    alone: tuple[Row, dict[int, str]] | None = None
    for row in rows[:20]:
        columns: dict[int, str] = {}
        for place, cell in enumerate(row.cells):
            name = field_of_heading(cell) if cell not in (None, "") else None
            if name and name not in columns.values():
                columns[place] = name
        if "supplier" not in columns.values():
            continue
        if len(columns) > 1:
            return row, columns
        said = [_plain(cell) for cell in row.cells if cell not in (None, "")]
        if alone is None and len(said) == 1 and said[0] in _forms():
            alone = (row, columns)
    if alone is not None:
        return alone
    raise ConfigurationError(
        f"{path}:1: headings: expected one for the supplier (Fournisseur, Hébergeur, Supplier…) and others "
        "(SIREN, Activités, Date de fin…), found none in the first 20 lines"
    )


# -- rows --------------------------------------------------------------------------------------------------------------


def _contract(
    line: int,
    given: dict[str, object],
    result: Imported,
    taken: set[str],
    activities: tuple[int, ...],
    notify: tuple[str, ...],
) -> None:
    problems: list[Problem] = []
    nodes: dict[str, Node] = {}
    for name in _TEXT_FIELDS:
        if text := _text(given.get(name)):
            nodes[name] = Node(line, text)
    if siren := _siren(given):
        nodes["siren"] = Node(line, siren)
    for name in ("certificate_numbers", "aliases"):
        if parts := _split(given.get(name)):
            nodes[name] = _list(line, parts)
    for name in ("starts_on", "ends_on"):
        if (found := _day(line, name, given.get(name), problems)) is not None:
            nodes[name] = Node(line, found)
    if notice := _text(given.get("notice_days")):
        digits = re.match(r"(\d+)\s*(mois|months?)?", notice)
        days = int(digits[1]) * (30 if digits[2] else 1) if digits else None
        nodes["notice_days"] = Node(line, notice if days is None else str(days), plain=days is not None)
    if criticality := _text(given.get("criticality")):
        nodes["criticality"] = Node(line, _word("criticality", criticality) or criticality)
    nodes["activities"] = _list(line, map(str, _activities(line, given, activities, problems)), plain=True)
    nodes["notify"] = _list(line, [_id(one) for one in _split(given.get("notify"))] or notify)
    if quoted := _quoted(line, given, problems):
        nodes["quoted"] = Node(line, quoted)
    nodes["id"] = Node(line, _contract_id(line, given, taken, problems))
    if any(problem.field == "activities" for problem in problems):
        del nodes["activities"]
    ordered = {name: nodes[name] for name in schema.CONTRACT.fields if name in nodes}
    known = {problem.field for problem in problems}
    found_wrong: list[Problem] = []
    values = schema.read_table(schema.CONTRACT, Node(line, ordered), "", found_wrong)
    problems += [problem for problem in found_wrong if problem.field not in known]
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and starts > ends:
        problems.append(Problem(line, "ends_on", f"{starts} (start) or later", str(ends)))
    if problems:
        result.problems += problems
        return
    result.contracts.append({name: _written(name, values[name]) for name in ordered})


def _written(name: str, value: Any) -> Any:
    """What goes into the file: a SIREN stays text, quoted values without those that are not quoted."""
    if name == "quoted":
        return {key: one for key, one in value.items() if one is not None}
    return list(value) if isinstance(value, tuple) else value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        value = value.date()
    return clean("".join(one if one.isprintable() or one in "\t\n\r" else " " for one in str(value)))


def _split(value: object) -> list[str]:
    return [part for raw in _LISTED.split("" if value is None else str(value)) if (part := _text(raw))]


def _list(line: int, values: Iterable[str], *, plain: bool = False) -> Node:
    return Node(line, [Node(line, value, plain) for value in dict.fromkeys(values)])


def _siren(given: dict[str, object]) -> str:
    """The SIREN, also from a SIRET or a VAT number. A spreadsheet number has lost its leading zeros."""
    for name, length in (("siren", 9), ("siret", 14)):
        value = given.get(name)
        digits = re.sub(r"[\s.\-]", "", _text(value))
        if isinstance(value, int | float) and digits.isdigit():
            digits = digits.zfill(length)
        if digits:
            vat = re.fullmatch(r"FR[0-9A-Z]{2}(\d{9})", digits, re.IGNORECASE)
            return vat[1] if vat else digits[:9] if name == "siret" and len(digits) == 14 else digits
    return ""


def _day(line: int, name: str, value: object, problems: list[Problem]) -> str | None:
    from registry.dates import read_date

    if isinstance(value, datetime | date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    text = _text(value)
    if not text or _plain(text) in (
        "",
        "indeterminee",
        "indetermine",
        "sans",
        "sans terme",
        "illimitee",
        "none",
        "n a",
    ):
        return None
    try:
        return read_date(text).isoformat()
    except ValueError:
        problems.append(Problem(line, name, "a date such as 31/12/2027", repr(text)))
        return None


def _activities(
    line: int, given: dict[str, object], default: tuple[int, ...], problems: list[Problem]
) -> tuple[int, ...]:
    from registry.activities import read_scope

    answers = {number: _text(given.get(f"activity_{number}")) for number in range(1, 7)}
    found: set[int] = set()
    for number, answer in answers.items():
        said = _word("answers", answer)
        if said == "yes":
            found.add(number)
        elif answer and said is None:
            problems.append(Problem(line, "activities", f"yes or no for activity {number}", repr(answer)))
    cell = given.get("activities")
    text = _text(cell)
    if (isinstance(cell, float) and not cell.is_integer()) or isinstance(cell, date):
        problems.append(Problem(line, "activities", "text (the spreadsheet made a number or a date of it)", repr(text)))
    elif text:
        read = read_scope(text)
        if read.activities is None:
            problems.append(Problem(line, "activities", "activities such as `1 à 6` or `3, 4, 5`", repr(text)))
        elif read.legacy:
            what = "activities alone (an old scope stands for none of them)"
            problems.append(Problem(line, "activities", what, repr(text)))
        else:
            found |= set(read.activities)
    if not found and not text and not any(answers.values()):
        found |= set(default)
    if not found and not any(problem.field == "activities" for problem in problems):
        problems.append(Problem(line, "activities", "activities such as `1 à 6` (or give --activities)", "none"))
    return tuple(sorted(found))


def _quoted(line: int, given: dict[str, object], problems: list[Problem]) -> dict[str, Node]:
    quoted = {}
    if number := _text(given.get("quoted_certificate_number")):
        quoted["certificate_number"] = Node(line, number)
    if found := _day(line, "quoted.expires_on", given.get("quoted_expires_on"), problems):
        quoted["expires_on"] = Node(line, found)
    return quoted


def _word(table: str, text: str) -> str | None:
    """The word of a small vocabulary that a cell says, or None."""
    said = {fold(text), _plain(text)}
    return next((word for word, forms in _words()[table].items() if said & set(map(fold, forms))), None)


def _id(text: str) -> str:
    return slug(text) or "contrat"


def _contract_id(line: int, given: dict[str, object], taken: set[str], problems: list[Problem]) -> str:
    """The register's own reference, which may stand there once only; else the supplier's name, numbered."""
    if reference := _text(given.get("id")):
        name = _id(reference)
        if name in taken:
            problems.append(Problem(line, "id", "each contract once", f"{reference!r} again"))
    else:
        supplier = name = _id(_text(given.get("supplier")))
        number = 2
        while name in taken:
            name, number = f"{supplier}-{number}", number + 1
    taken.add(name)
    return name
