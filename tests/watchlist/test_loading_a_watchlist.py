"""Contract, section 4 and "Watchlist rules": what a watchlist says, and how each fault is refused."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from monitor.watchlist import Channel, Contact, Contract, QuietHours, Quoted, Silence, load_watchlist
from monitor.watchlist_yaml import WrongFile
from registry.errors import ConfigurationError
from tests.watchlist.faulty_watchlists import REFUSED
from tests.watchlist.watchlist_texts import SMALLEST, WHOLE, changed, line_of, written


def test_a_whole_watchlist_is_read_as_written(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, WHOLE))
    assert (watchlist.organisation, watchlist.language) == ("Centre hospitalier d'Exemple", "fr")
    assert watchlist.thresholds == (180, 90, 60, 30, 14, 7, 1, 0)
    assert watchlist.channels == {
        "dpo": Channel("dpo", "HDSWATCH_DPO_URL"),
        "rssi": Channel("rssi", None, tmp_path / "secrets/rssi.url", QuietHours(time(20), time(7))),
    }
    assert watchlist.contacts == {"dpo": Contact("dpo", "dpo", "dpo", "rssi"), "rssi": Contact("rssi", "rssi", "rssi")}
    assert watchlist.contracts == (
        Contract(
            id="dossier-patient",
            supplier="Scalingo",
            siren="808665483",
            activities=frozenset({1, 2, 3, 4, 5, 6}),
            starts_on=date(2025, 1, 1),
            ends_on=date(2027, 12, 31),
            notice_days=90,
            criticality="high",
            notify=("dpo", "rssi"),
            quoted=Quoted("38436-2", date(2028, 9, 11), frozenset({1, 2, 3, 4, 5, 6})),
        ),
    )
    assert watchlist.silences == (
        Silence("dossier-patient", "EXPIRING", date(2026, 12, 1), date(2026, 12, 15), "M. Exemple", "file seen"),
    )


def test_what_may_be_left_out_has_its_default(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, SMALLEST))
    assert watchlist.thresholds == (180, 90, 60, 30, 14, 7, 1, 0)
    assert watchlist.silences == ()
    assert watchlist.contracts == (Contract(id="a", supplier="S", activities=frozenset({1})),)
    assert watchlist.contracts[0].criticality == "normal"


KEPT_AS_TYPED = [
    ("A SIREN without quotes keeps its leading zero", 'siren: "808665483"', "siren: 055804124", "siren", "055804124"),
    ("A SIREN may be typed in groups", 'siren: "808665483"', 'siren: "808 665 483"', "siren", "808665483"),
    (
        "A number without quotes keeps its leading zero",
        "certificate_numbers: []",
        "certificate_numbers: [0123]",
        "certificate_numbers",
        ("0123",),
    ),
    (
        "A number that YAML reads as a float stays text",
        "certificate_numbers: []",
        "certificate_numbers: [1e5, 1_000]",
        "certificate_numbers",
        ("1e5", "1_000"),
    ),
    ("A name that YAML reads as no stays text", "supplier: Scalingo", "supplier: NO", "supplier", "NO"),
    ("A name that is a year stays text", "supplier: Scalingo", "supplier: 2024", "supplier", "2024"),
    (
        "White space in a name is one space",
        "supplier: Scalingo",
        "supplier: '  Ma   Société '",
        "supplier",
        "Ma Société",
    ),
    (
        "A name may be written over two lines",
        "supplier: Scalingo",
        "supplier: Ma\n      Société",
        "supplier",
        "Ma Société",
    ),
    ("An open end is null", "ends_on: 2027-12-31", "ends_on: null", "ends_on", None),
    ("An open end may be left empty", "ends_on: 2027-12-31", "ends_on:", "ends_on", None),
    ("A date may stand in quotes", "ends_on: 2027-12-31", "ends_on: '2027-12-31'", "ends_on", date(2027, 12, 31)),
    ("A leap day is a day", "ends_on: 2027-12-31", "ends_on: 2028-02-29", "ends_on", date(2028, 2, 29)),
    (
        "Null quoted is nothing quoted",
        "quoted: {certificate_number: 38436-2, expires_on: 2028-09-11, activities: [1,2,3,4,5,6]}",
        "quoted: null",
        "quoted",
        None,
    ),
    ("Notes may run over lines", 'notes: ""', "notes: |\n      one\n      two", "notes", "one\ntwo"),
]


@pytest.mark.parametrize("case", KEPT_AS_TYPED, ids=[case[0] for case in KEPT_AS_TYPED])
def test_values_are_kept_as_typed(case: tuple[str, str, str, str, object], tmp_path: Path) -> None:
    _, old, new, name, expected = case
    (contract,) = load_watchlist(written(tmp_path, changed(old, new))).contracts
    assert getattr(contract, name) == expected


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_faults_are_refused_with_file_line_field_and_value(
    case: tuple[str, str, str, str, str, str], tmp_path: Path
) -> None:
    _, old, new, pointed_to, field, said = case
    text = changed(old, new, WHOLE if WHOLE.count(old) == 1 else SMALLEST)
    path = written(tmp_path, text)
    with pytest.raises(WrongFile) as caught:
        load_watchlist(path)
    lines = str(caught.value).splitlines()
    found = next((line for line in lines if line.startswith(f"{path}:{line_of(pointed_to, text)}: {field}: ")), None)
    assert found, f"no line for {field} in:\n{caught.value}"
    assert "expected " in found and ", found " in found and said in found
    assert caught.value.exit_code == 2


def test_a_contract_id_twice_is_refused_on_its_line_naming_the_first(tmp_path: Path) -> None:
    text = changed("silences:", "  - {id: dossier-patient, supplier: X, activities: [1], notify: []}\nsilences:")
    with pytest.raises(WrongFile, match=r":26: contracts\[1\]\.id: expected each contract once, .*first on line 12"):
        load_watchlist(written(tmp_path, text))


def test_several_faults_are_all_told_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = changed("language: fr ", "language: xx ")
    text = changed("criticality: high ", "criticality: xx ", text)
    with pytest.raises(WrongFile) as caught:
        load_watchlist(written(tmp_path, text))
    assert [problem.field for problem in caught.value.problems] == ["language", "contracts[0].criticality"]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="hdswatch init"):
        load_watchlist(tmp_path / "watchlist.yml")


def test_a_folder_is_no_watchlist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected a file"):
        load_watchlist(tmp_path)


def test_thresholds_are_kept_widest_first_however_they_are_written(tmp_path: Path) -> None:
    text = changed("thresholds: [180, 90, 60, 30, 14, 7, 1, 0]", "thresholds: [0, 30, 7]")
    assert load_watchlist(written(tmp_path, text)).thresholds == (30, 7, 0)


def test_a_silence_holds_on_its_first_and_last_day_and_for_its_code_only(tmp_path: Path) -> None:
    watchlist = load_watchlist(written(tmp_path, WHOLE))
    held = [
        watchlist.silenced("dossier-patient", code, date.fromisoformat(day)) is not None
        for code, day in [
            ("EXPIRING", "2026-11-30"),
            ("EXPIRING", "2026-12-01"),
            ("EXPIRING", "2026-12-15"),
            ("EXPIRING", "2026-12-16"),
            ("EXPIRED", "2026-12-05"),
        ]
    ]
    assert held == [False, True, True, False, False]
