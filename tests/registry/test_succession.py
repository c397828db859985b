"""Which certificate is which over time, and which took the place of which (`replaces_id`)."""

from __future__ import annotations

import pytest

from registry.numbers import later_revision, normalise_number
from tests.registry.registry_world import DAY, START, World, certificate, kinds, told

OLD = certificate(number="38436", issued="2023-04-01", expires="2026-03-31", referential="v1", referential_label="v1.1")
NEW = {"issued": "2026-04-01", "expires": "2029-03-31", "referential": "v1", "referential_label": "v1.1"}


def chain(world: World) -> dict[str, str | None]:
    """Number (or id) → the number it replaces."""
    return dict(
        world.rows(
            "SELECT coalesce(new.number, new.id), coalesce(old.number, old.id) FROM certificates new"
            " LEFT JOIN certificates old ON old.id = new.replaces_id"
        )  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("printed", "same_as"),
    [
        ("HDS 789841", "HDS-789841"), ("N° 38436-2", "38436 - 2"), ("FR094504", "fr094504"), ("38436/2", "38436-2"),
        ("Certificat n° 12", "12"), ("HDS789841", "HDS789841"),
    ],
)  # fmt: skip
def test_spellings_of_one_number_are_one(printed: str, same_as: str) -> None:
    assert normalise_number(printed) == normalise_number(same_as)


@pytest.mark.parametrize(("one", "other"), [("38436", "38437"), ("HDS", "12"), ("1-23", "12-3"), ("A 1", "B 1")])
def test_different_numbers_stay_different(one: str, other: str) -> None:
    assert normalise_number(one) != normalise_number(other)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("38436-1", "38436", True), ("38436-2", "38436-1", True), ("38436-2", "38436", True),
        ("1042480-3", "1042480-2", True), ("hds-789841-2", "hds-789841", True), ("38436", "38436-1", False),
        ("38436-1", "38437", False), ("38436", "38436", False), ("2024-13", "2024-12", False), ("a-2", "a-1", False),
        (None, "38436", False), ("38436-1", None, False),
    ],
)  # fmt: skip
def test_revisions_of_one_number_are_a_lineage(new: str | None, old: str | None, expected: bool) -> None:
    assert later_revision(new, old) is expected


def test_next_revision_in_the_place_of_the_old_one_is_a_renewal(world: World) -> None:
    world.read(OLD)
    changes = world.read(certificate(number="38436-1", **NEW), at=START + DAY)
    assert told(changes) == [("CERTIFICATE_RENEWED", "expires_on", "2026-03-31", "2029-03-31")]
    assert chain(world) == {"38436": None, "38436-1": "38436"}
    for days in (2, 3):
        assert list(world.read(certificate(number="38436-1", **NEW), at=START + days * DAY)) == []
    assert world.rows("SELECT listed, delisted_on FROM certificates WHERE number = '38436'") == [(0, None)]


def test_renewal_under_a_new_number_is_a_renewal_too(world: World) -> None:
    world.read(OLD)
    changes = world.read(certificate(number="51200", **NEW), at=START + DAY)
    assert kinds(changes) == ["CERTIFICATE_RENEWED"]
    assert chain(world)["51200"] == "38436"


def test_renewal_that_keeps_its_number_is_a_certificate_of_its_own(world: World) -> None:
    world.read(OLD)
    changes = world.read(certificate(number="38436", **NEW), at=START + DAY)
    assert kinds(changes) == ["CERTIFICATE_RENEWED"]
    assert world.rows("SELECT id, listed, replaces_id FROM certificates ORDER BY id") == [
        ("alpha-38436", 0, None), ("alpha-38436-2026", 1, "alpha-38436")
    ]  # fmt: skip


def test_renewal_of_a_certificate_without_number_is_seen_by_its_dates(world: World) -> None:
    world.read(certificate(number=None, issued=None, expires="2026-03-31"))
    changes = world.read(certificate(number=None, issued=None, expires="2029-03-31"), at=START + DAY)
    assert kinds(changes) == ["CERTIFICATE_RENEWED"]


