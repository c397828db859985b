"""Sentences of findings: every code, both languages, no hole, no leak of markup, right typography."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest

from monitor.findings import Code
from monitor.matching import Doubt
from monitor.wording import in_words_activities, in_words_date, in_words_days, message, plain, words

EVIDENCE: dict[str, Any] = {
    "supplier": "Fournisseur", "host_id": "h", "legal_name": "HEBERGEUR", "siren_found": "1", "siren_expected": "2",
    "candidates": [{"legal_name": "A"}, {"legal_name": "B"}, {"legal_name": "C"}], "number": "N-1", "certifier": "LNE",
    "activities": [3, 6], "expires_on": "2026-03-01", "issued_on": "2026-11-22", "usable_until": "2026-05-16",
    "referential": "v1", "referential_label": "HDS 1.1", "coverage_end": "2026-12-01", "days_left": 9,
    "accredited_on": "2019-04-17", "accreditation_ended_on": "2024-01-01", "issue_from": "2018-06-29",
    "issue_until": "2024-11-16", "quoted": {"certificate_number": "X"}, "ends_on": "2027-01-01",
    "observed_on": "2026-11-01", "age_days": 21,
}  # fmt: skip


def templates(language: str) -> list[tuple[str, str | None, str]]:
    found = []
    for code, template in words(language)["messages"].items():
        variants = template.items() if isinstance(template, dict) else [(None, template)]
        found += [(code, reason, text) for reason, text in variants]
    return found


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_code_has_a_sentence(language: str) -> None:
    assert words(language)["messages"].keys() == set(map(str, Code))


def test_both_languages_have_the_same_variants_with_the_same_values() -> None:
    def shape(language: str) -> set[tuple[str, str | None, frozenset[str | None]]]:
        return {
            (code, reason, frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name))
            for code, reason, text in templates(language)
        }

    assert shape("fr") == shape("en")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sentence_is_filled_and_ends(language: str) -> None:
    for code, reason, _ in templates(language):
        said = message(code, EVIDENCE | {"reason": reason}, language)
        assert said.endswith(".") and "{" not in said and "None" not in said and "  " not in said
        assert "2026-" not in said, f"{code}: a date is not in words: {said}"


def test_doubts_of_matching_all_have_their_sentence() -> None:
    reasons = {reason for code, reason, _ in templates("fr") if code in ("NOT_LISTED", "AMBIGUOUS_MATCH")}
    assert reasons == set(map(str, Doubt))


def test_french_has_no_break_spaces_before_high_punctuation() -> None:
    for _, _, text in templates("fr"):
        assert not re.search(r" [:;?!»]|« ", text)


def test_unknown_values_are_said_to_be_unknown() -> None:
    unknown = dict.fromkeys(EVIDENCE) | {"activities": [1], "candidates": [], "quoted": {}, "days_left": 1}
    assert "sans numéro" in message("EXPIRED", unknown, "fr")
    assert "date inconnue" in message("EXPIRED", unknown, "fr")
    assert "date unknown" in message("EXPIRED", unknown, "en")


def test_dates_days_and_activities_in_words() -> None:
    assert [in_words_date("2027-03-01", one) for one in ("fr", "en")] == ["1er mars 2027", "1 March 2027"]
    assert [in_words_date("2026-08-11", one) for one in ("fr", "en")] == ["11 août 2026", "11 August 2026"]
    assert [in_words_days(n, "fr") for n in (0, 1, 2)] == ["aujourd'hui", "dans 1 jour", "dans 2 jours"]
    assert [in_words_days(n, "en") for n in (0, 1, 2)] == ["today", "in 1 day", "in 2 days"]
    assert in_words_activities([6, 3], "fr") == "3 (infrastructure virtuelle) et 6 (sauvegarde)"
    assert in_words_activities([1, 2, 3], "en").endswith(" and 3 (virtual infrastructure)")
    assert in_words_activities([], "fr") == "aucune"


def test_outside_text_is_put_on_one_line_without_hidden_characters_and_cut() -> None:
    assert plain("a\x1b[31m\nb\u202ec\u200bd\x00") == "a [31m bcd "
    assert len(plain("x" * 10_000)) == 300
    assert plain("x" * 10_000, longest=None) == "x" * 10_000


def test_braces_in_outside_text_are_no_template() -> None:
    said = message("NOT_LISTED", EVIDENCE | {"reason": "nothing", "supplier": "{siren_found} {0.__class__}"}, "fr")
    assert "{siren_found} {0.__class__}" in said
