"""Printed scopes → activities 1–6 and legacy scopes: by text first, by number only where no text says something.

Pure; the words are in `vocabulary/activities.yml` and `vocabulary/wordings.yml`. The rule that decides every doubt: a
wrong "covered" is the worst outcome, so a text with any part that is not understood gives no activities (None and a
reason), never the part that seemed clear. A legacy scope ("hébergeur infogéreur") is reported apart and never becomes
activities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from registry.scope_parts import (
    Doubt,
    infrastructure_provided,
    refuse_complements,
    refuse_misleading,
    refuse_unjoined,
    with_ranges,
    without_labels,
    without_repeated_numbers,
)
from registry.scope_words import Kind, Token, tokenise
from registry.text import fold

ALL_SIX = frozenset(range(1, 7))
LONGEST_SCOPE = 4_000
"""Characters of a text that is read; the six activities in full take about 1,100 in either language."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says of the scope. `activities` None: it does not say; `doubt`: why not, if it says anything."""

    activities: frozenset[int] | None
    legacy: frozenset[str] = frozenset()
    doubt: str | None = None
    names_activities: bool = False
    """Whether the text names activities in words, understood or not; a bare number may count something else."""


@dataclass(slots=True)
class _Item:
    """Activities named at one place of the text."""

    activities: tuple[int, ...]
    how: Literal["text", "number", "range", "all"]
    negated: bool
    clause: int
    included: bool = False
    """Printed behind "y compris": repeats what stands before."""


@lru_cache(maxsize=20_000)
def read_scope(text: str) -> Reading:
    """Reads a printed scope. Never raises."""
    if len(text) > LONGEST_SCOPE:
        return Reading(None, frozenset(), f"expected at most {LONGEST_SCOPE} characters, found {len(text)}")
    tokens = tokenise(text)
    legacy = _scopes(tokens, "legacy")
    speaks = any(t.kind in ("act", "all", "count") or t.text.startswith(("activit", "perimetre")) for t in tokens)
    try:
        found = _evaluate(tokens)
    except Doubt as doubt:
        return Reading(None, legacy, str(doubt), speaks)
    legacy |= _scopes(tokens, "bare_legacy")
    if not found and not legacy and text.strip():
        return Reading(None, legacy, "expected activities by name or number, found none", speaks)
    return Reading(found or None, legacy, None, speaks)


def activity_of_heading(heading: str) -> int | None:
    """The one activity whose text stands in the heading of a yes/no column; None when no text or several do."""
    spaced = re.sub(r"(?<=[a-zé])(?=[A-Z])|_", " ", heading)
    named = {number for token in tokenise(spaced) if token.kind == "act" for number in token.value}
    return named.pop() if len(named) == 1 else None


@lru_cache(maxsize=2_000)
def heading_turns_the_meaning(heading: str) -> bool:
    """Whether a column holds what is excluded, or how many, rather than which: "Activités non couvertes"."""
    kinds = {token.kind for token in tokenise(heading)}
    return bool(kinds & {"not_prefix", "not_status"} or re.search(r"\b(nombre|nb|number of|count)\b", fold(heading)))


def _scopes(tokens: list[Token], kind: Kind) -> frozenset[str]:
    return frozenset(token.name for token in tokens if token.kind == kind)


def _evaluate(tokens: list[Token]) -> frozenset[int]:
    """The activities held. Raises Doubt. Empty when the text names none."""
    if unknown := [token.text for token in tokens if token.kind == "unknown"]:
        raise Doubt(f"expected words about activities only, found {' '.join(unknown)!r}")
    if re.fullmatch(r"[1-5]/6", "".join(token.text for token in tokens)):
        raise Doubt("can't tell whether this is a list or a count out of six")
    refuse_misleading(tokens)
    meaningful = infrastructure_provided([token for token in tokens if token.kind != "noise"])
    if {"act", "bare_legacy"} <= {token.kind for token in meaningful}:
        raise Doubt("expected activities, or the name of a whole scope, found both")
    refuse_complements(meaningful)
    listed = without_repeated_numbers(without_labels(with_ranges(meaningful)))
    refuse_unjoined(listed)
    if any(token.kind in ("yes", "no") for token in listed):
        return _checklist(listed)
    return _sum_up(_items(listed), tokens)


# ---- yes and no beside each activity ---------------------------------------------------------------------------------


def _checklist(tokens: list[Token]) -> frozenset[int]:
    """Every activity, or group of them, beside its own yes or no; the marks stand all before or all behind."""
    relevant = [token for token in tokens if token.kind in ("act", "num", "yes", "no")]
    mixed = any(t.kind in ("not_prefix", "not_status", "all", "open_all", "count", "including") for t in tokens)
    if relevant[0].kind in ("act", "num"):
        relevant.reverse()
    groups: list[tuple[Kind, set[int]]] = []
    for token in relevant:
        if token.kind in ("yes", "no"):
            groups.append((token.kind, set()))
        elif groups:
            groups[-1][1].update(token.value)
        else:
            mixed = True
    held = {n for kind, numbers in groups if kind == "yes" for n in numbers}
    refused = {n for kind, numbers in groups if kind == "no" for n in numbers}
    if mixed or held & refused or not held or not all(numbers for _, numbers in groups):
        raise Doubt("expected one yes or no for each activity")
    return frozenset(held)


# ---- lists and exclusions --------------------------------------------------------------------------------------------


