"""An HTML text → every listing in it: tables, repeated blocks, and data embedded for scripts."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.readers import blocks, layout, markup, tables
from crawler.readers.headings import HeadingDictionary
from crawler.readers.printed import Listing


def listings(text: str, url: str, sha256: str, dictionary: HeadingDictionary) -> Iterator[Listing]:
    """Candidates in page order. Raises UnreadablePage for a page that can't be parsed within bounds."""
    root = markup.parse(text, url, sha256)
    if root is None:
        return
    base = markup.base_of(root, url)
    for grid in tables.grids(root, base):
        yield from layout.listings(grid, dictionary)
    yield from blocks.listings(root, base, dictionary)
