"""What each kind of message says: facts of a pass in, a draft out.

Owns the choice and the order of sentences. Knows nothing of outbox, recipients or time: dates come with the facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from monitor.findings import SEVERITY, Code, Severity
from monitor.ladder import announcement_dates
from monitor.messages.layout import Block, Draft, Facts, Heading, Items, Link, Paragraph
from monitor.verdicts import ContractVerdict
from monitor.wording import in_words_activities, in_words_date, in_words_days, join_words, words

SCHEMA = 1
"""Of the JSON payload (docs/webhook.md). Raised when a field changes its meaning or goes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every message of a pass shares."""

    organisation: str
    language: str
    today: date
    observed_on: date | None
    """Of the last good reading of the host list."""
    run_id: int | None
    public_url: str | None = None
    thresholds: tuple[int, ...] = ()

    @property
    def age_days(self) -> int | None:
        return None if self.observed_on is None else max(0, (self.today - self.observed_on).days)


@dataclass(frozen=True, slots=True)
class Letter:
    """What only this message has: its kind, reference, event and links. `page` is (address, sha256) of the source."""

    kind: str
    ref: str
    event: str
    page: tuple[str, str] | None = None
    """The source's page as last read, or (its address, "") while it never was."""
    ack_url: str | None = None
    ack_days: int = 0


@cache
def texts(language: str) -> dict[str, Any]:
    """The sentences of a language, `fr` or `en`."""
    loaded: dict[str, Any] = yaml.safe_load(
        files("monitor").joinpath(f"messages/texts.{language}.yml").read_text(encoding="utf-8")
    )
    return loaded


def alert(
    frame: Frame, letter: Letter, verdict: ContractVerdict, codes: Sequence[Code], *, threshold: int | None = None,
    still_since: date | None = None, still: bool = False,
) -> Draft:  # fmt: skip
    """One contract's finding. `still` marks a weekly reminder, `still_since` the day on which coverage ended."""
    say = texts(frame.language)
    shown = [f for f in verdict.findings if f.code in codes] or [f for f in verdict.findings if f.code in SEVERITY]
    title = _headline(frame, verdict, codes[0], still, still_since)
    sentences = tuple(dict.fromkeys(f.message(frame.language) for f in shown))
    blocks: list[Block] = [Paragraph(f"{verdict.contract.supplier} ({verdict.contract.id}) : {title}.")]
    blocks += [Paragraph(sentence) for sentence in sentences]
    blocks += [Heading(say["what_to_do"]), Paragraph(_next(frame, verdict, codes[0]))]
    blocks.append(_facts(frame, letter, verdict, still_since))
    severity = str(min((SEVERITY[code] for code in codes), key=list(Severity).index))
    payload = _payload(frame, letter) | {
        "severity": severity,
        "contract": _contract_payload(verdict),
        "findings": [f.as_json(frame.language) for f in shown],
        "threshold": threshold,
        "what_to_do": _next(frame, verdict, codes[0]),
    }
    return _finish(frame, letter, f"{title} : {verdict.contract.supplier}", blocks, severity, payload, verdict)


def resolved(frame: Frame, letter: Letter, verdict: ContractVerdict, reason: str, codes: Sequence[Code]) -> Draft:
    """The end of an alert, for those who were told of it."""
    say = texts(frame.language)
    said = say["resolved"]
    end = in_words_date(verdict.coverage_end, frame.language)
    todo = said["next_ended"] if reason == "contract_ended" else said["next"]
    blocks: list[Block] = [
        Paragraph(f"{verdict.contract.supplier} ({verdict.contract.id})"),
        Paragraph(said[reason].format(end=end)),
        Heading(say["what_to_do"]),
        Paragraph(todo),
        _facts(frame, letter, verdict, None),
    ]
    payload = _payload(frame, letter) | {
        "severity": "resolved",
        "contract": _contract_payload(verdict),
        "reason": reason,
        "codes": [str(code) for code in codes],
        "what_to_do": todo,
    }
    subject = said["subject"].format(supplier=verdict.contract.supplier)
    return _finish(frame, letter, subject, blocks, "resolved", payload, verdict)


