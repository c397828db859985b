"""The words of the field are data: complete, loadable, and with the dates the verdicts rest on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from registry.activities import read_scope
from registry.vocabulary import activities, certifier_id, certifiers, known_certifier, referentials, words


def test_the_six_activities_carry_their_legal_basis() -> None:
    assert [activity.id for activity in activities()] == [1, 2, 3, 4, 5, 6]
    for activity in activities():
        assert activity.legal_basis == f"CSP art. R. 1111-9, {activity.id}°"
        assert activity.label_fr and activity.label_en


def test_the_versions_of_the_referential_have_the_dates_of_the_contract() -> None:
    v1, v2 = referentials()
    assert (v1.version, v1.issue_from, v1.issue_until, v1.usable_until) == (
        "v1",
        date(2018, 6, 29),
        date(2024, 11, 16),
        date(2026, 5, 16),
    )
    assert (v2.version, v2.issue_from, v2.issue_until, v2.usable_until) == ("v2", date(2024, 5, 16), None, None)
    assert all("JO" in version.source for version in referentials()), "each date has a source"


def test_no_label_belongs_to_two_versions() -> None:
    labels = [label for version in referentials() for label in version.labels]
    assert len(labels) == len(set(labels))


def test_certifier_keys_are_their_own_and_unique() -> None:
    ids = [body.id for body in certifiers()]
    assert len(ids) == len(set(ids))
    assert known_certifier("Nobody Certification") is None
    assert certifier_id("…") is None


def test_dates_of_accreditation_known_in_advance() -> None:
    known = {body.id: body.accredited_on for body in certifiers() if body.accredited_on}
    assert known["bureau-veritas-certification-france"] == date(2019, 4, 17)
    assert known["bsi-group-france"] == date(2019, 6, 20)
    assert known["afnor-certification"] == date(2019, 8, 29)


@pytest.mark.parametrize(
    "name", ["activities", "certifiers", "months", "placeholders", "referentials", "statuses", "wordings"]
)
def test_a_word_that_yaml_would_read_as_true_or_a_number_is_quoted(name: str) -> None:
    def check(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                assert not isinstance(inner, bool) and inner is not None, f"{name}.yml: quote {inner!r}"
                check(inner)

    check(words(name))


real = json.loads((Path(__file__).parent / "phrasings.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", real, ids=[case["text"][:60] for case in real])
def test_wordings_of_real_certificates_mean_what_they_mean(case: dict) -> None:
    reading = read_scope(case["text"])
    assert (sorted(reading.activities) if reading.activities else None) == case["activities"]
    assert sorted(reading.legacy) == sorted(case["legacy_scopes"])
