"""Printed scopes → activities 1–6 and legacy scopes: by text first, by number only where no text says something.

Pure; the words are in `vocabulary/activities.yml` and `vocabulary/wordings.yml`. The rule that decides every doubt: a wrong
"covered" is the worst outcome, so a text with any part that is not understood gives no activities (None and a reason),
never the part that seemed clear. A legacy scope ("hébergeur infogéreur") is reported apart and never becomes activities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from registry.text import fold
from registry.vocabulary import activities as known_activities
from registry.vocabulary import words

Kind = Literal[
    "act", "num", "legacy", "bare_legacy", "all", "open_all", "count", "not_prefix", "not_status", "including", "yes", "no", "sep", "range",
    "start", "prep", "noise", "dash", "colon", "open", "close", "hard", "line", "unknown",
]  # fmt: skip
ALL_SIX = frozenset(range(1, 7))
_COUNTS = {
    "une": 1,
    "un": 1,
    "one": 1,
    "deux": 2,
    "two": 2,
    "trois": 3,
    "three": 3,
    "quatre": 4,
    "four": 4,
    "cinq": 5,
    "five": 5,
}


class Token(NamedTuple):
    kind: Kind
    value: tuple[int, ...] | str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of the scope. `activities` None: it does not say; `doubt` tells why, when it says something else."""

    activities: frozenset[int] | None
    legacy: frozenset[str] = frozenset()
    doubt: str | None = None
    names_activities: bool = False
    """Whether the text speaks of activities at all, understood or not."""
    names_by_text_or_word: bool = False
    """Whether it does so by more than a number that may count something else."""


class Doubt(Exception):
    """Part of a text is not understood, or two parts disagree."""


@dataclass(slots=True)
class _Item:
    """Activities named at one place of the text."""

    activities: tuple[int, ...]
    how: Literal["text", "number", "range", "all"]
    negated: bool
    clause: int
    mark: bool | None = None


@lru_cache(maxsize=20_000)
def read_scope(text: str) -> Reading:
    """Reads a printed scope. Never raises."""
    tokens = _tokens(text)
    legacy = _scopes(tokens, "legacy")
    speaks = any(token.kind in ("act", "num", "all", "open_all", "count") for token in tokens)
    in_words = any(token.kind in ("act", "all") for token in tokens) or "activit" in fold(text)
    try:
        found = _evaluate(tokens)
    except Doubt as doubt:
        return Reading(None, legacy, str(doubt), speaks, in_words)
    legacy |= _scopes(tokens, "bare_legacy")
    if not found and not legacy and text.strip():
        return Reading(None, legacy, "expected activities by name or number, found none", speaks, in_words)
    return Reading(found or None, legacy, None, speaks, in_words)


def _scopes(tokens: list[Token], kind: Kind) -> frozenset[str]:
    return frozenset(str(token.value) for token in tokens if token.kind == kind)


def activity_of_heading(heading: str) -> int | None:
    """The one activity whose text stands in the heading of a yes/no column, or None when no or several texts do."""
    spaced = re.sub(r"(?<=[a-zé])(?=[A-Z])|_", " ", heading)
    named = {number for token in _tokens(spaced) if token.kind == "act" for number in _numbers(token)}
    return named.pop() if len(named) == 1 else None


def _numbers(token: Token) -> tuple[int, ...]:
    assert not isinstance(token.value, str)
    return token.value


# ---- words -> tokens -------------------------------------------------------------------------------------------------


@cache
def _lexicon() -> tuple[tuple[Kind, tuple[int, ...] | str, re.Pattern[str]], ...]:
    table: list[tuple[Kind, tuple[int, ...] | str, list[str]]] = []
    for activity in known_activities():
        table.append(("act", (activity.id,), list(activity.phrases)))
    vocabulary, wordings = words("activities"), words("wordings")
    table += [("act", tuple(entry["activities"]), entry["phrases"]) for entry in vocabulary["combined"]]
    for entry in vocabulary["legacy_scopes"]:
        table += [("legacy", entry["id"], entry["phrases"]), ("bare_legacy", entry["id"], entry["bare"])]
    names: dict[str, Kind] = {
        "all": "all", "open_all": "open_all", "not_prefix": "not_prefix", "not_status": "not_status",
        "including": "including", "yes": "yes", "no": "no", "separators": "sep", "range": "range", "start": "start",
        "prepositions": "prep", "references": "noise", "noise": "noise",
    }  # fmt: skip
    table += [(kind, name, wordings[name]) for name, kind in names.items()]
    table.append(("count", "", [rf"(les |the )?({'|'.join(_COUNTS)}|[1-5]) (activites|activities)"]))
    table.append(
        (
            "num",
            "",
            [r"(n ?[°o]\.? ?|no\. ?|# ?|a)?0?[1-6]( ?°|o\b|er\b|ere\b|eme\b|e\b|st\b|nd\b|rd\b|th\b|\)|\.(?!\d))?"],
        )
    )
    return tuple((kind, value, _compile(phrase)) for kind, value, phrases in table for phrase in phrases)


