"""`hdswatch calendar`: RFC 5545 that two independent parsers read the same, stable UIDs, alarms on the right days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.calendar_file import as_icalendar, calendar_days
from monitor.verdicts import check
from monitor.watchlist import Contract, Watchlist
from registry.snapshot import GoodRun, Snapshot
from tests.conftest import Run
from tests.verdicts.published_registry import publish
from tests.verdicts.verdict_world import D, cert, contract, host, registry


def made(snapshot: Snapshot, *contracts: Contract, language: str = "fr", on: date = D, **more: Any) -> bytes:
    watchlist = Watchlist(organisation="CH", contracts=contracts, **({"thresholds": (30, 7, 0)} | more))
    return as_icalendar(check(snapshot, watchlist, on, on), language)


def events(calendar: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(calendar).walk("VEVENT"))


def test_coverage_contract_and_notice_are_whole_days() -> None:
    found = events(made(registry(host(cert())), contract(ends_on="2028-06-30", notice_days=90)))
    assert [
        (str(one["summary"]).split("\u00a0")[0], one.decoded("dtstart"), one.decoded("dtend")) for one in found
    ] == [
        ("Fin de couverture HDS", date(2028, 1, 1), date(2028, 1, 2)),
        ("Dernier jour de préavis", date(2028, 4, 1), date(2028, 4, 2)),
        ("Fin du contrat", date(2028, 6, 30), date(2028, 7, 1)),
    ]


def test_alarms_ring_in_the_morning_of_the_day_a_threshold_is_crossed() -> None:
    (event,) = events(made(registry(host(cert())), contract()))
    midnight = datetime.combine(event.decoded("dtstart"), datetime.min.time())
    rings = [midnight + alarm.decoded("trigger") for alarm in event.walk("VALARM")]
    assert rings == [datetime(2027, 12, 2, 9), datetime(2027, 12, 25, 9), datetime(2028, 1, 1, 9)]
    assert [str(alarm["action"]) for alarm in event.walk("VALARM")] == ["DISPLAY"] * 3
    told = [str(alarm["description"]).removeprefix(str(event["summary"])) for alarm in event.walk("VALARM")]
    assert told == [" dans 30 jours", " dans 7 jours", " aujourd'hui"]


@pytest.mark.parametrize(("language", "words"), [("fr", "dans 1 jour"), ("en", "in 1 day")])
def test_one_day_is_said_in_the_singular(language: str, words: str) -> None:
    (event,) = events(made(registry(host(cert())), contract(), thresholds=(1,), language=language))
    (alarm,) = event.walk("VALARM")
    assert str(alarm["description"]).endswith(words)


def test_an_independent_parser_reads_the_same() -> None:
    raw = made(registry(host(cert())), contract(ends_on="2027-12-31", notice_days=30))
    other = vobject.readOne(raw.decode())
    mine = events(raw)
    assert [one.uid.value for one in other.vevent_list] == [str(one["uid"]) for one in mine]
    assert [one.dtstart.value for one in other.vevent_list] == [one.decoded("dtstart") for one in mine]
    assert [one.summary.value for one in other.vevent_list] == [str(one["summary"]) for one in mine]
    assert all(one.dtstart.params == {"VALUE": ["DATE"]} for one in other.vevent_list)
    assert other.validate(raiseException=True)


def test_lines_end_in_crlf_and_are_at_most_75_bytes() -> None:
    raw = made(registry(host(cert(), legal_name="É" * 200)), contract(supplier="Œ" * 200))
    lines = raw.split(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert events(raw)[0]["summary"].count("Œ") == 200


def test_a_uid_stays_when_the_date_moves_and_differs_between_contracts_and_dates() -> None:
    short = events(made(registry(host(cert(expires_on="2027-01-01"))), contract(ends_on="2027-06-01")))
    long = events(made(registry(host(cert(expires_on="2027-05-01"))), contract(ends_on="2027-06-01")))
    assert {str(one["uid"]) for one in short} == {str(one["uid"]) for one in long}
    other = events(made(registry(host(cert())), contract(id="other", ends_on="2027-06-01")))
    assert not {str(one["uid"]) for one in short} & {str(one["uid"]) for one in other}


def test_a_later_run_has_a_higher_sequence_and_stamp() -> None:
    def stamped(run: GoodRun) -> tuple[int, datetime]:
        (event,) = events(made(registry(host(cert()), run=run), contract()))
        return int(event["sequence"]), event.decoded("dtstamp")

    first = stamped(GoodRun(7, datetime(2026, 11, 20, 6, 15, tzinfo=UTC)))
    second = stamped(GoodRun(8, datetime(2026, 11, 21, 6, 15, tzinfo=UTC)))
    assert first == (7, datetime(2026, 11, 20, 6, 15, tzinfo=UTC)) and second > first


def test_the_same_inputs_give_the_same_bytes() -> None:
    world = registry(host(cert()))
    assert made(world, contract(), contract(id="b")) == made(world, contract(), contract(id="b"))


def test_what_is_not_covered_or_closed_or_past_has_no_event() -> None:
    assert events(made(registry(host(cert(expires_on="2026-01-01"))), contract())) == []
    assert events(made(registry(host(cert())), contract(ends_on="2026-01-01"))) == []


def test_a_contract_that_has_not_begun_has_the_dates_of_its_first_day() -> None:
    """Its messages start on that day (`forecast`), so its dates belong into the calendar now."""
    later = cert(issued_on="2027-02-01", expires_on="2028-01-01")
    found = events(made(registry(host(later)), contract(starts_on="2027-03-01", ends_on="2029-01-01")))
    assert [one.decoded("dtstart") for one in found] == [date(2028, 1, 1), date(2029, 1, 1)]
    assert events(made(registry(host(cert(expires_on="2027-02-28"))), contract(starts_on="2027-03-01"))) == []


def test_coverage_that_outlives_the_contract_by_far_is_no_event() -> None:
    found = calendar_days(
        check(registry(host(cert())), Watchlist(contracts=(contract(ends_on="2027-01-31"),), thresholds=(30,)), D, D),
        "en",
    )
    assert [day.kind for day in found] == ["contract"]


def test_english() -> None:
    (event,) = events(made(registry(host(cert())), contract(), language="en"))
    assert str(event["summary"]) == "HDS coverage ends: Hébergeur Test (k)"


def test_the_end_of_the_calendar_is_no_trouble() -> None:
    (event,) = events(made(registry(host(cert(expires_on="9999-12-31"))), contract()))
    assert event.decoded("dtstart") == date(9999, 12, 31)


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_outside_text_stays_within_its_line(supplier: str, number: str) -> None:
    raw = made(registry(host(cert(number=number))), contract(supplier=supplier))
    (event,) = events(raw)
    assert raw.count(b"BEGIN:VEVENT") == 1 and raw.count(b"BEGIN:VALARM") == 3
    assert str(event["uid"]).startswith("coverage-")
    assert vobject.readOne(raw.decode()).vevent.uid.value == str(event["uid"])


def test_the_command_writes_a_file_or_stdout(hdswatch: Run, home: Path, tmp_path: Path) -> None:
    publish(home / "hds.db")
    (home / "watchlist.yml").write_text(
        "version: 1\norganisation: CH\nlanguage: fr\nchannels: {}\ncontacts: []\ncontracts:\n"
        "  - {id: a, supplier: Scalingo, activities: [1], notify: []}\n"
    )
    done = hdswatch("calendar", "--out", tmp_path / "hds.ics")
    assert (tmp_path / "hds.ics").stat().st_mode & 0o777 == 0o600
    assert done.returncode == 0 and [path.name for path in tmp_path.glob("*hds.ics*")] == ["hds.ics"]
    printed = hdswatch("calendar").stdout
    assert printed.encode() == (tmp_path / "hds.ics").read_bytes()
    assert len(events(printed.encode())) == 1
    assert hdswatch("calendar", "--out", tmp_path / "no" / "such" / "x.ics").returncode == 2
