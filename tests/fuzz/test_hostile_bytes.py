"""Hostile input to every reader: only the named exceptions, and an answer within bounds. Long runs: `make fuzz`."""

from __future__ import annotations

import io
import random
import time
import zipfile

import pytest

from crawler.readers import UnreadablePage, read
from registry.interpret import interpret_rows
from tests.crawler_read.test_layouts_by_meaning import LAYOUTS, document

SECONDS = 30.0
HOSTILE = {
    "deep nesting": "<div>" * 20_000 + "x" + "</div>" * 20_000,
    "deep tables": "<table><tr><td>" * 2_000 + "x",
    "a huge attribute": f"<table><tr><th title='{'a' * 2_000_000}'>Hébergeur</th></tr><tr><td>x</td></tr></table>",
    "a huge colspan": "<table><tr><th colspan='999999999' rowspan='999999999'>Hébergeur</th></tr><tr><td>x</td></tr></table>",
    "an entity bomb": (
        "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY a 'aaaaaaaaaa'>"
        + "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9))
        + "]><html><body><table><tr><td>&j;</td></tr></table></body></html>"
    ),
    "deep JSON": "[" * 50_000 + "]" * 50_000,
    "long numbers": '{"hebergeur": ' + "9" * 100_000 + "}",
    "one endless line": "Hébergeur ; " * 100_000,
}


def survives(body: bytes, media_type: str) -> None:
    started = time.process_time()
    try:
        reading = read(body, media_type, "https://liste.example/hds", "hosts", "0" * 64)
        interpret_rows("hosts", reading.rows)
    except UnreadablePage as error:
        assert str(error)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("media_type", ["text/html", "application/json", "text/csv"])
def test_hostile_text_is_read_or_refused_in_time(kind: str, media_type: str) -> None:
    survives(HOSTILE[kind].encode(), media_type)


def test_a_workbook_bomb_is_refused_before_it_unfolds() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    survives(out.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def mutated(seed: int) -> bytes:
    """A page of a known layout with a few places cut, doubled or scrambled."""
    chance = random.Random(seed)
    body = bytearray(document(chance.choice(list(LAYOUTS.values()))).encode())
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(body))
        length = chance.choice((1, 3, 20, 200))
        match chance.randrange(4):
            case 0:
                del body[start : start + length]
            case 1:
                body[start:start] = body[start : start + length]
            case 2:
                body[start : start + length] = chance.randbytes(length)
            case _:
                body[start:start] = chance.choice(
                    (b"<table>", b"</td>", b"</table>", b"<tr>", b"&#0;", b"\xff\xfe", b"<!--")
                )
    return bytes(body)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_page_is_read_or_refused(seed: int) -> None:
    survives(mutated(seed), "text/html; charset=utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_many_damaged_pages_are_read_or_refused(block: int) -> None:
    for seed in range(1_000 + block * 100, 1_100 + block * 100):
        survives(mutated(seed), "text/html; charset=utf-8")
