"""What certificates of many wordings are read to say. Texts are made up in the manner of the bodies' real ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.certificate_text import read_certificate
from registry.documents import DocumentReading


def read(text: str) -> DocumentReading:
    """Reads a text whose pages are separated by a line of dashes."""
    return read_certificate([page.strip("\n").split("\n") for page in text.split("\n---\n")])


def values(reading: DocumentReading) -> dict[str, object]:
    return {
        "numbers": [one.value for one in reading.numbers],
        "issued_on": [one.value for one in reading.issued_on],
        "expires_on": [one.value for one in reading.expires_on],
        "referential": reading.referential.value if reading.referential else None,
        "activities": reading.activities.value if reading.activities else None,
    }


FRENCH_LABORATORY = """
CERTIFICAT
N° 38436 rév. 2
Le laboratoire certifie que la société
HÉBERGEUR D'EXEMPLE
13 rue de l'Exemple 67000 STRASBOURG
pour les activités suivantes :
1° La mise à disposition et le maintien en condition opérationnelle des sites physiques permettant d'héberger
l'infrastructure matérielle du système d'information utilisé pour le traitement des données de santé ;
5° L'administration et l'exploitation du système d'information contenant les données de santé ;
6° La sauvegarde des données de santé.
satisfait aux exigences du référentiel de certification HDS v2.0
Prise d'effet : 12/09/2025            Valable jusqu'au : 11/09/2028
"""
BRITISH = """
Certificate of Registration
This is to certify that: Exemple Health NV
Holds Certificate Number: HDS 789841
and operates an Information Security Management System which complies with the requirements of HDS v1.1
Original Registration Date: 2023-10-30 Effective Date: 2023-10-30
Latest Revision Date: 2024-02-01 Expiry Date: 2026-10-29
Page: 1 of 2
---
Certificate No: HDS 789841
Covers activities 3, 4, 5 and 6 of Article R. 1111-9
Original Registration Date: 2023-10-30 Effective Date: 2023-10-30
Latest Revision Date: 2024-02-01 Expiry Date: 2026-10-29
"""
FRENCH_BUREAU = """
Exemple Cloud SAS
3 rue de l'Exemple, 44000 Nantes - FRANCE
Ceci est un certificat multi-sites
L'organisme certifie que le système de management de l'organisation susmentionnée a été audité et jugé conforme aux
exigences de la norme de système de management : Certification HDS v2.0 (arrêté du 26 avril 2024)
Domaine d'activité
Activités 1 à 6
Date d'entrée en vigueur : 20 décembre 2024
Sous réserve du fonctionnement continu et satisfaisant du système de management de l'organisation, ce certificat
expire le : 19 décembre 2027
Date de certification initiale : 21 décembre 2021
Date d'expiration du précédent cycle : 20 décembre 2024
Certificat N° : FR094504 Version : 1 Date d'émission : 20 décembre 2024
"""
BILINGUAL = """
Certificat
Certificate
N° 2021/95203.1
L'organisme certifie que le système de management mis en place par :
EXEMPLE HÉBERGEMENT
a été évalué et jugé conforme aux exigences requises par : / has been assessed against: HDS:2018
Ce certificat est valable à compter du (année/mois/jour) This certificate is valid from (year/month/day): 2021-11-25
Jusqu'au / until: 2024-11-24
"""
AMERICAN = """
CERTIFICATE OF REGISTRATION
This is to certify that Exemple Corporation operates a system that conforms to the requirements of
HDS v2.0:2024
Issue Date: October 15, 2025
Original Registration Date: October 31, 2018
Expiration Date: October 30, 2027
Certificate Version: Version 3
Certificate Number: 1042480-3
---
Scope: all six activities
"""
PERIOD = """
Attestation n° A-77
Titulaire : Exemple SAS
Ce certificat est valable du 1er mars 2025 au
29 février 2028.
"""
PLAIN_FRENCH = """
CERTIFICAT DE CONFORMITÉ HDS
Hébergeur : Exemple SAS
Numéro : FR-HDS/2025/12
Version du référentiel : 2.0
Délivrance : 15/01/2025   Échéance : 14/01/2028
---
Périmètre : 1, 2, 3, 4, 5, 6
"""
PLAIN_ENGLISH = """
CERTIFICATE OF CONFORMITY
Company: Exemple Ltd
Certificate: hds-2025-001
Standard: HDS v1.1
Period of validity: from 15 January 2024 to 14 January 2027
---
Scope
1. physical sites
2. hardware infrastructure
"""
COLUMNS = """
Certificat HDS n° X-12
Date de délivrance Date d'expiration
12/03/2025 11/03/2028
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FRENCH_LABORATORY, (["38436", "38436-2"], ["2025-09-12"], ["2028-09-11"], "v2", "1,5,6")),
        (BRITISH, (["HDS 789841"], ["2023-10-30"], ["2026-10-29"], "v1", "3,4,5,6")),
        (FRENCH_BUREAU, (["FR094504", "FR094504-1"], ["2024-12-20"], ["2027-12-19"], "v2", "1,2,3,4,5,6")),
        (BILINGUAL, (["2021/95203.1"], ["2021-11-25"], ["2024-11-24"], "v1", None)),
        (AMERICAN, (["1042480-3"], ["2025-10-15"], ["2027-10-30"], "v2", "1,2,3,4,5,6")),
        (PERIOD, (["A-77"], ["2025-03-01"], ["2028-02-29"], None, None)),
        (PLAIN_FRENCH, (["FR-HDS/2025/12"], ["2025-01-15"], ["2028-01-14"], "v2", "1,2,3,4,5,6")),
        (PLAIN_ENGLISH, (["hds-2025-001"], ["2024-01-15"], ["2027-01-14"], "v1", "1,2")),
        (COLUMNS, (["X-12"], ["2025-03-12"], ["2028-03-11"], None, None)),
    ],
    ids=[
        "laboratory",
        "british",
        "bureau",
        "bilingual",
        "american",
        "period",
        "plain French",
        "plain English",
        "columns",
    ],
)
def test_a_certificate_is_read_whole(text: str, expected: tuple[object, ...]) -> None:
    reading = read(text)
    assert tuple(values(reading).values()) == expected
    assert reading.doubts == ()


