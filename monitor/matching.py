"""Which host of the registry a contract's supplier is (contract, section 5, "Matching").

Pure. Keys in order: `host_id`, `siren`, `certificate_numbers`, then names; the first that finds anything decides. A
score never binds: it only makes a suggestion that a person confirms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from monitor.likeness import LIKELY, Names
from monitor.watchlist import Contract
from registry.snapshot import Host, Snapshot
from registry.text import clean, normalise_name

WORTH_A_LOOK = 50.0
"""Likeness from which a name is suggested to a person who asks."""
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")


class How(StrEnum):
    """The key that found the host."""

    HOST_ID = "host_id"
    SIREN = "siren"
    CERTIFICATE_NUMBER = "certificate_number"
    NAME = "name"
    ALIAS = "alias"
    NONE = "none"


class Doubt(StrEnum):
    """Why no host is bound."""

    NOTHING = "nothing"
    HOST_ID = "host_id"
    """A person chose an id that no host has."""
    SEVERAL = "several"
    SIREN = "siren"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A host that a person may choose, with the reason and a similarity from 0 to 100."""

    host: Host
    score: float
    why: str
    """`siren`, `certificate_number`, `name`, `alias`, `similar` or `words`."""
    seen: str = ""
    """The name of the host that resembles the supplier's."""


@dataclass(frozen=True, slots=True)
class Match:
    """The host of a contract, or why there is none. `host` is set only when it is certain."""

    host: Host | None = None
    how: How = How.NONE
    doubt: Doubt | None = None
    candidates: tuple[Suggestion, ...] = ()
    """For `several` and `siren` the hosts found; for `likely` the best suggestions."""

    @property
    def score(self) -> float | None:
        """100 for a certain match, the best suggestion's similarity for a likely one, else None."""
        if self.host is not None:
            return 100.0
        return round(self.candidates[0].score, 1) if self.candidates else None


_Found = dict[str, How]
"""Ids of the hosts that a key finds, with the key that found each."""
_NOTHING: _Found = {}


class Matcher:
    """Matches contracts against one snapshot; the indexes are built once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._by_siren: dict[str, _Found] = defaultdict(dict)
        self._by_number: dict[str, _Found] = defaultdict(dict)
        self._by_name: dict[str, _Found] = defaultdict(dict)
        for host in snapshot.hosts.values():
            if host.siren:
                self._by_siren[host.siren][host.id] = How.SIREN
            if name := normalise_name(host.legal_name):
                self._by_name[name][host.id] = How.NAME
            for certificate in host.certificates:
                if certificate.number and (number := comparable_number(certificate.number)):
                    self._by_number[number][host.id] = How.CERTIFICATE_NUMBER
        for alias in snapshot.aliases:
            if alias.host_id in snapshot.hosts and (name := normalise_name(alias.alias)):
                self._by_name[name].setdefault(alias.host_id, How.ALIAS)
        self._normalised: dict[str, str] = {}
        self._certain: dict[tuple[str, How], Match] = {}
        self._likely: dict[str, tuple[Suggestion, ...]] = {}

    def match(self, contract: Contract) -> Match:
        """The host of a contract. Later keys are not looked at once one has found anything."""
        if contract.host_id is not None:
            if contract.host_id not in self.snapshot.hosts:
                return Match(doubt=Doubt.HOST_ID)
            return self._decide(contract, {contract.host_id: How.HOST_ID})
        for key in (self._siren, self._numbers, self._names):
            if found := key(contract):
                return self._decide(contract, found)
        likely = self.likely(contract)
        return Match(doubt=Doubt.LIKELY, candidates=likely) if likely else Match(doubt=Doubt.NOTHING)

    def _decide(self, contract: Contract, found: _Found) -> Match:
        hosts = self.snapshot.hosts
        if len(found) > 1:
            several = tuple(Suggestion(hosts[one], 100.0, str(found[one])) for one in sorted(found))
            return Match(doubt=Doubt.SEVERAL, candidates=several)
        (key,) = found.items()
        host_id, how = key
        host = hosts[host_id]
        if contract.siren and host.siren and contract.siren != host.siren:
            return Match(doubt=Doubt.SIREN, candidates=(Suggestion(host, 100.0, str(how)),))
        certain = self._certain.get(key)
        if certain is None:
            certain = self._certain[key] = Match(host, how)
        return certain

    def _siren(self, contract: Contract) -> _Found:
        return self._by_siren.get(contract.siren, _NOTHING) if contract.siren else _NOTHING

    def _numbers(self, contract: Contract) -> _Found:
        if not contract.certificate_numbers:
            return _NOTHING
        numbers = map(comparable_number, contract.certificate_numbers)
        return {host_id: how for number in numbers for host_id, how in self._by_number.get(number, _NOTHING).items()}

    def _names(self, contract: Contract) -> _Found:
        """`name` is the supplier's own name against a legal name; anything with an alias in it is `alias`."""
        found = self._by_name.get(self._normal(contract.supplier), _NOTHING)
        if not contract.aliases:
            return found
        others = [self._by_name.get(self._normal(alias), _NOTHING) for alias in contract.aliases]
        return {host_id: How.ALIAS for other in others for host_id in other} | found

    def _normal(self, name: str) -> str:
        normal = self._normalised.get(name)
        if normal is None:
            normal = self._normalised[name] = normalise_name(name)
        return normal

    def likely(self, contract: Contract, most: int = 5) -> tuple[Suggestion, ...]:
        """Hosts whose name resembles the supplier's or one of its aliases enough to ask a person, best first."""
        found: list[Suggestion] = []
        for name in map(self._normal, (contract.supplier, *contract.aliases)):
            if name not in self._likely:
                self._likely[name] = tuple(self._alike(name, LIKELY))
            found += self._likely[name]
        return _best(found)[:most]

    def suggest(self, contract: Contract, most: int = 5) -> tuple[Suggestion, ...]:
        """The best candidates for a person, whatever their score, each with why. Exact keys come first."""
        hosts = self.snapshot.hosts
        found = [
            Suggestion(hosts[host_id], 100.0, str(how))
            for key in (self._siren, self._numbers, self._names)
            for host_id, how in key(contract).items()
        ]
        for given in (contract.supplier, *contract.aliases):
            found += self._alike(self._normal(given), WORTH_A_LOOK)
        return _best(found)[:most]

    def _alike(self, name: str, least: float) -> Iterator[Suggestion]:
        for one in self._all_names.alike(name, least):
            yield Suggestion(self.snapshot.hosts[one.host_id], one.score, one.why, one.seen)

    @cached_property
    def _all_names(self) -> Names:
        legal = [(host.id, host.legal_name) for host in self.snapshot.hosts.values()]
        others = [(one.host_id, one.alias) for one in self.snapshot.aliases if one.host_id in self.snapshot.hosts]
        return Names([*legal, *others])


@lru_cache(maxsize=1)
def matcher_of(snapshot: Snapshot) -> Matcher:
    """The matcher of a snapshot; that of the last one asked for is kept."""
    return Matcher(snapshot)


def comparable_number(number: str) -> str:
    """A certificate number for comparison: white space, case and sorts of hyphen don't matter; everything else does.

    Stricter than `registry.numbers`, which looks for the same certificate in another spelling: here the number is what
    ties a contract to a host."""
    return clean(number).translate(_DASHES).casefold()


def _best(suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """The best one of each host, best first."""
    best: dict[str, Suggestion] = {}
    for one in suggestions:
        if one.host.id not in best or one.score > best[one.host.id].score:
            best[one.host.id] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.host.id)))
