"""The watchlist: what an organisation contracted, with whom, and whom to tell.

Owns its shapes and how a file becomes them. Never looks at the registry or at the clock, and never opens a channel's
address: that is for delivery. Every fault is reported with file, line, field, what is allowed and what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from monitor import watchlist_schema as schema
from monitor.watchlist_schema import DEFAULT_THRESHOLDS, QuietHours
from monitor.watchlist_yaml import Node, Problem, WrongFile, read_yaml

__all__ = ["Channel", "Contact", "Contract", "QuietHours", "Quoted", "Silence", "Watchlist", "load_watchlist"]


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go: the name of an environment variable, or a file, that holds an Apprise URL."""

    name: str
    url_env: str | None = None
    url_file: Path | None = None
    quiet_hours: QuietHours | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person. `channel` names a channel, `backup` another contact."""

    id: str
    role: str
    channel: str
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """What the contract says about the certificate; None was not quoted."""

    certificate_number: str | None = None
    expires_on: date | None = None
    activities: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract to watch. Dates are inclusive civil dates; None is open."""

    id: str
    supplier: str
    activities: frozenset[int]
    siren: str | None = None
    host_id: str | None = None
    certificate_numbers: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: int | None = None
    criticality: str = "normal"
    notify: tuple[str, ...] = ()
    quoted: Quoted | None = None
    notes: str = ""

    def closed(self, on: date) -> bool:
        """Outside its dates."""
        return (self.starts_on is not None and on < self.starts_on) or (self.ends_on is not None and on > self.ends_on)


@dataclass(frozen=True, slots=True)
class Silence:
    """Messages of one code about one contract are held back, dates inclusive. Never changes a verdict."""

    contract: str
    code: str
    since: date
    until: date
    by: str
    reason: str


