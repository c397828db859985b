"""Is a contract's supplier certified for what the contract needs, on a given day? (contract, section 5)

Pure: no clock, no disk, no network. The published registry, the contract, the day judged (D) and today come in; a
verdict with its findings comes out. Silences, alerts and wording are elsewhere. One wrong "covered" is a failure of
the product, so nothing unknown is ever taken as favourable: it can only turn a breach into `unknown`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from monitor.coverage import CertificateDay, HostDay, host_day
from monitor.evidence import Evidence, certifier_name, iso
from monitor.findings import UNKNOWNS, Code, Finding, Verdict, in_order, verdict_of
from monitor.issuing import certifier_doubt, referential_anomaly
from monitor.matching import Doubt, Match, Matcher, comparable_number, matcher_of
from monitor.watchlist import Contract, Quoted, Watchlist
from registry.clock import paris_date, stamp
from registry.snapshot import Certificate, Host, Snapshot, activities_of, mask_of

__all__ = [
    "STALE_AFTER_DAYS", "Assessor", "CheckResult", "Code", "Contract", "ContractVerdict", "Finding", "HostDay", "Matcher",
    "RegistryAge", "Snapshot", "Verdict", "Watchlist", "assess", "certificate_json", "certifier_doubt", "check", "host_day",
    "registry_age",
]  # fmt: skip
"""What the site's plugins may use of this room; they import it from here."""

STALE_AFTER_DAYS = 7
"""Default of `monitor.stale_after_days`."""


