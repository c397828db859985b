"""Who is reached through which channel now, and who that was before: recipients keep their identity when a channel is
renamed or its URL changes.

Owns the `recipients` table and the reading of channel URLs from the environment or from files. Only a keyed hash and a
masked label of an address are stored; the address itself lives in the directory of one pass.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.monitor_store import get_meta
from monitor.watchlist import Channel, Watchlist
from registry.clock import stamp

if TYPE_CHECKING:
    from monitor.wire import Address, Addresses


_INHERITED = {
    "told": "alert_id, step, told_on, threshold, message, event_id",
    "outbox": "event_id, contact, state, thread, created_at, attempts, first_failed_at, last_attempt_at, wait, asked, error",
}
"""What the recipients of a channel take over from its placeholder once its address is known."""


@dataclass(frozen=True)
class ChannelState:
    """One channel as found in this pass. `problem` says what is wrong with it, by name only; empty when all is well."""

    channel: Channel
    recipients: tuple[int, ...]
    problem: str = ""


@dataclass(frozen=True)
class Directory:
    """Everyone who can be named in this pass, and the addresses of those who can be reached."""

    channels: Mapping[str, ChannelState]
    addresses: Mapping[int, Address] = field(repr=False)
    homes: Mapping[int, str]
    """Recipient → the channel that serves it."""
    watchlist: Watchlist

    def of_contact(self, contact: str) -> tuple[int, ...]:
        """The recipients behind a contact; none when the watchlist does not know it."""
        known = self.watchlist.contacts.get(contact)
        return self.channels[known.channel].recipients if known else ()

    def of_contacts(self, contacts: Iterable[str]) -> tuple[int, ...]:
        """The recipients behind several contacts, each once, in order."""
        return tuple(dict.fromkeys(r for contact in contacts for r in self.of_contact(contact)))

    def contact_of(self, recipient: int) -> str:
        """The first contact that is reached through this recipient's channel."""
        channel = self.homes.get(recipient)
        return next((c.id for c in self.watchlist.contacts.values() if c.channel == channel), "")

    @property
    def notified(self) -> tuple[int, ...]:
        """Everyone that some contract notifies."""
        return self.of_contacts(dict.fromkeys(name for c in self.watchlist.contracts for name in c.notify))

    def introduced_at(self, conn: sqlite3.Connection) -> dict[int, str | None]:
        """When each recipient that some contract notifies got its inventory; None: not yet."""
        known = {row["id"]: row["introduced"] for row in conn.execute("SELECT id, introduced FROM recipients")}
        return {recipient: known[recipient] for recipient in self.notified}

    @property
    def problems(self) -> list[str]:
        """One sentence for each channel that can't be used whole, if anyone is to be told through it."""
        used = {contact.channel for contact in self.watchlist.contacts.values()}
        return [state.problem for name, state in self.channels.items() if state.problem and name in used]


def read_url(channel: Channel) -> tuple[str | None, str]:
    """(the URL, "") or (None, what is missing). A file that others may read is refused."""
    if channel.url_env:
        value = os.environ.get(channel.url_env, "").strip()
        return (value, "") if value else (None, f"environment variable {channel.url_env} is not set")
    assert channel.url_file is not None
    file = channel.url_file
    try:
        file = _credential(file) or file
        if file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            return None, f"file {file} may be read by everyone; run: chmod 600 {file}"
        value = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        return None, f"file {file} cannot be read ({type(error).__name__})"
    return (value, "") if value else (None, f"file {file} is empty")


def _credential(file: Path) -> Path | None:
    """The file of that name among what systemd hands to this unit (`LoadCredential=`), if it stands nowhere else."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder or file.exists():
        return None
    handed = Path(folder) / file.name
    return handed if handed.exists() else None


def look_up(watchlist: Watchlist) -> dict[str, tuple[Addresses | None, str]]:
    """Channel name → (its addresses, problem). Touches no database."""
    from monitor.delivery import read_channel

    found: dict[str, tuple[Addresses | None, str]] = {}
    for name, channel in watchlist.channels.items():
        url, missing = read_url(channel)
        if url is None:
            found[name] = None, f"channel {name}: {missing}"
            continue
        addresses = read_channel(url)
        problem = f"channel {name}: {addresses.problem}" if addresses.problem else ""
        found[name] = (addresses if addresses.usable else None), problem
    return found


def resolve(conn: sqlite3.Connection, watchlist: Watchlist, now: datetime) -> Directory:
    """Names every recipient of every channel, recognising those of before. Part of the caller's transaction."""
    return _Resolver(conn, watchlist, now).run()


