"""What each kind of message says: facts of a pass in, a draft out.

Owns the choice and the order of sentences. Knows nothing of outbox, recipients or time: dates come with the facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor.findings import SEVERITY, Code, Severity
from monitor.messages.layout import Block, Draft, Heading, Items, Paragraph
from monitor.messages.parts import (
    Frame,
    Letter,
    by_verdict,
    contract_facts,
    contract_line,
    contract_payload,
    finish,
    general_facts,
    headline,
    list_or,
    next_dates,
    next_step,
    organisation_of,
    payload_of,
    plain_message,
    registry_words,
    texts,
    verdict_word,
)
from monitor.verdicts import ContractVerdict
from monitor.wording import colon, in_words_date


def alert(
    frame: Frame, letter: Letter, verdict: ContractVerdict, codes: Sequence[Code], *, threshold: int | None = None,
    still_since: date | None = None, still: bool = False,
) -> Draft:  # fmt: skip
    """One contract's finding. `still` marks a weekly reminder, `still_since` the first day without coverage."""
    say = texts(frame.language)
    shown = [f for f in verdict.findings if f.code in codes] or [f for f in verdict.findings if f.code in SEVERITY]
    title = headline(frame, verdict, codes[0], still, still_since)
    sentences = tuple(dict.fromkeys(f.message(frame.language) for f in shown))
    blocks: list[Block] = [
        Paragraph(f"{verdict.contract.supplier} ({verdict.contract.id}){colon(frame.language)}{title}.")
    ]
    blocks += [Paragraph(sentence) for sentence in sentences]
    blocks += [Heading(say["what_to_do"]), Paragraph(next_step(frame, verdict, codes[0]))]
    blocks.append(contract_facts(frame, letter, verdict, still_since and still_since - timedelta(days=1)))
    severity = str(min((SEVERITY[code] for code in codes), key=list(Severity).index))
    payload = payload_of(frame, letter) | {
        "severity": severity,
        "contract": contract_payload(verdict),
        "findings": [f.as_json(frame.language) for f in shown],
        "threshold": threshold,
        "what_to_do": next_step(frame, verdict, codes[0]),
    }
    subject = f"{title}{colon(frame.language)}{verdict.contract.supplier}"
    return finish(frame, letter, subject, blocks, severity, payload, verdict)


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
        contract_facts(frame, letter, verdict, None),
    ]
    payload = payload_of(frame, letter) | {
        "severity": "resolved",
        "contract": contract_payload(verdict),
        "reason": reason,
        "codes": [str(code) for code in codes],
        "what_to_do": todo,
    }
    subject = said["subject_ended" if reason == "contract_ended" else "subject"].format(
        supplier=verdict.contract.supplier
    )
    return finish(frame, letter, subject, blocks, "resolved", payload, verdict)


def inventory(frame: Frame, letter: Letter, verdicts: Sequence[ContractVerdict]) -> Draft:
    """Every contract and its verdict, once, when the watch begins."""
    say = texts(frame.language)
    said = say["inventory"]
    breaches = sum(one.verdict == "breach" for one in verdicts)
    blocks: list[Block] = [Paragraph(said["intro"].format(date=in_words_date(frame.today, frame.language)))]
    blocks += by_verdict(frame, verdicts)
    blocks += [Heading(say["what_to_do"]), Paragraph(said["next"]), general_facts(frame, letter)]
    payload = payload_of(frame, letter) | {
        "severity": "info",
        "contracts": [contract_payload(one) for one in verdicts],
        "what_to_do": said["next"],
    }
    subject = said["subject"].format(total=len(verdicts), breach=breaches)
    return finish(frame, letter, subject, blocks, "info", payload)


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
            before=verdict_word(frame, before[one.contract.id]), after=verdict_word(frame, one.verdict),
        )
        for one in verdicts
        if before.get(one.contract.id, one.verdict) != one.verdict
    ]  # fmt: skip
    lines = [
        said["alert"].format(
            ref=a.ref, contract=a.contract, supplier=suppliers[a.contract].contract.supplier,
            headline=headline(frame, suppliers[a.contract], a.codes[0], False, None), state=say["states"][a.state],
        )
        for a in alerts
        if a.contract in suppliers and a.codes
    ]  # fmt: skip
    dates = next_dates(frame, open_ones)
    blocks: list[Block] = [
        Paragraph(
            said["intro"].format(
                date=in_words_date(frame.today, frame.language), watched=len(open_ones), matched=matched,
                unmatched=len(open_ones) - matched,
            )
        ),
        Heading(said["changed"]), list_or(changes, said["nothing_changed"]),
        Heading(said["open_alerts"]), list_or(lines, said["no_alerts"]),
        Heading(said["next_dates"]), list_or(dates, said["no_dates"]),
        Heading(said["contracts"]), *by_verdict(frame, verdicts),
        Heading(say["what_to_do"]), Paragraph(said["next"].format(weekday=say["weekdays"][weekday])),
        general_facts(frame, letter),
    ]  # fmt: skip
    payload = payload_of(frame, letter) | {
        "severity": "info", "week": week, "watched": len(open_ones), "matched": matched,
        "contracts": [contract_payload(one) for one in verdicts],
        "open_alerts": [{"reference": a.ref, "contract": a.contract, "state": a.state} for a in alerts],
    }  # fmt: skip
    return finish(frame, letter, said["subject"].format(week=week, open=len(lines)), blocks, "info", payload)


