"""Which host a printed row belongs to: one id through renaming, new spellings and brands, two for two companies.

Pure. A SIREN decides; without one the normalised name does; then known other names, then a certificate that moved with
the name. Doubt makes a new host, never a merge: a person can merge (`decisions`). Certificates are for `succession`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from registry.host_names import legal_form, name_key
from registry.ids import Memory
from registry.models import CertificateRecord
from registry.numbers import normalise_number
from registry.state import Host
from registry.statements import common


@dataclass(frozen=True)
class Rules:
    """What people decided and reviewed about identity, ready to apply."""

    merged: Mapping[str, str] = field(default_factory=dict)
    """Host id → the host it is part of."""
    pinned: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(`name`, `siren` or `number`; value) → the host that such rows belong to."""
    sirens: Mapping[str, str] = field(default_factory=dict)
    """Host id → SIREN that a person confirmed."""
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Host id → names that a person gave it, as printed → kind."""
    kin: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Host id → hosts that a decision, even an undone one, ever joined it with or parted it from."""
    parted: frozenset[str] = frozenset()
    """Hosts that a decision, even an undone one, ever parted from another."""
    same: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Normalised name → all normalised names of its reviewed group (vocabulary/aliases.yml)."""
    certifier_names: Mapping[str, str] = field(default_factory=dict)
    """Certifier id → the name to show for a body that only certificates name."""

    def final(self, host_id: str) -> str:
        """The host that this one is part of, itself if none."""
        seen = {host_id}
        while (target := self.merged.get(host_id)) is not None and target not in seen:
            seen.add(target)
            host_id = target
        return host_id


@dataclass(slots=True, eq=False)
class Group:
    """The rows of one host in one reading of the list."""

    key: str
    """The normalised name, the commonest of several."""
    siren: str | None
    pinned: str | None = None
    records: list[CertificateRecord] = field(default_factory=list)

    @property
    def names(self) -> Counter[str]:
        """Printed names with how often."""
        return Counter(record.legal_name for record in self.records)

    @property
    def sort(self) -> tuple[str, str, str, str]:
        return (self.key, self.siren or "", min(record.legal_name for record in self.records), self.pinned or "")


def group(records: Iterable[CertificateRecord], rules: Rules) -> list[Group]:
    """The rows of a reading, host by host, in an order that does not depend on the order of the rows."""
    keys: dict[str, str] = {}
    by_siren: dict[str, Group] = {}
    nameless: dict[str, list[CertificateRecord]] = defaultdict(list)
    pinned: dict[str, Group] = {}
    for record in records:
        key = keys.get(record.legal_name)
        if key is None:
            key = keys[record.legal_name] = name_key(record.legal_name)
        if rules.pinned and (pin := _pin(record, key, rules)) is not None:
            pinned.setdefault(pin, Group(key, None, pin)).records.append(record)
        elif record.siren:
            by_siren.setdefault(record.siren, Group(key, record.siren)).records.append(record)
        else:
            nameless[key].append(record)
    for found in pinned.values():
        found.siren = common(record.siren for record in found.records)
    for found in (*pinned.values(), *by_siren.values()):
        found.key = _commonest(keys[record.legal_name] for record in found.records)
    groups = [*pinned.values(), *by_siren.values()]
    named = _by_printed_key(by_siren.values(), keys)
    for key in sorted(nameless):  # rows that join a host narrow which rows of its other names may
        groups += _place(key, nameless[key], named.get(key, []))
    return sorted(groups, key=lambda found: found.sort)


def _commonest(values: Iterable[str]) -> str:
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value))


def _pin(record: CertificateRecord, key: str, rules: Rules) -> str | None:
    number = normalise_number(record.number)
    return (
        rules.pinned.get(("number", number or ""))
        or rules.pinned.get(("siren", record.siren or ""))
        or rules.pinned.get(("name", key))
    )


def _by_printed_key(groups: Iterable[Group], keys: Mapping[str, str]) -> dict[str, list[Group]]:
    named: dict[str, list[Group]] = defaultdict(list)
    for found in groups:
        for key in {keys[record.legal_name] for record in found.records}:
            named[key].append(found)
    return named


Marks = tuple[str, str]
"""Country and legal form, as far as printed: what tells two companies of one name apart."""


def _place(key: str, rows: list[CertificateRecord], with_siren: Sequence[Group]) -> Iterator[Group]:
    """Rows without SIREN under one name: part of the one host with a SIREN of that name, or hosts of their own.

    Two legal forms, or two countries, printed side by side are two companies; a row that names neither joins the only
    one there is.
    """
    by_marks: dict[Marks, list[CertificateRecord]] = defaultdict(list)
    for row in rows:
        by_marks[row.country or "", legal_form(row.legal_name, key)].append(row)
    clusters = [(found, _marks_of(found)) for found in with_siren]
    for marks in sorted(by_marks, key=lambda one: (one.count(""), one)):
        fitting = [place for place, (_, known) in enumerate(clusters) if _compatible(known, marks)]
        if len(fitting) == 1:
            found, known = clusters[fitting[0]]
            found.records += by_marks[marks]
            clusters[fitting[0]] = (found, (known[0] or marks[0], known[1] or marks[1]))
        else:
            found = Group(key, None, records=by_marks[marks])
            clusters.append((found, marks))
            yield found


def _marks_of(found: Group) -> Marks:
    forms = {legal_form(name, name_key(name)) for name in found.names} - {""}
    return common(record.country for record in found.records) or "", min(forms, default="")


def _compatible(one: Marks, other: Marks) -> bool:
    return all(not a or not b or a == b for a, b in zip(one, other, strict=True))


class Assignment:
    """Finds the known host of every group of one reading. Each step only takes what the steps before left open."""

    def __init__(self, hosts: Mapping[str, Host], rules: Rules, memory: Memory) -> None:
        self._hosts = hosts
        self._rules = rules
        self._memory = memory
        self._by_siren: dict[str, Host] = {}
        self._by_key: dict[str, list[Host]] = defaultdict(list)
        parted = set(rules.pinned.values())
        self._open = {host_id: host for host_id, host in hosts.items() if host_id not in parted}
        """All but hosts that a person parted from another: only rows that the person named are theirs."""
        for host in self._open.values():
            if host.values.siren:
                self._by_siren[host.values.siren] = host
            self._by_key[host.key].append(host)
        self._found: dict[Group, Host] = {}
        self._claimed: set[str] = set()
        self.moved: set[Group] = set()
        """Groups that are only by a merge part of their host."""

    def assign(self, groups: Sequence[Group]) -> dict[Group, Host]:
        """Group → host, for the groups whose host is known; several groups may belong to one host."""
        present = {found.siren for found in groups}
        for found in groups:
            if (host := self._by_decision(found, present)) is not None:
                self._take(found, host)
        free = [found for found in groups if not found.pinned and found not in self.moved]
        for step in (self._siren, self._name):
            for found in free:
                if found not in self._found and (host := step(found)) is not None:
                    self._take(found, host)
        open_groups = [found for found in free if found not in self._found]
        if open_groups:
            self._link(open_groups, self._other_names)
            self._link([found for found in open_groups if found not in self._found], self._certificates)
        return self._found

    def _take(self, found: Group, host: Host) -> None:
        self._found[found] = host
        self._claimed.add(host.id)

    def _by_decision(self, found: Group, present: Container[str | None]) -> Host | None:
        once = found.pinned or next(self._memory.hosts(found, present), None)
        if once is None or not (found.pinned or once in self._rules.merged):
            return None
        if once in self._rules.merged:
            self.moved.add(found)
        return self._hosts.get(self._rules.final(once))

    def _siren(self, found: Group) -> Host | None:
        return self._by_siren.get(found.siren) if found.siren else None

    def _name(self, found: Group) -> Host | None:
        """The host of that name: with a SIREN only one that has none yet, without one the best that is not another."""
        known = [host for host in self._by_key.get(found.key, []) if not (found.siren and host.values.siren)]
        if found.siren is None and len(known) > 1:
            mark = _marks_of(found)
            fitting = [
                h for h in known if _compatible(mark, (h.values.country or "", legal_form(h.values.legal_name, h.key)))
            ]
            known = _preferred(fitting, lambda host: host.values.siren is None, lambda host: host.listed)
        if found.siren is not None or len(known) > 1:
            known = [host for host in known if host.id not in self._claimed]
        return known[0] if len(known) == 1 else None

    def _link(self, groups: Sequence[Group], evidence: Callable[[Group], set[str]]) -> None:
        """Joins a group and an unclaimed host that point at each other and at nothing else."""
        free = {host.id: host for host in self._open.values() if host.id not in self._claimed}
        wanted: dict[Group, set[str]] = {}
        for found in groups:
            wanted[found] = {
                host_id for host_id in evidence(found)
                if host_id in free and not (found.siren and free[host_id].values.siren)
            }  # fmt: skip
        suitors = Counter(host_id for ids in wanted.values() for host_id in ids)
        for found, ids in wanted.items():
            if len(ids) == 1 and suitors[next(iter(ids))] == 1:
                self._take(found, free[next(iter(ids))])

    def _other_names(self, found: Group) -> set[str]:
        """Hosts known under one of the group's names or brands, or whose name is one of them."""
        names = {found.key} | {name_key(brand) for record in found.records for brand in record.brands}
        names |= {name for own in tuple(names) for name in self._rules.same.get(own, ())}
        hits = {host.id for name in names for host in self._by_key.get(name, ())}
        return hits | {host_id for name in {found.key} for host_id in self._by_alias.get(name, ())}

    @cached_property
    def _by_alias(self) -> dict[str, set[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for host in self._open.values():
            for alias in host.aliases:
                index[name_key(alias)].add(host.id)
        for host_id, names in self._rules.aliases.items():
            for name in names:
                if host_id in self._open:
                    index[name_key(name)].add(host_id)
        return index

    def _certificates(self, found: Group) -> set[str]:
        """Hosts whose certificate the group carries: same number, certifier and dates, under another name."""
        hits: set[str] = set()
        for record in found.records:
            dates = [d.isoformat() if d else None for d in (record.issued_on, record.expires_on)]
            if proof := _certificate_proof(record.number, record.certifier_id, dates[0], dates[1]):
                hits |= self._by_certificate.get(proof, set())
        return hits

    @cached_property
    def _by_certificate(self) -> dict[tuple[str, ...], set[str]]:
        index: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for host in self._open.values():
            for held in host.certificates:
                v = held.values
                if proof := _certificate_proof(v.number, v.certifier_id, v.issued_on, v.expires_on):
                    index[proof].add(host.id)
        return index


def _certificate_proof(
    number: str | None, certifier: str | None, issued: str | None, expires: str | None
) -> tuple[str, ...] | None:
    key = normalise_number(number)
    return (key, certifier, issued or "", expires) if key and certifier and expires else None


def _preferred(hosts: list[Host], *wishes: Callable[[Host], bool]) -> list[Host]:
    """The hosts that meet the wishes, most important first; a wish that none meets is dropped."""
    for wish in wishes:
        hosts = [host for host in hosts if wish(host)] or hosts
    return hosts
