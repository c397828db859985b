"""Short labels: référentiel, certification body, SIREN, country, status, address. Known exactly, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.labels import (
    Unreadable,
    read_address,
    read_certifier,
    read_country,
    read_referential,
    read_siren,
    read_status,
)
from registry.vocabulary import certifier_id, certifiers, referentials

REFERENTIALS = {
    "v1": [
        "1",
        "1.0",
        "1.1",
        "1.1.1",
        "2018",
        "v1",
        "v1.1",
        "V 1.1",
        "HDS 1.1",
        "HDS:2018",
        "HDS v2018",
        "HDSv1.1",
        "v1.1.1",
        "Référentiel de certification HDS - exigences v1.1 de juin 2018",
        "arrêté du 11 juin 2018",
        "HDS v1.1 (2018)",
        "1,1",
        "Référentiel v1.0 & v1.1",
        "HDS v1.1 – hébergeur infogéreur",
        "Version1.1",
        "hébergement de données de santé v1.1",
    ],
    "v2": [
        "2",
        "2.0",
        "2024",
        "v2",
        "v2.0",
        "V2",
        "HDSv2",
        "HDS v2",
        "HDS 2.0",
        "version 2024",
        "HDS:2024",
        "HDS_v2",
        "HDS - V2",
        "2,0",
        "référentiel HDS version 2.0 (avril 2024)",
        "Version 2 – avril 2024",
        "arrêté du 26 avril 2024",
        "V2.0 - 2024",
        "HDS v2.0 (arrêté du 26 avril 2024)",
        "Certification HDS version 2.0",
        "v2.0 du 26 avril 2024",
        "HDS\xa0v2.0",
    ],
}
UNKNOWN_REFERENTIALS = [
    "2.1",
    "v2.1",
    "HDS 2.1",
    "3",
    "v3",
    "1.2",
    "1.1.2",
    "2.0.0",
    "2.00",
    "02",
    "HDS",
    "v1.1 / v2",
    "HDS 2018/2024",
    "v1→v2",
    "v2 projet",
    "draft v2",
    "migration v2 en cours",
    "ISO 27001 + HDS v2",
    "26/04/2024",
    "11/09/2024",
    "septembre 2024",
    "2024-04",
    "ISO 27001:2022",
    "v2 (sauf exigence 28)",
    "arrêté du 27 avril 2024",
    "2019",
    "v2018.1",
    "version 2024 ou 2018",
]


@pytest.mark.parametrize(("version", "label"), [(v, label) for v, labels in REFERENTIALS.items() for label in labels])
def test_a_known_label_is_its_version_whatever_wraps_it(version: str, label: str) -> None:
    assert read_referential(label) == version
    assert read_referential(label.upper()) == version


@pytest.mark.parametrize("label", UNKNOWN_REFERENTIALS)
def test_an_unknown_or_contradictory_label_is_never_a_silent_v2(label: str) -> None:
    with pytest.raises(Unreadable, match="expected one known version"):
        read_referential(label)


@pytest.mark.parametrize("label", ["", " ", "-", "—", "n/a", "non communiqué"])
def test_a_blank_label_says_nothing(label: str) -> None:
    assert read_referential(label) is None


@given(st.integers(0, 99), st.integers(0, 99))
def test_only_the_listed_versions_are_known(major: int, minor: int) -> None:
    label = f"{major}.{minor}"
    known = {name: version.version for version in referentials() for name in version.labels}
    try:
        assert read_referential(f"HDS v{label}") == known.get(label)
    except Unreadable:
        assert label not in known


BODIES = {
    "bureau-veritas-certification-france": [
        "BV",
        "Bureau Veritas",
        "Bureau Veritas Certification",
        "BUREAU VERITAS CERTIFICATION FRANCE S.A.S.",
        "Bureau Veritas Certification (BVC)",
    ],
    "bsi-group-france": ["BSI", "Groupe BSI", "BSI Group France", "British Standards Institution (BSI)"],
    "bsi-emea": ["BSI (EMEA)", "BSI EMEA"],
    "afnor-certification": ["Afnor", "AFNOR CERTIFICATION", "AFNOR Certification (COFRAC n° 4-0001)"],
    "lne": [
        "LNE",
        "L.N.E.",
        "Laboratoire national de métrologie et d’essais",
        "LNE - Laboratoire national de métrologie et d'essais",
        "LNE (accréditation COFRAC 4-0038)",
    ],
    "lsti": ["LSTI", "LSTI SAS"],
    "schellman": ["Schellman", "Schellman & Company, LLC"],
    "ernst-young-certifypoint": [
        "Ernst & Young CertifyPoint",
        "EY CertifyPoint B.V.",
        "Ernst & Young CertifyPoint B.V.",
    ],
    "international-certification-trust-services": ["International Certification Trust Services", "ICTS"],
    "foo-certification": ["Foo Certification", "FOO Certification SAS", "Foo  Certification S.A."],
    "dupont-et-fils": ["Dupont et Fils"],
}


@pytest.mark.parametrize(("key", "printed"), [(key, name) for key, names in BODIES.items() for name in names])
def test_a_certification_body_has_one_key_under_all_its_names(key: str, printed: str) -> None:
    assert read_certifier(printed) == key


def test_both_lists_give_a_body_the_same_key() -> None:
    for body in certifiers():
        assert certifier_id(body.name) == body.id
        assert all(read_certifier(variant) == body.id for variant in body.variants)


@pytest.mark.parametrize("printed", ["AFNOR / LNE", "LNE et LSTI", "12/09/2025", "https://www.lne.fr", "4-0038"])
def test_what_is_not_one_body_is_refused(printed: str) -> None:
    with pytest.raises(Unreadable, match="certification body"):
        read_certifier(printed)


SIRENS = {
    "808665483": [
        "808665483",
        "808 665 483",
        "808.665.483",
        "808\xa0665\u202f483",
        "SIREN : 808 665 483",
        "N° SIREN 808665483",
        "RCS Strasbourg B 808 665 483",
        "808 665 483 R.C.S. Strasbourg",
        "808665483.0",
    ],
    "356000000": ["356000000", "35600000000048"],
    "732829320": [
        "732 829 320 00074",
        "73282932000074",
        "FR 44 732829320",
        "FR44732829320",
        "TVA : FR 44 732 829 320",
        "SIREN 732829320, SIRET 73282932000074",
    ],
}


@pytest.mark.parametrize(("siren", "printed"), [(siren, text) for siren, texts in SIRENS.items() for text in texts])
def test_a_siren_is_found_in_its_usual_dresses(siren: str, printed: str) -> None:
    assert read_siren(printed) == siren


@pytest.mark.parametrize(
    "printed",
    [
        "808665484",
        "123456789",
        "000000000",
        "73282932000075",
        "FR45732829320",
        "DE123456789",
        "BE0732829320",
        "HRB 732829320",
        "80866548",
        "8.08665E+08",
        "808665483 / 732829320",
        "SIREN inconnu 12",
        "étranger 732829320",
    ],
)
def test_a_number_without_valid_check_digits_is_no_siren(printed: str) -> None:
    with pytest.raises(Unreadable, match="expected a SIREN"):
        read_siren(printed)


@given(st.integers(1, 99_999_999))
def test_of_ten_numbers_that_differ_in_the_last_digit_one_is_a_siren(head: int) -> None:
    accepted = 0
    for last in range(10):
        try:
            accepted += read_siren(f"{head:08}{last}") is not None
        except Unreadable:
            continue
    assert accepted == 1


COUNTRIES = {
    "FR": ["France", "FRANCE", "FR", "FRA", "France (FR)", "France métropolitaine"],
    "US": ["États-Unis", "Etats Unis", "USA", "U.S.A.", "United States"],
    "GB": ["Royaume-Uni", "UK", "United Kingdom"],
    "NL": ["Pays-Bas", "The Netherlands", "NLD"],
    "IE": ["Irlande", "Ireland"],
    "DE": ["Allemagne", "DE - Allemagne"],
    "CI": ["Côte d'Ivoire", "Côte d’Ivoire"],
    "CZ": ["République tchèque"],
    "LU": ["Luxembourg"],
    "CH": ["Suisse", "Switzerland"],
    "RE": ["La Réunion"],
}


@pytest.mark.parametrize(("code", "printed"), [(code, name) for code, names in COUNTRIES.items() for name in names])
def test_a_country_is_known_in_french_english_and_by_code(code: str, printed: str) -> None:
    assert read_country(printed) == code


@pytest.mark.parametrize("printed", ["Atlantide", "France, Belgique", "XX", "Union européenne", "Europe", "12"])
def test_an_unknown_country_is_refused(printed: str) -> None:
    with pytest.raises(Unreadable, match="expected one country"):
        read_country(printed)


STATUSES = {
    "in_force": [
        "En vigueur",
        "Certifié",
        "Certfié",
        "certifié HDS",
        "Certificat valide",
        "Valid",
        "en cours de validité",
        "Actif",
        "Active",
        "valide jusqu'au 11/09/2028",
        "CERTIFIÉ",
    ],
    "suspended": [
        "Suspendu",
        "SUSPENDU",
        "Suspendu depuis le 12/03/2026",
        "Certificat suspendu",
        "statut : suspendu",
        "Suspended",
        "Suspension",
    ],
    "withdrawn": ["Retiré", "Retiré le 3 mars 2026", "Withdrawn", "résilié", "Révoqué", "retrait"],
    "unclear": [
        "Non valide",
        "expiré",
        "inconnu",
        "en cours",
        "en cours de renouvellement",
        "suspendu - certifié",
        "bizarre",
        "non certifié",
        "plus valide",
        "partiellement suspendu",
        "bientôt suspendu",
        "non suspendu",
        "oui",
        "levée de suspension",
    ],
}


@pytest.mark.parametrize(
    ("status", "printed"), [(status, text) for status, texts in STATUSES.items() for text in texts]
)
def test_a_status_is_one_of_four_and_doubt_is_unclear(status: str, printed: str) -> None:
    found, why = read_status(printed)
    assert found == status
    assert bool(why) == (status == "unclear"), "an unclear status is reported, the others are not"


@pytest.mark.parametrize("printed", ["", " ", "—", "n/a"])
def test_a_blank_status_says_nothing(printed: str) -> None:
    assert read_status(printed) == (None, None)


@given(st.text(max_size=40))
def test_only_known_words_make_a_certificate_count(text: str) -> None:
    status, why = read_status(text)
    assert status in (None, "unclear") or why is None


def test_only_web_addresses_are_taken() -> None:
    assert read_address("https://example.org/a.pdf", None) == "https://example.org/a.pdf"
    assert read_address("Télécharger", "https://example.org/a.pdf") == "https://example.org/a.pdf"
    assert read_address("", None) is None
    for text, href in (
        ("voir", None),
        ("x", "javascript:alert(1)"),
        ("x", "mailto:a@example.org"),
        ("www.example.org", None),
        ("https://a b.example", None),
        ("https://user:secret@example.org/", None),
        ("http://", None),
        ("http://[", None),
    ):
        with pytest.raises(Unreadable, match="https://"):
            read_address(text, href)
