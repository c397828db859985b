"""An HTML text → every listing in it: tables, repeated blocks, and data embedded for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crawler.readers import blocks, flow, halts, json, layout, legends, markup, script_tables, scripts, tables, unfolded
from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import Listing


class Html(NamedTuple):
    """Candidates in page order, the page's texts outside tables, the texts of what its classes call halted, and what
    numbers stand for."""

    listings: list[Listing]
    texts: list[str]
    halted: list[str]
    legend: list[str]


def read(text: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Html:
    """What a page holds. Raises UnreadablePage for a page that can't be parsed within bounds."""
    root = markup.parse(text, url, sha256)
    if root is None:
        return Html([], [], [], [])
    page = markup.Page(root, url)
    found = [listing for grid in tables.grids(page) for listing in layout.listings(grid, dictionary)]
    found += [listing for grid in tables.nested_grids(page) for listing in layout.listings(grid, dictionary)]
    found += unfolded.listings(page, dictionary, blocks.table_reader(page, dictionary))
    for grid in tables.drawn_grids(page):
        found += [listing for listing in layout.listings(grid, dictionary) if not listing.side]
    found += blocks.listings(page, dictionary)
    values = [(where, value) for where, data in scripts.embedded(page) if (value := scripts.parsed(data)) is not None]
    for where, value in values:
        for listing in json.read(value, page.url, sha256, dictionary).listings:
            listing.locator = f"{where} {listing.locator}"
            found.append(listing)
    found += script_tables.listings(page, values, dictionary)
    legend = legends.of_tables(page)
    for _, value in values:
        legend += legends.of_data(value)
    return Html(found, list(_texts(page)), halts.halted_boxes(page), legend)


def _texts(page: markup.Page) -> Iterator[str]:
    """Every line outside tables; a number alone on its line also together with the words after it."""
    before = ""
    for text in flow.texts(page):
        yield text
        if before.isdigit():
            yield f"{before} {text}"
        before = text
