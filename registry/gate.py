"""Is this run believable? Its statistics, held against the last accepted run of the same source (contract, section 2).

Owns every limit's meaning and the sentences of a refusal; the numbers are `Bounds`, kept as data beside each source.
Pure: knows neither database nor network, and decides nothing about single values (that is `interpret`). A run may well
change many values that were read without doubt: whether such a change is told at once is for the alerts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from registry.collapse import collapse
from registry.errors import ConfigurationError
from registry.labels import plain_name
from registry.models import Problem
from registry.run_statistics import RunStatistics, statistics

__all__ = ["Bounds", "Judgement", "RunStatistics", "collapse", "judge", "statistics"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one source. Shares are fractions of 1; `min_rows`, `max_rows` count for official addresses only."""

    min_rows: int = 1
    max_rows: int = 1_000_000
    max_drop: float = 0.20
    """More rows gone than this share of the last accepted run: quarantined. One row alone is a host that left, unless it
    was half of the list."""
    max_growth: float = 0.50
    """More rows added than this share, and more than `growth_slack` of them."""
    growth_slack: int = 20
    max_turnover: float = 0.50
    """More host names gone than this share, whatever the number of rows: another list, or another column read."""
    max_repeats: float = 0.05
    """Rows printed again word for word, as a share of all."""
    max_rejected: float = 0.05
    """Rows without a usable host name, as a share of all, when there is no accepted run to compare with."""
    max_share_fall: float = 0.20
    """How far the share of rows with a readable date, activity set, certifier… may fall."""
    max_type_change: float = 0.30
    """How much of a column's content may change its type (name, date, number, address…)."""

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any], where: str = "bounds") -> Bounds:
        """Bounds from a YAML mapping. Raises ConfigurationError naming a key or value that is not allowed."""
        known = {field.name: field for field in fields(cls)}
        for key, value in given.items():
            if key not in known:
                raise ConfigurationError(f"{where}: unknown bound {key!r}; allowed: {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ConfigurationError(f"{where}: {key}: expected a number that is not negative, found {value!r}")
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Accepted, or the reason why not: a stable code, what was expected, what was found, what to do."""

    accepted: bool
    code: str = "accepted"
    expected: str = ""
    found: str = ""
    advice: str = ""
    others: tuple[Judgement, ...] = ()
    """Further reasons, of the same run."""
    notes: tuple[Problem, ...] = ()
    """What a person should see although it doesn't stop the run."""

    @property
    def reason(self) -> str | None:
        """One sentence for the run, or None when accepted."""
        if self.accepted:
            return None
        also = f" (also: {', '.join(other.code for other in self.others)})" if self.others else ""
        return f"{self.code}: expected {self.expected}, found {self.found}; {self.advice}{also}"


_LOOK = "look at the page with `hdswatch probe`; `hdswatch runs accept` releases the run if the list is right"
_READER = "the layout may have changed: compare `hdswatch probe` with the page, adapt the headings' dictionary"

_FIELD_WORDS = {
    "issued_on": "issue date", "expires_on": "expiry date", "activities": "activities", "siren": "SIREN",
    "certifier_id": "certification body", "referential": "référentiel", "number": "certificate number",
    "accredited_on": "accreditation date", "accreditation_number": "accreditation number", "source_status": "status",
}  # fmt: skip

_KEEPS_ITS_TYPE = ("legal_name", "number", "certifier", "name", "accreditor", "accreditation_number")
"""Columns whose content is not checked by being read: a name can be anything. In the others a new layout may print the
same values in another way; if they can't be read then, their share falls."""


def judge(
    current: RunStatistics,
    previous: RunStatistics | None,
    bounds: Bounds | None = None,
    *,
    official: bool = False,
    watched_hosts: Collection[str] = (),
) -> Judgement:
    """Accepts or quarantines a run.

    `previous` is the last accepted run of the same source, None on a fresh home: then only completeness, rows, the
    declared total, contradictions, repeats and unusable rows decide. `official` says that the configured official
    address was read, so that the absolute row bounds apply. `watched_hosts` are names under contract: one that vanished
    is noted for a person, and refuses nothing: hosts do leave the list, and absence is confirmed by a second run.
    """
    bounds = bounds or Bounds()
    gone = _watched_gone(current, previous, watched_hosts) if previous else []
    found = list(_first_rules(current, bounds, official, first=previous is None))
    if previous is not None and current.rows:
        found += _against(current, previous, bounds)
    notes = tuple(
        Problem(
            None, "legal_name", name, f"{name!r} is under contract and is not on the list any more", "watched_host_gone"
        )
        for name in gone
    )
    if not found:
        return Judgement(True, notes=notes)
    first, *others = found
    return Judgement(False, first.code, first.expected, first.found, first.advice, tuple(others), notes)


def _refuse(code: str, expected: str, found: str, advice: str = _LOOK) -> Judgement:
    return Judgement(False, code, expected, found, advice)


def _first_rules(run: RunStatistics, bounds: Bounds, official: bool, *, first: bool) -> Iterable[Judgement]:
    """What every run must satisfy, also the first one."""
    if not run.navigation_complete:
        yield _refuse(
            "incomplete", "every page of the list", "pages that could not be read", "crawl again when the site answers"
        )
    if not run.rows:
        yield _refuse("no_rows", "at least one row", f"none ({run.rejected} could not be used)", _READER)
        return
    if run.declared_total is not None and run.declared_total not in (run.hosts, run.certificates):
        yield _refuse(
            "declared_total",
            f"{run.declared_total} entries, as the page declares",
            f"{run.hosts} hosts and {run.certificates} certificates",
        )
    if run.contradictions:
        yield _refuse(
            "contradictions",
            "one set of values for each certificate",
            f"{run.contradictions} certificates printed with different values",
        )
    if run.repeats > bounds.max_repeats * (run.rows + run.repeats):
        yield _refuse(
            "repeats",
            f"at most {bounds.max_repeats:.0%} rows printed twice",
            f"{run.repeats} of {run.rows + run.repeats}",
            "a page may have been served twice: crawl again",
        )
    if first and run.rejected > bounds.max_rejected * (run.rows + run.rejected):
        yield _refuse(
            "rejected_rows", f"at most {bounds.max_rejected:.0%} rows without a host name", f"{run.rejected}", _READER
        )
    if official and not bounds.min_rows <= run.rows <= bounds.max_rows:
        yield _refuse(
            "row_bounds", f"{bounds.min_rows} to {bounds.max_rows} rows at the official address", f"{run.rows}"
        )


def _against(run: RunStatistics, last: RunStatistics, bounds: Bounds) -> Iterable[Judgement]:
    """What must not have changed suddenly since the last accepted run; causes before their effects."""
    if run.mojibake > last.mojibake:
        yield _refuse(
            "mojibake",
            "readable characters",
            f"{run.mojibake} rows with wrongly decoded text such as {run.mojibake_example!r}",
            "the page declares or serves a wrong encoding: crawl again, then tell the site",
        )
    if run.rejected > last.rejected:
        yield _refuse("rejected_rows", f"at most {last.rejected} rows without a host name", f"{run.rejected}", _READER)
    if run.shifted > last.shifted:
        yield _refuse(
            "shifted_cells",
            "every cell under its heading",
            f"{run.shifted} rows with cells under the wrong heading",
            _READER,
        )
    gone = last.rows - run.rows
    if gone > bounds.max_drop * last.rows and (gone > 1 or last.rows <= 2):
        yield _refuse(
            "rows_dropped",
            f"at most {bounds.max_drop:.0%} fewer rows than the {last.rows} of the last accepted run",
            f"{run.rows}",
        )
    if run.rows - last.rows > max(bounds.max_growth * last.rows, bounds.growth_slack):
        yield _refuse(
            "rows_grew",
            f"at most {bounds.max_growth:.0%} more rows than the {last.rows} of the last accepted run",
            f"{run.rows}",
        )
    names = {name for name, _ in _named(last)} - {name for name, _ in _named(run)}
    if len(names) > 1 and len(names) > bounds.max_turnover * len(last.identities):
        yield _refuse(
            "turnover",
            f"at most {bounds.max_turnover:.0%} of the {len(last.identities)} known names gone",
            f"{len(names)} gone",
            "this may be another list or another column: check the address and `hdswatch probe`",
        )
    yield from _shares(run, last, bounds)
    yield from _types(run, last, bounds)


def _shares(run: RunStatistics, last: RunStatistics, bounds: Bounds) -> Iterable[Judgement]:
    for name, words in _FIELD_WORDS.items():
        before, now = last.share(name), run.share(name)
        fall = round(before - now, 9)  # 0.9 - 0.7 is a little more than 0.2 in floating point
        if fall > bounds.max_share_fall and (round(fall * run.rows) > 1 or not now):
            yield _refuse("values_lost", f"{words} readable in about {before:.0%} of the rows", f"{now:.0%}", _READER)


def _types(run: RunStatistics, last: RunStatistics, bounds: Bounds) -> Iterable[Judgement]:
    for name in _KEEPS_ITS_TYPE:
        before, now = last.types.get(name, {}), run.types.get(name, {})
        total_before, total_now = sum(before.values()), sum(now.values())
        if not total_before or not total_now:
            continue
        kinds = set(before) | set(now)
        moves = (abs(before.get(kind, 0) / total_before - now.get(kind, 0) / total_now) for kind in kinds)
        moved = round(sum(moves) / 2, 9)
        if moved > bounds.max_type_change and moved * total_now > 1:
            yield _refuse("column_changed", f"{name} to hold {_describe(before)}", _describe(now), _READER)


def _describe(kinds: Mapping[str, int]) -> str:
    total = sum(kinds.values())
    largest_first = sorted(kinds.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{kind} {count / total:.0%}" for kind, count in largest_first)


def _named(run: RunStatistics) -> list[tuple[str, tuple[str, ...]]]:
    """Each host's names with all its keys."""
    return [(key, keys) for keys in run.identities for key in keys if key.startswith("name:")]


def _watched_gone(run: RunStatistics, last: RunStatistics, watched: Collection[str]) -> list[str]:
    """Watched names that were listed and of which neither name, SIREN nor any certificate number is there now."""
    present = {key for keys in run.identities for key in keys}
    gone = {name for name, keys in _named(last) if not present & set(keys)}
    return sorted({name for name in watched if f"name:{plain_name(name)}" in gone})
