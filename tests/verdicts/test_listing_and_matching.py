"""Contract, section 5: NOT_LISTED, AMBIGUOUS_MATCH, DELISTED, and "Matching": which host a supplier is."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.matching import Matcher, comparable_number
from registry.snapshot import Host, Snapshot
from tests.verdicts.verdict_world import (
    OTHER_SIREN,
    SIREN,
    Case,
    cert,
    codes,
    contract,
    host,
    judged,
    registry,
    table,
)

DELISTED = [
    Case(
        "A host off the list is delisted, whatever its certificates say",
        [cert()],
        "unknown DELISTED",
        host={"listed": False},
        until=None,
        missing="123456",
    ),
    Case(
        "A listed host whose only certificate is off the list is delisted",
        [cert(listed=False)],
        "unknown DELISTED",
        until=None,
        missing="123456",
    ),
    Case(
        "A listed host whose certificates are all off the list is delisted",
        [cert(listed=False), cert(listed=False)],
        "unknown DELISTED",
    ),
    Case("One listed certificate is enough not to be delisted", [cert(), cert(listed=False)], "covered"),
    Case(
        "One listed but expired certificate is enough not to be delisted",
        [cert(expires_on="2026-01-01"), cert(listed=False)],
        "breach EXPIRED",
    ),
    Case("Delisted is never called withdrawn", [cert(listed=False, source_status="withdrawn")], "unknown DELISTED"),
    Case("Delisted is never called expired", [cert(listed=False, expires_on="2020-01-01")], "unknown DELISTED"),
    Case("Delisted reports no gap", [cert(listed=False, activities={1})], "unknown DELISTED"),
    Case("Delisted reports no unknown", [cert(listed=False, activities=None)], "unknown DELISTED"),
    Case("Delisted reports no doubt about the body", [cert(listed=False, certifier_id="nobody")], "unknown DELISTED"),
    Case(
        "Delisted reports no quoted value",
        [cert(listed=False)],
        "unknown DELISTED",
        contract={"quoted": {"certificate_number": "x"}},
    ),
    Case(
        "Delisted counts from the first run without it, before it is confirmed",
        [cert(listed=False, delisted_on=None)],
        "unknown DELISTED",
    ),
    Case("A host that never showed a certificate is a gap, not delisted", [], "breach SCOPE_GAP"),
    Case("A delisted host without certificates is delisted", [], "unknown DELISTED", host={"listed": False}),
]


@table(DELISTED)
def test_delisted(case: Case) -> None:
    case.holds()


def test_delisted_and_stale_are_told_together_and_nothing_else() -> None:
    found = judged(registry(host(cert(certifier_id="x", expires_on="2020-01-01"), listed=False), run=None))
    assert codes(found) == ["DELISTED", "STALE_REGISTRY"]


def test_delisted_says_since_when_once_confirmed() -> None:
    first = judged(registry(host(cert(), listed=False))).findings[0]
    confirmed = judged(registry(host(cert(), listed=False, delisted_on="2026-11-19"))).findings[0]
    assert (first.evidence["delisted_on"], confirmed.evidence["delisted_on"]) == (None, "2026-11-19")


def test_no_certificate_of_a_delisted_host_is_shown_as_counting() -> None:
    found = judged(registry(host(cert(), listed=False)))
    assert [counts for _, counts in found.certificates] == [False]


# -- matching ----------------------------------------------------------------------------------------------------------


def world(*hosts: Host, **values: Any) -> Snapshot:
    return registry(*hosts, **values)


def named(id: str, legal_name: str, siren: str | None = None, *certificates: Any, **values: Any) -> Host:
    return host(*(certificates or (cert(number=f"{id}-1"),)), id=id, legal_name=legal_name, siren=siren, **values)


OVH = named("ovh", "OVH SAS", OTHER_SIREN)
SCALINGO = named("scalingo", "SCALINGO", SIREN)
CLARA = named("clara", "Claranet SAS")
CLARA_SANTE = named("clara-sante", "Claranet e-Santé")
OEUVRE = named("oeuvre", "L'Œuvre Numérique S.A.R.L.")
BLUE = named("blue", "BT-Blue")
EVERYONE = world(
    OVH, SCALINGO, CLARA, CLARA_SANTE, OEUVRE, BLUE,
    aliases=[("blue", "Blue", "brand"), ("ovh", "OVHcloud", "brand"), ("scalingo", "Appsdeck", "former_name"),
             ("clara", "Typhon", "brand"), ("clara-sante", "Typhon", "former_name"), ("blue", "SARL", "spelling")],
)  # fmt: skip

MATCHES = [
    # (sentence, contract values, host or None, how, code or None)
    ("A person's decision finds the host", {"host_id": "ovh", "siren": None}, "ovh", "host_id", None),
    (
        "A person's decision wins over the name",
        {"host_id": "clara", "siren": None, "supplier": "BT-Blue"},
        "clara",
        "host_id",
        None,
    ),
    (
        "A person's decision wins over the number",
        {"host_id": "clara", "siren": None, "certificate_numbers": ("ovh-1",)},
        "clara",
        "host_id",
        None,
    ),
    (
        "A person's decision wins over a SIREN that another host has",
        {"host_id": "clara", "siren": SIREN},
        "clara",
        "host_id",
        None,
    ),
    (
        "A person's decision for a host of another SIREN is in doubt",
        {"host_id": "ovh", "siren": SIREN},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    (
        "An id that no host has: not listed, and no other key is tried",
        {"host_id": "nobody", "siren": SIREN, "supplier": "Scalingo"},
        None,
        "none",
        "NOT_LISTED",
    ),
    ("The SIREN finds the host", {"siren": SIREN, "supplier": "whatever"}, "scalingo", "siren", None),
    ("The SIREN wins over the name", {"siren": SIREN, "supplier": "OVH"}, "scalingo", "siren", None),
    (
        "The SIREN wins over the number",
        {"siren": SIREN, "supplier": "x", "certificate_numbers": ("ovh-1",)},
        "scalingo",
        "siren",
        None,
    ),
    (
        "A SIREN that no host has lets the number decide",
        {"siren": "130025265", "supplier": "x", "certificate_numbers": ("clara-1",)},
        "clara",
        "certificate_number",
        None,
    ),
    (
        "A SIREN that no host has lets the name decide",
        {"siren": "130025265", "supplier": "claranet"},
        "clara",
        "name",
        None,
    ),
    (
        "A name that finds a host of another SIREN is in doubt",
        {"siren": "130025265", "supplier": "OVH"},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    (
        "A number that finds a host of another SIREN is in doubt",
        {"siren": "130025265", "supplier": "x", "certificate_numbers": ("ovh-1",)},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    (
        "The number finds the host",
        {"siren": None, "supplier": "x", "certificate_numbers": ("clara-1",)},
        "clara",
        "certificate_number",
        None,
    ),
    (
        "The number wins over the name",
        {"siren": None, "supplier": "OVH", "certificate_numbers": ("clara-1",)},
        "clara",
        "certificate_number",
        None,
    ),
    (
        "A number that no host has lets the name decide",
        {"siren": None, "supplier": "OVH", "certificate_numbers": ("zzz",)},
        "ovh",
        "name",
        None,
    ),
    (
        "A number is found without regard to spaces and case",
        {"siren": None, "supplier": "x", "certificate_numbers": (" CLARA-1 ",)},
        "clara",
        "certificate_number",
        None,
    ),
    (
        "Numbers of one host twice are one host",
        {"siren": None, "supplier": "x", "certificate_numbers": ("clara-1", "CLARA-1")},
        "clara",
        "certificate_number",
        None,
    ),
    (
        "Numbers of two hosts are in doubt",
        {"siren": None, "supplier": "x", "certificate_numbers": ("clara-1", "ovh-1")},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    ("The name finds the host, legal form and case apart", {"siren": None, "supplier": "ovh"}, "ovh", "name", None),
    (
        "The name finds the host with another legal form",
        {"siren": None, "supplier": "OVH S.A.R.L."},
        "ovh",
        "name",
        None,
    ),
    ("A legal form may stand in front", {"siren": None, "supplier": "SAS Claranet"}, "clara", "name", None),
    ("Accents and ligatures don't matter", {"siren": None, "supplier": "l'oeuvre numerique"}, "oeuvre", "name", None),
    (
        "Apostrophes are deleted, so a curly one does not matter",
        {"siren": None, "supplier": "L\u2019ŒUVRE NUMÉRIQUE"},
        "oeuvre",
        "name",
        None,
    ),
    ("A hyphen is a space", {"siren": None, "supplier": "bt blue"}, "blue", "name", None),
    ("A brand finds the host", {"siren": None, "supplier": "OVHcloud"}, "ovh", "alias", None),
    ("A former name finds the host", {"siren": None, "supplier": "Appsdeck SAS"}, "scalingo", "alias", None),
    (
        "An alias in the contract finds the host by its legal name",
        {"siren": None, "supplier": "x", "aliases": ("OVH",)},
        "ovh",
        "alias",
        None,
    ),
    (
        "An alias in the contract finds the host by its brand",
        {"siren": None, "supplier": "x", "aliases": ("Blue",)},
        "blue",
        "alias",
        None,
    ),
    (
        "Supplier and alias that agree are one host",
        {"siren": None, "supplier": "OVHcloud", "aliases": ("OVH",)},
        "ovh",
        "alias",
        None,
    ),
    (
        "Supplier and alias are looked at together: two hosts are in doubt",
        {"siren": None, "supplier": "OVH", "aliases": ("Claranet",)},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    ("A brand that two hosts bear is in doubt", {"siren": None, "supplier": "Typhon"}, None, "none", "AMBIGUOUS_MATCH"),
    (
        "A name within a longer name is no match, only likely",
        {"siren": None, "supplier": "Scalingo Santé"},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    (
        "A name that is nearly right is no match, only likely",
        {"siren": None, "supplier": "Scalngo"},
        None,
        "none",
        "AMBIGUOUS_MATCH",
    ),
    (
        "A name with one word more on the list is no match when the shorter exists",
        {"siren": None, "supplier": "Claranet"},
        "clara",
        "name",
        None,
    ),
    (
        "A name like no other is not listed",
        {"siren": None, "supplier": "Boulangerie Dupont"},
        None,
        "none",
        "NOT_LISTED",
    ),
    (
        "A name that is only a legal form matches nothing, not even such an alias",
        {"siren": None, "supplier": "SARL"},
        None,
        "none",
        "NOT_LISTED",
    ),
    ("A name of punctuation matches nothing", {"siren": None, "supplier": "…"}, None, "none", "NOT_LISTED"),
]


@pytest.mark.parametrize("case", MATCHES, ids=[case[0] for case in MATCHES])
def test_matching(case: tuple[str, dict[str, Any], str | None, str, str | None]) -> None:
    _, values, expected, how, code = case
    found = judged(EVERYONE, contract(**{"supplier": "x"} | values))
    assert (found.match.host.id if found.match.host else None, str(found.match.how)) == (expected, how)
    assert codes(found) == ([code] if code else [])
    assert found.verdict == ("unknown" if code else "covered")


def test_two_hosts_with_one_siren_are_in_doubt() -> None:
    found = judged(world(named("a", "A", SIREN), named("b", "B", SIREN)))
    assert codes(found) == ["AMBIGUOUS_MATCH"]
    assert [one["host_id"] for one in found.findings[0].evidence["candidates"]] == ["a", "b"]


def test_two_hosts_with_one_siren_are_not_told_apart_by_a_later_key() -> None:
    found = judged(world(named("a", "A", SIREN), named("b", "B", SIREN)), contract(supplier="A"))
    assert codes(found) == ["AMBIGUOUS_MATCH"]


def test_two_hosts_with_one_name_are_in_doubt() -> None:
    found = judged(world(named("a", "ACME SAS"), named("b", "Acme SA")), contract(siren=None, supplier="acme"))
    assert codes(found) == ["AMBIGUOUS_MATCH"]


def test_a_delisted_host_takes_part_in_matching() -> None:
    found = judged(world(named("a", "ACME", None, cert(), listed=False)), contract(siren=None, supplier="acme"))
    assert (codes(found), found.match.host.id) == (["DELISTED"], "a")


def test_a_delisted_host_makes_a_name_ambiguous_like_a_listed_one() -> None:
    world_ = world(named("a", "ACME", None, cert(), listed=False), named("b", "ACME"))
    assert codes(judged(world_, contract(siren=None, supplier="acme"))) == ["AMBIGUOUS_MATCH"]


def test_a_delisted_certificates_number_takes_part_in_matching() -> None:
    world_ = world(named("a", "A", None, cert(number="OLD", listed=False), cert(number="NEW")))
    found = judged(world_, contract(siren=None, supplier="x", certificate_numbers=("OLD",)))
    assert (found.match.host.id, found.verdict) == ("a", "covered")


def test_a_host_without_siren_is_not_contradicted_by_the_contracts() -> None:
    assert judged(world(named("a", "ACME")), contract(supplier="acme")).verdict == "covered"


def test_doubt_binds_no_host_and_no_coverage() -> None:
    found = judged(EVERYONE, contract(siren=None, supplier="Typhon"))
    shown = found.as_json("fr", EVERYONE)
    assert shown["matched"]["host_id"] is None
    assert (shown["coverage_end"], shown["certificates"], shown["missing_activities"]) == (None, [], [1, 2, 3, 4, 5, 6])


def test_a_likely_name_is_suggested_with_its_score_and_never_bound() -> None:
    found = judged(EVERYONE, contract(siren=None, supplier="Scalngo"))
    (candidate,) = found.findings[0].evidence["candidates"]
    assert candidate["host_id"] == "scalingo" and 85 <= candidate["score"] < 100
    assert found.match.host is None


def test_suggestions_come_best_first_with_the_reason() -> None:
    found = Matcher(EVERYONE).suggest(
        contract(siren=SIREN, supplier="Claranet e sante", certificate_numbers=("ovh-1",))
    )
    assert [(one.host.id, one.why) for one in found[:3]] == [
        ("clara-sante", "name"), ("ovh", "certificate_number"), ("scalingo", "siren"),
    ]  # fmt: skip
    assert found[3].host.id == "clara" and found[3].score < 100


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("HDS 789841", "hds  789841 ", True),
        ("HDS\u00a0789841", "HDS 789841", True),
        ("38436\u20132", "38436-2", True),
        ("HDS789841", "HDS 789841", False),
        ("38436", "38436-2", False),
        ("0123", "123", False),
    ],
)
def test_certificate_numbers_compare_as_printed(one: str, other: str, same: bool) -> None:
    assert (comparable_number(one) == comparable_number(other)) is same


def test_a_suggestion_says_which_spelling_looked_alike_and_why() -> None:
    lists = world(named("a", "SCALINGO"), named("b", "Nimbus Hosting"), aliases=[("a", "Skalingo Cloud", "brand")])
    found = Matcher(lists).suggest(contract(siren=None, supplier="Skalingo Clouds"))
    assert found[0].host.id == "a" and found[0].seen == "Skalingo Cloud"
    assert found[0].why and found[0].why != found[0].seen
    assert 90 < found[0].score < 100


def test_what_is_found_by_a_key_has_a_hundred_points_and_at_most_five_are_shown() -> None:
    lists = world(*(named(f"h{n}", f"Cloud Santé {n}") for n in range(9)))
    found = Matcher(lists).suggest(contract(siren=None, supplier="Cloud Santé 3"))
    assert (found[0].host.id, found[0].score, found[0].why) == ("h3", 100.0, "name")
    assert len(found) == 5
    assert len(Matcher(lists).likely(contract(siren=None, supplier="Cloud Santé 33"))) == 5


def test_every_alias_of_a_contract_is_looked_at_for_likely_hosts() -> None:
    asked = contract(siren=None, supplier="Scalngo", aliases=("Claranet e-santee",))
    assert {one.host.id for one in Matcher(EVERYONE).likely(asked)} >= {"scalingo", "clara-sante"}
