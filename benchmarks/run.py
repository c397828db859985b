"""Runs every benchmark of this folder in turn and puts their results on one page with the machine's description.

Each `bench_*.py` writes `results/<name>.md` and prints what it measures. A benchmark reports what it measured, also
when the goal is missed.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def machine() -> str:
    """One paragraph about where the figures come from."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB of memory, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    )


def main(chosen: list[str]) -> int:
    failed = []
    for script in sorted(HERE.glob("bench_*.py")):
        if chosen and script.stem.removeprefix("bench_") not in chosen:
            continue
        sys.stderr.write(f"== {script.stem}\n")
        if subprocess.run([sys.executable, str(script)], check=False).returncode:
            failed.append(script.stem)
    parts = [path.read_text(encoding="utf-8").strip() for path in sorted((HERE / "results").glob("*.md"))]
    page = "# Benchmark results\n\nMade by `make bench`. " + machine() + "\n\n" + "\n\n".join(parts) + "\n"
    (HERE / "RESULTS.md").write_text(page, encoding="utf-8")
    if failed:
        sys.stderr.write(f"these benchmarks failed to run: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
