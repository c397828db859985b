"""Lines printed more than once: repeats go, contradictions stay and are found."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.gate import collapse
from registry.interpret import interpret_rows
from tests.gate.run_world import counted, hosts, listed, rows_of


def collapsed(*cells: dict[str, str]):
    return collapse(interpret_rows("hosts", rows_of(list(cells)))[0])


def test_a_line_printed_twice_is_kept_once_with_an_issue_that_says_where() -> None:
    records, repeats, contradictions = collapsed(listed(0), listed(1), listed(0))
    assert [record.number for record in records] == ["38000-1", "38001-1"]
    assert [(p.code, p.raw, p.locator) for p in repeats] == [("repeat", "Alpha Hébergement", "tr[2]")]
    assert not contradictions


def test_the_same_facts_printed_in_another_way_are_a_repeat() -> None:
    records, repeats, _ = collapsed(
        listed(0), listed(0, legal_name="ALPHA HÉBERGEMENT SAS", expires_on="11 septembre 2028", activities="toutes")
    )
    assert len(records) == len(repeats) == 1


def test_one_certificate_with_two_expiries_is_a_contradiction() -> None:
    records, repeats, contradictions = collapsed(listed(0), listed(0, expires_on="11/09/2029"))
    assert len(records) == 2 and not repeats
    assert "expires_on" in contradictions[0].message


def test_the_siren_ties_two_names_to_one_certificate() -> None:
    siren = {"siren": "732829320"}
    assert collapsed(listed(0, **siren), listed(0, legal_name="Autre nom", activities="1", **siren))[2]
    assert not collapsed(listed(0, **siren), listed(0, legal_name="Autre nom", activities="1"))[2]


def test_a_group_certificate_may_name_two_hosts_but_has_one_set_of_dates() -> None:
    both = collapsed(listed(0), listed(1, number="38000-1", activities="1, 2"))
    assert len(both[0]) == 2 and not both[1] and not both[2]
    assert collapsed(listed(0), listed(1, number="38000-1", expires_on="11/09/2029"))[2]


def test_two_certificates_of_one_host_are_both_kept() -> None:
    records, repeats, contradictions = collapsed(listed(0), listed(0, number="99999", expires_on="11/09/2029"))
    assert len(records) == 2 and not repeats and not contradictions


def test_lines_without_a_number_never_contradict() -> None:
    records, repeats, contradictions = collapsed(listed(0, number=""), listed(0, number="", expires_on="11/09/2029"))
    assert len(records) == 2 and not repeats and not contradictions


def test_a_list_with_one_line_for_each_activity_is_put_together() -> None:
    lines = [listed(at, activities=f"Activité {n}") for at in (0, 1) for n in (1, 2, 6)]
    records, repeats, contradictions = collapsed(*lines)
    assert [(r.legal_name, r.activities) for r in records] == [
        ("Alpha Hébergement", {1, 2, 6}),
        ("Bravo Hébergement", {1, 2, 6}),
    ]
    assert not repeats and not contradictions


def test_elsewhere_lines_with_different_activities_contradict_each_other() -> None:
    assert collapsed(listed(0, activities="1"), listed(0, activities="2"), listed(1, activities="1 à 6"))[2]


def test_an_activity_line_that_was_not_understood_leaves_the_whole_set_open() -> None:
    lines = [listed(0, activities=text) for text in ("1", "2", "3 en partie")]
    assert [record.activities for record in collapsed(*lines)[0]] == [None]


def test_a_certifier_printed_twice_with_other_values_contradicts_itself() -> None:
    cells = [{"name": "LNE", "accreditation_number": "4-0038"}, {"name": "L.N.E.", "accreditation_number": "4-0001"}]
    assert counted(cells, source="certifiers").contradictions == 1
    assert counted(cells[:1] * 2, source="certifiers").repeats == 1


@given(st.lists(st.integers(0, 5), max_size=25))
@settings(max_examples=40)
def test_collapsing_keeps_every_line_once_in_order(order: list[int]) -> None:
    records, repeats, contradictions = collapsed(*[hosts(6)[at] for at in order])
    assert [record.number for record in records] == [f"{38000 + at}-1" for at in dict.fromkeys(order)]
    assert len(repeats) == len(order) - len(set(order)) and not contradictions
    assert collapse(records) == (records, [], [])
