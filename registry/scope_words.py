"""The words of a printed scope → tokens. Owns folding, the lexicon and slips of the pen; what tokens add up to is for
`registry.activities`.

The longest phrase of the vocabulary that starts at a place wins. A word of no phrase becomes an `unknown` token, unless
one letter away from exactly one long word of the vocabulary ("Certfié", "infrastucture").
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

from registry.text import fold
from registry.vocabulary import activities, words

Kind = Literal[
    "act", "num", "legacy", "bare_legacy", "all", "open_all", "count", "not_prefix", "not_status", "including", "yes",
    "no", "held", "sep", "range", "start", "prep", "noise", "dash", "colon", "open", "close", "hard", "line", "unknown",
]  # fmt: skip

_COUNTS = {
    "une": 1, "un": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4, "cinq": 5,
    "five": 5,
}  # fmt: skip
_NUMBER = (
    r"(n ?[°o]\.? ?|no\. ?|# ?|a|act\.?|activites?|activity)?0?[1-6]"
    r"( ?°|o\b|er\b|ere\b|eme\b|e\b|st\b|nd\b|rd\b|th\b|\)|\.(?![\d.]))?"
)
_COUNT = (
    rf"(les |the )?((?:{'|'.join(_COUNTS)}) (activites?|activity|activities)|[2-5] (activites|activities))"
    r"( (sur|of|out of|parmi) (les |the )?(six|6))?"
).replace(" ", r"[^\S\n]+")


class Token(NamedTuple):
    """One phrase of a scope. `value`: activities, or a `count`; `name`: a legacy scope's id, or the list."""

    kind: Kind
    value: tuple[int, ...]
    name: str
    text: str


def tokenise(text: str) -> list[Token]:
    """The tokens of a printed scope; white space gives none, a line break gives `line`."""
    plain = _corrected(_prepare(text))
    tokens: list[Token] = []
    at, depth = 0, 0
    while at < len(plain):
        if plain[at].isspace() and plain[at] != "\n" and not _LINE.match(plain, at):
            at += 1
            continue
        token = _longest(plain, at)
        if token.kind == "num" and token.text.endswith(")") and depth:
            token = token._replace(text=token.text[:-1])
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        tokens.append(token)
        at += len(token.text)
    return tokens


# ---- the lexicon -----------------------------------------------------------------------------------------------------


@cache
def _phrases() -> tuple[tuple[Kind, tuple[int, ...], str, str], ...]:
    """(kind, value, name, pattern in the vocabulary's notation)"""
    scopes, wordings = words("activities"), words("wordings")
    kinds: dict[str, Kind] = {
        "all": "all", "open_all": "open_all", "not_prefix": "not_prefix", "not_status": "not_status", "held": "held",
        "including": "including", "yes": "yes", "no": "no", "separators": "sep", "range": "range", "start": "start",
        "prepositions": "prep", "references": "noise", "noise": "noise",
    }  # fmt: skip
    table: list[tuple[Kind, tuple[int, ...], str, str]] = [("num", (), "", _NUMBER), ("count", (), "", _COUNT)]
    table += [("act", (activity.id,), "", phrase) for activity in activities() for phrase in activity.phrases]
    for entry in scopes["combined"]:
        table += [("act", tuple(entry["activities"]), "", phrase) for phrase in entry["phrases"]]
    for entry in scopes["legacy_scopes"]:
        table += [("legacy", (), entry["id"], phrase) for phrase in entry["phrases"]]
        table += [("bare_legacy", (), entry["id"], phrase) for phrase in entry["bare"]]
    table += [(kind, (), name, phrase) for name, kind in kinds.items() for phrase in wordings[name]]
    return tuple(table)


@cache
def _lexicon() -> tuple[tuple[Kind, tuple[int, ...], str, re.Pattern[str]], ...]:
    return tuple((kind, value, name, _compile(phrase)) for kind, value, name, phrase in _phrases())


def _compile(phrase: str) -> re.Pattern[str]:
    """A phrase of the vocabulary as a pattern that begins and ends at word boundaries; a space is any white space."""
    spaced = phrase.replace(" ", r"\s+").replace(r"\s+?", r"\s*")
    return re.compile(rf"(?:(?<!\w)(?=\w)|(?=\W))(?:{spaced})(?:(?<=\w)(?!\w)|(?<=\W))")


_LINE = re.compile(r"\s*\n\s*(?:[-•*●▪◦■·‣➢]\s*(?=\S))?")
_PUNCTUATION: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("line", _LINE),
    ("hard", re.compile(r"[;•●▪◦■·‣➢]|\.(?![\w.])")),
    ("sep", re.compile(r"[,/+&|]")),
    ("dash", re.compile(r"-")),
    ("colon", re.compile(r"[:=]")),
    ("open", re.compile(r"\(")),
    ("close", re.compile(r"\)")),
    ("unknown", re.compile(r"\w+|.", re.DOTALL)),
)


