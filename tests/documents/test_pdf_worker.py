"""Reading PDFs in a process that may be killed: whatever a document does, reading ends."""

from __future__ import annotations

import zlib

import pytest
from fpdf import FPDF

from crawler.certificate_pdf import PdfWorker, UnreadableDocument, extract_lines
from crawler.replica.pdf import Sheet, document


def pdf(*lines: str) -> bytes:
    sheet = Sheet()
    for place, line in enumerate(lines):
        sheet.text(50, 60 + 20 * place, line)
    return document([sheet], "essai")


def test_documents_are_read_one_after_another_in_one_worker() -> None:
    with PdfWorker() as worker:
        first = worker.read(pdf("Certificat n° A-1", "Titulaire : Éxemple"))
        process = worker._process
        second = worker.read(pdf("Certificat n° A-2"))
        assert worker._process is process
    assert [one.value for one in first.numbers] == ["A-1"]
    assert [one.value for one in first.holders] == ["Éxemple"]
    assert [one.value for one in second.numbers] == ["A-2"]


def test_letters_printed_twice_for_boldness_are_read_once_and_double_letters_twice() -> None:
    sheet = Sheet()
    for shift in (0.0, 0.4):
        sheet.text(50 + shift, 60, "Certificat n° 1100-22 ill.", 9)
    assert extract_lines(document([sheet], "essai")) == [["Certificat n° 1100-22 ill."]]


def test_a_document_of_another_writer_is_read_too() -> None:
    book = FPDF()
    book.add_page()
    book.set_font("Helvetica", size=12)
    book.cell(text="Date d'expiration : 11 septembre 2028")
    assert extract_lines(bytes(book.output())) == [["Date d'expiration : 11 septembre 2028"]]


@pytest.mark.parametrize(
    "body",
    [b"", b"%PDF-1.4\n%%EOF", b"<html>no</html>", pdf("x")[:300], b"%PDF-1.7\n" + b"\x00\xff" * 500 + b"\n%%EOF"],
    ids=["empty", "hollow", "html", "cut", "noise"],
)
def test_a_damaged_document_is_named_as_such_or_has_no_text_and_the_worker_goes_on(body: bytes) -> None:
    with PdfWorker() as worker:
        try:
            assert worker.read(body).says_nothing
        except UnreadableDocument as error:
            assert str(error)
        assert worker.read(pdf("Certificat n° A-3")).numbers


def test_an_encrypted_document_is_unreadable() -> None:
    book = FPDF()
    book.set_encryption(owner_password="a", user_password="b")
    book.add_page()
    book.set_font("Helvetica", size=12)
    book.cell(text="secret")
    with PdfWorker() as worker, pytest.raises(UnreadableDocument, match=r"Password|Encrypt"):
        worker.read(bytes(book.output()))


def test_a_document_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    with PdfWorker(seconds=0.01) as worker:
        with pytest.raises(UnreadableDocument, match=r"within 0\.01 s"):
            worker.read(pdf("lent"))
        worker.seconds = 60
        assert worker.read(pdf("Certificat n° A-3")).numbers


def bomb() -> bytes:
    """A page whose content grows to 4 GB when it is decompressed: one packed block again and again."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 20_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = head + block * 200 + packer.flush()
    plain = document([Sheet()], "essai")
    start = plain.index(b"7 0 obj")
    before, after = plain[:start], plain[plain.index(b"endobj", start) :]
    filtered = b"7 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream\n" % (len(stream), stream)
    return before + filtered + after


def test_a_document_that_would_fill_the_memory_is_given_up() -> None:
    with PdfWorker() as worker:
        with pytest.raises(UnreadableDocument):
            worker.read(bomb())
        assert worker.read(pdf("Certificat n° A-3")).numbers


def test_the_worker_is_gone_when_the_block_ends() -> None:
    with PdfWorker() as worker:
        worker.read(pdf("x"))
        process = worker._process
    assert process is not None and process.returncode is not None


def test_a_long_text_made_of_words_for_activities_does_not_hold_up_the_reader() -> None:
    sheets = []
    for _ in range(3):
        sheet = Sheet()
        for place in range(60):
            sheet.text(20, 20 + 12 * place, "activités 1, 2 et autre chose; certificat n° ; " * 3, 6)
        sheets.append(sheet)
    with PdfWorker(seconds=30) as worker:
        assert worker.read(document(sheets, "essai")).activities is None
