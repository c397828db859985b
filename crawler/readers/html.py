"""An HTML text → every listing in it: tables, repeated blocks, and data embedded for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.readers import blocks, flow, layout, markup, tables
from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import Listing


def read(text: str, url: str, sha256: str, dictionary: HeadingDictionary) -> tuple[list[Listing], list[str]]:
    """Candidates in page order, and the page's texts outside tables. Raises UnreadablePage for a page that can't be
    parsed within bounds."""
    root = markup.parse(text, url, sha256)
    if root is None:
        return [], []
    page = markup.Page(root, url)
    found = [listing for grid in tables.grids(page) for listing in layout.listings(grid, dictionary)]
    found += blocks.listings(page, dictionary)
    return found, list(_texts(page))


def _texts(page: markup.Page) -> Iterator[str]:
    """Every line outside tables; a number alone on its line also together with the words after it."""
    before = ""
    for text in flow.texts(page):
        yield text
        if before.isdigit():
            yield f"{before} {text}"
        before = text
