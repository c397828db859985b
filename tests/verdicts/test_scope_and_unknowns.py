"""Contract, section 5: which activities are missing, why, and what is only unknown."""

from __future__ import annotations

from dataclasses import replace

from tests.verdicts.verdict_world import ALL, Case, cert, contract, host, judged, registry, table

NO_DATE = {"expires_on": None}
NO_REF = {"referential": None}
NO_SCOPE = {"activities": None}
NO_STATUS = {"source_status": "unclear"}
OLD = {"expires_on": "2026-01-01"}

SCOPE = [
    Case(
        "Only what the contract needs is looked at",
        [cert(activities={1, 2, 5})],
        "covered",
        contract={"activities": {2, 5}},
        missing="",
    ),
    Case(
        "One needed activity that is missing is a gap",
        [cert(activities={1, 2, 3, 4, 5})],
        "breach SCOPE_GAP",
        missing="6",
        until=None,
    ),
    Case(
        "Backup alone is not enough for a platform",
        [cert(activities={6})],
        "breach SCOPE_GAP",
        contract={"activities": {4, 6}},
        missing="4",
    ),
    Case(
        "Two certificates share the activities between them",
        [cert(activities={1, 2, 3}), cert(activities={4, 5, 6})],
        "covered",
        missing="",
    ),
    Case(
        "Three certificates share them",
        [cert(activities={1, 2}), cert(activities={3, 4}), cert(activities={5, 6})],
        "covered",
    ),
    Case(
        "Together they still lack one",
        [cert(activities={1, 2, 3}), cert(activities={4, 5})],
        "breach SCOPE_GAP",
        missing="6",
    ),
    Case(
        "A certificate that counts but holds nothing needed is a gap",
        [cert(activities={1})],
        "breach SCOPE_GAP",
        contract={"activities": {6}},
        missing="6",
    ),
    Case("A listed host without any certificate is a gap", [], "breach SCOPE_GAP", missing="123456", until=None),
    Case("Expired with everything is expired, not a gap", [cert(**OLD)], "breach EXPIRED", missing="123456"),
    Case(
        "Expired and never having held an activity are both told",
        [cert(activities={1, 2, 3, 4, 5}, **OLD)],
        "breach EXPIRED SCOPE_GAP",
        missing="123456",
    ),
    Case(
        "Expired without any needed activity is only a gap",
        [cert(activities={1, 2}, **OLD)],
        "breach SCOPE_GAP",
        contract={"activities": {6}},
        missing="6",
    ),
    Case(
        "One counts for a part, the other part expired: both told",
        [cert(activities={1, 2, 3}), cert(activities={4, 5, 6}, **OLD)],
        "breach EXPIRED SCOPE_GAP",
        missing="456",
    ),
    Case(
        "One counts for a part, the other part is suspended: both told",
        [cert(activities={1, 2, 3}), cert(activities={4, 5, 6}, source_status="suspended")],
        "breach SUSPENDED SCOPE_GAP",
        missing="456",
    ),
    Case(
        "An expired certificate that holds nothing missing is silent",
        [cert(activities={1, 2, 3, 4, 5}), cert(activities={1, 2}, **OLD)],
        "breach SCOPE_GAP",
        missing="6",
    ),
    Case("An expired certificate beside one that covers is silent", [cert(), cert(**OLD)], "covered"),
    Case(
        "A suspended certificate beside one that covers is silent", [cert(), cert(source_status="suspended")], "covered"
    ),
    Case(
        "A withdrawn certificate beside one that covers is silent", [cert(), cert(source_status="withdrawn")], "covered"
    ),
    Case(
        "A v1 certificate beside one that covers is silent",
        [cert(), cert(referential="v1", issued_on="2022-01-01")],
        "covered",
    ),
    Case(
        "A successor not yet begun beside one that covers is silent",
        [cert(), cert(issued_on="2027-06-01", expires_on="2030-01-01")],
        "covered",
    ),
    Case(
        "Two expired certificates that shared the activities: expired, no gap",
        [cert(activities={1, 2, 3}, **OLD), cert(activities={4, 5, 6}, **OLD)],
        "breach EXPIRED",
        missing="123456",
    ),
    Case(
        "Expired, and its renewal not begun: both told",
        [cert(**OLD), cert(issued_on="2026-12-01", expires_on="2029-11-30")],
        "breach EXPIRED NOT_YET_VALID",
    ),
    Case(
        "A renewal with fewer activities is a gap for what it dropped",
        [cert(**OLD), cert(activities={1, 2, 3, 4, 5})],
        "breach EXPIRED SCOPE_GAP",
        missing="6",
    ),
    Case(
        "A renewal with fewer activities covers a contract that needs only those",
        [cert(**OLD), cert(activities={1, 2, 3, 4, 5})],
        "covered",
        contract={"activities": {1, 2}},
    ),
    Case(
        "Certificates of no use at all are still told apart",
        [cert(source_status="withdrawn", activities={1, 2, 3}), cert(activities={4, 5, 6}, **OLD)],
        "breach WITHDRAWN EXPIRED",
    ),
]

