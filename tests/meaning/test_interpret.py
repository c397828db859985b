"""Raw rows → records: every field of a good row, null and a problem for what can't be read, no row lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.interpret import MOJIBAKE, REJECTED, SHIFTED, interpret_rows
from registry.models import HOST_FIELDS, CertificateRecord, RawCell
from tests.meaning.raw_rows import certifiers, full, one, read, row


def test_a_whole_row_becomes_a_whole_record() -> None:
    raw = row(
        legal_name=" 3DS\xa0OUTSCALE (Outscale) ",
        brand="Outscale",
        siren="732 829 320 00074",
        country="France",
        website="https://fr.outscale.example",
        certifier="Bureau Veritas",
        number=" FR094504 \n",
        referential="HDS v1.1",
        scope="Hébergeur infogéreur",
        activities="3 à 6",
        issued_on="20/12/2024",
        expires_on="19 déc. 2027",
        source_status="Suspendu",
        document_url="PDF",
        transparency_url="https://t.example/hds",
        links={"document_url": "https://doc.example/a.pdf"},
    )
    record, problems = one(raw)
    assert problems == []
    assert record == CertificateRecord(
        legal_name="3DS OUTSCALE (Outscale)",
        brands=("Outscale", "3DS OUTSCALE"),
        siren="732829320",
        country="FR",
        website="https://fr.outscale.example",
        certifier="Bureau Veritas",
        certifier_id="bureau-veritas-certification-france",
        number="FR094504",
        referential="v1",
        referential_label="HDS v1.1",
        legacy_scopes="managed",
        scope="Hébergeur infogéreur",
        issued_on=date(2024, 12, 20),
        expires_on=date(2027, 12, 19),
        source_status="suspended",
        document_url="https://doc.example/a.pdf",
        transparency_url="https://t.example/hds",
        activities=frozenset({3, 4, 5, 6}),
    )
    assert record.raw is raw, "what was printed stays with the record"


def test_a_host_without_any_certificate_is_a_record_of_its_own() -> None:
    record, problems = one(row(legal_name="NumSpot", activities="", expires_on="", number="-"))
    assert record == CertificateRecord(legal_name="NumSpot")
    assert problems == []


@pytest.mark.parametrize(
    ("field", "text", "attribute"),
    [
        ("siren", "808 665 484", "siren"),
        ("country", "Atlantide", "country"),
        ("website", "javascript:alert(1)", "website"),
        ("certifier", "AFNOR / LNE", "certifier_id"),
        ("number", "voir le certificat", "number"),
        ("referential", "HDS 2.1", "referential"),
        ("activities", "1 à 6 sous réserve", "activities"),
        ("issued_on", "07/2024", "issued_on"),
        ("expires_on", "31/02/2027", "expires_on"),
        ("document_url", "à venir", "document_url"),
    ],
)
def test_a_value_that_cannot_be_read_is_null_and_a_problem_on_its_row(field: str, text: str, attribute: str) -> None:
    record, problems = one(full(**{field: text}))
    assert getattr(record, attribute) is None
    assert [(p.row, p.field, p.raw) for p in problems] == [(0, field, text)]
    assert "expected" in problems[0].message or "can't" in problems[0].message
    assert problems[0].locator == f"td[{field}]" and problems[0].sha256 == "f" * 64
    untouched = one(full())[0]
    assert replace(record, **{attribute: getattr(untouched, attribute)}) == replace(
        untouched, certifier=record.certifier, referential_label=record.referential_label
    ), "nothing else of the row changes"


def test_a_printed_status_that_is_not_understood_is_stored_as_unclear() -> None:
    record, problems = one(full(source_status="En pause"))
    assert record.source_status == "unclear"
    assert [p.field for p in problems] == ["source_status"]


def test_a_page_that_states_no_status_leaves_it_null() -> None:
    assert one(full())[0].source_status is None
    assert one(full(source_status=""))[0].source_status is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "—",
        "N/A",
        "Raison sociale",
        "Nom de l’hébergeur",
        "11/09/2028",
        "https://example.org",
        "12345",
        "x" * 300,
    ],
)
def test_a_row_without_a_usable_name_is_rejected_aloud(name: str) -> None:
    records, problems = read(full(), full(legal_name=name), full(legal_name="Autre"))
    assert [record.legal_name for record in records] == ["SCALINGO", "Autre"]
    assert [(p.row, p.code) for p in problems] == [(1, REJECTED)]


def test_rows_are_counted_from_where_the_run_stands() -> None:
    _, problems = interpret_rows("hosts", [full(), full(siren="1")], start=40)
    assert [p.row for p in problems] == [41]


def test_one_swallowed_cell_does_not_shift_the_others_into_wrong_fields() -> None:
    shifted = full(
        number="v2.0", referential="1 à 6", activities="12/09/2025", issued_on="11/09/2028", expires_on="LNE"
    )
    record, problems = one(shifted)
    assert record == CertificateRecord(legal_name="SCALINGO")
    assert [(p.field, p.code) for p in problems] == [("activities", SHIFTED)]
    assert problems[0].message.startswith(
        "cells stand under the wrong headings: activities, expires_on; the row was not read"
    )


def test_wrongly_decoded_text_is_reported_as_such() -> None:
    record, problems = one(full(legal_name="HÃ©bergeur SantÃ©"))
    assert record.legal_name == "HÃ©bergeur SantÃ©", "kept as printed: mending it would be a guess"
    assert [p.code for p in problems] == [MOJIBAKE]


# ---- dates that belong together --------------------------------------------------------------------------------------


def test_a_period_in_one_cell_gives_both_days() -> None:
    for field, other in (("expires_on", "issued_on"), ("issued_on", "expires_on")):
        record, problems = one(full(**{field: "du 12/09/2025 au 11/09/2028", other: ""}))
        assert (record.issued_on, record.expires_on) == (date(2025, 9, 12), date(2028, 9, 11))
        assert not problems


def test_a_period_that_contradicts_the_other_cell_leaves_the_disputed_day_open() -> None:
    record, problems = one(full(issued_on="01/01/2025", expires_on="du 12/09/2025 au 11/09/2028"))
    assert (record.issued_on, record.expires_on) == (None, date(2028, 9, 11))
    assert [p.field for p in problems] == ["issued_on"]


@pytest.mark.parametrize(
    ("issued", "expires"),
    [("11/09/2028", "12/09/2025"), ("12/09/2025", "12/09/2025"), ("12/09/2025", "11/09/2082")],
    ids=["an end before the beginning", "a validity of no day", "a validity of decades"],
)
def test_an_order_of_days_that_cannot_be_keeps_neither(issued: str, expires: str) -> None:
    record, problems = one(full(issued_on=issued, expires_on=expires))
    assert (record.issued_on, record.expires_on) == (None, None)
    assert [p.code for p in problems] == ["contradiction"]


def test_words_that_make_an_expiry_a_beginning_are_noticed() -> None:
    record, problems = one(full(issued_on="", expires_on="à compter du 12/09/2025"))
    assert record.expires_on is None
    assert [p.field for p in problems] == ["expires_on"]


# ---- which cell speaks of the activities -----------------------------------------------------------------------------


def test_the_scope_speaks_when_no_activities_are_printed() -> None:
    assert one(full(activities="", scope="Activités 1 à 4"))[0].activities == {1, 2, 3, 4}
    assert one(full(activities="Hébergeur infogéreur", scope="Périmètre : 3 à 6"))[0].activities == {3, 4, 5, 6}


def test_a_description_in_the_scope_neither_adds_nor_takes_activities() -> None:
    record, problems = one(full(activities="1 à 6", scope="Plateforme"))
    assert record.activities == {1, 2, 3, 4, 5, 6}
    assert record.scope == "Plateforme"
    assert not problems
    free = one(full(activities="", scope="Hébergement de l'application Exemple pour les hôpitaux"))
    assert free[0].activities is None
    assert not free[1], "free text that names no activity is no problem"


@pytest.mark.parametrize(
    "heading",
    ["Activités non couvertes", "Activités exclues", "Hors périmètre", "Nombre d'activités", "Excluded activities"],
)
def test_a_column_of_what_is_not_held_is_never_read_as_what_is(heading: str) -> None:
    raw = full()
    raw.cells["activities"] = RawCell("6", "td", heading)
    record, problems = one(raw)
    assert record.activities is None
    assert [p.field for p in problems] == ["activities"]


def test_cells_that_name_different_activities_leave_them_unknown() -> None:
    record, problems = one(full(activities="1 à 6", scope="Activités 1 à 5"))
    assert record.activities is None
    assert [p.code for p in problems] == ["contradiction"]


def test_a_legacy_scope_is_found_in_any_column() -> None:
    for field, text in (
        ("scope", "Hébergeur infogéreur"),
        ("activities", "Hébergeur infogéreur : 3 à 6"),
        ("number", "38436 (hébergeur infogéreur)"),
        ("referential", "HDS v1.1 – hébergeur infogéreur"),
    ):
        assert one(full(**{field: text}))[0].legacy_scopes == "managed", field
    assert (
        one(row(legal_name="X", unread={"Type": "Hébergeur d'infrastructure physique"}))[0].legacy_scopes == "physical"
    )


def test_both_legacy_scopes_are_kept_in_one_order() -> None:
    assert (
        one(full(activities="hébergeur infogérant et hébergeur d'infrastructure physique"))[0].legacy_scopes
        == "physical,managed"
    )
    assert one(full(activities="hébergeur infogérant et hébergeur d'infrastructure physique"))[0].activities is None


# ---- brands ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "brands"),
    [
        ("Blue (BT-Blue)", ("Blue", "BT-Blue")),
        ("Outscale / 3DS Outscale", ("Outscale", "3DS Outscale")),
        ("Microsoft (Azure, Dynamics 365 and Online Services)", ("Microsoft", "Azure", "Dynamics 365")),
        ("Nouvelle (ex Ancienne)", ("Nouvelle", "Ancienne")),
        ("Exemple (France)", ("Exemple",)),
        ("Exemple SAS", ()),
        ("Exemple (groupe)", ("Exemple",)),
        ("A/S Hosting", ()),
    ],
)
def test_brands_are_added_beside_the_name_which_stays_as_printed(name: str, brands: tuple[str, ...]) -> None:
    record, _ = one(row(legal_name=name))
    assert record.legal_name == name
    assert record.brands == brands


def test_a_brand_cell_comes_first_and_is_not_repeated() -> None:
    assert one(row(legal_name="ALE International", brand="Rainbow; RAINBOW"))[0].brands == ("Rainbow",)


# ---- the certifier list ----------------------------------------------------------------------------------------------


def test_the_certifier_list_is_read() -> None:
    records, problems = certifiers(
        {
            "name": "Bureau Veritas Certification France",
            "accreditor": "COFRAC",
            "accreditation_number": "4-0002",
            "accredited_on": "17/04/2019",
            "country": "France",
            "website": "https://certification.example",
            "accreditation_ended_on": "",
        },
        {"name": "Foo Certification SAS", "accredited_on": "2019", "accreditation_ended_on": "31/12/2025"},
        {"name": ""},
    )
    assert [record.id for record in records] == ["bureau-veritas-certification-france", "foo-certification"]
    assert records[0].accredited_on == date(2019, 4, 17) and records[0].country == "FR"
    assert (records[0].accreditor, records[0].accreditation_number) == ("COFRAC", "4-0002")
    assert records[0].website == "https://certification.example"
    assert records[0].raw.locator == "tr[0]"
    assert records[1].accredited_on is None and records[1].accreditation_ended_on == date(2025, 12, 31)
    assert [(p.row, p.field, p.code) for p in problems] == [(1, "accredited_on", "unreadable"), (2, "name", REJECTED)]


def test_what_says_nothing_on_the_certifier_list_is_unknown() -> None:
    records, problems = certifiers({"name": "LNE", "accreditor": "-", "accreditation_number": "N/A", "website": ""})
    assert (records[0].accreditor, records[0].accreditation_number, records[0].website) == (None, None, None)
    assert problems == []


@pytest.mark.parametrize("name", ["11/09/2028", "https://example.org/", "***", "-"])
def test_what_is_no_name_is_no_certification_body(name: str) -> None:
    records, problems = certifiers({"name": name})
    assert records == []
    assert [(p.field, p.code, p.raw) for p in problems] == [("name", REJECTED, name)]


def test_a_problem_says_where_it_stands_and_under_which_heading() -> None:
    (problem,) = one(full(expires_on="bientôt"))[1]
    assert (problem.url, problem.sha256, problem.locator) == ("https://example.org/list", "f" * 64, "td[expires_on]")
    assert problem.raw == "bientôt"
    assert problem.message.endswith("found 'bientôt' under 'expires_on'")


def test_a_problem_with_a_cell_that_is_missing_stands_at_its_row() -> None:
    (problem,) = read(row(number="1"))[1]
    assert (problem.locator, problem.raw) == ("tr[1]", "")
    assert "under" not in problem.message


def test_a_scope_that_speaks_of_activities_may_contradict_their_cell() -> None:
    record, problems = one(full(activities="1 à 5", scope="Activités de sauvegarde externalisée"))
    assert record.activities is None
    assert [p.code for p in problems] == ["contradiction"]


PROBLEMS = [
    # (cells, field, code, message without the heading)
    ({"legal_name": "11/09/2028"}, "legal_name", REJECTED,
     "expected the name of a host, found '11/09/2028': are the columns shifted?"),
    ({"issued_on": "jusqu'au 11/09/2028", "expires_on": ""}, "issued_on", "unreadable",
     "expected the day it begins, found words for its end"),
    ({"issued_on": "", "expires_on": "à compter du 12/09/2025"}, "expires_on", "unreadable",
     "expected the day it ends, found words for its beginning"),
    ({"issued_on": "12/09/2025", "expires_on": "du 13/09/2025 au 11/09/2028"}, "issued_on", "contradiction",
     "the columns of one row give two days: 2025-09-12, 2025-09-13"),
    ({"issued_on": "12/09/2025", "expires_on": "11/09/2025"}, "expires_on", "contradiction",
     "expected an end after 2025-09-12 and at most ten years later, found 2025-09-11; neither day is kept"),
    ({"activities": "", "scope": "Activités 1 à 7"}, "scope", "unreadable", "expected words about activities only, found '7'"),
    ({"activities": "1 à 5", "scope": "Activités 1 à 6"}, "activities", "contradiction",
     "the cells of one row name different activities"),
    ({"number": "LNE"}, "number", "unreadable", "expected a certificate number, found 'LNE'"),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "field", "code", "message"), PROBLEMS)
def test_a_problem_names_its_column_and_what_was_expected(texts, field: str, code: str, message: str) -> None:
    found = [(p.field, p.code, p.message.removesuffix(f" under {p.field!r}")) for p in read(full(**texts))[1]]
    assert found == [(field, code, message)]


def test_words_for_the_other_end_give_no_day_at_all() -> None:
    for texts in ({"issued_on": "jusqu'au 11/09/2028"}, {"expires_on": "à compter du 12/09/2025"}):
        (record,), _ = read(row(legal_name="X", **texts))
        assert (record.issued_on, record.expires_on) == (None, None)


def test_a_validity_of_ten_years_is_believed_and_no_day_more() -> None:
    begin = date(2020, 1, 1)
    for days, kept in ((3660, True), (3661, False)):
        record, _ = one(full(issued_on="01/01/2020", expires_on=f"{begin + timedelta(days):%d/%m/%Y}"))
        assert (record.issued_on == begin) is kept


def test_a_column_of_exclusions_is_not_read_and_says_so() -> None:
    raw = full()
    raw.cells["activities"] = RawCell("1, 2", "td[3]", "Activités non couvertes")
    record, (problem,) = one(raw)
    assert record.activities is None
    assert (problem.field, problem.message.split(" under ")[0]) == (
        "activities", "expected a column that says which activities are held, found another meaning",
    )  # fmt: skip


def test_a_column_for_one_activity_may_contradict_the_scope() -> None:
    yes = {f"activity_{n}": "Oui" if n < 3 else "Non" for n in range(1, 7)}
    record, problems = one(row(legal_name="X", scope="Activités 1 à 3", **yes))
    assert record.activities is None
    assert [(p.field, p.code) for p in problems] == [("scope", "contradiction")]


def test_legacy_scopes_are_found_in_any_column_that_nobody_understood() -> None:
    unread = {"Pays": "France", "Type": "Hébergeur d'infrastructure physique", "Autre": "Hébergeur infogéreur"}
    assert one(row(legal_name="X", unread=unread))[0].legacy_scopes == "physical,managed"
    doubtful = {"Note": "hébergeur infogéreur et autre chose encore"}
    assert one(row(legal_name="X", unread=doubtful))[0].legacy_scopes is None


# ---- rules over any rows ---------------------------------------------------------------------------------------------

texts = st.one_of(
    st.sampled_from(
        [
            "",
            "-",
            "1 à 6",
            "11/09/2028",
            "12/09/2025",
            "v2",
            "LNE",
            "✓",
            "Oui",
            "808665483",
            "https://example.org/",
            "SantÃ©",
            "a\nb\nc",
        ]
    ),
    st.text(max_size=40),
)
any_row = st.dictionaries(st.sampled_from(HOST_FIELDS), texts, max_size=12).map(lambda given: row(**given))


@given(st.lists(any_row, max_size=6))
def test_no_row_is_ever_lost_and_none_breaks_the_reader(rows: list) -> None:
    records, problems = read(*rows)
    rejected = {p.row for p in problems if p.code == REJECTED}
    assert {id(record.raw) for record in records} == {id(raw) for n, raw in enumerate(rows) if n not in rejected}
    for record in records:
        assert record.legal_name.strip()
        assert record.siren is None or len(record.siren) == 9
        assert record.activities is None or record.activities <= {1, 2, 3, 4, 5, 6}
        assert not (record.issued_on and record.expires_on) or record.issued_on < record.expires_on


@given(any_row)
def test_a_date_on_a_record_was_printed_in_its_row(raw) -> None:
    for record in read(raw)[0]:
        for day in filter(None, (record.issued_on, record.expires_on)):
            printed = " ".join(cell.text for cell in raw.cells.values())
            assert str(day.year) in printed or any(part.isdigit() and len(part) >= 8 for part in printed.split())


def test_the_same_rows_give_the_same_records() -> None:
    rows = [full(), full(activities="?"), row(legal_name="X", activity_1="✓")]
    assert read(*rows) == read(*rows)


def test_a_cell_may_come_with_a_heading_only() -> None:
    raw = row(legal_name="X")
    raw.cells["activities"] = RawCell("", "td", "Activités")
    assert one(raw)[1] == []


def test_entities_that_were_encoded_twice_are_read_as_what_they_stand_for() -> None:
    record, problems = one(full(legal_name="H&ocirc;pital Sant&eacute; &amp; Co"))
    assert record.legal_name == "Hôpital Santé & Co" and problems == []


@pytest.mark.parametrize("field", ["number", "legal_name"])
def test_the_mark_of_a_footnote_is_no_part_of_a_value_and_is_reported(field: str) -> None:
    record, problems = one(full(**{field: "AB-38436*"}))
    assert getattr(record, field) == "AB-38436" and [problem.field for problem in problems] == [field]
