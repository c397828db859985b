"""A person's decisions written into the file: nothing else in it changes, not a comment, not a space."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.watchlist import load_watchlist
from monitor.watchlist_edit import add_contracts, confirm_host, contract_block, new_watchlist, scalar, write_new
from registry.errors import ConfigurationError
from tests.watchlist.watchlist_texts import SMALLEST, WHOLE, changed, written

HOST_LINE = "    host_id: null                             # a person's decision\n"


def test_confirming_changes_one_value_and_keeps_the_comments_column(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    confirm_host(path, "dossier-patient", "scalingo")
    expected = changed(HOST_LINE, "    host_id: scalingo                         # a person's decision\n")
    assert path.read_text() == expected


def test_a_byte_order_mark_and_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yml"
    path.write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    confirm_host(path, "dossier-patient", "scalingo")
    expected = changed(HOST_LINE, "    host_id: scalingo                         # a person's decision\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + expected.replace("\n", "\r\n").encode()


PLACES = [
    ("A contract without the key gets it below its id", changed(HOST_LINE, ""), "    host_id: scalingo\n    supplier:"),
    ("An empty value is filled", changed(HOST_LINE, "    host_id:   # later\n"), "    host_id: scalingo   # later\n"),
    ("An earlier decision is replaced", changed(HOST_LINE, '    host_id: "ovh"\n'), "    host_id: scalingo\n    cert"),
    ("A tilde is replaced", changed(HOST_LINE, "    host_id: ~\n"), "    host_id: scalingo\n    cert"),
    ("A file that ends without a line end", WHOLE.split("silences:")[0].rstrip("\n"), "    host_id: scalingo   "),
]


@pytest.mark.parametrize("case", PLACES, ids=[case[0] for case in PLACES])
def test_confirming_in_a_block(case: tuple[str, str, str], tmp_path: Path) -> None:
    _, text, expected = case
    path = written(tmp_path, text)
    confirm_host(path, "dossier-patient", "scalingo")
    assert expected in path.read_text()
    assert load_watchlist(path).contracts[0].host_id == "scalingo"
    added = set(path.read_text().splitlines()) - set(text.splitlines())
    assert len(added) == 1


@pytest.mark.parametrize("given_", ["", ", host_id: null", ", host_id: old", ", host_id: 'x'"])
def test_confirming_in_a_flow_mapping(given_: str, tmp_path: Path) -> None:
    path = written(tmp_path, changed("activities: [1]", f"activities: [1]{given_}", SMALLEST))
    confirm_host(path, "a", "scalingo")
    assert load_watchlist(path).contracts[0].host_id == "scalingo"
    assert path.read_text().count("\n") == SMALLEST.count("\n")


def test_only_the_named_contract_changes(tmp_path: Path) -> None:
    second = "  - id: second # b\n    supplier: É\n    activities: [1]\n    notify: []\n"
    path = written(tmp_path, changed("silences:", f"{second}silences:"))
    confirm_host(path, "second", "ovh")
    assert path.read_text() == changed("silences:", second.replace("# b\n", "# b\n    host_id: ovh\n") + "silences:")


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yml"
    path.write_bytes(changed(HOST_LINE, "").replace("\n", "\r\n").encode())
    confirm_host(path, "dossier-patient", "scalingo")
    assert path.read_bytes().count(b"\r\n") == path.read_bytes().count(b"\n")
    assert b"    host_id: scalingo\r\n" in path.read_bytes()


def test_accents_before_the_place_do_not_shift_it(tmp_path: Path) -> None:
    path = written(tmp_path, changed("Centre hospitalier d'Exemple", "Hôpital de l'Œuvre 🏥 à Évry"))
    confirm_host(path, "dossier-patient", "scalingo")
    assert "    host_id: scalingo " in path.read_text()


def test_the_file_keeps_its_permissions_and_leaves_no_draft(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    path.chmod(0o640)
    confirm_host(path, "dossier-patient", "scalingo")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["watchlist.yml"]


def test_an_unknown_contract_is_refused_naming_those_there_are(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    with pytest.raises(ConfigurationError, match=r"id of a contract \(dossier-patient\), found 'dossier'"):
        confirm_host(path, "dossier", "scalingo")
    assert path.read_text() == WHOLE


def test_an_invalid_watchlist_is_not_touched(tmp_path: Path) -> None:
    text = changed("version: 1", "version: 3")
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError):
        confirm_host(path, "dossier-patient", "scalingo")
    assert path.read_text() == text


NEW = {"id": "n", "supplier": "OVH", "siren": "424761419", "activities": [1, 2], "notify": []}


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        SMALLEST.split("contracts:")[0] + "contracts: []\n",
        SMALLEST.split("contracts:")[0] + "contracts: []   # none yet\nsilences: []\n",
        WHOLE.split("silences:")[0],
        WHOLE.split("silences:")[0].rstrip("\n"),
        WHOLE.split("silences:")[0].replace("  - id", "- id").replace("\n    ", "\n  "),
        WHOLE.replace('notes: ""', "notes: |\n      one\n      two"),
        SMALLEST,
    ],
)
def test_adding_contracts_leaves_the_others(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    before = load_watchlist(path)
    add_contracts(path, [NEW, NEW | {"id": "m"}])
    after = load_watchlist(path)
    assert after.contracts[:-2] == before.contracts
    assert [one.id for one in after.contracts[-2:]] == ["n", "m"]
    assert after.silences == before.silences
    assert all(line in path.read_text() for line in text.splitlines() if not line.startswith("contracts: []"))


def test_contracts_in_one_bracket_are_not_rewritten_silently(tmp_path: Path) -> None:
    path = written(
        tmp_path, SMALLEST.replace("contracts:\n  - {", "contracts: [{").replace("notify: []}\n", "notify: []}]\n")
    )
    with pytest.raises(ConfigurationError, match=r"one contract a line"):
        add_contracts(path, [NEW])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_any_text_written_as_a_scalar_reads_back_as_itself(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}")["a"] == text
    assert yaml.safe_load(f"{{a: {scalar(text)}, b: [{scalar(text)}]}}") == {"a": text, "b": [text]}


def test_a_new_watchlist_is_valid(tmp_path: Path) -> None:
    block = contract_block(
        {"id": "a", "supplier": "Société: «X» #1", "activities": [1], "notify": ["dpo"], "notes": ""}
    )
    path = written(tmp_path, new_watchlist("Hôpital: Nord", "fr", ["dpo", "a.b"], [block]))
    watchlist = load_watchlist(path)
    assert watchlist.organisation == "Hôpital: Nord"
    assert watchlist.channels["a.b"].url_env == "HDSWATCH_A_B_URL"
    assert watchlist.contracts[0].supplier == "Société: «X» #1"


def test_a_new_file_is_private_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "watchlist.yml"
    write_new(path, "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConfigurationError, match="left as it is"):
        write_new(path, "y")
    assert path.read_text() == "x"
