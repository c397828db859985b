"""Contract, section 5, "Counts": when a certificate counts on a day, and what is said of one that does not."""

from __future__ import annotations

from tests.verdicts.verdict_world import Case, cert, table

V1_DATES = {"referential": "v1", "issued_on": "2024-06-01", "expires_on": "2027-05-31"}

CASES = [
    Case("A certificate in its dates with all activities covers", [cert()], "covered", until="2028-01-01", missing=""),
    # dates
    Case("The last day counts", [cert(expires_on="2026-11-22")], "attention EXPIRING", until="2026-11-22"),
    Case("The day after the last day does not count", [cert(expires_on="2026-11-21")], "breach EXPIRED", until=None),
    Case("A certificate that expired years ago has expired", [cert(expires_on="2020-01-01")], "breach EXPIRED"),
    Case("The day of issue counts", [cert(issued_on="2026-11-22")], "covered"),
    Case(
        "The day before issue does not count", [cert(issued_on="2026-11-23")], "breach NOT_YET_VALID", missing="123456"
    ),
    Case("A certificate without an issue date counts", [cert(issued_on=None)], "covered"),
    Case(
        "Without issue date and past its end it has expired",
        [cert(issued_on=None, expires_on="2026-11-21")],
        "breach EXPIRED",
    ),
    Case(
        "A certificate for a single day counts on that day",
        [cert(issued_on="2026-11-22", expires_on="2026-11-22")],
        "attention EXPIRING",
    ),
    Case(
        "Dates the wrong way round: expired and not begun are both told",
        [cert(issued_on="2027-01-01", expires_on="2026-01-01")],
        "breach EXPIRED NOT_YET_VALID",
    ),
    Case(
        "The same certificate covers on an earlier date asked for",
        [cert(expires_on="2026-11-21")],
        "attention EXPIRING",
        on="2026-06-01",
    ),
    Case("The same certificate does not cover on a later date asked for", [cert()], "breach EXPIRED", on="2028-01-02"),
    Case(
        "The same certificate covers on its last day in the future",
        [cert()],
        "attention EXPIRING",
        on="2028-01-01",
        until="2028-01-01",
    ),
    Case("A date before the issue is not yet valid", [cert()], "breach NOT_YET_VALID", on="2024-12-31"),
    Case(
        "A leap day is a day like another",
        [cert(expires_on="2028-02-29")],
        "attention EXPIRING",
        on="2028-02-29",
        until="2028-02-29",
    ),
    Case("The end of the calendar is no trouble", [cert(expires_on="9999-12-31")], "covered", until="9999-12-31"),
    Case(
        "Judging the last day of the calendar is no trouble",
        [cert(expires_on="9999-12-31")],
        "attention EXPIRING",
        on="9999-12-31",
        until="9999-12-31",
    ),
    Case("Judging the first day of the calendar is no trouble", [cert(issued_on=None)], "covered", on="0001-01-01"),
    # listed
    Case("A certificate off the list does not count beside one that does", [cert(), cert(listed=False)], "covered"),
    Case("Nor before one that does", [cert(listed=False), cert()], "covered"),
    Case(
        "A certificate off the list adds no activity",
        [cert(activities={1, 2}), cert(listed=False)],
        "breach SCOPE_GAP",
        missing="3456",
    ),
    Case(
        "A certificate off the list reports no reason of its own",
        [cert(activities={1, 2}), cert(listed=False, expires_on="2020-01-01")],
        "breach SCOPE_GAP",
    ),
    Case(
        "A suspended certificate off the list is not called suspended",
        [cert(activities={1}), cert(listed=False, source_status="suspended")],
        "breach SCOPE_GAP",
    ),
    # status
    Case("Printed as in force counts", [cert(source_status="in_force")], "covered"),
    Case("A source that says nothing of status counts", [cert(source_status=None)], "covered"),
    Case(
        "Suspended does not count", [cert(source_status="suspended")], "breach SUSPENDED", until=None, missing="123456"
    ),
    Case("Withdrawn does not count", [cert(source_status="withdrawn")], "breach WITHDRAWN", until=None),
    Case(
        "A status that is not understood does not count",
        [cert(source_status="unclear")],
        "unknown STATUS_UNKNOWN",
        until=None,
        missing="123456",
    ),
    Case(
        "A status word of tomorrow is not understood either", [cert(source_status="paused")], "unknown STATUS_UNKNOWN"
    ),
    Case(
        "Suspended and expired are both told",
        [cert(source_status="suspended", expires_on="2026-01-01")],
        "breach SUSPENDED EXPIRED",
    ),
    Case(
        "Withdrawn and not yet valid are both told",
        [cert(source_status="withdrawn", issued_on="2027-01-01")],
        "breach WITHDRAWN NOT_YET_VALID",
    ),
    Case(
        "Suspended on v1 after its end are both told",
        [cert(source_status="suspended", **V1_DATES)],
        "breach SUSPENDED SUPERSEDED_REFERENTIAL",
    ),
    Case(
        "Withdrawn, expired and superseded are all told",
        [cert(source_status="withdrawn", referential="v1", issued_on="2020-01-01", expires_on="2023-01-01")],
        "breach WITHDRAWN EXPIRED SUPERSEDED_REFERENTIAL",
    ),
    # référentiel
    Case("v2 is usable without end", [cert(expires_on="2090-01-01")], "covered", on="2080-01-01"),
    Case(
        "v1 counts on its last usable day",
        [cert(**V1_DATES)],
        "attention EXPIRING",
        on="2026-05-16",
        until="2026-05-16",
    ),
    Case(
        "v1 does not count on the day after",
        [cert(**V1_DATES)],
        "breach SUPERSEDED_REFERENTIAL",
        on="2026-05-17",
        until=None,
    ),
    Case("v1 does not count today whatever end is printed", [cert(**V1_DATES)], "breach SUPERSEDED_REFERENTIAL"),
    Case("v1 covered while it was usable", [cert(**V1_DATES)], "covered", on="2025-01-01", until="2026-05-16"),
    Case(
        "v1 that expired before its end has both reasons today",
        [cert(referential="v1", issued_on="2020-01-01", expires_on="2023-01-01")],
        "breach EXPIRED SUPERSEDED_REFERENTIAL",
    ),
    Case(
        "v1 without a printed status is superseded, not withdrawn",
        [cert(source_status=None, **V1_DATES)],
        "breach SUPERSEDED_REFERENTIAL",
    ),
    Case(
        "A référentiel that is not known never counts",
        [cert(referential=None)],
        "unknown REFERENTIAL_UNKNOWN",
        until=None,
    ),
    Case(
        "A version that the registry does not describe never counts",
        [cert(referential="v3")],
        "unknown REFERENTIAL_UNKNOWN",
    ),
    Case(
        "An announced version is unknown too",
        [cert(referential="v2.1", referential_label="HDS v2.1")],
        "unknown REFERENTIAL_UNKNOWN",
    ),
    # legacy scopes
    Case(
        "A legacy scope is never turned into activities",
        [cert(activities=None, legacy_scopes="physical,managed")],
        "unknown SCOPE_UNKNOWN",
        until=None,
        missing="123456",
    ),
    Case(
        "A legacy scope of physical sites proves no physical site",
        [cert(activities=None, legacy_scopes="physical")],
        "unknown SCOPE_UNKNOWN",
        contract={"activities": {1}},
    ),
    Case(
        "A legacy scope beside printed activities adds none",
        [cert(activities={1, 2}, legacy_scopes="physical,managed")],
        "breach SCOPE_GAP",
        missing="3456",
    ),
    Case("A legacy scope beside all printed activities takes none away", [cert(legacy_scopes="managed")], "covered"),
]


@table(CASES)
def test_counting(case: Case) -> None:
    case.holds()


def test_counts_is_shown_for_every_certificate_of_the_host() -> None:
    found = Case(
        "",
        [cert(number="A"), cert(number="B", expires_on="2026-01-01"), cert(number="C", listed=False)],
        "",
    ).verdict()
    assert {one.number: counts for one, counts in found.certificates} == {"A": True, "B": False, "C": False}


def test_a_certificate_with_unknown_activities_counts_but_holds_nothing() -> None:
    found = Case("", [cert(activities=None)], "").verdict()
    assert [counts for _, counts in found.certificates] == [True]
    assert found.missing_activities == (1, 2, 3, 4, 5, 6)
