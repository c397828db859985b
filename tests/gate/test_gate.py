"""Which runs are believed: the rules of the contract, each with a run just inside and one just outside."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import ConfigurationError
from registry.gate import Bounds, Judgement, RunStatistics, judge
from tests.gate.run_world import counted, hosts, list_of, listed

BEFORE = counted(hosts(20))


def codes(judgement: Judgement) -> set[str]:
    return set() if judgement.accepted else {judgement.code, *(other.code for other in judgement.others)}


# ---- a first run ---------------------------------------------------------------------------------------------------


def test_a_whole_first_run_is_believed() -> None:
    assert judge(counted(hosts(3)), None) == Judgement(True)


def test_pages_that_were_not_read_are_refused_with_or_without_a_run_before() -> None:
    run = counted(hosts(20), navigation_complete=False)
    assert codes(judge(run, None)) == codes(judge(run, BEFORE)) == {"incomplete"}


def test_no_row_is_never_success() -> None:
    for cells in ([], [{"legal_name": ""}]):
        assert codes(judge(counted(cells), None)) == {"no_rows"}
        assert "no_rows" in codes(judge(counted(cells), BEFORE))


@pytest.mark.parametrize("total", [3, 4])
def test_a_declared_total_may_count_hosts_or_certificates(total: int) -> None:
    run = counted([*hosts(3), listed(0, number="99999", expires_on="11/09/2029")], declared_total=total)
    assert (run.hosts, run.certificates) == (3, 4)
    assert judge(run, None).accepted


@pytest.mark.parametrize("total", [0, 2, 5, 404])
def test_a_declared_total_that_counts_neither_is_refused(total: int) -> None:
    run = counted([*hosts(3), listed(0, number="99999", expires_on="11/09/2029")], declared_total=total)
    judgement = judge(run, None)
    assert codes(judgement) == {"declared_total"}
    assert str(total) in judgement.expected and "3 hosts and 4 certificates" in judgement.found


def test_count_bounds_hold_for_official_addresses_only() -> None:
    bounds = Bounds(min_rows=10, max_rows=15)
    for count, good in ((9, False), (10, True), (15, True), (16, False)):
        assert judge(counted(hosts(count)), None, bounds, official=True).accepted is good
        assert judge(counted(hosts(count)), None, bounds).accepted


def test_a_first_run_of_which_much_is_unusable_is_refused() -> None:
    assert judge(counted([*hosts(19), listed(0, legal_name="")]), None).accepted, "one row in twenty is an issue"
    assert codes(judge(counted([*hosts(18), *hosts(2, legal_name="")]), None)) == {"rejected_rows"}


# ---- repeats and contradictions ------------------------------------------------------------------------------------


def test_up_to_five_percent_repeats_are_only_issues() -> None:
    assert judge(counted([*hosts(19), listed(0)]), None).accepted
    assert codes(judge(counted([*hosts(18), listed(0), listed(1)]), None)) == {"repeats"}


def test_rows_that_contradict_each_other_are_refused_even_once() -> None:
    run = counted([*hosts(99), listed(0, expires_on="11/09/2029")])
    assert codes(judge(run, None)) == {"contradictions"}


# ---- against the run before ----------------------------------------------------------------------------------------


def test_the_same_list_again_is_believed() -> None:
    assert judge(counted(hosts(20)), BEFORE).accepted


def test_a_fifth_of_the_rows_may_go_and_not_one_more() -> None:
    assert judge(counted(hosts(16)), BEFORE).accepted
    judgement = judge(counted(hosts(15)), BEFORE)
    assert codes(judgement) == {"rows_dropped"}
    assert "20%" in judgement.expected and "20 of the last" in judgement.expected and judgement.found == "15"


@pytest.mark.parametrize(
    ("before", "now", "good"),
    [
        (5, 4, True), (4, 3, True), (3, 2, True), (2, 1, False), (5, 3, False), (1, 1, True), (10, 8, True),
        (404, 324, True), (404, 323, False),
    ],
)  # fmt: skip
def test_a_single_host_may_leave_a_short_list_and_a_fifth_a_long_one(before: int, now: int, good: bool) -> None:
    assert judge(counted(hosts(now)), counted(hosts(before))).accepted is good


def test_a_list_may_grow_but_not_all_at_once() -> None:
    assert judge(counted(hosts(20)), counted(hosts(3))).accepted
    assert judge(counted(hosts(40)), BEFORE).accepted
    assert codes(judge(counted(hosts(41)), BEFORE)) == {"rows_grew"}


def test_one_host_renamed_one_gone_one_new_is_an_ordinary_day() -> None:
    cells = [listed(0, legal_name="Nouveau Nom"), *[listed(at) for at in range(1, 9)], listed(19)]
    assert judge(counted(cells), counted(hosts(10))).accepted


def test_a_single_host_may_be_renamed() -> None:
    assert judge(counted([listed(0, legal_name="Nouveau Nom")]), counted(hosts(1))).accepted


def test_another_list_under_the_same_address_is_refused() -> None:
    other = [listed(at, legal_name=f"Autre {chr(65 + at)}", number=f"{90000 + at}") for at in range(20)]
    assert codes(judge(counted(other), BEFORE)) == {"turnover"}


def test_renewals_and_new_values_alone_are_believed() -> None:
    changed = [
        listed(at, expires_on="11/09/2031", issued_on="12/09/2028", activities="1 à 5", number=f"{38000 + at}-2")
        for at in range(20)
    ]
    assert judge(counted(changed), BEFORE).accepted, (
        "many changed values are for the alerts to hold back, not for the gate"
    )


def test_the_same_values_printed_in_another_way_are_believed() -> None:
    names = "Sites physiques ; infrastructure matérielle et virtuelle ; plateforme ; administration ; sauvegarde"
    again = hosts(
        20, issued_on="12 septembre 2025", expires_on="2028-09-11", activities=names, referential="HDS v2.0 (2024)"
    )
    assert judge(counted(again), BEFORE).accepted


# ---- columns that went wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["issued_on", "expires_on", "activities", "certifier", "referential", "number"])
def test_a_column_that_vanished_or_became_unreadable_is_refused(field: str) -> None:
    for text in ("", "???"):
        assert "values_lost" in codes(judge(counted(hosts(20, **{field: text})), BEFORE)) or (field, text) == (
            "certifier",
            "???",
        )


def test_a_few_unreadable_values_are_issues_not_a_refusal() -> None:
    cells = [listed(at, expires_on="07/2028") if at < 4 else listed(at) for at in range(20)]
    assert judge(counted(cells), BEFORE).accepted
    cells[4] = listed(4, expires_on="07/2028")
    assert codes(judge(counted(cells), BEFORE)) == {"values_lost"}


def test_one_unreadable_value_on_a_tiny_list_is_an_issue() -> None:
    before = counted(hosts(3))
    assert judge(counted([listed(0, expires_on="07/2028"), listed(1), listed(2)]), before).accepted


def test_issue_and_expiry_exchanged_are_refused() -> None:
    assert "values_lost" in codes(judge(counted(hosts(20, issued_on="11/09/2028", expires_on="12/09/2025")), BEFORE))


def test_names_and_certifiers_exchanged_are_refused() -> None:
    cells = [listed(at, certifier=listed(at)["legal_name"], legal_name="LNE") for at in range(20)]
    assert {"turnover", "column_changed"} <= codes(judge(counted(cells), BEFORE))


def test_cells_that_moved_one_column_are_refused() -> None:
    cells = []
    for at in range(20):
        row = listed(at)
        fields = list(row)
        cells.append(
            {field: row[before] for field, before in zip(fields[1:], fields[:-1], strict=True)}
            | {"legal_name": row["legal_name"]}
        )
    assert "shifted_cells" in codes(judge(counted(cells), BEFORE))


def test_wrongly_decoded_names_are_refused() -> None:
    cells = hosts(20)
    cells[3] = listed(3, legal_name=listed(3)["legal_name"].replace("é", "Ã©"))
    judgement = judge(counted(cells), BEFORE)
    assert codes(judgement) == {"mojibake"}
    assert "Ã©" in judgement.found


def test_one_more_unusable_row_than_before_is_refused() -> None:
    cells = [*hosts(20), listed(0, legal_name="")]
    assert codes(judge(counted(cells), BEFORE)) == {"rejected_rows"}
    assert judge(counted(cells), counted(cells)).accepted, "a person accepted as many before"


# ---- hosts under contract ------------------------------------------------------------------------------------------


def test_a_contracted_host_that_left_is_noted_and_the_run_believed() -> None:
    judgement = judge(
        counted(hosts(19)), BEFORE, watched_hosts=["TANGO Hébergement SAS", "Alpha Hebergement", "Nobody"]
    )
    assert judgement.accepted, "hosts do leave the list"
    assert [(note.code, note.raw) for note in judgement.notes] == [("watched_host_gone", "TANGO Hébergement SAS")]


def test_a_contracted_host_that_was_only_renamed_is_not_called_gone() -> None:
    cells = [*hosts(19), listed(19, legal_name="Tango Cloud")]
    assert judge(counted(cells), BEFORE, watched_hosts=["Tango Hébergement"]).notes == ()


# ---- what a person reads -------------------------------------------------------------------------------------------


def test_every_refusal_says_what_was_expected_what_was_found_and_what_to_do() -> None:
    judgement = judge(
        counted(
            [*hosts(5), listed(0), listed(1, expires_on="11/09/2030")], declared_total=3, navigation_complete=False
        ),
        BEFORE,
    )
    assert not judgement.accepted and len(judgement.others) >= 3
    for each in (judgement, *judgement.others):
        assert each.code and each.expected and each.found and each.advice
        assert each.reason and each.reason.startswith(each.code)
        assert "expected" in each.reason and "found" in each.reason


def test_an_accepted_run_has_no_reason() -> None:
    assert judge(counted(hosts(3)), None).reason is None


# ---- the limits are data -------------------------------------------------------------------------------------------


def test_bounds_come_from_a_mapping_and_refuse_what_they_do_not_know() -> None:
    assert Bounds.from_mapping({"max_drop": 0.1, "min_rows": 200}) == Bounds(max_drop=0.1, min_rows=200)
    for wrong in ({"max_dorp": 0.1}, {"max_drop": "a lot"}, {"max_drop": -1}, {"min_rows": True}):
        with pytest.raises(ConfigurationError, match=r"hosts\.yml"):
            Bounds.from_mapping(wrong, "hosts.yml")
    with pytest.raises(ConfigurationError, match=r"^bounds: unknown bound 'a'; allowed: \w+, \w+, "):
        Bounds.from_mapping({"a": 1})


def test_a_tighter_bound_is_obeyed() -> None:
    assert codes(judge(counted(hosts(18)), BEFORE, Bounds(max_drop=0.05))) == {"rows_dropped"}


@pytest.mark.parametrize(
    ("before", "now"), [({"text": 10}, {"text": 6, "code": 4}), ({"text": 6, "code": 4}, {"text": 10})]
)
def test_a_kind_of_value_that_comes_or_goes_counts_with_its_whole_share(before, now) -> None:
    last, run = (replace(list_of(10), types={"number": kinds}) for kinds in (before, now))
    assert codes(judge(run, last, Bounds(max_type_change=0.39))) == {"column_changed"}
    assert judge(run, last, Bounds(max_type_change=0.4)).accepted


# ---- rules over many runs ------------------------------------------------------------------------------------------

sizes = st.integers(1, 60)


@given(sizes)
def test_any_list_is_believed_again_the_next_day(count: int) -> None:
    run = list_of(count)
    assert judge(run, None).accepted and judge(run, run).accepted


@given(sizes, sizes)
def test_no_more_than_a_fifth_ever_disappears_unseen(before: int, now: int) -> None:
    judgement = judge(list_of(now), list_of(before))
    if now < before * 0.8 and (before - now > 1 or before == 2):
        assert "rows_dropped" in codes(judgement)
    elif now <= before:
        assert judgement.accepted


@given(st.integers(4, 30), st.data())
@settings(max_examples=30)
def test_a_page_served_twice_is_never_believed(count: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, count - 3))
    cells = hosts(count)
    assert not judge(counted([*cells, *cells[start : start + 3]]), None).accepted or 0.05 * (count + 3) >= 3


def test_statistics_survive_their_storage() -> None:
    run = counted([*hosts(5), listed(0)], declared_total=5)
    assert RunStatistics.from_json(json.dumps(asdict(run))) == run
    assert RunStatistics.from_json('{"rows": 3, "of_a_later_version": 1}') == RunStatistics(rows=3)
