"""Which host a row belongs to: one id through renaming, spellings and brands; two for two companies."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.host_names import legal_form, name_key
from registry.identity import Rules, group
from registry.ids import new_host_id
from tests.registry.registry_world import DAY, START, World, certificate, host_only, kinds, told

SIREN, OTHER = "808665483", "424761419"


def ids(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT id FROM hosts ORDER BY id")]


def aliases(world: World) -> list[tuple[str, str, str]]:
    return world.rows("SELECT host_id, alias, kind FROM host_aliases ORDER BY 1, 2")  # type: ignore[return-value]


def test_id_is_the_name_without_legal_form_accents_and_case(world: World) -> None:
    world.read(host_only("Œuvre de Santé S.A.S."), host_only("ÉCHÉANCE Ltd"), host_only("L'Hôpital & Cie"))
    assert ids(world) == ["echeance", "lhopital-cie", "oeuvre-de-sante"]


def test_name_without_letters_gets_a_stable_id(world: World) -> None:
    world.read(host_only("株式会社"), host_only("SAS"))
    first, second = ids(world)
    assert first.startswith("host-")
    assert second == "sas"


def test_same_siren_under_another_name_is_a_rename(world: World) -> None:
    world.read(certificate("Chrysalide SAS", siren=SIREN))
    changes = world.read(certificate("Papillon SAS", siren=SIREN), at=START + DAY)
    assert told(changes) == [("HOST_RENAMED", "legal_name", "Chrysalide SAS", "Papillon SAS")]
    assert ids(world) == ["chrysalide"]
    assert aliases(world) == [("chrysalide", "Chrysalide SAS", "former_name")]


def test_rename_back_drops_the_alias_that_is_the_name_again(world: World) -> None:
    world.read(certificate("Chrysalide", siren=SIREN))
    world.read(certificate("Papillon", siren=SIREN), at=START + DAY)
    world.read(certificate("Chrysalide", siren=SIREN), at=START + 2 * DAY)
    assert aliases(world) == [("chrysalide", "Papillon", "former_name")]


@pytest.mark.parametrize("spelling", ["ALPHA S.A.S.", "Alpha", "álpha sas", "Alpha  SARL"])
def test_another_spelling_of_the_name_keeps_the_id(world: World, spelling: str) -> None:
    world.read(certificate("Alpha SAS"))
    changes = world.read(certificate(spelling), at=START + DAY)
    assert told(changes) == [("DETAIL_CHANGED", "legal_name", "Alpha SAS", spelling)]
    assert ids(world) == ["alpha"]
    assert aliases(world) == [("alpha", "Alpha SAS", "spelling")]


def test_host_that_gains_a_siren_keeps_its_id(world: World) -> None:
    world.read(certificate("Alpha"))
    changes = world.read(certificate("Alpha", siren=SIREN), at=START + DAY)
    assert told(changes) == [("DETAIL_CHANGED", "siren", None, SIREN)]
    assert ids(world) == ["alpha"]


def test_siren_that_the_list_stops_printing_stays_known(world: World) -> None:
    world.read(certificate("Alpha", siren=SIREN))
    assert list(world.read(certificate("Alpha"), at=START + DAY)) == []
    assert world.one("SELECT siren FROM hosts") == SIREN


def test_same_name_with_two_sirens_is_two_hosts(world: World) -> None:
    world.read(certificate("Alpha", "A-1", siren=SIREN), certificate("Alpha", "B-2", siren=OTHER))
    assert ids(world) == ["alpha", f"alpha-{SIREN}"]
    assert world.one("SELECT siren FROM hosts WHERE id = 'alpha'") == OTHER, "the lower SIREN comes first"


def test_a_second_siren_under_a_known_name_is_another_host(world: World) -> None:
    world.read(certificate("Alpha", "A-1", siren=SIREN))
    changes = world.read(
        certificate("Alpha", "A-1", siren=SIREN), certificate("Alpha", "B-2", siren=OTHER), at=START + DAY
    )
    assert kinds(changes) == ["CERTIFICATE_LISTED", "HOST_LISTED"]
    assert ids(world) == ["alpha", f"alpha-{OTHER}"]


def test_changed_siren_under_one_name_is_never_taken_for_the_same_company(world: World) -> None:
    world.read(certificate("Alpha", siren=SIREN))
    changes = world.read(certificate("Alpha", siren=OTHER), at=START + DAY)
    assert "HOST_LISTED" in kinds(changes)
    assert world.listed() == {"alpha": 0, f"alpha-{OTHER}": 1}


def test_row_without_siren_joins_the_only_host_of_its_name(world: World) -> None:
    world.read(certificate("Alpha SAS", "A-1", siren=SIREN), certificate("ALPHA", "B-2", activities=(5,)))
    assert ids(world) == ["alpha"]
    assert world.one("SELECT count(*) FROM certificates WHERE host_id = 'alpha'") == 2


def test_row_without_siren_between_two_companies_of_its_name_joins_neither(world: World) -> None:
    world.read(
        certificate("Alpha", "A-1", siren=SIREN), certificate("Alpha", "B-2", siren=OTHER), certificate("Alpha", "C-3")
    )
    assert len(ids(world)) == 3


def test_two_legal_forms_of_one_name_side_by_side_are_two_companies(world: World) -> None:
    world.read(certificate("Alpha SAS", "A-1"), certificate("Alpha GmbH", "B-2"))
    assert len(ids(world)) == 2
    world.read(certificate("Alpha SAS", "A-1"), certificate("Alpha GmbH", "B-2"), at=START + DAY)
    world.read(certificate("Alpha GmbH", "B-2"), certificate("Alpha SAS", "A-1", (1, 2)), at=START + 2 * DAY)
    assert len(ids(world)) == 2


def test_two_countries_of_one_name_side_by_side_are_two_companies(world: World) -> None:
    world.read(certificate("Alpha", "A-1", country="FR"), certificate("Alpha", "B-2", country="DE"))
    assert len(ids(world)) == 2


def test_one_host_printed_twice_under_two_spellings_is_one(world: World) -> None:
    world.read(certificate("Alpha SAS", "A-1"), certificate("ALPHA", "B-2", activities=(6,)))
    assert ids(world) == ["alpha"]
    world.read(certificate("Alpha SAS", "A-1"), certificate("ALPHA", "B-2", activities=(5, 6)), at=START + DAY)
    assert world.one("SELECT count(*) FROM changes WHERE kind IN ('HOST_RENAMED', 'DETAIL_CHANGED')") == 0


def test_brands_become_aliases_and_stay(world: World) -> None:
    world.read(certificate("ALE International", brands=("Rainbow",)))
    world.read(certificate("ALE International"), at=START + DAY)
    assert aliases(world) == [("ale-international", "Rainbow", "brand")]


def test_brand_that_becomes_the_printed_name_keeps_the_id(world: World) -> None:
    world.read(certificate("Société Bleue", brands=("Azurine",)))
    changes = world.read(certificate("Azurine"), at=START + DAY)
    assert kinds(changes) == ["HOST_RENAMED"]
    assert ids(world) == ["societe-bleue"]


def test_name_that_becomes_a_brand_keeps_the_id(world: World) -> None:
    world.read(certificate("Azurine"))
    changes = world.read(certificate("Société Bleue", brands=("Azurine",)), at=START + DAY)
    assert kinds(changes) == ["HOST_RENAMED"]
    assert ids(world) == ["azurine"]
    assert aliases(world) == [("azurine", "Azurine", "brand")], "the list itself calls it a brand"
    world.read(certificate("Société Bleue"), at=START + 2 * DAY)
    assert aliases(world) == [("azurine", "Azurine", "brand")], "names are never forgotten"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("Bleue Télécom", "Bleue Télécom (Azurine)", "DETAIL_CHANGED"),
        ("Bleue Télécom SAS (Azurine)", "BLEUE TELECOM", "DETAIL_CHANGED"),
        ("Bleue Télécom (Azurine)", "Bleue Télécom (Indigo)", "HOST_RENAMED"),
        ("Bleue Télécom", "Azurine (Bleue Télécom)", "HOST_RENAMED"),
    ],
)
def test_brackets_added_to_a_name_are_no_new_name(world: World, before: str, after: str, kind: str) -> None:
    world.read(certificate(before, siren=SIREN))
    changes = world.read(certificate(after, siren=SIREN), at=START + DAY)
    assert told(changes) == [(kind, "legal_name", before, after)]
    former = "spelling" if kind == "DETAIL_CHANGED" else "former_name"
    assert (before, former) in [(alias, of) for _, alias, of in aliases(world)]


def test_brand_does_not_join_two_hosts_that_are_both_listed(world: World) -> None:
    world.read(certificate("Azurine", "A-1"), certificate("Société Bleue", "B-2", brands=("Azurine",)))
    assert ids(world) == ["azurine", "societe-bleue"]


def test_reviewed_names_join_a_renamed_host_but_not_two_listed_ones(world: World) -> None:
    world.read(certificate("OVH"))
    assert kinds(world.read(certificate("OVHcloud"), at=START + DAY)) == ["HOST_RENAMED"]
    assert ids(world) == ["ovh"]
    world.read(certificate("OVHcloud"), certificate("OVH", "B-2"), at=START + 2 * DAY)
    assert len(ids(world)) == 2


def test_a_siren_is_stronger_than_a_brand(world: World) -> None:
    world.read(certificate("Azurine", "A-1", siren=SIREN))
    world.read(certificate("Société Bleue", "B-2", siren=OTHER, brands=("Azurine",)), at=START + DAY)
    assert world.listed() == {"azurine": 0, "societe-bleue": 1}


def test_certificate_that_moves_with_a_new_name_shows_a_rename(world: World) -> None:
    world.read(certificate("Alpha", "38436-2"), certificate("Beta", "B-2"))
    changes = world.read(certificate("Omega", "38436-2"), certificate("Beta", "B-2"), at=START + DAY)
    assert kinds(changes) == ["HOST_RENAMED"]
    assert ids(world) == ["alpha", "beta"]


def test_number_alone_does_not_show_a_rename(world: World) -> None:
    world.read(certificate("Alpha", "38436-2"))
    world.read(certificate("Omega", "38436-2", expires="2029-05-05"), at=START + DAY)
    assert ids(world) == ["alpha", "omega"]


def test_new_host_of_a_delisted_hosts_name_gets_another_id(world: World) -> None:
    world.read(certificate("Alpha", "A-1", siren=SIREN), certificate("Beta"))
    for days in (1, 2):
        world.read(certificate("Beta"), at=START + days * DAY)
    world.read(certificate("Beta"), certificate("Alpha", "Z-9", siren=OTHER), at=START + 3 * DAY)
    assert ids(world) == ["alpha", f"alpha-{OTHER}", "beta"]


def test_swap_of_two_names_between_two_sirens_is_two_renames(world: World) -> None:
    world.read(certificate("Alpha", "A-1", siren=SIREN), certificate("Beta", "B-2", siren=OTHER))
    changes = world.read(
        certificate("Beta", "A-1", siren=SIREN), certificate("Alpha", "B-2", siren=OTHER), at=START + DAY
    )
    assert kinds(changes) == ["HOST_RENAMED", "HOST_RENAMED"]
    assert world.rows("SELECT id, siren FROM hosts ORDER BY id") == [("alpha", SIREN), ("beta", OTHER)]


def test_country_and_website_follow_the_list(world: World) -> None:
    world.read(certificate(country="FR", website="https://a.example"))
    changes = world.read(certificate(website="https://b.example"), at=START + DAY)
    assert told(changes) == [
        ("DETAIL_CHANGED", "country", "FR", None),
        ("DETAIL_CHANGED", "website", "https://a.example", "https://b.example"),
    ]


names = st.sampled_from(["Alpha", "Alpha SAS", "ALPHA GmbH", "Beta", "Béta SA", "SAS", "Gamma"])
printed = st.builds(
    certificate,
    names,
    st.sampled_from(["1", "2", "3", None]),
    st.sampled_from([(1,), (1, 2), None]),
    siren=st.sampled_from([None, None, SIREN, OTHER]),
    country=st.sampled_from([None, "FR", "DE"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(printed, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_grouping_does_not_depend_on_the_order_of_rows(rows: list[object], dice: random.Random) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)

    for rules in (Rules(), Rules(pinned={("number", "1"): "one", ("number", "2"): "two"})):
        assert groups(rows, rules) == groups(shuffled, rules)


def groups(rows: list[object], rules: Rules) -> list[tuple[str | None, list[str]]]:
    found = group(rows, rules)  # type: ignore[arg-type]
    return [(one.siren, sorted(map(repr, one.records))) for one in found]


def test_rows_of_two_names_that_contradict_each_other_join_one_siren_in_any_order() -> None:
    rows: list[object] = [
        certificate("Alpha", siren=SIREN),
        certificate("Beta", siren=SIREN),
        certificate("Alpha", "1", country="FR"),
        certificate("Beta", "2", country="DE"),
    ]
    wanted = groups(rows, Rules())
    assert len(wanted) == 2, "the French rows join; the German one is somebody else"
    for other in permutations(rows):
        assert groups(list(other), Rules()) == wanted


@settings(max_examples=200, deadline=None)
@given(st.lists(printed, min_size=1, max_size=8))
def test_a_group_never_holds_two_sirens(rows: list[object]) -> None:
    for found in group(rows, Rules()):  # type: ignore[arg-type]
        assert len({record.siren for record in found.records if record.siren}) <= 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30), st.sets(st.sampled_from(["alpha", "alpha-2", "host"])))
def test_a_new_id_is_free_readable_and_never_empty(name: str, taken: set[str]) -> None:
    made = new_host_id(name or "x", None, taken.__contains__)
    assert made not in taken
    assert made
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("name", "form"),
    [("Alpha S.A.S.", "sas"), ("GIP Alpha", "gip"), ("Alpha", ""), ("Alpha GmbH", "gmbh")],
)
def test_legal_form_is_what_the_key_leaves_out(name: str, form: str) -> None:
    assert legal_form(name, name_key(name)) == form
