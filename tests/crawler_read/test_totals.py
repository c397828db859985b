"""How many entries a page states: told from prose, from page numbers and from the count of one letter."""

from __future__ import annotations

import pytest

from crawler.readers.totals import declared_total, statements
from tests.crawler_read.reading import read_page
from tests.crawler_read.table_pages import page, table

STATED = {
    "404 hébergeurs certifiés": 404, "404\u00a0hébergeurs": 404, "1 404 hébergeurs certifiés": 1404,
    "Résultats 1 - 20 sur 404": 404,
    "404 results": 404, "Affichage de 1 à 20 sur 404": 404, "Affichage de 1 à 20 sur 1\u202f404 éléments": 1404,
    "Showing 1 to 20 of 404 entries": 404, "Liste des hébergeurs certifiés (404)": 404,
    "Nombre d'hébergeurs : 404": 404,
    "Nombre d’hébergeurs certifiés : 404": 404, "Total : 404": 404, "Total : 404 hébergeurs": 404,
    "404 résultats trouvés": 404,
    "La liste compte 404 hébergeurs certifiés au 21 juillet 2026.": 404, "404 hébergeurs et 425 certificats": 404,
    "20 sur 404 hébergeurs affichés": 404, "1–20 of 404": 404, "Hébergeurs : 404": 404, "404 certified hosts": 404,
    "4 hébergeurs affichés sur 16": 16, "Affichage de 4 hébergeurs sur 16": 16, "20 results (of 404)": 404,
    "20 hébergeurs affichés sur un total de 404": 404, "Voici les 404 hébergeurs certifiés": 404,
    "404 hébergeurs, dernière mise à jour le 3 mars": 404, "404 hosts, last updated today": 404,
    "425 certificats en vigueur": 425, "1 résultat": 1, "Total of hosts: 404": 404,
}  # fmt: skip
NOT_STATED = [
    "Page 1 sur 21", "Plus de 300 hébergeurs sont certifiés", "En 2024, 302 hébergeurs étaient certifiés",
    "39 hébergeurs pour la lettre S",
    "Certificats HDS : 6 activités", "12 organismes certificateurs", "Valable 3 ans",
    "5 nouveaux hébergeurs ce mois-ci",
    "Près de 400 hébergeurs", "environ 400 hébergeurs certifiés", "Article R. 1111-9 du CSP",
    "Appelez le 01 02 03 04 05",
    "Liste des hébergeurs certifiés (2026)", "Certificats : 2026", "10 résultats suivants", "20 hébergeurs par page",
    "Voir 10 hébergeurs de plus", "Next 10 hosts", "Show 10 more results", "Les 5 derniers hébergeurs",
    "20 hébergeurs affichés",
    "Mise à jour : 12/10/2026", "Aucun résultat", "0 résultat", "Lettre S : 39 hébergeurs",
]  # fmt: skip


@pytest.mark.parametrize("text", STATED)
def test_a_stated_total_is_found(text: str) -> None:
    assert declared_total([text], "hosts") == STATED[text]


@pytest.mark.parametrize("text", NOT_STATED)
def test_what_is_no_total_is_not_taken_for_one(text: str) -> None:
    assert declared_total([text], "hosts") is None


def test_the_part_shown_says_more_than_a_bare_number() -> None:
    assert declared_total(["25 résultats", "Résultats 1 - 25 sur 404"], "hosts") == 404


def test_a_total_comes_before_its_parts() -> None:
    assert declared_total(["404 hébergeurs", "35 hébergeurs infogéreurs"], "hosts") == 404


def test_contradicting_totals_state_nothing() -> None:
    assert declared_total(["35 hébergeurs", "404 hébergeurs"], "hosts") is None


def test_the_count_of_a_letter_says_its_letter() -> None:
    assert [(found.total, found.letter) for found in statements(["39 hébergeurs commençant par S"], "hosts")] == [
        (39, "s")
    ]


def test_each_list_counts_its_own() -> None:
    texts = ["404 hébergeurs certifiés", "12 organismes certificateurs"]
    assert (declared_total(texts, "hosts"), declared_total(texts, "certifiers")) == (404, 12)


@pytest.mark.parametrize(
    "body",
    [
        page("<p class=view-header><strong>404</strong> hébergeurs certifiés</p>" + table()),
        page("<div>404</div><div>hébergeurs certifiés</div>" + table()),
        page(table().replace("<table>", "<table><caption>Hébergeurs certifiés (404)</caption>")),
        page(table().replace("</table>", "<tr><td colspan=8>Total : 404 hébergeurs</td></tr></table>")),
        page(table().replace("<table>", "<table><tr><td colspan=8>404 hébergeurs certifiés</td></tr>")),
    ],
)
def test_a_total_is_found_wherever_a_page_states_it(body: str) -> None:
    reading = read_page(body)
    assert (reading.declared_total, len(reading.rows)) == (404, 6)