def test_renewal_and_what_changed_with_it_are_told_once_each(world: World) -> None:
    world.read(OLD)
    renewed = certificate(
        number="BV-9", activities=(1, 2), issued="2026-04-01", expires="2029-03-31", certifier="Bureau Veritas",
        certifier_id="bureau-veritas",
    )  # fmt: skip
    assert told(world.read(renewed, at=START + DAY)) == [
        ("CERTIFICATE_RENEWED", "expires_on", "2026-03-31", "2029-03-31"),
        ("CERTIFIER_CHANGED", "certifier_id", "lne", "bureau-veritas"),
        ("REFERENTIAL_CHANGED", "referential", "v1", "v2"),
        ("SCOPE_REDUCED", "activities", "1,2,3", "1,2"),
    ]


def test_transfer_to_another_certifier_is_a_changed_certifier(world: World) -> None:
    world.read(certificate(number="A-100"))
    moved = certificate(number="AUSTRAL-77", certifier="Austral", certifier_id="austral", issued="2026-02-01")
    assert told(world.read(moved, at=START + DAY)) == [("CERTIFIER_CHANGED", "certifier_id", "lne", "austral")]
    assert chain(world)["AUSTRAL-77"] == "A-100"


def test_new_number_for_the_same_term_is_a_detail(world: World) -> None:
    world.read(certificate(number="A-100"))
    changes = world.read(certificate(number="B-200"), at=START + DAY)
    assert told(changes) == [("DETAIL_CHANGED", "number", "A-100", "B-200")]
    assert chain(world)["B-200"] == "A-100"


def test_revisions_make_one_lineage_over_the_years(world: World) -> None:
    world.read(certificate(number="38436", issued="2019-09-12", expires="2022-09-11"))
    world.read(certificate(number="38436-1", issued="2022-09-12", expires="2025-09-11"), at=START + DAY)
    world.read(certificate(number="38436-2", issued="2025-09-12", expires="2028-09-11"), at=START + 2 * DAY)
    assert chain(world) == {"38436": None, "38436-1": "38436", "38436-2": "38436-1"}


def test_revisions_printed_together_from_the_start_are_chained_without_a_renewal(world: World) -> None:
    changes = world.read(
        certificate(number="38436", issued="2022-09-12", expires="2025-09-11"),
        certificate(number="38436-2", issued="2025-09-12", expires="2028-09-11"),
    )
    assert kinds(changes) == ["CERTIFICATE_LISTED", "CERTIFICATE_LISTED", "HOST_LISTED"]
    assert chain(world) == {"38436": None, "38436-2": "38436"}


def test_revision_printed_beside_the_one_it_revises_is_a_renewal_and_the_old_one_leaves_unheard(world: World) -> None:
    renewed = certificate(number="38436-1", **NEW)
    world.read(OLD)
    assert kinds(world.read(OLD, renewed, at=START + DAY)) == ["CERTIFICATE_RENEWED"]
    for days in (2, 3):
        assert list(world.read(renewed, at=START + days * DAY)) == []


def test_revision_replaces_the_last_one_before_it_when_all_are_still_printed(world: World) -> None:
    printed = [
        certificate(number=f"38436-{n}" if n else "38436", issued=f"20{10 + n}-01-10", expires=f"20{13 + n}-01-09")
        for n in range(11)
    ]
    world.read(*printed[:2])
    for last in range(3, 12):
        world.read(*printed[:last], at=START + last * DAY)
    assert chain(world) == {one.number: (printed[n - 1].number if n else None) for n, one in enumerate(printed)}


def test_revisions_first_printed_together_are_chained_in_order_of_their_figures(world: World) -> None:
    world.read(
        *(certificate(number=f"38436-{n}", issued=f"20{10 + n}-01-10", expires=f"20{13 + n}-01-09") for n in (2, 9, 10))
    )
    assert chain(world) == {"38436-2": None, "38436-9": "38436-2", "38436-10": "38436-9"}


def test_two_certificates_side_by_side_are_no_succession(world: World) -> None:
    first = certificate(number="A-1", activities=(1, 2))
    second = certificate(number="B-2", activities=(3, 4, 5, 6), issued="2025-06-01", expires="2028-05-31")
    world.read(first)
    assert kinds(world.read(first, second, at=START + DAY)) == ["CERTIFICATE_LISTED"]
    assert chain(world) == {"A-1": None, "B-2": None}
    world.read(second, at=START + 2 * DAY)
    assert kinds(world.read(second, at=START + 3 * DAY)) == ["CERTIFICATE_DELISTED"]


