"""What the forecast says is what real passes then send, day by day, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.cli.planning import _live_alerts
from monitor.forecast import Live, forecast
from monitor.watchlist import load_watchlist
from registry.clock import paris_date, parse_instant
from registry.snapshot import load
from tests.alerts.alerts_world import HttpSink, World, certificate, days, make_world

LAST = date(2027, 1, 12)
Heard = list[tuple[date, str, str]]


@pytest.fixture
def http() -> Iterator[HttpSink]:
    sink = HttpSink()
    yield sink
    sink.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, http: HttpSink) -> Iterator[World]:
    with make_world(tmp_path / "home", monkeypatch) as made:
        monkeypatch.setenv("HDSWATCH_HOME", str(made.home.path))
        made.host("Soon", certificate("S", "2026-12-20"))
        made.host("Gone", certificate("G", "2026-10-01"))
        made.host("Late", certificate("L", "2026-12-01"), certificate("L2", "2029-12-01", issued_on="2026-12-05"))
        made.host("Less", certificate("P", "2029-01-01", activities=[1, 2]))
        made.watch(
            {"id": "soon", "supplier": "Soon", "ends_on": "2027-01-10"},
            {"id": "gone", "supplier": "Gone"},
            {"id": "late", "supplier": "Late"},
            {"id": "less", "supplier": "Less", "starts_on": "2026-12-24"},
            {"id": "none", "supplier": "Nobody at all"},
            channels={"dpo": http.url()},
            thresholds=[30, 14, 7, 1, 0],
        )
        yield made


def foretold(world: World, now: datetime, live: Live | None) -> Heard:
    watchlist, snapshot = load_watchlist(world.home.watchlist), load(world.home.published_db)
    entries = forecast(snapshot, watchlist, now, LAST, world.settings.schedule.crawl_at, live)
    return sorted((one.on, one.contract.id, one.kind) for one in entries if one.contract is not None)


def heard(world: World) -> Heard:
    rows = world.rows("SELECT contract, kind, created_at FROM events WHERE kind IN ('alert', 'resolved')")
    return sorted((paris_date(parse_instant(row["created_at"])), row["contract"], row["kind"]) for row in rows)


def test_the_forecast_of_a_new_home_comes_true(world: World, http: HttpSink) -> None:
    passes = days("2026-11-22", 52)
    world.crawl(datetime(2026, 11, 22, 5, tzinfo=UTC))
    expected = foretold(world, passes[0], None)
    for now in passes:
        assert world.tick(now) == 0
    assert heard(world) == expected
    assert len(expected) > 12
    arrived = [message for message in http.messages() if message.kind in ("alert", "resolved")]
    assert len(arrived) == len(expected)


def test_a_forecast_made_on_the_way_knows_what_was_told(world: World) -> None:
    passes = days("2026-11-22", 52)
    for now in passes[:20]:
        world.tick(now)
    before = heard(world)
    expected = foretold(world, passes[20], _live_alerts())
    for now in passes[20:]:
        world.tick(now)
    assert heard(world) == sorted(before + expected)
