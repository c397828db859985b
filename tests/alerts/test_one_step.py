"""The state machine, one pass at a time: what a situation makes of one alert (design, "Alerts")."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.alerts import Ack, Alert, Family, Observed, Reason, RunView, Situation, State, Step, advance
from monitor.findings import Code
from tests.alerts.alerts_world import at

START = at("2026-11-20 07:00")
FAR = date(2030, 1, 1)


def situation(day: int, **values: object) -> Situation:
    """The pass on the day-th day, each with a run of its own; two people are told."""
    now = START + timedelta(days=day)
    run = RunView(100 + day, now, 100 + day, now)
    return Situation(now=now, today=now.date(), run=run, thresholds=(90, 30), recipients=(1, 2), **values)


def seen(*codes: Code, end: date | None = FAR, **values: object) -> Observed:
    return Observed("c", bool(values.pop("closed", False)), frozenset(codes), end, **values)


def steps(family: Family, *passes: tuple[Observed, Situation]) -> list[Step]:
    """One alert through several passes."""
    alert: Alert | None = None
    taken = []
    for observed, where in passes:
        taken.append(advance(alert, family, observed, where, 1))
        alert = taken[-1].alert
    return taken


def kinds(step: Step) -> list[tuple[str, Reason]]:
    return [(said.kind, said.reason) for said in step.announcements]


@pytest.mark.parametrize(
    ("family", "code"),
    [
        (Family.CERTIFIER, Code.CERTIFIER_NOT_LISTED), (Family.REFERENTIAL, Code.REFERENTIAL_ANOMALY),
        (Family.MISMATCH, Code.CONTRACT_MISMATCH),
    ],
)  # fmt: skip
def test_a_finding_beside_coverage_stays_while_it_is_seen_and_ends_at_the_second_run_without_it(
    family: Family, code: Code
) -> None:
    there, gone = seen(code), seen()
    taken = steps(family, *((there, situation(n)) for n in range(3)), *((gone, situation(n)) for n in (3, 4)))
    assert [step.alert.state for step in taken if step.alert] == [State.OPEN] * 4 + [State.RESOLVED]
    assert [kinds(step) for step in taken] == [
        [("alert", Reason.FOUND)],
        [],
        [],
        [],
        [("resolved", Reason.FINDING_GONE)],
    ]
    said = taken[-1].announcements[0]
    assert (said.contract, said.family, said.codes, said.recipients) == ("c", family, (code,), (1, 2))
    assert taken[-1].alert == replace(
        taken[-2].alert,
        state=State.RESOLVED,
        reason=Reason.FINDING_GONE,
        codes=frozenset(),
        clear_run=taken[-1].alert.clear_run,
    )


@pytest.mark.parametrize(("days_left", "over"), [(90, False), (91, True)])
def test_coverage_is_back_only_when_it_lasts_longer_than_the_widest_threshold(days_left: int, over: bool) -> None:
    gap = (seen(Code.SCOPE_GAP, end=None), situation(0))
    last = situation(2)
    back = seen(end=last.today + timedelta(days=days_left))
    taken = steps(Family.COVERAGE, gap, (back, situation(1)), (back, last))
    assert (taken[-1].alert is not None and taken[-1].alert.state is State.RESOLVED) is over


def test_while_the_source_is_in_trouble_only_the_calendar_brings_something_new() -> None:
    gap, soon = seen(Code.SCOPE_GAP, end=None), seen(Code.EXPIRING, end=date(2026, 12, 1))
    assert steps(Family.COVERAGE, (gap, situation(0, trouble=True))) == [Step(None)]
    (told,) = steps(Family.COVERAGE, (soon, situation(0, trouble=True)))
    assert kinds(told) == [("alert", Reason.THRESHOLD_CROSSED)]
    both = replace(soon, codes=soon.codes | {Code.SUSPENDED})
    _, during, after = steps(
        Family.COVERAGE, (soon, situation(0)), (both, situation(1, trouble=True)), (both, situation(2))
    )
    assert (kinds(during), kinds(after)) == ([], [("alert", Reason.FOUND)])
    known = steps(Family.COVERAGE, (gap, situation(0)), (gap, situation(1, trouble=True)), (gap, situation(2)))
    assert [step.alert.state for step in known if step.alert] == [State.OPEN, State.UNVERIFIED, State.OPEN]


def test_a_contract_that_is_closed_opens_nothing() -> None:
    assert steps(Family.COVERAGE, (seen(Code.SCOPE_GAP, closed=True), situation(0))) == [Step(None)]


def test_what_is_seen_once_waits_and_is_gone_without_a_word() -> None:
    listed = seen(Code.NOT_LISTED, end=None, list_caused=frozenset({Code.NOT_LISTED}))
    first, second = steps(Family.LISTING, (listed, situation(0)), (seen(), situation(1)))
    assert first.alert is not None and second.alert is not None
    assert (first.alert.state, first.alert.reason, kinds(first)) == (State.PENDING, Reason.SEEN_ONCE, [])
    assert (second.alert.state, second.alert.reason, kinds(second)) == (State.RESOLVED, Reason.GONE_IN_NEXT_RUN, [])
    assert second.transitions == (Reason.GONE_IN_NEXT_RUN,)


def test_an_alert_that_ends_unheard_ends_all_the_same() -> None:
    quiet = {"introduced": frozenset({1, 2})}
    soon = seen(Code.EXPIRING, end=date(2026, 12, 1))
    opened, waiting, ended = steps(
        Family.COVERAGE, (soon, situation(0, **quiet)), (seen(), situation(1)), (seen(), situation(2))
    )
    assert opened.announcements[0].silent and kinds(waiting) == []
    assert ended.alert is not None and (ended.alert.state, ended.alert.reason) == (State.RESOLVED, Reason.COVERED_AGAIN)
    assert (ended.transitions, ended.announcements) == ((Reason.COVERED_AGAIN,), ())


def test_the_end_of_an_alert_takes_its_acknowledgement_along() -> None:
    (opened,) = steps(Family.COVERAGE, (seen(Code.SCOPE_GAP, end=None), situation(0)))
    assert opened.alert is not None
    ack = Ack("ack", "dpo", date(2027, 1, 1), "on it", START)
    taken = replace(opened.alert, ack=ack, state=State.ACKED)
    over = advance(taken, Family.COVERAGE, seen(closed=True), situation(1), 1).alert
    assert over is not None and (over.state, over.reason) == (State.RESOLVED, Reason.CONTRACT_ENDED)
    assert (over.ack, over.codes) == (None, frozenset())


def test_a_silenced_lapse_is_not_repeated_and_one_of_two_is() -> None:
    gone = seen(Code.EXPIRED, Code.SUPERSEDED_REFERENTIAL, end=None)
    for silenced, repeated in (({Code.EXPIRED}, 1), ({Code.EXPIRED, Code.SUPERSEDED_REFERENTIAL}, 0)):
        quiet = {"silenced": frozenset(silenced)}
        taken = steps(Family.COVERAGE, (gone, situation(0)), (gone, situation(7, **quiet)))
        assert len(taken[-1].announcements) == repeated
