"""Child processes of the crawler: how one is started, given a time and ended. What is said to them is for the caller."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import crawler


def command(module: str, function: str) -> list[str]:
    """What runs a function of ours in a process of its own. The packages come last on its path: nothing in the working
    folder may be imported in place of a library."""
    program = f"import sys; sys.path.append(sys.argv[1]); from {module} import {function}; {function}()"
    return [sys.executable, "-P", "-c", program, str(Path(crawler.__file__).resolve().parent.parent), module]


@contextmanager
def killed_after(process: subprocess.Popen[Any], seconds: float) -> Iterator[threading.Event]:
    """Kills the process when the block takes longer; the event that is handed out says whether it came to that."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def end(process: subprocess.Popen[Any]) -> None:
    """Kills what may still run, and waits until it is gone and its pipes are closed."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()
