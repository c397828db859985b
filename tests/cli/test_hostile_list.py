"""A list made by somebody who means harm, read and shown by every command: no value steers the terminal, starts a line of
its own, becomes a formula, a tag or a calendar entry."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

ESCAPES = "\x1b[31mRouge\x1b]0;titre\x07 \x9b5m\x00\x7f SAS"
NAMES = {
    "formula": '=HYPERLINK("http://evil.example/?x","clic")',
    "command": "+cmd|' /C calc'!A0",
    "escapes": ESCAPES,
    "tags": '<script>alert(1)</script> & "Cie" SAS',
    "lines": "Ligne\r\nBEGIN:VEVENT\r\nSUMMARY:faux\r\nX-HDSWatch-Kind: test",
    "direction": "Bidi \u202eSAS\u202c \u2066zero\u200b",
    "markup": "[bold red]Marqué[/bold red] [link=http://evil.example]x[/link]",
    "template": "{{ 7*7 }} {% raw %} SAS",
}
COMMANDS = (
    "host cmd", "host Rouge", "host Cie", "changes", "changes --json", "runs list", "runs show 1", "runs show 1 --json",
    "probe hosts {list}", "probe hosts {list} --json", "check --fail-on never", "check --fail-on never --format json",
    "check --fail-on never --format csv", "check --fail-on never --format markdown", "watchlist suggest", "forecast",
    "calendar", "once", "status", "doctor", "alerts list --all", "alerts journal", "registry decisions",
)  # fmt: skip
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.list = folder, folder / "home", folder / "list.json"

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("HDSWATCH_")}
        environment |= {"HDSWATCH_HOME": str(self.home), "COLUMNS": "200", "DPO": "json://127.0.0.1:9/"}
        environment |= {
            "HDSWATCH_CRAWL__HOSTS_URL": "http://127.0.0.1:9/",
            "HDSWATCH_CRAWL__CERTIFIERS_URL": "http://127.0.0.1:9/",
        }
        return subprocess.run(
            [sys.executable, "-m", "monitor.cli", *words],
            capture_output=True, text=True, env=environment | variables, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A home that holds the list, accepted by a person, and a watchlist that names every host of it."""
    place = Place(tmp_path_factory.mktemp("hostile"))
    place.home.mkdir()
    rows = [
        {"hebergeur": name, "numero": f"N-{number}", "organisme": "\x1b[5m@SUM(A1)", "delivrance": "2025-09-12",
         "echeance": "2027-01-11", "referentiel": "v2", "activites": [1, 2], "site": "javascript:alert(1)"}
        for number, name in enumerate(NAMES.values())
    ]  # fmt: skip
    place.list.write_text(json.dumps({"hebergeurs": rows}), encoding="utf-8")
    contracts = [
        {"id": key, "supplier": "Fournisseur", "certificate_numbers": [f"N-{number}"], "activities": [1, 3],
         "notify": ["dpo"]}
        for number, key in enumerate(NAMES)
    ]  # fmt: skip
    watchlist = {
        "version": 1, "organisation": "Exemple", "language": "fr", "channels": {"dpo": {"url_env": "DPO"}},
        "contacts": [{"id": "dpo", "role": "dpo", "channel": "dpo"}], "contracts": contracts,
    }  # fmt: skip
    (place.home / "watchlist.yml").write_text(yaml.safe_dump(watchlist), encoding="utf-8")
    crawled = place.run("crawl", "hosts", "--file", str(place.list))
    if crawled.returncode == 3:
        accepted = place.run("runs", "accept", "1", "--reason", "to look at it")
        assert accepted.returncode == 0, accepted.stderr
    assert STEERING.findall(crawled.stderr) == []
    yield place


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_prints_what_steers_a_terminal(command: str, place: Place) -> None:
    answer = place.run(*(word.format(list=place.list) for word in command.split()))
    printed = answer.stdout.replace("\r\n", "\n") + answer.stderr
    assert STEERING.findall(printed) == []
    assert "Traceback" not in answer.stderr
    assert not [line for line in printed.splitlines() if line.startswith(("X-HDSWatch-Kind", "SUMMARY:faux"))]


def test_every_name_is_there_all_the_same(place: Place) -> None:
    found = json.loads(place.run("check", "--fail-on", "never", "--format", "json").stdout)
    names = {one["id"]: one["matched"]["legal_name"] for one in found["contracts"]}
    assert names["command"] == NAMES["command"]
    assert names["tags"] == '& "Cie" SAS', "a JSON value is read as the text that a page would show"
    assert names["template"] == NAMES["template"]
    assert "Rouge" in names["escapes"]


def test_a_locale_without_accents_gets_the_same_words(place: Place) -> None:
    plain = place.run("check", "--fail-on", "never", "--format", "json")
    other = place.run("check", "--fail-on", "never", "--format", "json", PYTHONIOENCODING="ascii")
    table = place.run("check", "--fail-on", "never", PYTHONIOENCODING="ascii")
    assert other.stdout == plain.stdout
    assert table.returncode == 0
    assert "✗" in table.stdout


def formulas(text: str, delimiter: str) -> list[str]:
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    assert len(rows) > 1
    return [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r＝＋－＠") and len(cell) > 1]


def test_no_cell_of_any_csv_is_a_formula(place: Place, tmp_path: Path) -> None:
    checked = place.run("check", "--fail-on", "never", "--format", "csv").stdout.removeprefix("\ufeff")
    assert formulas(checked, ";" if ";" in checked.splitlines()[0] else ",") == []
    assert place.run("export", "csv", "--out", str(tmp_path / "out")).returncode == 0
    hosts = (tmp_path / "out" / "hosts.csv").read_text(encoding="utf-8-sig")
    assert formulas(hosts, ";") == []
    assert "HYPERLINK" in hosts


def test_the_calendar_holds_no_entry_that_the_list_made_up(place: Place, tmp_path: Path) -> None:
    import icalendar

    out = tmp_path / "hds.ics"
    assert place.run("calendar", "--out", str(out)).returncode == 0
    text = out.read_bytes()
    assert b"\r\nSUMMARY:faux" not in text
    for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
        assert str(event["SUMMARY"]) != "faux"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.bad += [tag] * (tag in ("script", "iframe", "object"))
        self.bad += [
            f"{name}={value}" for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")
        ]


def test_the_report_has_no_tag_and_no_address_from_the_list(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "report"
    assert place.run("report", "--out", str(out)).returncode == 0
    for page in out.glob("*.html"):
        tags = Tags()
        text = page.read_text(encoding="utf-8")
        tags.feed(text)
        assert tags.bad == []
        assert STEERING.findall(text) == []
