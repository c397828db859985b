"""Which host of the registry a contract's supplier is (contract, section 5, "Matching").

Pure. Keys in order: `host_id`, `siren`, `certificate_numbers`, then names; the first that finds anything decides. A
score never binds: it only makes a suggestion that a person confirms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from monitor.watchlist import Contract
from registry.snapshot import Host, Snapshot
from registry.text import clean, normalise_name

LIKELY = 85.0
"""Similarity of two normalised names, 0 to 100, from which the name counts as likely."""
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
        return self.candidates[0].score if self.candidates else None


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
                if certificate.number and (number := normalise_number(certificate.number)):
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
        numbers = map(normalise_number, contract.certificate_numbers)
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
        best: dict[str, Suggestion] = {}
        for given in (contract.supplier, *contract.aliases):
            name = self._normal(given)
            if name not in self._likely:
                self._likely[name] = tuple(one for one in self.similar(name) if one.score >= LIKELY)
            _keep_best(best, self._likely[name])
        return tuple(sorted(best.values(), key=_best_first)[:most])

    def suggest(self, contract: Contract, most: int = 5) -> tuple[Suggestion, ...]:
        """The best candidates for a person, whatever their score, each with why. Exact keys come first."""
        best: dict[str, Suggestion] = {}
        for key in (self._siren, self._numbers, self._names):
            exact = (Suggestion(self.snapshot.hosts[one], 100.0, str(how)) for one, how in key(contract).items())
            _keep_best(best, exact)
        for given in (contract.supplier, *contract.aliases):
            _keep_best(best, self.similar(self._normal(given)))
        return tuple(sorted(best.values(), key=_best_first)[:most])

    def similar(self, name: str, most: int = 20) -> list[Suggestion]:
        """Hosts by similarity to a normalised name. Word order is ignored; shared whole words are a hint of their own,
        capped below certainty because `claranet` is not `claranet e santé`."""
        from rapidfuzz import fuzz, process

        if not name:
            return []
        names = self._all_names
        ordered = " ".join(sorted(name.split()))
        found = process.extract(ordered, names.keys(), scorer=fuzz.ratio, score_cutoff=50, limit=most)
        suggestions: dict[str, Suggestion] = {}
        for seen, score, _ in found:
            _keep_best(suggestions, self._named(names[seen], min(score, 99.0), "similar"))
        _keep_best(suggestions, self._sharing_words(set(name.split())))
        return sorted(suggestions.values(), key=_best_first)[:most]

    def _named(self, owners: Iterable[tuple[str, str]], score: float, why: str) -> Iterable[Suggestion]:
        return (Suggestion(self.snapshot.hosts[host_id], score, why, seen) for host_id, seen in owners)

    def _sharing_words(self, words: set[str]) -> Iterable[Suggestion]:
        """One name's words all stand in the other, and they are rare enough to mean something."""
        telling = {word for word in words if 0 < len(self._by_word.get(word, ())) <= self._common}
        for seen in {seen for word in telling for seen in self._by_word[word]}:
            theirs = set(seen.split())
            if (theirs <= words or words <= theirs) and telling & theirs:
                share = len(words & theirs) / len(words | theirs)
                yield from self._named(self._all_names[seen], 85.0 + 10.0 * share, "words")

    @cached_property
    def _all_names(self) -> dict[str, list[tuple[str, str]]]:
        """Normalised name with its words sorted → hosts that bear it and how it is printed."""
        names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        printed = [(host.legal_name, host.id) for host in self.snapshot.hosts.values()]
        printed += [(one.alias, one.host_id) for one in self.snapshot.aliases if one.host_id in self.snapshot.hosts]
        for seen, host_id in printed:
            if name := normalise_name(seen):
                names[" ".join(sorted(name.split()))].append((host_id, seen))
        return dict(names)

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        words: dict[str, list[str]] = defaultdict(list)
        for name in self._all_names:
            for word in set(name.split()):
                words[word].append(name)
        return dict(words)

    @property
    def _common(self) -> int:
        """A word that more names than this share (cloud, health, services…) tells nothing."""
        return max(3, len(self._all_names) // 100)


@lru_cache(maxsize=1)
def matcher_of(snapshot: Snapshot) -> Matcher:
    """The matcher of a snapshot; that of the last one asked for is kept."""
    return Matcher(snapshot)


def normalise_number(number: str) -> str:
    """A certificate number for comparison: white space, case and sorts of hyphen don't matter; everything else does."""
    return clean(number).translate(_DASHES).casefold()


def _keep_best(best: dict[str, Suggestion], suggestions: Iterable[Suggestion]) -> None:
    for one in suggestions:
        if one.host.id not in best or one.score > best[one.host.id].score:
            best[one.host.id] = one


def _best_first(suggestion: Suggestion) -> tuple[float, str]:
    return (-suggestion.score, suggestion.host.id)
