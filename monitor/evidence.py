"""What each finding rests on: the values, the run that read them, and the sha256 of the page that shows them.

Owns the `evidence` of findings, JSON values only, dates as ISO text. Decides nothing: which finding there is, is for
`monitor.verdicts`. Findings call in here only when their evidence is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from monitor.coverage import HostDay
from monitor.matching import Doubt, Match
from monitor.watchlist import Contract
from registry.clock import paris_date
from registry.snapshot import Certificate, Host, Snapshot, activities_of

Values = dict[str, Any]


class Evidence:
    """Builds evidence from one snapshot, as of its last good run of the host list."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.run_id = snapshot.run.id if snapshot.run else None

    def _values(self, sha256: str | None, values: Values) -> Values:
        return {"run_id": self.run_id, "sha256": sha256, **values}

    def certificate(self, certificate: Certificate, mask: int = 0, more: Mapping[str, Any] | None = None) -> Values:
        """About one certificate; `mask` are the activities at stake."""
        referential = self.snapshot.referentials.get(certificate.referential or "")
        values = {
            "host_id": certificate.host_id,
            "certificate_id": certificate.id,
            "number": certificate.number,
            "certifier": certifier_name(certificate, self.snapshot),
            "referential": certificate.referential,
            "referential_label": certificate.referential_label,
            "issued_on": iso(certificate.issued_on),
            "expires_on": iso(certificate.expires_on),
            "source_status": certificate.source_status,
            "usable_until": iso(referential.usable_until) if referential else None,
            "activities": activity_ids(mask),
            **(more or {}),
        }
        return self._values(self.snapshot.proof(certificate.id, certificate.host_id), values)

    def gap(self, host: Host, missing: int, nowhere: int) -> Values:
        """`activities` no counting certificate holds; those of them that no listed certificate shows at all."""
        return self._host(host, {"activities": activity_ids(missing), "in_no_certificate": activity_ids(nowhere)})

    def expiring(self, day: HostDay, required: int, end: date, threshold: int) -> Values:
        """The last day of coverage, and the certificates that end on it."""
        ending = day.ending_on(end, required)
        values = {
            "host_id": day.host.id,
            "legal_name": day.host.legal_name,
            "coverage_end": iso(end),
            "days_left": end.toordinal() - day.day,
            "threshold": threshold,
            "certificates": [{"id": one.id, "number": one.number} for one in ending],
        }
        return self._values(self.snapshot.proof(ending[0].id if ending else None, day.host.id), values)

    def outlived(self, host: Host, contract: Contract, end: date) -> Values:
        return self._host(host, {"ends_on": iso(contract.ends_on), "coverage_end": iso(end)})

    def mismatch(self, host: Host, contract: Contract) -> Values:
        """What the contract quotes; only what it quotes."""
        return self._host(host, {"quoted": quoted_values(contract)})

    def delisted(self, host: Host) -> Values:
        """`delisted_on` is null until the absence is confirmed."""
        since = [host.delisted_on] if not host.listed else [one.delisted_on for one in host.certificates]
        known = [day for day in since if day]
        reason = "certificates" if host.listed else "host"
        return self._host(host, {"reason": reason, "delisted_on": max(known) if len(known) == len(since) else None})

    def unmatched(self, contract: Contract, match: Match) -> Values:
        """Why no host is bound, and who else it could be."""
        values: Values = {"reason": str(match.doubt), "supplier": contract.supplier}
        if match.doubt in (Doubt.NOTHING, Doubt.HOST_ID):
            return self._values(None, values | {"host_id": contract.host_id})
        values["candidates"] = [
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
            values["legal_name"] = first.legal_name
            values["siren_expected"] = contract.siren
            values["siren_found"] = first.siren
        return self._values(self.snapshot.proof(host=first.id), values)

    def stale(self, age_days: int | None, limit: int) -> Values:
        """When the host list was last read, and how many days are allowed."""
        run = self.snapshot.run
        values = {
            "reason": "never" if run is None else "old",
            "observed_on": iso(paris_date(run.finished_at)) if run else None,
            "age_days": age_days,
            "stale_after_days": limit,
        }
        return self._values(None, values)

    def _host(self, host: Host, values: Values) -> Values:
        named = {"host_id": host.id, "legal_name": host.legal_name, **values}
        return self._values(self.snapshot.proof(host=host.id), named)


def quoted_values(contract: Contract) -> Values:
    """The quoted values of a contract as JSON, without those that it does not quote."""
    quoted = contract.quoted
    if quoted is None:
        return {}
    values = {
        "certificate_number": quoted.certificate_number,
        "expires_on": iso(quoted.expires_on),
        "activities": None if quoted.activities is None else sorted(quoted.activities),
    }
    return {name: value for name, value in values.items() if value is not None}


def certifier_name(certificate: Certificate, snapshot: Snapshot) -> str | None:
    """The issuing body's name; its id when the registry has no such body; None when the source names none."""
    if certificate.certifier_id is None:
        return None
    certifier = snapshot.certifiers.get(certificate.certifier_id)
    return certifier.name if certifier else certificate.certifier_id


def activity_ids(mask: int) -> list[int]:
    """A mask as a sorted list of activities."""
    return sorted(activities_of(mask))


def iso(day: date | None) -> str | None:
    """`YYYY-MM-DD`, or None."""
    return day.isoformat() if day else None
