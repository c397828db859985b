"""A site that lives (hosts come, renew, are cut, renamed, vanish and return) against a model a page long."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from registry.clock import paris_date, stamp
from registry.models import CertificateRecord
from registry.runs import GOOD
from tests.registry.registry_world import START, World, certificate

SIRENS = ("808665483", "424761419", "433115904", "552100554")
SCOPES = st.frozensets(st.integers(1, 6), min_size=1)


@dataclass(frozen=True)
class Line:
    """What the site prints of one host."""

    siren: str
    name: str
    revision: int
    activities: frozenset[int]

    @property
    def number(self) -> str:
        return f"{self.siren[:5]}-{self.revision}" if self.revision else self.siren[:5]

    def record(self) -> CertificateRecord:
        began = date(2020, 1, 10) + timedelta(days=1000 * self.revision)
        return certificate(
            self.name, self.number, self.activities, siren=self.siren, issued=began.isoformat(),
            expires=(began + timedelta(days=1094)).isoformat(),
        )  # fmt: skip


@dataclass
class Known:
    """What should be believed of one host."""

    line: Line
    listed: bool = True
    missing_since: datetime | None = None
    delisted_on: date | None = None
    first_seen: str = ""
    numbers: list[str] = field(default_factory=list)


class Register(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name))
        self.now = START
        self.site: dict[str, Line] = {}
        self.known: dict[str, Known] = {}
        self.shown: list[tuple[datetime, dict[str, Line]]] = []
        self.names = 0

    def teardown(self) -> None:
        self.world.close()
        self.folder.cleanup()

    def new_name(self) -> str:
        self.names += 1
        return f"Hébergeur {chr(64 + self.names % 26 + 1)}{self.names} SAS"

    @initialize(scope=SCOPES)
    def begin(self, scope: frozenset[int]) -> None:
        for siren in SIRENS[:2]:
            self.site[siren] = Line(siren, self.new_name(), 0, scope)

    @rule(siren=st.sampled_from(SIRENS), scope=SCOPES)
    def list_or_return(self, siren: str, scope: frozenset[int]) -> None:
        known = self.known.get(siren)
        self.site.setdefault(siren, known.line if known else Line(siren, self.new_name(), 0, scope))

    @precondition(lambda self: self.site)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        siren = data.draw(st.sampled_from(sorted(self.site)))
        self.site[siren] = replace(self.site[siren], revision=self.site[siren].revision + 1)

    @precondition(lambda self: self.site)
    @rule(data=st.data(), scope=SCOPES)
    def rescope(self, data: st.DataObject, scope: frozenset[int]) -> None:
        siren = data.draw(st.sampled_from(sorted(self.site)))
        self.site[siren] = replace(self.site[siren], activities=scope)

    @precondition(lambda self: self.site)
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        siren = data.draw(st.sampled_from(sorted(self.site)))
        self.site[siren] = replace(self.site[siren], name=self.new_name())

    @precondition(lambda self: len(self.site) > 1)
    @rule(data=st.data())
    def vanish(self, data: st.DataObject) -> None:
        del self.site[data.draw(st.sampled_from(sorted(self.site)))]

    @rule()
    def crawl_that_fails(self) -> None:
        self.now += timedelta(hours=1)
        self.world.fail(at=self.now)

    @rule(hours=st.sampled_from([1, 5, 6, 24, 100]))
    def crawl(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        expected = self.expected()
        changes = self.world.read(*[line.record() for line in self.site.values()], at=self.now)
        assert Counter(change.kind for change in changes) == expected
        assert changes.outcome in GOOD
        self.shown.append((self.now, dict(self.site)))
        self.check_current()
        self.check_past()

    def expected(self) -> Counter[str]:
        """The changes that this reading should bring; updates what is known."""
        told: Counter[str] = Counter()
        for siren, line in self.site.items():
            known = self.known.get(siren)
            if known is None:
                told.update(["HOST_LISTED", "CERTIFICATE_LISTED"])
                self.known[siren] = Known(line, first_seen=stamp(self.now), numbers=[line.number])
                continue
            told.update(self.difference(known, line))
            known.line, known.listed, known.missing_since, known.delisted_on = line, True, None, None
            known.numbers += [line.number] if line.number not in known.numbers else []
        for siren, known in self.known.items():
            if siren in self.site:
                continue
            if known.listed:
                known.listed, known.missing_since = False, self.now
            elif known.missing_since and self.now - known.missing_since >= timedelta(hours=6):
                told.update(["HOST_DELISTED", "CERTIFICATE_DELISTED"])
                known.delisted_on, known.missing_since = paris_date(known.missing_since), None
        return told

    @staticmethod
    def difference(known: Known, line: Line) -> list[str]:
        told = []
        if known.delisted_on:
            told.append("HOST_RELISTED")
        if known.line.name != line.name:
            told.append("HOST_RENAMED")
        if known.line.revision != line.revision:
            told.append("CERTIFICATE_RENEWED")
        elif known.delisted_on:
            told.append("CERTIFICATE_LISTED")
        if line.activities - known.line.activities:
            told.append("SCOPE_EXTENDED")
        if known.line.activities - line.activities:
            told.append("SCOPE_REDUCED")
        return told

    def check_current(self) -> None:
        believed = {
            row[0]: row[1:]
            for row in self.world.rows("SELECT siren, legal_name, listed, delisted_on, first_seen FROM hosts")
        }
        assert believed == {
            siren: (k.line.name, int(k.listed), k.delisted_on.isoformat() if k.delisted_on else None, k.first_seen)
            for siren, k in self.known.items()
        }
        for siren, known in self.known.items():
            chain = self.world.rows(
                "SELECT c.number, old.number, c.listed FROM certificates c JOIN hosts h ON h.id = c.host_id"
                " LEFT JOIN certificates old ON old.id = c.replaces_id WHERE h.siren = ? ORDER BY c.issued_on",
                siren,
            )
            before = [None, *known.numbers[:-1]]
            listed = [0] * (len(known.numbers) - 1) + [int(known.listed)]
            assert chain == list(zip(known.numbers, before, listed, strict=True))

    def check_past(self) -> None:
        for at, site in self.shown:
            said = self.world.rows(
                "SELECT h.siren, h.legal_name, c.number, c.activities FROM host_versions h"
                " JOIN certificate_versions c ON c.host_id = h.host_id AND c.observed_from <= :at"
                " AND coalesce(c.observed_until, 'z') > :at"
                " WHERE h.observed_from <= :at AND coalesce(h.observed_until, 'z') > :at".replace(":at", "?"),
                *[stamp(at)] * 4,
            )
            assert sorted(said) == sorted(
                (line.siren, line.name, line.number, ",".join(map(str, sorted(line.activities))))
                for line in site.values()
            )


Register.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestRegister = Register.TestCase
