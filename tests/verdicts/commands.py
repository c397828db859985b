"""The command line within the test's own process: the same `main`, without the second that a new interpreter takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from monitor.cli import main
from tests.conftest import Run


def in_process(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `hdswatch …` against a home; returns output and exit code like a finished child process."""

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as scene:
            for name, value in ({"HDSWATCH_HOME": str(home), "COLUMNS": "120"} | variables).items():
                scene.setenv(name, value)
            given = [str(one) for one in arguments]
            code = 0
            try:
                main(given)
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else 1
            printed = capfd.readouterr()
        return subprocess.CompletedProcess(given, code, printed.out, printed.err)

    return run