def _longest(plain: str, at: int) -> Token:
    """The longest phrase that starts there, else the punctuation or word there."""
    best: Token | None = None
    for kind, value, name, pattern in _lexicon():
        if (match := pattern.match(plain, at)) and (best is None or len(match[0]) > len(best.text)):
            best = Token(kind, value or _number(kind, match[0]), name, match[0])
    if best is not None:
        return best
    return next(Token(kind, (), "", match[0]) for kind, pattern in _PUNCTUATION if (match := pattern.match(plain, at)))


def _number(kind: Kind, text: str) -> tuple[int, ...]:
    if kind == "num":
        return (int(re.findall(r"[1-6]", text)[0]),)
    if kind == "count":
        word = re.sub(r"^(les|the)\s+", "", text).split()[0]
        return (_COUNTS[word] if word in _COUNTS else int(word),)
    return ()


# ---- folding, and slips of the pen -----------------------------------------------------------------------------------


_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_ROMAN_LIST = re.compile(
    r"""(?x)(?:(?:les\s|the\s)?(?:activites?|activity|activities|perimetres?|n[°o]?)\s*:?\s*)*
    (?:\b(?:iii|ii|iv|vi|i|v)\b|[\s,;/&.()-]|\b(?:et|and|a|to)\b)+"""
)
"""A text that is nothing but Roman numerals and what joins them: elsewhere an "I" is a word or part of an article."""
_BOXES = ((re.compile(r"\[ ?[xXvV✓✔] ?\]"), " ☑ "), (re.compile(r"\[ *\]"), " ☐ "))


def _prepare(text: str) -> str:
    for box, mark in _BOXES:
        text = box.sub(mark, text)
    lines = [fold(line) for line in text.replace("\r", "\n").replace("_", " ").split("\n")]
    plain = re.sub(r"[‐‑‒–—−]", "-", "\n".join(line for line in lines if line))
    plain = re.sub(r"^[-•*●▪◦■·‣➢]\s*(?=\S)", "", plain)
    plain = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", plain)
    plain = re.sub(r"['’ʼ‘`´]", " ", plain).replace("->", "→")
    if _ROMAN_LIST.fullmatch(plain):
        plain = re.sub(r"\b[iv]+\b", lambda match: _ROMAN[match[0]], plain)
    plain = re.sub(r"(?<![\w(])\(?[a-f]\)\s+(?=[a-z]{3})", "\n", plain).lstrip("\n")
    plain = re.sub(r"\binfra\.(?=\s)", "infra", plain)
    plain = re.sub(r"(?<=\d)(a|to)(?=\d)", r" \1 ", plain)
    return re.sub(r"(?<=[a-z])-(?=[a-z])", " ", plain)


_SHORTEST_CORRECTED = 7
"""Shorter words lie too close to each other: "exclus" and "inclus" are two letters apart, "sauf" and "sauve" one."""


@cache
def _long_words() -> frozenset[str]:
    """Long words of the phrases that assert something; a word that excludes is never the result of a correction."""
    found: set[str] = set()
    for kind, _, _, phrase in _phrases():
        if kind in ("act", "legacy", "start", "noise", "all", "open_all"):
            spelt_out = re.sub(r"(\w)\?", r"\1", phrase) + " " + re.sub(r"\w\?", "", phrase)
            # A word that goes on in brackets or with an escape is only a piece of one.
            found.update(re.findall(rf"(?<![\]\)\w\\])[a-z]{{{_SHORTEST_CORRECTED},}}(?![\w(\[\\])", spelt_out))
    return frozenset(found)


@cache
def _known_words() -> frozenset[str]:
    return frozenset(word for *_, phrase in _phrases() for word in re.findall(r"[a-z]+", phrase)) | _long_words()


def _corrected(plain: str) -> str:
    return re.sub(rf"[a-z]{{{_SHORTEST_CORRECTED - 1},}}", lambda match: _correct(match[0]), plain)


@cache
def _correct(word: str) -> str:
    """The one known long word that differs by one letter, or the word as it is."""
    if word in _known_words():
        return word
    near = {known for known in _long_words() if abs(len(known) - len(word)) <= 1 and _one_slip(word, known)}
    stems = {known.rstrip("s") for known in near}
    return min(near) if len(stems) == 1 else word


def _one_slip(word: str, known: str) -> bool:
    """One letter added, missing or wrong, or two neighbours exchanged."""
    start = 0
    while start < min(len(word), len(known)) and word[start] == known[start]:
        start += 1
    rest, known_rest = word[start:], known[start:]
    if not start:
        return False
    return (
        rest[1:] == known_rest[1:]
        or rest[1:] == known_rest
        or rest == known_rest[1:]
        or (rest[:2] == known_rest[1::-1] and rest[2:] == known_rest[2:])
    )
