"""Contract, section 5: EXPIRING, CONTRACT_OUTLIVES_COVERAGE, closed contracts, STALE_REGISTRY, and severities."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.findings import SEVERITY, Code
from monitor.verdicts import registry_age
from registry.settings import MonitorSettings
from registry.snapshot import GoodRun
from tests.verdicts.verdict_world import Case, D, cert, codes, contract, day, host, judged, registry, table

OLD_RUN = {"run": GoodRun(3, datetime(2026, 11, 1, 6, 0, tzinfo=UTC))}

CONTRACTS = [
    Case("Before its first day a contract is closed", [], "closed", contract={"starts_on": "2026-11-23"}),
    Case("On its first day it is open", [cert()], "covered", contract={"starts_on": "2026-11-22"}),
    Case("On its last day it is open", [cert()], "covered", contract={"ends_on": "2026-11-22"}),
    Case("After its last day it is closed", [], "closed", contract={"ends_on": "2026-11-21"}),
    Case(
        "A closed contract has no findings, expired or not",
        [cert(expires_on="2026-01-01")],
        "closed",
        contract={"ends_on": "2026-11-21"},
    ),
    Case(
        "A closed contract has no findings with a delisted host",
        [cert()],
        "closed",
        contract={"ends_on": "2026-11-21"},
        host={"listed": False},
    ),
    Case(
        "A closed contract has no findings on an old registry",
        [cert()],
        "closed",
        contract={"ends_on": "2026-11-21"},
        registry=OLD_RUN,
    ),
    Case(
        "A contract of one day is open on that day",
        [cert()],
        "covered",
        contract={"starts_on": "2026-11-22", "ends_on": "2026-11-22"},
    ),
    Case(
        "A contract closed today is open on a date asked for",
        [cert()],
        "covered",
        on="2026-11-20",
        contract={"ends_on": "2026-11-21"},
    ),
    Case(
        "A contract open today is closed on a date asked for",
        [cert()],
        "closed",
        on="2026-11-25",
        contract={"ends_on": "2026-11-24"},
    ),
    Case("Without dates a contract is always open", [cert()], "covered"),
    Case(
        "A contract that ends after coverage outlives it: still covered",
        [cert()],
        "covered CONTRACT_OUTLIVES_COVERAGE",
        contract={"ends_on": "2028-01-02"},
    ),
    Case(
        "A contract that ends with coverage does not outlive it",
        [cert()],
        "covered",
        contract={"ends_on": "2028-01-01"},
    ),
    Case(
        "A contract without end is never outlived",
        [cert(expires_on="2026-11-30")],
        "attention EXPIRING",
        contract={"ends_on": None},
    ),
    Case(
        "Outliving is told beside expiring",
        [cert(expires_on="2026-12-22")],
        "attention EXPIRING CONTRACT_OUTLIVES_COVERAGE",
        contract={"ends_on": "2027-12-31"},
    ),
    Case(
        "Outliving is not told when D is not covered",
        [cert(expires_on="2026-01-01")],
        "breach EXPIRED",
        contract={"ends_on": "2027-12-31"},
    ),
    Case(
        "Outliving is not told when D is unknown",
        [cert(expires_on=None)],
        "unknown DATE_UNKNOWN",
        contract={"ends_on": "2027-12-31"},
    ),
    Case(
        "A successor that reaches the end: not outlived",
        [cert(), cert(issued_on="2028-01-02", expires_on="2030-01-01")],
        "covered",
        contract={"ends_on": "2029-12-31"},
    ),
]

EXPIRING = [
    Case("Within the widest threshold it is expiring", [cert(expires_on="2027-05-21")], "attention EXPIRING"),
    Case("A day outside the widest threshold it is not", [cert(expires_on="2027-05-22")], "covered"),
    Case("On the last day it is expiring", [cert(expires_on="2026-11-22")], "attention EXPIRING"),
    Case(
        "With a successor it is not expiring",
        [cert(expires_on="2026-12-01"), cert(issued_on="2026-12-02", expires_on="2029-12-01")],
        "covered",
    ),
    Case(
        "With a successor a day late it is",
        [cert(expires_on="2026-12-01"), cert(issued_on="2026-12-03", expires_on="2029-12-01")],
        "attention EXPIRING",
    ),
    Case(
        "With a successor that lacks an activity it is",
        [cert(expires_on="2026-12-01"), cert(issued_on="2026-12-01", activities={1, 2, 3, 4, 5})],
        "attention EXPIRING",
    ),
    Case("Not reported when D is not covered", [cert(expires_on="2026-12-01", activities={1})], "breach SCOPE_GAP"),
    Case("Not reported when D is unknown", [cert(expires_on="2026-12-01", activities=None)], "unknown SCOPE_UNKNOWN"),
    Case(
        "v1's end makes it expiring whatever end is printed",
        [cert(referential="v1", issued_on="2024-06-01", expires_on="2027-05-31")],
        "attention EXPIRING",
        on="2026-03-01",
        until="2026-05-16",
    ),
]


@table(CONTRACTS)
def test_contract_dates(case: Case) -> None:
    case.holds()


@table(EXPIRING)
def test_expiring(case: Case) -> None:
    case.holds()


@pytest.mark.parametrize(
    ("days_left", "threshold"),
    [(0, 0), (1, 1), (2, 7), (7, 7), (8, 14), (14, 14), (15, 30), (30, 30), (31, 60), (90, 90), (91, 180), (180, 180)],
)
def test_the_threshold_told_is_the_smallest_that_is_not_below_the_days_left(days_left: int, threshold: int) -> None:
    end = date.fromordinal(day("2026-11-22").toordinal() + days_left)
    found = judged(registry(host(cert(expires_on=end))))
    assert codes(found) == ["EXPIRING"]
    assert found.findings[0].evidence["days_left"] == days_left == found.days_left
    assert found.findings[0].evidence["threshold"] == threshold


@pytest.mark.parametrize("thresholds", [(30, 7), (7, 30), (30,), (30, 7, 7)])
def test_the_widest_threshold_decides_however_they_are_written(thresholds: tuple[int, ...]) -> None:
    world = registry(host(cert(expires_on="2026-12-22")))
    assert codes(judged(world, thresholds=thresholds)) == ["EXPIRING"]
    assert codes(judged(registry(host(cert(expires_on="2026-12-23"))), thresholds=thresholds)) == []


def test_an_expiry_names_no_certificate_that_holds_nothing_needed() -> None:
    ending = {"expires_on": "2026-12-01"}
    world = registry(host(cert(number="A", activities={1}, **ending), cert(number="B", activities={2}, **ending)))
    found = judged(world, contract(activities={1}))
    assert [one["number"] for one in found.findings[0].evidence["certificates"]] == ["A"]


def test_an_expiry_names_the_certificates_that_end() -> None:
    found = judged(
        registry(
            host(
                cert(activities={1, 2, 3}, number="A", expires_on="2026-12-01"), cert(number="B", activities={4, 5, 6})
            )
        )
    )
    assert [one["number"] for one in found.findings[0].evidence["certificates"]] == ["A"]


STALE = [
    # (sentence, run, judged on, today, stale after, stale?, age)
    ("Read today", "2026-11-22T05:00:00Z", "2026-11-22", "2026-11-22", 7, False, 0),
    ("Seven days old is not yet stale", "2026-11-15T05:00:00Z", "2026-11-22", "2026-11-22", 7, False, 7),
    ("Eight days old is stale", "2026-11-14T05:00:00Z", "2026-11-22", "2026-11-22", 7, True, 8),
    ("The limit is a setting", "2026-11-14T05:00:00Z", "2026-11-22", "2026-11-22", 8, False, 8),
    ("A day ahead is judged by today's age", "2026-11-20T05:00:00Z", "2027-11-22", "2026-11-22", 7, False, 2),
    (
        "A day ahead on an old registry is stale by today's age",
        "2026-11-01T05:00:00Z",
        "2027-11-22",
        "2026-11-22",
        7,
        True,
        21,
    ),
    ("A day past is judged by the age it had then", "2026-11-01T05:00:00Z", "2026-11-05", "2026-11-22", 7, False, 4),
    (
        "A day past on which it was already old is stale",
        "2026-11-01T05:00:00Z",
        "2026-11-20",
        "2026-11-22",
        7,
        True,
        19,
    ),
    ("A day before the reading is not stale", "2026-11-01T05:00:00Z", "2026-01-01", "2026-11-22", 7, False, 0),
    (
        "Late in the evening in UTC it is already tomorrow in Paris",
        "2026-11-14T23:30:00Z",
        "2026-11-22",
        "2026-11-22",
        7,
        False,
        7,
    ),
    ("In summer two hours earlier", "2026-07-14T22:00:00Z", "2026-07-22", "2026-07-22", 7, False, 7),
    ("A second before that it is still the day before", "2026-07-14T21:59:59Z", "2026-07-22", "2026-07-22", 7, True, 8),
]


def test_without_a_setting_seven_days_is_what_is_allowed() -> None:
    assert MonitorSettings().stale_after_days == 7
    week, more = (GoodRun(3, datetime(2026, 11, day_, 6, 0, tzinfo=UTC)) for day_ in (15, 14))
    assert codes(judged(registry(host(cert()), run=week))) == []
    assert codes(judged(registry(host(cert()), run=more))) == ["STALE_REGISTRY"]


@pytest.mark.parametrize("case", STALE, ids=[case[0] for case in STALE])
def test_staleness(case: tuple[str, str, str, str, int, bool, int]) -> None:
    _, run, on, today, limit, stale, age = case
    at = datetime.fromisoformat(run)
    world = registry(host(cert(issued_on=None, expires_on="2099-01-01")), run=GoodRun(3, at))
    found = judged(world, contract(), on=on, today=today, stale_after_days=limit)
    assert codes(found) == (["STALE_REGISTRY"] if stale else [])
    assert found.verdict == ("attention" if stale else "covered")
    if stale:
        assert found.findings[0].evidence["age_days"] == age


def test_a_list_that_was_never_read_is_stale() -> None:
    found = judged(registry(host(cert()), run=None))
    assert (found.verdict, codes(found)) == ("attention", ["STALE_REGISTRY"])
    assert found.findings[0].evidence["run_id"] is None


def test_staleness_is_told_beside_a_breach_and_does_not_soften_it() -> None:
    found = judged(registry(host(cert(expires_on="2026-01-01")), **OLD_RUN))
    assert (found.verdict, codes(found)) == ("breach", ["EXPIRED", "STALE_REGISTRY"])


def test_staleness_is_told_beside_a_supplier_that_matches_nothing() -> None:
    found = judged(registry(**OLD_RUN))
    assert (found.verdict, codes(found)) == ("unknown", ["NOT_LISTED", "STALE_REGISTRY"])


def test_the_severities_are_those_of_the_rules() -> None:
    by_severity: dict[str, set[str]] = {}
    for code, severity in SEVERITY.items():
        by_severity.setdefault(str(severity), set()).add(str(code))
    assert by_severity == {
        "breach": {"SUSPENDED", "WITHDRAWN", "EXPIRED", "NOT_YET_VALID", "SUPERSEDED_REFERENTIAL", "SCOPE_GAP"},
        "unknown": {
            "NOT_LISTED", "AMBIGUOUS_MATCH", "DELISTED", "SCOPE_UNKNOWN", "DATE_UNKNOWN", "REFERENTIAL_UNKNOWN",
            "STATUS_UNKNOWN",
        },
        "attention": {
            "EXPIRING", "CERTIFIER_NOT_LISTED", "REFERENTIAL_ANOMALY", "CONTRACT_MISMATCH", "STALE_REGISTRY",
        },
        "info": {"CONTRACT_OUTLIVES_COVERAGE"},
    }  # fmt: skip
    assert SEVERITY.keys() == set(Code)


def test_a_list_read_on_the_day_itself_is_no_day_old() -> None:
    read_today = registry(run=GoodRun(7, datetime(2026, 11, 22, 6, 15, tzinfo=UTC)))
    assert registry_age(read_today, D, D).age_days == 0


def test_staleness_says_how_old_the_list_is_and_how_old_it_may_be() -> None:
    (finding,) = (f for f in judged(registry(host(cert()), **OLD_RUN), stale_after_days=5).findings)
    assert (finding.evidence["age_days"] > 5, finding.evidence["stale_after_days"]) == (True, 5)


def test_a_contract_that_outlives_its_coverage_says_by_which_day() -> None:
    found = judged(registry(host(cert(expires_on="2028-01-01"))), contract(ends_on="2028-02-01"))
    (finding,) = found.findings
    assert str(finding.code) == "CONTRACT_OUTLIVES_COVERAGE"
    assert (finding.evidence["coverage_end"], finding.evidence["ends_on"]) == ("2028-01-01", "2028-02-01")


def test_a_closed_contract_still_shows_the_certificates_of_its_host() -> None:
    found = judged(registry(host(cert())), contract(ends_on="2026-01-01"))
    assert found.verdict == "closed" and [(one.number, counts) for one, counts in found.certificates] == [("N-1", True)]


def test_certificates_are_shown_latest_end_first_and_those_without_an_end_last() -> None:
    ends = {"A": "2027-01-01", "B": None, "C": "2029-01-01", "D": "2027-01-01"}
    listed = host(*(cert(number=number, expires_on=end) for number, end in ends.items()))
    assert [one.number for one, _ in judged(registry(listed)).certificates] == ["C", "A", "D", "B"]