def _compile(phrase: str) -> re.Pattern[str]:
    """A phrase of the vocabulary as a pattern that stands between word boundaries."""
    spaced = phrase.replace(" ", r"\s+").replace(r"\s+?", r"\s*")
    return re.compile(rf"(?:(?<!\w)(?=\w)|(?=\W))(?:{spaced})(?:(?<=\w)(?!\w)|(?<=\W))")


_PUNCTUATION: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("line", re.compile(r"\s*\n\s*(?:[-•*●▪◦■·‣➢o]\s+)?")),
    ("hard", re.compile(r"[;•●▪◦■·‣➢]|\.(?!\w)")),
    ("sep", re.compile(r"[,/+&|*]")),
    ("dash", re.compile(r"-")),
    ("colon", re.compile(r"[:=]")),
    ("open", re.compile(r"\(")),
    ("close", re.compile(r"\)")),
)


def _prepare(text: str) -> str:
    lines = [fold(line) for line in text.replace("\r", "\n").split("\n")]
    plain = re.sub(r"[‐‑‒–—−]", "-", "\n".join(line for line in lines if line))
    plain = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", plain)
    plain = re.sub(r"['’ʼ‘`´]", " ", plain).replace("->", "→")
    return re.sub(r"(?<=[a-z])-(?=[a-z])", " ", plain)


def _tokens(text: str) -> list[Token]:
    plain = _prepare(text)
    tokens: list[Token] = []
    at = 0
    while at < len(plain):
        token, length = _longest(plain, at)
        if token is None:
            at += length
            continue
        if token.kind == "unknown" and tokens and tokens[-1].kind == "unknown":
            token = Token("unknown", "", tokens.pop().text + " " + token.text)
        tokens.append(token)
        at += length
    return tokens


def _longest(plain: str, at: int) -> tuple[Token | None, int]:
    """The longest phrase that starts there, as a token, and its length; no token for white space."""
    best: Token | None = None
    length = 0
    for kind, value, pattern in _lexicon():
        if (match := pattern.match(plain, at)) and len(match[0]) > length:
            best, length = Token(kind, _value(kind, value, match[0]), match[0]), len(match[0])
    if best is not None:
        return best, length
    for kind, pattern in _PUNCTUATION:
        if match := pattern.match(plain, at):
            return Token(kind, "", match[0]), len(match[0])
    if blank := re.compile(r"\s+").match(plain, at):
        return None, len(blank[0])
    word = re.compile(r"\w+|.").match(plain, at)
    assert word is not None
    return Token("unknown", "", word[0]), len(word[0])


def _value(kind: Kind, value: tuple[int, ...] | str, text: str) -> tuple[int, ...] | str:
    if kind == "num":
        return (int(re.findall(r"[1-6]", text)[0]),)
    if kind == "count":
        word = re.sub(r"^(les|the)\s+", "", text).split()[0]
        return (_COUNTS.get(word) or int(word),)
    return value


# ---- tokens -> activities ----------------------------------------------------------------------------------------------


def _evaluate(tokens: list[Token]) -> frozenset[int]:
    unknown = [token.text for token in tokens if token.kind == "unknown"]
    if unknown:
        raise Doubt(f"not understood: {', '.join(unknown)!r}")
    if {"act", "bare_legacy"} <= {token.kind for token in tokens}:
        raise Doubt("activities and the name of a whole scope side by side")
    meaningful = [token for token in tokens if token.kind != "noise"]
    _refuse_complements(meaningful)
    listed = _without_labels(_with_ranges(meaningful))
    if any(token.kind in ("yes", "no") for token in listed):
        return _checklist(listed)
    return _sum_up(_polarity(listed), tokens)


def _refuse_complements(tokens: list[Token]) -> None:
    """ "Sauvegarde de l'infrastructure virtuelle" names one thing with the words of two."""
    previous: Token | None = None
    tied = False
    for token in tokens:
        if token.kind == "act":
            if previous is not None and previous.kind == "act":
                raise Doubt(f"can't tell whether {previous.text!r} and {token.text!r} are one activity or two")
            previous, tied = token, False
        elif token.kind == "prep":
            tied = True
        elif token.kind == "line" and tied:
            continue
        else:
            previous = token if token.kind != "line" or previous is None else (previous if tied else token)
            tied = False


