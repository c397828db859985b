"""Contract, section 4 and "Watchlist rules": what a watchlist says, and how each fault is refused."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from monitor.watchlist import Channel, Contact, Contract, QuietHours, Quoted, Silence, load_watchlist
from monitor.watchlist_yaml import WrongFile
from registry.errors import ConfigurationError
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


REFUSED = [
    # (sentence, old, new, where the message points to, field, part of what it says)
    (
        "An unknown key at the top",
        "organisation: Centre",
        "organization: x\norganisation: Centre",
        "organization:",
        "organization",
        "one of the keys version, organisation",
    ),
    (
        "An unknown key of a contract",
        "supplier: Scalingo",
        "supplier: Scalingo\n    suplier: x",
        "suplier: x",
        "contracts[0].suplier",
        "an unknown key",
    ),
    (
        "An unknown key of a contact",
        "backup: rssi}",
        "mail: x}",
        "mail: x",
        "contacts[0].mail",
        "id, role, channel, backup",
    ),
    (
        "An unknown key of a channel",
        'quiet_hours: "20:00-07:00"}',
        "tag: x}",
        "tag: x",
        "channels.rssi.tag",
        "url_env, url_file, quiet_hours",
    ),
    (
        "An unknown key of quoted",
        "certificate_number: 38436-2",
        "number: 38436-2",
        "quoted:",
        "contracts[0].quoted.number",
        "certificate_number, expires_on, activities",
    ),
    ("An unknown key of a silence", "reason: file seen", "why: file seen", "why:", "silences[0].why", "an unknown key"),
    (
        "Another version",
        "version: 1",
        "version: 2",
        "version:",
        "version",
        "expected 1, the only version there is, found '2'",
    ),
    ("A version in quotes", "version: 1", 'version: "1"', "version:", "version", "found '1'"),
    ("No version", "version: 1\n", "", "organisation:", "version", "no such key"),
    ("No organisation", "organisation: Centre hospitalier d'Exemple\n", "", "version:", "organisation", "required"),
    ("An empty organisation", "Centre hospitalier d'Exemple", "", "organisation:", "organisation", "found nothing"),
    ("A third language", "language: fr ", "language: de ", "language:", "language", "one of fr, en, found 'de'"),
    ("No supplier", "    supplier: Scalingo\n", "", "- id: dossier", "contracts[0].supplier", "no such key"),
    ("An empty supplier", "supplier: Scalingo", 'supplier: ""', "supplier:", "contracts[0].supplier", "some text"),
    (
        "A supplier that is a list",
        "supplier: Scalingo",
        "supplier: [Scalingo]",
        "supplier:",
        "contracts[0].supplier",
        "found a list",
    ),
    (
        "A SIREN with a wrong check digit",
        "808665483",
        "808665484",
        "siren:",
        "contracts[0].siren",
        "whose check digit is wrong",
    ),
    ("A SIREN of eight digits", "808665483", "80866548", "siren:", "contracts[0].siren", "9 digits"),
    ("A SIREN with a letter", "808665483", "80866548A", "siren:", "contracts[0].siren", "9 digits"),
    ("A SIRET in place of a SIREN", "808665483", "80866548300018", "siren:", "contracts[0].siren", "9 digits"),
    (
        "No activities key",
        "    activities: [1, 2, 3, 4, 5, 6]            # required by this contract\n",
        "",
        "- id: dossier",
        "contracts[0].activities",
        "no such key",
    ),
    (
        "An empty list of activities",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: [] ",
        "activities: [] ",
        "contracts[0].activities",
        "at least one of 1 to 6, found an empty list",
    ),
    (
        "Activity 0",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: [0] ",
        "activities: [0]",
        "contracts[0].activities[0]",
        "a whole number from 1 to 6, found '0'",
    ),
    (
        "Activity 7",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: [1, 7] ",
        "activities: [1, 7]",
        "contracts[0].activities[1]",
        "from 1 to 6, found '7'",
    ),
    (
        "Activity one and a half",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: [1.5] ",
        "activities: [1.5]",
        "contracts[0].activities[0]",
        "found '1.5'",
    ),
    (
        "An activity in words",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: [backup] ",
        "activities: [backup]",
        "contracts[0].activities[0]",
        "found 'backup'",
    ),
    (
        "An activity in quotes",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: ['1'] ",
        "activities: ['1']",
        "contracts[0].activities[0]",
        "found '1'",
    ),
    (
        "An activity twice",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: [1, 1] ",
        "activities: [1, 1]",
        "contracts[0].activities[1]",
        "each value once",
    ),
    (
        "Activities that are no list",
        "activities: [1, 2, 3, 4, 5, 6] ",
        "activities: all ",
        "activities: all",
        "contracts[0].activities",
        "found 'all'",
    ),
    (
        "No quoted activities at all",
        "activities: [1,2,3,4,5,6]}",
        "activities: []}",
        "quoted:",
        "contracts[0].quoted.activities",
        "at least one",
    ),
    ("A date that does not exist", "2027-12-31", "2027-02-30", "ends_on:", "contracts[0].ends_on", "a day that exists"),
    (
        "A date the French way",
        "2027-12-31",
        "31/12/2027",
        "ends_on:",
        "contracts[0].ends_on",
        "YYYY-MM-DD, found '31/12/2027'",
    ),
    ("A date without leading zeros", "2025-01-01", "2025-1-1", "starts_on:", "contracts[0].starts_on", "YYYY-MM-DD"),
    ("A date without hyphens", "2025-01-01", "20250101", "starts_on:", "contracts[0].starts_on", "YYYY-MM-DD"),
    ("A date with a time", "2025-01-01", "2025-01-01T00:00:00Z", "starts_on:", "contracts[0].starts_on", "YYYY-MM-DD"),
    (
        "A contract that ends before it starts",
        "2027-12-31",
        "2024-12-31",
        "ends_on:",
        "contracts[0].ends_on",
        "2025-01-01 (starts_on) or later, found 2024-12-31",
    ),
    ("Negative notice", "notice_days: 90", "notice_days: -1", "notice_days:", "contracts[0].notice_days", "found '-1'"),
    (
        "Notice in words",
        "notice_days: 90",
        "notice_days: 3 months",
        "notice_days:",
        "contracts[0].notice_days",
        "whole number of days",
    ),
    (
        "A fourth criticality",
        "criticality: high ",
        "criticality: vital ",
        "criticality:",
        "contracts[0].criticality",
        "one of low, normal, high, found 'vital'",
    ),
    (
        "A contact that is not declared",
        "notify: [dpo, rssi]",
        "notify: [dpo, legal]",
        "notify:",
        "contracts[0].notify",
        "a contact declared in this file (dpo, rssi), found 'legal'",
    ),
    (
        "A contact twice",
        "notify: [dpo, rssi]",
        "notify: [dpo, dpo]",
        "notify:",
        "contracts[0].notify[1]",
        "each value once",
    ),
    ("No notify", "    notify: [dpo, rssi]\n", "", "- id: dossier", "contracts[0].notify", "required"),
    (
        "A channel that is not declared",
        "{id: rssi, role: rssi, channel: rssi}",
        "{id: rssi, role: rssi, channel: mail}",
        "{id: rssi",
        "contacts[1].channel",
        "a channel declared in this file (dpo, rssi), found 'mail'",
    ),
    (
        "A backup that is not declared",
        "backup: rssi}",
        "backup: nobody}",
        "{id: dpo",
        "contacts[0].backup",
        "a contact declared in this file",
    ),
    ("A backup of itself", "backup: rssi}", "backup: dpo}", "{id: dpo", "contacts[0].backup", "another contact"),
    (
        "A contact id twice",
        "{id: rssi, role",
        "{id: dpo, role",
        "{id: dpo, role: rssi",
        "contacts[1].id",
        "each contact once",
    ),
    ("A contact without a role", "{id: rssi, role: rssi,", "{id: rssi,", "{id: rssi,", "contacts[1].role", "required"),
    (
        "An address in the file",
        "{url_env: HDSWATCH_DPO_URL} ",
        "{url: 'mailto://u:p@h'} ",
        "dpo: {url:",
        "channels.dpo.url",
        "stays out of this file",
    ),
    (
        "Neither variable nor file",
        "{url_env: HDSWATCH_DPO_URL} ",
        "{quiet_hours: '20:00-07:00'} ",
        "dpo: {quiet",
        "channels.dpo",
        "exactly one of url_env and url_file, found neither",
    ),
    (
        "Both variable and file",
        "{url_env: HDSWATCH_DPO_URL} ",
        "{url_env: A, url_file: b} ",
        "dpo: {url_env: A",
        "channels.dpo",
        "found both",
    ),
    (
        "A variable name with a dollar",
        "HDSWATCH_DPO_URL",
        "$HDSWATCH_DPO_URL",
        "dpo: {url_env",
        "channels.dpo.url_env",
        "name of an environment variable",
    ),
    (
        "An address as a variable name",
        "{url_env: HDSWATCH_DPO_URL}",
        "{url_env: 'mailto://h'}",
        "dpo: {url_env",
        "channels.dpo.url_env",
        "name of an environment variable",
    ),
    ("Quiet hours without minutes", "20:00-07:00", "20-7", "quiet_hours", "channels.rssi.quiet_hours", '"20:00-07:00"'),
    (
        "Quiet hours past midnight",
        "20:00-07:00",
        "20:00-24:00",
        "quiet_hours",
        "channels.rssi.quiet_hours",
        "found '20:00-24:00'",
    ),
    ("Quiet hours of no length", "20:00-07:00", "20:00-20:00", "quiet_hours", "channels.rssi.quiet_hours", "different"),
    (
        "An empty list of thresholds",
        "thresholds: [180, 90, 60, 30, 14, 7, 1, 0]",
        "thresholds: []",
        "thresholds",
        "thresholds",
        "at least one",
    ),
    (
        "A negative threshold",
        "thresholds: [180, 90, 60, 30, 14, 7, 1, 0]",
        "thresholds: [-1]",
        "thresholds",
        "thresholds[0]",
        "found '-1'",
    ),
    (
        "A threshold twice",
        "thresholds: [180, 90, 60, 30, 14, 7, 1, 0]",
        "thresholds: [30, 30]",
        "thresholds",
        "thresholds[1]",
        "each value once",
    ),
    (
        "A silence of no contract",
        "{contract: dossier-patient,",
        "{contract: dossier,",
        "{contract: dossier,",
        "silences[0].contract",
        "a contract declared in this file",
    ),
    (
        "A silence of no code",
        "code: EXPIRING",
        "code: EXPIRES",
        "code:",
        "silences[0].code",
        "NOT_LISTED, AMBIGUOUS_MATCH",
    ),
    (
        "A silence that ends before it starts",
        "until: 2026-12-15",
        "until: 2026-11-15",
        "until:",
        "silences[0].until",
        "2026-12-01 (from) or later",
    ),
    ("A silence without a reason", ", reason: file seen", "", "{contract:", "silences[0].reason", "required"),
    ("A silence by nobody", "by: M. Exemple", "by: ''", "by:", "silences[0].by", "some text"),
    (
        "A control character in a name",
        "supplier: Scalingo",
        'supplier: "Scal\\x1bingo"',
        "supplier:",
        "contracts[0].supplier",
        "without control characters",
    ),
    (
        "A contract id with a slash",
        "id: dossier-patient ",
        "id: ../dossier ",
        "id: ../dossier",
        "contracts[0].id",
        "a short id",
    ),
    ("A contract id with a bar", "id: dossier-patient ", "id: a|b ", "id: a|b", "contracts[0].id", "a short id"),
    (
        "A contract that is no mapping",
        "silences:",
        "  - just text\nsilences:",
        "- just text",
        "contracts[1]",
        "a mapping",
    ),
    (
        "Contracts that are no list",
        SMALLEST,
        SMALLEST.split("contracts:")[0] + "contracts: {a: b}\n",
        "contracts: {",
        "contracts",
        "found a mapping",
    ),
    ("No contracts", SMALLEST, SMALLEST.split("contracts:")[0], "version", "contracts", "required"),
    ("Channels that are a list", "channels: {}", "channels: []", "channels:", "channels", "a mapping of name to"),
    ("No channels", "channels: {}\n", "", "version:", "channels", "no such key"),
    ("No contacts", "contacts: []\n", "", "version:", "contacts", "required"),
]


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
