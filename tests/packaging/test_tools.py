"""The bill of materials and the search for secrets do what `make sbom` and `make audit` promise."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bill_of_materials_names_every_pinned_part_once(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    tool("sbom").main(str(ROOT / "constraints.txt"), str(out))
    document = json.loads(out.read_text(encoding="utf-8"))
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line and line[0] != "#"]
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert len({part["bom-ref"] for part in document["components"]}) == len(pins)
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@\S+", part["purl"]) for part in document["components"])
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", document["serialNumber"])


def test_a_line_that_pins_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2: expected NAME==VERSION, found 'scrapy>=2'"):
        tool("sbom").bill("lxml==5.0\nscrapy>=2\n", "hdswatch", "1")


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
        "key = AKIA" + "Z" * 16,
        "mailtos://bot:" + "tr0ub4dor" + "@mail.example.org",
        "token: ghp_" + "a" * 36,
    ],
)
def test_a_secret_is_found_with_its_line(text: str) -> None:
    assert [number for number, _ in tool("secrets_scan").findings(f"first line\n{text}\n")] == [2]


@pytest.mark.parametrize("text", ["mailtos://user:password@example.org", "https://example.org/a:b@c", "url_env: X_URL"])
def test_a_placeholder_is_no_secret(text: str) -> None:
    assert tool("secrets_scan").findings(text) == []


@pytest.mark.parametrize("form", ["bug.yml", "wrong-verdict.yml", "page-changed.yml"])
def test_an_issue_form_has_what_a_form_needs(form: str) -> None:
    document = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE" / form).read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(document)
    kinds = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert {field["type"] for field in document["body"]} <= kinds
    ids = [field["id"] for field in document["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    assert all("label" in field["attributes"] for field in document["body"] if field["type"] != "markdown")


def test_the_commit_hooks_run_tools_of_the_projects_own_environment() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")


def test_a_run_of_the_sweeps_is_summed_up_by_file(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.packaging.test_tools" time="1.6"/>'
        '<testcase classname="tests.packaging.test_tools" time="2.5"><failure>no</failure></testcase>'
        "</testsuite></testsuites>",
        encoding="utf-8",
    )
    summary = tool("reliability_summary")
    page = summary.summary(summary.cases(report))
    assert "| `tests/packaging/test_tools.py` | The bill of materials and the search for secrets do what" in page
    assert "| 2 | 1 | 4 |" in page
