"""Contract, section 5, "Coverage end": the last day without a gap, over overlapping and successive certificates."""

from __future__ import annotations

from monitor.coverage import covered_spans
from tests.verdicts.verdict_world import V2, Case, cert, day, host, table

FIRST = {"issued_on": "2024-06-01", "expires_on": "2027-05-31"}

CASES = [
    Case(
        "A later one that ends sooner does not shorten it",
        [cert(**FIRST), cert(issued_on="2027-01-01", expires_on="2027-02-01")],
        "covered",
        until="2027-05-31",
    ),
    Case("One certificate: its last day", [cert(**FIRST)], "covered", until="2027-05-31"),
    Case(
        "A successor from the next day on carries on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31")],
        "covered",
        until="2030-05-31",
    ),
    Case(
        "A successor that overlaps carries on",
        [cert(**FIRST), cert(issued_on="2027-01-01", expires_on="2029-12-31")],
        "covered",
        until="2029-12-31",
    ),
    Case(
        "A gap of one day ends it",
        [cert(**FIRST), cert(issued_on="2027-06-02", expires_on="2030-05-31")],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A gap of one night is none",
        [cert(**FIRST), cert(issued_on="2027-05-31", expires_on="2030-05-31")],
        "covered",
        until="2030-05-31",
    ),
    Case(
        "Three in a row carry on",
        [
            cert(**FIRST),
            cert(issued_on="2027-06-01", expires_on="2027-12-31"),
            cert(issued_on="2028-01-01", expires_on="2028-06-30"),
        ],
        "covered",
        until="2028-06-30",
    ),
    Case(
        "Three in a row, told in any order",
        [
            cert(issued_on="2028-01-01", expires_on="2028-06-30"),
            cert(**FIRST),
            cert(issued_on="2027-06-01", expires_on="2027-12-31"),
        ],
        "covered",
        until="2028-06-30",
    ),
    Case(
        "One within another does not shorten it",
        [cert(**FIRST), cert(issued_on="2025-01-01", expires_on="2026-12-31")],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "Of shared activities the first to end ends it",
        [cert(activities={1, 2, 3}, expires_on="2027-08-01"), cert(activities={4, 5, 6}, expires_on="2028-01-01")],
        "covered",
        until="2027-08-01",
    ),
    Case(
        "A successor without a needed activity does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", activities={1, 2, 3, 4, 5})],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A successor without an activity that is not needed does",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", activities={1, 2, 3, 4, 5})],
        "covered",
        contract={"activities": {1, 5}},
        until="2030-05-31",
    ),
    Case(
        "Two successors share the activities",
        [
            cert(**FIRST),
            cert(issued_on="2027-06-01", expires_on="2030-05-31", activities={1, 2, 3}),
            cert(issued_on="2027-06-01", expires_on="2029-05-31", activities={4, 5, 6}),
        ],
        "covered",
        until="2029-05-31",
    ),
    Case(
        "Two successors, one a day late, end it",
        [
            cert(**FIRST),
            cert(issued_on="2027-06-01", expires_on="2030-05-31", activities={1, 2, 3}),
            cert(issued_on="2027-06-02", expires_on="2030-05-31", activities={4, 5, 6}),
        ],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "Each activity may pass from hand to hand at another time",
        [
            cert(activities={1}, expires_on="2027-03-01"),
            cert(activities={1}, issued_on="2027-03-02", expires_on="2028-05-01"),
            cert(activities={2}, expires_on="2027-09-01"),
            cert(activities={2}, issued_on="2027-01-01", expires_on="2028-04-01"),
        ],
        "covered",
        contract={"activities": {1, 2}},
        until="2028-04-01",
    ),
    Case(
        "A suspended successor does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", source_status="suspended")],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A successor off the list does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", listed=False)],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A successor without an end date does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on=None)],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A successor of unknown référentiel does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", referential=None)],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A successor of unclear status does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", source_status="unclear")],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "A successor of unknown activities does not carry on",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="2030-05-31", activities=None)],
        "covered",
        until="2027-05-31",
    ),
    Case(
        "Never later than v1 is usable",
        [cert(referential="v1", issued_on="2024-06-01", expires_on="2027-05-31")],
        "covered",
        on="2025-06-01",
        until="2026-05-16",
    ),
    Case(
        "A printed end before v1's end is the end",
        [cert(referential="v1", issued_on="2022-06-01", expires_on="2026-03-01")],
        "covered",
        on="2025-06-01",
        until="2026-03-01",
    ),
    Case(
        "v2 takes over where v1 stops",
        [
            cert(referential="v1", issued_on="2024-06-01", expires_on="2027-05-31"),
            cert(issued_on="2026-05-17", expires_on="2029-05-16"),
        ],
        "covered",
        on="2025-06-01",
        until="2029-05-16",
    ),
    Case(
        "v2 a day after v1 stops leaves a gap",
        [
            cert(referential="v1", issued_on="2024-06-01", expires_on="2027-05-31"),
            cert(issued_on="2026-05-18", expires_on="2029-05-16"),
        ],
        "covered",
        on="2025-06-01",
        until="2026-05-16",
    ),
    Case(
        "v1 carries one activity, v2 the others: v1's end ends it",
        [
            cert(referential="v1", issued_on="2024-06-01", expires_on="2027-05-31", activities={1}),
            cert(activities={2, 3, 4, 5, 6}),
        ],
        "covered",
        on="2025-06-01",
        until="2026-05-16",
    ),
    Case(
        "Coverage that ended and came back is counted from D on",
        [cert(issued_on="2024-06-01", expires_on="2025-01-01"), cert(issued_on="2026-01-01", expires_on="2028-01-01")],
        "covered",
        until="2028-01-01",
    ),
    Case(
        "Within the gap there is no end",
        [cert(issued_on="2024-06-01", expires_on="2025-06-01"), cert(issued_on="2026-01-01", expires_on="2028-01-01")],
        "breach EXPIRED NOT_YET_VALID",
        on="2025-07-01",
        until=None,
    ),
    Case(
        "A successor without an issue date carries on",
        [cert(**FIRST), cert(issued_on=None, expires_on="2030-05-31")],
        "covered",
        until="2030-05-31",
    ),
    Case(
        "Over the end of the calendar nothing breaks",
        [cert(**FIRST), cert(issued_on="2027-06-01", expires_on="9999-12-31")],
        "covered",
        until="9999-12-31",
    ),
    Case(
        "One missing activity leaves no coverage end",
        [cert(activities={1, 2, 3, 4, 5})],
        "breach SCOPE_GAP",
        until=None,
    ),
    Case(
        "A one-day certificate bridges a one-day gap",
        [
            cert(**FIRST),
            cert(issued_on="2027-06-01", expires_on="2027-06-01"),
            cert(issued_on="2027-06-02", expires_on="2030-01-01"),
        ],
        "covered",
        until="2030-01-01",
    ),
    Case(
        "A certificate with its dates the wrong way round bridges nothing",
        [
            cert(**FIRST),
            cert(issued_on="2027-06-02", expires_on="2027-06-01"),
            cert(issued_on="2027-06-02", expires_on="2030-01-01"),
        ],
        "covered",
        until="2027-05-31",
    ),
]


@table(CASES)
def test_coverage_end(case: Case) -> None:
    case.holds()


def test_days_left_counts_from_the_day_judged_and_is_null_without_coverage() -> None:
    assert Case("", [cert(expires_on="2026-11-22")], "").verdict().days_left == 0
    assert Case("", [cert(expires_on="2026-11-23")], "").verdict().days_left == 1
    assert Case("", [cert(expires_on="2026-11-21")], "").verdict().days_left is None


def test_stretches_of_coverage_that_touch_are_one_and_a_day_between_them_parts_them() -> None:
    chain = host(
        cert(issued_on="2024-01-01", expires_on="2024-06-30"),
        cert(issued_on="2024-07-01", expires_on="2024-12-31"),
        cert(issued_on="2024-10-01", expires_on="2025-03-31"),
        cert(issued_on="2025-04-02", expires_on="2025-06-30"),
    )
    assert covered_spans(chain, 63, {"v2": V2}) == [
        (day("2024-01-01"), day("2025-03-31")), (day("2025-04-02"), day("2025-06-30")),
    ]  # fmt: skip