def test_same_base_number_for_other_activities_is_no_revision(world: World) -> None:
    changes = world.read(
        certificate(number="FR09450-1", activities=(1, 2), issued="2025-01-01"),
        certificate(number="FR09450-2", activities=(5, 6), issued="2025-02-01"),
    )
    assert "CERTIFICATE_RENEWED" not in kinds(changes)
    assert chain(world) == {"FR09450-1": None, "FR09450-2": None}


def test_successor_that_was_already_listed_takes_over_when_the_old_one_leaves(world: World) -> None:
    new = certificate(number="51200", issued="2026-02-20", expires="2029-02-19")
    world.read(OLD)
    assert kinds(world.read(OLD, new, at=START + DAY)) == ["CERTIFICATE_LISTED"]
    assert "CERTIFICATE_RENEWED" in kinds(world.read(new, at=START + 2 * DAY))
    assert chain(world)["51200"] == "38436"
    assert list(world.read(new, at=START + 3 * DAY)) == []


def test_one_certificate_that_unites_two_replaces_both(world: World) -> None:
    first, second = certificate(number="A-1", activities=(1, 2)), certificate(number="B-2", activities=(3, 4))
    united = certificate(number="C-3", activities=(1, 2, 3, 4), issued="2026-02-01", expires="2029-01-31")
    world.read(first, second)
    assert kinds(world.read(united, at=START + DAY)) == ["CERTIFICATE_RENEWED"]
    assert list(world.read(united, at=START + 2 * DAY)) == []


def test_two_certificates_that_divide_one_both_replace_it(world: World) -> None:
    world.read(certificate(number="A-1", activities=(1, 2, 3, 4)))
    halves = [
        certificate(number="B-2", activities=(1, 2), issued="2026-02-01", expires="2029-01-31"),
        certificate(number="C-3", activities=(3, 4), issued="2026-02-01", expires="2029-01-31"),
    ]
    assert kinds(world.read(*halves, at=START + DAY)) == ["CERTIFICATE_RENEWED", "CERTIFICATE_RENEWED"]
    assert chain(world) == {"A-1": None, "B-2": "A-1", "C-3": "A-1"}


def test_renewal_that_appears_after_the_old_one_was_missed_is_still_a_renewal(world: World) -> None:
    beta = certificate("Beta", "B-1")
    world.read(OLD, beta)
    world.read(beta, at=START + DAY)
    changes = world.read(certificate(number="38436-1", **NEW), beta, at=START + 2 * DAY)
    assert kinds(changes) == ["CERTIFICATE_RENEWED"]
    assert world.listed() == {"alpha": 1, "beta": 1}


def test_renewal_after_a_confirmed_delisting_relists_the_host(world: World) -> None:
    beta = certificate("Beta", "B-1")
    world.read(OLD, beta)
    for days in (1, 2):
        world.read(beta, at=START + days * DAY)
    changes = world.read(certificate(number="38436-1", **NEW), beta, at=START + 9 * DAY)
    assert kinds(changes) == ["CERTIFICATE_RENEWED", "HOST_RELISTED"]


