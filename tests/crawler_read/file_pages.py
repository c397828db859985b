"""The true list as workbooks and PDF documents, built with the libraries that people use."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.crawler_read.reading import HOSTS
from tests.crawler_read.table_pages import HEADINGS, SEVERAL, Page, values

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(fill: Callable[[Any], None]) -> bytes:
    """A workbook that `fill` writes into."""
    from openpyxl import Workbook

    book = Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(book: Any) -> None:
    book.active.append(HEADINGS)
    for entry in HOSTS:
        book.active.append(values(entry))


def _as_people_type(book: Any) -> None:
    """A cover sheet, a hidden old list, a merged title, real dates and numbers, the list not in the first corner."""
    book.active.title = "Lisez-moi"
    book.active.append(["Liste des hébergeurs certifiés"])
    old = book.create_sheet("Ancienne liste")
    old.sheet_state = "hidden"
    old.append(HEADINGS)
    old.append(["Vieux SA", *values(HOSTS[0])[1:]])
    sheet = book.create_sheet("Liste")
    sheet["B2"] = "Liste des hébergeurs"
    sheet.merge_cells("B2:I2")
    for column, heading in enumerate(HEADINGS, 2):
        sheet.cell(4, column, heading)
    for row, entry in enumerate(HOSTS, 5):
        typed: list[Any] = list(values(entry))
        typed[1] = int(entry.siren) if entry.siren else None
        typed[3] = int(entry.number) if entry.number.isdigit() else entry.number
        typed[6], typed[7] = datetime.fromisoformat(entry.issued), datetime.fromisoformat(entry.expires)
        for column, value in enumerate(typed, 2):
            sheet.cell(row, column, value)


def _merged_host(book: Any) -> None:
    sheet = book.active
    sheet.append(HEADINGS)
    for entry in SEVERAL:
        sheet.append(values(entry))
    for column in "AB":
        sheet[f"{column}3"] = None
        sheet.merge_cells(f"{column}2:{column}3")


def _two_heading_rows(book: Any) -> None:
    sheet = book.active
    sheet.append([*HEADINGS[:5], "Activités", None, None, None, None, None, *HEADINGS[6:]])
    sheet.append([None] * 5 + list(range(1, 7)) + [None, None])
    sheet.merge_cells("F1:K1")
    for column in "ABCDELM":
        sheet.merge_cells(f"{column}1:{column}2")
    for entry in HOSTS:
        marks = ["X" if n in entry.activities else None for n in range(1, 7)]
        sheet.append([*values(entry)[:5], *marks, *values(entry)[6:]])


def _two_sheets(book: Any) -> None:
    book.active.title = "A-M"
    for sheet, entries in ((book.active, HOSTS[:3]), (book.create_sheet("N-Z"), HOSTS[3:])):
        sheet.append(HEADINGS)
        for entry in entries:
            sheet.append(values(entry))


def _linked(book: Any) -> None:
    book.active.append([*HEADINGS, "Certificat"])
    for row, entry in enumerate(HOSTS, 2):
        book.active.append([*values(entry), "PDF"])
        book.active.cell(row, 9).hyperlink = entry.document


WORKBOOKS: dict[str, Page] = {
    "one sheet": Page(workbook(_plain), media_type=XLSX),
    "a sheet as people type it": Page(workbook(_as_people_type), media_type=XLSX),
    "a host merged over its certificates": Page(workbook(_merged_host), SEVERAL, media_type=XLSX),
    "two heading rows": Page(workbook(_two_heading_rows), media_type=XLSX),
    "the list over two sheets": Page(workbook(_two_sheets), media_type=XLSX),
    "linked certificates": Page(workbook(_linked), fields=("name", "number", "expires", "document"), media_type=XLSX),
}

PDF_HOSTS = tuple(replace(entry, name=entry.name.replace("Œ", "OE")) for entry in HOSTS)
"""The fonts that every PDF reader has know no œ."""


def pdf(layout: str, repeat: int = 1) -> bytes:
    """The list as a PDF: `ALL` draws every rule, other border layouts of the library fewer, `columns` none."""
    from fpdf import FPDF

    document = FPDF(orientation="L")
    document.add_page()
    document.set_font("Helvetica", size=8)
    document.cell(text="Liste des hébergeurs certifiés")
    document.ln(10)
    lines = [list(HEADINGS), *(values(entry) for _ in range(repeat) for entry in PDF_HOSTS)]
    if layout == "columns":
        for line in lines:
            for text, width in zip(line, (55, 25, 45, 30, 22, 30, 32, 32), strict=True):
                document.cell(width, 6, text)
            document.ln(6)
        return bytes(document.output())
    with document.table(borders_layout=layout) as drawn:
        for line in lines:
            row = drawn.row()
            for text in line:
                row.cell(text)
    return bytes(document.output())


PDFS: dict[str, Callable[[], Page]] = {
    "every rule drawn": lambda: Page(pdf("ALL"), PDF_HOSTS, media_type="application/pdf"),
    "every rule drawn, over several pages": lambda: Page(pdf("ALL", 12), PDF_HOSTS * 12, media_type="application/pdf"),
    "rules between the rows": lambda: Page(pdf("HORIZONTAL_LINES"), PDF_HOSTS, media_type="application/pdf"),
    "rules between the columns": lambda: Page(pdf("NO_HORIZONTAL_LINES"), PDF_HOSTS, media_type="application/pdf"),
    "inner rules only": lambda: Page(pdf("INTERNAL"), PDF_HOSTS, media_type="application/pdf"),
    "one rule below the headings": lambda: Page(pdf("SINGLE_TOP_LINE"), PDF_HOSTS, media_type="application/pdf"),
    "no rules, cells of several lines": lambda: Page(pdf("NONE", 12), PDF_HOSTS * 12, media_type="application/pdf"),
    "columns of text over several pages": lambda: Page(
        pdf("columns", 12), PDF_HOSTS * 12, media_type="application/pdf"
    ),
}