UNKNOWNS = [
    Case("Activities unknown, all else well: unknown", [cert(**NO_SCOPE)], "unknown SCOPE_UNKNOWN"),
    Case(
        "End date unknown, all else well: unknown",
        [cert(**NO_DATE)],
        "unknown DATE_UNKNOWN",
        until=None,
        missing="123456",
    ),
    Case("Référentiel unknown, all else well: unknown", [cert(**NO_REF)], "unknown REFERENTIAL_UNKNOWN"),
    Case("Status unclear, all else well: unknown", [cert(**NO_STATUS)], "unknown STATUS_UNKNOWN"),
    Case("Activities and date unknown: both told", [cert(**NO_SCOPE, **NO_DATE)], "unknown SCOPE_UNKNOWN DATE_UNKNOWN"),
    Case(
        "Activities and référentiel unknown: both told",
        [cert(**NO_SCOPE, **NO_REF)],
        "unknown SCOPE_UNKNOWN REFERENTIAL_UNKNOWN",
    ),
    Case(
        "Activities unknown and status unclear: both told",
        [cert(**NO_SCOPE, **NO_STATUS)],
        "unknown SCOPE_UNKNOWN STATUS_UNKNOWN",
    ),
    Case(
        "Date and référentiel unknown: both told",
        [cert(**NO_DATE, **NO_REF)],
        "unknown DATE_UNKNOWN REFERENTIAL_UNKNOWN",
    ),
    Case(
        "Date unknown and status unclear: both told",
        [cert(**NO_DATE, **NO_STATUS)],
        "unknown DATE_UNKNOWN STATUS_UNKNOWN",
    ),
    Case(
        "Référentiel unknown and status unclear: both told",
        [cert(**NO_REF, **NO_STATUS)],
        "unknown REFERENTIAL_UNKNOWN STATUS_UNKNOWN",
    ),
    Case(
        "A row that shows only a name: all four told",
        [cert(**NO_SCOPE, **NO_DATE, **NO_REF, **NO_STATUS)],
        "unknown SCOPE_UNKNOWN DATE_UNKNOWN REFERENTIAL_UNKNOWN STATUS_UNKNOWN",
    ),
    Case(
        "An unknown date on one half, the other half counting: unknown",
        [cert(activities={1, 2, 3}), cert(activities={4, 5, 6}, **NO_DATE)],
        "unknown DATE_UNKNOWN",
        missing="456",
    ),
    Case(
        "Halves with different unknowns: both told",
        [cert(activities={1, 2, 3}, **NO_REF), cert(activities={4, 5, 6}, **NO_DATE)],
        "unknown DATE_UNKNOWN REFERENTIAL_UNKNOWN",
    ),
    Case(
        "Either of two unknowns would do: both told",
        [cert(**NO_DATE), cert(**NO_REF)],
        "unknown DATE_UNKNOWN REFERENTIAL_UNKNOWN",
    ),
    Case(
        "Unknown activities of a counting certificate may fill the gap",
        [cert(activities={1, 2}), cert(**NO_SCOPE)],
        "unknown SCOPE_UNKNOWN",
        missing="3456",
    ),
    Case(
        "Unknown activities may fill the gap that another left by expiring: no breach",
        [cert(**OLD), cert(**NO_SCOPE)],
        "unknown SCOPE_UNKNOWN",
    ),
    Case(
        "An unknown date may fill the gap that a suspended one left: no breach",
        [cert(source_status="suspended"), cert(**NO_DATE)],
        "unknown DATE_UNKNOWN",
    ),
    Case("Nothing unknown is told when D is covered without it", [cert(), cert(**NO_DATE)], "covered"),
    Case("Nor unknown activities", [cert(), cert(**NO_SCOPE)], "covered"),
    Case("Nor an unknown référentiel", [cert(), cert(**NO_REF)], "covered"),
    Case("Nor an unclear status", [cert(), cert(**NO_STATUS)], "covered"),
    Case(
        "Unknown activities of an expired certificate mend nothing: a gap",
        [cert(**NO_SCOPE, **OLD)],
        "breach SCOPE_GAP",
        missing="123456",
    ),
    Case(
        "Unknown activities of a suspended certificate mend nothing: a gap",
        [cert(activities=None, source_status="suspended")],
        "breach SCOPE_GAP",
    ),
    Case(
        "An unknown date on a withdrawn certificate mends nothing",
        [cert(source_status="withdrawn", **NO_DATE)],
        "breach WITHDRAWN",
    ),
    Case(
        "An unknown date on a certificate not yet begun mends nothing",
        [cert(issued_on="2027-01-01", **NO_DATE)],
        "breach NOT_YET_VALID",
    ),
    Case(
        "An unknown date on v1 after its end mends nothing",
        [cert(referential="v1", **NO_DATE)],
        "breach SUPERSEDED_REFERENTIAL",
    ),
    Case("An unknown référentiel of an expired certificate mends nothing", [cert(**NO_REF, **OLD)], "breach EXPIRED"),
    Case("An unclear status of an expired certificate mends nothing", [cert(**NO_STATUS, **OLD)], "breach EXPIRED"),
    Case(
        "An unknown date with too few activities mends nothing: a gap",
        [cert(activities={1, 2, 3}, **NO_DATE)],
        "breach SCOPE_GAP",
        missing="123456",
    ),
    Case(
        "An unknown référentiel with too few activities: a gap",
        [cert(activities={1}, **NO_REF)],
        "breach SCOPE_GAP",
        contract={"activities": {1, 2}},
    ),
    Case(
        "An unknown date fills one gap but another stays: breach, no unknown",
        [cert(activities={1, 2, 3}, **NO_DATE), cert(activities={4, 5})],
        "breach SCOPE_GAP",
        missing="1236",
    ),
    Case(
        "An unknown date fills one gap but another expired: breach, no unknown",
        [cert(activities={1, 2, 3}, **NO_DATE), cert(activities={4, 5, 6}, **OLD)],
        "breach EXPIRED",
    ),
    Case(
        "Off the list, unknown activities can mend nothing",
        [cert(activities={1}), cert(activities=None, listed=False)],
        "breach SCOPE_GAP",
    ),
    Case("An unknown issue date alone is no unknown", [cert(issued_on=None)], "covered"),
    Case("An unknown number alone is no unknown", [cert(number=None)], "covered"),
    Case(
        "The favourable reading is of all unknowns together, over all certificates",
        [cert(activities={1, 2}, **NO_DATE), cert(activities={3, 4}, **NO_REF), cert(activities={5, 6}, **NO_STATUS)],
        "unknown DATE_UNKNOWN REFERENTIAL_UNKNOWN STATUS_UNKNOWN",
    ),
    Case(
        "A certificate that would bring nothing missing tells none of its unknowns",
        [cert(activities={1, 2}), cert(activities={3, 4, 5, 6}, **NO_DATE), cert(activities={1}, **NO_REF)],
        "unknown DATE_UNKNOWN",
    ),
    Case(
        "The unknowns of one that can't count anyway are not told",
        [cert(**NO_DATE), cert(**NO_STATUS, **OLD)],
        "unknown DATE_UNKNOWN",
    ),
    Case("Unknown stays unknown on a date long past", [cert(**NO_DATE)], "unknown DATE_UNKNOWN", on="2025-02-01"),
    Case("Unknown stays unknown on a date far ahead", [cert(**NO_DATE)], "unknown DATE_UNKNOWN", on="2099-01-01"),
]


