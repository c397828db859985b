"""What a printed scope means: by text first, by number second, and nothing at all where any part is in doubt."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.wording import words
from registry.activities import ALL_SIX, activity_of_heading, read_scope
from registry.vocabulary import activities
from tests.meaning.scope_cases import DOUBTFUL, LEGACY, UNDERSTOOD

IN_MESSAGES = {language: words(language)["activities"] for language in ("fr", "en")}
"""Language → number → the short name that we print."""
understood = [(why, text, held) for why, cases in UNDERSTOOD.items() for text, held in cases.items()]
doubtful = [(why, text) for why, cases in DOUBTFUL.items() for text in cases]


@pytest.mark.parametrize(
    ("why", "text", "held"), understood, ids=[f"{why}: {text}"[:90] for why, text, _ in understood]
)
def test_a_scope_that_is_understood_gives_exactly_its_activities(why: str, text: str, held: set[int]) -> None:
    reading = read_scope(text)
    assert reading.activities == held, f"{why}: {reading.doubt}"
    assert reading.doubt is None


@pytest.mark.parametrize(("why", "text"), doubtful, ids=[f"{why}: {text}"[:90] for why, text in doubtful])
def test_a_scope_in_doubt_gives_no_activities_and_says_why(why: str, text: str) -> None:
    reading = read_scope(text)
    assert reading.activities is None, why
    assert reading.doubt


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1, 3 non couverts : 2", "can't tell what 'non couverts' excludes"),
        ("1, 2 non couvert", "can't tell what 'non couvert' excludes"),
        ("1 oui, 1 non", "expected one yes or no for each activity"),
        ("1 à 6 sauf", "an exclusion names nothing"),
        ("1 à 5 (quatre activités)", "expected 4 activities as announced, found 5"),
        ("Activités 1, 2, 2, 3", "the same number is printed twice"),
        ("1 à 6 Xyz", "expected words about activities only, found 'xyz'"),
        ("3/6", "can't tell whether this is a list or a count out of six"),
        ("sauf 1 à 6", "nothing is left after what is excluded"),
        ("1 à 6 sauf 3 non couverte", "can't tell what a double negation excludes"),
        ("1 à 6 sauf 3, dont 4", "can't tell where the exclusion ends"),
        ("1 à 6 sauf 3. 4", "can't tell where the exclusion ends"),
        ("sites physiques sauf 1", "the same activity is both named and excluded"),
        ("2 activités, 3 activités : 1 à 6", "expected 2 or 3 activities as announced, found 6"),
    ],
)
def test_a_doubt_says_what_is_not_understood(text: str, said: str) -> None:
    assert read_scope(text).doubt == said


@pytest.mark.parametrize(("text", "scopes"), LEGACY.items())
def test_a_legacy_scope_is_never_turned_into_activities(text: str, scopes: tuple[str, ...]) -> None:
    reading = read_scope(text)
    assert reading.activities is None
    assert sorted(reading.legacy) == list(scopes)
    assert reading.doubt is None, "a legacy scope is understood: it just says nothing of activities"


def test_a_legacy_scope_is_kept_also_where_activities_are_printed() -> None:
    reading = read_scope("Hébergeur d'infrastructure physique (1, 2) et hébergeur infogéreur (3 à 6)")
    assert reading.activities == ALL_SIX
    assert reading.legacy == {"physical", "managed"}


def test_a_blank_text_says_nothing_and_raises_no_doubt() -> None:
    for text in ("", "  ", "\n", "\xa0"):
        assert read_scope(text).activities is None
        assert read_scope(text).doubt is None


@pytest.mark.parametrize("activity", activities(), ids=lambda activity: f"activity {activity.id}")
def test_the_labels_we_print_ourselves_are_understood(activity) -> None:
    for label in (activity.label_fr, activity.label_en, *(names[activity.id] for names in IN_MESSAGES.values())):
        assert read_scope(label).activities == {activity.id}
        assert read_scope(label.upper()).activities == {activity.id}
        assert read_scope(f"{activity.id}° {label} ;").activities == {activity.id}


@pytest.mark.parametrize(
    ("heading", "number"),
    [
        ("1. Sites physiques", 1),
        ("3. Plateforme d'hébergement d'applications", 4),
        ("4 - Infrastructure virtuelle", 3),
        ("Certifié pour la sauvegarde ?", 6),
        ("infrastructureVirtuelle", 3),
        ("activite_3_plateforme", 4),
        ("Physical sites", 1),
        ("Activité 3", None),
        ("", None),
        ("Infrastructure matérielle et virtuelle", None),
    ],
)
def test_the_heading_of_a_yes_no_column_counts_by_its_text(heading: str, number: int | None) -> None:
    assert activity_of_heading(heading) == number


# ---- rules over many texts -------------------------------------------------------------------------------------------

number_sets = st.sets(st.integers(1, 6), min_size=1).map(sorted)
joints = st.sampled_from([", ", ",", " ; ", " / ", " + ", " et ", " and ", "\n", " & "])
forms = st.sampled_from(["{}", "{}°", "n°{}", "A{}", "activité {}", "Activity {}", "({})"])
around = st.sampled_from(
    ["{}", "Activités {}", "Activities: {}", "Certifié pour : {}", "{} (article R. 1111-9 du CSP)", "{} uniquement"]
)


@given(number_sets, joints, forms, around)
def test_a_list_of_numbers_means_these_numbers(numbers: list[int], joint: str, form: str, frame: str) -> None:
    text = frame.format(joint.join(form.format(n) for n in numbers))
    found = read_scope(text).activities
    if joint == " / " and numbers[-1] == 6 and len(numbers) == 2:
        assert found in (None, frozenset(numbers)), "n/6 may be a count"
    else:
        assert found == set(numbers), text


@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from([" à ", "-", " – ", " to ", " through ", " a "]), around)
def test_a_range_means_everything_between(start: int, length: int, joint: str, frame: str) -> None:
    end = min(6, start + length)
    assert read_scope(frame.format(f"{start}{joint}{end}")).activities == set(range(start, end + 1))


@given(
    number_sets,
    st.sampled_from(["; ", "\n", ", ", " / "]),
    st.booleans(),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_names_mean_the_same_in_any_order_language_and_numbering(
    numbers: list[int], joint: str, french: bool, v1_order: bool, chance: random.Random
) -> None:
    printed = {3: 4, 4: 3}
    by_id = IN_MESSAGES["fr" if french else "en"]
    chance.shuffle(numbers)
    parts = [f"{printed.get(n, n) if v1_order else n}. {by_id[n]}" for n in numbers]
    assert read_scope(joint.join(parts)).activities == set(numbers)


@given(
    st.sets(st.integers(1, 6), min_size=1, max_size=5).map(sorted),
    st.sampled_from(["sauf", "hors", "except", "à l'exception de", "excluding"]),
)
def test_excluding_some_of_all_leaves_the_others(out: list[int], negator: str) -> None:
    text = f"toutes les activités {negator} {', '.join(map(str, out))}"
    assert read_scope(text).activities == ALL_SIX - set(out)


@given(
    number_sets,
    st.sampled_from(
        ["prévu", "sauvegardé chez un tiers", "en projet", "suspendu", "Xyz", "(partiel)", "sous conditions"]
    ),
)
def test_any_unknown_word_beside_a_list_makes_it_doubtful(numbers: list[int], word: str) -> None:
    assert read_scope(f"Activités {', '.join(map(str, numbers))} {word}").activities is None


JOINTS = [", ", " ; ", "\n", " et ", " and ", " / ", "\n- ", "; ", "\n• "]
FRAMES = ["{}", "Activités : {}", "Certifié pour {}", "Périmètre : {}"]


@st.composite
def described(draw: st.DrawFn) -> tuple[str, set[int]]:
    """A text made from a known set in one of many ways, some of them hard to read."""
    held = draw(st.sets(st.integers(1, 6), min_size=1))
    out = ALL_SIX - held
    joint, v1_order = draw(st.sampled_from(JOINTS)), draw(st.booleans())
    label = draw(st.sampled_from(["{}. ", "{}° ", "{} - ", "{} : ", "{}) ", "Activité {} : ", "n° {} – "]))

    def named(n: int) -> str:
        activity = activities()[n - 1]
        return draw(
            st.sampled_from([*(names[n] for names in IN_MESSAGES.values()), activity.label_fr, activity.label_en])
        )

    def printed(n: int) -> str:
        return draw(st.sampled_from([str(n), named(n)]))

    way = draw(
        st.sampled_from(["mixed", "labelled", "checklist", *(["all but", "not covered", "sentence"] if out else [])])
    )
    if way == "mixed":
        text = joint.join(map(printed, sorted(held)))
    elif way == "labelled":
        text = joint.join(label.format({3: 4, 4: 3}.get(n, n) if v1_order else n) + named(n) for n in sorted(held))
    elif way == "checklist":
        text = joint.join(f"{printed(n)} : {'oui' if n in held else 'non'}" for n in range(1, 7))
    else:
        left_out = joint.join(map(printed, sorted(out)))
        text = {
            "all but": f"toutes les activités sauf {left_out}",
            "not covered": f"{joint.join(map(str, sorted(held)))}. Non couvert : {left_out}",
            "sentence": f"Exclus : {left_out}. Couverts : {joint.join(map(printed, sorted(held)))}",
        }[way]
    return draw(st.sampled_from(FRAMES)).format(text), held


@settings(max_examples=250)
@given(described())
def test_a_text_made_from_a_known_set_is_never_understood_as_another(case: tuple[str, set[int]]) -> None:
    text, held = case
    assert read_scope(text).activities in (None, held), text


@given(st.text(max_size=200))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    reading = read_scope(text)
    assert reading.activities is None or (reading.activities <= ALL_SIX and reading.activities)
    assert not (reading.activities and reading.doubt)


words = st.sampled_from(
    [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "à",
        "-",
        ",",
        ";",
        ":",
        ".",
        "(",
        ")",
        "et",
        "sans",
        "sauf",
        "hors",
        "non",
        "oui",
        "✓",
        "✗",
        "toutes",
        "six",
        "activités",
        "sites",
        "physiques",
        "infrastructure",
        "matérielle",
        "virtuelle",
        "plateforme",
        "administration",
        "exploitation",
        "sauvegarde",
        "hébergeur",
        "infogéreur",
        "de",
        "la",
        "des",
        "couverte",
        "exclue",
        "\n",
        "n°",
        "R.",
        "1111-9",
    ]
)


@given(st.lists(words, max_size=14).map(" ".join))
def test_shuffled_words_of_the_field_never_break_the_reader(text: str) -> None:
    reading = read_scope(text)
    assert (reading.activities is None) or reading.doubt is None


def test_a_very_long_text_is_read_in_little_time() -> None:
    began = time.process_time()
    read_scope("sites physiques permettant d'héberger " * 400)
    read_scope("((((" * 200 + "1, " * 1000)
    read_scope("1" * 1_000_000)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(("text", "activities"), [
    ("I, II, III et IV", {1, 2, 3, 4}), ("activités I à VI", {1, 2, 3, 4, 5, 6}), ("Activité V", {5}),
    ("activite_1, activite_3", {1, 3}),
    ("[x] 1 [x] 2 [ ] 3 [ ] 4 [ ] 5 [ ] 6", {1, 2}), ("a) sites physiques b) infrastructure matérielle", {1, 2}),
    ("All activities but 5", {1, 2, 3, 4, 6}), ("1 à 6 (dont sauvegarde externalisée)", {1, 2, 3, 4, 5, 6}),
    ("the activities referred to in 1° to 4° of Article R.1111-9", {1, 2, 3, 4}),
])  # fmt: skip
def test_numerals_boxes_and_keys_say_which_activities(text: str, activities: set[int]) -> None:
    assert read_scope(text).activities == activities


@pytest.mark.parametrize("text", ["I", "v", "1 à 6*", "1 à 6 dont 6 suspendue", "VII", "i. v. 2"])
def test_what_may_be_no_numeral_never_becomes_more_than_it_says(text: str) -> None:
    found = read_scope(text).activities
    assert found is None or len(found) == 1
