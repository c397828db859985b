"""The documentation says what the program does: commands, findings, fields, settings, messages and links are held
against the code itself."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from monitor import watchlist_schema
from monitor.cli import build_app
from monitor.findings import SEVERITY, Code
from registry.settings import FileSettings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def said_commands(text: str) -> Iterator[list[str]]:
    """Every call of hdswatch in code blocks and inline code, as words."""
    blocks = re.findall(r"^```(?:sh|console|bash)\n(.*?)^```", text, re.M | re.S)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    for line in lines:
        for part in re.split(r"&&|\|\||[|;]", line.removeprefix("$ ")):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                continue  # prose in backticks, with an apostrophe
            while words and re.match(r"^[A-Z_]+=", words[0]):
                words = words[1:]
            if words and words[0] == "hdswatch" and len(words) > 1:
                yield words[1:]


def commands() -> dict[tuple[str, ...], Any]:
    """Path of words → command, of the whole tree."""
    found: dict[tuple[str, ...], Any] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        if hasattr(command, "commands"):
            for word, inner in command.commands.items():
                walk(inner, (*path, word))
        else:
            found[path] = command

    walk(get_command(build_app()), ())
    return found


TREE = commands()
GROUPS = {path[:-1] for path in TREE if len(path) > 1}


def fault(words: list[str]) -> str | None:
    """What is wrong with a call, or None."""
    if words[0] == "--home":
        words = words[2:]
    if words[0] in ("COMMAND", "--version"):
        return None
    path = (words[0],)
    if path in GROUPS:
        path = tuple(words[:2])
    if path not in TREE:
        return f"no command {' '.join(path)}"
    known = {option for parameter in TREE[path].params for option in parameter.opts} | {"--help", "--home"}
    wrong = [word for word in words[len(path) :] if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{' '.join(path)} knows no {', '.join(wrong)}" if wrong else None


def test_the_check_of_commands_finds_what_is_wrong() -> None:
    text = "`hdswatch nonsense`\n```sh\nhdswatch runs liszt && hdswatch check --form json  # no\n```\n`hdswatch once`"
    assert sum(fault(words) is not None for words in said_commands(text)) == 3


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    faults = [problem for words in said_commands(page.read_text(encoding="utf-8")) if (problem := fault(words))]
    assert not faults


def test_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    said = {tuple(words[:2]) if (words[0],) in GROUPS else (words[0],) for words in said_commands(text)}
    assert set(TREE) - said == set()


@pytest.mark.parametrize("code", list(Code))
def test_every_finding_stands_under_its_severity(code: Code) -> None:
    text = (DOCS / "findings.md").read_text(encoding="utf-8")
    title = {"breach": "Breach", "unknown": "Unknown", "attention": "Attention", "info": "Information"}
    section = text.split(f"\n## {title[SEVERITY[code]]}\n", 1)[1].split("\n## ", 1)[0]
    assert re.search(rf"^### (?:.*\b)?{code}\b", section, re.M)


def tables(schema: dict[str, Any], name: str = "At the top") -> Iterator[tuple[str, str]]:
    """(heading of the page, field) of everything the JSON Schema of the watchlist allows."""
    for field, inner in schema.get("properties", {}).items():
        yield name, field
        below = inner.get("items", inner.get("additionalProperties", inner))
        if isinstance(below, dict) and "properties" in below:
            yield from tables(below, field if name == "At the top" else name)


def test_every_field_of_the_watchlist_is_documented_under_its_heading() -> None:
    schema = watchlist_schema_document()
    text = (DOCS / "watchlist.md").read_text(encoding="utf-8")
    fields = list(tables(schema))
    assert len(fields) >= 35
    missing = []
    for heading, field in fields:
        section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
        if f"`{field}`" not in section:
            missing.append(f"{heading}: {field}")
    assert not missing


def watchlist_schema_document() -> dict[str, Any]:
    document = json.loads(json.dumps(watchlist_schema.json_schema()))
    assert isinstance(document, dict)
    return document


def literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, str) else str(value)


def test_every_setting_is_documented_with_its_default() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    defaults = FileSettings()
    for section in FileSettings.model_fields:
        part = text.split(f"\n## `[{section}]`", 1)[1].split("\n## ", 1)[0]
        documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.M))
        values = getattr(defaults, section)
        assert set(documented) == set(type(values).model_fields), section
        for name, shown in documented.items():
            value = getattr(values, name)
            assert value is None or shown == f"`{literal(value)}`", f"{section}.{name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_on_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+)(?: [a-z -]+)?:(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    said = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.M))
    assert said <= targets


# --- messages -----------------------------------------------------------------------------------------------------


def trees() -> Iterator[ast.AST]:
    for package in ("crawler", "registry", "monitor"):
        for file in sorted((ROOT / package).rglob("*.py")):
            yield ast.parse(file.read_text(encoding="utf-8"))


@cache
def spoken() -> tuple[str, frozenset[str]]:
    """(every text of the code, values left out; the codes of refusals)."""
    texts: list[str] = []
    codes: set[str] = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                texts.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                if node.func.id in ("Refusal", "_refuse") and isinstance(first, ast.Constant):
                    codes.add(str(first.value))
    notices = yaml.safe_load((ROOT / "crawler/notices.yml").read_text(encoding="utf-8"))
    codes |= {notice["code"] for notice in notices}
    texts += [notice["found"] for notice in notices]
    return "\n".join(texts), frozenset(codes)


def test_every_reason_for_refusing_a_page_or_a_run_has_its_cure() -> None:
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    codes = spoken()[1]
    assert len(codes) > 25
    assert {code for code in codes if f"`{code}`" not in text} == set()


def test_the_messages_that_the_page_explains_are_messages_of_the_program() -> None:
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    corpus = spoken()[0]
    rows = re.findall(r"^\| (`.*?) \|", text.split("## Exit code 2", 1)[1], re.M)
    quoted = [part.strip() for row in rows for code in re.findall(r"`([^`]+)`", row) for part in code.split("…")]
    assert len(quoted) > 30
    assert [part for part in quoted if part and part not in corpus] == []


# --- links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target and target[0] != "#"]
    assert [target for target in targets if not (page.parent / target.partition("#")[0]).exists()] == []


def test_links_to_the_repository_name_files_that_are_in_it() -> None:
    places = [
        place
        for page in PAGES
        for place in re.findall(r"github\.com/hdswatch/hdswatch/(?:blob|tree)/main/([^)\s]+)", page.read_text("utf-8"))
    ]
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_the_navigation_names_every_page_of_the_guide() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    named = set(re.findall(r":\s+([\w./-]+\.md)$", text, re.M))
    assert named == pages
