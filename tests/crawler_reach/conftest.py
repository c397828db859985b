"""Fixtures of the reach tests: a home, and settings under which a crawl hurries."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.home import Home
from registry.settings import Settings


@pytest.fixture
def nest(home: Path) -> Home:
    return Home(home)


@pytest.fixture
def polite() -> Settings:
    return Settings(crawl={"download_delay": 0, "download_timeout": 1.5, "max_bytes": 300_000})  # type: ignore[arg-type]
