"""The life of an alert: findings + what is open + now → transitions and announcements (design, "Alerts").

Pure: no clock, no disk, no sending. One alert speaks for one contract and one family of findings, so that a coverage
that runs out keeps its reference from the first reminder to the last. Nothing here words a message.

`(none) → PENDING → OPEN → ACKED → RESOLVED`, with `UNVERIFIED` while the source can't be trusted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.alert_shapes import (
    CALENDAR,
    FAMILY,
    LAPSE,
    STATED,
    Ack,
    Alert,
    Announcement,
    Family,
    Observed,
    Reason,
    RunView,
    Sighting,
    Situation,
    State,
    Step,
    Told,
    ordered,
    worst,
)
from monitor.findings import Code, Severity
from monitor.ladder import Announced, threshold_due, weekly_due

__all__ = [
    "CALENDAR",
    "FAMILY",
    "LAPSE",
    "STATED",
    "Ack",
    "Alert",
    "Announcement",
    "Family",
    "Observed",
    "Reason",
    "RunView",
    "Sighting",
    "Situation",
    "State",
    "Step",
    "Told",
    "acknowledge",
    "advance",
    "families_of",
    "ordered",
    "remove",
    "worst",
]

CONFIRM_APART = timedelta(hours=6)
CONFIRM_AFTER = timedelta(hours=48)
_SAME_NEWS = LAPSE | {Code.SCOPE_GAP, Code.NOT_YET_VALID}
"""After a lapse was told, these add nothing: the contract is not covered, and that is repeated weekly."""


def families_of(observed: Observed) -> frozenset[Family]:
    """The families that an observation has something to say about."""
    return frozenset(FAMILY[code] for code in observed.codes if code in FAMILY)


def advance(alert: Alert | None, family: Family, observed: Observed, situation: Situation, episode: int) -> Step:
    """One alert, one pass. `alert` is the live one or None; `episode` is the number a new one would get."""
    if alert is not None and observed.closed:
        return _resolve(alert, Reason.CONTRACT_ENDED, situation)
    present = frozenset() if observed.closed else frozenset(c for c in observed.codes if FAMILY.get(c) is family)
    if alert is None:
        present = _allowed(present, frozenset(), situation)
        if not present:
            return Step(None)
        alert = Alert(observed.contract, family, episode, State.PENDING, Reason.SEEN_ONCE, situation.now)
    new = alert.opened_at == situation.now and not alert.sightings
    alert, noted = _sight(alert, present, observed, situation)
    if not alert.sightings:
        return Step(replace(alert, state=State.RESOLVED, reason=Reason.GONE_IN_NEXT_RUN), (Reason.GONE_IN_NEXT_RUN,))
    alert, ended = _end_ack(alert, situation)
    heard = frozenset(entry.recipient for entry in alert.told)
    alert, announcements = _announce(alert, present, observed, situation)
    alert, resolved = _clear(alert, present, observed, situation)
    if resolved is not None:
        last = _resolve(alert, resolved, situation)
        return Step(last.alert, (*noted, *ended, *last.transitions), (*announcements, *last.announcements))
    moved = _settle(alert, situation, announcements, heard, new)
    transitions = (*noted, *ended, *((moved.reason,) if moved.state is not alert.state or new else ()))
    return Step(moved, tuple(dict.fromkeys(transitions)), announcements)


def remove(alert: Alert) -> Step:
    """The contract left the watchlist: its alert ends without a word."""
    return Step(replace(alert, state=State.RESOLVED, reason=Reason.CONTRACT_REMOVED), (Reason.CONTRACT_REMOVED,))


def acknowledge(alert: Alert, ack: Ack) -> Alert:
    """A person takes the alert over, or asks for quiet."""
    if ack.kind == "snooze":
        return replace(alert, ack=ack, reason=Reason.SNOOZED)
    return replace(alert, ack=ack, state=State.ACKED, reason=Reason.ACKNOWLEDGED)


def _allowed(present: frozenset[Code], known: frozenset[Code], situation: Situation) -> frozenset[Code]:
    """While the source is in trouble only the calendar brings something new."""
    return frozenset(c for c in present if c in CALENDAR or c in known) if situation.trouble else present


def _sight(
    alert: Alert, present: frozenset[Code], observed: Observed, situation: Situation
) -> tuple[Alert, tuple[Reason, ...]]:
    """Notes what is seen, confirms what was seen often enough, forgets what did not last."""
    seen = dict(alert.sightings)
    reasons: list[Reason] = []
    for code in ordered(_allowed(present, frozenset(seen), situation)):
        earlier = seen.get(code)
        if earlier is None:
            seen[code] = _first_sight(code, observed, situation)
            reasons.append(Reason.FOUND if seen[code].confirmed else Reason.SEEN_ONCE)
        elif not earlier.confirmed and not situation.trouble and _confirmed(earlier, situation):
            seen[code] = replace(earlier, confirmed=True)
            reasons.append(Reason.CONFIRMED)
    if not situation.trouble:
        for code in [c for c, s in seen.items() if not s.confirmed and c not in present]:
            del seen[code]
            reasons.append(Reason.GONE_IN_NEXT_RUN)
    codes = frozenset(c for c, s in seen.items() if s.confirmed and c in present)
    # An end beyond the ladder may be gone in the next run: only one that is being announced counts as the alert's own.
    end = observed.coverage_end if Code.EXPIRING in present else alert.coverage_end
    return replace(alert, sightings=seen, codes=codes, coverage_end=end), tuple(dict.fromkeys(reasons))


def _first_sight(code: Code, observed: Observed, situation: Situation) -> Sighting:
    run = situation.run
    certain = situation.first_pass or code in STATED or code not in observed.list_caused
    sighting = Sighting(code, situation.now, run.shown_since, run.shown_since_at, certain)
    return replace(sighting, confirmed=True) if _confirmed(sighting, situation) else sighting


def _confirmed(sighting: Sighting, situation: Situation) -> bool:
    """Seen in two runs at least 6 hours apart, or for 48 hours."""
    run = situation.run
    twice = run.id != sighting.first_run and run.finished_at - sighting.first_run_at >= CONFIRM_APART
    return sighting.confirmed or twice or situation.now - sighting.first_run_at >= CONFIRM_AFTER


def _end_ack(alert: Alert, situation: Situation) -> tuple[Alert, tuple[Reason, ...]]:
    if alert.ack is None or situation.today <= alert.ack.until:
        return alert, ()
    return replace(alert, ack=None, state=State.OPEN), (Reason.ACK_RAN_OUT,)


def _announce(
    alert: Alert, present: frozenset[Code], observed: Observed, situation: Situation
) -> tuple[Alert, tuple[Announcement, ...]]:
    """What each recipient has not heard yet, grouped so that those who hear the same get the same message."""
    audible = alert.codes - situation.silenced
    groups: dict[tuple[Reason, tuple[str, ...], int | None, bool], list[int]] = {}
    for recipient in situation.recipients:
        due = _due(alert, recipient, audible, present, observed, situation)
        if due is None:
            continue
        reason, steps, threshold = due
        silent = recipient in situation.introduced and worst(audible) is not Severity.BREACH
        groups.setdefault((reason, steps, threshold, silent), []).append(recipient)
    announcements = tuple(
        Announcement(
            alert.contract, alert.family, "alert", Reason.TOLD_BY_INVENTORY if silent else reason, tuple(recipients),
            ordered(audible or alert.codes or frozenset(alert.sightings) & LAPSE), steps, threshold, silent,
        )
        for (reason, steps, threshold, silent), recipients in groups.items()
    )  # fmt: skip
    told = tuple(
        Told(recipient, step, situation.today, announcement.threshold, not announcement.silent)
        for announcement in announcements
        for recipient in announcement.recipients
        for step in announcement.steps
    )
    kept = {(entry.recipient, entry.step): entry for entry in (*alert.told, *told)}
    lapsed = alert.lapsed or bool(told and alert.family is Family.COVERAGE and audible & LAPSE)
    return replace(alert, told=tuple(kept.values()), lapsed=lapsed), announcements


def _due(
    alert: Alert,
    recipient: int,
    audible: frozenset[Code],
    present: frozenset[Code],
    observed: Observed,
    situation: Situation,
) -> tuple[Reason, tuple[str, ...], int | None] | None:
    """What one recipient must hear now about one alert: (why, ledger steps, threshold), or None."""
    mine = [entry for entry in alert.told if entry.recipient == recipient]
    known = {code for code in alert.sightings if _found(code, alert) in {entry.step for entry in mine}}
    news = audible - known - {Code.EXPIRING}
    if known & LAPSE:
        news -= _SAME_NEWS
    elif known & _SAME_NEWS:
        news -= {Code.NOT_YET_VALID}
    if news:
        steps = tuple(_found(code, alert) for code in ordered((present | news) - {Code.EXPIRING}))
        return (Reason.COVERAGE_ENDED if news & LAPSE else Reason.FOUND), steps, None
    if Code.EXPIRING in audible and observed.coverage_end is not None:
        earlier = [Announced(entry.on, entry.threshold) for entry in mine]
        threshold = threshold_due(observed.coverage_end, situation.today, situation.thresholds, earlier)
        if threshold is not None:
            step = f"threshold:{threshold}:{observed.coverage_end.isoformat()}"
            return Reason.THRESHOLD_CROSSED, (step,), threshold
    if _weekly(alert, known, mine, observed, situation):
        return Reason.STILL_UNCOVERED, (f"week:{situation.today.isoformat()}",), None
    return None


def _found(code: Code, alert: Alert) -> str:
    """The ledger entry for a code; a lapse belongs to the coverage end that passed, so a later one is news again."""
    if code not in LAPSE:
        return f"found:{code}"
    return f"found:{code}:{alert.coverage_end.isoformat() if alert.coverage_end else '-'}"


def _weekly(alert: Alert, known: set[Code], mine: list[Told], observed: Observed, situation: Situation) -> bool:
    """After the end of coverage: every 7 days until covered, acknowledged, silenced or closed."""
    if not known & LAPSE or observed.coverage_end is not None or alert.ack is not None:
        return False
    if (alert.codes or LAPSE) <= situation.silenced:
        return False
    return weekly_due(max(entry.on for entry in mine), situation.today)


def _clear(
    alert: Alert, present: frozenset[Code], observed: Observed, situation: Situation
) -> tuple[Alert, Reason | None]:
    """Whether two good runs have shown that the matter is over."""
    if situation.trouble:
        return alert, None
    if not _looks_over(alert.family, present, observed, situation):
        return replace(alert, clear_run=None), None
    if alert.clear_run is None:
        alert = replace(alert, clear_run=situation.run.shown_since)
    if alert.clear_run == situation.run.id or frozenset(alert.sightings) & situation.silenced:
        return alert, None
    return alert, Reason.COVERED_AGAIN if alert.family is Family.COVERAGE else Reason.FINDING_GONE


def _looks_over(family: Family, present: frozenset[Code], observed: Observed, situation: Situation) -> bool:
    if present or observed.coverage_end is None:
        return False
    if family in (Family.CERTIFIER, Family.REFERENTIAL, Family.MISMATCH):
        return True
    return (observed.coverage_end - situation.today).days > situation.widest


def _resolve(alert: Alert, reason: Reason, situation: Situation) -> Step:
    """Ends an alert, telling those who got a message of it."""
    heard = {entry.recipient for entry in alert.told if entry.message}
    recipients = tuple(sorted(heard & set(situation.recipients)))
    over = replace(alert, state=State.RESOLVED, reason=reason, codes=frozenset(), ack=None)
    if not recipients:
        return Step(over, (reason,))
    said = Announcement(
        alert.contract, alert.family, "resolved", reason, recipients,
        ordered(frozenset(alert.sightings)), (f"resolved:{reason}",),
    )  # fmt: skip
    return Step(over, (reason,), (said,))


def _settle(
    alert: Alert, situation: Situation, announcements: tuple[Announcement, ...], heard: frozenset[int], new: bool
) -> Alert:
    """The state that all this adds up to, with its reason. What is new only to who had not `heard` of the alert, a
    contact who joined, leaves the acknowledgement of the others standing."""
    spoken = [a for a in announcements if not a.silent and (not heard or heard & set(a.recipients))]
    if alert.ack is not None and any(a.reason is not Reason.STILL_UNCOVERED for a in spoken):
        return replace(alert, ack=None, state=State.OPEN, reason=Reason.ACK_ENDED_BY_NEWS)
    if not any(sighting.confirmed for sighting in alert.sightings.values()):
        return replace(alert, state=State.PENDING, reason=Reason.SEEN_ONCE)
    if alert.ack is not None and alert.ack.kind == "ack":
        return replace(alert, state=State.ACKED)
    if situation.trouble and not alert.codes & CALENDAR:
        return replace(alert, state=State.UNVERIFIED, reason=Reason.SOURCE_TROUBLE)
    if alert.state is State.UNVERIFIED:
        return replace(alert, state=State.OPEN, reason=Reason.SOURCE_BACK)
    if alert.state is State.PENDING:
        reason = Reason.FOUND if new else Reason.CONFIRMED
        return replace(alert, state=State.OPEN, reason=announcements[0].reason if announcements else reason)
    return replace(alert, state=State.OPEN)
