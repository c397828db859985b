"""What messages are put together from: the frame that a pass shares, headlines, facts, links, lines and payloads.

Owns the choice of words for each part. Which parts a message has, and in which order, is for `compose`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from monitor.findings import Code
from monitor.ladder import announcement_dates
from monitor.messages.layout import Block, Draft, Facts, Heading, Items, Link, Paragraph
from monitor.verdicts import ContractVerdict
from monitor.wording import colon, in_words_activities, in_words_date, in_words_days, join_words, words

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


def plain_message(
    frame: Frame, letter: Letter, subject: str, intro: str, todo: str, severity: str,
    payload: Mapping[str, object], more: Sequence[Block] = (),
) -> Draft:  # fmt: skip
    """A message that is one paragraph, what to do, and whatever stands between."""
    say = texts(frame.language)
    blocks: list[Block] = [
        Paragraph(intro), *more, Heading(say["what_to_do"]), Paragraph(todo), general_facts(frame, letter),
    ]  # fmt: skip
    whole = payload_of(frame, letter) | {"severity": severity, "what_to_do": todo} | dict(payload)
    return finish(frame, letter, subject, blocks, severity, whole)


def finish(
    frame: Frame, letter: Letter, subject: str, blocks: list[Block], severity: str, payload: dict[str, object],
    verdict: ContractVerdict | None = None,
) -> Draft:  # fmt: skip
    """Adds what every message ends with: the evidence, the way to acknowledge, the reference."""
    say = texts(frame.language)
    for link in links_of(frame, letter, verdict):
        blocks.append(link)
    blocks.append(Paragraph(say["footer"].format(ref=letter.ref, organisation=organisation_of(frame))))
    payload["links"] = [{"label": link.label, "url": link.url} for link in blocks if isinstance(link, Link)]
    return Draft(f"[{letter.ref}] {subject}", tuple(blocks), frame.language, severity, payload)


def links_of(frame: Frame, letter: Letter, verdict: ContractVerdict | None) -> list[Link]:
    """The evidence: the host's page when the site has an address, else the source page; and the way to act."""
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


def headline(
    frame: Frame, verdict: ContractVerdict, code: Code, still: bool, since: date | None
) -> str:  # fmt: skip
    """The matter in a few words, worst code first; a weekly reminder says since when."""
    say = texts(frame.language)
    if still:
        return str(say["still"].format(since=in_words_date(since, frame.language)) if since else say["still_undated"])
    left = in_words_days(verdict.days_left, frame.language) if verdict.days_left is not None else ""
    return str(say["headlines"][str(code)].format(left=left, end=in_words_date(verdict.coverage_end, frame.language)))


def next_step(frame: Frame, verdict: ContractVerdict, code: Code) -> str:
    """What a person does about a code."""
    template: str = texts(frame.language)["next"][str(code)]
    return template.format(supplier=verdict.contract.supplier, contract=verdict.contract.id)


def contract_facts(frame: Frame, letter: Letter, verdict: ContractVerdict, ended: date | None) -> Facts:
    """Names and values about one contract, then those of every message. `ended` is the last covered day of one that
    is not covered any more."""
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
        (say["verdict"], verdict_word(frame, verdict.verdict)),
        (say["required"], in_words_activities(sorted(contract.activities), frame.language)),
    ]
    if verdict.missing_activities and verdict.verdict != "closed":
        pairs.append((say["missing"], in_words_activities(verdict.missing_activities, frame.language)))
    end = verdict.coverage_end or ended
    if end:
        pairs.append((say["coverage_end"], f"{in_words_date(end, frame.language)} ({end.isoformat()})"))
    return Facts((*pairs, *general_facts(frame, letter).pairs))


def general_facts(frame: Frame, letter: Letter) -> Facts:
    """What every message states: the date of the registry and its own reference."""
    say = texts(frame.language)["facts"]
    return Facts(((say["registry"], registry_words(frame)), (say["reference"], letter.ref)))


def registry_words(frame: Frame) -> str:
    """When the official list was last read, and how long ago that is."""
    say = texts(frame.language)
    if frame.observed_on is None or frame.age_days is None:
        return str(say["registry_never"])
    day = f"{in_words_date(frame.observed_on, frame.language)} [{frame.observed_on.isoformat()}]"
    return str(say["registry_age" if frame.age_days else "registry_today"].format(date=day, days=frame.age_days))


def organisation_of(frame: Frame) -> str:
    """The organisation's name, or words for it."""
    return frame.organisation or str(texts(frame.language)["no_organisation"])


def verdict_word(frame: Frame, verdict: str) -> str:
    """A verdict as people say it."""
    return str(words(frame.language)["verdicts"][str(verdict)])


def contract_line(frame: Frame, verdict: ContractVerdict) -> str:
    """One contract in a list: its verdict and until when it is covered."""
    say = texts(frame.language)
    line = say["verdict_lines"].format(
        contract=verdict.contract.id, supplier=verdict.contract.supplier, verdict=verdict_word(frame, verdict.verdict)
    )
    if verdict.verdict == "closed" or verdict.coverage_end is None or verdict.days_left is None:
        return str(line)
    end, left = in_words_date(verdict.coverage_end, frame.language), in_words_days(verdict.days_left, frame.language)
    return str(say["line_end"].format(line=line, end=end, left=left))


def by_verdict(frame: Frame, verdicts: Sequence[ContractVerdict]) -> list[Block]:
    """Contracts worst first, a list a verdict."""
    blocks: list[Block] = []
    for verdict in ("breach", "unknown", "attention", "covered", "closed"):
        lines = tuple(contract_line(frame, one) for one in verdicts if one.verdict == verdict)
        if lines:
            word = verdict_word(frame, verdict)
            blocks += [Heading(f"{word[:1].upper()}{word[1:]}{colon(frame.language)}{len(lines)}"), Items(lines)]
    return blocks


def list_or(lines: Sequence[str], otherwise: str) -> Block:
    """A list, or a sentence when there is nothing to list."""
    return Items(tuple(lines)) if lines else Paragraph(otherwise)


def next_dates(frame: Frame, verdicts: Sequence[ContractVerdict], most: int = 10) -> list[str]:
    """The next reminders that will be sent if nothing changes, soonest first."""
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


def payload_of(frame: Frame, letter: Letter) -> dict[str, object]:
    """The fields of every JSON payload (docs/webhook.md)."""
    return {
        "schema": SCHEMA, "kind": letter.kind, "event": letter.event, "reference": letter.ref,
        "organisation": frame.organisation, "language": frame.language, "date": frame.today.isoformat(),
        "registry": {
            "run_id": frame.run_id, "age_days": frame.age_days,
            "observed_on": frame.observed_on.isoformat() if frame.observed_on else None,
        },
        "evidence": {"url": letter.page[0], "sha256": letter.page[1] or None} if letter.page else None,
    }  # fmt: skip


def contract_payload(verdict: ContractVerdict) -> dict[str, object]:
    """One contract in a JSON payload."""
    host = verdict.match.host
    return {
        "id": verdict.contract.id, "supplier": verdict.contract.supplier, "verdict": str(verdict.verdict),
        "host_id": host.id if host else None, "legal_name": host.legal_name if host else None,
        "coverage_end": verdict.coverage_end.isoformat() if verdict.coverage_end else None,
        "days_left": verdict.days_left, "missing_activities": list(verdict.missing_activities),
    }  # fmt: skip
