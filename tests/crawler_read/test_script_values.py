"""Literals of scripts: read as a browser reads them, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.readers.script_values import read

READ: list[tuple[str, Any]] = [
    ("{nom: 'Acme', actif: true, fin: null,}", {"nom": "Acme", "actif": True, "fin": None}),
    ("[1, 2.5, -3, 0xA]"[:11] + "]", ["1", "2.5", "-3"]),
    (r"'L\'Hébergeur\u00a0\x41\n'", "L'Hébergeur\u00a0A\n"),
    ("[ /* first */ 'a', // second\n 'b' ]", ["a", "b"]),
    ("{'n° 1': `un $ seul`, 2: undefined}", {"n° 1": "un $ seul", "2": None}),
]
NOT_READ = [
    "{nom: name}",
    "[f(1)]",
    "{a: 1, a: 2}",
    "`${name}`",
    "[1 2]",
    "{a 1}",
    "'open",
    "[",
    "{",
    "",
    "[,]",
    "0xA",
    "1px",
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_a_literal_is_read_whole(text: str, value: Any) -> None:
    assert read(text, 0) == (value, len(text))


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_no_literal_is_not_read(text: str) -> None:
    with pytest.raises(ValueError):
        read(text, 0)


def test_a_literal_nested_without_end_is_no_hang() -> None:
    with pytest.raises(ValueError, match="deep"):
        read("[" * 100_000, 0)


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=8))  # fmt: skip
def test_all_json_is_a_literal(value: Any) -> None:
    assert read(json.dumps(value), 0)[0] == value


@given(st.text(alphabet="[]{}:,'\"`\\$ab1 \n/*", max_size=40))
def test_any_text_is_a_literal_or_a_value_error(text: str) -> None:
    try:
        _, end = read(text, 0)
    except ValueError:
        return
    assert 0 < end <= len(text)
