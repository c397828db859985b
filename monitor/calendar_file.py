"""The dates of a watchlist as iCalendar (RFC 5545): ends of coverage, ends of contracts, last days of notice.

Pure: the same inputs give the same bytes. Events are whole civil days, so no time zone can shift them. A UID belongs to
a contract and a sort of date, so that an end that moves moves the event instead of adding one; SEQUENCE grows with the
runs of the list. Text from outside is escaped by the icalendar library and has no control characters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from monitor.verdicts import CheckResult, ContractVerdict, assess
from monitor.wording import in_words_date, plain, say, words
from registry.clock import paris_date

ALARM_AT = timedelta(hours=9)
"""Alarms ring in the morning of the day on which a threshold is crossed, in the calendar's own time."""
EPOCH = datetime(2018, 6, 29, tzinfo=UTC)
"""DTSTAMP of a calendar from a registry that was never read: the day the first référentiel was published."""


@dataclass(frozen=True, slots=True)
class Day:
    """One event: a civil day with what it is, and alarms so many days before."""

    kind: str
    contract: str
    on: date
    summary: str
    about: str
    alarms: tuple[int, ...] = ()

    @property
    def uid(self) -> str:
        """Stable, and says nothing of the contract to others."""
        return f"{self.kind}-{hashlib.sha256(self.contract.encode()).hexdigest()[:24]}@hdswatch"


def calendar_days(result: CheckResult, language: str) -> list[Day]:
    """Every date from the day judged on, by date. Contracts that have ended have none; one that has not begun has those
    that hold from its first day."""
    text = words(language, "planning")["calendar"]
    read_on = result.snapshot.run.finished_at if result.snapshot.run else None
    read = in_words_date(paris_date(read_on), language) if read_on else str(text["unknown"])
    found = [
        day
        for one in map(partial(_begun, result), result.contracts)
        if one.verdict != "closed"
        for day in _days_of(one, text, read, result.watchlist.thresholds, language)
        if day.on >= result.on
    ]
    return sorted(found, key=lambda day: (day.on, day.uid))


def _begun(result: CheckResult, one: ContractVerdict) -> ContractVerdict:
    """The verdict; of a contract that has not begun, that of its first day."""
    first = one.contract.starts_on
    if first is None or first <= result.on:
        return one
    return assess(result.snapshot, one.contract, first, first, thresholds=result.watchlist.thresholds)


def _days_of(
    one: ContractVerdict, text: dict[str, Any], read: str, thresholds: tuple[int, ...], language: str
) -> Iterator[Day]:
    contract = one.contract
    values: dict[str, Any] = {"contract": contract.id, "supplier": contract.supplier}

    def day(kind: str, on: date, alarms: Iterable[int] = ()) -> Day:
        told = [say(text[name], values, language) for name in (kind, f"{kind}_about")]
        return Day(kind, contract.id, on, told[0], told[1], tuple(alarms))

    if one.coverage_end is not None:
        counting = [certificate.number for certificate, counts in one.certificates if counts]
        values["host"] = one.match.host.legal_name if one.match.host else text["unknown"]
        values["certificates"] = ", ".join(number or str(text["unknown"]) for number in counting)
        values["read_on"] = read
        end, last = one.coverage_end, contract.ends_on or date.max
        alarms = [days for days in thresholds if end - last <= timedelta(days=days)]
        if end <= last or alarms:
            yield day("coverage", end, alarms)
    if contract.ends_on is not None:
        yield day("contract", contract.ends_on)
        if contract.notice_days:
            values["days"] = contract.notice_days
            yield day("notice", contract.ends_on - timedelta(days=contract.notice_days), (7, 0))


def as_icalendar(result: CheckResult, language: str) -> bytes:
    """The calendar file: UTF-8, CRLF, folded lines."""
    from icalendar import Calendar, Event

    text = words(language, "planning")["calendar"]
    stamped = result.snapshot.run.finished_at if result.snapshot.run else EPOCH
    name = say(text["name"], {"organisation": result.watchlist.organisation}, language)
    calendar = Calendar()
    calendar.add("prodid", "-//HDSWatch//HDSWatch//" + language.upper())
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    for day in calendar_days(result, language):
        event = Event()
        event.add("uid", day.uid)
        event.add("dtstamp", stamped)
        event.add("last-modified", stamped)
        event.add("sequence", result.registry.run_id or 0)
        event.add("dtstart", day.on)
        if day.on < date.max:
            event.add("dtend", day.on + timedelta(days=1))
        event.add("summary", day.summary)
        event.add("description", day.about)
        event.add("categories", ["HDS"])
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        for days in day.alarms:
            event.add_component(_alarm(day, days, text, language))
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _alarm(day: Day, days: int, text: dict[str, Any], language: str) -> Any:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", ALARM_AT - timedelta(days=days))
    alarm.add("description", plain(say(text["alarm"], {"summary": day.summary, "days": days}, language)))
    return alarm