def _items(tokens: list[Token]) -> list[_Item]:
    """The activities named, in order, each with whether it is said to be held."""
    items: list[_Item] = []
    state = _Sentence()
    for at, token in enumerate(tokens):
        kind = token.kind
        if kind in ("act", "num", "all", "open_all"):
            if state.excluded_before and not state.negated:
                raise Doubt("can't tell where the exclusion ends")
            items.append(_item(token, state))
            state.pending = False
        elif kind == "held":
            state.excluded_before = False
        elif kind == "open":
            state.enter()
        elif kind == "close":
            state.leave()
        elif kind == "hard" or (kind == "line" and not state.pending and not _continues(tokens, at)):
            state.end()
        elif kind == "not_prefix":
            state.negated = state.pending = True
        elif kind == "not_status":
            if state.negated:
                raise Doubt("can't tell what a double negation excludes")
            state.negated = state.pending = _applies_forward(items, state.clause, tokens, at)
        elif kind == "including":
            if state.negated:
                raise Doubt("can't tell where the exclusion ends")
            state.included = True
    state.end()
    return items


@dataclass(slots=True)
class _Sentence:
    """Where we are: in which sentence or bracket, and whether what comes is excluded."""

    clause: int = 0
    negated: bool = False
    pending: bool = False
    """An exclusion began and has named nothing yet."""
    included: bool = False
    excluded_before: bool = False
    """A sentence that excludes came before, and nothing says that what follows is held."""
    count: int = 0
    outer: list[tuple[int, bool]] = field(default_factory=list)

    def enter(self) -> None:
        self.outer.append((self.clause, self.negated))
        self.count += 1
        self.clause = self.count

    def leave(self) -> None:
        self._complete()
        self.clause, self.negated = self.outer.pop() if self.outer else (self.clause, False)

    def end(self) -> None:
        self._complete()
        self.excluded_before = self.excluded_before or self.negated
        self.negated = self.included = False
        self.count += 1
        self.clause = self.count

    def _complete(self) -> None:
        if self.pending:
            raise Doubt("an exclusion names nothing")


def _item(token: Token, state: _Sentence) -> _Item:
    if token.kind in ("all", "open_all"):
        return _Item(tuple(sorted(ALL_SIX)), "all", state.negated, state.clause)
    how: Literal["text", "number", "range"] = "text" if token.kind == "act" else "number"
    if token.name == "range":
        how = "range"
    return _Item(token.value, how, state.negated, state.clause, state.included)


def _continues(tokens: list[Token], at: int) -> bool:
    """Whether a line break falls inside a list rather than between two sentences."""
    before = tokens[at - 1].kind if at else None
    after = tokens[at + 1].kind if at + 1 < len(tokens) else None
    return before in ("sep", "prep") or after in ("sep", "prep", "close")


def _applies_forward(items: list[_Item], clause: int, tokens: list[Token], at: int) -> bool:
    """ "… non couvert" turns what stands before it in its sentence; True: "non couvert : …" turns what follows."""
    token = tokens[at]
    inside = [item for item in items if item.clause == clause]
    before, after = (tokens[at - 1].kind if at else None), (tokens[at + 1].kind if at + 1 < len(tokens) else None)
    if after == "colon" and (not inside or before in ("sep", "dash", "line")):
        return True
    if not inside or after not in ("sep", "hard", "line", "close", "dash", None):
        raise Doubt(f"can't tell what {token.text!r} excludes")
    plural = bool(re.search(r"(?:lu|lue|verte?|nee?|fiee?|nuee?|ree?|see?)s\b|\bne sont\b|\bare\b", token.text))
    if len(inside) > 1 and not plural:
        if not re.search(r"\bn est\b|(?:ue|te|ee)$", token.text):
            raise Doubt(f"can't tell what {token.text!r} excludes")
        inside = inside[-1:]
    for item in inside:
        item.negated = True
    return False


def _sum_up(items: list[_Item], tokens: list[Token]) -> frozenset[int]:
    """What is held after what is excluded. Raises Doubt when the parts don't fit together."""
    positive = [item for item in items if not item.negated]
    negative = [item for item in items if item.negated]
    everything = any(item.how == "all" for item in positive)
    base = _base(positive, everything, tokens)
    excluded = {n for item in negative for n in item.activities}
    explicit = {n for item in positive if item.how in ("text", "number") for n in item.activities}
    if explicit & excluded:
        raise Doubt("the same activity is both named and excluded")
    if len(negative) > 1 and base and not excluded <= base and excluded != ALL_SIX - base:
        raise Doubt("can't tell where the exclusion ends")
    numbers = [item.activities[0] for item in positive if item.how == "number" and not item.included]
    if len(numbers) != len(set(numbers)):
        raise Doubt("the same number is printed twice")
    held = base - excluded
    if items and not held:
        raise Doubt("nothing is left after what is excluded")
    counted = {token.value[0] for token in tokens if token.kind == "count"}
    if counted and counted != {len(held)}:
        raise Doubt(f"expected {' or '.join(map(str, sorted(counted)))} activities as announced, found {len(held)}")
    return frozenset(held)


def _base(positive: list[_Item], everything: bool, tokens: list[Token]) -> frozenset[int]:
    """What is named before exclusions. "L'ensemble des activités 1 à 4" means these four."""
    before = {n for item in positive if item.how != "all" and not item.included for n in item.activities}
    included = {n for item in positive if item.included for n in item.activities}
    if not everything:
        if not included <= before:
            raise Doubt("what is said to be included is not in the list before it")
        return frozenset(before)
    counted = any(token.kind == "all" for token in tokens)
    if not before or before == ALL_SIX:
        return ALL_SIX
    if counted:
        raise Doubt("six activities are announced and only some are named")
    return frozenset(before)
