"""Sums up a run of the reliability suite: for each file of tests how many cases ran, how many failed, and how long.

Usage: python tools/reliability_summary.py JUNIT.xml OUT.md. What a file shows is said by the first line of its docstring.
"""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cases(report: Path) -> dict[str, list[tuple[float, bool]]]:
    """File of tests → (seconds, whether it passed) of each case."""
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):
        if not case.get("classname"):
            continue  # the run itself, when somebody stopped it
        failed = any(child.tag in ("failure", "error") for child in case)
        found[f"{case.get('classname', '').replace('.', '/')}.py"].append((float(case.get("time", "0")), not failed))
    return found


def about(path: str) -> str:
    """The first sentence of a file's docstring."""
    file = ROOT / path
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) if file.is_file() else None
    return " ".join((said or "").split("\n\n")[0].split()).rstrip(".").replace("|", "\\|")


def summary(found: dict[str, list[tuple[float, bool]]]) -> str:
    """The page, as Markdown."""
    rows = ["| tests | what they show | cases | failed | seconds |", "|---|---|---:|---:|---:|"]
    for path, ran in sorted(found.items()):
        failed = sum(not passed for _, passed in ran)
        rows.append(f"| `{path}` | {about(path)} | {len(ran)} | {failed} | {sum(took for took, _ in ran):.0f} |")
    every = [case for ran in found.values() for case in ran]
    failed, took = sum(not passed for _, passed in every), sum(seconds for seconds, _ in every)
    rows.append(f"| all | | {len(every)} | {failed} | {took:.0f} |")
    return "# The slow sweeps\n\nWhat the last `make reliability` ran.\n\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(summary(cases(Path(sys.argv[1]))), encoding="utf-8")