def _with_ranges(tokens: list[Token]) -> list[Token]:
    """Numbers joined by a range word or dash become one token; a chain of dashes is a list."""
    tokens = [
        t
        for i, t in enumerate(tokens)
        if not (t.kind == "prep" and i + 1 < len(tokens) and tokens[i + 1].kind == "num")
    ]
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        chain = [tokens[at]]
        while (
            chain[0].kind == "num"
            and at + 2 < len(tokens)
            and tokens[at + 1].kind in ("range", "dash")
            and tokens[at + 2].kind == "num"
        ):
            chain.append(tokens[at + 2])
            if tokens[at + 1].kind == "range" and len(chain) > 2:
                raise Doubt("several ranges run into each other")
            at += 2
        out.append(_chained(chain, tokens, at) if len(chain) > 1 else chain[0])
        at += 1
    return out


def _chained(chain: list[Token], tokens: list[Token], at: int) -> Token:
    numbers = [int(token.value[0]) for token in chain]
    if numbers != sorted(set(numbers)):
        raise Doubt(f"expected a rising range, found {chain[0].text.strip()!r} to {chain[-1].text.strip()!r}")
    span = tuple(range(numbers[0], numbers[1] + 1)) if len(numbers) == 2 else tuple(numbers)
    return Token("num", span, " - ".join(token.text for token in chain))


def _without_labels(tokens: list[Token]) -> list[Token]:
    """Takes away numbers that only label a text: "3. Plateforme", "Plateforme (3)", "3, 4 : plateforme, virtuelle"."""
    dropped: set[int] = set()
    bare: list[int] = []
    swapped = False
    for i, token in enumerate(tokens):
        if token.kind != "num":
            continue
        target = _labelled(tokens, i)
        if target is None:
            bare.append(i)
            continue
        dropped.add(i)
        if target.kind == "act" and target.value != token.value:
            swapped = True
    if swapped and any(set(tokens[i].value) & {3, 4} not in (set(), {3, 4}) for i in bare):
        raise Doubt("the numbers beside the texts follow another order, so the other numbers can't be relied on")
    return [token for i, token in enumerate(tokens) if i not in dropped]


def _labelled(tokens: list[Token], i: int) -> Token | None:
    """The text that the number at `i` labels, if it is a label."""
    if len(tokens[i].value) != 1:
        return None
    after = i + 1
    while after < len(tokens) and tokens[after].kind in ("dash", "colon", "start", "line", "prep", "open"):
        after += 1
    if after < len(tokens) and tokens[after].kind in ("act", "legacy", "bare_legacy") and _directly(tokens, i, after):
        target = tokens[after]
        in_list = i >= 2 and tokens[i - 1].kind == "sep" and tokens[i - 2].kind == "num"
        if in_list and target.kind == "act" and target.value != tokens[i].value and tokens[i + 1].kind != "open":
            raise Doubt(f"can't tell whether {tokens[i].text.strip()!r} ends a list or labels {target.text!r}")
        return target
    before = i - 1
    if before >= 0 and tokens[before].kind == "open" and i + 1 < len(tokens) and tokens[i + 1].kind == "close":
        before -= 1
        while before >= 0 and tokens[before].kind in ("prep", "line"):
            before -= 1
        if before >= 0 and tokens[before].kind in ("act", "legacy", "bare_legacy"):
            target = tokens[before]
            if target.kind == "act" and target.value != tokens[i].value and {*target.value, *tokens[i].value} != {3, 4}:
                raise Doubt(f"the number {tokens[i].text.strip()!r} contradicts {target.text!r}")
            return target if target.kind == "act" else None
    return None


def _directly(tokens: list[Token], i: int, after: int) -> bool:
    kinds = [token.kind for token in tokens[i + 1 : after]]
    return "prep" not in kinds or "start" in kinds


