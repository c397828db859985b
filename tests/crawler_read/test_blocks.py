"""Every way in which blocks can print the list is read exactly, without a problem."""

from __future__ import annotations

import pytest

from tests.crawler_read.block_pages import BLOCKS
from tests.crawler_read.reading import exactly


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_read_exactly(name: str) -> None:
    page = BLOCKS[name]
    exactly(page.body, page.entries, page.fields, media_type=page.media_type, url=page.url)
