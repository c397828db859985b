"""What an alert is made of: states, reasons, families, what was seen, who was told.

Owns the shapes that the state machine takes and gives, and the tables that say which finding belongs where. Nothing
here decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from monitor.findings import SEVERITY, Code, Severity


class State(StrEnum):
    """Where an alert stands."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    ACKED = "ACKED"
    UNVERIFIED = "UNVERIFIED"
    RESOLVED = "RESOLVED"


class Reason(StrEnum):
    """Why an alert moved or a message is due. Every transition has one."""

    SEEN_ONCE = "seen_once"
    GONE_IN_NEXT_RUN = "gone_in_next_run"
    FOUND = "found"
    CONFIRMED = "confirmed"
    THRESHOLD_CROSSED = "threshold_crossed"
    COVERAGE_ENDED = "coverage_ended"
    STILL_UNCOVERED = "still_uncovered"
    TOLD_BY_INVENTORY = "told_by_inventory"
    COVERED_AGAIN = "covered_again"
    FINDING_GONE = "finding_gone"
    CONTRACT_ENDED = "contract_ended"
    CONTRACT_REMOVED = "contract_removed"
    SOURCE_TROUBLE = "source_trouble"
    SOURCE_BACK = "source_back"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    ACK_ENDED_BY_NEWS = "ack_ended_by_news"
    ACK_RAN_OUT = "ack_ran_out"


class Family(StrEnum):
    """Findings that are one matter to a person, and so one alert."""

    COVERAGE = "coverage"
    LISTING = "listing"
    UNCLEAR = "unclear"
    CERTIFIER = "certifier"
    REFERENTIAL = "referential"
    MISMATCH = "mismatch"


FAMILY: dict[Code, Family] = {
    Code.EXPIRING: Family.COVERAGE,
    Code.EXPIRED: Family.COVERAGE,
    Code.NOT_YET_VALID: Family.COVERAGE,
    Code.SUPERSEDED_REFERENTIAL: Family.COVERAGE,
    Code.SUSPENDED: Family.COVERAGE,
    Code.WITHDRAWN: Family.COVERAGE,
    Code.SCOPE_GAP: Family.COVERAGE,
    Code.NOT_LISTED: Family.LISTING,
    Code.DELISTED: Family.LISTING,
    Code.AMBIGUOUS_MATCH: Family.LISTING,
    Code.SCOPE_UNKNOWN: Family.UNCLEAR,
    Code.DATE_UNKNOWN: Family.UNCLEAR,
    Code.REFERENTIAL_UNKNOWN: Family.UNCLEAR,
    Code.STATUS_UNKNOWN: Family.UNCLEAR,
    Code.CERTIFIER_NOT_LISTED: Family.CERTIFIER,
    Code.REFERENTIAL_ANOMALY: Family.REFERENTIAL,
    Code.CONTRACT_MISMATCH: Family.MISMATCH,
}
"""Codes that are alerted. CONTRACT_OUTLIVES_COVERAGE is only shown; STALE_REGISTRY is the source's own alert."""

LAPSE = frozenset({Code.EXPIRED, Code.SUPERSEDED_REFERENTIAL})
"""Coverage that ended with a date, and is therefore told again every week."""
CALENDAR = LAPSE | {Code.EXPIRING}
"""What time alone brings: the source's trouble never silences it."""
STATED = frozenset({Code.EXPIRING, Code.SUSPENDED, Code.WITHDRAWN})
"""What a list says outright, or a threshold demands. Everything else that a changed list causes needs a second look."""


@dataclass(frozen=True, slots=True)
class RunView:
    """The last accepted or unchanged run of the host list, and the first run that showed the same content.

    `shown_since` is never older than the last run that was judged before, so the two differ only when several runs
    came between two passes.
    """

    id: int
    finished_at: datetime
    shown_since: int
    shown_since_at: datetime


@dataclass(frozen=True, slots=True)
class Sighting:
    """A code seen on a contract: since when, in which run first, and whether it may be told."""

    code: Code
    first_seen: datetime
    first_run: int
    first_run_at: datetime
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """That a recipient knows. `message` is False when the inventory said it instead of a message of the alert."""

    recipient: int
    step: str
    on: date
    threshold: int | None
    message: bool


@dataclass(frozen=True, slots=True)
class Ack:
    """A person took the matter over (`ack`) or asked for quiet (`snooze`) up to and including a day."""

    kind: str
    by: str
    until: date
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as remembered between passes. `lapsed` says that the end of coverage was announced."""

    contract: str
    family: Family
    episode: int
    state: State
    reason: Reason
    opened_at: datetime
    sightings: Mapping[Code, Sighting] = field(default_factory=dict)
    codes: frozenset[Code] = frozenset()
    """What is seen and confirmed now; may be empty while the alert waits for a second good run."""
    coverage_end: date | None = None
    lapsed: bool = False
    clear_run: int | None = None
    ack: Ack | None = None
    told: tuple[Told, ...] = ()
    ref: str | None = None
    """Given when it is stored."""

    @property
    def severity(self) -> Severity:
        """The worst of what is or was last seen."""
        codes = self.codes or frozenset(self.sightings)
        return worst(codes)


@dataclass(frozen=True, slots=True)
class Observed:
    """One contract as judged in this pass. `list_caused`: what a new run brought, not the calendar or a person."""

    contract: str
    closed: bool
    codes: frozenset[Code]
    coverage_end: date | None
    list_caused: frozenset[Code] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds for one contract's alerts in this pass."""

    now: datetime
    today: date
    run: RunView
    thresholds: tuple[int, ...]
    recipients: tuple[int, ...]
    introduced: frozenset[int] = frozenset()
    """Recipients who get an inventory in this pass: it tells them everything but breaches."""
    first_pass: bool = False
    trouble: bool = False
    """The source can't be trusted: nothing about scope or listing opens or resolves."""
    silenced: frozenset[Code] = frozenset()

    @property
    def widest(self) -> int:
        return max(self.thresholds, default=0)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message to write: to whom, about what, and the ledger entries that keep it from being written twice."""

    contract: str
    family: Family
    kind: str
    """`alert` or `resolved`."""
    reason: Reason
    recipients: tuple[int, ...]
    codes: tuple[Code, ...]
    steps: tuple[str, ...]
    threshold: int | None = None
    silent: bool = False
    """Only remembered: the inventory says it."""

    @property
    def urgent(self) -> bool:
        """A breach is not held back by quiet hours."""
        return self.kind == "alert" and worst(frozenset(self.codes)) is Severity.BREACH


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one alert in one pass. `alert` None: there is none and there was none."""

    alert: Alert | None
    transitions: tuple[Reason, ...] = ()
    announcements: tuple[Announcement, ...] = ()


_RANK = list(Severity)


def worst(codes: frozenset[Code]) -> Severity:
    """The heaviest severity among codes; `info` when there are none."""
    return min((SEVERITY[code] for code in codes), key=_RANK.index, default=Severity.INFO)


def ordered(codes: frozenset[Code]) -> tuple[Code, ...]:
    """Codes worst first, then in the order in which findings are shown."""
    return tuple(code for severity in Severity for code in Code if code in codes and SEVERITY[code] is severity)
