"""Exports: spreadsheets get no formula, programs get the values, both get a data dictionary."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from registry.errors import ConfigurationError
from registry.export import TABLES, export, harmless
from tests.registry.registry_world import START, World, certificate

WORDS = {"hosts": {"title": {"fr": "Hébergeurs", "en": "Hosts"}, "about": {"fr": "Un par ligne", "en": "One a row"},
                   "columns": {"siren": {"fr": "Numéro", "en": "Number"}}}}  # fmt: skip


def exported(world: World, out: Path, kind: str) -> dict[str, bytes]:
    with closing(world.publish(START)) as hds:
        written = export(hds, out, kind, WORDS)  # type: ignore[arg-type]
    return {path.name: path.read_bytes() for path in written}


def test_csv_is_what_a_french_spreadsheet_opens(world: World, tmp_path: Path) -> None:
    world.read(certificate('Société "É" ; Fils', "A-1"))
    data = exported(world, tmp_path / "out", "csv")["hosts.csv"]
    assert data.startswith(b"\xef\xbb\xbfid;legal_name;sort_key;siren;")
    assert b"\r\n" in data
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row["legal_name"] for row in rows] == ['Société "É" ; Fils']
    assert rows[0]["siren"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "%", "|"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("value", ["A-1", "2026-03-02", 0, -5, None, "", "é", "1 = 1", "a@b.fr"])
def test_harmless_cells_are_left_alone(value: object) -> None:
    assert harmless(value) == value


def test_hostile_names_reach_the_file_defused_and_json_lines_as_they_are(world: World, tmp_path: Path) -> None:
    world.read(certificate('=HYPERLINK("http://evil.example")', "-2+3"))
    rows = exported(world, tmp_path / "csv", "csv")
    assert b"'=HYPERLINK" in rows["hosts.csv"]
    assert b";'-2+3;" in rows["certificates.csv"]
    lines = exported(world, tmp_path / "jsonl", "jsonl")
    (host,) = [json.loads(line) for line in lines["hosts.jsonl"].splitlines()]
    assert host["legal_name"] == '=HYPERLINK("http://evil.example")'
    assert host["siren"] is None


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_data_package_describes_every_file(world: World, tmp_path: Path, kind: str) -> None:
    world.read(certificate())
    files = exported(world, tmp_path / "out", kind)
    package = json.loads(files["datapackage.json"])
    assert package["created"] == "2026-03-02T06:15:00Z"
    assert sorted(resource["path"] for resource in package["resources"]) == sorted(
        f"{table}.{kind}" for table in TABLES
    )
    for resource in package["resources"]:
        data = files[resource["path"]]
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        names = [field["name"] for field in resource["schema"]["fields"]]
        if kind == "csv":
            assert data.decode("utf-8-sig").splitlines()[0].split(";") == names
            assert resource["dialect"]["delimiter"] == ";"
        for key in resource["schema"].get("foreignKeys", []):
            assert key["reference"]["resource"] in [other["name"] for other in package["resources"]]


def test_data_package_types_and_words(world: World, tmp_path: Path) -> None:
    world.read(certificate())
    package = json.loads(exported(world, tmp_path / "out", "csv")["datapackage.json"])
    resources = {resource["name"]: resource for resource in package["resources"]}
    hosts = {field["name"]: field for field in resources["hosts"]["schema"]["fields"]}
    assert resources["hosts"]["title"] == "Hébergeurs"
    assert resources["hosts"]["description"] == "Un par ligne / One a row"
    assert resources["hosts"]["schema"]["primaryKey"] == ["id"]
    assert hosts["siren"] == {"name": "siren", "type": "string", "description": "Numéro / Number"}
    assert hosts["first_seen"]["type"] == "datetime"
    certificates = {field["name"]: field["type"] for field in resources["certificates"]["schema"]["fields"]}
    assert certificates["expires_on"] == "date"
    assert resources["certificate-activities"]["schema"]["primaryKey"] == ["certificate_id", "activity_id"]


def test_same_registry_gives_the_same_bytes(world: World, tmp_path: Path) -> None:
    world.read(certificate(), certificate("Beta", "B-1"))
    assert exported(world, tmp_path / "a", "csv") == exported(world, tmp_path / "b", "csv")


def test_file_in_the_place_of_the_folder_is_refused(world: World, tmp_path: Path) -> None:
    world.read(certificate())
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"taken: expected a folder"):
        exported(world, tmp_path / "taken", "csv")
    assert (tmp_path / "taken").read_text() == "mine"
