"""The smallest PDF writer that certificates and a printed list need: text in Helvetica, rules, several pages.

Standard library only, so that the replica can serve PDFs wherever it is installed. Same input, same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

A4 = (595.0, 842.0)
A4_LANDSCAPE = (842.0, 595.0)
_WIDTH_OF_A_LETTER, _WIDTH_OF_A_CAPITAL = 0.56, 0.74
"""Of the font size: more than the average width of Helvetica, so that wrapped text never leaves its box."""


@dataclass
class Sheet:
    """One page; the origin is the top left corner, in points."""

    size: tuple[float, float] = A4
    operations: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, size: float = 11, *, bold: bool = False) -> None:
        """One line of text whose baseline is `y` below the top edge."""
        font = "F2" if bold else "F1"
        self.operations.append(f"BT /{font} {size:g} Tf {x:g} {self.size[1] - y:g} Td ({_escaped(words)}) Tj ET")

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A thin line."""
        top = self.size[1]
        self.operations.append(f"0.5 w {x1:g} {top - y1:g} m {x2:g} {top - y2:g} l S")


def wrap(words: str, width: float, size: float) -> list[str]:
    """The words broken into lines that fit the width in points; line breaks in the text are kept."""
    lines: list[str] = []
    for part in words.split("\n"):
        letter = _WIDTH_OF_A_CAPITAL if part.isupper() else _WIDTH_OF_A_LETTER
        letters = max(4, int(width / (size * letter)))
        lines += textwrap.wrap(part, letters, break_on_hyphens=False) or [""]
    return lines


def _escaped(words: str) -> str:
    known = words.replace("\u202f", "\u00a0").encode("cp1252", "replace").decode("cp1252")
    return known.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def document(sheets: Sequence[Sheet], title: str) -> bytes:
    """The PDF file that holds the sheets in order."""
    first_sheet = 6
    numbers = [first_sheet + 2 * place for place in range(len(sheets))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(sheets)} >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
        b"<< /Title (" + _escaped(title).encode("cp1252") + b") /Producer (replica) >>",
    ]
    for number, sheet in zip(numbers, sheets, strict=True):
        content = "\n".join(sheet.operations).encode("cp1252")
        width, height = sheet.size
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:g} {height:g}] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
