"""The list as files: JSON with hosts that hold certificates, JSON:API, CSV for French spreadsheets, XLSX, PDF."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from functools import cache
from itertools import groupby

from crawler.replica.editions import Edition
from crawler.replica.lines import COLUMNS, Line, printed
from crawler.replica.markup import HEADINGS
from crawler.replica.pdf import A4_LANDSCAPE, Sheet, document, wrap

JSON_KEYS = {
    "name": "raison_sociale", "brand": "nom_commercial", "siren": "siren", "country": "pays",
    "website": "site_internet", "activities": "activites", "scope": "type_hebergeur", "referential": "referentiel",
    "certifier": "organisme_certificateur", "number": "numero_certificat", "issued_on": "date_delivrance",
    "expires_on": "date_echeance", "document": "certificat", "transparency": "transparence",
}  # fmt: skip
JSON_COLUMNS = tuple(JSON_KEYS)
_HOST_KEYS = ("name", "brand", "siren", "country", "website")
PDF_COLUMNS = ("name", "siren", "activities", "referential", "certifier", "number", "issued_on", "expires_on")
_PDF_WIDTHS = (120, 75, 260, 60, 90, 75, 60, 60)
_JSON_API_PAGE = 20


def _values(line: Line, keys: tuple[str, ...]) -> dict[str, str | None]:
    texts = printed(line)
    return {JSON_KEYS[key]: texts[key] or None for key in keys}


def _json(current: Edition) -> bytes:
    """Hosts that hold their certificates, below two levels of wrapping."""
    certificate_keys = tuple(key for key in JSON_COLUMNS if key not in _HOST_KEYS)
    hosts = []
    for _, group in groupby(current.lines, key=lambda line: line.name):
        lines = list(group)
        certificates = [_values(line, certificate_keys) for line in lines]
        hosts.append(_values(lines[0], _HOST_KEYS) | {"certificats": certificates})
    whole = {"meta": {"total": current.hosts, "source": "réplique"}, "resultat": {"hebergeurs": hosts}}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def json_api(current: Edition, path: str, offset: int) -> bytes:
    """One page of the list as JSON:API, with `links.next` while there is more."""
    shown = current.lines[offset : offset + _JSON_API_PAGE]
    data = [
        {
            "type": "node--hebergeur",
            "id": f"00000000-0000-4000-8000-{offset + place:012d}",
            "attributes": {"status": True, "langcode": "fr"}
            | {f"field_{key}" if key != "raison_sociale" else "title": value for key, value in values.items()},
        }
        for place, values in enumerate(_values(line, JSON_COLUMNS) for line in shown)
    ]
    links = {"self": {"href": f"{path}?page[offset]={offset}"}}
    if offset + _JSON_API_PAGE < len(current.lines):
        links["next"] = {"href": f"{path}?page%5Boffset%5D={offset + _JSON_API_PAGE}"}
    whole = {"jsonapi": {"version": "1.0"}, "data": data, "meta": {"hosts": current.hosts}, "links": links}
    return json.dumps(whole).encode()


def _csv(current: Edition) -> bytes:
    """Semicolons and the Windows code page, as a French spreadsheet saves it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS[column] for column in COLUMNS)
    for line in current.lines:
        texts = printed(line)
        writer.writerow(texts[column] for column in COLUMNS)
    return out.getvalue().replace("\u202f", "\u00a0").encode("cp1252")


@cache
def _xlsx(current: Edition) -> bytes:
    """A workbook: a cover sheet, then the list; some dates and numbers are real cells, as people type them."""
    from openpyxl import Workbook

    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Lisez-moi"
    cover.append(["Réplique de démonstration — ce n'est pas la liste officielle"])
    cover.append([f"{current.hosts} hébergeurs certifiés"])
    sheet = book.create_sheet("Hébergeurs")
    sheet.append(["Liste des hébergeurs certifiés HDS"])
    sheet.append([])
    sheet.append([HEADINGS[column] for column in COLUMNS])
    for line in current.lines:
        texts = printed(line)
        sheet.append([_cell(line, column, texts[column]) for column in COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(line: Line, column: str, text: str) -> object:
    if column in ("issued_on", "expires_on") and text.count("/") == 2:
        return line.issued_on if column == "issued_on" else line.expires_on
    if column in ("siren", "number") and text.isdigit() and not text.startswith("0"):
        return int(text)
    return text or None


def _pdf(current: Edition) -> bytes:
    """A ruled table over several landscape pages, its headings on each."""
    sheets: list[Sheet] = []
    y = 1e9
    for line in current.lines:
        texts = printed(line)
        cells = [wrap(texts[column], width - 6, 7) for column, width in zip(PDF_COLUMNS, _PDF_WIDTHS, strict=True)]
        height = 6 + 8.5 * max(map(len, cells))
        if y + height > A4_LANDSCAPE[1] - 25:
            sheets.append(Sheet(A4_LANDSCAPE))
            y = _pdf_head(sheets[-1], current, len(sheets))
        y = _pdf_row(sheets[-1], y, height, cells)
    return document(sheets, "Liste des hébergeurs certifiés (réplique)")


def _pdf_head(sheet: Sheet, current: Edition, number: int) -> float:
    sheet.text(20, 24, "Réplique de démonstration — ce n'est pas la liste officielle", 9, bold=True)
    sheet.text(620, 24, f"{current.hosts} hébergeurs certifiés — page {number}", 8)
    sheet.rule(20, 32, 20 + sum(_PDF_WIDTHS), 32)
    cells = [wrap(HEADINGS[column], width - 6, 7) for column, width in zip(PDF_COLUMNS, _PDF_WIDTHS, strict=True)]
    return _pdf_row(sheet, 32, 6 + 8.5 * max(map(len, cells)), cells, bold=True)


def _pdf_row(sheet: Sheet, y: float, height: float, cells: list[list[str]], *, bold: bool = False) -> float:
    x = 20.0
    for lines, width in zip(cells, _PDF_WIDTHS, strict=True):
        for place, words in enumerate(lines):
            sheet.text(x + 3, y + 9 + 8.5 * place, words, 7, bold=bold)
        sheet.rule(x, y, x, y + height)
        x += width
    sheet.rule(x, y, x, y + height)
    sheet.rule(20, y + height, x, y + height)
    return y + height


FILES: dict[str, tuple[str, str, Callable[[Edition], bytes]]] = {
    "json": ("application/json", "json", _json),
    "csv": ("text/csv", "csv", _csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", _xlsx),
    "pdf": ("application/pdf", "pdf", _pdf),
}
"""Layout → media type, file ending, maker."""
