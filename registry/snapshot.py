"""The published registry in memory: what verdicts and matching read instead of a database.

Owns reading `hds.db` into immutable shapes. Never writes, never interprets: what a certificate is worth on a day is for
`monitor.coverage`. Reads only the tables of the contract's section 3, so any file that has them will do.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from registry import vocabulary
from registry.clock import parse_instant
from registry.errors import ConfigurationError, StorageError
from registry.published_schema import SCHEMA_VERSION
from registry.store import refuse_newer

ACTIVITIES = (1, 2, 3, 4, 5, 6)
GOOD_OUTCOMES = ("accepted", "unchanged")
_SETS = [frozenset(a for a in ACTIVITIES if mask >> (a - 1) & 1) for mask in range(64)]
"""Every set of activities once, by its bit mask, so that a million certificates share 64 sets."""


def mask_of(activities: Iterable[int]) -> int:
    """Activities as bits: activity *n* is bit *n - 1*."""
    bits = 0
    for activity in activities:
        bits |= 1 << (activity - 1)
    return bits


def activities_of(mask: int) -> frozenset[int]:
    """The inverse of `mask_of`."""
    return _SETS[mask]


@dataclass(frozen=True, slots=True)
class Referential:
    """One version of the requirement set, with the windows that decide; dates are inclusive, None is open."""

    version: str
    label: str
    issue_from: date | None = None
    issue_until: date | None = None
    usable_until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Certifier:
    """A certification body. `listed` says whether it stands on the list of certification bodies now."""

    id: str
    name: str
    listed: bool = True
    accreditor: str | None = None
    accreditation_number: str | None = None
    accredited_on: date | None = None
    accreditation_ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate as published. `activities` is None when the source does not say; never derived from a scope."""

    id: str
    host_id: str
    number: str | None = None
    certifier_id: str | None = None
    referential: str | None = None
    referential_label: str | None = None
    legacy_scopes: str | None = None
    scope: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    source_status: str | None = None
    document_url: str | None = None
    transparency_url: str | None = None
    listed: bool = True
    first_seen: str | None = None
    last_seen: str | None = None
    delisted_on: str | None = None
    activities: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """A host with all its certificates, listed or not."""

    id: str
    legal_name: str
    siren: str | None = None
    country: str | None = None
    website: str | None = None
    listed: bool = True
    first_seen: str | None = None
    last_seen: str | None = None
    delisted_on: str | None = None
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a host: `brand`, `former_name` or `spelling`."""

    host_id: str
    alias: str
    kind: str = "brand"


@dataclass(frozen=True, slots=True)
class Activity:
    """One of the six activities of CSP R.1111-9."""

    id: int
    label_fr: str
    label_en: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class GoodRun:
    """The last accepted or unchanged run of a list: how old what we know is."""

    id: int
    finished_at: datetime


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One published registry. Hosts, certifiers and référentiels by id. Two of them are equal only if they are one."""

    hosts: Mapping[str, Host]
    aliases: tuple[Alias, ...] = ()
    certifiers: Mapping[str, Certifier] = field(default_factory=dict)
    referentials: Mapping[str, Referential] = field(default_factory=dict)
    activities: Mapping[int, Activity] = field(default_factory=dict)
    run: GoodRun | None = None
    """Of the host list."""
    certifier_run: GoodRun | None = None
    proofs: Mapping[str, str] = field(default_factory=dict)
    """`certificates/ID`, `hosts/ID` or `certifiers/ID` → sha256 of the stored page that shows it."""
    path: Path | None = None

    def proof(self, certificate: str | None = None, host: str | None = None) -> str | None:
        """sha256 of the page that shows this certificate, else this host; None when no proof is published."""
        found = self.proofs.get(f"certificates/{certificate}") if certificate else None
        return found or (self.proofs.get(f"hosts/{host}") if host else None)


def load(path: Path) -> Snapshot:
    """Reads a published registry whole; a million certificates take some seconds.

    Works on a read-only file in a read-only folder. Raises ConfigurationError when there is no such file, StorageError
    when it is no published registry; both name it.
    """
    connection = open_published(path)
    try:
        return _read(connection, path)
    except (sqlite3.DatabaseError, LookupError, TypeError, ValueError) as error:
        raise _no_registry(path, error) from error
    finally:
        connection.close()


