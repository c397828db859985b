"""Fixtures of the alert tests: a world, a web sink, a mail sink."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.alerts_world import HttpSink, SmtpSink, World, make_world

_MEMORY = Path("/dev/shm")


@pytest.fixture
def fast_path() -> Iterator[Path]:
    """A folder in memory where the machine has one: a simulated year writes thousands of transactions to disk."""
    folder = Path(tempfile.mkdtemp(prefix="hdswatch-test-", dir=_MEMORY if _MEMORY.is_dir() else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def world(fast_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with make_world(fast_path / "home", monkeypatch) as made:
        yield made


@pytest.fixture
def http() -> Iterator[HttpSink]:
    sink = HttpSink()
    yield sink
    sink.close()


@pytest.fixture
def smtp() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    yield sink
    sink.close()
