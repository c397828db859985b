"""When something is on the list, in doubt, off it, and back (contract, "Off the list")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from registry.history import settle
from registry.models import CertificateRecord
from registry.runs import staged
from tests.registry.registry_world import DAY, HOUR, START, World, certificate, certifier, dump, host_only, kinds

ALPHA = certificate("Alpha SAS", "A-100")
ALPHA_CUT = certificate("Alpha SAS", "A-100", (1,))
BETA = certificate("Beta", "B-200")


def test_first_reading_lists_every_host_and_certificate(world: World) -> None:
    changes = world.read(ALPHA, BETA)
    assert kinds(changes) == ["CERTIFICATE_LISTED"] * 2 + ["HOST_LISTED"] * 2
    assert changes.outcome == "accepted"
    assert world.rows("SELECT id, first_seen, last_seen, listed FROM hosts ORDER BY id") == [
        ("alpha", "2026-03-02T06:15:00Z", "2026-03-02T06:15:00Z", 1),
        ("beta", "2026-03-02T06:15:00Z", "2026-03-02T06:15:00Z", 1),
    ]


def test_same_list_again_is_unchanged_and_counts_as_seen(world: World) -> None:
    world.read(ALPHA, BETA)
    again = world.read(BETA, ALPHA, at=START + DAY)
    assert (list(again), again.outcome) == ([], "unchanged")
    assert world.rows("SELECT DISTINCT first_seen, last_seen FROM certificates") == [
        ("2026-03-02T06:15:00Z", "2026-03-03T06:15:00Z")
    ]


def test_missing_row_is_unlisted_at_once_but_told_only_when_confirmed(world: World) -> None:
    world.read(ALPHA, BETA)
    missing = world.read(ALPHA, at=START + DAY)
    assert list(missing) == []
    assert world.rows("SELECT listed, delisted_on, last_seen FROM hosts WHERE id = 'beta'") == [
        (0, None, "2026-03-02T06:15:00Z")
    ]
    confirmed = world.read(ALPHA, at=START + 2 * DAY)
    assert kinds(confirmed) == ["CERTIFICATE_DELISTED", "HOST_DELISTED"]
    assert confirmed.outcome == "unchanged"
    assert world.rows("SELECT listed, delisted_on FROM hosts WHERE id = 'beta'") == [(0, "2026-03-03")]
    assert world.rows("SELECT listed, delisted_on FROM certificates WHERE host_id = 'beta'") == [(0, "2026-03-03")]


@pytest.mark.parametrize("then", [[ALPHA], [ALPHA_CUT]], ids=["unchanged list", "changed list"])
@pytest.mark.parametrize(
    ("later", "expected"),
    [(6 * HOUR - timedelta(seconds=1), []), (6 * HOUR, ["CERTIFICATE_DELISTED", "HOST_DELISTED"])],
    ids=["not before six hours", "from six hours on"],
)
def test_confirmation_needs_a_run_six_hours_later(
    world: World, later: timedelta, expected: list[str], then: list[CertificateRecord]
) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    told = kinds(world.read(*then, at=START + DAY + later))
    assert [kind for kind in told if "DELISTED" in kind] == expected


def test_confirmation_counts_from_the_first_run_without_the_row(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    assert kinds(world.read(ALPHA, at=START + DAY + 4 * HOUR)) == []
    assert kinds(world.read(ALPHA, at=START + DAY + 7 * HOUR)) == ["CERTIFICATE_DELISTED", "HOST_DELISTED"]


def test_changed_list_confirms_an_absence_as_well_as_an_unchanged_one(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    gamma = certificate("Gamma", "G-1")
    assert kinds(world.read(ALPHA, gamma, at=START + 2 * DAY)) == [
        "CERTIFICATE_DELISTED", "CERTIFICATE_LISTED", "HOST_DELISTED", "HOST_LISTED"
    ]  # fmt: skip


def test_row_back_before_confirmation_leaves_no_change_at_all(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    back = world.read(ALPHA, BETA, at=START + 2 * DAY)
    assert list(back) == []
    assert world.rows("SELECT listed, delisted_on, first_seen FROM hosts WHERE id = 'beta'") == [
        (1, None, "2026-03-02T06:15:00Z")
    ]
    assert world.one("SELECT count(*) FROM changes") == 4


def test_row_back_after_confirmation_is_relisted_and_keeps_its_first_day(world: World) -> None:
    world.read(ALPHA, BETA)
    for days in (1, 2):
        world.read(ALPHA, at=START + days * DAY)
    back = world.read(ALPHA, BETA, at=START + 30 * DAY)
    assert kinds(back) == ["CERTIFICATE_LISTED", "HOST_RELISTED"]
    assert world.rows("SELECT listed, delisted_on, first_seen, last_seen FROM hosts WHERE id = 'beta'") == [
        (1, None, "2026-03-02T06:15:00Z", "2026-04-01T06:15:00Z")
    ]


def test_absence_is_confirmed_by_48_hours_without_any_run(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    assert settle(world.conn, START + 3 * DAY - timedelta(seconds=1)) == []
    assert kinds(settle(world.conn, START + 3 * DAY)) == ["CERTIFICATE_DELISTED", "HOST_DELISTED"]
    assert settle(world.conn, START + 4 * DAY) == []
    assert kinds(world.read(ALPHA, at=START + 5 * DAY)) == []


def test_failed_and_quarantined_runs_leave_no_trace(world: World) -> None:
    world.read(ALPHA, BETA)
    before = dump(world)
    world.quarantine(ALPHA, at=START + DAY)
    world.fail(at=START + 2 * DAY)
    world.quarantine(ALPHA, at=START + 3 * DAY)
    assert dump(world) == before
    assert settle(world.conn, START + 9 * DAY) == []


def test_quarantined_run_confirms_no_absence(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=START + DAY)
    world.quarantine(ALPHA, at=START + 2 * DAY)
    assert world.one("SELECT delisted_on FROM hosts WHERE id = 'beta'") is None


def test_promoting_a_run_twice_changes_nothing(world: World) -> None:
    run_id = world.stage(ALPHA, BETA)
    world.believe(run_id, [ALPHA, BETA], START)
    before = dump(world)
    again = world.believe(run_id, staged(world.conn, run_id), START)
    assert (list(again), again.outcome) == ([], "accepted")
    assert dump(world) == before


def test_an_empty_list_is_never_promoted(world: World) -> None:
    world.read(ALPHA)
    with pytest.raises(ValueError, match="at least one row"):
        world.believe(world.stage(at=START + DAY), [], START + DAY)
    assert world.listed() == {"alpha": 1}


def test_host_printed_without_a_certificate_is_listed_without_one(world: World) -> None:
    changes = world.read(ALPHA, host_only("Omega"))
    assert kinds(changes) == ["CERTIFICATE_LISTED", "HOST_LISTED", "HOST_LISTED"]
    assert world.one("SELECT count(*) FROM certificates WHERE host_id = 'omega'") == 0


def test_one_of_two_certificates_that_leaves_is_delisted_alone(world: World) -> None:
    first, second = certificate(number="A-1", activities=(1, 2)), certificate(number="B-2", activities=(5, 6))
    world.read(first, second)
    world.read(first, at=START + DAY)
    assert kinds(world.read(first, at=START + 2 * DAY)) == ["CERTIFICATE_DELISTED"]
    assert world.listed() == {"alpha": 1}


def test_delisting_day_is_a_day_in_paris(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(ALPHA, at=datetime(2026, 7, 14, 22, 30, tzinfo=UTC))
    world.read(ALPHA, at=datetime(2026, 7, 15, 22, 30, tzinfo=UTC))
    assert world.one("SELECT delisted_on FROM hosts WHERE id = 'beta'") == "2026-07-15"


def test_certifier_membership_follows_the_same_rule(world: World) -> None:
    lne, afnor = certifier("LNE"), certifier("AFNOR Certification")
    assert kinds(world.read(lne, afnor, source="certifiers")) == ["CERTIFIER_LISTED", "CERTIFIER_LISTED"]
    assert kinds(world.read(lne, at=START + DAY, source="certifiers")) == []
    assert world.rows("SELECT listed FROM certifiers WHERE id = 'afnor-certification'") == [(0,)]
    assert kinds(world.read(lne, at=START + 2 * DAY, source="certifiers")) == ["CERTIFIER_DELISTED"]
    assert kinds(world.read(lne, afnor, at=START + 3 * DAY, source="certifiers")) == ["CERTIFIER_LISTED"]
    assert world.one("SELECT first_seen FROM certifiers WHERE id = 'afnor-certification'") == "2026-03-02T06:15:00Z"


def test_each_list_speaks_only_for_itself(world: World) -> None:
    world.read(ALPHA, BETA)
    world.read(certifier("LNE"), at=START + HOUR, source="certifiers")
    world.read(ALPHA, at=START + DAY)
    assert kinds(world.read(certifier("LNE"), at=START + 2 * DAY, source="certifiers")) == []
    assert world.one("SELECT delisted_on FROM hosts WHERE id = 'beta'") is None


def test_issuing_body_that_no_list_shows_is_kept_as_unlisted(world: World) -> None:
    world.read(certificate(certifier="Contrôle Austral", certifier_id="controle-austral"))
    assert world.rows("SELECT name, listed, first_seen FROM certifiers") == [("Contrôle Austral", 0, None)]
    listed = world.read(certifier("Contrôle Austral SA", "controle-austral"), at=START + DAY, source="certifiers")
    assert kinds(listed) == ["CERTIFIER_LISTED"]
    assert world.rows("SELECT name, listed, first_seen FROM certifiers") == [
        ("Contrôle Austral SA", 1, "2026-03-03T06:15:00Z")
    ]


def test_accreditation_changes_are_told_field_by_field(world: World) -> None:
    from datetime import date

    world.read(certifier("LNE", accreditation_number="4-0038"), source="certifiers")
    changes = world.read(
        certifier(
            "LNE",
            accreditation_number="4-0039",
            accreditation_ended_on=date(2026, 10, 31),
            website="https://lne.example",
        ),
        at=START + DAY,
        source="certifiers",
    )
    assert sorted((c.kind, c.field, c.before, c.after) for c in changes) == [
        ("ACCREDITATION_CHANGED", "accreditation_ended_on", None, "2026-10-31"),
        ("ACCREDITATION_CHANGED", "accreditation_number", "4-0038", "4-0039"),
        ("DETAIL_CHANGED", "website", None, "https://lne.example"),
    ]
