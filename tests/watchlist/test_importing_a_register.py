"""Contract registers as people keep them, CSV or XLSX, French or English: a valid watchlist or a list of faults."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from monitor.watchlist import load_watchlist
from monitor.watchlist_edit import contract_block, new_watchlist
from monitor.watchlist_import import field_of_heading, read_register
from registry.errors import ConfigurationError

FRENCH = """\
Référence;Fournisseur;N° SIREN;Activités HDS;Date de début;Date de fin;Criticité;Commentaires
C-001;Scalingo;808 665 483;1 à 6;01/01/2025;31/12/2027;Haute;à suivre
C-002;OVH;424761419;3, 4 et 5;1er mars 2026;;normale;
"""
ENGLISH = """\
Contract ID,Supplier,SIREN,Activities,Start date,End date,Criticality,Notes
C-001,Scalingo,808665483,"1,2,3,4,5,6",2025-01-01,2027-12-31,High,à suivre
C-002,OVH,424761419,"3, 4, 5",2026-03-01,,normal,
"""
BOTH: list[dict[str, Any]] = [
    {
        "id": "c-001",
        "supplier": "Scalingo",
        "siren": "808665483",
        "activities": [1, 2, 3, 4, 5, 6],
        "starts_on": date(2025, 1, 1),
        "ends_on": date(2027, 12, 31),
        "criticality": "high",
        "notify": ["dpo"],
        "notes": "à suivre",
    },
    {
        "id": "c-002",
        "supplier": "OVH",
        "siren": "424761419",
        "activities": [3, 4, 5],
        "starts_on": date(2026, 3, 1),
        "criticality": "normal",
        "notify": ["dpo"],
    },
]


def register(folder: Path, text: str, encoding: str = "utf-8", name: str = "r.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def understood(path: Path, **more: Any) -> list[dict[str, Any]]:
    result = read_register(path, **({"notify": ("dpo",)} | more))
    assert result.problems == []
    return result.contracts


def faults(path: Path, **more: Any) -> list[str]:
    result = read_register(path, **({"notify": ("dpo",)} | more))
    return [f"{one.line} {one.field}: {one.expected}, found {one.found}" for one in result.problems]


@pytest.mark.parametrize("text", [FRENCH, ENGLISH], ids=["French", "English"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_french_and_english_registers_say_the_same_in_any_encoding(text: str, encoding: str, tmp_path: Path) -> None:
    assert understood(register(tmp_path, text, encoding)) == BOTH


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    assert understood(register(tmp_path, FRENCH.replace(";", delimiter))) == BOTH


def test_titles_above_the_headings_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    text = "Registre des contrats HDS;;;;;;;\n;;;;;;;\n" + FRENCH + ";;;;;;;\n"
    assert understood(register(tmp_path, text)) == BOTH


def test_what_is_not_used_is_said(tmp_path: Path) -> None:
    result = read_register(register(tmp_path, "Fournisseur;Budget;Activités\nOVH;12;1\n"))
    assert (result.fields, result.unread) == ({"Fournisseur": "supplier", "Activités": "activities"}, ["Budget"])


def workbook(folder: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    path = folder / "r.xlsx"
    book.save(path)
    return path


def test_a_workbook_with_real_dates_and_numbers(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        ["Référence", "Fournisseur", "SIREN", "Activités HDS", "Date de début", "Date de fin", "Criticité", "Notes"],
        ["C-001", "Scalingo", 808665483, "1 à 6", datetime(2025, 1, 1), datetime(2027, 12, 31), "haute", "à suivre"],
        ["C-002", "OVH", "424761419", "3;4;5", date(2026, 3, 1), None, "normale", None],
    )
    assert understood(path) == BOTH


def test_a_siren_that_lost_its_leading_zero_in_a_spreadsheet_gets_it_back(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["Fournisseur", "SIREN", "Activités"], ["X", 55804124, 6])
    assert understood(path)[0]["siren"] == "055804124"
    assert understood(path)[0]["activities"] == [6]


def test_a_siret_or_vat_number_gives_the_siren(tmp_path: Path) -> None:
    text = "Fournisseur;SIRET;Activités\nX;808 665 483 00018;1\nY;FR12808665483;1\n"
    assert [one["siren"] for one in understood(register(tmp_path, text))] == ["808665483", "808665483"]


def test_yes_and_no_columns_make_the_activities(tmp_path: Path) -> None:
    text = (
        "Hébergeur;Sites physiques;Infrastructure matérielle;Infrastructure virtuelle;"
        "Plateforme;Infogérance;Sauvegarde\n"
        "A;oui;non;X;;-;oui\n"
    )
    assert understood(register(tmp_path, text))[0]["activities"] == [1, 3, 6]


def test_contacts_aliases_numbers_notice_and_quotes(tmp_path: Path) -> None:
    text = (
        "Fournisseur;Activités;Autres noms;Numéro de certificat;Préavis;Destinataires;"
        "Échéance du certificat;Certificat cité\n"
        "A;1;B, C;38436-2;3 mois;DPO, RSSI;11/09/2028;38436-2\n"
    )
    (one,) = understood(register(tmp_path, text))
    assert (one["aliases"], one["certificate_numbers"], one["notice_days"]) == (["B", "C"], ["38436-2"], 90)
    assert one["notify"] == ["dpo", "rssi"]
    assert one["quoted"] == {"certificate_number": "38436-2", "expires_on": date(2028, 9, 11)}


def test_without_a_reference_the_suppliers_name_is_the_id_numbered_when_it_comes_again(tmp_path: Path) -> None:
    text = "Fournisseur;Activités\nŒuvre Numérique;1\nŒuvre Numérique;2\n"
    assert [one["id"] for one in understood(register(tmp_path, text))] == ["oeuvre-numerique", "oeuvre-numerique-2"]


def test_given_activities_fill_only_rows_without_any(tmp_path: Path) -> None:
    text = "Fournisseur;Activités\nA;\nB;2\n"
    path = register(tmp_path, text)
    assert [one["activities"] for one in understood(path, activities=(1, 6))] == [[1, 6], [2]]


def test_an_open_end_may_be_said_in_words(tmp_path: Path) -> None:
    text = "Fournisseur;Activités;Date de fin\nA;1;Indéterminée\nB;1;-\n"
    assert all("ends_on" not in one for one in understood(register(tmp_path, text)))


FAULTS = [
    ("No activities", "A;;;", "2 activities: activities such as `1 à 6` (or give --activities), found none"),
    (
        "Activities that are not understood",
        "A;3 et quelques;;",
        "2 activities: activities such as `1 à 6` or `3, 4, 5`, found '3 et quelques'",
    ),
    ("A legacy scope is not a list of activities", "A;Hébergeur infogéreur;;", "2 activities: activities such as"),
    ("Activity 7", "A;1,7;;", "2 activities: activities such as"),
    (
        "A wrong SIREN",
        "A;1;808665484;",
        "2 siren: a SIREN: 9 digits with a right check digit, found '808665484', whose",
    ),
    ("A date that is none", "A;1;;bientôt", "2 ends_on: a date such as 31/12/2027, found 'bientôt'"),
    ("A date without a day", "A;1;;12/2027", "2 ends_on: a date such as 31/12/2027, found '12/2027'"),
    ("No supplier", ";1;;", "2 supplier: the host's name as you know it (required), found no such key"),
]


@pytest.mark.parametrize("case", FAULTS, ids=[case[0] for case in FAULTS])
def test_a_row_that_is_not_understood_is_a_fault_with_its_line(case: tuple[str, str, str], tmp_path: Path) -> None:
    _, row, expected = case
    found = faults(register(tmp_path, f"Fournisseur;Activités;SIREN;Date de fin\n{row}\n"))
    assert len(found) == 1 and found[0].startswith(expected), found


def test_one_reference_twice_is_a_fault(tmp_path: Path) -> None:
    text = "Référence;Fournisseur;Activités\nR1;A;1\nR1;B;1\n"
    assert faults(register(tmp_path, text)) == ["3 id: each contract once, found 'R1' again"]


def test_activities_that_a_spreadsheet_turned_into_a_number_or_a_date_are_a_fault(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["Fournisseur", "Activités"], ["A", 3.4], ["B", datetime(2026, 4, 3)])
    assert [one.split(",")[0] for one in faults(path)] == [
        "2 activities: text (the spreadsheet made a number or a date of it)",
        "3 activities: text (the spreadsheet made a number or a date of it)",
    ]


def test_an_end_before_the_start_is_a_fault(tmp_path: Path) -> None:
    text = "Fournisseur;Activités;Début;Fin\nA;1;01/02/2026;01/01/2026\n"
    assert faults(register(tmp_path, text)) == ["2 ends_on: 2026-02-01 (start) or later, found 2026-01-01"]


def test_an_old_scope_beside_activities_is_a_fault_and_never_a_smaller_need(tmp_path: Path) -> None:
    path = register(
        tmp_path, "Fournisseur;Périmètre\nA;hébergement infogéré et sites physiques\nB;hébergeur infogéreur\n"
    )
    assert [problem.line for problem in read_register(path).problems] == [2, 3]


@pytest.mark.parametrize("title", ["", "Fournisseurs de l'hôpital\n\n"])
def test_a_plain_list_of_suppliers_will_do_when_the_rest_is_given(title: str, tmp_path: Path) -> None:
    found = read_register(register(tmp_path, title + "Fournisseur\nOVH\nScalingo\n"), (1, 2), ("dpo",)).contracts
    assert [(one["supplier"], one["activities"]) for one in found] == [("OVH", [1, 2]), ("Scalingo", [1, 2])]


@pytest.mark.parametrize(
    ("sentence", "raw"),
    [
        ("no heading for a supplier", b"a;b\n1;2\n"),
        ("nothing", b""),
        ("only headings", b"Fournisseur;Activit\xc3\xa9s\n"),
        ("a workbook cut short", b"PK\x03\x04" + b"\0" * 100),
    ],
)
def test_a_file_that_is_no_register_is_one_clear_sentence(sentence: str, raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(raw)
    with pytest.raises(ConfigurationError, match=r"r\.csv.*expected.*found"):
        read_register(path)


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected a readable CSV or XLSX file"):
        read_register(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Fournisseur", "supplier"),
        ("HÉBERGEUR", "supplier"),
        ("Nom de l'hébergeur", "supplier"),
        ("N° SIREN", "siren"),
        ("Siren (9 chiffres)", "siren"),
        ("Date d'échéance", "ends_on"),
        ("Échéance du certificat", "quoted_expires_on"),
        ("Activités HDS requises", "activities"),
        ("Activités", "activities"),
        ("Activity 3", "activity_3"),
        ("Budget", None),
        ("", None),
        ("Notification de marché", None),
    ],
)
def test_headings(heading: str, expected: str | None) -> None:
    assert field_of_heading(heading) == expected


def test_what_was_read_is_a_valid_watchlist_whatever_the_cells_hold(tmp_path: Path) -> None:
    text = 'Fournisseur;Activités;Notes\n"A: ""b"" #c";1;"=cmd()|\' /C calc\'!A0"\n\'yes\';2;\x1b[31mred\n'
    result = read_register(register(tmp_path, text), notify=("dpo",))
    path = tmp_path / "watchlist.yml"
    path.write_text(new_watchlist("O", "fr", result.contacts, map(contract_block, result.contracts)))
    assert [one.supplier for one in load_watchlist(path).contracts] == ['A: "b" #c', "'yes'"]
    assert "\x1b" not in path.read_text()
