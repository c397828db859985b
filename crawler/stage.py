"""Rows → a run ready to be judged: records, one each, every problem met on the way, and the run's numbers.

Also knows which program read them: a list that only a newer program reads differently has not changed. Pure, apart from
reading the program's own files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from crawler.spiders.shapes import Walked
from registry.gate import RunStatistics, collapse, statistics
from registry.interpret import interpret_rows
from registry.models import Problem, Record, Source

LOCK_WAIT = 10.0
"""Seconds to wait for another process that writes this home: publishing takes a moment, a crawl longer."""
_READ_BY = ("crawler.readers", "crawler.sources", "crawler.spiders", "registry", "registry.vocabulary")


@dataclass(frozen=True)
class Understood:
    """What the rows of a run mean, counted and ready to be judged."""

    records: list[Record]
    problems: list[Problem]
    statistics: RunStatistics


def understand(source: Source, walked: Walked) -> Understood:
    """Interprets the rows, brings repeats down to one and counts."""
    records, problems = interpret_rows(source, walked.rows)
    kept, repeats, contradictions = collapse(records)
    everything = [*walked.problems, *problems, *repeats, *contradictions]
    everything += [Problem(None, "navigation", "", doubt, "incomplete") for doubt in walked.doubts]
    counted = statistics(
        source, kept, everything, navigation_complete=walked.complete, declared_total=walked.declared_total,
        repeats=len(repeats), contradictions=len(contradictions),
    )  # fmt: skip
    return Understood(kept, everything, counted)


def reader_version(source: str, home: Path) -> str:
    """The same as long as the same program with the same dictionary reads the source."""
    overlay = home / "sources" / f"{source}.yml"
    own = overlay.read_bytes() if overlay.is_file() else b""
    return hashlib.sha256(_program().encode() + own).hexdigest()


@cache
def _program() -> str:
    digest = hashlib.sha256()
    for package in _READ_BY:
        for file in sorted(files(package).iterdir(), key=lambda one: one.name):
            if file.name.endswith((".py", ".yml")) and file.is_file():
                digest.update(_named(package, file))
    return digest.hexdigest()


def _named(package: str, file: Traversable) -> bytes:
    return f"{package}/{file.name}\n".encode() + file.read_bytes()
