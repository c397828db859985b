"""A fuzzer over the readers: good pages, broken at random, for a bounded time. Run by `make fuzz`.

`HDSWATCH_FUZZ_SECONDS` says how long (60 by default), `HDSWATCH_FUZZ_SEED` which pages; a failure prints its seed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest

from crawler.readers import Reading, UnreadablePage, bounded
from registry.interpret import interpret_rows
from registry.models import HOST_FIELDS
from tests.crawler_read.block_pages import BLOCKS
from tests.crawler_read.data_pages import CSV, JSON
from tests.crawler_read.file_pages import PDFS, WORKBOOKS
from tests.crawler_read.reading import read_page
from tests.crawler_read.table_pages import TABLES, Page

SLOWEST = 20.0
"""Seconds of processor time for one page of a few kilobytes."""
_MARKS = [
    b"<", b">", b'"', b"'", b"&", b";", b"{", b"}", b"[", b"]", b",", b":", b"\0", b"\xff", b"</table>", b"<table>", b"<td>",
    b"</td>", b"<tr>", b"<th>", b"rowspan=9", b"colspan=9", b"<!--", b"-->", b"<script>", b"&#0;", b"\n", b"0", b"9" * 40,
]  # fmt: skip


def _pages() -> list[tuple[str, Page]]:
    found = [(f"{kind}: {name}", page) for kind, pages in (
        ("table", TABLES), ("blocks", BLOCKS), ("json", JSON), ("csv", CSV), ("xlsx", WORKBOOKS),
    ) for name, page in pages.items()]  # fmt: skip
    return [*found, *((f"pdf: {name}", make()) for name, make in list(PDFS.items())[:2])]


def _mutated(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        start = chance.randrange(len(changed) or 1)
        length = chance.choice((1, 1, 4, 40, 400))
        change = chance.choice((_flip, _cut, _repeat, _insert, _swap))
        change(changed, start, length, chance)
    return bytes(changed)


def _flip(body: bytearray, start: int, length: int, chance: random.Random) -> None:
    for at in range(start, min(start + length, len(body))):
        body[at] = chance.randrange(256)


def _cut(body: bytearray, start: int, length: int, chance: random.Random) -> None:
    del body[start : start + length]


def _repeat(body: bytearray, start: int, length: int, chance: random.Random) -> None:
    body[start:start] = body[start : start + length] * chance.choice((1, 3, 30))


def _insert(body: bytearray, start: int, length: int, chance: random.Random) -> None:
    body[start:start] = chance.choice(_MARKS) * chance.choice((1, 1, 10))


def _swap(body: bytearray, start: int, length: int, chance: random.Random) -> None:
    other = chance.randrange(len(body) or 1)
    here, there = body[start : start + length], body[other : other + length]
    body[start : start + length], body[other : other + length] = there, here


Check = Callable[[Reading], None]


def _is_sound(reading: Reading) -> None:
    """What holds for every reading, whatever was read: known fields, locators, words for every problem."""
    for row in reading.rows:
        assert set(row.cells) <= set(HOST_FIELDS)
        assert "legal_name" in row.cells and all(cell.locator for cell in row.cells.values())
    assert all(problem.message and problem.code for problem in reading.problems)
    interpret_rows("hosts", reading.rows)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_mutants_of_good_pages_are_read_or_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SECONDS", 10)
    seed = int(os.environ.get("HDSWATCH_FUZZ_SEED", "1"))
    end = time.monotonic() + float(os.environ.get("HDSWATCH_FUZZ_SECONDS", "60"))
    pages = _pages()
    tried = 0
    while time.monotonic() < end:
        seed += 1
        chance = random.Random(seed)
        name, page = chance.choice(pages)
        body = page.body.encode() if isinstance(page.body, str) else page.body
        mutant = _mutated(body, chance)
        before = time.process_time()
        try:
            _is_sound(read_page(mutant, page.media_type, url=page.url))
        except UnreadablePage as refusal:
            assert refusal.code and str(refusal)
        except Exception as error:
            raise AssertionError(f"seed {seed}, {name}: {type(error).__name__}: {error}") from error
        assert time.process_time() - before < SLOWEST, f"seed {seed}, {name}: too slow"
        tried += 1
    assert tried > 10