def test_every_value_says_where_it_stood() -> None:
    reading = read(BRITISH)
    assert reading.numbers[0].locator == "page 1 line 3"
    assert reading.expires_on[0].locator == "page 1 line 6"
    assert reading.activities is not None and reading.activities.locator == "page 2 line 2"
    assert "3, 4, 5 and 6" in reading.activities.raw


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("Titulaire : Exemple SAS", "Exemple SAS"),
        ("certifie que l'organisme :\nExemple & Cie", "Exemple & Cie"),
        ("Délivré à : Exemple SAS (SIREN 808 665 483) pour les activités 1 à 6", "Exemple SAS"),
        ("This is to certify that:\nÉxemple GmbH", "Éxemple GmbH"),
        ("Raison sociale\nŒuvre d'Exemple", "Œuvre d'Exemple"),
    ],
)
def test_the_holder_stands_behind_its_phrase_or_on_the_next_line(text: str, holder: str) -> None:
    assert [one.value for one in read(text).holders] == [holder]


@pytest.mark.parametrize(
    "sentence",
    [
        "L'organisme détient le certificat ISO/IEC 27001 n° 38435 valable jusqu'au 01/02/2027",
        "Ce certificat est lié au certificat ISO 27001:2022\nvalable jusqu'au 01/02/2027",
        "Certificate ISO 27001 No. 555 valid until 2027-02-01",
        "Date de l'audit : 01/02/2027",
        "Date de certification initiale : 01/02/2027",
        "Date d'expiration du cycle précédent : 01/02/2027",
        "arrêté du 26 avril 2024 portant approbation",
    ],
)
def test_days_and_numbers_of_other_things_are_not_taken(sentence: str) -> None:
    reading = read(f"Certificat n° A-1\n{sentence}\nDate d'expiration : 11/09/2028")
    assert [one.value for one in reading.numbers] == ["A-1"]
    assert [one.value for one in reading.expires_on] == ["2028-09-11"]
    assert reading.issued_on == ()


def test_a_number_that_looks_like_a_standard_is_still_a_number() -> None:
    reading = read("Certificat n° FICTIF-9001\nCertificat n° FICTIF-9001 valable jusqu'au 11/09/2028")
    assert [one.value for one in reading.numbers] == ["FICTIF-9001"]
    assert [one.value for one in reading.expires_on] == ["2028-09-11"]


def test_a_combined_certificate_names_both_standards_and_is_ours() -> None:
    reading = read("Certificat ISO/IEC 27001 et HDS n° C-5\nValid until 2028-09-11")
    assert [one.value for one in reading.numbers] == ["C-5"]