def inventory(frame: Frame, letter: Letter, verdicts: Sequence[ContractVerdict]) -> Draft:
    """Every contract and its verdict, once, when the watch begins."""
    say = texts(frame.language)
    said = say["inventory"]
    breaches = sum(one.verdict == "breach" for one in verdicts)
    blocks: list[Block] = [Paragraph(said["intro"].format(date=in_words_date(frame.today, frame.language)))]
    blocks += _by_verdict(frame, verdicts)
    blocks += [Heading(say["what_to_do"]), Paragraph(said["next"]), _general_facts(frame, letter)]
    payload = _payload(frame, letter) | {
        "severity": "info",
        "contracts": [_contract_payload(one) for one in verdicts],
        "what_to_do": said["next"],
    }
    subject = said["subject"].format(total=len(verdicts), breach=breaches)
    return _finish(frame, letter, subject, blocks, "info", payload)


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """One line of a digest."""

    ref: str
    contract: str
    codes: tuple[Code, ...]
    state: str


def digest(
    frame: Frame, letter: Letter, verdicts: Sequence[ContractVerdict], before: Mapping[str, str],
    alerts: Sequence[OpenAlert], week: str, weekday: str,
) -> Draft:  # fmt: skip
    """The weekly heartbeat. `before` maps contract → verdict at the last digest."""
    say = texts(frame.language)
    said = say["digest"]
    suppliers = {one.contract.id: one for one in verdicts}
    open_ones = [one for one in verdicts if one.verdict != "closed"]
    matched = sum(one.match.host is not None for one in open_ones)
    changes = [
        said["change"].format(
            contract=one.contract.id, supplier=one.contract.supplier,
            before=_verdict_word(frame, before[one.contract.id]), after=_verdict_word(frame, one.verdict),
        )
        for one in verdicts
        if before.get(one.contract.id, one.verdict) != one.verdict
    ]  # fmt: skip
    lines = [
        said["alert"].format(
            ref=a.ref, contract=a.contract, supplier=suppliers[a.contract].contract.supplier,
            headline=_headline(frame, suppliers[a.contract], a.codes[0], False, None), state=say["states"][a.state],
        )
        for a in alerts
        if a.contract in suppliers and a.codes
    ]  # fmt: skip
    dates = _next_dates(frame, open_ones)
    blocks: list[Block] = [
        Paragraph(
            said["intro"].format(
                date=in_words_date(frame.today, frame.language), watched=len(open_ones), matched=matched,
                unmatched=len(open_ones) - matched,
            )
        ),
        Heading(said["changed"]), _list_or(changes, said["nothing_changed"]),
        Heading(said["open_alerts"]), _list_or(lines, said["no_alerts"]),
        Heading(said["next_dates"]), _list_or(dates, said["no_dates"]),
        Heading(said["contracts"]), *_by_verdict(frame, verdicts),
        Heading(say["what_to_do"]), Paragraph(said["next"].format(weekday=say["weekdays"][weekday])),
        _general_facts(frame, letter),
    ]  # fmt: skip
    payload = _payload(frame, letter) | {
        "severity": "info", "week": week, "watched": len(open_ones), "matched": matched,
        "contracts": [_contract_payload(one) for one in verdicts],
        "open_alerts": [{"reference": a.ref, "contract": a.contract, "state": a.state} for a in alerts],
    }  # fmt: skip
    return _finish(frame, letter, said["subject"].format(week=week, open=len(lines)), blocks, "info", payload)


