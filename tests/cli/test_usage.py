"""How the command line answers before any work starts: help, unknown words, broken settings, unusable homes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import Run

COMMANDS = (
    "demo", "init", "crawl", "probe", "runs", "replay", "check", "watchlist", "registry", "host", "changes", "run",
    "once", "status", "doctor", "alerts", "notify", "forecast", "calendar", "report", "export", "publish", "serve",
    "backup", "restore",
)  # fmt: skip
HEAVY = ("scrapy", "twisted", "datasette", "apprise", "pdfplumber", "openpyxl", "dateparser", "babel", "rapidfuzz")


def test_help_names_every_command_and_an_example(hdswatch: Run) -> None:
    answer = hdswatch("--help")
    assert answer.returncode == 0
    for command in COMMANDS:
        assert f" {command} " in answer.stdout, command


def test_the_version_is_that_of_the_package(hdswatch: Run) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    answer = hdswatch("--version")
    assert (answer.returncode, answer.stdout) == (0, f"hdswatch {project['version']}\n")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, monitor.cli\n"
        "try: monitor.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stderr.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(hdswatch: Run, command: str) -> None:
    answer = hdswatch(command, "--help")
    assert answer.returncode == 0
    assert f"hdswatch {command}" in answer.stdout.split("Usage:")[1].split("\n", 1)[1]


@pytest.mark.parametrize(
    "words", [["nonsense"], ["crawl", "--nonsense"], ["crawl", "everything"], ["check", "--on", "soon"]]
)
def test_an_unknown_word_is_a_usage_error(hdswatch: Run, words: list[str]) -> None:
    answer = hdswatch(*words)
    assert answer.returncode == 2
    assert answer.stderr.strip()
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("[crawl\n", "hdswatch.toml:1"),
        ("[crawl]\n\ndownload_dely = 2\n", "hdswatch.toml:3: unknown setting crawl.download_dely; allowed:"),
        ("[crawl]\ndownload_delay = 'slow'\n", "hdswatch.toml:2: crawl.download_delay"),
        ("[crwl]\n", "hdswatch.toml:1: unknown setting crwl; allowed:"),
        ("[schedule]\ncrawl_at = '25:99'\n", "hdswatch.toml:2: schedule.crawl_at"),
        ("crawl = 3\n", "hdswatch.toml:1: crawl"),
    ],
)
def test_broken_settings_are_named_by_file_line_and_field(
    hdswatch: Run, home: Path, settings: str, expected: str
) -> None:
    (home / "hdswatch.toml").write_text(settings)
    answer = hdswatch("crawl", "hosts")
    assert answer.returncode == 2
    assert expected in answer.stderr
    assert sorted(path.name for path in home.iterdir()) == ["hdswatch.toml"]


def test_a_misspelt_variable_is_refused_by_its_name(hdswatch: Run) -> None:
    answer = hdswatch("crawl", "hosts", HDSWATCH_CRAWL__DELAY="0")
    assert answer.returncode == 2
    assert "HDSWATCH_CRAWL__DELAY" in answer.stderr


def test_home_is_taken_before_and_after_the_command(hdswatch: Run, tmp_path: Path) -> None:
    for words in (["--home", tmp_path / "a", "runs", "list"], ["runs", "list", f"--home={tmp_path / 'b'}"]):
        assert hdswatch(*words).returncode in (0, 2)
    answers = [hdswatch("crawl", "hosts", "--file", tmp_path / "none.html", "--home", tmp_path / "c")]
    assert answers[0].returncode in (2, 4)


def test_a_home_that_is_a_file_is_refused_in_one_sentence(hdswatch: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = hdswatch("crawl", "hosts", "--home", tmp_path / "file")
    assert answer.returncode == 2
    assert str(tmp_path / "file") in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_nobody_else_may_write_what_is_made_however_careless_the_caller(home: Path, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        for words in (
            ("init",),
            ("crawl", "hosts", "--file", _a_list(tmp_path)),
            ("export", "csv", "--out", home / "out"),
        ):
            subprocess.run(
                [sys.executable, "-m", "monitor.cli", "--home", str(home / "new" / "home"), *map(str, words)],
                check=True, capture_output=True, timeout=120,
            )  # fmt: skip
    finally:
        os.umask(old)
    made = list(home.rglob("*"))
    assert len(made) > 15
    assert [path for path in made if path.stat().st_mode & 0o022] == []


def _a_list(folder: Path) -> Path:
    file = folder / "list.csv"
    file.write_text("Hébergeur;N° de certificat;Date d'échéance\nExemple SAS;E-1;2028-09-11\n", encoding="utf-8")
    return file