def test_figures_that_may_be_month_first_are_left_out_of_an_english_certificate_only() -> None:
    assert read("This certificate is issued to the company and valid until 09/11/2028").expires_on == ()
    assert [one.value for one in read("valable jusqu'au 09/11/2028").expires_on] == ["2028-11-09"]
    english = read("This is the certificate of the company. Expiry date: 30/11/2028")
    assert [one.value for one in english.expires_on] == ["2028-11-30"]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Référentiel de certification HDS version 1.1 (arrêté du 11 juin 2018)", "v1"),
        ("référentiel HDS v2.0 - arrêté du 26 avril 2024 modifiant l'arrêté du 11 juin 2018", "v2"),
        ("conforme à l'arrêté du 26 avril 2024 modifiant l'arrêté du 11 juin 2018", "v2"),
        ("requirements of HDS:2018", "v1"),
        ("Certification HDS", None),
        ("Certificate number: HDS 789841", None),
    ],
)
def test_the_version_of_the_referentiel(text: str, version: str | None) -> None:
    reading = read(text)
    assert (reading.referential.value if reading.referential else None) == version
    assert reading.doubts == ()


@pytest.mark.parametrize("text", ["Référentiel HDS v2.1", "HDS v1.1 et HDS v2.0"])
def test_an_unknown_version_or_two_give_a_doubt_and_none(text: str) -> None:
    reading = read(text)
    assert reading.referential is None and "référentiel" in reading.doubts[0]


LA_MISE = "La mise à disposition et le maintien en condition opérationnelle de"


@pytest.mark.parametrize(
    ("text", "activities"),
    [
        ("Périmètre : activités 1 à 4", "1,2,3,4"),
        ("Activities 1, 2 and 3 of the framework", None),
        (f"3. {LA_MISE} la\nplateforme d'hébergement d'applications du système d'information\n"
         f"4. {LA_MISE} l'infrastructure\nvirtuelle du système d'information", "3,4"),
        (f"3. {LA_MISE} la plateforme d'hébergement d'applications du système d'information", "4"),
        (f"- {LA_MISE} l’infrastructure matérielle\n- La sauvegarde des données de santé", "2,6"),
        ("☒ 1. Sites physiques\n☐ 2. Infrastructure matérielle\n☒ 6. Sauvegarde", "1,6"),
        ("1° Sites physiques : Oui\n2° Infrastructure matérielle : Non\n6° Sauvegarde : Oui", "1,6"),
        ("for the following activities: 5. the management and operation of the information system containing the "
         "health data;\n6. the backup of the health\ndata.", "5,6"),
        ("Les six activités", "1,2,3,4,5,6"),
        ("activités 1–5, sans la sauvegarde", "1,2,3,4,5"),
        ("aucune mention", None),
        ("Périmètre 3", None),
        ("Scope: 3 sites in France", None),
    ],
)  # fmt: skip
def test_activities_in_lists_and_sentences_french_and_english_in_both_orders(text: str, activities: str | None) -> None:
    found = read(text).activities
    assert (found.value if found else None) == activities


@pytest.mark.parametrize(
    "text",
    [
        "1. Sites physiques\nX\n2. Infrastructure matérielle\n6. Sauvegarde\nX",
        "1. Sites physiques x\n2. Infrastructure matérielle\n6. Sauvegarde x",
        "1. Sites physiques\n2. Infrastructure matérielle\nhors site de Lyon",
        "activités 1 à 6 ;\nà l'exclusion de la sauvegarde du site B",
        "1. Sites physiques\n2. Quelque chose qui parle de sauvegarde et d'infrastructure virtuelle du nuage bleu",
        "L'hébergement comprend les activités 1 à 6.\nPérimètre certifié : activités 5 et 6.",
        "activités 1, 2,\n3 et 4 pour le site de Nantes",
        "activités 1, 2\net 3 du site bleu",
        "1. Sites physiques\n6. Sauvegarde\n---\nAnnexe\nactivités 1, 2 et 6",
    ],
)  # fmt: skip
def test_what_could_turn_the_scope_round_gives_a_doubt_and_no_activities(text: str) -> None:
    reading = read(text)
    assert reading.activities is None
    assert any(doubt.startswith("activities:") for doubt in reading.doubts)


def test_a_text_that_is_no_certificate_says_nothing() -> None:
    assert read("Menu du jour\nEntrée, plat, dessert : 12/03/2025").says_nothing
    assert read_certificate([]).says_nothing
    assert read_certificate([[], [""]]).says_nothing


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(max_size=60), max_size=8), max_size=3))
def test_no_text_makes_the_reader_fail(pages: list[list[str]]) -> None:
    read_certificate(pages)


LINES = (FRENCH_LABORATORY + BRITISH + FRENCH_BUREAU + AMERICAN).replace("---", "").strip().split("\n")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_shuffled_certificates_give_only_valid_values(lines: list[str]) -> None:
    from datetime import date

    reading = read_certificate([lines])
    for one in (*reading.issued_on, *reading.expires_on):
        date.fromisoformat(one.value)
    if reading.activities:
        assert set(reading.activities.value.split(",")) <= set("123456")
