"""Tokens of a printed scope → tokens that each stand for activities: ranges joined, mere labels gone.

Also refuses what reads like a list of activities and is none. Which tokens are held is for `registry.activities`.
"""

from __future__ import annotations

import re
from itertools import pairwise

from registry.scope_words import Kind, Token
from registry.vocabulary import words


class Doubt(Exception):
    """Part of a text is not understood, or two parts disagree."""


def refuse_misleading(tokens: list[Token]) -> None:
    """Numbers that count or number something else, and hosting listed as if it were an activity."""
    for token, following in pairwise(tokens):
        pair = (token, following)
        for one, other in (pair, pair[::-1]):
            counted = one.kind == "num" and (one is following or one.text.isdigit())
            if counted and other.kind == "noise" and _is_listed(other, "not_numbered"):
                raise Doubt(f"can't tell whether {token.text.strip()!r} {following.text.strip()!r} is an activity")
            if one.kind == "sep" and other.kind == "noise" and _is_listed(other, "not_an_activity"):
                raise Doubt(f"expected activities only, found {other.text!r} among them")
    if [token.kind for token in tokens].count("num") == 1 and any(
        token.text == "hds" and following.kind == "num" for token, following in pairwise(tokens)
    ):
        raise Doubt("can't tell whether the number is an activity or a version of the référentiel")


def _is_listed(token: Token, name: str) -> bool:
    return any(re.fullmatch(phrase.replace(" ", r"\s+"), token.text) for phrase in words("wordings")[name])


def refuse_unjoined(tokens: list[Token]) -> None:
    """Numbers and texts with nothing between them but "de": "activités 3 et 4 pour la sauvegarde"."""
    last: Token | None = None
    for token in tokens:
        if token.kind in ("act", "num", "all", "open_all", "count"):
            kinds = {last.kind, token.kind} if last else set()
            if "act" in kinds and last is not None:
                raise Doubt(f"can't tell how {last.text.strip()!r} and {token.text.strip()!r} belong together")
            last = token
        elif token.kind != "prep":
            last = None


def refuse_complements(tokens: list[Token]) -> None:
    """ "Sauvegarde de l'infrastructure virtuelle" names one thing with the words of two; so may two names in a row."""
    for at, token in enumerate(tokens):
        if token.kind != "act":
            continue
        before = at - 1
        while before >= 0 and tokens[before].kind == "prep":
            before -= 1
            while before >= 0 and tokens[before].kind == "line":
                before -= 1
        if before >= 0 and tokens[before].kind == "act":
            raise Doubt(f"can't tell whether {tokens[before].text!r} and {token.text!r} are one activity or two")


def with_ranges(tokens: list[Token]) -> list[Token]:
    """Numbers joined by "à" or a dash become one token; a chain of three or more dashes is a list."""
    tokens = [token for token, after in _followed(tokens) if not (token.kind == "prep" and after == "num")]
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        end = at
        while tokens[at].kind == "num" and _goes_on(tokens[end + 1 : end + 3]):
            end += 2
        out.append(_span(tokens[at : end + 1]) if end > at else tokens[at])
        at = end + 1
    for token, after in _followed(out):
        stray = token.kind == "range" and (after == "num" or not token.text.isalpha())
        if stray or (token.kind == "num" and after == "range"):
            raise Doubt(f"expected a range such as 1 à 6, found {token.text!r} without its other end")
    return out


def _goes_on(tokens: list[Token]) -> bool:
    return [token.kind for token in tokens] in (["range", "num"], ["dash", "num"])


def _followed(tokens: list[Token]) -> list[tuple[Token, Kind | None]]:
    """Each token with the kind of the next one."""
    return [(token, tokens[at + 1].kind if at + 1 < len(tokens) else None) for at, token in enumerate(tokens)]


def _span(chain: list[Token]) -> Token:
    numbers = [token.value[0] for token in chain if token.kind == "num"]
    in_words = any(token.kind == "range" for token in chain)
    if numbers != sorted(set(numbers)) or (in_words and len(numbers) > 2):
        raise Doubt(f"expected a rising range, found {' '.join(token.text.strip() for token in chain)!r}")
    span = tuple(range(numbers[0], numbers[1] + 1)) if len(numbers) == 2 else tuple(numbers)
    return Token("num", span, "range", " ".join(token.text.strip() for token in chain))


