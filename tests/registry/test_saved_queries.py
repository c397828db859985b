"""The saved queries: search as people type, the past as it was said, the past as it was valid."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.clock import today
from registry.saved_queries import SAVED_QUERIES
from tests.registry.registry_world import DAY, START, World, certificate, host_only

HOSTS = [
    certificate("Œuvre de Santé SAS", "38436-2", siren="808665483", brands=("Lætitia Cloud",)),
    certificate("L'Hôpital & Cie", "HDS 789841", (1, 2)),
    certificate("O.V.H. Grand Nord", "FR094504", (5, 6)),
    certificate("3DS Outscale", "OUT-1"),
    host_only("Straße Łódź"),
    host_only("Ångström SA"),
]


def found(world: World, asked: str) -> list[str]:
    return [row["id"] for row in world.ask("search", q=asked)]


@pytest.mark.parametrize(
    ("asked", "host"),
    [
        ("oeuvre", "oeuvre-de-sante"), ("Œuvre", "oeuvre-de-sante"), ("ŒUVRE DE SANTÉ", "oeuvre-de-sante"),
        ("oeuv", "oeuvre-de-sante"), ("sante oeuvre", "oeuvre-de-sante"), ("œuvre sas", "oeuvre-de-sante"),
        ("laetitia", "oeuvre-de-sante"), ("LÆTI", "oeuvre-de-sante"), ("808665483", "oeuvre-de-sante"),
        ("808 665 483", "oeuvre-de-sante"), ("808665", "oeuvre-de-sante"),
        ("808 665", "oeuvre-de-sante"), ("808 665 483 00012", "oeuvre-de-sante"),
        ("384 36", "oeuvre-de-sante"), ("38436", "oeuvre-de-sante"),
        ("38436-2", "oeuvre-de-sante"), ("384362", "oeuvre-de-sante"), ("oeuvre-de-sante", "oeuvre-de-sante"),
        ("hopital", "lhopital-cie"), ("l’hôpital", "lhopital-cie"), ("L'HOPITAL & CIE", "lhopital-cie"),
        ("lhopital", "lhopital-cie"), ("hds789841", "lhopital-cie"), ("hds 789841", "lhopital-cie"),
        ("789841", "lhopital-cie"), ("ovh", "ovh-grand-nord"), ("O.V.H.", "ovh-grand-nord"),
        ("fr094504", "ovh-grand-nord"), ("outscale", "3ds-outscale"), ("3ds out", "3ds-outscale"),
        ("strasse", "strasse-lodz"), ("łódź", "strasse-lodz"), ("lodz", "strasse-lodz"), ("angstrom", "angstrom"),
        ("A\u030angstro\u0308m", "angstrom"), ("  oeuvre\u00a0de\tsanté ", "oeuvre-de-sante"),
    ],
)  # fmt: skip
def test_search_finds_the_host(searched: World, asked: str, host: str) -> None:
    assert found(searched, asked)[:1] == [host]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("searched"))
    made.read(*HOSTS)
    return made


@pytest.mark.parametrize("asked", ["", " ", "zzz", "oeuvre zzz", "&", "euvre"])
def test_search_finds_nothing_where_there_is_nothing(searched: World, asked: str) -> None:
    assert found(searched, asked) == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30) | st.text(alphabet='"*()^:-+ ORANDNEAR{}', max_size=20))
def test_search_takes_any_text_without_an_error(published: sqlite3.Connection, asked: str) -> None:
    published.execute(SAVED_QUERIES["search"].sql, {"q": asked}).fetchall()


@pytest.fixture(scope="module")
def published(searched: World) -> sqlite3.Connection:
    return searched.publish()


def test_search_finds_former_names(world: World) -> None:
    world.read(certificate("Chrysalide", siren="808665483"))
    world.read(certificate("Papillon", siren="808665483"), at=START + DAY)
    assert found(world, "chrysalide") == ["chrysalide"]
    assert world.ask("search", q="chrys")[0]["legal_name"] == "Papillon"


def test_search_shows_listed_hosts_first(world: World) -> None:
    world.read(host_only("Nuage Alpha"), host_only("Nuage Beta"))
    world.read(host_only("Nuage Beta"), at=START + DAY)
    assert found(world, "nuage") == ["nuage-beta", "nuage-alpha"]


@pytest.fixture
def lived(world: World) -> World:
    """Alpha: scope cut on the 3rd day, gone on the 5th, back on the 6th. Beta: renewed on the 4th."""
    alpha, cut = (
        certificate("Alpha", "A-1", (1, 2, 3), siren="808665483"),
        certificate("Alpha", "A-1", (1, 2), siren="808665483"),
    )
    beta = certificate("Beta", "B-1", (4,), issued="2023-03-10", expires="2026-03-20")
    renewed = certificate("Beta", "B-1-1", (4,), issued="2026-03-21", expires="2029-03-20")
    for number, rows in enumerate(
        [[alpha, beta], [alpha, beta], [cut, beta], [cut, renewed], [renewed], [cut, renewed]]
    ):
        world.read(*rows, at=START + number * DAY)
    return world


@pytest.mark.parametrize(
    ("on", "listed", "number", "activities", "read_on"),
    [
        ("2026-03-01", None, None, None, None),
        ("2026-03-02", 1, "A-1", "1,2,3", "2026-03-02"),
        ("2026-03-03", 1, "A-1", "1,2,3", "2026-03-03"),
        ("2026-03-04", 1, "A-1", "1,2", "2026-03-04"),
        ("2026-03-06", 0, None, None, "2026-03-06"),
        ("2026-03-07", 1, "A-1", "1,2", "2026-03-07"),
        ("2030-01-01", 1, "A-1", "1,2", "2026-03-07"),
    ],
)
def test_host_on_is_what_the_list_said_that_day(
    lived: World, on: str, listed: int | None, number: str | None, activities: str | None, read_on: str | None
) -> None:
    (row,) = lived.ask("host_on", host="alpha", on=on)
    assert (row["listed"], row["number"], row["activities"], row["read_on"]) == (listed, number, activities, read_on)
    assert (row["sha256"] is None) == (listed != 1), "a statement comes with its proof"


def test_host_on_takes_a_siren_and_today(lived: World) -> None:
    (row,) = lived.ask("host_on", host="808 665 483", on="")
    assert (row["host_id"], row["asked_on"]) == ("alpha", today().isoformat())
    assert lived.ask("host_on", host="nobody", on="") == []


def test_last_reading_of_a_day_speaks_for_the_day(world: World) -> None:
    world.read(certificate(activities=(1,)))
    world.read(certificate(activities=(1, 2)), at=START + timedelta(hours=8))
    (row,) = world.ask("host_on", host="alpha", on="2026-03-02")
    assert row["activities"] == "1,2"


def in_force(world: World, on: str) -> dict[str, str]:
    return {row["number"]: row["activities"] for row in world.ask("in_force_on", on=on)}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2022-01-01", {}),
        ("2023-03-10", {"B-1": "4"}),
        ("2025-06-01", {"A-1": "1,2,3", "B-1": "4"}),
        ("2026-03-03", {"A-1": "1,2,3", "B-1": "4"}),
        ("2026-03-04", {"A-1": "1,2", "B-1": "4"}),
        ("2026-03-05", {"A-1": "1,2"}),
        ("2026-03-06", {}),
        ("2026-03-21", {"A-1": "1,2", "B-1-1": "4"}),
        ("2029-03-20", {"B-1-1": "4"}),
        ("2029-03-21", {}),
    ],
)
def test_in_force_on_is_what_counted_that_day(lived: World, on: str, expected: dict[str, str]) -> None:
    assert in_force(lived, on) == expected


def test_observation_and_validity_differ_before_the_first_reading(lived: World) -> None:
    (said,) = lived.ask("host_on", host="alpha", on="2025-06-01")
    assert said["listed"] is None, "nobody had looked"
    assert "A-1" in in_force(lived, "2025-06-01"), "yet the certificate, seen later, was valid then"


def test_certificate_without_issue_date_says_nothing_of_the_time_before_it_was_seen(world: World) -> None:
    world.read(certificate(issued=None))
    assert in_force(world, "2026-03-01") == {}
    assert in_force(world, "2026-03-02") == {"A-100": "1,2,3"}


def test_requirements_version_ends_validity_before_the_printed_date(world: World) -> None:
    world.read(certificate(referential="v1", expires="2027-12-31"))
    assert list(in_force(world, "2026-05-16")) == ["A-100"]
    assert in_force(world, "2026-05-17") == {}
    assert world.ask("in_force_on", on="2026-05-16")[0]["usable_until"] == "2026-05-16"


def test_in_force_today_is_the_view_of_that_name(lived: World) -> None:
    with closing(lived.publish()) as hds:
        view = sorted(row["certificate_id"] for row in hds.execute("SELECT certificate_id FROM in_force"))
    assert sorted(row["certificate_id"] for row in lived.ask("in_force_on", on="")) == view


@pytest.mark.parametrize(
    ("activities", "on", "hosts"),
    [
        ("1", "2026-03-03", ["alpha", "gamma"]), ("1,2,3", "2026-03-03", ["alpha"]), ("3 , 1", "2026-03-03", ["alpha"]),
        ("1,4", "2026-03-03", ["gamma"]), ("1,1", "2026-03-03", ["alpha", "gamma"]), ("4,5", "2026-03-03", []),
        ("", "2026-03-03", []), ("9", "2026-03-03", []), ("1,9", "2026-03-03", []), ("1;2", "2026-03-03", []),
        ("4", "2026-08-01", ["gamma"]), ("1,4", "2026-08-01", []), ("x", "", []),
    ],
)  # fmt: skip
def test_hosts_covering_all_activities_together(world: World, activities: str, on: str, hosts: list[str]) -> None:
    world.read(
        certificate("Alpha", "A-1", (1, 2, 3)),
        certificate("Gamma", "G-1", (1,), expires="2026-07-31"),
        certificate("Gamma", "G-2", (4,)),
        certificate("Delta", "D-1", (1, 2, 3, 4, 5, 6), source_status="suspended"),
    )
    rows = world.ask("hosts_covering", activities=activities, on=on)
    assert [row["host_id"] for row in rows] == hosts


def test_hosts_covering_says_until_when_at_least(world: World) -> None:
    world.read(certificate("Gamma", "G-1", (1,), expires="2026-07-31"), certificate("Gamma", "G-2", (4,)))
    (row,) = world.ask("hosts_covering", activities="1,4", on="2026-03-03")
    assert row["covered_at_least_until"] == "2026-07-31"


def test_expiring_within_days(world: World) -> None:
    soon, later = today() + timedelta(days=30), today() + timedelta(days=31)
    world.read(
        certificate("Alpha", "A-1", expires=soon.isoformat()), certificate("Beta", "B-1", expires=later.isoformat())
    )
    assert [(row["host_id"], row["days_left"]) for row in world.ask("expiring_within", days="30")] == [("alpha", 30)]
    assert len(world.ask("expiring_within", days="31")) == 2
    assert world.ask("expiring_within", days="") == []


def test_changes_since_a_day_newest_first(lived: World) -> None:
    kinds = [(row["kind"], row["legal_name"]) for row in lived.ask("changes_since", since="2026-03-04")]
    assert kinds == [("CERTIFICATE_RENEWED", "Beta"), ("SCOPE_REDUCED", "Alpha")]
    assert len(lived.ask("changes_since", since="2026-03-02")) == 6
    assert lived.ask("changes_since", since="2026-03-06") == []


def test_every_parameter_of_a_query_is_declared_and_used() -> None:
    for name, query in SAVED_QUERIES.items():
        for parameter in query.params:
            assert f":{parameter}" in query.sql, (name, parameter)
        assert query.title_fr != query.title_en
        assert query.about_fr != query.about_en