def open_published(path: Path) -> sqlite3.Connection:
    """A read-only connection to a published registry. Leaves no file beside it.

    Raises ConfigurationError when there is no such file, StorageError when it is no database or a newer program's.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"{path}: expected the published registry, found no such file; run `hdswatch crawl` first"
        )
    journal = path.with_name(path.name + "-wal")
    unfinished = journal.exists() and journal.stat().st_size > 0
    connection = sqlite3.connect(
        path.absolute().as_uri() + ("?mode=ro" if unfinished else "?mode=ro&immutable=1"), uri=True
    )
    connection.row_factory = sqlite3.Row
    try:
        refuse_newer(path, connection.execute("PRAGMA user_version").fetchone()[0], SCHEMA_VERSION)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _no_registry(path, error) from error
    except StorageError:
        connection.close()
        raise
    return connection


def _no_registry(path: Path, error: Exception) -> StorageError:
    return StorageError(
        f"{path}: expected a published registry (hds.db) with the documented tables, found: {error}; "
        "build it again with `hdswatch publish`"
    )


def _read(connection: sqlite3.Connection, path: Path) -> Snapshot:
    held = _held_activities(connection)
    certificates: dict[str, list[Certificate]] = defaultdict(list)
    days = _Days()
    for row in connection.execute("SELECT * FROM certificates ORDER BY id"):
        certificates[row["host_id"]].append(_certificate(row, held, days))
    hosts = {
        row["id"]: Host(
            id=row["id"], legal_name=row["legal_name"], siren=row["siren"] or None, country=row["country"],
            website=row["website"], listed=bool(row["listed"]), first_seen=row["first_seen"],
            last_seen=row["last_seen"], delisted_on=row["delisted_on"],
            certificates=tuple(certificates.get(row["id"], ())),
        )
        for row in connection.execute("SELECT * FROM hosts ORDER BY id")
    }  # fmt: skip
    return Snapshot(
        hosts=hosts,
        aliases=tuple(
            Alias(*row)
            for row in connection.execute("SELECT host_id, alias, kind FROM host_aliases ORDER BY host_id, alias")
        ),
        certifiers={
            row["id"]: Certifier(
                id=row["id"], name=row["name"], listed=bool(row["listed"]), accreditor=row["accreditor"],
                accreditation_number=row["accreditation_number"], accredited_on=days[row["accredited_on"]],
                accreditation_ended_on=days[row["accreditation_ended_on"]],
            )
            for row in connection.execute("SELECT * FROM certifiers ORDER BY id")
        },
        referentials=_referentials(connection, days),
        activities={
            row[0]: Activity(*row)
            for row in connection.execute("SELECT id, label_fr, label_en, legal_basis FROM activities ORDER BY id")
        },
        run=_last_good_run(connection, "hosts"),
        certifier_run=_last_good_run(connection, "certifiers"),
        proofs=_proofs(connection),
        path=path,
    )  # fmt: skip


class _Days(dict[str | None, date | None]):
    """ISO text → date, each parsed once: a million certificates share a few thousand dates."""

    def __missing__(self, text: str | None) -> date | None:
        self[text] = day = date.fromisoformat(text) if text else None
        return day


def _held_activities(connection: sqlite3.Connection) -> dict[str, int]:
    held: dict[str, int] = {}
    for certificate, activity in connection.execute("SELECT certificate_id, activity_id FROM certificate_activities"):
        if activity not in ACTIVITIES:
            raise ValueError(f"certificate_activities.activity_id {activity!r} of {certificate}, allowed: 1 to 6")
        held[certificate] = held.get(certificate, 0) | 1 << (activity - 1)
    return held


def _certificate(row: sqlite3.Row, held: dict[str, int], days: _Days) -> Certificate:
    mask = held.get(row["id"])
    return Certificate(
        id=row["id"], host_id=row["host_id"], number=row["number"], certifier_id=row["certifier_id"],
        referential=row["referential"], referential_label=row["referential_label"],
        legacy_scopes=row["legacy_scopes"], scope=row["scope"], issued_on=days[row["issued_on"]],
        expires_on=days[row["expires_on"]], source_status=row["source_status"], document_url=row["document_url"],
        transparency_url=row["transparency_url"], listed=bool(row["listed"]), first_seen=row["first_seen"],
        last_seen=row["last_seen"], delisted_on=row["delisted_on"],
        activities=None if mask is None else activities_of(mask),
    )  # fmt: skip


def _referentials(connection: sqlite3.Connection, days: _Days) -> dict[str, Referential]:
    """The published versions; those that this program ships when a registry was published without any."""
    published = {
        row["version"]: Referential(
            version=row["version"], label=row["label"], issue_from=days[row["issue_from"]],
            issue_until=days[row["issue_until"]], usable_until=days[row["usable_until"]], source=row["source"],
        )
        for row in connection.execute("SELECT * FROM referentials ORDER BY version")
    }  # fmt: skip
    return published or {
        one.version: Referential(one.version, one.label, one.issue_from, one.issue_until, one.usable_until, one.source)
        for one in vocabulary.referentials()
    }


def _last_good_run(connection: sqlite3.Connection, source: str) -> GoodRun | None:
    row = connection.execute(
        "SELECT id, COALESCE(finished_at, started_at) AS at FROM runs WHERE source = ? AND outcome IN (?, ?)"
        " ORDER BY at DESC, id DESC LIMIT 1",
        (source, *GOOD_OUTCOMES),
    ).fetchone()
    return GoodRun(row["id"], parse_instant(row["at"])) if row else None


def _proofs(connection: sqlite3.Connection) -> dict[str, str]:
    """One proof a row: the page that shows most of its fields. Verdicts don't rest on them, so they may be missing."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'provenance'").fetchone():
        return {}
    best: dict[str, tuple[int, str]] = {}
    for table, row_id, sha256, fields in connection.execute(
        "SELECT table_name, row_id, sha256, COUNT(*) FROM provenance GROUP BY table_name, row_id, sha256"
    ):
        key = f"{table}/{row_id}"
        if key not in best or (fields, sha256) > best[key]:
            best[key] = (fields, sha256)
    return {key: sha256 for key, (_, sha256) in best.items()}
