"""Six yes/no columns: what a mark means depends on its heading's text and on how the whole list is filled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.models import Problem, RawCell, RawRow
from tests.meaning.raw_rows import read

V1_HEADINGS = [
    "1. Sites physiques",
    "2. Infrastructure matérielle",
    "3. Plateforme d'hébergement d'applications",
    "4. Infrastructure virtuelle",
    "5. Administration et exploitation",
    "6. Sauvegarde",
]


def ticked(*lines: list[str], headings: list[str] | None = None) -> tuple[list[frozenset[int] | None], list[Problem]]:
    """The activities of each line of marks, and the problems."""
    rows = []
    for at, marks in enumerate(lines):
        cells = {"legal_name": RawCell(f"Hôte {at}", "td[0]", "Nom")}
        for n, mark in enumerate(marks, 1):
            cells[f"activity_{n}"] = RawCell(mark, f"td[{n}]", headings[n - 1] if headings else str(n))
        rows.append(RawRow("hosts", "0" * 64, "https://example.org", f"tr[{at}]", cells))
    records, problems = read(*rows)
    return [record.activities for record in records], problems


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("✓", ""),
        ("✔", "-"),
        ("✔\ufe0f", "—"),
        ("X", ""),
        ("x", "–"),
        ("Oui", "Non"),
        ("OUI", "non"),
        ("yes", "no"),
        ("1", "0"),
        ("true", "false"),
        ("●", "○"),
        ("☑", "☐"),
        ("✓", "✗"),
        ("✅", "❌"),
        ("O", "N"),
        ("Oui.", "Non."),
    ],
)
def test_a_pair_of_marks_is_understood(yes: str, no: str) -> None:
    found, problems = ticked([yes, yes, no, no, yes, no], [yes] * 6)
    assert found == [{1, 2, 5}, {1, 2, 3, 4, 5, 6}]
    assert problems == []


def test_the_text_of_a_heading_beats_its_number() -> None:
    found, problems = ticked(["✓", "", "✓", "", "", ""], ["", "", "", "✓", "", "✓"], headings=V1_HEADINGS)
    assert found == [{1, 4}, {3, 6}]
    assert not problems


def test_a_heading_without_text_counts_by_its_number() -> None:
    assert ticked(["", "", "✓", "", "", ""], headings=["A1", "A2", "A3", "A4", "A5", "A6"])[0] == [{3}]


@pytest.mark.parametrize("mark", ["exempté", "Exempté", "partiel", "?", "en cours", "v2.0"])
def test_a_third_value_makes_the_set_unknown(mark: str) -> None:
    found, problems = ticked(["Oui", "Oui", mark, "Non", "Oui", "Non"])
    assert found == [None]
    assert [p.field for p in problems] == ["activity_3"]


def test_a_row_without_any_mark_is_unknown_not_empty() -> None:
    for blank in ("", "-"):
        found, problems = ticked([blank] * 6, ["✓"] * 6)
        assert found == [None, {1, 2, 3, 4, 5, 6}]
        assert [p.row for p in problems] == [0]


def test_only_refusals_are_not_a_set_either() -> None:
    found, problems = ticked(["Non"] * 6)
    assert found == [None] and len(problems) == 1


def test_where_the_list_says_no_in_words_a_blank_is_not_a_no() -> None:
    found, problems = ticked(["Oui", "", "Non", "Oui", "Oui", "Oui"], ["Oui", "Oui", "Non", "Non", "Non", "Non"])
    assert found == [None, {1, 2}]
    assert [(p.row, p.field) for p in problems] == [(0, "activity_2")]


def test_an_x_beside_ticks_may_be_a_cross() -> None:
    found, problems = ticked(["✓", "✓", "x", "✓", "x", "x"])
    assert found == [None] and problems


def test_a_missing_column_leaves_the_set_unknown() -> None:
    found, problems = ticked(["✓", "✓", "✓", "✓", "✓"])
    assert found == [None]
    assert "activity 6" in problems[0].message


def test_two_columns_for_one_activity_are_noticed() -> None:
    headings = [*V1_HEADINGS[:3], "4. Plateforme", *V1_HEADINGS[4:]]
    found, problems = ticked(["✓"] * 6, headings=headings)
    assert found == [None] and problems


def test_a_cell_left_out_by_the_reader_is_blank_when_other_rows_have_the_column() -> None:
    found, _ = ticked(["✓", "✓", "✓"], ["✓"] * 6)
    assert found[0] == {1, 2, 3}


def test_columns_and_a_printed_list_must_agree() -> None:
    rows = []
    for text in ("1, 2", "1 à 6", ""):
        cells = {f"activity_{n}": RawCell("✓" if n < 3 else "", "td", str(n)) for n in range(1, 7)}
        rows.append(
            RawRow(
                "hosts",
                "0" * 64,
                "u",
                "tr",
                {"legal_name": RawCell("X", "td"), "activities": RawCell(text, "td"), **cells},
            )
        )
    records, problems = read(*rows)
    assert [record.activities for record in records] == [{1, 2}, None, {1, 2}]
    assert [p.code for p in problems] == ["contradiction"]


@given(
    st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5),
    st.sampled_from([("Oui", "Non"), ("✓", ""), ("X", "-")]),
)
def test_any_table_of_marks_is_read_back(table: list[list[bool]], marks: tuple[str, str]) -> None:
    found, _ = ticked(*[[marks[0] if held else marks[1] for held in line] for line in table])
    assert found == [frozenset(n for n, held in enumerate(line, 1) if held) or None for line in table]
