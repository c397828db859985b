"""Every text the site shows is translated, and translated texts still fit their places."""

from __future__ import annotations

import re

import pytest
import yaml
from babel.messages.catalog import Message

from tests.site import catalogue

PLACES = re.compile(r"%\((\w+)\)s|%%")
MARKUP = re.compile(r"</?[a-z][^>]*>")
MESSAGES = [message for message in catalogue.committed() if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_the_catalogue_holds_exactly_the_texts_of_the_site() -> None:
    wanted = {(one.context, one.id) for one in catalogue.extracted() if one.id}
    held = {(one.context, one.id) for one in MESSAGES}
    assert wanted - held == set(), "run tests/site/catalogue.py and translate what it adds"
    assert held - wanted == set(), "run tests/site/catalogue.py, which drops what is no longer used"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: str(forms(one.id)[0])[:40])
def test_a_text_is_translated_and_keeps_its_places_and_markup(message: Message) -> None:
    assert not message.fuzzy
    sources, texts = forms(message.id), forms(message.string)
    assert len(sources) == len(texts)
    for source, text in zip(sources, texts, strict=True):
        assert text.strip(), "not translated"
        for pattern in (PLACES, MARKUP):
            wanted = {found.group() for found in pattern.finditer(source)}
            assert {found.group() for found in pattern.finditer(text)} == wanted


def test_french_texts_keep_their_punctuation_on_the_line() -> None:
    loose = [text for one in MESSAGES for text in forms(one.string) if re.search(r" [:;!?»]|« ", text)]
    assert loose == []


def test_the_data_dictionary_speaks_both_languages_about_every_column() -> None:
    from registry.published_schema import TABLES

    spoken = yaml.safe_load((catalogue.SITE / "dictionary.yaml").read_text(encoding="utf-8"))
    for table, columns in re.findall(r"CREATE TABLE (\w+) \((.*?)\)(?: WITHOUT ROWID)?;", TABLES, re.DOTALL):
        names = re.findall(r"(?:^|,)\s*([a-z_0-9]+) (?:TEXT|INTEGER)", columns)
        assert set(spoken[table]["columns"]) == set(names), table
    for table, said in spoken.items():
        for words in (said["title"], said["about"], *said.get("columns", {}).values()):
            assert set(words) == {"fr", "en"}, table
            assert all(words.values()), table