@dataclass(frozen=True, slots=True)
class ContractVerdict:
    """What holds for one contract on one day."""

    contract: Contract
    on: date
    verdict: Verdict
    match: Match
    coverage_end: date | None
    """Last day of coverage without a gap from `on`; None when `on` is not covered."""
    missing_activities: tuple[int, ...]
    findings: tuple[Finding, ...]
    certificates: tuple[tuple[Certificate, bool], ...]
    """All certificates of the matched host, and whether each counts on `on`."""

    @property
    def days_left(self) -> int | None:
        """Days from `on` to the last day of coverage; 0 on that day itself."""
        return None if self.coverage_end is None else (self.coverage_end - self.on).days

    def as_json(self, language: str, snapshot: Snapshot) -> dict[str, object]:
        """One entry of `contracts` in `check --format json`."""
        host = self.match.host
        return {
            "id": self.contract.id,
            "supplier": self.contract.supplier,
            "verdict": str(self.verdict),
            "matched": {
                "host_id": host.id if host else None,
                "legal_name": host.legal_name if host else None,
                "siren": host.siren if host else None,
                "how": str(self.match.how),
                "score": self.match.score,
            },
            "coverage_end": self.coverage_end.isoformat() if self.coverage_end else None,
            "days_left": self.days_left,
            "missing_activities": list(self.missing_activities),
            "certificates": [certificate_json(one, counts, snapshot) for one, counts in self.certificates],
            "findings": [finding.as_json(language) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class RegistryAge:
    """Which run of the host list the verdicts rest on, and how old it is."""

    run_id: int | None
    observed_at: str | None
    age_days: int | None
    """Civil days in Europe/Paris from that run to the day judged, or to today when that is earlier; never negative."""

    def as_json(self) -> dict[str, object]:
        return {"run_id": self.run_id, "observed_at": self.observed_at, "age_days": self.age_days}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All verdicts of one watchlist on one day."""

    snapshot: Snapshot
    watchlist: Watchlist
    on: date
    registry: RegistryAge
    contracts: tuple[ContractVerdict, ...]

    @property
    def summary(self) -> dict[str, int]:
        """How many contracts have each verdict."""
        counted = dict.fromkeys(("covered", "attention", "unknown", "breach", "closed"), 0)
        for one in self.contracts:
            counted[one.verdict] += 1
        return counted

    def as_json(self) -> dict[str, object]:
        """The document that `check --format json` prints."""
        language = self.watchlist.language
        return {
            "checked_on": self.on.isoformat(),
            "organisation": self.watchlist.organisation,
            "registry": self.registry.as_json(),
            "contracts": [one.as_json(language, self.snapshot) for one in self.contracts],
            "summary": self.summary,
        }


def certificate_json(certificate: Certificate, counts: bool, snapshot: Snapshot) -> dict[str, object]:
    """A certificate as `check --format json` shows it; unknown values, unknown activities included, are null."""
    return {
        "id": certificate.id,
        "number": certificate.number,
        "certifier": certifier_name(certificate, snapshot),
        "referential": certificate.referential,
        "activities": None if certificate.activities is None else sorted(certificate.activities),
        "issued_on": iso(certificate.issued_on),
        "expires_on": iso(certificate.expires_on),
        "counts": counts,
    }


def registry_age(snapshot: Snapshot, on: date, today: date) -> RegistryAge:
    """Age of the last accepted or unchanged run of the host list, to D, or to today when D is later."""
    if snapshot.run is None:
        return RegistryAge(None, None, None)
    age = (min(on, today) - paris_date(snapshot.run.finished_at)).days
    return RegistryAge(snapshot.run.id, stamp(snapshot.run.finished_at), max(0, age))


def assess(
    snapshot: Snapshot,
    contract: Contract,
    on: date,
    today: date,
    *,
    thresholds: tuple[int, ...] = Watchlist.thresholds,
    stale_after_days: int = STALE_AFTER_DAYS,
    matcher: Matcher | None = None,
) -> ContractVerdict:
    """The verdict of one contract on a day. For many contracts use `check` or keep an `Assessor`."""
    return Assessor(snapshot, on, today, thresholds, stale_after_days, matcher).assess(contract)


def check(
    snapshot: Snapshot,
    watchlist: Watchlist,
    on: date,
    today: date,
    *,
    stale_after_days: int = STALE_AFTER_DAYS,
    matcher: Matcher | None = None,
    progress: Callable[[Iterable[Contract]], Iterable[Contract]] = iter,
) -> CheckResult:
    """Every contract's verdict on a day, in the watchlist's order. `progress` may wrap the contracts."""
    assessor = Assessor(snapshot, on, today, watchlist.thresholds, stale_after_days, matcher)
    with _without_garbage_collection():
        verdicts = tuple([assessor.assess(contract) for contract in progress(watchlist.contracts)])
    return CheckResult(snapshot, watchlist, on, assessor.age, verdicts)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Nothing that a check makes is garbage, so collecting would walk all results again and again: half its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Assessor:
    """Judges contracts on one day against one snapshot; what concerns only a host is worked out once a host."""

    def __init__(
        self,
        snapshot: Snapshot,
        on: date,
        today: date,
        thresholds: tuple[int, ...] = Watchlist.thresholds,
        stale_after_days: int = STALE_AFTER_DAYS,
        matcher: Matcher | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.on = on
        self.thresholds = tuple(sorted(thresholds))
        self.matcher = matcher or matcher_of(snapshot)
        self.age = registry_age(snapshot, on, today)
        self.evidence = Evidence(snapshot)
        self._stale = self._staleness(stale_after_days)
        self._hosts: dict[str, _JudgedHost] = {}

    def assess(self, contract: Contract) -> ContractVerdict:
        """The verdict of one contract. Outside its dates it is `closed` and has no findings."""
        match = self.matcher.match(contract)
        required = mask_of(contract.activities)
        closed = contract.closed(self.on)
        findings: list[Finding] = []
        if match.host is None:
            end, missing = None, required
            certificates: tuple[tuple[Certificate, bool], ...] = ()
            if not closed:
                findings.append(self._unmatched(contract, match))
        else:
            judged = self._host(match.host)
            end, missing = judged.day.coverage_end(required), required & ~judged.day.counting
            certificates = judged.certificates
            if not closed:
                self._judge(contract, judged, required, end, findings)
        if closed:
            return ContractVerdict(contract, self.on, Verdict.CLOSED, match, end, _TUPLES[missing], (), certificates)
        findings += self._stale
        shown = in_order(findings)
        return ContractVerdict(contract, self.on, verdict_of(shown), match, end, _TUPLES[missing], shown, certificates)

    def _host(self, host: Host) -> _JudgedHost:
        found = self._hosts.get(host.id)
        if found is None:
            day = host_day(host, self.on, self.snapshot.referentials)
            counting = {one.certificate.id for one in day.listed if one.counts}
            ordered = sorted(host.certificates, key=_latest_first)
            doubts = [(one.mask, doubt) for one in day.listed if one.counts for doubt in self._issuing(one.certificate)]
            certificates = tuple((one, one.id in counting) for one in ordered)
            found = self._hosts[host.id] = _JudgedHost(day, certificates, tuple(doubts))
        return found

    def _judge(
        self, contract: Contract, judged: _JudgedHost, required: int, end: date | None, findings: list[Finding]
    ) -> None:
        day = judged.day
        if day.delisted:
            findings.append(Finding(Code.DELISTED, partial(self.evidence.delisted, day.host)))
            return
        if end is None:
            findings.extend(self._uncovered(day, required))
        else:
            findings.extend(self._covered(contract, day, required, end))
        if judged.doubts:
            findings.extend(doubt for mask, doubt in judged.doubts if mask & required)
        if contract.quoted is not None and self._mismatch(contract, day):
            findings.append(Finding(Code.CONTRACT_MISMATCH, partial(self.evidence.mismatch, day.host, contract)))

    def _uncovered(self, day: HostDay, required: int) -> Iterator[Finding]:
        """D is not covered: only unknowns if they could mend it, else every reason, certificate by certificate.

        Each listed certificate that holds a missing activity reports every reason for which it does not count. If the
        most favourable reading of everything unknown would cover D, no breach is reported; if not, no unknown is.
        """
        missing = required & ~day.counting
        if required & ~day.favourable == 0:
            for one in day.listed:
                if one.could_count and one.possible_mask & missing:
                    yield from self._unknowns(one, missing)
            return
        for one in day.listed:
            if held := one.mask & missing:
                for reason in one.reasons:
                    if reason not in UNKNOWNS:
                        yield self._about(reason, one.certificate, held)
        nowhere = required & ~day.shown
        if day.any_counts or nowhere:
            yield Finding(Code.SCOPE_GAP, partial(self.evidence.gap, day.host, missing, nowhere))

    def _unknowns(self, one: CertificateDay, missing: int) -> Iterator[Finding]:
        """Each unknown value of a certificate that would bring a missing activity if they were all favourable."""
        if one.certificate.activities is None:
            yield self._about(Code.SCOPE_UNKNOWN, one.certificate, missing)
        for reason in one.reasons:
            yield self._about(reason, one.certificate, one.possible_mask & missing)

    def _covered(self, contract: Contract, day: HostDay, required: int, end: date) -> Iterator[Finding]:
        """D is covered, but not for long, or not for as long as the contract runs."""
        days_left = end.toordinal() - day.day
        threshold = next((threshold for threshold in self.thresholds if threshold >= days_left), None)
        if threshold is not None:
            yield Finding(Code.EXPIRING, partial(self.evidence.expiring, day, required, end, threshold))
        if contract.ends_on is not None and contract.ends_on > end:
            yield Finding(Code.CONTRACT_OUTLIVES_COVERAGE, partial(self.evidence.outlived, day.host, contract, end))

    def _issuing(self, certificate: Certificate) -> Iterator[Finding]:
        """For a certificate that counts: may its body have issued it, and then?"""
        if doubt := certifier_doubt(certificate, self.snapshot):
            yield self._about(Code.CERTIFIER_NOT_LISTED, certificate, more=doubt)
        if anomaly := referential_anomaly(certificate, self.snapshot.referentials):
            yield self._about(Code.REFERENTIAL_ANOMALY, certificate, more=anomaly)

    def _mismatch(self, contract: Contract, day: HostDay) -> bool:
        """No single listed certificate of the host has every quoted value. Nothing quoted, nothing compared."""
        quoted = contract.quoted
        if quoted is None or quoted == Quoted():
            return False
        number = comparable_number(quoted.certificate_number) if quoted.certificate_number else None
        return not any(
            (number is None or comparable_number(one.certificate.number or "") == number)
            and (quoted.expires_on is None or one.certificate.expires_on == quoted.expires_on)
            and (quoted.activities is None or one.certificate.activities == quoted.activities)
            for one in day.listed
        )

    def _unmatched(self, contract: Contract, match: Match) -> Finding:
        unlisted = match.doubt in (Doubt.NOTHING, Doubt.HOST_ID)
        code = Code.NOT_LISTED if unlisted else Code.AMBIGUOUS_MATCH
        return Finding(code, partial(self.evidence.unmatched, contract, match))

    def _staleness(self, limit: int) -> list[Finding]:
        """A list that was never read is as stale as can be."""
        age = self.age.age_days
        if age is not None and age <= limit:
            return []
        return [Finding(Code.STALE_REGISTRY, self.evidence.stale(age, limit))]

    def _about(
        self, code: Code, certificate: Certificate, mask: int = 0, more: Mapping[str, Any] | None = None
    ) -> Finding:
        return Finding(code, partial(self.evidence.certificate, certificate, mask, more), certificate.id)


class _JudgedHost(NamedTuple):
    """What holds for a host whatever the contract."""

    day: HostDay
    certificates: tuple[tuple[Certificate, bool], ...]
    doubts: tuple[tuple[int, Finding], ...]
    """Of certificates that count, with the activities they hold."""


_TUPLES = [tuple(sorted(activities_of(mask))) for mask in range(64)]


def _latest_first(certificate: Certificate) -> tuple[int, str, str]:
    end = certificate.expires_on.toordinal() if certificate.expires_on else 0
    return (-end, certificate.number or "", certificate.id)
