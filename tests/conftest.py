"""What every room's tests share: the command line as a real child process, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def hdswatch(home: Path) -> Run:
    """Runs `hdswatch …` as a user would and returns what it printed and its exit code."""

    def run(*arguments: str | Path, timeout: float = 120, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HDSWATCH_")}
        environment |= {"HDSWATCH_HOME": str(home), "HDSWATCH_CRAWL__DOWNLOAD_DELAY": "0", "COLUMNS": "120"} | variables
        return subprocess.run(
            [sys.executable, "-m", "monitor.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=timeout,
            check=False,
        )

    return run
