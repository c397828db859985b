"""Bodies made to break a reader: too deep, too wide, too long, half encoded, or not what they claim."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable


def _rows(count: int, cell: str = "x") -> str:
    return (
        "<table><tr><th>Hébergeur</th><th>N° de certificat</th></tr>"
        + f"<tr><td>{cell}</td><td>1</td></tr>" * count
        + "</table>"
    )


def _bomb(part: str, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr(part, b"\0" * size)
    return out.getvalue()


def _pdf(stream: bytes, filters: str = "/FlateDecode") -> bytes:
    """A PDF of one page whose content is `stream`."""
    head = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<>>>>endobj\n"
    )
    content = b"4 0 obj<</Length %d/Filter %s>>stream\n%s\nendstream endobj\n" % (len(stream), filters.encode(), stream)
    return head + content + b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


HTML = "text/html; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "boxes nested 100,000 deep": (HTML, lambda: b"<div>" * 100_000 + b"x"),
    "tables nested 3,000 deep": (HTML, lambda: b"<table><tr><td>" * 3_000 + b"x"),
    "lists nested 5,000 deep": (HTML, lambda: b"<ul><li>" * 5_000 + b"Certificat : 1"),
    "unclosed inline elements": (HTML, lambda: b"<b><i><a href=x>" * 20_000 + b"x"),
    "100,000 tables": (HTML, lambda: b"<table><tr><td>a<td>b</table>" * 100_000),
    "50,000 headings and labels": (HTML, lambda: "<h3>Hôte X</h3><p>Certificat : 1</p>".encode() * 50_000),
    "100,000 rows": (HTML, lambda: _rows(100_000).encode()),
    "a row of 50,000 cells": (HTML, lambda: ("<table><tr>" + "<td>x</td>" * 50_000 + "</tr></table>").encode()),
    "cells that span a million squares": (HTML, lambda: _rows(1, "</td><td colspan=1000000 rowspan=1000000>").encode() * 50),
    "rows that all span each other": (
        HTML, lambda: ("<table>" + "<tr><td rowspan=60000 colspan=1000>x</td></tr>" * 3_000 + "</table>").encode(),
    ),
    "an attribute of ten megabytes": (HTML, lambda: b'<p class="' + b"a " * 5_000_000 + b'">Certificat : 1</p>'),
    "a text of ten megabytes": (HTML, lambda: b"<table><tr><td>Certificat<td>" + b"a " * 5_000_000 + b"</table>"),
    "a heading of ten megabytes": (HTML, lambda: b"<h3>" + b"x1/" * 3_000_000 + b"</h3><p>Certificat : 1</p>"),
    "a million entities": (HTML, lambda: b"<table><tr><td>Certificat<td>" + b"&amp;&#x10ffff;&nosuch;" * 400_000),
    "entities that define each other": (
        "application/xhtml+xml",
        lambda: (
            b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
            + b"]><html><body>&j;</body></html>"
        ),
    ),
    "numbers without end": (HTML, lambda: b"<p>" + b"1 " * 500_000 + b"certificats</p>"),
    "dates without end": (HTML, lambda: b"<table><tr><td>Expire le<td>" + b"11/09/2028 " * 200_000 + b"</table>"),
    "colons without end": (HTML, lambda: b"<p>" + b"Certificat : " * 100_000 + b"</p>"),
    "scripts full of braces": (HTML, lambda: b"<script>" + b"x = {[({" * 200_000 + b"</script>"),
    "a script that never closes its string": (HTML, lambda: b'<script>JSON.parse("' + b"\\\\a" * 1_000_000 + b"</script>"),
    "bytes of no encoding": (HTML, lambda: bytes(range(256)) * 4_000),
    "half of a UTF-16 pair": (HTML, lambda: b"\xff\xfe" + b"<\x00p\x00\x00\xd8" * 10_000),
    "zeros": ("text/csv", lambda: b"\0" * 1_000_000),
    "brackets nested 200,000 deep": ("application/json", lambda: b"[" * 200_000),
    "objects nested 50,000 deep": ("application/json", lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "300,000 objects of different keys": (
        "application/json", lambda: json.dumps([{f"k{n}": n} for n in range(300_000)]).encode(),
    ),
    "a number of a million digits": ("application/json", lambda: b'[{"numero_certificat":' + b"9" * 1_000_000 + b"}]"),
    "an object that is a list of objects of lists": (
        "application/json", lambda: json.dumps({"a": [{"certificats": [{"numero": "1"}] * 50}] * 2_000}).encode(),
    ),
    "quotes without end": ("text/csv", lambda: b'Hebergeur;Certificat\n"' + b'a;""\n' * 300_000),
    "one line of two million values": ("text/csv", lambda: b"a;" * 2_000_000 + b"\n1;2"),
    "500,000 lines": ("text/csv", lambda: b"Hebergeur;Certificat\n" + b"a;1\n" * 500_000),
    "a workbook of zeros": (XLSX, lambda: _bomb("xl/worksheets/sheet1.xml", 200_000_000)),
    "a workbook that is a text": (XLSX, lambda: b"PK\x03\x04" + b"x" * 10_000),
    "a PDF stream that unpacks to a gigabyte": (
        "application/pdf", lambda: _pdf(zlib.compress(zlib.compress(b"0 " * 20_000_000)), "[/FlateDecode /FlateDecode]"),
    ),
    "a PDF that draws a million lines": ("application/pdf", lambda: _pdf(zlib.compress(b"0 0 m 9 9 l S " * 1_000_000))),
    "a PDF that refers to itself": (
        "application/pdf",
        lambda: b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    ),
}  # fmt: skip
"""What it is → (media type, maker)."""