def source_trouble(frame: Frame, letter: Letter, reason: str, since: date | None) -> Draft:
    """The list can't be read."""
    said = texts(frame.language)["source"]
    word = reason_in_words(reason, frame.language)
    if frame.observed_on is None:
        intro = said["intro_never"].format(reason=word)
    else:
        intro = said["intro"].format(
            since=in_words_date(since, frame.language), reason=word, registry=_registry_words(frame)
        )
    return _plain(frame, letter, said["subject"], intro, said["next"], "attention", {"reason": reason})


def source_back(frame: Frame, letter: Letter, since: date) -> Draft:
    """The list is read again."""
    said = texts(frame.language)["source"]
    intro = said["back_intro"].format(since=in_words_date(since, frame.language))
    return _plain(frame, letter, said["back_subject"], intro, said["back_next"], "resolved", {"reason": "back"})


def source_held(frame: Frame, letter: Letter, verdicts: Sequence[ContractVerdict], total: int) -> Draft:
    """One run changed too much at once."""
    said = texts(frame.language)["source"]
    numbers = {"count": len(verdicts), "total": total}
    lines = tuple(_line(frame, one) for one in verdicts)
    payload = {"reason": "held", "contracts": [one.contract.id for one in verdicts]}
    return _plain(
        frame, letter, said["held_subject"].format(**numbers), said["held_intro"].format(**numbers),
        said["held_next"].format(ref=letter.ref), "attention", payload, [Items(lines)],
    )  # fmt: skip


def delivery_trouble(
    frame: Frame, letter: Letter, contact: str, channel: str, since: date, waiting: Sequence[str]
) -> Draft:
    """A contact can't be reached, for its backup. `waiting` holds the subjects that wait."""
    said = texts(frame.language)["delivery"]
    values = {
        "contact": contact,
        "channel": channel,
        "count": len(waiting),
        "since": in_words_date(since, frame.language),
    }
    more: list[Block] = [Heading(said["waiting"]), Items(tuple(waiting))]
    return _plain(
        frame, letter, said["subject"].format(**values), said["intro"].format(**values),
        said["next"].format(**values), "attention", {"contact": contact, "channel": channel}, more,
    )  # fmt: skip


def acknowledged(frame: Frame, letter: Letter, supplier: str, by: str, until: date, reason: str) -> Draft:
    """Someone took an alert over, for the others who know of it."""
    said = texts(frame.language)["ack"]
    values = {"by": by, "supplier": supplier, "ref": letter.ref, "until": in_words_date(until, frame.language)}
    payload = {"by": by, "until": until.isoformat(), "reason": reason}
    return _plain(
        frame, letter, said["subject"].format(**values), said["intro"].format(**values, reason=reason), said["next"],
        "info", payload,
    )  # fmt: skip


def ack_ran_out(frame: Frame, letter: Letter, supplier: str, by: str, until: date) -> Draft:
    """An acknowledgement ended with the alert still open, for the backup."""
    said = texts(frame.language)["ack"]
    values = {"by": by, "supplier": supplier, "ref": letter.ref, "until": in_words_date(until, frame.language)}
    return _plain(
        frame, letter, said["over_subject"].format(**values), said["over_intro"].format(**values),
        said["over_next"].format(**values), "attention", {"by": by, "until": until.isoformat()},
    )  # fmt: skip


def test(frame: Frame, letter: Letter, channel: str) -> Draft:
    """Proves that a channel works."""
    said = texts(frame.language)["test"]
    intro = said["intro"].format(organisation=_organisation(frame), channel=channel)
    return _plain(frame, letter, said["subject"], intro, said["next"], "info", {"channel": channel})


def settings_refused(frame: Frame, letter: Letter, error: str) -> Draft:
    """A reload was refused."""
    said = texts(frame.language)["settings"]
    return _plain(frame, letter, said["subject"], said["intro"].format(error=error), said["next"], "attention", {})


def reason_in_words(reason: str, language: str) -> str:
    """Why the source is in trouble, for a person."""
    known = texts(language)["reasons"]
    return str(known.get(reason) or known["other"].format(word=reason))


