"""What a run looks like in numbers, in a form that is stored with it.

Counts only. Whether the numbers are believable is for `registry.gate`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from registry.dates import looks_like_date
from registry.interpret import MOJIBAKE, REJECTED, SHIFTED
from registry.labels import is_known_certifier, plain_name, says_nothing
from registry.models import CertificateRecord, CertifierRecord, Problem, Record, Source
from registry.text import fold

_COUNTED = {
    "hosts": (
        "issued_on",
        "expires_on",
        "activities",
        "certifier_id",
        "referential",
        "number",
        "siren",
        "source_status",
    ),
    "certifiers": ("accredited_on", "accreditation_number"),
}


@dataclass(frozen=True, slots=True)
class RunStatistics:
    """One run of one source, counted after repeats were collapsed. Its fields are kept as JSON with the run."""

    source: Source = "hosts"
    rows: int = 0
    rejected: int = 0
    shifted: int = 0
    repeats: int = 0
    contradictions: int = 0
    hosts: int = 0
    certificates: int = 0
    declared_total: int | None = None
    navigation_complete: bool = True
    parsed: dict[str, int] = field(default_factory=dict)
    """Field → rows with a readable value."""
    types: dict[str, dict[str, int]] = field(default_factory=dict)
    """Field → kind of content (date, code, address, certifier, words) → filled cells."""
    mojibake: int = 0
    mojibake_example: str = ""
    identities: tuple[tuple[str, ...], ...] = ()
    """For each host the keys it is known by: `name:…`, `siren:…`, `number:…`."""

    def share(self, name: str) -> float:
        """The part of the rows, 0 to 1, that have a readable value in that field."""
        return self.parsed.get(name, 0) / self.rows if self.rows else 0.0

    @classmethod
    def from_json(cls, text: str) -> RunStatistics:
        """A run's statistics as kept with it. Keys of another version are ignored, missing ones take their default."""
        data: dict[str, Any] = json.loads(text)
        known = {entry.name for entry in fields(cls)}
        data["identities"] = tuple(tuple(keys) for keys in data.get("identities", ()))
        return cls(**{key: value for key, value in data.items() if key in known})


def statistics(
    source: Source,
    records: Sequence[Record],
    problems: Iterable[Problem] = (),
    *,
    navigation_complete: bool = True,
    declared_total: int | None = None,
    repeats: int = 0,
    contradictions: int = 0,
) -> RunStatistics:
    """Counts a run. Give the records, and the numbers of repeats and contradictions, that `collapse` gave back."""
    problems = list(problems)
    codes = Counter(problem.code for problem in problems)
    return RunStatistics(
        source=source,
        rows=len(records),
        rejected=codes[REJECTED],
        shifted=codes[SHIFTED],
        repeats=repeats,
        contradictions=contradictions,
        hosts=len(_hosts(records)),
        certificates=sum(1 for record in records if isinstance(record, CertificateRecord) and has_certificate(record)),
        declared_total=declared_total,
        navigation_complete=navigation_complete,
        parsed={
            name: sum(1 for record in records if getattr(record, name) is not None)
            for name in _COUNTED["certifiers" if source == "certifiers" else "hosts"]
        },
        types=_types(records),
        mojibake=codes[MOJIBAKE],
        mojibake_example=next((problem.raw[:60] for problem in problems if problem.code == MOJIBAKE), ""),
        identities=tuple(tuple(sorted(keys)) for keys in _hosts(records)),
    )


def has_certificate(record: CertificateRecord) -> bool:
    """Whether a line prints anything about a certificate, or only that a host is on the list."""
    said = (
        record.number,
        record.referential_label,
        record.scope,
        record.issued_on,
        record.expires_on,
        record.activities,
    )
    return any(value is not None for value in (*said, record.certifier, record.legacy_scopes, record.source_status))


def _hosts(records: Sequence[Record]) -> list[set[str]]:
    """The keys of each host: lines with the same printed name, or the same SIREN, are one host."""
    sirens = {
        fold(record.legal_name): record.siren
        for record in records
        if isinstance(record, CertificateRecord) and record.siren
    }
    groups: dict[str, set[str]] = {}
    for record in records:
        if isinstance(record, CertifierRecord):
            groups.setdefault(record.id, set()).update({f"name:{plain_name(record.name)}", f"id:{record.id}"})
            continue
        name = fold(record.legal_name)
        siren = record.siren or sirens.get(name)
        keys = groups.setdefault(siren or name, set())
        keys.add(f"name:{plain_name(record.legal_name)}")
        keys.update([f"siren:{siren}"] if siren else [])
        keys.update([f"number:{fold(record.number)}"] if record.number else [])
    return list(groups.values())


def _types(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for record in records:
        for name, cell in (record.raw.cells if record.raw else {}).items():
            if not says_nothing(cell.text):
                found.setdefault(name, Counter())[kind_of(cell.text)] += 1
    return {name: dict(sorted(kinds.items())) for name, kinds in sorted(found.items())}


def kind_of(text: str) -> str:
    """What sort of content a cell holds, seen without its heading."""
    plain = fold(text)
    digits, letters = len(re.findall(r"\d", plain)), len(re.findall(r"[^\W\d_]", plain))
    if looks_like_date(text) and not plain.isdigit():
        return "date"
    if re.match(r"(https?://|www\.)", plain):
        return "address"
    if is_known_certifier(text):
        return "certifier"
    if digits and 2 * digits >= letters:
        return "code"
    return "words"
