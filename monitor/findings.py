"""Finding codes, their severities and the verdict they lead to (contract, section 5).

Owns the shape of a finding and the order in which findings are shown. Which findings a contract has is decided in
`monitor.verdicts`; the sentences are data in `monitor/wording`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What holds for a contract on a day."""

    BREACH = "breach"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    COVERED = "covered"
    CLOSED = "closed"


class Severity(StrEnum):
    """How much a finding weighs. `info` never changes a verdict."""

    BREACH = "breach"
    UNKNOWN = "unknown"
    ATTENTION = "attention"
    INFO = "info"


class Code(StrEnum):
    """What can be found, in the order in which it is shown within one severity."""

    NOT_LISTED = "NOT_LISTED"
    AMBIGUOUS_MATCH = "AMBIGUOUS_MATCH"
    DELISTED = "DELISTED"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SUPERSEDED_REFERENTIAL = "SUPERSEDED_REFERENTIAL"
    SCOPE_GAP = "SCOPE_GAP"
    SCOPE_UNKNOWN = "SCOPE_UNKNOWN"
    DATE_UNKNOWN = "DATE_UNKNOWN"
    REFERENTIAL_UNKNOWN = "REFERENTIAL_UNKNOWN"
    STATUS_UNKNOWN = "STATUS_UNKNOWN"
    EXPIRING = "EXPIRING"
    CERTIFIER_NOT_LISTED = "CERTIFIER_NOT_LISTED"
    REFERENTIAL_ANOMALY = "REFERENTIAL_ANOMALY"
    CONTRACT_MISMATCH = "CONTRACT_MISMATCH"
    CONTRACT_OUTLIVES_COVERAGE = "CONTRACT_OUTLIVES_COVERAGE"
    STALE_REGISTRY = "STALE_REGISTRY"


SEVERITY: dict[Code, Severity] = {
    Code.NOT_LISTED: Severity.UNKNOWN,
    Code.AMBIGUOUS_MATCH: Severity.UNKNOWN,
    Code.DELISTED: Severity.UNKNOWN,
    Code.SUSPENDED: Severity.BREACH,
    Code.WITHDRAWN: Severity.BREACH,
    Code.EXPIRED: Severity.BREACH,
    Code.NOT_YET_VALID: Severity.BREACH,
    Code.SUPERSEDED_REFERENTIAL: Severity.BREACH,
    Code.SCOPE_GAP: Severity.BREACH,
    Code.SCOPE_UNKNOWN: Severity.UNKNOWN,
    Code.DATE_UNKNOWN: Severity.UNKNOWN,
    Code.REFERENTIAL_UNKNOWN: Severity.UNKNOWN,
    Code.STATUS_UNKNOWN: Severity.UNKNOWN,
    Code.EXPIRING: Severity.ATTENTION,
    Code.CERTIFIER_NOT_LISTED: Severity.ATTENTION,
    Code.REFERENTIAL_ANOMALY: Severity.ATTENTION,
    Code.CONTRACT_MISMATCH: Severity.ATTENTION,
    Code.CONTRACT_OUTLIVES_COVERAGE: Severity.INFO,
    Code.STALE_REGISTRY: Severity.ATTENTION,
}

_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_SHOWN = {code: (_RANK[SEVERITY[code]], place) for place, code in enumerate(Code)}
_VERDICT = {
    Severity.BREACH: Verdict.BREACH,
    Severity.UNKNOWN: Verdict.UNKNOWN,
    Severity.ATTENTION: Verdict.ATTENTION,
    Severity.INFO: Verdict.COVERED,
}
UNKNOWNS = frozenset({Code.SCOPE_UNKNOWN, Code.DATE_UNKNOWN, Code.REFERENTIAL_UNKNOWN, Code.STATUS_UNKNOWN})
"""Reasons for which a certificate does not count that may turn out to be no reason at all."""


class Finding:
    """One thing found about a contract. Immutable; equal when code, subject and evidence are.

    `evidence` holds JSON values only: what the finding rests on. It may be given as a function, which is called when
    the evidence is first looked at: of a hundred thousand verdicts few are read in full.
    """

    __slots__ = ("_evidence", "code", "subject")

    def __init__(
        self, code: Code, evidence: dict[str, Any] | Callable[[], dict[str, Any]] | None = None, subject: str = ""
    ) -> None:
        self.code = code
        self._evidence = {} if evidence is None else evidence
        self.subject = subject
        """The certificate id when the finding is about one certificate, else empty. Stable: part of alert keys."""

    @property
    def evidence(self) -> dict[str, Any]:
        if not isinstance(self._evidence, dict):
            self._evidence = self._evidence()
        return self._evidence

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Finding) and (self.code, self.subject, self.evidence) == (
            other.code,
            other.subject,
            other.evidence,
        )

    def __hash__(self) -> int:
        return hash((self.code, self.subject))

    def __repr__(self) -> str:
        return f"Finding({self.code!s}, {self.evidence!r}, {self.subject!r})"

    @property
    def severity(self) -> Severity:
        return SEVERITY[self.code]

    def message(self, language: str) -> str:
        """The finding in a sentence or two, `fr` or `en`."""
        from monitor.wording import message

        return message(self.code, self.evidence, language)

    def as_json(self, language: str) -> dict[str, object]:
        """The shape of a finding in `check --format json`."""
        return {
            "code": str(self.code),
            "severity": str(self.severity),
            "message": self.message(language),
            "evidence": self.evidence,
        }


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Worst first, then in the order of the codes, then by certificate."""
    if len(findings) > 1:
        findings = sorted(findings, key=lambda finding: (_SHOWN[finding.code], finding.subject))
    return tuple(findings)


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """The worst severity among findings in order; none, or only info, is `covered`."""
    return _VERDICT[SEVERITY[findings[0].code]] if findings else Verdict.COVERED
