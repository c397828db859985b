"""A person's decisions about identity: kept with who and why, holding for past and future, reversible."""

from __future__ import annotations

import pytest

from registry import deciding
from registry.decisions import list_decisions
from registry.errors import ConfigurationError
from tests.registry.registry_world import DAY, START, World, certificate, dump, kinds

SIREN, OTHER = "808665483", "424761419"
WHO = {"by": "Zoé Martin", "reason": "one company, says its legal notice", "at": START + 3 * DAY}
BLUE = certificate("BT-Blue", "B-1", (1, 2), siren=SIREN)
BRAND = certificate("Azurine", "B-2", (5, 6))


def hosts(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT id FROM hosts ORDER BY id")]


def owners(world: World) -> dict[str, str]:
    return dict(world.rows("SELECT number, host_id FROM certificates"))  # type: ignore[arg-type]


def test_merge_makes_one_host_of_two_and_keeps_certificates(world: World) -> None:
    world.read(BLUE, BRAND)
    deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    assert hosts(world) == ["bt-blue"]
    assert owners(world) == {"B-1": "bt-blue", "B-2": "bt-blue"}
    assert world.rows("SELECT id FROM certificates ORDER BY id") == [("azurine-b-2",), ("bt-blue-b-1",)]
    assert world.rows("SELECT alias, kind FROM host_aliases") == [("Azurine", "brand")]


def test_certificates_without_numbers_keep_their_ids_through_a_merge(world: World) -> None:
    bare = {"number": None, "issued": None, "expires": None, "certifier_id": None}
    world.read(certificate("Nuage", activities=(1, 2, 3), **bare), certificate("Azurine", activities=(1, 2), **bare))
    held = "SELECT certificate_id, group_concat(activity_id) FROM certificate_activities GROUP BY 1"
    before = world.rows(held)
    number = deciding.merge(world.conn, "azurine", "nuage", **WHO)
    assert world.rows(held) == before
    deciding.undo(world.conn, number, by="Zoé", reason="no", at=START + 4 * DAY)
    assert world.rows(held) == before


def test_merge_survives_later_crawls(world: World) -> None:
    world.read(BLUE, BRAND)
    deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    assert list(world.read(BLUE, BRAND, at=START + 4 * DAY)) == []
    grown = certificate("Azurine", "B-2", (4, 5, 6))
    assert kinds(world.read(BLUE, grown, at=START + 5 * DAY)) == ["SCOPE_EXTENDED"]
    assert hosts(world) == ["bt-blue"]


def test_merged_host_that_alone_is_printed_keeps_the_merged_one_listed(world: World) -> None:
    world.read(BLUE, BRAND)
    deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    world.read(BRAND, at=START + 4 * DAY)
    assert world.listed() == {"bt-blue": 1}


def test_merge_of_two_hosts_with_sirens_holds(world: World) -> None:
    other = certificate("Azurine", "B-2", (5, 6), siren=OTHER)
    world.read(BLUE, other)
    deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    assert world.rows("SELECT id, siren FROM hosts") == [("bt-blue", SIREN)]
    assert list(world.read(BLUE, other, at=START + 4 * DAY)) == []


def test_undoing_a_merge_brings_everything_back(world: World) -> None:
    world.read(BLUE, BRAND)
    world.read(BLUE, certificate("Azurine", "B-2", (5,)), at=START + DAY)
    before = dump(world)
    number = deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    deciding.undo(world.conn, number, by="Zoé", reason="they are two after all", at=START + 4 * DAY)
    after = dump(world)
    told = [row for row in after.pop("changes") if row[-1] != "operator"]
    assert told == before.pop("changes")
    assert after == before


def test_decision_is_kept_with_who_why_and_when_after_it_was_undone(world: World) -> None:
    world.read(BLUE, BRAND)
    number = deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    deciding.undo(world.conn, number, by="Zoé", reason="no", at=START + 4 * DAY)
    (row,) = list_decisions(world.conn)
    assert (row["made_by"], row["reason"], row["undone_by"], row["undone_reason"]) == (
        "Zoé Martin", WHO["reason"], "Zoé", "no"
    )  # fmt: skip
    assert (row["made_at"], row["undone_at"]) == ("2026-03-05T06:15:00Z", "2026-03-06T06:15:00Z")


def test_decision_is_a_change_with_cause_operator_and_names_nobody(world: World) -> None:
    world.read(BLUE, BRAND)
    deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    rows = world.rows("SELECT kind, host_id, field, before, after, run_id FROM changes WHERE cause = 'operator'")
    assert rows == [("DETAIL_CHANGED", "bt-blue", "merged", "azurine", "bt-blue", None)]
    assert "Zoé" not in str(world.rows("SELECT * FROM changes"))


def test_changes_of_the_source_stay_the_sources_through_a_merge(world: World) -> None:
    world.read(BLUE, BRAND)
    world.read(BLUE, certificate("Azurine", "B-2", (5,)), at=START + DAY)
    deciding.merge(world.conn, "azurine", "bt-blue", **WHO)
    assert world.rows("SELECT host_id, cause FROM changes WHERE kind = 'SCOPE_REDUCED'") == [("bt-blue", "source")]


def test_split_by_name_parts_what_was_wrongly_joined(world: World) -> None:
    world.read(certificate("OVH", "A-1"))
    world.read(certificate("OVHcloud", "A-2"), at=START + DAY)
    assert hosts(world) == ["ovh"]
    _, new = deciding.split(world.conn, "ovh", "name", "OVHcloud", **WHO)
    assert hosts(world) == sorted(["ovh", new])
    assert owners(world) == {"A-1": "ovh", "A-2": new}
    world.read(certificate("OVHcloud", "A-2"), certificate("OVH", "A-1"), at=START + 4 * DAY)
    assert world.listed() == {"ovh": 1, new: 1}


def test_split_by_number_parts_one_certificate(world: World) -> None:
    world.read(certificate("Alpha", "A-1", (1,)), certificate("Alpha", "B-2", (2,)))
    _, new = deciding.split(world.conn, "alpha", "number", "b 2", **WHO)
    assert owners(world) == {"A-1": "alpha", "B-2": new}
    assert (
        list(world.read(certificate("Alpha", "A-1", (1,)), certificate("Alpha", "B-2", (2,)), at=START + 4 * DAY)) == []
    )
    world.read(certificate("Alpha", "A-1", (1,)), at=START + 5 * DAY)
    assert world.listed() == {"alpha": 1, new: 0}


def test_undoing_a_split_joins_them_again(world: World) -> None:
    world.read(certificate("Alpha", "A-1", (1,)), certificate("Alpha", "B-2", (2,)))
    before = owners(world), world.rows("SELECT id FROM certificates ORDER BY id")
    number, _ = deciding.split(world.conn, "alpha", "number", "B-2", **WHO)
    deciding.undo(world.conn, number, by="Zoé", reason="no", at=START + 4 * DAY)
    assert (owners(world), world.rows("SELECT id FROM certificates ORDER BY id")) == before


def test_alias_of_a_person_is_found_and_recognises_the_host(world: World) -> None:
    world.read(BLUE)
    deciding.add_alias(world.conn, "bt-blue", "Bleu  Télécom", **WHO)
    assert world.rows("SELECT alias, kind, source FROM host_aliases") == [("Bleu Télécom", "brand", "operator")]
    world.read(BLUE, certificate("X", "X-1"), at=START + 4 * DAY)
    assert world.one("SELECT count(*) FROM host_aliases") == 1
    assert kinds(world.read(certificate("Bleu Télécom", "B-1", (1, 2)), at=START + 5 * DAY))[0] == "HOST_RENAMED"


def test_confirmed_siren_identifies_the_host_from_then_on(world: World) -> None:
    world.read(BRAND)
    deciding.confirm_siren(world.conn, "azurine", f"{OTHER[:3]} {OTHER[3:6]} {OTHER[6:]}", **WHO)
    assert world.one("SELECT siren FROM hosts") == OTHER
    assert list(world.read(BRAND, at=START + 4 * DAY)) == []
    assert kinds(world.read(certificate("Tout Autre", "B-2", (5, 6), siren=OTHER), at=START + 5 * DAY)) == [
        "HOST_RENAMED"
    ]


def test_undone_siren_is_unknown_again(world: World) -> None:
    world.read(BRAND)
    number = deciding.confirm_siren(world.conn, "azurine", OTHER, **WHO)
    deciding.undo(world.conn, number, by="Zoé", reason="wrong company", at=START + 4 * DAY)
    assert world.one("SELECT siren FROM hosts") is None


@pytest.mark.parametrize(
    ("decide", "says"),
    [
        (lambda c: deciding.merge(c, "nobody", "bt-blue", **WHO), "nobody: no host has this id"),
        (lambda c: deciding.merge(c, "bt-blue", "bt-blue", **WHO), "two different hosts"),
        (lambda c: deciding.split(c, "bt-blue", "name", "Inconnu", **WHO), "listed with, found 'Inconnu'"),
        (lambda c: deciding.split(c, "bt-blue", "colour", "blue", **WHO), "allowed are name, siren, number"),
        (lambda c: deciding.add_alias(c, "bt-blue", " . ", **WHO), "letter or a digit"),
        (lambda c: deciding.add_alias(c, "bt-blue", "X", kind="pet", **WHO), "allowed are brand"),
        (lambda c: deciding.confirm_siren(c, "azurine", "123456789", **WHO), "valid check digit"),
        (lambda c: deciding.confirm_siren(c, "bt-blue", OTHER, **WHO), f"already has SIREN {SIREN}"),
        (lambda c: deciding.confirm_siren(c, "azurine", SIREN, **WHO), "belongs to bt-blue"),
        (lambda c: deciding.undo(c, 99, by="Z", reason="r", at=START), "decision 99"),
        (lambda c: deciding.merge(c, "azurine", "bt-blue", **{**WHO, "reason": " "}), "--reason"),
    ],
)  # fmt: skip
def test_impossible_decision_is_refused_with_its_reason_and_leaves_nothing(world: World, decide, says: str) -> None:  # type: ignore[no-untyped-def]
    world.read(BLUE, BRAND)
    before = dump(world)
    with pytest.raises(ConfigurationError) as refused:
        decide(world.conn)
    assert says in str(refused.value)
    assert dump(world) == before
    assert list_decisions(world.conn) == []


def test_two_merges_in_a_row_lead_to_the_last_host(world: World) -> None:
    world.read(BLUE, BRAND, certificate("Gamma", "G-1", (3,)))
    deciding.merge(world.conn, "azurine", "gamma", **WHO)
    deciding.merge(world.conn, "gamma", "bt-blue", **WHO)
    assert hosts(world) == ["bt-blue"]
    assert list(world.read(BLUE, BRAND, certificate("Gamma", "G-1", (3,)), at=START + 4 * DAY)) == []


def test_host_keeps_its_id_through_decisions_after_its_siren_was_confirmed(world: World) -> None:
    world.read(certificate("Alpha SAS"), certificate("Beta", "B-1"), certificate("Gamma", "C-1"))
    deciding.confirm_siren(world.conn, "alpha", "808665483", **WHO)
    deciding.merge(world.conn, "beta", "gamma", **WHO)
    assert world.rows("SELECT id, siren FROM hosts ORDER BY id") == [("alpha", "808665483"), ("gamma", None)]
    deciding.undo(world.conn, 1, **WHO)
    assert world.rows("SELECT id, siren FROM hosts ORDER BY id") == [("alpha", None), ("gamma", None)]


def test_older_reading_that_came_late_without_the_siren_changes_no_id(world: World) -> None:
    world.read(certificate("Alpha SAS", siren="808665483"), at=START + DAY)
    world.read(certificate("Alpha SAS"), at=START)
    assert world.rows("SELECT id, siren, first_seen FROM hosts") == [("alpha", "808665483", "2026-03-02T06:15:00Z")]
    assert world.rows("SELECT id FROM certificates") == [("alpha-a-100",)]


def test_older_reading_that_came_late_gives_nobodys_id_to_a_third_host_of_that_name(world: World) -> None:
    two = certificate("Alpha", "A-1", siren="808665483"), certificate("Alpha", "B-2", siren="424761419")
    world.read(*two, at=START + DAY)
    before = world.rows("SELECT id, siren FROM hosts ORDER BY id")
    world.read(*two, certificate("Alpha", "C-3"), at=START)
    assert set(before) < set(world.rows("SELECT id, siren FROM hosts"))
    assert world.one("SELECT count(*) FROM hosts") == 3
