"""What headings mean: by phrase, by words, never by a part that leaves another part unexplained."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.readers.headings import HeadingDictionary
from crawler.sources import FIELDS, load_source
from registry.errors import ConfigurationError

HOSTS = load_source("hosts").dictionary
CERTIFIERS = load_source("certifiers").dictionary

MEANINGS = {
    "legal_name": [
        "Hébergeur", "HÉBERGEURS", "Nom de l’hébergeur certifié", "Raison sociale", "Dénomination sociale",
        "Société", "Entité certifiée",
        "Titulaire du certificat", "Host", "Legal name", "Certified organisation", "nom_hebergeur", "legalName",
        "Nom et raison sociale",
    ],
    "brand": ["Marque", "Nom commercial", "Brand", "trade_name", "Enseigne"],
    "siren": ["SIREN", "N° SIREN", "SIREN / SIRET", "SIRET", "N° de TVA intracommunautaire", "Company number"],
    "country": ["Pays", "Pays de l'hébergeur", "Country", "countryCode"],
    "certifier": [
        "Organisme certificateur", "Certificateur", "OC", "Organisme de certification", "Certifié par", "Délivré par",
        "Certification body", "Issued by", "certificationBody", "Nom de l'organisme certificateur accrédité", "Issuer",
    ],
    "number": [
        "N° de certificat", "N° du certificat", "Certificat n°", "Numéro du certificat HDS",
        "Référence du certificat", "Certificate no.",
        "certificateNumber", "num_certificat", "Certificate ref.",
    ],
    "issued_on": [
        "Date de délivrance", "Délivré le", "Date d'obtention du certificat",
        "Date d'effet", "Début de validité",
        "Valable du", "Date de début", "Issued on", "Issue date", "validFrom", "date_delivrance", "Certifié depuis le",
        "Date de prise d'effet", "Date d'octroi",
    ],
    "expires_on": [
        "Date d'échéance", "Échéance", "Expire le", "Date de fin de validité du certificat", "Valable jusqu'au",
        "Valide jusqu’au",
        "Fin de validité", "Date limite de validité", "Expiry date", "Valid until", "expiresOn", "date_fin_validite",
        "Valable au",
        "Échéance (fin de validité)", "Date d'expiration",
    ],
    "referential": ["Référentiel", "Version du référentiel HDS", "Référentiel applicable",
        "Standard version", "Référentiel (version)"],
    "activities": ["Activités", "Activités certifiées (1 à 6)", "Certified activities",
        "Liste des activités certifiées", "N° d'activités"],
    "source_status": ["Statut", "État du certificat", "Certificate status"],
    "transparency_url": [
        "Cartographie des transferts hors EEE", "Page de transparence", "Accès depuis un pays hors EEE",
        "Transfers outside the EEA",
        "Lien vers la cartographie des transferts de données",
    ],
    "activity_1": [
        "1", "Activité 1", "A1", "1. Sites physiques", "Activité n° 1",
        "1° La mise à disposition et le maintien en condition opérationnelle des sites physiques permettant d'héberger "
        "l'infrastructure matérielle du système d'information utilisé pour le traitement des données de santé",
    ],
    "activity_3": ["4. Infrastructure virtuelle", "Virtual infrastructure"],
    "activity_4": ["3. Plateforme d'hébergement d'applications", "Plate-forme"],
    "activity_6": ["Sauvegarde", "6 - Sauvegardes externalisées", "Backup"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "heading"), [(field, heading) for field, texts in MEANINGS.items() for heading in texts]
)
def test_a_heading_has_one_meaning(field: str, heading: str) -> None:
    assert HOSTS.sense(heading).fields == (field,)


@pytest.mark.parametrize(
    ("heading", "some"),
    [
        ("Périmètre", {"activities", "scope"}), ("Certificat", {"number", "document_url", "scope"}),
        ("N°", {"number", "siren"}),
        ("Organisme", {"legal_name", "certifier"}), ("Date de certification", {"issued_on", "period"}),
        ("Validité", {"expires_on", "period", "source_status"}),
        ("Lien", {"website", "document_url"}), ("Type", {"activities", "scope"}),
        ("Référence", {"number", "referential"}),
    ],
)  # fmt: skip
def test_an_ambiguous_heading_keeps_all_its_meanings(heading: str, some: set[str]) -> None:
    assert some <= set(HOSTS.sense(heading).fields)


@pytest.mark.parametrize(
    "heading",
    [
        "Date d'audit de surveillance", "Prochain audit", "Date de première certification", "Date de mise à jour",
        "Ancien nom",
        "Contact", "Adresse", "Numéro d'accréditation", "Date de fin d'accréditation", "Certificat ISO 27001",
        "Téléphone", "E-mail", "Effectif", "Effectifs",
    ],
)  # fmt: skip
def test_a_heading_that_is_known_to_be_something_else_is_none_of_ours(heading: str) -> None:
    sense = HOSTS.sense(heading)
    assert not sense and (sense.ignored or sense.foreign)


@pytest.mark.parametrize(
    "heading",
    [
        "Date", "Date de renouvellement", "Site d'hébergement", "Pays d'hébergement des données",
        "SIREN du certificateur",
        "Site web de l'organisme certificateur", "Date de suspension", "Zorglub", "", "Hébergeur infogéreur",
        "Niveau de risque",
    ],
)  # fmt: skip
def test_a_heading_with_an_unexplained_part_has_no_meaning_by_itself(heading: str) -> None:
    assert set(HOSTS.sense(heading).fields) <= {"period"}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("Activités certifiées", "4"), "activity_4"), (("Validité", "Du"), "issued_on"),
        (("Validité", "Fin"), "expires_on"),
        (("Hébergeur", "Pays"), "country"), (("Certificat", "Délivré le"), "issued_on"),
        (("Certificat", "Numéro"), "number"),
        (("attributes", "raison_sociale"), "legal_name"), (("certifier", "name"), "certifier"),
        (("Organisme certificateur", "Nom"), "certifier"),
    ],
)  # fmt: skip
def test_a_group_of_columns_helps_its_columns(path: tuple[str, ...], field: str) -> None:
    assert HOSTS.sense(*path).fields == (field,)


@pytest.mark.parametrize(
    "path", [("Organisme certificateur", "Pays"), ("Organisme certificateur", "Site web"), ("certifier", "country")]
)
def test_what_belongs_to_the_certifier_is_not_taken_for_the_host(path: tuple[str, ...]) -> None:
    assert not HOSTS.sense(*path)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Organisme certificateur", "name"), ("N° d'accréditation", "accreditation_number"),
        ("N° COFRAC", "accreditation_number"),
        ("Accrédité depuis le", "accredited_on"), ("Date de fin d'accréditation", "accreditation_ended_on"),
        ("Organisme d'accréditation", "accreditor"), ("Accreditation body", "accreditor"),
        ("Accreditation expiry date", "accreditation_ended_on"),
    ],
)  # fmt: skip
def test_headings_of_the_certifier_list(heading: str, field: str) -> None:
    assert CERTIFIERS.sense(heading).fields == (field,)


@pytest.mark.parametrize("source", FIELDS)
def test_every_phrase_of_the_dictionary_means_its_field(source: str) -> None:
    import yaml

    file = Path(__file__).parents[2] / "crawler" / "sources" / f"{source}.yml"
    definition, dictionary = yaml.safe_load(file.read_text(encoding="utf-8")), load_source(source).dictionary
    lost = [
        (field, phrase)
        for field, phrases in definition["headings"].items()
        for phrase in phrases
        if field not in dictionary.sense(phrase).fields
    ]
    assert lost == []


def test_no_phrase_means_two_dates() -> None:
    dates = {"issued_on", "expires_on"}
    assert [key for key, fields in HOSTS.phrases.items() if dates <= set(fields)] == []


def _overlay(home: Path, text: str) -> None:
    (home / "sources").mkdir()
    (home / "sources" / "hosts.yml").write_text(text, encoding="utf-8")


def test_an_operator_extends_the_dictionary_without_touching_the_program(tmp_path: Path) -> None:
    _overlay(
        tmp_path,
        "headings:\n  expires_on: [jusqu'au terme du]\nbounds:\n  max_rows: 9000\naddresses: [https://new.example/liste]\n",
    )
    definition = load_source("hosts", tmp_path)
    assert definition.dictionary.sense("Jusqu’au terme du").fields == ("expires_on",)
    assert definition.dictionary.sense("Hébergeur").fields == ("legal_name",)
    assert (definition.bounds["max_rows"], definition.bounds["min_rows"]) == (
        9000,
        load_source("hosts").bounds["min_rows"],
    )
    assert definition.addresses == ("https://new.example/liste",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("headings:\n  expires: [x]\n", "expires"), ("headings: [x]\n", "headings"), ("colour: red\n", "colour"),
        ("- a\n", "mapping"),
        ("headings:\n  number: [1]\n", "quotes"), ("headings: {number: [a]\n", "hosts.yml"),
        ("headings:\n  number: no\n", "number"),
        ("bounds: 3\n", "bounds"), ("bounds:\n  max_rowz: 3\n", "max_rows"), ("bounds:\n  max_rows: many\n", "max_rows"),
        ("addresses: http://x\n", "addresses"), ("addresses: [liste]\n", "https://"), ("ignored: {a: b}\n", "ignored"),
    ],
)  # fmt: skip
def test_a_wrong_addition_is_refused_with_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    _overlay(tmp_path, text)
    with pytest.raises(ConfigurationError) as refused:
        load_source("hosts", tmp_path)
    assert says in str(refused.value)
    assert str(tmp_path / "sources" / "hosts.yml") in str(refused.value)


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="hosts"):
        load_source("people")


def test_a_dictionary_can_be_built_from_few_words() -> None:
    dictionary = HeadingDictionary.from_data({"headings": {"name": ["Qui"]}}, ("name",))
    assert dictionary.sense("qui").fields == ("name",)