@table(SCOPE)
def test_scope(case: Case) -> None:
    case.holds()


@table(UNKNOWNS)
def test_unknown(case: Case) -> None:
    case.holds()


def test_a_gap_lists_what_is_missing_and_what_no_certificate_shows() -> None:
    found = Case("", [cert(activities={1, 2}), cert(activities={3}, **OLD)], "").verdict()
    gap = next(finding for finding in found.findings if finding.code == "SCOPE_GAP")
    assert gap.evidence["activities"] == [3, 4, 5, 6]
    assert gap.evidence["in_no_certificate"] == [4, 5, 6]


def test_each_certificate_that_holds_a_missing_activity_reports_for_itself() -> None:
    found = Case("", [cert(number="A", **OLD), cert(number="B", source_status="suspended", **OLD)], "").verdict()
    said = {(str(finding.code), finding.evidence["number"]) for finding in found.findings}
    assert said == {("EXPIRED", "A"), ("EXPIRED", "B"), ("SUSPENDED", "B")}


def test_a_finding_says_which_missing_activities_its_certificate_holds() -> None:
    found = Case("", [cert(activities={1, 2, 3}), cert(activities={3, 4}, **OLD)], "").verdict()
    expired = next(finding for finding in found.findings if finding.code == "EXPIRED")
    assert expired.evidence["activities"] == [4]


