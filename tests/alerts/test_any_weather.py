"""Everything at once, at random: lists that change, sources and sinks that fail, clocks that jump, people who edit and
acknowledge. Whatever happens, each message arrives, once, and the journal holds."""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor import journal
from monitor.actions import Request, act
from monitor.monitor_store import open_store
from monitor.watchlist import load_watchlist
from tests.alerts.alerts_world import ALL, HttpSink, World, at, certificate

NAMES = [f"Host {number}" for number in range(8)]
CONTACTS = [{"id": "a", "role": "r", "channel": "a", "backup": "b"}, {"id": "b", "role": "r", "channel": "b"}]


def any_certificate(luck: random.Random, number: str) -> dict[str, Any]:
    return certificate(
        number,
        luck.choice([None, "2026-10-01", "2026-12-10", "2027-02-01", "2027-06-01", "2030-01-01"]),
        activities=luck.choice([ALL, [1, 2], [1, 2, 3], None]),
        status=luck.choice([None, None, None, "suspended", "withdrawn", "unclear", "in_force"]),
        referential=luck.choice(["v2", "v2", "v1", None]),
        issued_on=luck.choice([None, "2025-01-01", "2027-01-01", "2023-01-01"]),
    )


def any_host(luck: random.Random, world: World, name: str) -> None:
    world.host(name, *(any_certificate(luck, f"{name[-1]}{n}") for n in range(luck.randint(0, 2))))


def any_watchlist(luck: random.Random, world: World, sink: HttpSink) -> None:
    contracts = []
    for number in range(luck.randint(1, 8)):
        contract: dict[str, Any] = {"id": f"c{number}", "supplier": f"Host {number}"}
        contract["activities"] = luck.choice([ALL, [1], [1, 2]])
        contract["notify"] = luck.choice([["a"], ["a", "b"], ["b"]])
        if luck.random() < 0.2:
            contract["ends_on"] = "2026-12-15"
        if luck.random() < 0.3:
            contract["quoted"] = {"certificate_number": f"{number}0"}
        contracts.append(contract)
    channels = {"a": luck.choice([sink.url("/a"), sink.url("/a"), ""]), "b": sink.url(luck.choice(["/b", "/b2"]))}
    code = luck.choice(["EXPIRING", "EXPIRED", "SCOPE_GAP"])
    silence = {"contract": "c0", "code": code, "from": "2026-11-25", "until": "2026-12-20", "by": "x", "reason": "y"}
    world.watch(
        *contracts, channels=channels, contacts=CONTACTS, silences=[silence] if luck.random() < 0.4 else [],
        thresholds=luck.choice([[180, 90, 60, 30, 14, 7, 1, 0], [30, 7], [0]]),
        quiet={"b": "20:00-07:00"} if luck.random() < 0.3 else {},
    )  # fmt: skip


def somebody_acts(luck: random.Random, world: World, now: datetime) -> None:
    open_ones = world.rows("SELECT ref FROM alerts WHERE state <> 'RESOLVED'")
    if not open_ones:
        return
    until: date = (now + timedelta(days=luck.randint(1, 20))).date()
    request = Request(luck.choice(open_ones)["ref"], luck.choice(["ack", "snooze"]), luck.choice("az"), until, "so")
    with closing(open_store(world.home)) as conn:
        act(conn, world.settings, load_watchlist(world.home.watchlist), request, now)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(s, marks=pytest.mark.slow) for s in range(3, 60))])
def test_in_any_weather_every_message_arrives_once(world: World, http: HttpSink, seed: int) -> None:
    luck = random.Random(seed)
    for name in NAMES:
        any_host(luck, world, name)
    any_watchlist(luck, world, http)
    now = at("2026-11-20 07:00")
    for _ in range(60):
        now += timedelta(minutes=luck.choice([1, 5, 60, 600, 1440, 1440, 1440, 4000]))
        now -= timedelta(days=3) if luck.random() < 0.03 else timedelta()
        if luck.random() < 0.25:
            name = luck.choice(NAMES)
            if luck.random() < 0.4:
                world.hosts.pop(name, None)
            else:
                any_host(luck, world, name)
        if luck.random() < 0.1:
            any_watchlist(luck, world, http)
        world.outcome = luck.choices(["good", "failed", "quarantined", "crashed"], [8, 1, 1, 1])[0]
        http.script = [luck.choice([500, "drop", 302, 204]) for _ in range(luck.choice([0, 0, 0, 3]))]
        world.tick(now)
        if luck.random() < 0.1:
            somebody_acts(luck, world, now)
    http.script, world.outcome = [], "good"
    os.environ["TESTWATCH_A_URL"] = http.url("/a")
    for _ in range(3):
        now = (now + timedelta(days=2)).replace(hour=12)
        world.tick(now)
    taken = Counter((m.to.rstrip("2"), m.event) for m in http.messages())
    assert {key: count for key, count in taken.items() if count > 1} == {}
    assert {row["state"] for row in world.rows("SELECT DISTINCT state FROM outbox")} <= {"delivered", "dropped"}
    with closing(open_store(world.home)) as conn:
        assert journal.verify(conn)[1] is None