@dataclass(frozen=True)
class Watchlist:
    """A whole, valid watchlist."""

    organisation: str = ""
    language: str = "fr"
    thresholds: tuple[int, ...] = DEFAULT_THRESHOLDS
    """Days before coverage ends, widest first."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    contracts: tuple[Contract, ...] = ()
    silences: tuple[Silence, ...] = ()
    path: Path | None = None

    def silenced(self, contract: str, code: str, on: date) -> Silence | None:
        """The silence that holds back this code of this contract on a day, if any."""
        for silence in self.silences:
            if silence.contract == contract and silence.code == code and silence.since <= on <= silence.until:
                return silence
        return None


def load_watchlist(path: Path) -> Watchlist:
    """Reads and checks a watchlist file.

    Raises WrongFile (a ConfigurationError, exit 2) naming every fault as `file:line: field: expected …, found …`.
    Memory is bounded: the file's size is capped, nothing in it can multiply itself, contracts are kept compactly.
    """
    return _Loader(path).load()


class _Loader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.contracts: dict[str, Contract] = {}
        self.contract_lines: dict[str, int] = {}
        self.notify_lines: list[tuple[int, int, tuple[str, ...]]] = []
        self.sets: dict[tuple[Any, ...], Any] = {}

    def load(self) -> Watchlist:
        top = read_yaml(self.path, {"contracts": self._contract}, self.problems)
        plain = self._plain(top)
        channels = self._channels(top.get("channels"))
        contacts = self._contacts(top.get("contacts"), channels)
        self._list(top.get("contracts"), "contracts", required=True)
        self._check_notify(contacts)
        silences = self._silences(top.get("silences"))
        if self.problems:
            raise WrongFile(self.path, sorted(self.problems, key=lambda problem: problem.line))
        return Watchlist(
            organisation=plain["organisation"],
            language=plain["language"],
            thresholds=tuple(sorted(plain["thresholds"], reverse=True)),
            channels=channels,
            contacts=contacts,
            contracts=tuple(self.contracts.values()),
            silences=silences,
            path=self.path,
        )

    def _wrong(self, line: int, where: str, expected: str, found: str) -> None:
        self.problems.append(Problem(line, where, expected, found))

    def _plain(self, top: dict[str, Node]) -> dict[str, Any]:
        lists = ("channels", "contacts", "contracts", "silences")
        for name in top.keys() - schema.TOP.fields.keys() - set(lists):
            allowed = ", ".join([*schema.TOP.fields, *lists])
            self._wrong(top[name].line, name, f"one of the keys {allowed}", "an unknown key")
        known = {name: node for name, node in top.items() if name in schema.TOP.fields}
        return schema.read_table(schema.TOP, Node(1, known), "", self.problems)

    def _list(self, node: Node | None, where: str, *, required: bool = False) -> list[Node]:
        if node is None:
            if required:
                self._wrong(1, where, "a list (required)", "no such key")
            return []
        if isinstance(node.value, list):
            return node.value
        if required or not node.is_null:
            self._wrong(node.line, where, "a list", node.shown())
        return []

    def _channels(self, node: Node | None) -> dict[str, Channel]:
        if node is None or not isinstance(node.value, dict):
            found = node.shown() if node else "no such key"
            self._wrong(node.line if node else 1, "channels", "a mapping of name to url_env or url_file", found)
            return {}
        channels = {}
        for name, given in node.value.items():
            where = f"channels.{name}"
            schema.read_value(schema.ID, Node(given.line, name), where, self.problems)
            values = schema.read_table(schema.CHANNEL, given, where, self.problems)
            sources = [key for key in ("url_env", "url_file") if values.get(key)]
            if values and len(sources) != 1 and not (isinstance(given.value, dict) and "url" in given.value):
                found = "both" if sources else "neither"
                self._wrong(given.line, where, "exactly one of url_env and url_file", found)
            file = values.get("url_file")
            channels[name] = Channel(
                name,
                values.get("url_env"),
                self.path.parent / Path(file).expanduser() if file else None,
                values.get("quiet_hours"),
            )
        return channels

    def _contacts(self, node: Node | None, channels: Mapping[str, Channel]) -> dict[str, Contact]:
        contacts: dict[str, Contact] = {}
        lines: dict[str, dict[str, int]] = {}
        for place, given in enumerate(self._list(node, "contacts", required=True)):
            where = f"contacts[{place}]"
            values = schema.read_table(schema.CONTACT, given, where, self.problems)
            if not values or values["id"] is None:
                continue
            contact = Contact(**values)
            assert isinstance(given.value, dict)
            lines[contact.id] = {name: one.line for name, one in given.value.items()}
            if contact.id in contacts:
                self._wrong(lines[contact.id]["id"], f"{where}.id", "each contact once", f"{contact.id!r} again")
            if contact.channel is not None and contact.channel not in channels:
                self._unknown(lines[contact.id]["channel"], f"{where}.channel", "channel", contact.channel, channels)
            contacts[contact.id] = contact
        for place, contact in enumerate(contacts.values()):
            if contact.backup is None:
                continue
            line = lines[contact.id]["backup"]
            if contact.backup not in contacts:
                self._unknown(line, f"contacts[{place}].backup", "contact", contact.backup, contacts)
            elif contact.backup == contact.id:
                self._wrong(line, f"contacts[{place}].backup", "another contact", "the contact itself")
        return contacts

    def _unknown(self, line: int, where: str, what: str, found: str, allowed: Mapping[str, Any]) -> None:
        names = ", ".join(list(allowed)[:20]) or "none is declared"
        self._wrong(line, where, f"a {what} declared in this file ({names})", repr(found))

    def _contract(self, place: int, node: Node) -> None:
        where = f"contracts[{place}]"
        before = len(self.problems)
        values = schema.read_table(schema.CONTRACT, node, where, self.problems)
        if not values or values["id"] is None:
            return
        lines = node.value
        assert isinstance(lines, dict)
        key = values["id"]
        if key in self.contracts:
            first = self.contract_lines[key]
            self._wrong(lines["id"].line, f"{where}.id", "each contract once", f"{key!r} again (first on line {first})")
        starts, ends = values["starts_on"], values["ends_on"]
        if starts and ends and starts > ends:
            self._wrong(lines["ends_on"].line, f"{where}.ends_on", f"{starts} (starts_on) or later", str(ends))
        self.contract_lines[key] = lines["id"].line
        if len(self.problems) > before:
            self.contracts.setdefault(key, Contract(key, "", frozenset()))
            return
        self.notify_lines.append((place, lines["notify"].line, self._shared(values["notify"])))
        self.contracts[key] = self._built(values)

    def _built(self, values: dict[str, Any]) -> Contract:
        quoted = values["quoted"]
        if quoted is not None:
            activities = quoted["activities"]
            values["quoted"] = Quoted(
                quoted["certificate_number"],
                quoted["expires_on"],
                self._set(activities) if activities is not None else None,
            )
        values["activities"] = self._set(values["activities"])
        values["notify"] = self._shared(values["notify"])
        return Contract(**values)

    def _set(self, values: tuple[int, ...]) -> frozenset[int]:
        shared: frozenset[int] = self.sets.setdefault(("set", *sorted(values)), frozenset(values))
        return shared

    def _shared(self, values: tuple[str, ...]) -> tuple[str, ...]:
        shared: tuple[str, ...] = self.sets.setdefault(values, values)
        return shared

    def _check_notify(self, contacts: Mapping[str, Contact]) -> None:
        for place, line, names in self.notify_lines:
            for name in names:
                if name not in contacts:
                    self._unknown(line, f"contracts[{place}].notify", "contact", name, contacts)

    def _silences(self, node: Node | None) -> tuple[Silence, ...]:
        silences = []
        for place, given in enumerate(self._list(node, "silences")):
            where = f"silences[{place}]"
            before = len(self.problems)
            values = schema.read_table(schema.SILENCE, given, where, self.problems)
            if len(self.problems) > before:
                continue
            assert isinstance(given.value, dict)
            if values["contract"] not in self.contracts:
                self._unknown(
                    given.value["contract"].line, f"{where}.contract", "contract", values["contract"], self.contracts
                )
            if values["from"] > values["until"]:
                line = given.value["until"].line
                self._wrong(line, f"{where}.until", f"{values['from']} (from) or later", str(values["until"]))
            values["since"] = values.pop("from")
            silences.append(Silence(**values))
        return tuple(silences)