def subject_of(draft: Draft, ref: str) -> str:
    """The subject as sent: the reference comes first, so that it survives cutting."""
    return f"[{ref}] {draft.subject}"


def _plain(
    frame: Frame, letter: Letter, subject: str, intro: str, todo: str, severity: str,
    payload: Mapping[str, object], more: Sequence[Block] = (),
) -> Draft:  # fmt: skip
    say = texts(frame.language)
    blocks: list[Block] = [
        Paragraph(intro), *more, Heading(say["what_to_do"]), Paragraph(todo), _general_facts(frame, letter),
    ]  # fmt: skip
    whole = _payload(frame, letter) | {"severity": severity, "what_to_do": todo} | dict(payload)
    return _finish(frame, letter, subject, blocks, severity, whole)


def _finish(
    frame: Frame, letter: Letter, subject: str, blocks: list[Block], severity: str, payload: dict[str, object],
    verdict: ContractVerdict | None = None,
) -> Draft:  # fmt: skip
    """Adds what every message ends with: the evidence, the way to acknowledge, the reference."""
    say = texts(frame.language)
    for link in _links(frame, letter, verdict):
        blocks.append(link)
    blocks.append(Paragraph(say["footer"].format(ref=letter.ref, organisation=_organisation(frame))))
    payload["links"] = [{"label": link.label, "url": link.url} for link in blocks if isinstance(link, Link)]
    return Draft(f"[{letter.ref}] {subject}", tuple(blocks), frame.language, severity, payload)


def _links(frame: Frame, letter: Letter, verdict: ContractVerdict | None) -> list[Link]:
    say = texts(frame.language)
    links = []
    if frame.public_url:
        host = verdict.match.host if verdict else None
        path = f"/hosts/{host.id}" if host else "/"
        query = "?lang=en" if frame.language == "en" else ""
        links.append(Link(say["evidence"], frame.public_url.rstrip("/") + path + query))
    elif letter.page:
        address, sha256 = letter.page
        label = say["source_page"].format(sha256=f"sha256 {sha256}") if sha256 else say["source_address"]
        links.append(Link(label, address))
    if letter.ack_url:
        links.append(Link(say["acknowledge"].format(days=letter.ack_days), letter.ack_url))
    return links


def _headline(
    frame: Frame, verdict: ContractVerdict, code: Code, still: bool, since: date | None
) -> str:  # fmt: skip
    say = texts(frame.language)
    if still:
        return str(say["still"].format(since=in_words_date(since, frame.language)) if since else say["still_undated"])
    left = in_words_days(verdict.days_left, frame.language) if verdict.days_left is not None else ""
    return str(say["headlines"][str(code)].format(left=left, end=in_words_date(verdict.coverage_end, frame.language)))


def _next(frame: Frame, verdict: ContractVerdict, code: Code) -> str:
    template: str = texts(frame.language)["next"][str(code)]
    return template.format(supplier=verdict.contract.supplier, contract=verdict.contract.id)


def _facts(frame: Frame, letter: Letter, verdict: ContractVerdict, ended: date | None) -> Facts:
    say = texts(frame.language)["facts"]
    contract, host = verdict.contract, verdict.match.host
    pairs = [
        (say["contract"], contract.id),
        (say["supplier"], contract.supplier),
        (
            say["host"],
            f"{host.legal_name}{f' (SIREN {host.siren})' if host.siren else ''}"
            if host
            else texts(frame.language)["none"],
        ),
        (say["verdict"], _verdict_word(frame, verdict.verdict)),
        (say["required"], in_words_activities(sorted(contract.activities), frame.language)),
    ]
    if verdict.missing_activities and verdict.verdict != "closed":
        pairs.append((say["missing"], in_words_activities(verdict.missing_activities, frame.language)))
    end = verdict.coverage_end or ended
    if end:
        pairs.append((say["coverage_end"], f"{in_words_date(end, frame.language)} ({end.isoformat()})"))
    return Facts((*pairs, *_general_facts(frame, letter).pairs))


