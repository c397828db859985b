"""The product against the naive reading in `naive.py`, and what must hold when a certificate or a day is added."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.coverage import covered_spans
from monitor.findings import Code
from monitor.watchlist import Contract, Quoted
from registry.snapshot import Certificate, Certifier, Host, Snapshot, mask_of
from tests.verdicts.naive import counts, held_on, naive
from tests.verdicts.verdict_world import ALL, LNE, D, cert, contract, day, host, judged, registry

EPOCH = date(2025, 11, 1)
DAYS = st.integers(0, 420).map(lambda days: EPOCH + timedelta(days=days))
"""A window that holds the end of v1, short enough to meet edges and gaps of a day often."""
EDGES = st.sampled_from([day(text) for text in ("2026-05-15", "2026-05-16", "2026-05-17", "2026-05-18")])
SOME_DAY = st.one_of(DAYS, EDGES)
ACTIVITIES = st.frozensets(st.integers(1, 4), min_size=1)
THRESHOLDS = (60, 30, 7, 0)
WORSE = ["breach", "unknown", "attention", "covered"]

certificates = st.builds(
    Certificate,
    id=st.just("c"),
    host_id=st.just("h"),
    number=st.sampled_from(["A", "B", None]),
    certifier_id=st.sampled_from(["lne", "off", "late", "gone", "nobody", None]),
    referential=st.sampled_from(["v1", "v2", "v2", "v2", "v9", None]),
    issued_on=st.one_of(st.none(), SOME_DAY, st.just(day("2024-12-01")), st.just(day("2018-01-01"))),
    expires_on=st.one_of(SOME_DAY, SOME_DAY, SOME_DAY, st.none()),
    source_status=st.sampled_from([None, None, None, "in_force", "suspended", "withdrawn", "unclear"]),
    listed=st.sampled_from([True, True, True, True, False]),
    activities=st.one_of(ACTIVITIES, ACTIVITIES, ACTIVITIES, st.none()),
)
certificate_lists = st.lists(certificates, max_size=5)
contracts = st.builds(
    contract,
    activities=ACTIVITIES,
    starts_on=st.one_of(st.none(), SOME_DAY),
    ends_on=st.one_of(st.none(), SOME_DAY),
    quoted=st.one_of(
        st.none(),
        st.builds(
            Quoted,
            certificate_number=st.sampled_from([None, "A", "B"]),
            expires_on=st.one_of(st.none(), SOME_DAY),
            activities=st.one_of(st.none(), ACTIVITIES),
        ),
    ),
)
open_contracts = st.builds(contract, activities=ACTIVITIES)
CERTIFIERS = {
    one.id: one
    for one in (
        LNE,
        Certifier("off", "OFF", listed=False, accredited_on=day("2018-01-01")),
        Certifier("late", "LATE", accredited_on=day("2026-02-28")),
        Certifier("gone", "GONE", accredited_on=day("2018-01-01"), accreditation_ended_on=day("2026-03-31")),
    )
}


def world(one: Host) -> Snapshot:
    return registry(one, certifiers=CERTIFIERS)


worlds = given(certificate_lists, contracts, SOME_DAY, st.sampled_from([True, True, True, False]))


@settings(max_examples=500, deadline=None)
@worlds
def test_product_and_naive_reading_agree(
    listed: list[Certificate], wanted: Contract, on: date, host_listed: bool
) -> None:
    agree(listed, wanted, on, host_listed)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=20_000, deadline=None)
@worlds
def test_product_and_naive_reading_agree_over_a_long_sweep(
    listed: list[Certificate], wanted: Contract, on: date, host_listed: bool
) -> None:
    agree(listed, wanted, on, host_listed)


def agree(listed: list[Certificate], wanted: Contract, on: date, host_listed: bool) -> None:
    one = host(*listed, listed=host_listed)
    found = judged(world(one), wanted, on=on, today=D, thresholds=THRESHOLDS)
    verdict, end, missing, codes = naive(world(one), one, wanted, on, THRESHOLDS)
    said = {(str(finding.code), finding.subject) for finding in found.findings}
    assert (said, found.verdict) == (codes, verdict)
    if host_listed:
        assert (found.coverage_end, set(found.missing_activities)) == (end, missing)
    else:
        assert (found.coverage_end, set(found.missing_activities)) == (None, set(wanted.activities))


@settings(max_examples=200, deadline=None)
@given(certificate_lists, open_contracts, SOME_DAY)
def test_no_certificate_means_never_covered_and_covered_means_every_activity_is_held(
    listed: list[Certificate], wanted: Contract, on: date
) -> None:
    one = host(*listed)
    found = judged(world(one), wanted, on=on)
    if found.verdict in ("covered", "attention"):
        held = [c.activities or frozenset() for c in one.certificates if counts(c, on, world(one))]
        assert wanted.activities <= frozenset().union(*held)
    else:
        assert found.missing_activities or not any(c.listed for c in one.certificates)


SOUND = st.builds(
    cert,
    activities=st.one_of(ACTIVITIES, st.none()),
    issued_on=st.one_of(st.none(), st.just(day("2025-01-01"))),
    expires_on=st.integers(430, 900).map(lambda days: EPOCH + timedelta(days=days)),
    source_status=st.sampled_from([None, "in_force"]),
)
"""Certificates that count on every day looked at, of v2, by an accredited body: nothing about them can be held against
their host. (One whose issuing is doubtful adds an attention by the rules, so it is no certificate to add here.)"""


@settings(max_examples=200, deadline=None)
@given(certificate_lists, SOUND, contracts, SOME_DAY)
@example([cert(listed=False)], cert(), contract(), day("2026-11-22"))
def test_adding_a_certificate_that_counts_never_worsens_and_removing_it_never_improves(
    listed: list[Certificate], added: Certificate, wanted: Contract, on: date
) -> None:
    without, with_it = world(host(*listed)), world(host(*listed, added))
    before, after = judged(without, wanted, on=on, today=D), judged(with_it, wanted, on=on, today=D)
    if before.verdict == "closed":
        assert after.verdict == "closed"
        return
    # A host of which nothing is listed any more is only `unknown`; back with too little it is a known gap.
    assume(Code.DELISTED not in [finding.code for finding in before.findings] or not after.missing_activities)
    assert WORSE.index(after.verdict) >= WORSE.index(before.verdict)
    assert set(after.missing_activities) <= set(before.missing_activities)
    if before.coverage_end is not None:
        assert after.coverage_end is not None and after.coverage_end >= before.coverage_end


@settings(max_examples=200, deadline=None)
@given(certificate_lists, open_contracts, SOME_DAY, st.integers(1, 200))
def test_a_later_day_only_shrinks_what_is_missing_when_a_certificate_began_in_between(
    listed: list[Certificate], wanted: Contract, on: date, days: int
) -> None:
    one, later = host(*listed), on + timedelta(days=days)
    before = set(judged(world(one), wanted, on=on).missing_activities)
    after = set(judged(world(one), wanted, on=later).missing_activities)
    begun = [c.activities or frozenset() for c in one.certificates if c.issued_on and on < c.issued_on <= later]
    assert before - after <= frozenset().union(*begun)


@settings(max_examples=120, deadline=None)
@given(certificate_lists, ACTIVITIES, SOME_DAY, st.integers(0, 60))
def test_every_day_until_coverage_end_is_covered_and_the_next_is_not(
    listed: list[Certificate], needed: frozenset[int], on: date, days: int
) -> None:
    now = cert(issued_on=None, expires_on=on + timedelta(days=days), activities=needed)
    one, wanted = world(host(now, *listed)), contract(activities=needed)
    end = judged(one, wanted, on=on).coverage_end
    assert end is not None and end >= on + timedelta(days=days)
    for passed in {0, (end - on).days // 2, (end - on).days}:
        between = judged(one, wanted, on=on + timedelta(days=passed))
        assert (between.coverage_end, between.missing_activities) == (end, ())
    assert judged(one, wanted, on=end + timedelta(days=1)).missing_activities


@settings(max_examples=60, deadline=None)
@given(certificate_lists, ACTIVITIES, SOME_DAY, st.booleans())
@example([cert(activities={2})], frozenset({1, 2}), D, True)
@example([cert(activities={1}), cert(activities={2}, expires_on=D)], frozenset({1, 2}), D, True)
@example([cert(activities={1}, expires_on=D), cert(activities={2}, issued_on=D)], frozenset({1, 2}), D, True)
@example([cert(expires_on=D), cert(issued_on=D + timedelta(days=1))], ALL, D, True)
def test_the_stretches_of_the_picture_are_the_days_that_are_covered(
    listed: list[Certificate], needed: frozenset[int], on: date, host_listed: bool
) -> None:
    one = host(*listed, listed=host_listed)
    stretches = covered_spans(one, mask_of(needed), world(one).referentials)
    for passed in range(-40, 41):
        today = on + timedelta(days=passed)
        drawn = any(first <= today <= last for first, last in stretches)
        assert drawn == (host_listed and needed <= held_on(one, today, world(one)))
    assert all(last + timedelta(days=1) < first for (_, last), (first, _) in pairwise(stretches))


@settings(max_examples=150, deadline=None)
@given(certificate_lists, open_contracts, SOME_DAY, st.randoms(use_true_random=False))
def test_the_order_of_certificates_does_not_matter(
    listed: list[Certificate], wanted: Contract, on: date, chance: object
) -> None:
    one = host(*listed)
    shuffled = list(one.certificates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    straight, mixed = (
        judged(world(one), wanted, on=on),
        judged(world(replace(one, certificates=tuple(shuffled))), wanted, on=on),
    )
    assert (straight.verdict, straight.coverage_end, straight.findings) == (
        mixed.verdict,
        mixed.coverage_end,
        mixed.findings,
    )


@settings(max_examples=150, deadline=None)
@given(certificate_lists, ACTIVITIES, ACTIVITIES, SOME_DAY)
def test_needing_more_never_improves_coverage(
    listed: list[Certificate], fewer: frozenset[int], more: frozenset[int], on: date
) -> None:
    one = world(host(*listed))
    small = judged(one, contract(activities=fewer), on=on)
    large = judged(one, contract(activities=fewer | more), on=on)
    assert set(small.missing_activities) <= set(large.missing_activities)
    if large.coverage_end is not None:
        assert small.coverage_end is not None and small.coverage_end >= large.coverage_end


@settings(max_examples=60, deadline=None)
@given(certificate_lists, open_contracts, SOME_DAY)
def test_no_unknown_value_is_ever_taken_as_favourable(listed: list[Certificate], wanted: Contract, on: date) -> None:
    """Making a known value unknown never turns a contract that is not covered into a covered one."""
    before = judged(world(host(*listed)), wanted, on=on)
    assume(before.missing_activities)
    for place in range(len(listed)):
        for blank in ({"activities": None}, {"expires_on": None}, {"referential": None}, {"source_status": "unclear"}):
            blanked = [*listed]
            blanked[place] = replace(listed[place], **blank)
            assert judged(world(host(*blanked)), wanted, on=on).missing_activities


def test_a_whole_registry_of_all_six_is_covered() -> None:
    assert judged(registry(host(cert(activities=ALL)))).verdict == "covered"
