"""What the replica's PDF certificates say, as pdfplumber reads it."""

from __future__ import annotations

import io

import pdfplumber
import pytest

from crawler.replica import cast
from crawler.replica.certificates import certificate
from crawler.replica.editions import documents
from crawler.replica.lines import Line
from crawler.replica.pdf import A4, Sheet, document, wrap

LINES = documents(cast.REFERENCE_DATE)


def pages(line: Line) -> list[str]:
    with pdfplumber.open(io.BytesIO(certificate(line))) as book:
        return [page.extract_text() for page in book.pages]


@pytest.mark.parametrize(
    "line", [line for line in LINES.values() if line.name != cast.SCANNED], ids=lambda line: line.number
)
def test_a_certificate_names_its_holder_and_number_and_has_its_scope_on_page_2(line: Line) -> None:
    one, two = pages(line)
    assert line.name.strip().casefold() in " ".join(one.split()).casefold()
    assert line.number in one
    assert "replica, not a real certificate" in one and "replica, not a real certificate" in two
    assert any(sign in " ".join(two.split()) for sign in ("Activités", "activities", "Périmètre"))


def test_certificates_are_french_english_and_in_the_v1_order() -> None:
    texts = {line.name: " ".join(pages(line)).replace("\n", " ") for line in LINES.values()}
    assert "Date d'expiration" in texts[cast.STEADY]
    assert "Expiry Date" in texts[cast.RENEWED]
    assert (
        "3. La mise à disposition et le maintien en condition opérationnelle de la plateforme" in texts[cast.SUPERSEDED]
    )


def test_a_scan_has_no_text() -> None:
    (line,) = [line for line in LINES.values() if line.name == cast.SCANNED]
    assert pages(line) == [""]


def test_text_is_read_back_with_its_accents_brackets_and_backslashes() -> None:
    words = "Œuvre (fictive) d’Éa \\ 50 % – été"
    sheet = Sheet(A4)
    sheet.text(50, 60, words)
    with pdfplumber.open(io.BytesIO(document([sheet], "essai"))) as book:
        assert book.pages[0].extract_text() == words


def test_wrapped_lines_keep_every_word_and_every_line_break() -> None:
    words = "un deux trois quatre cinq\nsix sept"
    lines = wrap(words, 60, 10)
    assert " ".join(lines).split() == words.split()
    assert "six sept" in lines
