"""Views of the published database: today in Paris, and when a certificate counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.clock import paris_date, today
from registry.views import PARIS_TODAY
from tests.registry.registry_world import World, certificate, host_only

TODAY = today()


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def today_in_sql(instant: datetime) -> str:
    """The view's answer with the clock standing at an instant."""
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(PARIS_TODAY.replace("'now'", f"'{instant:%Y-%m-%d %H:%M:%S}'"))
        return str(conn.execute("SELECT today FROM today").fetchone()[0])


@settings(max_examples=400, deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)))
def test_today_is_the_civil_date_in_paris(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC, microsecond=0)
    assert today_in_sql(instant) == paris_date(instant).isoformat()


@pytest.mark.parametrize("year", range(2024, 2040))
@pytest.mark.parametrize("month", [3, 10])
def test_today_is_right_around_both_clock_changes(year: int, month: int) -> None:
    for hours in range(24 * 9):
        instant = datetime(year, month, 23, tzinfo=UTC) + timedelta(hours=hours)
        if hours % 24 in (0, 1, 21, 22, 23):
            assert today_in_sql(instant) == paris_date(instant).isoformat()


CASES = [
    ("counts", {}, True),
    ("ends today: the last day counts", {"expires": day(0)}, True),
    ("ended yesterday", {"expires": day(-1)}, False),
    ("starts today", {"issued": day(0)}, True),
    ("starts tomorrow", {"issued": day(1)}, False),
    ("no issue date", {"issued": None}, True),
    ("no expiry date", {"expires": None}, False),
    ("status in force", {"source_status": "in_force"}, True),
    ("suspended", {"source_status": "suspended"}, False),
    ("withdrawn", {"source_status": "withdrawn"}, False),
    ("status not understood", {"source_status": "unclear"}, False),
    ("référentiel unknown", {"referential": None, "referential_label": "v2.1"}, False),
    ("v1 after its end of use", {"referential": "v1"}, date(2026, 5, 16) >= TODAY),
]


@pytest.mark.parametrize(("case", "printed", "counts"), CASES, ids=[case[0] for case in CASES])
def test_certificate_counts_today(world: World, case: str, printed: dict[str, object], counts: bool) -> None:
    world.read(certificate(**{"issued": day(-100), "expires": day(100), **printed}))  # type: ignore[arg-type]
    with closing(world.publish()) as hds:
        held = [row[0] for row in hds.execute("SELECT activity_id FROM coverage WHERE host_id = 'alpha' ORDER BY 1")]
        assert held == ([1, 2, 3] if counts else [])
        assert bool(hds.execute("SELECT * FROM in_force").fetchall()) is counts
        (row,) = hds.execute("SELECT name, activities, nearest_expiry, status, status_en FROM directory").fetchall()
    assert row["activities"] == ("1, 2, 3" if counts else None)
    assert (row["status"] == "certificat en vigueur") is counts
    assert (row["status_en"] == "certificate in force") is counts


def test_certificate_that_left_the_list_does_not_count(world: World) -> None:
    world.read(certificate(expires=day(100)), certificate("Beta", "B-1", expires=day(100)))
    world.read(certificate(expires=day(100)), at=datetime(2026, 3, 9, tzinfo=UTC))
    with closing(world.publish()) as hds:
        assert [row["host_id"] for row in hds.execute("SELECT * FROM in_force")] == ["alpha"]
        assert [row["id"] for row in hds.execute("SELECT * FROM directory")] == ["alpha"]


@pytest.mark.parametrize(
    ("printed", "french"),
    [
        ({"expires": day(-3)}, "certificat expiré"),
        ({"issued": day(3)}, "certificat pas encore valable"),
        ({"expires": None}, "date d’échéance inconnue"),
        ({"source_status": "suspended"}, "certificat suspendu"),
        ({"source_status": "withdrawn"}, "certificat retiré"),
        ({"source_status": "unclear"}, "statut incompris"),
        ({"referential": None}, "référentiel inconnu"),
        ({"activities": None}, "certificat en vigueur, activités inconnues"),
    ],
)
def test_directory_says_the_state_in_words(world: World, printed: dict[str, object], french: str) -> None:
    world.read(certificate(**{"issued": day(-100), "expires": day(100), **printed}))  # type: ignore[arg-type]
    with closing(world.publish()) as hds:
        assert hds.execute("SELECT status FROM directory").fetchone()[0] == french


def test_host_without_certificate_says_so(world: World) -> None:
    world.read(host_only("Omega"))
    with closing(world.publish()) as hds:
        assert hds.execute("SELECT status FROM directory").fetchone()[0] == "aucun certificat affiché"


def test_expiring_counts_days_to_the_last_usable_day(world: World) -> None:
    world.read(certificate(expires=day(12)), certificate("Beta", "B-1", expires=day(0)))
    with closing(world.publish()) as hds:
        rows = hds.execute("SELECT host_id, days_left FROM expiring").fetchall()
    assert [tuple(row) for row in rows] == [("beta", 0), ("alpha", 12)]


def test_directory_sorts_accents_where_people_look_for_them(world: World) -> None:
    world.read(*[host_only(name) for name in ("Zèbre", "Échelle", "Eclipse", "Œuvre", "Olive")])
    with closing(world.publish()) as hds:
        names = [row["name"] for row in hds.execute("SELECT name FROM directory")]
    assert names == ["Échelle", "Eclipse", "Œuvre", "Olive", "Zèbre"]
