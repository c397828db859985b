"""Which list on a page is the list: by what headings and values mean, never by place or size."""

from __future__ import annotations

import pytest

from crawler.readers import NoListFound
from tests.crawler_read.reading import ALL, HOSTS, exactly, read_page, records, refusal, truths
from tests.crawler_read.table_pages import HEADINGS, cells, page, table, values

CERTIFIERS = (
    "<table><tr><th>Organisme certificateur</th><th>N° d'accréditation</th><th>Date d'accréditation</th><th>Site</th></tr>"
    "<tr><td>LNE</td><td>4-0038</td><td>01/02/2019</td><td>https://lne.example</td></tr>"
    "<tr><td>LSTI</td><td>4-0077</td><td>01/03/2019</td><td>https://lsti.example</td></tr>"
    "<tr><td>AFNOR Certification</td><td>4-0001</td><td>29/08/2019</td><td>https://afnor.example</td></tr></table>"
)
VAGUE_CERTIFIERS = (
    CERTIFIERS.replace("Organisme certificateur", "Nom")
    .replace("N° d'accréditation", "Numéro")
    .replace("Date d'accréditation", "Début")
)
HOURS = (
    "<table><tr><th>Jour</th><th>Horaires</th></tr><tr><td>Lundi</td><td>9h-17h</td></tr>"
    "<tr><td>Mardi</td><td>9h-12h</td></tr></table>"
)
STATISTICS = (
    "<table><tr><th>Activité</th><th>Nombre d'hébergeurs</th></tr><tr><td>1</td><td>40</td></tr>"
    "<tr><td>2</td><td>38</td></tr></table>"
)
GLOSSARY = (
    "<h2>Glossaire</h2><table><tr><td><b>Hébergeur</b></td><td>Toute personne qui héberge des données de santé.</td></tr>"
    "<tr><td><b>Organisme certificateur</b></td><td>Tiers accrédité qui délivre le certificat.</td></tr>"
    "<tr><td><b>Référentiel</b></td><td>Ensemble des exigences.</td></tr></table>"
)
GLOSSARY_LIST = (
    "<dl><dt>Hébergeur</dt><dd>Toute personne qui héberge des données.</dd><dt>Certificat</dt><dd>Document valable 3 ans.</dd>"
    "<dt>Référentiel</dt><dd>La version 2 est en vigueur.</dd></dl>"
)
COOKIES = (
    "<table><tr><th>Nom</th><th>Fournisseur</th><th>Expiration</th></tr><tr><td>session</td><td>nous</td><td>Session</td></tr>"
    "<tr><td>mesure</td><td>nous</td><td>13 mois</td></tr></table>"
)
APPROVED = (
    "<h2>Hébergeurs agréés (ancien régime)</h2><table><tr><th>Hébergeur</th><th>Date d'agrément</th><th>Fin de l'agrément</th></tr>"
    "<tr><td>Vieux SA</td><td>01/02/2015</td><td>31/01/2018</td></tr></table>"
)
VERSIONS = (
    "<table><tr><th>Version</th><th>Date d'entrée en vigueur</th><th>Fin</th></tr>"
    "<tr><td>v1.1</td><td>11/06/2018</td><td>16/05/2026</td></tr><tr><td>v2.0</td><td>16/05/2024</td><td></td></tr></table>"
)
MENU = (
    "<table><tr><td><a href=/>Accueil</a></td><td><a href=/hds>Hébergeurs</a></td><td><a href=/oc>Certificats</a></td></tr>"
    "</table>"
)
CONTACT = "<p>Hébergeur : Société d'hébergement du site</p><p>Pays : France</p><p>Contact : a@b.example</p>"
DISTRACTORS = {
    "certification bodies": CERTIFIERS, "certification bodies under vague headings": VAGUE_CERTIFIERS, "opening hours": HOURS,
    "statistics": STATISTICS, "a glossary table": GLOSSARY, "a glossary list": GLOSSARY_LIST, "cookies": COOKIES,
    "hosts of the regime before certification": APPROVED, "versions of the référentiel": VERSIONS, "a menu": MENU,
    "who hosts the site": CONTACT,
}  # fmt: skip


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("name", DISTRACTORS)
def test_what_is_not_the_list_is_passed_over(name: str, before: bool) -> None:
    parts = [DISTRACTORS[name], table()]
    exactly(page("".join(parts if before else reversed(parts))))


