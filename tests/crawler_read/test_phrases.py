"""Phrases that tell several things at once: cut into fields when all of them is understood, otherwise left whole."""

from __future__ import annotations

from html import escape

import pytest

from crawler.readers.facets import facets
from registry.interpret import interpret_rows
from tests.crawler_read.reading import HOSTS, PLAIN, Entry, exactly, read_page, records
from tests.crawler_read.table_pages import page

CASES: list[tuple[str, dict[str, str]]] = [
    ("Certificat n° 38436-2", {"number": "38436-2"}),
    ("certificat HDS 789841", {"number": "HDS 789841"}),
    ("n° 38436-2 – HDS v2.0", {"number": "38436-2", "referential": "HDS v2.0"}),
    ("Certificat n° 38436-2, délivré par LNE", {"number": "38436-2", "certifier": "LNE"}),
    ("Certificate No. HDS 789841 issued by BSI (EMEA) on 2023-10-30, valid until 2026-10-29",
     {"number": "HDS 789841", "certifier": "BSI (EMEA)", "issued_on": "2023-10-30", "expires_on": "2026-10-29"}),
    ("Délivré par Ernst & Young CertifyPoint le 10 février 2025",
     {"certifier": "Ernst & Young CertifyPoint", "issued_on": "10 février 2025"}),
    ("Valable du 1er mars 2024 au 28 février 2027", {"issued_on": "1er mars 2024", "expires_on": "28 février 2027"}),
    ("Certificat n° 1042480-3 (Schellman) – valid until October 30, 2027",
     {"number": "1042480-3", "certifier": "Schellman", "expires_on": "October 30, 2027"}),
    ("n° 40112 (suspendu)", {"number": "40112", "source_status": "suspendu"}),
    ("certificat n° 40112 – activités 1 à 4 – référentiel v2",
     {"number": "40112", "activities": "activités 1 à 4", "referential": "référentiel v2"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), CASES)
def test_a_phrase_is_cut_into_its_fields(text: str, parts: dict[str, str]) -> None:
    assert facets(text) == parts


@pytest.mark.parametrize("text", [
    "ancien certificat n° 38436 (remplacé)", "n° 38436-2, n° 38436", "n° 12 rue des Lilas",
    "certificat n° 38436 en cours de renouvellement",
    "Santé", "certificat n° 38436 sauf activité 6 à Lyon", "",
])  # fmt: skip
def test_a_phrase_of_which_a_part_is_not_understood_is_not_cut(text: str) -> None:
    assert facets(text) is None


def _phrase(e: Entry) -> str:
    return escape(
        f"Certificat n° {e.number} délivré par {e.certifier} le {e.fr_issued}, valable jusqu'au {e.fr_expires} "
        f"(référentiel {e.version})"
    )


def _table(*columns: str) -> str:
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<table><tr>{head}</tr>{{}}</table>"


def test_a_column_of_phrases_gives_every_field() -> None:
    rows = "".join(
        f"<tr><td>{escape(e.name)}</td><td>{_phrase(e)}</td><td>Activités {e.list_of_activities}</td></tr>"
        for e in HOSTS
    )
    exactly(page(_table("Hébergeur", "Certificat", "Périmètre").format(rows)), fields=PLAIN)


def test_a_column_of_numbers_with_versions_gives_both() -> None:
    rows = "".join(
        f"<tr><td>{escape(e.name)}</td><td>n° {escape(e.number)} – HDS {e.version}</td><td>{e.certifier}</td>"
        f"<td>{e.list_of_activities}</td><td>valable du {e.fr_issued} au {e.fr_expires}</td></tr>"
        for e in HOSTS
    )
    table = _table("Entreprise", "Certificat", "Délivré par", "Activités", "Validité du certificat")
    exactly(page(table.format(rows)), fields=PLAIN)


def test_list_items_that_are_sentences_are_read_whole() -> None:
    items = "".join(
        f"<li><strong>{escape(e.name)}</strong> – certificat n° {escape(e.number)} délivré par {e.certifier} le {e.fr_issued}, "
        f"valable jusqu'au {e.fr_expires} – activités {e.list_of_activities} – référentiel {e.version}</li>"
        for e in HOSTS
    )
    exactly(page(f"<ul>{items}</ul>"), fields=PLAIN)


def _named(*names: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{40000 + at}</td><td>1 à 6</td><td>11/09/2028</td></tr>"
        for at, name in enumerate(names)
    )
    return page(_table("Hébergeur", "Certificat", "Activités", "Fin de validité").format(rows))


def test_what_stands_behind_a_name_is_not_part_of_it() -> None:
    reading = read_page(
        _named("Scalingo SAS — LNE", "Clever Cloud Suspendu", "3DS Outscale (certificat retiré)", "Extra Horizon BV")
    )
    found, _ = interpret_rows("hosts", reading.rows)
    said = [(r.legal_name, r.certifier, r.source_status) for r in found]  # type: ignore[union-attr]
    assert said == [
        ("Scalingo SAS", "LNE", None), ("Clever Cloud", None, "suspended"), ("3DS Outscale", None, "withdrawn"),
        ("Extra Horizon BV", None, None),
    ]  # fmt: skip


def test_a_name_with_a_dash_a_comma_or_a_word_of_status_stays_whole() -> None:
    names = [
        "Docaposte, par La Poste",
        "Delta – Active",
        "Orange - Santé",
        "Blue (BT-Blue)",
        "Cloud 42, SAS",
        "Groupe LNE Santé",
    ]
    assert [name for (name,) in records(read_page(_named(*names)), ("name",))] == names


def test_a_title_that_says_by_whom_lends_the_certifier() -> None:
    body = "".join(
        f"<h2>Hébergeurs certifiés par {e.certifier}</h2>"
        + _table("Hébergeur", "N° certificat", "Référentiel", "Activités", "Délivré le", "Valable jusqu'au").format(
            f"<tr><td>{escape(e.name)}</td><td>{escape(e.number)}</td><td>{e.version}</td><td>{e.list_of_activities}</td>"
            f"<td>{e.fr_issued}</td><td>{e.fr_expires}</td></tr>"
        )
        for e in HOSTS
    )
    exactly(page(body), fields=PLAIN)


def test_titles_that_part_the_list_and_are_not_understood_are_an_issue() -> None:
    part = _table("Hébergeur", "Certificat", "Activités", "Fin de validité")
    rows = "<tr><td>{}</td><td>{}</td><td>1 à 6</td><td>11/09/2028</td></tr>"
    body = "".join(
        f"<h2>{title}</h2>" + part.format(rows.format(name, number))
        for title, name, number in (
            ("Territoire nord", "Scalingo SAS", "38436-2"),
            ("Territoire sud", "Clever Cloud", "40112"),
        )
    )
    assert "unread_title" in {problem.code for problem in read_page(page(body)).problems}


def test_lines_of_one_activity_each_are_one_certificate() -> None:
    rows = "".join(
        f"{e.name};{e.number};{e.certifier};{activity};{e.fr_expires}\n"
        for e in HOSTS
        for activity in sorted(e.activities)
    )
    text = "Hébergeur;Certificat;Certificateur;Activité;Fin de validité\n" + rows
    exactly(text, fields=("name", "number", "certifier", "activities", "expires"), media_type="text/csv")


def test_lines_that_repeat_an_activity_are_left_for_the_gate() -> None:
    text = "Hébergeur;Certificat;Activité;Fin\nA SAS;11111;1;11/09/2028\nA SAS;11111;1;11/09/2028\nB SAS;22222;2;11/09/2028\n"
    assert len(read_page(text, media_type="text/csv").rows) == 3