def _checklist(tokens: list[Token]) -> frozenset[int]:
    """Every activity beside its own yes or no."""
    relevant = [
        t
        for t in tokens
        if t.kind in ("act", "num", "yes", "no", "not_prefix", "not_status", "all", "open_all", "count")
    ]
    if any(t.kind not in ("act", "num", "yes", "no") for t in relevant):
        raise Doubt("a list of yes and no mixed with other words")
    if relevant[0].kind in ("act", "num"):
        relevant.reverse()
    held: set[int] = set()
    refused: set[int] = set()
    into: set[int] | None = None
    marked = True
    for token in relevant:
        if token.kind in ("yes", "no"):
            if not marked:
                raise Doubt("a yes or no stands beside no activity")
            into, marked = (held if token.kind == "yes" else refused), False
        else:
            assert into is not None and not isinstance(token.value, str)
            into.update(token.value)
            marked = True
    if not marked or held & refused or not held:
        raise Doubt("expected one yes or no for each activity")
    return frozenset(held)


def _polarity(tokens: list[Token]) -> list[_Item]:
    """The activities named, each with whether it is said to be held."""
    items: list[_Item] = []
    clause, negated, fresh = 0, False, False
    stack: list[bool] = []
    for i, token in enumerate(tokens):
        kind = token.kind
        if kind in ("act", "num", "all", "open_all"):
            value = tuple(sorted(ALL_SIX)) if kind in ("all", "open_all") else token.value
            assert not isinstance(value, str)
            how: Literal["text", "number", "range", "all"] = (
                "text" if kind == "act" else "all" if kind != "num" else "number" if len(value) == 1 else "range"
            )
            items.append(_Item(value, how, negated, clause))
            fresh = False
        elif kind == "hard" or (kind == "line" and not _continues(tokens, i)):
            if fresh and kind == "hard":
                raise Doubt("an exclusion names nothing")
            if not fresh:
                clause, negated = clause + 1, False
        elif kind == "open":
            stack.append(negated)
            clause += 1
        elif kind == "close":
            if fresh:
                raise Doubt("an exclusion names nothing")
            negated = stack.pop() if stack else False
            clause += 1
        elif kind == "not_prefix":
            negated = fresh = True
        elif kind == "not_status":
            if negated:
                raise Doubt("a double negation")
            negated = fresh = _negate(items, clause, token, tokens[i + 1] if i + 1 < len(tokens) else None)
        elif kind == "including" and negated:
            raise Doubt("can't tell where the exclusion ends")
    if fresh:
        raise Doubt("an exclusion names nothing")
    return items


def _continues(tokens: list[Token], i: int) -> bool:
    """Whether a line break falls inside a list rather than between sentences."""
    joints = ("sep", "range", "not_prefix", "prep", "dash")
    after = tokens[i + 1].kind if i + 1 < len(tokens) else None
    return (i > 0 and tokens[i - 1].kind in joints) or after in ("sep", "range", "prep", "close")


def _negate(items: list[_Item], clause: int, token: Token, following: Token | None) -> bool:
    """ "… non couvert": turns what stands before, or (True) what follows."""
    inside = [item for item in items if item.clause == clause]
    if not inside or (following is not None and following.kind == "colon"):
        return True
    plural = bool(re.search(r"(e|lu|vert|ne)s\b|\bne sont|\bare\b", token.text))
    if len(inside) == 1 or plural:
        chosen = inside
    elif re.search(r"\best\b|(ue|te|se|ee)$", token.text):
        chosen = inside[-1:]
    else:
        raise Doubt(f"can't tell what {token.text!r} excludes")
    for item in chosen:
        item.negated = True
    return False


def _sum_up(items: list[_Item], tokens: list[Token]) -> frozenset[int]:
    numbers = [item.activities[0] for item in items if item.how == "number" and not item.negated]
    if len(numbers) != len(set(numbers)):
        raise Doubt("the same number is printed twice")
    explicit = {n for item in items if not item.negated and item.how in ("text", "number") for n in item.activities}
    spans = {n for item in items if not item.negated and item.how == "range" for n in item.activities}
    everything = any(item.how == "all" and not item.negated for item in items)
    excluded = {n for item in items if item.negated for n in item.activities}
    if explicit & excluded:
        raise Doubt("the same activity is both named and excluded")
    named = explicit | spans
    counted = {int(token.value[0]) for token in tokens if token.kind == "count"}
    open_ended = any(token.kind == "open_all" for token in tokens) and not any(token.kind == "all" for token in tokens)
    including = any(token.kind == "including" for token in tokens)
    if everything and named and not (open_ended and not excluded) and not named == ALL_SIX and not including:
        raise Doubt("all activities are announced and only some are named")
    held = (ALL_SIX if everything and (not named or including or not open_ended) else frozenset(named)) - excluded
    if items and not held:
        raise Doubt("nothing is left after what is excluded")
    if counted and counted != {len(held)}:
        raise Doubt(f"{counted} activities are announced and {len(held)} named")
    return frozenset(held)
