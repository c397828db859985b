"""Is a contract's supplier certified for what the contract needs, on a given day? (contract, section 5)

Pure: no clock, no disk, no network. The published registry, the contract, the day judged (D) and today come in; a
verdict with its findings comes out. Silences, alerts and wording are elsewhere. One wrong "covered" is a failure of
the product, so nothing unknown is ever taken as favourable: it can only turn a breach into `unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.coverage import CertificateDay, HostDay, host_day
from monitor.findings import UNKNOWNS, Code, Finding, Verdict, in_order, verdict_of
from monitor.issuing import certifier_doubt, referential_anomaly
from monitor.matching import Doubt, Match, Matcher, normalise_number
from monitor.watchlist import Contract, Watchlist
from registry.clock import paris_date, stamp
from registry.snapshot import Certificate, Snapshot, activities_of, mask_of

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
        "certifier": _certifier_name(certificate, snapshot),
        "referential": certificate.referential,
        "activities": None if certificate.activities is None else sorted(certificate.activities),
        "issued_on": _iso(certificate.issued_on),
        "expires_on": _iso(certificate.expires_on),
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
    verdicts = tuple(assessor.assess(contract) for contract in progress(watchlist.contracts))
    return CheckResult(snapshot, watchlist, on, assessor.age, verdicts)


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
        self.thresholds = tuple(sorted(thresholds, reverse=True))
        self.matcher = matcher or Matcher(snapshot)
        self.age = registry_age(snapshot, on, today)
        self._run_id = self.age.run_id
        self._stale = self._staleness(stale_after_days)
        self._days: dict[str, tuple[HostDay, tuple[tuple[Certificate, bool], ...]]] = {}

    def assess(self, contract: Contract) -> ContractVerdict:
        """The verdict of one contract. Outside its dates it is `closed` and has no findings."""
        match = self.matcher.match(contract)
        required = mask_of(contract.activities)
        closed = contract.closed(self.on)
        if match.host is None:
            found, end, missing = [self._unmatched(contract, match)], None, required
            certificates: tuple[tuple[Certificate, bool], ...] = ()
        else:
            day, certificates = self._host_day(match)
            end, missing = day.coverage_end(required), required & ~day.counting
            found = [] if closed else self._host_findings(contract, day, required, end)
        findings = () if closed else in_order([*found, *self._stale])
        verdict = Verdict.CLOSED if closed else verdict_of(findings)
        return ContractVerdict(
            contract, self.on, verdict, match, end, tuple(sorted(activities_of(missing))), findings, certificates
        )

    def _host_day(self, match: Match) -> tuple[HostDay, tuple[tuple[Certificate, bool], ...]]:
        assert match.host is not None
        found = self._days.get(match.host.id)
        if found is None:
            day = host_day(match.host, self.on, self.snapshot.referentials)
            counting = {one.certificate.id for one in day.listed if one.counts}
            ordered = sorted(match.host.certificates, key=_latest_first)
            found = self._days[match.host.id] = (day, tuple((one, one.id in counting) for one in ordered))
        return found

    def _host_findings(self, contract: Contract, day: HostDay, required: int, end: date | None) -> list[Finding]:
        if day.delisted:
            return [self._delisted(day)]
        if end is None:
            findings = list(self._uncovered(day, required))
        else:
            findings = list(self._calendar(contract, day, required, end))
        for one in day.listed:
            if one.counts and one.mask & required:
                findings.extend(self._issuing(one.certificate))
        if contract.quoted and (mismatch := self._mismatch(contract, day)):
            findings.append(mismatch)
        return findings

    # -- why D is not covered ------------------------------------------------------------------------------------

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
            if one.mask & missing:
                for reason in one.reasons:
                    if reason not in UNKNOWNS:
                        yield self._about(reason, one.certificate, activities=_ids(one.mask & missing))
        nowhere = required & ~day.shown
        if day.any_counts or nowhere:
            yield self._host_finding(Code.SCOPE_GAP, day, activities=_ids(missing), in_no_certificate=_ids(nowhere))

    def _unknowns(self, one: CertificateDay, missing: int) -> Iterator[Finding]:
        reasons = list(one.reasons)
        if one.certificate.activities is None:
            reasons.insert(0, Code.SCOPE_UNKNOWN)
        for reason in reasons:
            yield self._about(reason, one.certificate, activities=_ids(one.possible_mask & missing))

    # -- D is covered, but ----------------------------------------------------------------------------------------

    def _calendar(self, contract: Contract, day: HostDay, required: int, end: date) -> Iterator[Finding]:
        days_left = (end - self.on).days
        crossed = [threshold for threshold in self.thresholds if threshold >= days_left]
        if crossed:
            ending = day.ending_on(end, required)
            yield self._finding(
                Code.EXPIRING,
                self.snapshot.proof(ending[0].id if ending else None, day.host.id),
                {
                    "host_id": day.host.id,
                    "legal_name": day.host.legal_name,
                    "coverage_end": _iso(end),
                    "days_left": days_left,
                    "threshold": crossed[-1],
                    "certificates": [{"id": one.id, "number": one.number} for one in ending],
                },
            )
        if contract.ends_on is not None and contract.ends_on > end:
            yield self._host_finding(
                Code.CONTRACT_OUTLIVES_COVERAGE, day, ends_on=_iso(contract.ends_on), coverage_end=_iso(end)
            )

    def _issuing(self, certificate: Certificate) -> Iterator[Finding]:
        """For a certificate that counts and holds a required activity: may its body have issued it, and then?"""
        if doubt := certifier_doubt(certificate, self.snapshot):
            yield self._about(Code.CERTIFIER_NOT_LISTED, certificate, **doubt)
        if anomaly := referential_anomaly(certificate, self.snapshot.referentials):
            yield self._about(Code.REFERENTIAL_ANOMALY, certificate, **anomaly)

    def _mismatch(self, contract: Contract, day: HostDay) -> Finding | None:
        """No single listed certificate of the host has every quoted value. Nothing quoted, nothing compared."""
        quoted = contract.quoted
        assert quoted is not None
        number = normalise_number(quoted.certificate_number) if quoted.certificate_number else None
        for one in day.listed:
            certificate = one.certificate
            if (
                (number is None or (certificate.number is not None and normalise_number(certificate.number) == number))
                and (quoted.expires_on is None or certificate.expires_on == quoted.expires_on)
                and (quoted.activities is None or certificate.activities == quoted.activities)
            ):
                return None
        values = {
            "certificate_number": quoted.certificate_number,
            "expires_on": _iso(quoted.expires_on),
            "activities": None if quoted.activities is None else sorted(quoted.activities),
        }
        said = {name: value for name, value in values.items() if value is not None}
        return self._host_finding(Code.CONTRACT_MISMATCH, day, quoted=said) if said else None

    # -- no host, or none any more ---------------------------------------------------------------------------------

    def _unmatched(self, contract: Contract, match: Match) -> Finding:
        evidence: dict[str, Any] = {"reason": str(match.doubt), "supplier": contract.supplier}
        if match.doubt in (Doubt.NOTHING, Doubt.HOST_ID):
            return self._finding(Code.NOT_LISTED, None, evidence | {"host_id": contract.host_id})
        evidence["candidates"] = [
            {
                "host_id": one.host.id,
                "legal_name": one.host.legal_name,
                "siren": one.host.siren,
                "score": round(one.score, 1),
                "why": one.why,
            }
            for one in match.candidates
        ]
        first = match.candidates[0].host
        if match.doubt is Doubt.SIREN:
            evidence |= {
                "legal_name": first.legal_name,
                "siren_expected": contract.siren,
                "siren_found": first.siren,
            }
        return self._finding(Code.AMBIGUOUS_MATCH, self.snapshot.proof(host=first.id), evidence)

    def _delisted(self, day: HostDay) -> Finding:
        """Off the list from the first accepted run without it; `delisted_on` comes with the confirmation."""
        host = day.host
        since = [host.delisted_on] if not host.listed else [one.delisted_on for one in host.certificates]
        return self._host_finding(
            Code.DELISTED,
            day,
            reason="certificates" if host.listed else "host",
            delisted_on=max(map(str, since)) if all(since) else None,
        )

    def _staleness(self, limit: int) -> tuple[Finding, ...]:
        age = self.age.age_days
        if age is not None and age <= limit:
            return ()
        run = self.snapshot.run
        evidence = {
            "reason": "never" if run is None else "old",
            "observed_at": self.age.observed_at,
            "observed_on": _iso(paris_date(run.finished_at)) if run else None,
            "age_days": age,
            "stale_after_days": limit,
        }
        return (self._finding(Code.STALE_REGISTRY, None, evidence),)

    # -- evidence --------------------------------------------------------------------------------------------------

    def _about(self, code: Code, certificate: Certificate, **values: object) -> Finding:
        referential = self.snapshot.referentials.get(certificate.referential or "")
        evidence = {
            "host_id": certificate.host_id,
            "certificate_id": certificate.id,
            "number": certificate.number,
            "certifier": _certifier_name(certificate, self.snapshot),
            "referential": certificate.referential,
            "referential_label": certificate.referential_label,
            "issued_on": _iso(certificate.issued_on),
            "expires_on": _iso(certificate.expires_on),
            "source_status": certificate.source_status,
            "usable_until": _iso(referential.usable_until) if referential else None,
            **values,
        }
        proof = self.snapshot.proof(certificate.id, certificate.host_id)
        return self._finding(code, proof, evidence, subject=certificate.id)

    def _host_finding(self, code: Code, day: HostDay, **values: object) -> Finding:
        host = day.host
        evidence = {"host_id": host.id, "legal_name": host.legal_name, **values}
        return self._finding(code, self.snapshot.proof(host=host.id), evidence)

    def _finding(self, code: Code, sha256: str | None, evidence: dict[str, Any], subject: str = "") -> Finding:
        return Finding(code, {"run_id": self._run_id, "sha256": sha256, **evidence}, subject)


def _latest_first(certificate: Certificate) -> tuple[int, str, str]:
    end = certificate.expires_on.toordinal() if certificate.expires_on else 0
    return (-end, certificate.number or "", certificate.id)


def _certifier_name(certificate: Certificate, snapshot: Snapshot) -> str | None:
    if certificate.certifier_id is None:
        return None
    certifier = snapshot.certifiers.get(certificate.certifier_id)
    return certifier.name if certifier else certificate.certifier_id


def _ids(mask: int) -> list[int]:
    return sorted(activities_of(mask))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
