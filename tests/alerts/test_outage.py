"""When the source is in doubt, when people must know, and when one run changes too much: the rules by themselves."""

from __future__ import annotations

import pytest

from monitor.outage import Try, clock_on, crawl_slot, judge_source, too_many
from tests.alerts.alerts_world import at

NOW = at("2026-11-22 09:00")


def tried(when: str, reason: str = "", source: str = "hosts", begun: str | None = None) -> Try:
    """One try; it was good unless it has a reason."""
    return Try(source, at(when), not reason, reason, started=at(begun) if begun else None)


@pytest.mark.parametrize(
    ("why", "tries", "expected"),
    [
        ("a home that was never crawled is in no trouble", [], (False, False, None, "", "hosts")),
        ("a good reading is no trouble", [tried("2026-11-22 07:00")], (False, False, None, "", "hosts")),
        (
            "data may be as old as the setting says",
            [tried("2026-11-15 07:00")],
            (False, False, None, "", "hosts"),
        ),
        (
            "a day more is told, with the day of the last good reading",
            [tried("2026-11-14 07:00")],
            (True, True, "2026-11-14 07:00", "stale", "hosts"),
        ),
        (
            "one failed day is doubt, not news",
            [tried("2026-11-21 07:00"), tried("2026-11-22 07:00", "unreachable")],
            (True, False, "2026-11-22 07:00", "unreachable", "hosts"),
        ),
        (
            "two failures of one day are one failed day",
            [tried("2026-11-21 07:00"), tried("2026-11-22 06:00", "login"), tried("2026-11-22 08:00", "unreachable")],
            (True, False, "2026-11-22 06:00", "unreachable", "hosts"),
        ),
        (
            "a try belongs to the day on which it began",
            [
                tried("2026-11-20 07:00"), tried("2026-11-21 07:00", "login"),
                tried("2026-11-22 06:00", "login", begun="2026-11-22 05:00"),
            ],
            (True, False, "2026-11-21 07:00", "login", "hosts"),
        ),
        (
            "the second failed day is told, with the first and the last word",
            [tried("2026-11-20 07:00"), tried("2026-11-21 07:00", "login"), tried("2026-11-22 07:00", "unreachable")],
            (True, True, "2026-11-21 07:00", "unreachable", "hosts"),
        ),
        (
            "a good reading forgets what was before it, in whatever order the tries are given",
            [tried("2026-11-22 07:00"), tried("2026-11-20 07:00", "login"), tried("2026-11-21 07:00", "login")],
            (False, False, None, "", "hosts"),
        ),
        (
            "a list that was never read is told at once",
            [tried("2026-11-22 07:00", "bot_wall")],
            (True, True, "2026-11-22 07:00", "bot_wall", "hosts"),
        ),
        (
            "trouble with the certifiers alone is told and holds nothing back",
            [
                tried("2026-11-22 07:00"), tried("2026-11-21 07:00", "login", "certifiers"),
                tried("2026-11-22 07:00", "login", "certifiers"),
            ],
            (False, True, "2026-11-21 07:00", "login", "certifiers"),
        ),
        (
            "the hosts' own trouble comes first",
            [
                tried("2026-11-21 07:00"), tried("2026-11-22 07:00", "unreachable"),
                tried("2026-11-20 07:00", "login", "certifiers"), tried("2026-11-22 07:00", "login", "certifiers"),
            ],
            (True, True, "2026-11-22 07:00", "unreachable", "hosts"),
        ),
    ],
)  # fmt: skip
def test_the_tries_so_far_say_whether_the_source_is_in_trouble(
    why: str, tries: list[Try], expected: tuple[bool, bool, str | None, str, str]
) -> None:
    found = judge_source(tries, NOW, "06:15", 7)
    trouble, tell, since, reason, source = expected
    assert (found.trouble, found.tell, found.reason, found.source) == (trouble, tell, reason, source), why
    assert found.since == (at(since) if since else None), why


@pytest.mark.parametrize(("changed", "total", "many"), [
    (0, 10, False), (3, 3, False), (4, 4, True), (3, 100, False), (4, 20, False), (5, 20, True), (20, 100, False),
    (21, 100, True),
])  # fmt: skip
def test_more_than_three_and_more_than_a_fifth_are_too_many(changed: int, total: int, many: bool) -> None:
    before = {f"c{number:03}": "covered" for number in range(total)}
    after = before | {f"c{number:03}": "breach" for number in range(changed)}
    assert too_many(before, after) == (sorted(after)[:changed] if many else [])


def test_contracts_that_come_or_go_are_no_change_of_verdict() -> None:
    before = {f"old{number}": "covered" for number in range(9)}
    assert too_many(before, {f"new{number}": "breach" for number in range(9)}) == []


@pytest.mark.parametrize(("now", "slot"), [
    ("2026-11-22 05:14", "2026-11-21 05:15"), ("2026-11-22 05:15", "2026-11-22 05:15"),
    ("2026-07-01 04:15", "2026-07-01 04:15"), ("2026-07-01 04:14", "2026-06-30 04:15"),
])  # fmt: skip
def test_the_time_of_the_crawl_is_a_time_in_paris(now: str, slot: str) -> None:
    assert crawl_slot(at(now), "06:15") == at(slot)


def test_a_time_that_the_clock_change_skips_is_the_moment_it_moved_on_to() -> None:
    assert clock_on(at("2027-03-28 12:00").date(), "02:30") == at("2027-03-28 01:30")
