"""One host as a person asks for it: found by what they know of it, told as of a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from registry.asof import find_hosts, host_document
from tests.registry.registry_world import DAY, START, World, certificate


@pytest.fixture
def hds(world: World) -> Iterator[sqlite3.Connection]:
    """Two days of a list: OVHcloud's scope grows, Vieux leaves."""
    rest = [certificate("Claranet", "C-1", (3,)), certificate("Claranet e-Santé", "C-2", (4,), brands=("E-Clara",))]
    world.read(certificate("OVHcloud", "O-1", (1, 2), siren="424761419"), certificate("Vieux", "V-1"), *rest)
    for days in (1, 2):
        world.read(certificate("OVHcloud", "O-1", (1, 2, 3), siren="424761419"), *rest, at=START + days * DAY)
    conn = world.publish(START + 2 * DAY)
    yield conn
    conn.close()


@pytest.mark.parametrize(
    ("query", "hosts"),
    [
        ("ovhcloud", ["ovhcloud"]), ("OVHcloud SAS", ["ovhcloud"]), ("ovh", ["ovhcloud"]), ("OVHCL", ["ovhcloud"]),
        ("424 761 419", ["ovhcloud"]), ("o-1", ["ovhcloud"]), ("O 1", ["ovhcloud"]), (" Claranet ", ["claranet"]),
        ("clara", ["claranet", "claranet-e-sante"]), ("e-clara", ["claranet-e-sante"]), ("vieux", ["vieux"]),
        ("inconnu", []), ("", []), ("SAS", []),
    ],
)  # fmt: skip
def test_host_is_found_by_what_people_know(hds: sqlite3.Connection, query: str, hosts: list[str]) -> None:
    assert [row["id"] for row in find_hosts(hds, query)] == hosts


def test_the_very_name_finds_its_host_among_those_that_differ_in_legal_form(world: World) -> None:
    world.read(certificate("Alpha SAS", "A-1"), certificate("Alpha GmbH", "B-2"), certificate("Beta"))
    with closing(world.publish(START)) as conn:
        assert [row["legal_name"] for row in find_hosts(conn, "ALPHA gmbh")] == ["Alpha GmbH"]
        assert len(find_hosts(conn, "Alpha Ltd")) == 2, "none is called so: a person decides"


def test_host_as_it_is_known_now(hds: sqlite3.Connection) -> None:
    document = host_document(hds, "ovhcloud", date(2026, 3, 4), as_of=False)
    assert (document["listed"], document["activities"]) == (True, [1, 2, 3])
    assert [one["activities"] for one in document["certificates"]] == [[1, 2, 3]]
    assert [one["kind"] for one in document["changes"]] == ["SCOPE_EXTENDED", "CERTIFICATE_LISTED", "HOST_LISTED"]
    assert {"alias": "OVH", "kind": "brand", "source": "vocabulary"} in document["aliases"]


def test_host_as_the_list_said_on_a_day(hds: sqlite3.Connection) -> None:
    document = host_document(hds, "ovhcloud", date(2026, 3, 2), as_of=True)
    assert document["observation"] == {
        "read_on": "2026-03-02", "run_id": 1, "listed": True, "certificates": ["ovhcloud-o-1"]
    }  # fmt: skip
    (one,) = document["certificates"]
    assert (one["activities"], one["sha256"], one["locator"]) == ([1, 2], "ab" * 32, "table/tr[OVHcloud]")
    assert document["validity"] == {"certificates": ["ovhcloud-o-1"], "activities": [1, 2]}


def test_day_before_the_first_reading_is_unknown_but_has_a_validity(hds: sqlite3.Connection) -> None:
    document = host_document(hds, "ovhcloud", date(2025, 6, 1), as_of=True)
    assert (document["listed"], document["certificates"], document["activities"]) == (None, [], [1, 2])
    assert document["observation"]["read_on"] is None


def test_host_that_left_keeps_its_past(hds: sqlite3.Connection) -> None:
    then = host_document(hds, "vieux", date(2026, 3, 2), as_of=True)
    now = host_document(hds, "vieux", date(2026, 3, 4), as_of=True)
    assert (then["listed"], then["activities"]) == (True, [1, 2, 3])
    assert (now["listed"], now["activities"], now["certificates"]) == (False, [], [])
    assert now["delisted_on"] == "2026-03-03"
