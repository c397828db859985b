"""History as a fold: each accepted reading of a list, in order of observation, alters the state and yields changes.

Pure. Owns when something is listed, in doubt, delisted and relisted. Which row is which host or certificate is for
`identity` and `succession`, what differs for `changes`; reading and writing the database is for `history`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from registry.changes import CertificateValues, CertifierValues, Change, Difference, HostValues, differences
from registry.clock import paris_date, parse_instant
from registry.host_names import name_key, same_but_for_brackets
from registry.identity import Assignment, Group, Rules, group
from registry.ids import Memory, new_host_id, next_free
from registry.models import CertificateRecord, CertifierRecord, RawRow, Record
from registry.proofs import CERTIFIER_PROOFS, host_proofs, proofs_of
from registry.state import Certificate, Certifier, Effects, Entity, Host, Observation, State, Version
from registry.statements import certificate_values, certifier_values, common
from registry.succession import revised_beside, same_certificates, successions
from registry.text import slug

CONFIRMED_AFTER = timedelta(hours=6)
"""A second good run at least this much later confirms an absence (contract, "Off the list")."""
CONFIRMED_ANYHOW = timedelta(hours=48)
"""So does this much time by itself."""

E = TypeVar("E", Host, Certificate, Certifier)


class Fold:
    """Applies observations to a state. Give them in order; `effects` then holds all there is to write."""

    def __init__(self, state: State, rules: Rules) -> None:
        self.state = state
        self.effects = Effects()
        self._rules = rules
        self._memory = Memory(state.given_ids)

    def observe(self, seen: Observation, records: Sequence[Record] | None) -> None:
        """One good run. `records` None: the list said the same as in the observation before."""
        if records is not None:
            if seen.source == "certifiers":
                self._certifiers(seen, [r for r in records if isinstance(r, CertifierRecord)])
            else:
                self._hosts(seen, [r for r in records if isinstance(r, CertificateRecord)])
        self.confirm(seen, CONFIRMED_AFTER)
        self.state.last_observed[seen.source] = seen.observed_at

    def confirm(self, seen: Observation, after: timedelta) -> None:
        """Turns absences that are old enough into delistings."""
        now = parse_instant(seen.observed_at)
        kinds: tuple[tuple[str, Iterable[Host | Certificate | Certifier]], ...] = (
            (("CERTIFIER_DELISTED", self.state.certifiers.values()),)
            if seen.source == "certifiers"
            else (
                ("HOST_DELISTED", self.state.hosts.values()),
                ("CERTIFICATE_DELISTED", self.state.certificates.values()),
            )
        )
        for kind, entities in kinds:
            for entity in entities:
                if entity.missing_since is None or now - parse_instant(entity.missing_since) < after:
                    continue
                entity.delisted_on = paris_date(parse_instant(entity.missing_since)).isoformat()
                entity.missing_since = None
                self._dirty(entity)
                self._tell(seen, entity, Difference(kind, None, None, None))

    # ---- hosts ------------------------------------------------------------------------------------------------------

    def _hosts(self, seen: Observation, records: Sequence[CertificateRecord]) -> None:
        groups = group(records, self._rules)
        matching = Assignment(self.state.hosts, self._rules, self._memory)
        known = matching.assign(groups)
        rows: dict[str, list[CertificateRecord]] = {}
        own: dict[str, list[CertificateRecord]] = {}
        present = {found.siren for found in groups}
        for found in groups:
            host_id = known[found].id if found in known else self._place_for(found, present, rows, own)
            rows.setdefault(host_id, []).extend(found.records)
            if found not in matching.moved:
                own.setdefault(host_id, []).extend(found.records)
        for host_id, some in rows.items():
            self._update_host(seen, host_id, own.get(host_id, some), some)
            self._host_certificates(seen, self.state.hosts[host_id], some)
        for host in self.state.hosts.values():
            if host.id not in rows:
                if host.listed:
                    self._hide(seen, host)
                for held in host.certificates:
                    if held.listed:
                        self._hide(seen, held)

    def _place_for(
        self, found: Group, present: Container[str | None], placed: Container[str], own: Container[str]
    ) -> str:
        """The id for a host that is not known: the one a person gave, the one it once had, or a new one."""
        if found.pinned:
            return self._rules.final(found.pinned)
        for once in self._memory.hosts(found, present):
            host_id = self._rules.final(once)
            free = host_id not in self.state.hosts and host_id not in placed
            its_own = host_id in self._rules.kin and host_id not in own  # so far only others were merged into it
            if host_id != once or free or its_own:
                return host_id
        return new_host_id(
            min(found.names),
            found.siren,
            lambda one: one in self.state.hosts or one in placed or one in self._memory.ids or one in self._rules.kin,
        )

    def _update_host(
        self, seen: Observation, host_id: str, own: Sequence[CertificateRecord], rows: Sequence[CertificateRecord]
    ) -> None:
        """`own`: the rows that speak for the host itself, without those of hosts merged into it."""
        host = self.state.hosts.get(host_id)
        values = self._host_values(host_id, host, own)
        if host is None:
            host = Host(host_id, values, first_seen=seen.observed_at, key=name_key(values.legal_name))
            self.state.hosts[host_id] = host
            self._tell(seen, host, Difference("HOST_LISTED", None, None, values.legal_name))
        elif not host.listed and host.delisted_on:
            self._tell(seen, host, Difference("HOST_RELISTED", None, None, values.legal_name))
        if host.values != values:
            for told in self._host_differences(host, host.values, values):
                self._tell(seen, host, told)
        changed = self._show(seen, host, values, own[0].raw)
        self._name_host(host, rows)
        if changed:
            self.effects.proofs["hosts", host.id] = host_proofs(values, rows)

    def _host_values(self, host_id: str, host: Host | None, rows: Sequence[CertificateRecord]) -> HostValues:
        """What the rows say of their host. A SIREN once known stays: it names the company, and does not lapse."""
        first = rows[0]
        if len(rows) == 1:
            values = HostValues(first.legal_name, first.siren, first.country, first.website)
        else:
            values = HostValues(
                self._legal_name(host, rows),
                common(row.siren for row in rows),
                common(row.country for row in rows),
                common(row.website for row in rows),
            )
        siren = (host.values.siren if host else None) or values.siren or self._rules.sirens.get(host_id)
        return values._replace(siren=siren) if siren != values.siren else values

    @staticmethod
    def _legal_name(host: Host | None, rows: Sequence[CertificateRecord]) -> str:
        """The printed name to show, of several: the one shown before, else one that is spelt like it, else the
        commonest."""
        names = Counter(row.legal_name for row in rows)
        if host is not None and len(names) > 1:
            if host.values.legal_name in names:
                return host.values.legal_name
            alike = Counter({name: count for name, count in names.items() if name_key(name) == host.key})
            names = alike or names
        return min(names, key=lambda name: (-names[name], name))

    @staticmethod
    def _host_differences(host: Host, before: HostValues, after: HostValues) -> Iterator[Difference]:
        if before.legal_name != after.legal_name:
            key = name_key(after.legal_name)
            renamed = key != host.key and not same_but_for_brackets(before.legal_name, after.legal_name)
            host.aliases.setdefault(before.legal_name, ("former_name" if renamed else "spelling", "list"))
            host.key = key
            yield Difference(
                "HOST_RENAMED" if renamed else "DETAIL_CHANGED", "legal_name", before.legal_name, after.legal_name
            )
        for name in ("siren", "country", "website"):
            old, new = getattr(before, name), getattr(after, name)
            if old != new:
                yield Difference("DETAIL_CHANGED", name, old, new)

    def _name_host(self, host: Host, rows: Sequence[CertificateRecord]) -> None:
        """Keeps every other name that is printed for the host. Names are never forgotten: people search by them."""
        own = host.values.legal_name
        names = [(name, kind, "operator") for name, kind in self._rules.aliases.get(host.id, {}).items()]
        for row in rows:
            if row.brands:
                names += [(brand, "brand", "list") for brand in row.brands]
            if row.legal_name != own:
                kind = "spelling" if name_key(row.legal_name) == host.key else "brand"
                names.append((row.legal_name, kind, "list"))
        for name, kind, source in names:
            known = host.aliases.get(name)
            if name != own and (known is None or (kind == "brand" and known == ("former_name", "list"))):
                host.aliases[name] = (kind, source)  # a former name that the list shows again is a brand now
                self._dirty(host)
        if own in host.aliases:
            del host.aliases[own]
            self._dirty(host)

    # ---- certificates -----------------------------------------------------------------------------------------------

    def _host_certificates(self, seen: Observation, host: Host, rows: Sequence[CertificateRecord]) -> None:
        printed: dict[CertificateValues, CertificateRecord] = {}
        for row in rows:
            values = certificate_values(row)
            if any(values[1:]):
                printed.setdefault(values, row)
        said = sorted(printed, key=lambda values: tuple(map(str, values))) if len(printed) > 1 else list(printed)
        for values in said:
            self._know_certifier(values.certifier_id, printed[values].certifier)
        if not host.certificates and len(said) == 1:
            self._new_certificate(seen, host, said[0], printed[said[0]])
            return
        same = same_certificates(host.certificates, said)
        kept = {held.id for held in same if held is not None}
        leaving = [held for held in host.certificates if held.listed and held.id not in kept]
        gone = [h for h in host.certificates if not h.listed and h.id not in kept and not h.superseded]
        for held, values in zip(same, said, strict=True):
            if held is not None:
                self._update_certificate(seen, held, values, printed[values])
        fresh = [values for held, values in zip(same, said, strict=True) if held is None]
        vacant = [held for held in leaving if not held.superseded]
        self._succeed(seen, host, vacant, gone, [held for held in same if held is not None], fresh, printed)
        for held in leaving:
            self._hide(seen, held)

    def _update_certificate(
        self, seen: Observation, held: Certificate, values: CertificateValues, row: CertificateRecord
    ) -> None:
        before = held.values
        if not held.listed and held.delisted_on:
            self._tell(seen, held, Difference("CERTIFICATE_LISTED", None, None, values.number))
        if before != values:
            for told in differences(before, values):
                self._tell(seen, held, told)
        if self._show(seen, held, values, row.raw):
            self.effects.proofs["certificates", held.id] = proofs_of(values, row)

    def _succeed(
        self,
        seen: Observation,
        host: Host,
        leaving: Sequence[Certificate],
        gone: Sequence[Certificate],
        staying: Sequence[Certificate],
        fresh: Sequence[CertificateValues],
        printed: dict[CertificateValues, CertificateRecord],
    ) -> None:
        found = successions(leaving, gone, staying, fresh) if leaving or fresh else []
        heirs = {one.new: one for one in found if isinstance(one.new, int)}
        made: list[Certificate] = []
        for index, values in enumerate(fresh):
            new = self._new_certificate(seen, host, values, printed[values], told=index not in heirs)
            made.append(new)
        for one in found:
            new = made[one.new] if isinstance(one.new, int) else one.new
            self._link(one.olds, new)
            for told in one.told:
                self._tell(seen, new, told)
        for older, newer in revised_beside(fresh):
            if newer not in heirs:
                self._link([made[older]], made[newer])

    def _link(self, olds: Sequence[Certificate], new: Certificate) -> None:
        if new.replaces_id is None:
            new.replaces_id = olds[0].id
        for old in olds:
            old.superseded = True
            old.missing_since = None
            self._dirty(old)
            self.effects.successions.append((old.id, new.id))
        self._dirty(new)

    def _new_certificate(
        self, seen: Observation, host: Host, values: CertificateValues, row: CertificateRecord, *, told: bool = True
    ) -> Certificate:
        new = Certificate(self._certificate_id(host, values), values, first_seen=seen.observed_at, host_id=host.id)
        self.state.certificates[new.id] = new
        host.certificates.append(new)
        self._show(seen, new, values, row.raw, first=True)
        self.effects.proofs["certificates", new.id] = proofs_of(values, row)
        if told:
            self._tell(seen, new, Difference("CERTIFICATE_LISTED", None, None, values.number))
        return new

    def _certificate_id(self, host: Host, values: CertificateValues) -> str:
        known = self.state.certificates
        owners = (host.id, *sorted(self._rules.kin.get(host.id, ())))
        for once in self._memory.certificates(owners, values):
            if once not in known:
                return once
        said = slug(values.number or "") or values.expires_on or values.issued_on or values.referential or "certificate"
        base = f"{host.id}-{said}"
        if base not in known and base not in self._memory.ids:
            return base
        if values.number and (began := values.issued_on or values.expires_on):
            base = f"{base}-{began[:4]}"
            if base not in known and base not in self._memory.ids:
                return base
        return next_free(base, lambda one: one in known or one in self._memory.ids)

    def _know_certifier(self, certifier_id: str | None, printed: str | None) -> None:
        if certifier_id and certifier_id not in self.state.certifiers:
            name = self._rules.certifier_names.get(certifier_id) or printed or certifier_id
            body = Certifier(certifier_id, CertifierValues(name))
            self.state.certifiers[certifier_id] = body
            self._dirty(body)

    # ---- certifiers -------------------------------------------------------------------------------------------------

    def _certifiers(self, seen: Observation, records: Sequence[CertifierRecord]) -> None:
        rows: dict[str, CertifierRecord] = {}
        for row in sorted(records, key=lambda one: (one.id, one.name)):
            rows.setdefault(row.id, row)
        for certifier_id, row in rows.items():
            values = certifier_values(row)
            body = self.state.certifiers.get(certifier_id)
            if body is None:
                body = self.state.certifiers[certifier_id] = Certifier(certifier_id, values)
            before, known = body.values, body.first_seen is not None
            if not known or (not body.listed and body.delisted_on):
                self._tell(seen, body, Difference("CERTIFIER_LISTED", None, None, values.name))
            body.first_seen = body.first_seen or seen.observed_at
            if known and before != values:
                for told in differences(before, values):
                    self._tell(seen, body, told)
            if self._show(seen, body, values, row.raw):
                self.effects.proofs["certifiers", certifier_id] = proofs_of(values, row, CERTIFIER_PROOFS)
        for body in self.state.certifiers.values():
            if body.listed and body.id not in rows:
                self._hide(seen, body)

    # ---- standing on the list ---------------------------------------------------------------------------------------

    def _show(
        self,
        seen: Observation,
        entity: E,
        values: HostValues | CertificateValues | CertifierValues,
        raw: RawRow | None,
        *,
        first: bool = False,
    ) -> bool:
        """The list shows it, saying this. Returns whether that is new."""
        if entity.listed:
            if entity.values == values:
                return False
            self._close(seen, entity)
        entity.values = values  # type: ignore[assignment]  # each caller gives the values of its own kind
        entity.listed = True
        entity.delisted_on = entity.missing_since = None
        version: Version[Any] = Version(entity, values, getattr(entity, "host_id", None), seen.observed_at, seen.run_id)
        version.first = first
        if raw is not None:
            version.sha256, version.locator = raw.sha256, raw.locator
        entity.version = version
        self.effects.versions.append(version)
        self._dirty(entity)
        return True

    def _hide(self, seen: Observation, entity: E) -> None:
        """The list does not show it any more: in doubt, unless another one took its place."""
        self._close(seen, entity)
        entity.listed = False
        entity.last_seen = self.state.last_observed[seen.source]
        if not getattr(entity, "superseded", False):
            entity.missing_since = seen.observed_at
        self._dirty(entity)

    def _close(self, seen: Observation, entity: E) -> None:
        if entity.version is not None:
            entity.version.observed_until = seen.observed_at
            entity.version = None
        else:
            self.effects.closed.append((entity, seen.observed_at))

    def _dirty(self, entity: Entity[HostValues] | Entity[CertificateValues] | Entity[CertifierValues]) -> None:
        if isinstance(entity, Host):
            self.effects.hosts[entity.id] = entity
        elif isinstance(entity, Certificate):
            self.effects.certificates[entity.id] = entity
        elif isinstance(entity, Certifier):
            self.effects.certifiers[entity.id] = entity

    def _tell(self, seen: Observation, entity: Host | Certificate | Certifier, what: Difference) -> None:
        host = entity.id if isinstance(entity, Host) else getattr(entity, "host_id", None)
        self.effects.changes.append(
            Change(
                seen.observed_at, seen.run_id, what.kind, host,
                entity.id if isinstance(entity, Certificate) else None,
                entity.id if isinstance(entity, Certifier) else None,
                what.field, what.before, what.after, seen.cause,
            )
        )  # fmt: skip
