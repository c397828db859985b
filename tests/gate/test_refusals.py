"""Every refusal as a person reads it, whole; and the limits, each just reached and just passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.gate import Bounds, RunStatistics, judge

LOOK = "look at the page with `hdswatch probe`; `hdswatch runs accept` releases the run if the list is right"
READER = "the layout may have changed: compare `hdswatch probe` with the page, adapt the headings' dictionary"


def names(count: int, start: int = 0) -> tuple[tuple[str, ...], ...]:
    return tuple((f"name:host {at}",) for at in range(start, start + count))


def run_of(rows: int = 20, **changed: object) -> RunStatistics:
    """A run of that many hosts with one certificate each, everything read; some counts replaced."""
    usual = RunStatistics(
        rows=rows, hosts=rows, certificates=rows, parsed={"expires_on": rows},
        types={"legal_name": {"words": rows}}, identities=names(rows),
    )  # fmt: skip
    return replace(usual, **changed)


BEFORE = run_of()


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (
            run_of(navigation_complete=False),
            "incomplete: expected every page of the list, found pages that could not be read; "
            "crawl again when the site answers",
        ),
        (
            run_of(rows=0, rejected=7),
            f"no_rows: expected at least one row, found none (7 could not be used); {READER}",
        ),
        (
            run_of(declared_total=404),
            "declared_total: expected 404 entries, as the page declares, found 20 hosts and 20 certificates; " + LOOK,
        ),
        (
            run_of(contradictions=2),
            "contradictions: expected one set of values for each certificate, "
            f"found 2 certificates printed with different values; {LOOK}",
        ),
        (
            run_of(repeats=3),
            "repeats: expected at most 5% rows printed twice, found 3 of 23; "
            "a page may have been served twice: crawl again",
        ),
        (
            run_of(mojibake=1, mojibake_example="HÃ©"),
            "mojibake: expected readable characters, found 1 rows with wrongly decoded text such as 'HÃ©'; "
            "the page declares or serves a wrong encoding: crawl again, then tell the site",
        ),
        (run_of(rejected=1), f"rejected_rows: expected at most 0 rows without a host name, found 1; {READER}"),
        (
            run_of(shifted=4),
            "shifted_cells: expected every cell under its heading, found 4 rows with cells under the wrong heading; "
            + READER,
        ),
        (
            run_of(15),
            f"rows_dropped: expected at most 20% fewer rows than the 20 of the last accepted run, found 15; {LOOK}",
        ),
        (
            run_of(41),
            f"rows_grew: expected at most 50% more rows than the 20 of the last accepted run, found 41; {LOOK}",
        ),
        (
            run_of(identities=names(20, 11)),
            "turnover: expected at most 50% of the 20 known names gone, found 11 gone; "
            "this may be another list or another column: check the address and `hdswatch probe`",
        ),
        (
            run_of(parsed={"expires_on": 15}),
            f"values_lost: expected expiry date readable in about 100% of the rows, found 75%; {READER}",
        ),
        (
            run_of(types={"legal_name": {"words": 6, "code": 4, "date": 10}}),
            "column_changed: expected legal_name to hold words 100%, found date 50%, words 30%, code 20%; " + READER,
        ),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_a_refusal_names_what_was_expected_what_was_found_and_what_to_do(run: RunStatistics, reason: str) -> None:
    judgement = judge(run, BEFORE)
    assert judgement.accepted is False
    assert judgement.reason == reason


def test_what_only_a_first_or_an_official_run_is_refused_for() -> None:
    first = judge(run_of(rejected=2), None)
    assert first.reason == f"rejected_rows: expected at most 5% rows without a host name, found 2; {READER}"
    small = judge(run_of(), None, Bounds(min_rows=200, max_rows=2000), official=True)
    assert small.reason == f"row_bounds: expected 200 to 2000 rows at the official address, found 20; {LOOK}"


def test_further_reasons_are_named_after_the_first() -> None:
    judgement = judge(run_of(15, shifted=1, contradictions=1), BEFORE)
    assert judgement.code == "contradictions"
    assert judgement.reason and judgement.reason.endswith(f"{LOOK} (also: shifted_cells, rows_dropped)")


def test_a_refused_run_still_notes_a_contracted_host_that_left() -> None:
    judgement = judge(run_of(identities=names(19), contradictions=1), BEFORE, watched_hosts=["Host 19"])
    (note,) = judgement.notes
    assert not judgement.accepted
    assert (note.row, note.field, note.raw, note.code) == (None, "legal_name", "Host 19", "watched_host_gone")
    assert note.message == "'Host 19' is under contract and is not on the list any more"


@pytest.mark.parametrize(
    ("run", "last", "accepted", "why"),
    [
        (run_of(30), BEFORE, True, "a small list may gain the slack of twenty"),
        (run_of(150), run_of(100), True, "half as many again is the limit of a long list"),
        (run_of(151), run_of(100), False, "one more is not"),
        (run_of(identities=names(20, 10)), BEFORE, True, "half of the names may go"),
        (run_of(2, identities=names(2, 2)), run_of(2), False, "both names of a list of two are a turnover"),
        (run_of(parsed={"expires_on": 16}), BEFORE, True, "a fifth of the dates may be unreadable"),
        (run_of(parsed={"expires_on": 14}), run_of(parsed={"expires_on": 18}), True, "also from nine tenths"),
        (run_of(5, parsed={"expires_on": 3}), run_of(5), False, "two of five dates lost"),
        (run_of(3, parsed={"expires_on": 2}), run_of(3), True, "one date of three is an issue, not a refusal"),
        (run_of(1, parsed={}), run_of(1), False, "the only date of a list"),
        (run_of(types={"legal_name": {"words": 14, "code": 6}}), BEFORE, True, "three names of ten may look otherwise"),
        (run_of(types={"legal_name": {"words": 13, "code": 7}}), BEFORE, False, "more may not"),
        (
            run_of(2, types={"legal_name": {"words": 1, "code": 1}}),
            run_of(2),
            True,
            "one cell is no change of a column",
        ),
        (run_of(2, types={"legal_name": {"code": 2}}), run_of(2), False, "both cells are"),
        (
            run_of(types={"number": {"date": 20}, "certifier": {"words": 20}}),
            run_of(types={"legal_name": {}, "number": {"code": 20}, "certifier": {"words": 20}}),
            False,
            "a column that was empty before hides no other",
        ),
    ],
)
def test_a_limit_holds_when_it_is_passed_and_not_when_it_is_reached(
    run: RunStatistics, last: RunStatistics, accepted: bool, why: str
) -> None:
    assert judge(run, last).accepted is accepted, why


def test_a_bound_of_zero_is_allowed_and_means_none() -> None:
    assert Bounds.from_mapping({"max_repeats": 0}) == Bounds(max_repeats=0)
    assert not judge(run_of(100, repeats=1), None, Bounds(max_repeats=0)).accepted