@pytest.mark.parametrize("name", DISTRACTORS)
def test_what_is_not_the_list_is_no_list_when_alone(name: str) -> None:
    with pytest.raises(NoListFound):
        read_page(page(DISTRACTORS[name]))


def test_the_list_of_certification_bodies_is_read_when_asked_for() -> None:
    reading = read_page(page(table() + CERTIFIERS), source="certifiers")
    assert [row.cells["name"].text for row in reading.rows] == ["LNE", "LSTI", "AFNOR Certification"]
    assert {name for row in reading.rows for name in row.cells} == {
        "name",
        "accreditation_number",
        "accredited_on",
        "website",
    }


def test_a_list_of_hosts_is_no_list_of_certification_bodies() -> None:
    with pytest.raises(NoListFound):
        read_page(page(table()), source="certifiers")


def test_an_extract_of_the_list_is_no_second_list() -> None:
    latest = table(("Hébergeur", "Date de délivrance"), lambda e: [e.name, e.fr_issued], HOSTS[2:4])
    exactly(page(f"<h3>Derniers certifiés</h3>{latest}{table()}"))
    exactly(page(f"<h3>Derniers certifiés</h3>{table(entries=HOSTS[2:4])}<h3>Tous</h3>{table()}"))


def test_the_same_list_drawn_again_for_narrow_screens_counts_once() -> None:
    cards = "".join(
        f"<div class=card><h3>{e.name}</h3>"
        + "".join(f"<p>{h} : {v}</p>" for h, v in zip(HEADINGS[1:], values(e)[1:], strict=True) if v)
        + "</div>"
        for e in HOSTS
    )
    exactly(page(f"{table()}<div class=d-md-none>{cards}</div>"))


def test_two_lists_of_different_hosts_are_refused() -> None:
    other = table(("Société", "Certificat", "Expire le"), lambda e: [f"Autre {e.name}", f"X{e.number}", e.fr_expires])
    assert refusal(page(table() + other)) == "two_lists"


def test_data_for_scripts_that_hold_the_whole_list_win_over_its_first_lines() -> None:
    import json

    whole = json.dumps([dict(zip(HEADINGS, values(e), strict=True)) for e in HOSTS])
    reading = read_page(page(f"{table(entries=HOSTS[:2])}<script type='application/json'>{whole}</script>"))
    assert records(reading, ALL) == truths()
    assert reading.problems == []


def test_suspended_hosts_of_a_section_of_their_own_do_not_count_as_certified() -> None:
    reading = read_page(
        page(f"<h2>En vigueur</h2>{table(entries=HOSTS[:4])}<h2>Certificats suspendus</h2>{table(entries=HOSTS[4:])}")
    )
    assert [row.cells["source_status"].text for row in reading.rows if "source_status" in row.cells] == [
        "suspendus"
    ] * 2
    assert records(reading, ALL) == truths()


def test_an_empty_letter_is_a_list_without_rows() -> None:
    body = f"<table><tr>{cells(HEADINGS, 'th')}</tr><tr><td colspan=8>Aucun résultat</td></tr></table>"
    reading = read_page(page(body))
    assert reading.rows == [] and reading.problems == []


def test_a_row_that_a_script_would_fill_is_refused() -> None:
    body = f"<table><tr>{cells(HEADINGS, 'th')}</tr><tr><td colspan=8>Chargement…</td></tr></table>"
    assert refusal(page(body)) == "not_loaded"
