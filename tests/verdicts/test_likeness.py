"""Likeness of names: what a person is asked about, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from monitor.likeness import ALMOST, LIKELY, Names
from registry.text import normalise_name

LISTED = [
    "OVHcloud", "SCALINGO", "Claranet SAS", "Claranet e-Santé", "Amazon Web Services EMEA SARL", "Google Cloud France",
    "Microsoft (Azure, Dynamics 365 and Online Services)", "Cloud Temple", "Clever Cloud", "Docaposte",
    "Orange Business", "3DS Outscale", "Cegedim Cloud", "Euris Cloud Santé", "NumSpot",
]  # fmt: skip
NAMES = Names((name, name) for name in LISTED)


def likely(given_: str) -> list[str]:
    return [one.host_id for one in NAMES.alike(normalise_name(given_), LIKELY)]


@pytest.mark.parametrize(
    ("given_", "first"),
    [
        ("OVH Cloud", "OVHcloud"),
        ("Scalngo", "SCALINGO"),
        ("Cloud Clever", "Clever Cloud"),
        ("Outscale", "3DS Outscale"),
        ("Amazon Web Services", "Amazon Web Services EMEA SARL"),
        ("Azure", "Microsoft (Azure, Dynamics 365 and Online Services)"),
        ("Orange Business Services", "Orange Business"),
        ("Docapost", "Docaposte"),
        ("Claranet eSanté", "Claranet e-Santé"),
        ("Scalingohosting", "SCALINGO"),
    ],
)
def test_a_likely_name_is_found_first(given_: str, first: str) -> None:
    assert likely(given_)[0] == first


@pytest.mark.parametrize("given_", ["Boulangerie Dupont", "Acme Cloud", "Hébergeur Imaginaire", "SA", "…", "", "Xy"])
def test_an_unlike_name_is_left_alone(given_: str) -> None:
    assert likely(given_) == []


def test_a_word_that_many_share_tells_nothing() -> None:
    names = Names((f"{n}", f"Cloud {word}") for n, word in enumerate(("rouge", "vert", "bleu", "jaune", "noir")))
    assert names.alike("cloud services", LIKELY) == []
    assert names.alike("cloud", LIKELY) == []


def test_no_likeness_is_certainty() -> None:
    assert max(one.score for one in NAMES.alike("scalingo", 50)) == ALMOST < 100


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(alphabet="abcde ", min_size=1, max_size=12), max_size=12),
    st.text(alphabet="abcde ", min_size=1, max_size=12),
    st.sampled_from([50.0, 70.0, LIKELY]),
)
def test_the_shortcut_by_length_loses_no_name_that_is_spelt_alike(listed: list[str], wanted: str, least: float) -> None:
    names = Names((str(place), name) for place, name in enumerate(listed))
    name = normalise_name(wanted)
    found = {one.host_id for one in names.alike(name, least, most=100)}
    letters = name.replace(" ", "")
    alike = {
        str(place)
        for place, one in enumerate(listed)
        if letters and fuzz.ratio(letters, normalise_name(one).replace(" ", "")) >= least and normalise_name(one)
    }
    assert alike <= found