def test_unknown_activities_are_shown_as_null_never_as_an_empty_list() -> None:
    found = Case("", [cert(activities=None)], "")
    shown = found.verdict().as_json("fr", _snapshot(found))
    assert shown["certificates"][0]["activities"] is None
    assert shown["missing_activities"] == sorted(ALL)


def _snapshot(case: Case):
    from tests.verdicts.verdict_world import host, registry

    return registry(host(*case.certificates))


def test_an_unknown_names_the_activities_that_hang_on_it() -> None:
    unread = cert(number="A", activities=None, expires_on=None)
    undated = cert(number="B", activities={2, 3, 4}, referential=None)
    found = judged(registry(host(cert(number="C", activities={1, 2}), unread, undated)), contract(activities={1, 2, 3}))
    assert [(str(f.code), f.evidence["number"], f.evidence["activities"]) for f in found.findings] == [
        ("SCOPE_UNKNOWN", "A", [3]), ("DATE_UNKNOWN", "A", [3]), ("REFERENTIAL_UNKNOWN", "B", [3]),
    ]  # fmt: skip


def test_certificates_that_end_together_are_named_in_a_fixed_order() -> None:
    pair = [cert(number="Z", activities={1, 2, 3}, expires_on="2026-12-01"), cert(number="A", expires_on="2026-12-01")]
    for listed in (pair, pair[::-1]):
        one = host(*listed)
        one = replace(one, certificates=tuple(replace(c, id=f"id-{c.number}") for c in one.certificates))
        (finding,) = judged(registry(one), contract(activities={1})).findings
        assert [c["number"] for c in finding.evidence["certificates"]] == ["A", "Z"]
