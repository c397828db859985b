"""Every way in which a table can print the list is read exactly, without a problem."""

from __future__ import annotations

import pytest

from tests.crawler_read.reading import exactly
from tests.crawler_read.table_pages import TABLES


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_exactly(name: str) -> None:
    page = TABLES[name]
    exactly(page.body, page.entries, page.fields, media_type=page.media_type, url=page.url)