def digest_unread(frame: Frame, letter: Letter, watched: int, week: str, weekday: str) -> Draft:
    """The heartbeat while the list was never read: nothing can be said of any contract, and that is said."""
    say = texts(frame.language)
    said = say["digest"]
    intro = said["intro_unread"].format(date=in_words_date(frame.today, frame.language), watched=watched)
    todo = said["next_unread"].format(weekday=say["weekdays"][weekday])
    payload = {"week": week, "watched": watched, "matched": 0, "contracts": [], "open_alerts": []}
    return plain_message(frame, letter, said["subject_unread"].format(week=week), intro, todo, "attention", payload)


def source_trouble(
    frame: Frame, letter: Letter, reason: str, since: date | None, source: str = "hosts"
) -> Draft:  # fmt: skip
    """A list can't be read: the one of the hosts, or only the one of the certifiers."""
    said = texts(frame.language)["source"]
    word = reason_in_words(reason, frame.language)
    todo, payload = said["next"].format(source=source), {"reason": reason, "source": source}
    if source == "certifiers":
        intro = said["intro_certifiers"].format(
            since=in_words_date(since, frame.language), reason=word, registry=registry_words(frame)
        )
        return plain_message(frame, letter, said["subject_certifiers"], intro, todo, "attention", payload)
    if frame.observed_on is None:
        intro = said["intro_never"].format(reason=word)
    else:
        intro = said["intro"].format(
            since=in_words_date(since, frame.language), reason=word, registry=registry_words(frame)
        )
    return plain_message(frame, letter, said["subject"], intro, todo, "attention", payload)


def source_back(frame: Frame, letter: Letter, since: date) -> Draft:
    """The list is read again."""
    said = texts(frame.language)["source"]
    intro = said["back_intro"].format(since=in_words_date(since, frame.language))
    return plain_message(frame, letter, said["back_subject"], intro, said["back_next"], "resolved", {"reason": "back"})


def source_held(frame: Frame, letter: Letter, verdicts: Sequence[ContractVerdict], total: int) -> Draft:
    """One run changed too much at once."""
    said = texts(frame.language)["source"]
    numbers = {"count": len(verdicts), "total": total}
    lines = tuple(contract_line(frame, one) for one in verdicts)
    payload = {"reason": "held", "contracts": [one.contract.id for one in verdicts]}
    return plain_message(
        frame, letter, said["held_subject"].format(**numbers), said["held_intro"].format(**numbers),
        said["held_next"].format(ref=letter.ref), "attention", payload, [Items(lines)],
    )  # fmt: skip


def delivery_trouble(
    frame: Frame, letter: Letter, contact: str, channel: str, since: date, waiting: Sequence[str],
    *, dead: bool = False,
) -> Draft:  # fmt: skip
    """A contact can't be reached, for its backup; after a day (`dead`) for the others. `waiting` holds the subjects
    that wait."""
    said = texts(frame.language)["delivery"]
    values = {
        "contact": contact,
        "channel": channel,
        "count": len(waiting),
        "since": in_words_date(since, frame.language),
    }
    more: list[Block] = [Heading(said["waiting"]), Items(tuple(waiting))]
    return plain_message(
        frame, letter, said["subject"].format(**values), said["intro_dead" if dead else "intro"].format(**values),
        said["next"].format(**values), "attention", {"contact": contact, "channel": channel}, more,
    )  # fmt: skip


def acknowledged(frame: Frame, letter: Letter, supplier: str, by: str, until: date, reason: str) -> Draft:
    """Someone took an alert over, for the others who know of it."""
    said = texts(frame.language)["ack"]
    values = {"by": by, "supplier": supplier, "ref": letter.ref, "until": in_words_date(until, frame.language)}
    payload = {"by": by, "until": until.isoformat(), "reason": reason}
    return plain_message(
        frame, letter, said["subject"].format(**values), said["intro"].format(**values, reason=reason), said["next"],
        "info", payload,
    )  # fmt: skip


def ack_ran_out(frame: Frame, letter: Letter, supplier: str, by: str, until: date) -> Draft:
    """An acknowledgement ended with the alert still open, for the backup."""
    said = texts(frame.language)["ack"]
    values = {"by": by, "supplier": supplier, "ref": letter.ref, "until": in_words_date(until, frame.language)}
    return plain_message(
        frame, letter, said["over_subject"].format(**values), said["over_intro"].format(**values),
        said["over_next"].format(**values), "attention", {"by": by, "until": until.isoformat()},
    )  # fmt: skip


def test(frame: Frame, letter: Letter, channel: str) -> Draft:
    """Proves that a channel works."""
    said = texts(frame.language)["test"]
    intro = said["intro"].format(organisation=organisation_of(frame), channel=channel)
    return plain_message(frame, letter, said["subject"], intro, said["next"], "info", {"channel": channel})


def settings_refused(frame: Frame, letter: Letter, error: str) -> Draft:
    """A reload was refused."""
    said = texts(frame.language)["settings"]
    return plain_message(
        frame, letter, said["subject"], said["intro"].format(error=error), said["next"], "attention", {}
    )


def reason_in_words(reason: str, language: str) -> str:
    """Why the source is in trouble, for a person."""
    known = texts(language)["reasons"]
    return str(known.get(reason) or known["other"].format(word=reason))