class _Resolver:
    def __init__(self, conn: sqlite3.Connection, watchlist: Watchlist, now: datetime) -> None:
        from monitor.wire import fingerprint

        self.conn, self.watchlist, self.at = conn, watchlist, stamp(now)
        salt = get_meta(conn, "salt") or ""
        self.found = look_up(watchlist)
        self.prints = {
            name: {fingerprint(salt, a): a for a in addresses.usable} if addresses else {}
            for name, (addresses, _) in self.found.items()
        }
        self.current = {print_ for prints in self.prints.values() for print_ in prints}
        self.homes: dict[int, str] = {}
        self.addresses: dict[int, Address] = {}

    def run(self) -> Directory:
        channels = {}
        for name, channel in self.watchlist.channels.items():
            recipients = self._channel(name)
            channels[name] = ChannelState(channel, recipients, self.found[name][1])
        return Directory(channels, self.addresses, self.homes, self.watchlist)

    def _channel(self, name: str) -> tuple[int, ...]:
        prints = self.prints[name]
        if not prints:
            known = self._stored(name) or (self._add(name, "unresolved", f"channel:{name}", name),)
            for recipient in known:
                self.homes.setdefault(recipient, name)
            return known
        recipients = tuple(self._recipient(name, print_, address) for print_, address in prints.items())
        self._hand_over(name, recipients)
        return recipients

    def _recipient(self, name: str, print_: str, address: Address) -> int:
        row = self.conn.execute("SELECT id FROM recipients WHERE fingerprint = ?", (print_,)).fetchone()
        if row is not None:
            recipient = int(row["id"])
            if recipient not in self.homes:
                self.conn.execute(
                    "UPDATE recipients SET channel = ?, label = ? WHERE id = ?", (name, address.label, recipient)
                )
        else:
            recipient = self._successor(name, print_, address) or self._add(name, address.kind, print_, address.label)
        self.homes.setdefault(recipient, name)
        self.addresses.setdefault(recipient, address)
        return recipient

    def _successor(self, name: str, print_: str, address: Address) -> int | None:
        """The recipient that this address takes over from: the channel's own, when the URL of a service was changed."""
        if address.kind != "service":
            return None
        rows = self.conn.execute("SELECT * FROM recipients WHERE channel = ? AND kind = 'service' ORDER BY id", (name,))
        for row in rows.fetchall():
            if row["fingerprint"] not in self.current and row["id"] not in self.homes:
                self.conn.execute(
                    "UPDATE recipients SET fingerprint = ?, label = ? WHERE id = ?", (print_, address.label, row["id"])
                )
                return int(row["id"])
        return None

    def _hand_over(self, name: str, recipients: tuple[int, ...]) -> None:
        """What waited for a channel without an address goes to everyone who turns out to be behind it."""
        row = self.conn.execute("SELECT * FROM recipients WHERE fingerprint = ?", (f"channel:{name}",)).fetchone()
        if row is None:
            return
        for recipient in recipients:
            for table, columns in _INHERITED.items():
                self.conn.execute(
                    f"INSERT OR IGNORE INTO {table} (recipient_id, {columns})"  # noqa: S608  names from the table above
                    f" SELECT ?, {columns} FROM {table} WHERE recipient_id = ?",
                    (recipient, row["id"]),
                )
            # What a mail follows up is the copy that this recipient gets, not the one that nobody was sent.
            self.conn.execute(
                "UPDATE outbox SET thread = substr(thread, 1, instr(thread, '.')) || ?1"
                " WHERE recipient_id = ?1 AND thread LIKE '%.' || ?2",
                (recipient, row["id"]),
            )
            self.conn.execute(
                "UPDATE recipients SET introduced = COALESCE(introduced, ?) WHERE id = ?",
                (row["introduced"], recipient),
            )
        for table in _INHERITED:
            self.conn.execute(f"DELETE FROM {table} WHERE recipient_id = ?", (row["id"],))  # noqa: S608  as above
        self.conn.execute("DELETE FROM recipients WHERE id = ?", (row["id"],))

    def _stored(self, name: str) -> tuple[int, ...]:
        rows = self.conn.execute("SELECT id FROM recipients WHERE channel = ? ORDER BY id", (name,))
        return tuple(int(row["id"]) for row in rows)

    def _add(self, name: str, kind: str, print_: str, label: str) -> int:
        made = self.conn.execute(
            "INSERT INTO recipients (channel, kind, fingerprint, label, first_seen)"
            " VALUES (?, ?, ?, ?, ?) RETURNING id",
            (name, kind, print_, label, self.at),
        ).fetchone()
        return int(made["id"])
