"""The list as a workbook or a PDF is read exactly; what can't be opened is refused by name."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.crawler_read.file_pages import PDFS, WORKBOOKS, XLSX, pdf, workbook
from tests.crawler_read.reading import HOSTS, Entry, exactly, read_page, refusal
from tests.crawler_read.table_pages import HEADINGS, values


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_is_read_exactly(name: str) -> None:
    page = WORKBOOKS[name]
    exactly(page.body, page.entries, page.fields, media_type=page.media_type)


@pytest.mark.parametrize("name", PDFS)
def test_a_pdf_is_read_exactly(name: str) -> None:
    page = PDFS[name]()
    exactly(page.body, page.entries, page.fields, media_type=page.media_type)


def test_a_formula_without_a_stored_result_is_not_taken_for_blank() -> None:
    def fill(book: Any) -> None:
        book.active.append([*HEADINGS[:5], *(f"Activité {n}" for n in range(1, 7))])
        for entry in HOSTS:
            book.active.append([*values(entry)[:5], *["oui"] * 5, '=IF(1=1,"oui","non")'])

    reading = read_page(workbook(fill), XLSX)
    assert all(row.cells["activity_6"].text == "[formula without a stored value]" for row in reading.rows)


def _archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _tampered(body: bytes, part: str, before: bytes, after: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert before in parts[part]
    parts[part] = parts[part].replace(before, after, 1)
    return _archive(parts)


def _recoded(body: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[SHEET].decode()
    parts[SHEET] = ('<?xml version="1.0" encoding="UTF-16"?>' + text[text.index("<", text.startswith("<?")) :]).encode(
        "utf-16"
    )
    return _archive(parts)


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "merged cells over the whole sheet": lambda body: _tampered(
        body, SHEET, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    ),
    "merged cells behind a character reference": lambda body: _tampered(
        body, SHEET, b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="&#65;1:XFD1048576"/></mergeCells>'
    ),
    "merged cells behind the end of a tag that is none": lambda body: _tampered(
        body, SHEET, b"</sheetData>", b'</sheetData><mergeCells><mergeCell x=">" ref="A1:XFD1048576"/></mergeCells>'
    ),
    "merged cells in UTF-16": lambda body: _recoded(
        _tampered(body, SHEET, b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
    "an entity definition in UTF-16": lambda body: _recoded(
        _tampered(body, SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet')
    ),
    "a million cells that hold nothing": lambda body: _tampered(
        body, SHEET, b"</sheetData>", b'<row>' + b'<c t="n"/>' * 1_000_000 + b"</row></sheetData>"
    ),
    "an entity definition": lambda body: _tampered(body, SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
    "a part that unpacks to gigabytes": lambda body: _tampered(body, SHEET, b"</sheetData>", b"</sheetData>" + b" " * 90_000_000),
    "half of the file": lambda body: body[: len(body) // 2],
    "a sheet that is no XML": lambda body: _tampered(body, SHEET, b"<worksheet", b"<<<"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused(name: str) -> None:
    body = HOSTILE[name](WORKBOOKS["one sheet"].body)
    assert refusal(body, media_type=XLSX) in ("too_large", "broken_workbook", "wrong_type")


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_a_pdf_that_breaks_off_is_refused(keep: float) -> None:
    body = pdf("ALL", 3)
    assert refusal(body[: int(len(body) * keep)], media_type="application/pdf")


def test_a_list_of_activities_that_a_page_break_cuts_goes_on_in_its_own_row() -> None:
    from fpdf import FPDF

    cut, whole = ["4. Plateforme", "5. Administration et exploitation", "6. Sauvegarde"], HOSTS[4]
    first, second = (
        Entry("Acme", "808665483", "LNE", "40112", "v2.0", frozenset({4, 5, 6}), "2026-02-02", "2029-02-01"),
        whole,
    )
    at = HEADINGS.index("Activités")
    rest = ["" if place != at else "\n".join(cut[1:]) for place in range(len(HEADINGS))]
    top = values(first)
    top[at] = cut[0]
    document = FPDF(orientation="L")
    document.set_font("Helvetica", size=8)
    for lines in ([list(HEADINGS), top], [rest, values(second)]):
        document.add_page()
        with document.table(borders_layout="ALL", first_row_as_headings=False) as drawn:
            for line in lines:
                row = drawn.row()
                for text in line:
                    row.cell(text)
    exactly(bytes(document.output()), (first, second), media_type="application/pdf")
