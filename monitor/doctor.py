"""Everything that would make an alert reach nobody, each with the command that mends it.

Owns the list of checks. Reads only, sends nothing, and goes on to the next check when one finds something broken.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from monitor.monitor_store import check_database, open_reader
from monitor.recipients import look_up
from monitor.status import Status, read_status
from monitor.verdicts import CheckResult, check
from monitor.watchlist import Contact, Watchlist, load_watchlist
from registry.clock import paris_date
from registry.errors import HdsWatchError
from registry.home import Home
from registry.settings import Settings, load_settings
from registry.snapshot import load, open_published

_ENOUGH_BYTES = 200_000_000
_PRIVATE = ("monitor.db", "registry.db", "ack.key")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` is the command or step that puts it right; empty when it is fine."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
    advice: bool = False
    """All is well, and `mend` would make it better."""


@dataclass
class _Patient:
    home: Home
    now: datetime
    settings: Settings | None = None
    watchlist: Watchlist | None = None
    status: Status | None = None
    result: CheckResult | None = None


def examine(home: Home, now: datetime) -> list[Check]:
    """All checks of a home, in the order in which they should be mended."""
    patient = _Patient(home, now)
    found: list[Check] = []
    for look in _CHECKS:
        try:
            found += look(patient)
        except (HdsWatchError, sqlite3.Error, OSError) as error:
            found.append(
                Check(look.__name__.strip("_"), False, str(error), "mend what the message names, then look again")
            )
    return found


def _settings(patient: _Patient) -> Iterator[Check]:
    patient.settings = load_settings(patient.home)
    yield Check("settings", True, f"{patient.home.settings_file} and the environment are valid")


def _home(patient: _Patient) -> Iterator[Check]:
    path = patient.home.path
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Check(
            "home", False, f"{path} is missing or may not be written", f"mkdir -p {path} and chown it to this user"
        )
        return
    free = shutil.disk_usage(patient.home.path).free
    yield Check(
        "disk", free >= _ENOUGH_BYTES, f"{free // 1_000_000} MB free at {patient.home.path}",
        f"free space at {patient.home.path}, or lower crawl.keep_evidence_bytes",
    )  # fmt: skip
    for name in _PRIVATE:
        path = patient.home.path / name
        if path.exists() and path.stat().st_mode & 0o007:
            yield Check("permissions", False, f"{path} may be read by everyone", f"chmod 600 {path}")


def _databases(patient: _Patient) -> Iterator[Check]:
    remade = {patient.home.published_db: "hdswatch publish"}
    for path in (patient.home.monitor_db, patient.home.registry_db, patient.home.published_db):
        try:
            check_database(path)
            yield Check("database", True, f"{path.name} is whole" if path.exists() else f"{path.name} is not there yet")
        except HdsWatchError as error:
            yield Check("database", False, str(error), remade.get(path, "hdswatch restore DIR"))


def _watchlist(patient: _Patient) -> Iterator[Check]:
    if patient.settings is None:
        return
    patient.watchlist = load_watchlist(patient.settings.watchlist_path(patient.home))
    yield Check("watchlist", True, f"{len(patient.watchlist.contracts)} contract(s) in {patient.watchlist.path}")
    named = {name for contract in patient.watchlist.contracts for name in contract.notify}
    backups = {contact.backup for contact in patient.watchlist.contacts.values()}
    for contact in patient.watchlist.contacts.values():
        if contact.id not in named and contact.id not in backups:
            yield Check(
                "contact", False, f"contact {contact.id} is named by no contract and is nobody's backup",
                f"add {contact.id} to notify of a contract in {patient.watchlist.path}, or remove it",
            )  # fmt: skip
        elif contact.id in named and contact.backup is None:
            yield _without_backup(patient.watchlist, contact)
    for contract in patient.watchlist.contracts:
        if not contract.notify and not contract.closed(paris_date(patient.now)):
            yield Check(
                "contact", False, f"contract {contract.id} notifies nobody",
                f"add a contact to notify of {contract.id} in {patient.watchlist.path}",
            )  # fmt: skip


def _without_backup(watchlist: Watchlist, contact: Contact) -> Check:
    """Advice, not a fault: one person with one address is a watch too. It says what happens when that address dies."""
    together = {name for c in watchlist.contracts if contact.id in c.notify for name in c.notify}
    others = sorted(n for n in together if watchlist.contacts[n].channel != contact.channel)
    told = f"after a day {', '.join(others)} would be told" if others else "nobody would be told"
    return Check(
        "backup", True, f"contact {contact.id} has no backup: when it cannot be reached, {told}",
        f"give {contact.id} a backup on another channel in {watchlist.path}", advice=True,
    )  # fmt: skip


def _channels(patient: _Patient) -> Iterator[Check]:
    if patient.watchlist is None:
        return
    for name, (addresses, problem) in look_up(patient.watchlist).items():
        channel = patient.watchlist.channels[name]
        where = f"environment variable {channel.url_env}" if channel.url_env else f"file {channel.url_file}"
        if problem:
            sentence, _, mend = problem.partition("; run: ")
            yield Check("channel", False, sentence, mend or f"put a working Apprise URL into {where}")
        else:
            assert addresses is not None
            reached = ", ".join(address.label for address in addresses.usable)
            yield Check("channel", True, f"channel {name} names {len(addresses.usable)} recipient(s): {reached}")


def _watch(patient: _Patient) -> Iterator[Check]:
    if patient.settings is None:
        return
    patient.status = read_status(patient.home, patient.settings, patient.now)
    for problem in patient.status.problems:
        sentence, _, mend = problem.partition("; ")
        yield Check("watch", False, sentence, mend or "hdswatch status")
    if not patient.status.problems:
        yield Check("watch", True, f"last pass at {patient.status.last_pass}, nothing waits for delivery")


def _journal(patient: _Patient) -> Iterator[Check]:
    from monitor import journal

    conn = open_reader(patient.home)
    if conn is None:
        return
    with closing(conn):
        count, broken = journal.verify(conn)
    mend = "keep monitor.db as evidence and restore a backup: hdswatch restore DIR"
    yield Check("journal", broken is None, broken or f"{count} entries, unbroken", mend)


def _matches(patient: _Patient) -> Iterator[Check]:
    if patient.watchlist is None or patient.settings is None or not patient.home.published_db.is_file():
        return
    today = paris_date(patient.now)
    result = check(
        load(patient.home.published_db), patient.watchlist, today, today,
        stale_after_days=patient.settings.monitor.stale_after_days,
    )  # fmt: skip
    lost = [one for one in result.contracts if one.match.host is None and one.verdict != "closed"]
    for one in lost:
        yield Check(
            "match", False, f"contract {one.contract.id} ({one.contract.supplier}) matches no host of the list",
            f"hdswatch watchlist suggest, then hdswatch watchlist confirm {one.contract.id} HOST_ID",
        )  # fmt: skip
    if not lost:
        yield Check("match", True, "every open contract matches a host of the list")


_CONTRADICTED = """
    SELECT certificates.host_id FROM contradictions JOIN certificates ON certificates.id = contradictions.certificate_id
    ORDER BY certificates.host_id
"""
_MOST_NAMED = 5


def _contradictions(patient: _Patient) -> Iterator[Check]:
    if not patient.home.published_db.is_file():
        return
    with closing(open_published(patient.home.published_db)) as conn:
        found = [row[0] for row in conn.execute(_CONTRADICTED)]
    if not found:
        yield Check("contradictions", True, "no certificate document disagrees with the list")
        return
    hosts = list(dict.fromkeys(found))
    named = ", ".join(hosts[:_MOST_NAMED]) + (
        f" and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else ""
    )
    yield Check(
        "contradictions", True, f"{len(found)} value(s) on which the list and a certificate document disagree: {named}",
        f"hdswatch host {hosts[0]}, then ask the certification body", advice=True,
    )  # fmt: skip


_CHECKS: tuple[Callable[[_Patient], Iterator[Check]], ...] = (
    _settings, _home, _databases, _watchlist, _channels, _watch, _journal, _matches, _contradictions,
)  # fmt: skip
