"""Small registries and contracts for the verdict tests: whole by default, so that a case says only what is special."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.verdicts import ContractVerdict, assess
from monitor.watchlist import Contract, Quoted
from registry.snapshot import Alias, Certificate, Certifier, GoodRun, Host, Referential, Snapshot

D = date(2026, 11, 22)
ALL = frozenset({1, 2, 3, 4, 5, 6})
V1 = Referential("v1", "v1", date(2018, 6, 29), date(2024, 11, 16), date(2026, 5, 16))
V2 = Referential("v2", "v2", date(2024, 5, 16), None, None)
LNE = Certifier("lne", "LNE", accredited_on=date(2018, 10, 1))
SIREN = "808665483"
OTHER_SIREN = "424761419"


def day(text: str) -> date:
    return date.fromisoformat(text)


def cert(**values: Any) -> Certificate:
    """A v2 certificate by LNE, 2025-01-01 to 2028-01-01, all six activities, listed; dates may be ISO text."""
    given: dict[str, Any] = {
        "id": "c1", "host_id": "h", "number": "N-1", "certifier_id": "lne", "referential": "v2",
        "issued_on": "2025-01-01", "expires_on": "2028-01-01", "activities": ALL,
    } | values  # fmt: skip
    for name in ("issued_on", "expires_on"):
        if isinstance(given[name], str):
            given[name] = day(given[name])
    if given["activities"] is not None:
        given["activities"] = frozenset(given["activities"])
    return Certificate(**given)


def host(*certificates: Certificate, **values: Any) -> Host:
    """Host `h`, HEBERGEUR TEST, listed, with these certificates; they get ids c1, c2… in order."""
    given = {"id": "h", "legal_name": "HEBERGEUR TEST", "siren": SIREN} | values
    numbered = [replace(one, id=f"c{place}", host_id=given["id"]) for place, one in enumerate(certificates, 1)]
    return Host(certificates=tuple(numbered), **given)


def registry(*hosts: Host, **values: Any) -> Snapshot:
    """A registry read two days before D."""
    given: dict[str, Any] = {
        "hosts": {one.id: one for one in hosts},
        "certifiers": {"lne": LNE},
        "referentials": {"v1": V1, "v2": V2},
        "run": GoodRun(7, datetime(2026, 11, 20, 6, 15, tzinfo=UTC)),
        "certifier_run": GoodRun(8, datetime(2026, 11, 20, 6, 20, tzinfo=UTC)),
    } | values
    given["aliases"] = tuple(Alias(*one) for one in given.get("aliases", ()))
    return Snapshot(**given)


def contract(**values: Any) -> Contract:
    """A contract with host `h` by SIREN for all six activities, open at both ends; dates may be ISO text."""
    given: dict[str, Any] = {"id": "k", "supplier": "Hébergeur Test", "siren": SIREN, "activities": ALL} | values
    for name in ("starts_on", "ends_on"):
        if isinstance(given.get(name), str):
            given[name] = day(given[name])
    given["activities"] = frozenset(given["activities"])
    if isinstance(given.get("quoted"), dict):
        quoted = dict(given["quoted"])
        if "expires_on" in quoted:
            quoted["expires_on"] = day(quoted["expires_on"])
        if "activities" in quoted:
            quoted["activities"] = frozenset(quoted["activities"])
        given["quoted"] = Quoted(**quoted)
    return Contract(**given)


def judged(
    snapshot: Snapshot, wanted: Contract | None = None, on: date | str = D, today: date | str | None = None, **more: Any
) -> ContractVerdict:
    """The verdict on D, which is also today unless said otherwise."""
    on = day(on) if isinstance(on, str) else on
    today = day(today) if isinstance(today, str) else today or on
    return assess(snapshot, wanted or contract(), on, today, **more)


def codes(verdict: ContractVerdict) -> list[str]:
    """The codes of the findings, each once, in the order shown."""
    return list(dict.fromkeys(str(finding.code) for finding in verdict.findings))


@dataclass(frozen=True)
class Case:
    """One sentence of the rules: what is listed, what is needed, and what must come out (`verdict CODE CODE…`)."""

    sentence: str
    certificates: list[Certificate]
    expected: str
    on: date | str = D
    contract: dict[str, Any] = field(default_factory=dict)
    host: dict[str, Any] = field(default_factory=dict)
    registry: dict[str, Any] = field(default_factory=dict)
    until: str | None = ""
    """Coverage end as ISO text, None for none; empty when the case does not look at it."""
    missing: str | None = None
    """Missing activities as digits, when the case looks at them."""

    def verdict(self) -> ContractVerdict:
        return judged(
            registry(host(*self.certificates, **self.host), **self.registry),
            contract(**self.contract),
            on=self.on,
            today=D,
        )

    def holds(self) -> None:
        found = self.verdict()
        assert " ".join([found.verdict, *codes(found)]) == self.expected
        if self.until != "":
            assert (found.coverage_end.isoformat() if found.coverage_end else None) == self.until
        if self.missing is not None:
            assert "".join(map(str, found.missing_activities)) == self.missing


def table(cases: list[Case]) -> Any:
    """Runs one test a case, named by its sentence."""
    sentences = [case.sentence for case in cases]
    assert len(set(sentences)) == len(sentences), "two cases with one sentence"
    return pytest.mark.parametrize("case", cases, ids=sentences)
