"""What the registry believes, in memory: hosts, certificates, certifiers, and the versions they went through.

Plain data that `fold` alters and `history` loads and saves. Holds no rule and touches no disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from registry.changes import CertificateValues, CertifierValues, Change, HostValues
from registry.models import Cause

V = TypeVar("V", HostValues, CertificateValues, CertifierValues)


@dataclass(slots=True, eq=False)
class Version(Generic[V]):
    """What one row said from an instant on, until (exclusive) another or for good. Instants are text."""

    entity: Entity[V]
    values: V
    host_id: str | None
    observed_from: str
    run_id: int
    sha256: str | None = None
    locator: str | None = None
    first: bool = False
    """The oldest of its row."""
    observed_until: str | None = None


@dataclass(slots=True, eq=False)
class Entity(Generic[V]):
    """A host, certificate or certifier with its standing on the list."""

    id: str
    values: V
    listed: bool = False
    first_seen: str | None = None
    last_seen: str | None = None
    """Only kept up to date while off the list; a listed row was last seen when its list was."""
    delisted_on: str | None = None
    missing_since: str | None = None
    """First good run without the row, while its absence is in doubt."""
    version: Version[V] | None = None
    """The open version, when it was opened since loading."""
    stored: bool = False
    """Whether the row stands in the database."""


@dataclass(slots=True, eq=False)
class Host(Entity[HostValues]):
    key: str = ""
    """The normalised name."""
    aliases: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Alias → (kind, source)."""
    certificates: list[Certificate] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Certificate(Entity[CertificateValues]):
    host_id: str = ""
    replaces_id: str | None = None
    superseded: bool = False
    """Another certificate took its place: leaving the list is no event."""


@dataclass(slots=True, eq=False)
class Certifier(Entity[CertifierValues]):
    pass


@dataclass(frozen=True, slots=True)
class Observation:
    """One accepted reading of one list. `observed_at` is an instant as text."""

    run_id: int
    source: str
    observed_at: str
    cause: Cause = "source"


@dataclass(slots=True)
class Effects:
    """What a fold did beyond altering entities: all that has to be written."""

    changes: list[Change] = field(default_factory=list)
    versions: list[Version[HostValues] | Version[CertificateValues] | Version[CertifierValues]] = field(
        default_factory=list
    )
    closed: list[tuple[Entity[HostValues] | Entity[CertificateValues] | Entity[CertifierValues], str]] = field(
        default_factory=list
    )
    """Versions that stand in the database and end now."""
    hosts: dict[str, Host] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    certifiers: dict[str, Certifier] = field(default_factory=dict)
    """Rows to write."""
    proofs: dict[tuple[str, str], dict[str, tuple[str, str, str]]] = field(default_factory=dict)
    """(table, row) → field → (sha256, locator, raw)."""
    successions: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """The whole registry in memory."""

    hosts: dict[str, Host] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    certifiers: dict[str, Certifier] = field(default_factory=dict)
    last_observed: dict[str, str] = field(default_factory=dict)
    """Source → instant of its newest observation."""
    given_ids: list[tuple[str, str]] = field(default_factory=list)
    """By what a host or certificate was known → its id, where the state does not show it."""