# ---- numbers that only label a text ----------------------------------------------------------------------------------


def without_labels(tokens: list[Token]) -> list[Token]:
    """Takes away numbers that label a text: "3. Plateforme", "Plateforme (3)". The text says which activity it is."""
    kept: list[Token] = []
    other_order = False
    for at, token in enumerate(tokens):
        target = (_text_after(tokens, at) or _text_before(tokens, at)) if token.kind == "num" else None
        if target is None:
            kept.append(token)
            if token.kind == "num" and token.text.endswith("."):
                kept.append(Token("hard", (), "", "."))
            continue
        kept.append(Token("start", (), "label", token.text))
        if target.kind == "act" and target.value != token.value:
            other_order = True
    if other_order and any(len({3, 4} & set(token.value)) == 1 for token in kept if token.kind == "num"):
        raise Doubt("the numbers beside the texts follow another order, so the other numbers can't be relied on")
    return kept


def _text_after(tokens: list[Token], at: int) -> Token | None:
    """The text that the number there introduces."""
    number = tokens[at]
    after = at + 1
    while after < len(tokens) and tokens[after].kind in ("dash", "colon", "start", "line", "prep", "open"):
        after += 1
    between = [token.kind for token in tokens[at + 1 : after]]
    if len(number.value) != 1 or after == len(tokens) or ("prep" in between and "start" not in between):
        return None
    target = tokens[after]
    if target.kind in ("legacy", "bare_legacy"):
        return target
    if target.kind != "act":
        return None
    if target.value != number.value and "open" not in between:
        in_list = at >= 2 and tokens[at - 1].kind == "sep" and tokens[at - 2].kind == "num"
        counts = not between and number.text.isdigit() and {*target.value, *number.value} != {3, 4}
        if in_list or counts:
            raise Doubt(f"can't tell whether {number.text.strip()!r} belongs to {target.text!r}")
    return target


def _text_before(tokens: list[Token], at: int) -> Token | None:
    """The text behind which the number stands, in brackets or bare."""
    number = tokens[at]
    enclosed = [token.kind for token in tokens[max(0, at - 1) : at + 2]] == ["open", "num", "close"]
    before = at - 2 if enclosed else at - 1
    while enclosed and before >= 0 and tokens[before].kind in ("prep", "line"):
        before -= 1
    if before < 0 or tokens[before].kind != "act":
        return None
    target = tokens[before]
    if target.value != number.value and not (enclosed and {*target.value, *number.value} == {3, 4}):
        raise Doubt(f"the number {number.text.strip()!r} contradicts {target.text!r}")
    return target


def without_repeated_numbers(tokens: list[Token]) -> list[Token]:
    """ "Activités 3 et 4 : plateforme, infrastructure virtuelle": numbers said again in words count once, as words."""
    for at, token in enumerate(tokens):
        if token.kind not in ("colon", "open") or not at or tokens[at - 1].kind != "num":
            continue
        first = at
        while first and tokens[first - 1].kind in ("num", "sep"):
            first -= 1
        numbers = {n for t in tokens[first:at] if t.kind == "num" for n in t.value}
        texts = {n for t in _positive(tokens[at + 1 :], token.kind) if t.kind == "act" for n in t.value}
        if not texts:
            continue
        if texts != numbers and texts ^ numbers != {3, 4}:
            raise Doubt("the numbers and the texts that explain them name different activities")
        return [*tokens[:first], *tokens[at:]]
    return tokens


def _positive(tokens: list[Token], opened_by: Kind) -> list[Token]:
    """What explains the numbers before a colon or bracket: up to the bracket's end, a next list or an exclusion."""
    ends = ("not_prefix", "not_status", "num", "yes", "no") + (("close",) if opened_by == "open" else ())
    out: list[Token] = []
    for token in tokens:
        if token.kind in ends:
            return [] if token.kind == "not_status" else out
        out.append(token)
    return out