def test_an_older_certificate_that_appears_is_no_successor(world: World) -> None:
    world.read(certificate(number="B-2"))
    changes = world.read(certificate(number="A-1", issued="2021-01-10", expires="2024-01-09"), at=START + DAY)
    assert kinds(changes) == ["CERTIFICATE_LISTED"]
    assert chain(world)["A-1"] is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"activities": (1, 2)}, {"activities": (1, 2, 3)}, [("SCOPE_EXTENDED", "activities", "1,2", "1,2,3")]),
        ({"activities": (1, 2)}, {"activities": (1,)}, [("SCOPE_REDUCED", "activities", "1,2", "1")]),
        (
            {"activities": (1, 2)}, {"activities": (1, 3)},
            [("SCOPE_EXTENDED", "activities", "1,2", "1,3"), ("SCOPE_REDUCED", "activities", "1,2", "1,3")],
        ),
        ({"activities": None}, {"activities": (1,)}, [("DETAIL_CHANGED", "activities", None, "1")]),
        ({"activities": (1,)}, {"activities": None}, [("DETAIL_CHANGED", "activities", "1", None)]),
        ({}, {"expires": "2028-02-09"}, [("EXPIRY_MOVED", "expires_on", "2028-01-09", "2028-02-09")]),
        ({}, {"expires": "2027-01-09"}, [("EXPIRY_MOVED", "expires_on", "2028-01-09", "2027-01-09")]),
        ({}, {"expires": None}, [("EXPIRY_MOVED", "expires_on", "2028-01-09", None)]),
        (
            {"referential": "v1", "referential_label": "v1.1"}, {},
            [("REFERENTIAL_CHANGED", "referential", "v1", "v2")],
        ),
        ({}, {"referential_label": "2.0"}, [("DETAIL_CHANGED", "referential_label", "v2.0", "2.0")]),
        ({}, {"certifier_id": "afnor"}, [("CERTIFIER_CHANGED", "certifier_id", "lne", "afnor")]),
        ({}, {"source_status": "suspended"}, [("STATUS_CHANGED", "source_status", None, "suspended")]),
        ({}, {"number": "a-100"}, [("DETAIL_CHANGED", "number", "A-100", "a-100")]),
        ({}, {"document_url": "https://x.example/a.pdf"}, [("DETAIL_CHANGED", "document_url", None, "https://x.example/a.pdf")]),
        ({}, {"issued": "2025-01-11"}, [("DETAIL_CHANGED", "issued_on", "2025-01-10", "2025-01-11")]),
        ({"number": None}, {"number": "A-7"}, [("DETAIL_CHANGED", "number", None, "A-7")]),
        ({"number": None, "issued": None, "expires": None}, {"number": None, "issued": None, "expires": None,
          "activities": (1,)}, [("SCOPE_REDUCED", "activities", "1,2,3", "1")]),
    ],
)  # fmt: skip
def test_each_thing_that_happens_to_a_certificate_is_one_change(
    world: World, before: dict[str, object], after: dict[str, object], expected: list[tuple[object, ...]]
) -> None:
    world.read(certificate(**before))  # type: ignore[arg-type]
    world.one("SELECT id FROM certificates")
    assert told(world.read(certificate(**after), at=START + DAY)) == expected  # type: ignore[arg-type]
    assert world.one("SELECT count(*) FROM certificates") == 1


def test_id_of_a_certificate_never_changes_with_what_is_printed(world: World) -> None:
    world.read(certificate(number=None, expires="2028-01-09"))
    world.read(certificate(number="A-7", expires="2028-01-09"), at=START + DAY)
    world.read(certificate(number="A-7", expires="2028-03-01"), at=START + 2 * DAY)
    assert world.rows("SELECT id, number FROM certificates") == [("alpha-2028-01-09", "A-7")]


def test_certificates_without_numbers_are_told_apart_by_what_they_say(world: World) -> None:
    first = certificate(number=None, activities=(1, 2), issued="2025-01-10", expires="2028-01-09")
    second = certificate(number=None, activities=(5,), issued="2025-05-01", expires="2028-04-30")
    world.read(first, second)
    changed = certificate(number=None, activities=(5, 6), issued="2025-05-01", expires="2028-04-30")
    assert told(world.read(changed, first, at=START + DAY)) == [("SCOPE_EXTENDED", "activities", "5", "5,6")]


def test_rows_that_a_person_accepted_although_they_contradict_each_other_are_kept_apart(world: World) -> None:
    world.read(certificate(number="A-1", activities=(1,)), certificate(number="A-1", activities=(2,)))
    assert world.one("SELECT count(*) FROM certificates") == 2
    world.read(certificate(number="A-1", activities=(2,)), certificate(number="A-1", activities=(1,)), at=START + DAY)
    assert world.one("SELECT count(*) FROM changes WHERE kind LIKE 'SCOPE%'") == 0


def test_rows_repeated_word_for_word_are_one_certificate(world: World) -> None:
    world.read(certificate(), certificate())
    assert world.one("SELECT count(*) FROM certificates") == 1
