"""Sums up what `mutmut results --all true` prints: for each module how many changes the tests noticed.

Reads standard input, prints a Markdown page for `benchmarks/results`. A change that ran into the time limit was noticed:
it never ended.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

NOTICED = {"killed", "timeout", "caught by type check", "segfault"}
LEFT_OUT = {"not checked", "skipped"}


def table(lines: Iterable[str]) -> str:
    """Module, changes tried, noticed, score."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        name, separator, status = line.strip().rpartition(": ")
        if separator and status not in LEFT_OUT:
            found[name.split(".x")[0]][status] += 1
    rows = [
        "## Changes made on purpose, and how many of them the tests noticed",
        "",
        "| module | changes | noticed | score |",
        "|---|---:|---:|---:|",
    ]
    for module, counts in sorted(found.items()):
        tried, noticed = counts.total(), sum(counts[status] for status in NOTICED)
        rows.append(f"| `{module}` | {tried} | {noticed} | {noticed / tried:.0%} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table(sys.stdin))
