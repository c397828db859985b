"""One printed line that holds several certificates is split when the pairing is certain, and never guessed."""

from __future__ import annotations

from datetime import date

from tests.meaning.raw_rows import full, one, read

TWO = {
    "number": "38436-2\n38436",
    "issued_on": "12/09/2025\n12/09/2022",
    "expires_on": "11/09/2028\n11/09/2025",
    "referential": "v2.0\nv1.1",
    "activities": "1 à 6\n1 à 5",
}


def test_cells_of_equal_length_pair_line_by_line() -> None:
    records, problems = read(full(**TWO))
    assert problems == []
    assert [(r.number, r.issued_on, r.expires_on, r.referential, sorted(r.activities or ())) for r in records] == [
        ("38436-2", date(2025, 9, 12), date(2028, 9, 11), "v2", [1, 2, 3, 4, 5, 6]),
        ("38436", date(2022, 9, 12), date(2025, 9, 11), "v1", [1, 2, 3, 4, 5]),
    ]
    assert {r.legal_name for r in records} == {"SCALINGO"} and {r.certifier_id for r in records} == {"lne"}


def test_semicolons_separate_as_lines_do() -> None:
    records, _ = read(
        full(**{name: text.replace("\n", " ; ") for name, text in TWO.items() if name != "activities"}, activities="")
    )
    assert [r.number for r in records] == ["38436-2", "38436"]


def test_numbers_may_be_missing() -> None:
    records, problems = read(full(**{**TWO, "number": ""}))
    assert [(r.number, r.expires_on) for r in records] == [(None, date(2028, 9, 11)), (None, date(2025, 9, 11))]
    assert not problems


def test_what_is_printed_once_for_two_certificates_belongs_to_neither() -> None:
    records, problems = read(full(**{**TWO, "activities": "1 à 6", "referential": "v2"}))
    assert [(r.activities, r.referential) for r in records] == [(None, None), (None, None)]
    assert {p.field for p in problems} == {"activities", "referential"}


def test_a_list_of_activities_with_as_many_lines_as_certificates_is_not_split() -> None:
    records, problems = read(full(**{**TWO, "activities": "Sites physiques\nInfrastructure matérielle"}))
    assert [r.activities for r in records] == [None, None]
    assert [p.field for p in problems] == ["activities"]


def test_dates_and_numbers_that_do_not_pair_are_left_blank() -> None:
    for change in ({"number": "38436"}, {"issued_on": "12/09/2025"}, {"number": "1234\n2345\n3456"}):
        record, problems = one(full(**{**TWO, **change}))
        assert (record.number, record.issued_on, record.expires_on) == (None, None, None), change
        assert "several_values" in [p.code for p in problems]


def test_two_numbers_beside_one_date_are_left_blank() -> None:
    record, problems = one(full(number="38436\n38436-2"))
    assert (record.number, record.issued_on, record.expires_on) == (None, None, None)
    assert [p.code for p in problems] == ["several_values"]


def test_a_number_that_wraps_is_one_number() -> None:
    record, problems = one(full(number="HDS\n789841"))
    assert record.number == "HDS 789841"
    assert record.expires_on == date(2028, 9, 11)
    assert not problems


def test_a_period_on_two_lines_is_one_period() -> None:
    records, problems = read(full(issued_on="", expires_on="du 12/09/2025\nau 11/09/2028"))
    assert [(r.issued_on, r.expires_on) for r in records] == [(date(2025, 9, 12), date(2028, 9, 11))]
    assert not problems


def test_commas_separate_numbers_and_dates_as_lines_do() -> None:
    told = {name: text.replace("\n", ", ") for name, text in TWO.items() if name != "activities"}
    records, problems = read(full(**told, activities=""))
    assert problems == []
    assert [(r.number, r.expires_on, r.referential) for r in records] == [
        ("38436-2", date(2028, 9, 11), "v2"),
        ("38436", date(2025, 9, 11), "v1"),
    ]


def test_a_comma_inside_a_number_or_a_date_separates_nothing() -> None:
    record, problems = one(
        full(number="38436-2, rév. 3", issued_on="September 12, 2025", expires_on="September 11, 2028")
    )
    assert problems == []
    assert (record.number, record.expires_on) == ("38436-2, rév. 3", date(2028, 9, 11))


def test_several_numbers_without_any_date_are_several_certificates() -> None:
    records, problems = read(full(number="38436, 40117", issued_on="", expires_on="", activities="", referential=""))
    assert [r.number for r in records] == ["38436", "40117"] and problems == []
