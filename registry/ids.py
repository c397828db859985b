"""Readable ids that never change, and finding them again when history is folded anew. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from registry.changes import CertificateValues
from registry.host_names import legal_form, name_key
from registry.numbers import normalise_number
from registry.text import slug

if TYPE_CHECKING:
    from registry.identity import Group


_SIREN = "host:siren:"


class Memory:
    """By what hosts and certificates were known before history was folded again, and the ids they had, oldest first."""

    def __init__(self, given_ids: Iterable[tuple[str, str]]) -> None:
        self._given: dict[str, list[str]] = defaultdict(list)
        for key, id_ in given_ids:
            self._given[key].append(id_)
        self._sirens: dict[str, set[str]] = defaultdict(set)
        for key, ids in self._given.items():
            if key.startswith(_SIREN):
                for id_ in ids:
                    self._sirens[id_].add(key.removeprefix(_SIREN))
        self.ids = frozenset(id_ for ids in self._given.values() for id_ in ids)

    def hosts(self, found: Group, present: Container[str | None]) -> Iterator[str]:
        """Ids of hosts with the group's SIREN; then of that name, but for those that have another SIREN; last, for a
        group without SIREN, of hosts of that name whose SIREN became known at another time and is not `present` in
        this reading of the list."""
        if not self._given:
            return
        if found.siren:
            yield from self._given.get(host_key(found.siren, "", ""), ())
        for name in sorted(found.names):
            for id_ in self._given.get(host_key(None, name, name_key(name)), ()):
                if not (found.siren and id_ in self._sirens):
                    yield id_
        for name in () if found.siren else sorted(found.names):
            for id_ in self._given.get(spelt_key(name, name_key(name)), ()):
                if not any(siren in present for siren in self._sirens[id_]):
                    yield id_

    def certificates(self, host_ids: Sequence[str], values: CertificateValues) -> Iterator[str]:
        """Ids that a certificate of one of these hosts had: first of one that said the same, then of one alike."""
        for key in (certificate_statement, certificate_key) if self._given else ():
            for host_id in host_ids:
                yield from self._given.get(key(host_id, values), ())


def host_key(siren: str | None, name: str, key: str) -> str:
    """What a host is remembered by when its id must be found again: its SIREN, else its name and legal form."""
    return f"{_SIREN}{siren}" if siren else f"host:name:{key}:{legal_form(name, key)}"


def spelt_key(name: str, key: str) -> str:
    """What a host that has a SIREN is remembered by besides: the list may have printed it without, or a person may
    have confirmed it."""
    return f"host:spelt:{key}:{legal_form(name, key)}"


def certificate_statement(host_id: str, values: CertificateValues) -> str:
    """What a certificate is remembered by when its id must be found again: all that was said of it."""
    return f"certificate:{host_id}={sha256(repr(tuple(values)).encode()).hexdigest()[:32]}"


def certificate_key(host_id: str, values: CertificateValues) -> str:
    """The same by its number, dates and certifier alone."""
    parts = (normalise_number(values.number), values.issued_on, values.expires_on, values.certifier_id)
    return f"certificate:{host_id}:{':'.join(part or '' for part in parts)}"


def new_host_id(name: str, siren: str | None, taken: Callable[[str], bool]) -> str:
    """A readable id: the name without legal forms; when it is taken, with the SIREN or the next free number."""
    base = slug(name_key(name)) or slug(name)
    if not base:
        base = f"host-{siren or sha256(name.encode()).hexdigest()[:8]}"
    if not taken(base):
        return base
    if siren and not taken(f"{base}-{siren}"):
        return f"{base}-{siren}"
    return next_free(base, taken)


def next_free(base: str, taken: Callable[[str], bool]) -> str:
    """`base-2`, `base-3`… whichever is free first."""
    count = 2
    while taken(f"{base}-{count}"):
        count += 1
    return f"{base}-{count}"