def _general_facts(frame: Frame, letter: Letter) -> Facts:
    say = texts(frame.language)["facts"]
    return Facts(((say["registry"], _registry_words(frame)), (say["reference"], letter.ref)))


def _registry_words(frame: Frame) -> str:
    say = texts(frame.language)
    if frame.observed_on is None or frame.age_days is None:
        return str(say["registry_never"])
    day = f"{in_words_date(frame.observed_on, frame.language)} [{frame.observed_on.isoformat()}]"
    return str(say["registry_age" if frame.age_days else "registry_today"].format(date=day, days=frame.age_days))


def _organisation(frame: Frame) -> str:
    return frame.organisation or str(texts(frame.language)["no_organisation"])


def _verdict_word(frame: Frame, verdict: str) -> str:
    return str(words(frame.language)["verdicts"][str(verdict)])


def _line(frame: Frame, verdict: ContractVerdict) -> str:
    say = texts(frame.language)
    line = say["verdict_lines"].format(
        contract=verdict.contract.id, supplier=verdict.contract.supplier, verdict=_verdict_word(frame, verdict.verdict)
    )
    if verdict.verdict == "closed" or verdict.coverage_end is None or verdict.days_left is None:
        return str(line)
    end, left = in_words_date(verdict.coverage_end, frame.language), in_words_days(verdict.days_left, frame.language)
    return str(say["line_end"].format(line=line, end=end, left=left))


def _by_verdict(frame: Frame, verdicts: Sequence[ContractVerdict]) -> list[Block]:
    """Contracts worst first, a list a verdict."""
    blocks: list[Block] = []
    for verdict in ("breach", "unknown", "attention", "covered", "closed"):
        lines = tuple(_line(frame, one) for one in verdicts if one.verdict == verdict)
        if lines:
            word = _verdict_word(frame, verdict)
            blocks += [Heading(f"{word[:1].upper()}{word[1:]} : {len(lines)}"), Items(lines)]
    return blocks


def _list_or(lines: Sequence[str], otherwise: str) -> Block:
    return Items(tuple(lines)) if lines else Paragraph(otherwise)


def _next_dates(frame: Frame, verdicts: Sequence[ContractVerdict], most: int = 10) -> list[str]:
    say = texts(frame.language)["digest"]["next_date"]
    coming = sorted(
        (day, threshold, one.contract.id, one.contract.supplier)
        for one in verdicts
        if one.coverage_end
        for day, threshold in announcement_dates(one.coverage_end, frame.thresholds)
        if day > frame.today
    )
    return [
        say.format(
            date=in_words_date(day, frame.language), contract=contract, supplier=supplier,
            left=join_words([f"{threshold} j" if frame.language == "fr" else f"{threshold} d"], frame.language),
        )
        for day, threshold, contract, supplier in coming[:most]
    ]  # fmt: skip


def _payload(frame: Frame, letter: Letter) -> dict[str, object]:
    return {
        "schema": SCHEMA, "kind": letter.kind, "event": letter.event, "reference": letter.ref,
        "organisation": frame.organisation, "language": frame.language, "date": frame.today.isoformat(),
        "registry": {
            "run_id": frame.run_id, "age_days": frame.age_days,
            "observed_on": frame.observed_on.isoformat() if frame.observed_on else None,
        },
        "evidence": {"url": letter.page[0], "sha256": letter.page[1] or None} if letter.page else None,
    }  # fmt: skip


def _contract_payload(verdict: ContractVerdict) -> dict[str, object]:
    host = verdict.match.host
    return {
        "id": verdict.contract.id, "supplier": verdict.contract.supplier, "verdict": str(verdict.verdict),
        "host_id": host.id if host else None, "legal_name": host.legal_name if host else None,
        "coverage_end": verdict.coverage_end.isoformat() if verdict.coverage_end else None,
        "days_left": verdict.days_left, "missing_activities": list(verdict.missing_activities),
    }  # fmt: skip
