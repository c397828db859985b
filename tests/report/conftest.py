"""Commands of this room run in the test's own process; `tests/cli` runs them as child processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.verdicts.commands import in_process


@pytest.fixture
def hdswatch(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return in_process(home, monkeypatch, capfd)
