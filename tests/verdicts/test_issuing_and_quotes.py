"""Contract, section 5: CERTIFIER_NOT_LISTED, REFERENTIAL_ANOMALY, CONTRACT_MISMATCH."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from monitor.issuing import months_before
from registry.snapshot import Certificate, Certifier
from tests.verdicts.verdict_world import Case, cert, codes, contract, day, host, judged, registry, table

OFF = {"certifiers": {"lne": Certifier("lne", "LNE", listed=False, accredited_on=date(2018, 10, 1))}}


def accredited(start: str | None, end: str | None = None) -> dict[str, object]:
    certifier = Certifier("lne", "LNE", accredited_on=start and day(start), accreditation_ended_on=end and day(end))
    return {"certifiers": {"lne": certifier}}


V1 = {"referential": "v1", "expires_on": "2027-01-01"}

CERTIFIERS = [
    Case("A body on the list, accredited on the issue date: nothing to say", [cert()], "covered"),
    Case("A body that is not on the list any more", [cert()], "attention CERTIFIER_NOT_LISTED", registry=OFF),
    Case("A body that the list has never shown", [cert(certifier_id="nobody")], "attention CERTIFIER_NOT_LISTED"),
    Case(
        "A body that the source does not name is not on the list",
        [cert(certifier_id=None)],
        "attention CERTIFIER_NOT_LISTED",
    ),
    Case(
        "A list of bodies that is empty clears nobody",
        [cert()],
        "attention CERTIFIER_NOT_LISTED",
        registry={"certifiers": {}},
    ),
    Case("Not judged without an issue date: body off the list", [cert(issued_on=None)], "covered", registry=OFF),
    Case(
        "Not judged without an issue date: body accredited later",
        [cert(issued_on=None)],
        "covered",
        registry=accredited("2026-01-01"),
    ),
    Case(
        "Not judged without an issue date: accreditation ended",
        [cert(issued_on=None)],
        "covered",
        registry=accredited("2018-01-01", "2019-01-01"),
    ),
    Case("Accredited on the very day of issue", [cert()], "covered", registry=accredited("2025-01-01")),
    Case(
        "Accredited the day after issue", [cert()], "attention CERTIFIER_NOT_LISTED", registry=accredited("2025-01-02")
    ),
    Case(
        "Issued on the last day of accreditation", [cert()], "covered", registry=accredited("2018-01-01", "2025-01-01")
    ),
    Case(
        "Issued the day after accreditation ended",
        [cert()],
        "attention CERTIFIER_NOT_LISTED",
        registry=accredited("2018-01-01", "2024-12-31"),
    ),
    Case(
        "Accreditation that ended after issue is no matter",
        [cert()],
        "covered",
        registry=accredited("2018-01-01", "2025-06-01"),
    ),
    Case("Accreditation without a known start is not judged by it", [cert()], "covered", registry=accredited(None)),
    Case(
        "Accreditation without a known start is still judged by its end",
        [cert()],
        "attention CERTIFIER_NOT_LISTED",
        registry=accredited(None, "2024-06-01"),
    ),
    Case(
        "v1: nine months before accreditation is accepted",
        [cert(issued_on="2018-07-17", **V1)],
        "covered",
        on="2025-01-01",
        registry=accredited("2019-04-17"),
    ),
    Case(
        "v1: a day more than nine months is not",
        [cert(issued_on="2018-07-16", **V1)],
        "attention CERTIFIER_NOT_LISTED",
        on="2025-01-01",
        registry=accredited("2019-04-17"),
    ),
    Case(
        "v2: not a day before accreditation is accepted",
        [cert(issued_on="2024-12-31")],
        "attention CERTIFIER_NOT_LISTED",
        registry=accredited("2025-01-01"),
    ),
    Case(
        "v1: after the end of accreditation there is no grace",
        [cert(issued_on="2024-01-02", **V1)],
        "attention CERTIFIER_NOT_LISTED",
        on="2025-01-01",
        registry=accredited("2019-04-17", "2024-01-01"),
    ),
    Case(
        "A certificate that does not count is not looked at",
        [cert(), cert(certifier_id="nobody", expires_on="2026-01-01")],
        "covered",
    ),
    Case(
        "A certificate that holds nothing needed is not looked at",
        [cert(activities={1, 2}), cert(certifier_id="nobody", activities={6})],
        "covered",
        contract={"activities": {1, 2}},
    ),
    Case(
        "A certificate that is not needed for coverage but holds a needed activity is",
        [cert(), cert(certifier_id="nobody", activities={6})],
        "attention CERTIFIER_NOT_LISTED",
    ),
    Case(
        "A successor not yet begun is not looked at",
        [cert(), cert(certifier_id="nobody", issued_on="2027-01-01")],
        "covered",
    ),
    Case(
        "A counting certificate is looked at also when D is not covered",
        [cert(certifier_id="nobody", activities={1})],
        "breach SCOPE_GAP CERTIFIER_NOT_LISTED",
    ),
    Case(
        "And also when D is unknown",
        [cert(certifier_id="nobody", activities={1}), cert(expires_on=None)],
        "unknown DATE_UNKNOWN CERTIFIER_NOT_LISTED",
    ),
    Case(
        "A certificate whose activities are unknown holds none that is needed",
        [cert(certifier_id="nobody", activities=None)],
        "unknown SCOPE_UNKNOWN",
    ),
]

WINDOWS = [
    Case(
        "v1 issued on the first day of its window",
        [cert(issued_on="2018-06-29", **V1)],
        "covered",
        on="2024-01-01",
        registry=accredited("2018-06-29"),
    ),
    Case(
        "v1 issued before its window",
        [cert(issued_on="2018-06-28", **V1)],
        "attention REFERENTIAL_ANOMALY",
        on="2024-01-01",
        registry=accredited("2018-06-28"),
    ),
    Case("v1 issued on the last day of its window", [cert(issued_on="2024-11-16", **V1)], "covered", on="2025-01-01"),
    Case(
        "v1 issued the day after its window",
        [cert(issued_on="2024-11-17", **V1)],
        "attention REFERENTIAL_ANOMALY",
        on="2025-01-01",
    ),
    Case("v2 issued on the first day of its window", [cert(issued_on="2024-05-16")], "covered"),
    Case("v2 issued before its window", [cert(issued_on="2024-05-15")], "attention REFERENTIAL_ANOMALY"),
    Case("v2's window has no end", [cert(issued_on="2090-01-01", expires_on="2093-01-01")], "covered", on="2090-06-01"),
    Case("No issue date, no anomaly", [cert(issued_on=None)], "covered"),
    Case(
        "An anomaly of a certificate that does not count is not told",
        [cert(), cert(issued_on="2023-01-01", expires_on="2025-12-31")],
        "covered",
    ),
    Case(
        "An anomaly of a certificate without a needed activity is not told",
        [cert(activities={1}), cert(issued_on="2023-01-01", activities={2})],
        "covered",
        contract={"activities": {1}},
    ),
    Case(
        "An anomaly never uncovers",
        [cert(issued_on="2024-05-15")],
        "attention REFERENTIAL_ANOMALY",
        until="2028-01-01",
        missing="",
    ),
    Case(
        "Both doubts of one certificate are told",
        [cert(issued_on="2024-05-15", certifier_id="nobody")],
        "attention CERTIFIER_NOT_LISTED REFERENTIAL_ANOMALY",
    ),
]

A = {"number": "38436", "expires_on": "2027-09-11"}
B = {"number": "38436-2", "expires_on": "2028-09-11"}
QUOTES = [
    Case(
        "Every quoted value in one certificate: no mismatch",
        [cert(**B)],
        "covered",
        contract={
            "quoted": {"certificate_number": "38436-2", "expires_on": "2028-09-11", "activities": {1, 2, 3, 4, 5, 6}}
        },
    ),
    Case(
        "Another number",
        [cert(**B)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "38436-1"}},
    ),
    Case(
        "A revision of the number is another number",
        [cert(**B)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "38436"}},
    ),
    Case(
        "Another end date",
        [cert(**B)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"expires_on": "2028-09-12"}},
    ),
    Case(
        "Another set of activities",
        [cert(**B)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"activities": {1, 2, 3, 4, 5}}},
    ),
    Case(
        "Fewer activities on the certificate than quoted",
        [cert(activities={1, 2})],
        "attention CONTRACT_MISMATCH",
        contract={"activities": {1}, "quoted": {"activities": {1, 2, 3}}},
    ),
    Case(
        "More activities on the certificate than quoted is a mismatch too",
        [cert()],
        "attention CONTRACT_MISMATCH",
        contract={"activities": {1}, "quoted": {"activities": {1}}},
    ),
    Case(
        "What is not quoted is not compared",
        [cert(**B)],
        "covered",
        contract={"quoted": {"certificate_number": "38436-2"}},
    ),
    Case("Nothing quoted, nothing compared", [cert(**B)], "covered", contract={"quoted": {}}),
    Case(
        "The number is compared without regard to spaces and case",
        [cert(number="HDS 789841")],
        "covered",
        contract={"quoted": {"certificate_number": " hds  789841"}},
    ),
    Case(
        "The number is compared without regard to the sort of hyphen",
        [cert(number="38436-2")],
        "covered",
        contract={"quoted": {"certificate_number": "38436\u20112"}},
    ),
    Case(
        "Values taken from two certificates are a mismatch",
        [cert(**A), cert(**B)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "38436", "expires_on": "2028-09-11"}},
    ),
    Case(
        "One of several certificates has them all",
        [cert(**A), cert(**B)],
        "covered",
        contract={"quoted": {"certificate_number": "38436", "expires_on": "2027-09-11"}},
    ),
    Case(
        "A certificate off the list has no say",
        [cert(**B), cert(listed=False, **A)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "38436"}},
    ),
    Case(
        "A listed certificate that expired still agrees",
        [cert(**B), cert(number="OLD", expires_on="2025-01-01")],
        "covered",
        contract={"quoted": {"certificate_number": "OLD"}},
    ),
    Case(
        "An unknown number agrees with no quoted one",
        [cert(number=None)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "1"}},
    ),
    Case(
        "Unknown activities agree with no quoted ones",
        [cert(), cert(number="X", activities=None)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "X", "activities": {1, 2, 3, 4, 5, 6}}},
    ),
    Case(
        "An unknown end agrees with no quoted one",
        [cert(), cert(number="X", expires_on=None)],
        "attention CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "X", "expires_on": "2028-01-01"}},
    ),
    Case(
        "A mismatch is told beside a breach",
        [cert(expires_on="2026-01-01")],
        "breach EXPIRED CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "other"}},
    ),
    Case(
        "A mismatch is told beside an unknown",
        [cert(expires_on=None)],
        "unknown DATE_UNKNOWN CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "other"}},
    ),
    Case(
        "A listed host without certificates has none that agrees",
        [],
        "breach SCOPE_GAP CONTRACT_MISMATCH",
        contract={"quoted": {"certificate_number": "1"}},
    ),
    Case(
        "A delisted host is not compared",
        [cert()],
        "unknown DELISTED",
        host={"listed": False},
        contract={"quoted": {"certificate_number": "other"}},
    ),
    Case(
        "A closed contract is not compared",
        [cert()],
        "closed",
        contract={"ends_on": "2026-01-01", "quoted": {"certificate_number": "other"}},
    ),
]


@table(CERTIFIERS)
def test_certifier(case: Case) -> None:
    case.holds()


@table(WINDOWS)
def test_issue_window(case: Case) -> None:
    case.holds()


@table(QUOTES)
def test_quoted_values(case: Case) -> None:
    case.holds()


def test_every_doubtful_certificate_is_named() -> None:
    found = judged(registry(host(cert(certifier_id="x", number="A"), cert(certifier_id="y", number="B"))))
    assert [finding.evidence["number"] for finding in found.findings] == ["A", "B"]


@pytest.mark.parametrize(
    ("certificate", "values", "reason", "said"),
    [
        (cert(certifier_id=None), {}, "unstated", "does not say which body"),
        (cert(certifier_id="nobody"), {}, "not_listed", "nobody, is not on the list"),
        (cert(), OFF, "not_listed", "LNE, is not on the list"),
        (cert(), accredited("2025-06-01"), "before", "before its accreditation (1 June 2025)"),
        (cert(), accredited("2018-01-01", "2024-06-01"), "after", "after its accreditation had ended (1 June 2024)"),
    ],
)
def test_the_doubt_about_a_body_says_which_it_is(
    certificate: Certificate, values: dict[str, Any], reason: str, said: str
) -> None:
    (finding,) = judged(registry(host(certificate), **values)).findings
    assert finding.evidence["reason"] == reason
    assert said in finding.message("en")


@pytest.mark.parametrize(("issued", "reason"), [("2024-05-15", "before"), ("2024-11-17", "after")])
def test_the_anomaly_says_on_which_side_of_the_window(issued: str, reason: str) -> None:
    version = {"referential": "v1", "expires_on": "2027-01-01"} if reason == "after" else {}
    (finding,) = judged(registry(host(cert(issued_on=issued, **version))), on="2025-06-01").findings
    assert finding.evidence["reason"] == reason
    assert finding.evidence["issue_from"] and (finding.evidence["issue_until"] is None) == (reason == "before")


def test_a_list_of_bodies_that_was_never_read_says_so() -> None:
    world = registry(host(cert()), certifiers={"lne": Certifier("lne", "LNE", listed=False)}, certifier_run=None)
    found = judged(world)
    assert codes(found) == ["CERTIFIER_NOT_LISTED"]
    assert found.findings[0].evidence["reason"] == "list_unread"
    assert "hdswatch crawl certifiers" in found.findings[0].message("en")


def test_the_mismatch_shows_what_was_quoted() -> None:
    wanted = contract(quoted={"certificate_number": "Z", "expires_on": "2028-01-01", "activities": {1, 2}})
    finding = judged(registry(host(cert())), wanted).findings[0]
    assert finding.evidence["quoted"] == {"certificate_number": "Z", "expires_on": "2028-01-01", "activities": [1, 2]}
    assert "numéro Z, échéance au 1er janvier 2028 et activités 1, 2" in finding.message("fr")
    assert "number Z, ending 1 January 2028 and activities 1, 2" in finding.message("en")


@pytest.mark.parametrize(
    ("given", "months", "expected"),
    [
        ("2019-04-17", 9, "2018-07-17"),
        ("2019-11-30", 9, "2019-02-28"),
        ("2020-11-30", 9, "2020-02-29"),
        ("2019-01-31", 1, "2018-12-31"),
        ("2019-03-31", 1, "2019-02-28"),
        ("2019-05-05", 0, "2019-05-05"),
        ("0001-02-01", 9, "0001-01-01"),
    ],
)
def test_months_before(given: str, months: int, expected: str) -> None:
    assert months_before(day(given), months) == day(expected)
