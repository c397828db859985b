"""What will be announced, and when, if nothing changes on the list: the alert engine under a virtual clock.

Pure. Owns the clock's days: only those on which something can happen are played, since between them a pass has nothing
new to say. What happens on a day is decided by `monitor.verdicts` and `monitor.alerts`, the same as in a real pass.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.alerts import LAPSE, Alert, Announcement, Family, Observed, RunView, Situation, advance, families_of
from monitor.findings import Code
from monitor.ladder import WEEK
from monitor.matching import Matcher
from monitor.outage import clock_on
from monitor.verdicts import Assessor, ContractVerdict
from monitor.watchlist import Contract, Watchlist
from registry.clock import paris_date
from registry.snapshot import Host, Snapshot

ONE_DAY = timedelta(days=1)
NOBODY_YET = 0
"""Stands for all recipients of a contract when none has heard of it yet."""
Live = Mapping[str, Mapping[Family, Alert]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that contacts will get on a civil day."""

    on: date
    contract: Contract | None
    """None: the inventory, which speaks of every contract."""
    contacts: tuple[str, ...]
    kind: str
    """`inventory`, `alert` or `resolved`."""
    reason: str
    codes: tuple[str, ...] = ()
    threshold: int | None = None
    coverage_end: date | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "on": self.on.isoformat(),
            "contract": self.contract.id if self.contract else None,
            "supplier": self.contract.supplier if self.contract else None,
            "kind": self.kind,
            "reason": self.reason,
            "codes": list(self.codes),
            "threshold": self.threshold,
            "coverage_end": self.coverage_end.isoformat() if self.coverage_end else None,
            "contacts": list(self.contacts),
        }


def forecast(
    snapshot: Snapshot, watchlist: Watchlist, now: datetime, until: date, crawl_at: str, live: Live | None
) -> tuple[Entry, ...]:
    """Every message from now to `until` inclusive, by day and contract.

    `live` are the alerts that are open now, so that what was told is not told again; None means that nothing was ever
    sent from here and the next pass writes the inventory.
    """
    player = _Player(snapshot, watchlist, now, until, crawl_at, live)
    entries = [entry for contract in watchlist.contracts for entry in player.play(contract)]
    if live is None and watchlist.contracts:
        contacts = tuple(dict.fromkeys(name for contract in watchlist.contracts for name in contract.notify))
        entries.append(Entry(player.today, None, contacts, "inventory", "first_pass"))
    return tuple(sorted(entries, key=_by_day))


class _Player:
    def __init__(
        self, snapshot: Snapshot, watchlist: Watchlist, now: datetime, until: date, crawl_at: str, live: Live | None
    ) -> None:
        self.snapshot, self.watchlist, self.until, self.crawl_at, self.live = snapshot, watchlist, until, crawl_at, live
        self.now, self.today = now, paris_date(now)
        self.matcher = Matcher(snapshot)
        self.assessors: dict[date, Assessor] = {}
        self.last_run = snapshot.run.id if snapshot.run else 0

    def play(self, contract: Contract) -> Iterator[Entry]:
        """One contract's messages, day after day."""
        alerts: dict[Family, Alert] = dict(self.live.get(contract.id, {}) if self.live is not None else {})
        recipients = tuple(sorted({one.recipient for alert in alerts.values() for one in alert.told})) or (NOBODY_YET,)
        episodes = {family: alert.episode for family, alert in alerts.items()}
        days = sorted(self._days(contract, alerts))
        seen = set(days)
        while days:
            day = heapq.heappop(days)
            verdict = self._assessor(day).assess(contract)
            observed = _observed(verdict)
            situation = self._situation(contract, day, recipients)
            for family in sorted(alerts.keys() | families_of(observed)):
                step = advance(alerts.pop(family, None), family, observed, situation, episodes.get(family, 0) + 1)
                for said in step.announcements:
                    if not said.silent:
                        yield _entry(day, contract, said, verdict)
                if step.alert is None:
                    continue
                episodes[family] = step.alert.episode
                if step.alert.state != "RESOLVED":
                    alerts[family] = step.alert
                    for later in _reminders(step.alert, day) - seen:
                        if later <= self.until:
                            seen.add(later)
                            heapq.heappush(days, later)

    def _assessor(self, day: date) -> Assessor:
        found = self.assessors.get(day)
        if found is None:
            found = Assessor(self.snapshot, day, day, self.watchlist.thresholds, matcher=self.matcher)
            self.assessors[day] = found
        return found

    def _situation(self, contract: Contract, day: date, recipients: tuple[int, ...]) -> Situation:
        at = max(self.now, clock_on(day, self.crawl_at))
        run = self.last_run + 1 + (day - self.today).days
        first = self.live is None and day == self.today
        return Situation(
            now=at,
            today=day,
            run=RunView(run, at, run, at),
            thresholds=self.watchlist.thresholds,
            recipients=recipients,
            introduced=frozenset(recipients) if first else frozenset(),
            first_pass=first,
            silenced=frozenset(code for code in Code if self.watchlist.silenced(contract.id, code, day)),
        )

    def _days(self, contract: Contract, alerts: Mapping[Family, Alert]) -> set[date]:
        """The days on which a pass may have something new to say, each with the two after it, which confirm it."""
        host = self.matcher.match(contract).host
        turns = {self.today, *_turns_of_contract(contract), *_turns_of_host(host, self)}
        turns |= {day for one in self.watchlist.silences for day in (one.since, _after(one.until))}
        turns |= {_after(alert.ack.until) for alert in alerts.values() if alert.ack}
        turns |= {later for alert in alerts.values() for later in _reminders(alert, self.today)}
        wide = {day + n * ONE_DAY for day in turns if day < self.until for n in range(3)} | turns
        return {day for day in wide if self.today <= day <= self.until}


def _turns_of_contract(contract: Contract) -> set[date]:
    turns = {contract.starts_on} if contract.starts_on else set()
    return turns | ({_after(contract.ends_on)} if contract.ends_on else set())


def _turns_of_host(host: Host | None, player: _Player) -> Iterator[date]:
    for certificate in host.certificates if host else ():
        referential = player.snapshot.referentials.get(certificate.referential or "")
        if certificate.issued_on:
            yield certificate.issued_on
        for end in (certificate.expires_on, referential.usable_until if referential else None):
            if end is None:
                continue
            yield _after(end)
            for threshold in player.watchlist.thresholds:
                yield date.fromordinal(max(1, end.toordinal() - threshold))


def _reminders(alert: Alert, day: date) -> set[date]:
    """A week after each recipient last heard that coverage has ended."""
    if not alert.sightings.keys() & LAPSE:
        return set()
    return {later for one in alert.told if (later := one.on + WEEK) > day}


def _after(day: date) -> date:
    return day + ONE_DAY if day < date.max else day


def _observed(verdict: ContractVerdict) -> Observed:
    closed = verdict.verdict == "closed"
    codes = frozenset(finding.code for finding in verdict.findings)
    return Observed(verdict.contract.id, closed, codes, None if closed else verdict.coverage_end)


def _by_day(entry: Entry) -> tuple[date, str, str, tuple[str, ...]]:
    return (entry.on, entry.contract.id if entry.contract else "", entry.kind, entry.codes)


def _entry(day: date, contract: Contract, said: Announcement, verdict: ContractVerdict) -> Entry:
    codes = tuple(str(code) for code in said.codes)
    return Entry(
        day, contract, contract.notify, said.kind, str(said.reason), codes, said.threshold, verdict.coverage_end
    )
