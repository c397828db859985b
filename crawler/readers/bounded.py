"""Runs the extraction of a heavy format in a child process with a limit on time and memory.

A PDF of a few kilobytes can ask a library for hours and gigabytes; nothing inside the process can stop that. The child
gets the bytes on stdin and answers with JSON. `python -m crawler.readers.bounded pdf` is that child.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from crawler.readers.errors import UnreadablePage

SECONDS = 120
MEMORY = 2_000_000_000
"""Bytes of address space of the child."""


def extract(kind: str, body: bytes, url: str, sha256: str) -> Any:
    """What the child made of the bytes. Raises UnreadablePage when it failed or was stopped."""
    seconds = SECONDS
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        child = subprocess.run(  # noqa: S603  our own interpreter and module, no shell
            [sys.executable, "-m", "crawler.readers.bounded", kind, str(int(seconds))],
            input=body, capture_output=True, timeout=seconds, check=False, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UnreadablePage(
            "too_slow", f"expected a {kind} file that can be read in {seconds:.0f} s, found one that takes longer",
            url=url, sha256=sha256,
        ) from error  # fmt: skip
    if child.returncode != 0:
        last = child.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit {child.returncode}"]
        raise UnreadablePage(
            f"broken_{kind}", f"expected a {kind} file that can be read, found: {last[0][:300]}", url=url, sha256=sha256
        )
    return json.loads(child.stdout)


def _main(kind: str, seconds: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    from crawler.readers import pdf

    assert kind == "pdf"
    json.dump(pdf.extract(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
