"""A page's own numbering of the activities, where it is not the one of the law.

The first référentiel and many certificates number the application platform 3 and the virtual infrastructure 4. Where a
page explains its numbers so and its entries print bare numbers, these can't be read with the law's numbering. Owns
noticing it; the numbers are read by `registry.activities`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crawler.readers.columns import Doubt
from registry.activities import read_scope
from registry.text import clean

if TYPE_CHECKING:
    from crawler.readers.markup import Page
    from registry.models import RawRow

_NUMBERED = re.compile(
    r"^\W*(?:activit[éy]s?|act\.?|a)?\s*(?:n°\s*)?(?P<number>[1-6])\s*[°.):=–—-]?\s+(?P<text>[^\W\d].{4,200})$", re.I
)
_BARE = re.compile(r"[\s\d,;./&+–—-]*(?:(?:activit[éy]s?|et|and|à|a|to|n°)[\s\d,;./&+–—-]*)*", re.IGNORECASE)
MAX_NODES = 200_000


def contradicted(legend: Iterable[str], rows: Sequence[RawRow]) -> list[Doubt]:
    """A doubt when entries print the numbers that the legend gives another meaning."""
    other = dict(_other_meanings(legend))
    if not other:
        return []
    for row in rows:
        cell = row.cells.get("activities")
        if cell is not None and _BARE.fullmatch(cell.text) and re.search(r"\d", cell.text):
            return [
                Doubt(
                    "activities_incomplete", "activities", clean(cell.text)[:200],
                    f"expected the numbering of R.1111-9, found a legend that calls {text[:60]!r} number {number}: "
                    "bare numbers of activities can't be read on this page",
                )
                for number, text in sorted(other.items())
            ][:1]  # fmt: skip
    return []


def _other_meanings(legend: Iterable[str]) -> Iterator[tuple[int, str]]:
    for line in map(clean, legend):
        if (found := _NUMBERED.match(line)) is not None and len(line) < 250:
            meant = read_scope(found["text"]).activities
            if meant is not None and len(meant) == 1 and int(found["number"]) not in meant:
                yield int(found["number"]), found["text"]


def of_tables(page: Page) -> list[str]:
    """Rows of two cells, "3 | Plateforme d'hébergement d'applications", and numbered lists, as lines."""
    found = []
    for listed in page.root.iter("ol"):
        items = [clean(" ".join(item.itertext())) for item in listed.iterchildren("li")]
        if len(items) <= 6 and not listed.get("start"):
            found += [f"{number} {text}" for number, text in enumerate(items, 1)]
    for row in page.root.iter("tr"):
        cells = [clean(" ".join(cell.itertext())) for cell in row.iterchildren("td", "th")]
        if len(cells) == 2 and re.fullmatch(r"\D{0,12}[1-6]\D?", cells[0]):
            found.append(f"{cells[0]} {cells[1]}")
    return found


def of_data(value: Any) -> list[str]:
    """Objects that give a number and a label, `{"id": 3, "libelle": "Plateforme…"}`, and maps `{"3": "Plateforme…"}`."""
    found = []
    stack, seen = [value], 0
    while stack and seen < MAX_NODES:
        node = stack.pop()
        seen += 1
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            stack += node.values()
            numbers = [str(one) for one in node.values() if not isinstance(one, bool) and str(one) in set("123456")]
            texts = [one for one in node.values() if isinstance(one, str) and len(one) > 4]
            if len(numbers) == 1 and len(node) <= 6:
                found += [f"{numbers[0]} {text}" for text in texts]
            found += [f"{key} {one}" for key, one in node.items() if str(key) in set("123456") and isinstance(one, str)]
    return found
