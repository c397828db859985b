"""The site's files keep the arrows that import-linter can't see: they are no package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[2] / "datasette"
FILES = sorted(SITE.rglob("*.py"))
OURS = ("crawler", "registry", "monitor")


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)


def test_the_folder_never_hides_the_library_of_its_name() -> None:
    assert FILES
    assert list(SITE.rglob("__init__.py")) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SITE)))
def test_a_plugin_imports_the_registry_and_the_verdicts_and_nothing_else_of_ours(path: Path) -> None:
    ours = {name for name in imported(path) if name.split(".")[0] in OURS}
    assert {name for name in ours if not name.startswith("registry") and name != "monitor.verdicts"} == set()
