"""Phrases that tell several things at once: cut into fields when all of them is understood, otherwise left whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

import pytest

from crawler.readers.facets import facets
from registry.interpret import interpret_rows
from tests.crawler_read.block_pages import TEXTS
from tests.crawler_read.reading import HOSTS, PLAIN, Entry, exactly, read_page, records, refusal
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


def test_keys_and_titles_that_say_retired_are_lent_to_what_stands_below() -> None:
    body = json.dumps({
        "certifies": [{"nom": "Scalingo SAS", "certificat": "38436-2", "activites": [1], "fin": "2028-09-11"}],
        "retires": [{"nom": "Ancien SA", "certificat": "X1-22", "activites": [1], "fin": "2027-09-11"}],
    })  # fmt: skip
    found, _ = interpret_rows("hosts", read_page(body, media_type="application/json").rows)
    assert [(r.legal_name, r.source_status) for r in found] == [  # type: ignore[union-attr]
        ("Scalingo SAS", None), ("Ancien SA", "withdrawn"),
    ]  # fmt: skip


def test_a_flag_that_halts_certificates_refuses_the_list_when_it_is_ever_set() -> None:
    hosts: list[dict[str, object]] = [
        {"nom": e.name, "certificat": e.number, "activites": [1], "fin": e.expires, "suspendu": e.number == "40112"}
        for e in HOSTS
    ]
    assert refusal(json.dumps(hosts), media_type="application/json") == "unexplained_column"
    for host in hosts:
        host["suspendu"] = False
    assert not read_page(json.dumps(hosts), media_type="application/json").problems


def test_months_before_days_are_refused_and_one_slip_is_not() -> None:
    def table(dates: list[str]) -> str:
        rows = "".join(
            f"<tr><td>Host {n} SA</td><td>{4000 + n}</td><td>1 à 6</td><td>{day}</td></tr>"
            for n, day in enumerate(dates)
        )
        return page(_table("Host", "Certificate No", "Certified activities", "Expiry date").format(rows))

    assert refusal(table(["12/19/2027", "09/11/2028", "10/30/2027"])) == "values_unlike_heading"
    assert not read_page(table(["19/12/2027", "09/13/2028", "30/10/2027"])).refusals


DRAWN: dict[str, Callable[[bool, str], str]] = {
    "boxes": lambda on, text: f"<input type=checkbox disabled{' checked' * on}> {text}<br>",
    "boxes in lines": lambda on, text: f"<div><input type=checkbox{' checked' * on}> {text}</div>",
    "icons": lambda on, text: f"<p><i class='fa fa-{'check' if on else 'times'}'></i> {text}</p>",
    "pictures": lambda on, text: f"<p><img src=/x.png alt={'oui' if on else 'non'}> {text}</p>",
    "classes": lambda on, text: f"<span class='tag {'is-on' if on else 'is-off'}'>{text}</span> ",
    "icons with titles": lambda on, text: (
        f'<span class="picto {"is-active" if on else "is-inactive"}" title="{escape(text)}"></span>'
    ),
    "struck": lambda on, text: f"<p>{text}</p>" if on else f"<p><s>{text}</s></p>",
}


@pytest.mark.parametrize("drawn", DRAWN)
def test_all_six_activities_drawn_and_some_marked_as_not_held(drawn: str) -> None:
    def cell(e: Entry) -> str:
        return "".join(DRAWN[drawn](a in e.activities, TEXTS[a]) for a in TEXTS)

    rows = "".join(
        f"<tr><td>{escape(e.name)}</td><td>{cell(e)}</td><td>{escape(e.number)}</td><td>{e.fr_expires}</td></tr>"
        for e in HOSTS
    )
    table = _table("Hébergeur", "Activités", "Certificat", "Fin de validité").format(rows)
    exactly(page(table), fields=("name", "activities", "number", "expires"))


def test_activities_of_which_some_are_only_drawn_paler_are_unknown() -> None:
    spans = "".join(f"<span class='num{' grey' if a > 4 else ''}'>{TEXTS[a]}</span>" for a in TEXTS)
    rows = "".join(
        f"<tr><td>{escape(e.name)}</td><td>{spans}</td><td>{escape(e.number)}</td><td>{e.fr_expires}</td></tr>"
        for e in HOSTS
    )
    reading = read_page(page(_table("Hébergeur", "Activités", "Certificat", "Fin de validité").format(rows)))
    assert all(activities is None for (activities,) in records(reading, ("activities",)))
    assert interpret_rows("hosts", reading.rows)[1]


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
