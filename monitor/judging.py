"""One look at everything: verdicts, what is new in them, and the messages that follow, in one transaction.

Owns the order in which a pass thinks. What an alert does is decided in `alerts`, what a message says in `messages`;
nothing is sent here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from monitor import ack_links, alert_store, digest, journal
from monitor.alert_store import Judged, definition
from monitor.alerts import (
    Alert,
    Announcement,
    Observed,
    Reason,
    Situation,
    Step,
    advance,
    families_of,
    remove,
)
from monitor.findings import Code, verdict_of
from monitor.frames import known_page, list_address, remember_registry
from monitor.messages import compose
from monitor.messages.layout import Draft
from monitor.messages.parts import Frame, Letter
from monitor.monitor_store import get_meta, set_meta
from monitor.outage import HOLD_FOR, SourceHealth, Try, too_many
from monitor.outbox import new_event, new_reference, put
from monitor.recipients import Directory
from monitor.registry_view import RegistryView
from monitor.verdicts import Assessor, CheckResult, ContractVerdict, check
from monitor.watchlist import Watchlist
from registry.clock import paris_date, parse_instant, stamp
from registry.home import Home
from registry.settings import Settings

BEGUN = "watching_since"
"""When the first inventory was written."""


@dataclass
class Judging:
    """One pass's look. `run` is called inside one transaction and does everything or nothing."""

    conn: sqlite3.Connection
    home: Home
    settings: Settings
    watchlist: Watchlist
    directory: Directory
    now: datetime
    health: SourceHealth
    view: RegistryView | None
    tries: Sequence[Try] = ()
    today: date = field(init=False)
    frame: Frame = field(init=False)

    def __post_init__(self) -> None:
        self.today = paris_date(self.now)
        last = self.view.last if self.view else None
        self.frame = Frame(
            organisation=self.watchlist.organisation, language=self.watchlist.language, today=self.today,
            observed_on=paris_date(last.finished_at) if last else None, run_id=last.id if last else None,
            public_url=self.settings.serve.public_url, thresholds=self.watchlist.thresholds,
        )  # fmt: skip
        base = ack_links.private_base(self.settings)
        self._ack = (base, ack_links.signing_key(self.home)) if base else None

    # -- the pass ------------------------------------------------------------------------------------------------

    def run(self) -> CheckResult | None:
        """Thinks the pass through; None while there is no registry to judge by."""
        self._source()
        if self.view is None:
            digest.put_unread(self)
            return None
        self.result = check(
            self.view.snapshot, self.watchlist, self.today, self.today,
            stale_after_days=self.settings.monitor.stale_after_days,
        )  # fmt: skip
        self.verdicts = {one.contract.id: one for one in self.result.contracts}
        self.judged = alert_store.read_judged(self.conn)
        self.first_pass = get_meta(self.conn, BEGUN) is None
        self.then = self._verdicts_of_then()
        held = self._held()
        self._introduce()
        self._alerts(held)
        self._remember(held)
        assert self.view.last is not None
        remember_registry(self.conn, self.view.last.finished_at, self.view.page(None))
        if self.first_pass:
            set_meta(self.conn, BEGUN, stamp(self.now))
            digest.remember(self.conn, self.result)
        else:
            digest.put_due(self)
        return self.result

    # -- the source ----------------------------------------------------------------------------------------------

    def _source(self) -> None:
        """Tells of an outage once, and of its end once."""
        row = self.conn.execute("SELECT * FROM outages WHERE ended_at IS NULL").fetchone()
        health = self.health
        if row is None and health.tell:
            ref = new_reference(self.conn)
            since = health.since or self.now
            self.conn.execute(
                "INSERT INTO outages (ref, started_at, told_at, reason) VALUES (?, ?, ?, ?)",
                (ref, stamp(since), stamp(self.now), health.reason),
            )
            journal.write(self.conn, self.now, "source_trouble", ref=ref, reason=health.reason)
            self.say(
                "source",
                lambda letter: compose.source_trouble(
                    self.frame, letter, health.reason, paris_date(since), health.source
                ),
                key=f"source|{ref}|trouble", recipients=self.directory.notified, ref=ref,
                page=None if health.source == "hosts" else list_address(self.settings, health.source),
            )  # fmt: skip
        elif row is not None and not health.tell and not health.trouble:
            self.conn.execute("UPDATE outages SET ended_at = ? WHERE id = ?", (stamp(self.now), row["id"]))
            journal.write(self.conn, self.now, "source_back", ref=row["ref"])
            began = paris_date(parse_instant(row["started_at"]))
            self.say(
                "source", lambda letter: compose.source_back(self.frame, letter, began),
                key=f"source|{row['ref']}|back", recipients=self._heard(row["ref"]), ref=row["ref"],
            )  # fmt: skip

    def _heard(self, ref: str) -> tuple[int, ...]:
        """Who was sent something under a reference and can still be named."""
        rows = self.conn.execute(
            "SELECT DISTINCT recipient_id FROM outbox JOIN events ON events.id = event_id WHERE ref = ?", (ref,)
        )
        return tuple(sorted({row["recipient_id"] for row in rows} & self.directory.homes.keys()))

    # -- what the list changed ------------------------------------------------------------------------------------

    def _verdicts_of_then(self) -> dict[str, ContractVerdict]:
        """Today's data judged on the day of the pass before: what differs from that pass is the list's doing, not the
        calendar's. Only for contracts that no person changed, and only if a run brought other content since."""
        assert self.view is not None
        assessors: dict[date, Assessor] = {}
        then: dict[str, ContractVerdict] = {}
        for contract in self.watchlist.contracts:
            before = self.judged.get(contract.id)
            if before is None or before.fingerprint != definition(contract):
                continue
            if not self.view.changed_since(before.run_id):
                continue
            day = before.judged_on
            if day not in assessors:
                assessors[day] = Assessor(self.view.snapshot, day, day, self.watchlist.thresholds, 100_000)
            then[contract.id] = assessors[day].assess(contract)
        return then

    def _held(self) -> frozenset[str]:
        """The contracts whose news waits because one run changed too many verdicts at once."""
        assert self.view is not None and self.view.last is not None
        run = self.view.last.id
        before = {name: self.judged[name].core_verdict for name in self.judged if name in self.verdicts}
        after = before | {name: core_verdict(verdict) for name, verdict in self.then.items()}
        changed = too_many(before, after)
        row = self.conn.execute("SELECT * FROM holds WHERE ended_at IS NULL").fetchone()
        if row is not None:
            reason = self._hold_over(row, changed)
            if reason is None:
                return frozenset(changed)
            self.conn.execute(
                "UPDATE holds SET ended_at = ?, reason = ? WHERE id = ?", (stamp(self.now), reason, row["id"])
            )
            journal.write(self.conn, self.now, "hold_ended", ref=row["ref"], reason=reason)
            return frozenset()
        if not changed or self._decided(changed):
            return frozenset()
        ref = new_reference(self.conn)
        self.conn.execute(
            "INSERT INTO holds (ref, run_id, started_at, contracts) VALUES (?, ?, ?, ?)",
            (ref, run, stamp(self.now), json.dumps(changed)),
        )
        journal.write(self.conn, self.now, "held", ref=ref, run=run, contracts=len(changed))
        shown = [self.verdicts[name] for name in changed]
        self.say(
            "source", lambda letter: compose.source_held(self.frame, letter, shown, len(after)),
            key=f"source|{ref}|held", recipients=self.directory.notified, ref=ref,
        )  # fmt: skip
        return frozenset(changed)

    def _hold_over(self, row: sqlite3.Row, changed: list[str]) -> str | None:
        if not changed:
            return "gone"
        if self.now - parse_instant(row["started_at"]) >= HOLD_FOR:
            return "24_hours"
        return "accepted" if self._accepted_by_a_person(row["run_id"]) else None

    def _decided(self, changed: list[str]) -> bool:
        """Whether a person, or 24 hours, already let this change through."""
        assert self.view is not None and self.view.last is not None
        judged = max((self.judged[name].run_id or 0 for name in changed), default=0)
        row = self.conn.execute(
            "SELECT 1 FROM holds WHERE run_id > ? AND reason IN ('released', '24_hours', 'accepted')", (judged,)
        ).fetchone()
        return row is not None or self._accepted_by_a_person(self.view.last.id)

    def _accepted_by_a_person(self, run: int) -> bool:
        return any(attempt.run_id == run and attempt.decided for attempt in self.tries)

    # -- people who are new ---------------------------------------------------------------------------------------

    def _introduce(self) -> None:
        """One inventory for everyone who has not had one: at first everybody, later whoever joins."""
        known = self.directory.introduced_at(self.conn)
        self.introduced = frozenset(recipient for recipient, at in known.items() if at is None)
        self.inventory_event = ""
        if not self.introduced:
            return
        recipients = tuple(sorted(self.introduced))
        self.inventory_event = self.say(
            "inventory", lambda letter: compose.inventory(self.frame, letter, self.result.contracts),
            key=f"inventory|{stamp(self.now)}|{'+'.join(map(str, recipients))}", recipients=recipients,
        )  # fmt: skip
        self.conn.executemany(
            "UPDATE recipients SET introduced = ? WHERE id = ?", [(stamp(self.now), r) for r in recipients]
        )

    # -- alerts ---------------------------------------------------------------------------------------------------

    def _alerts(self, held: frozenset[str]) -> None:
        live = alert_store.read_live(self.conn)
        for verdict in self.result.contracts:
            contract = verdict.contract
            mine = live.pop(contract.id, {})
            observed = self._observed(verdict)
            if contract.id in held and not observed.closed:
                continue
            situation = self._situation(verdict)
            for family in sorted(mine.keys() | families_of(observed)):
                row_id, alert = mine.get(family, (None, None))
                episode = alert.episode if alert else alert_store.next_episode(self.conn, contract.id, family)
                self._take(row_id, alert, advance(alert, family, observed, situation, episode), verdict)
        for families in live.values():
            for row_id, alert in families.values():
                self._take(row_id, alert, remove(alert), None)

    def _observed(self, verdict: ContractVerdict) -> Observed:
        codes = frozenset(finding.code for finding in verdict.findings)
        then = self.then.get(verdict.contract.id)
        caused: frozenset[Code] = frozenset()
        if then is not None:
            caused = frozenset(f.code for f in then.findings) - self.judged[verdict.contract.id].codes
        closed = verdict.verdict == "closed"
        return Observed(verdict.contract.id, closed, codes, None if closed else verdict.coverage_end, caused)

    def _situation(self, verdict: ContractVerdict) -> Situation:
        assert self.view is not None
        contract = verdict.contract
        judged = self.judged.get(contract.id)
        return Situation(
            now=self.now, today=self.today, run=self.view.since(judged.run_id if judged else None),
            thresholds=self.watchlist.thresholds, recipients=self.directory.of_contacts(contract.notify),
            introduced=self.introduced, first_pass=self.first_pass, trouble=self.health.trouble and not self.first_pass,
            silenced=frozenset(c for c in Code if self.watchlist.silenced(contract.id, c, self.today)),
        )  # fmt: skip

    def _take(self, row_id: int | None, before: Alert | None, step: Step, verdict: ContractVerdict | None) -> None:
        """Stores what became of an alert and writes its messages."""
        alert = step.alert
        if alert is None or (alert == before and not step.announcements):
            return
        if alert.ref is None:
            alert = replace(alert, ref=new_reference(self.conn))
        assert alert.ref is not None
        row_id = alert_store.write_alert(self.conn, row_id, alert, stamp(self.now))
        for reason in step.transitions:
            journal.write(
                self.conn, self.now, "alert", ref=alert.ref, contract=alert.contract, family=str(alert.family),
                state=str(alert.state), reason=str(reason), codes=[str(c) for c in sorted(alert.codes)],
            )  # fmt: skip
        if verdict is None:
            return
        for announcement in step.announcements:
            self._announce(row_id, alert, announcement, verdict)
        if Reason.ACK_RAN_OUT in step.transitions and before is not None and before.ack is not None:
            self._ack_ran_out(row_id, before, verdict)

    def _announce(self, row_id: int, alert: Alert, said: Announcement, verdict: ContractVerdict) -> None:
        event = self.inventory_event
        if not said.silent:
            key = "|".join(
                (alert.contract, str(alert.family), str(alert.episode), said.kind, "+".join(said.steps),
                 "+".join(map(str, said.recipients)))
            )  # fmt: skip
            event = self.say(
                said.kind, lambda letter: self._draft(letter, alert, said, verdict), key=key, ref=alert.ref,
                recipients=said.recipients, alert_id=row_id, contract=alert.contract, urgent=said.urgent,
                page=self._page(verdict),
            )  # fmt: skip
        alert_store.write_told(
            self.conn, row_id, said.recipients, said.steps, self.today, said.threshold,
            message=not said.silent, event=event,
        )  # fmt: skip

    def _draft(self, letter: Letter, alert: Alert, said: Announcement, verdict: ContractVerdict) -> Draft:
        if said.kind == "resolved":
            return compose.resolved(self.frame, letter, verdict, str(said.reason), said.codes)
        return compose.alert(
            self.frame, letter, verdict, said.codes, threshold=said.threshold,
            still=said.reason is Reason.STILL_UNCOVERED, still_since=_day_after(alert.coverage_end),
        )  # fmt: skip

    def _page(self, verdict: ContractVerdict) -> tuple[str, str] | None:
        assert self.view is not None
        sha256 = next((f.evidence["sha256"] for f in verdict.findings if f.evidence.get("sha256")), None)
        return self.view.page(sha256)

    def _ack_ran_out(self, row_id: int, alert: Alert, verdict: ContractVerdict) -> None:
        assert alert.ack is not None and alert.ref is not None
        ack, ref = alert.ack, alert.ref
        contacts = [self.watchlist.contacts[name] for name in verdict.contract.notify]
        backups = dict.fromkeys(contact.backup for contact in contacts if contact.backup)
        if ack.kind != "ack" or not backups:
            return
        self.say(
            "ack", lambda letter: compose.ack_ran_out(self.frame, letter, verdict.contract.supplier, ack.by, ack.until),
            key=f"ack|{ref}|{stamp(ack.at)}|ran_out", ref=ref, alert_id=row_id, contract=alert.contract,
            recipients=self.directory.of_contacts([name for name in backups if name]),
        )  # fmt: skip

    # -- what is remembered ---------------------------------------------------------------------------------------

    def _remember(self, held: frozenset[str]) -> None:
        assert self.view is not None and self.view.last is not None
        for name in self.judged.keys() - self.verdicts.keys():
            self.conn.execute("DELETE FROM contracts WHERE id = ?", (name,))
        for name, verdict in self.verdicts.items():
            if name in held:
                continue
            judged = Judged(
                definition(verdict.contract), str(verdict.verdict), core_verdict(verdict),
                frozenset(f.code for f in verdict.findings), self.today, self.view.last.id,
            )  # fmt: skip
            if judged != self.judged.get(name):
                alert_store.write_judged(self.conn, name, judged, verdict.coverage_end)

    # -- saying it ------------------------------------------------------------------------------------------------

    def say(
        self, kind: str, write: Any, *, key: str, recipients: Sequence[int], ref: str | None = None,
        alert_id: int | None = None, contract: str | None = None, urgent: bool = False,
        page: tuple[str, str] | None = None,
    ) -> str:  # fmt: skip
        """Writes one message and puts it into the outbox for each recipient; gives its event id."""
        ref = ref or new_reference(self.conn)
        letter = Letter(
            kind=kind, ref=ref, event=new_event(), page=page or self._known_page(),
            ack_url=self._ack_url(kind, ref), ack_days=ack_links.VALID_DAYS,
        )  # fmt: skip
        draft: Draft = write(letter)
        return put(
            self.conn, self.now, key=key, kind=kind, ref=ref, event=letter.event, urgent=urgent,
            content=draft.content(), recipients=recipients, directory=self.directory, alert_id=alert_id,
            contract=contract,
        )  # fmt: skip

    def _known_page(self) -> tuple[str, str] | None:
        return (self.view.page(None) if self.view else None) or known_page(self.conn, self.settings)

    def _ack_url(self, kind: str, ref: str) -> str | None:
        if kind != "alert" or self._ack is None:
            return None
        base, key = self._ack
        return ack_links.link(base, key, ref, self.now)


def core_verdict(verdict: ContractVerdict) -> str:
    """The verdict without the registry's age, which says nothing about the contract."""
    if verdict.verdict == "closed":
        return "closed"
    return str(verdict_of(tuple(f for f in verdict.findings if f.code is not Code.STALE_REGISTRY)))


def _day_after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)
