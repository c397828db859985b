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
    numbers = [token for token in tokens if token.kind == "num"]
    lone = len(numbers) == 1 and numbers[0].text.strip().isdigit()
    if lone and {"hds"} & {token.text for token in tokens} and not any(t.text.startswith("activit") for t in tokens):
        raise Doubt("can't tell whether the number is an activity or a version of the référentiel")


def infrastructure_provided(tokens: list[Token]) -> list[Token]:
    """ "Mise à disposition … de l'infrastructure physique" is activity 2 in other words, not the name of a scope."""
    out: list[Token] = []
    for token in tokens:
        if token.kind == "bare_legacy" and token.name == "physical" and [t.kind for t in out[-2:]] == ["start", "prep"]:
            token = Token("act", (2,), "", token.text)
        out.append(token)
    return out


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
        elif token.kind not in ("prep", "held"):
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
    tokens = _between_numbers(_unwrapped(tokens))
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        end = at
        while tokens[at].kind == "num" and _goes_on(tokens[end + 1 : end + 3]):
            end += 2
        out.append(_span(tokens[at : end + 1]) if end > at else tokens[at])
        at = end + 1
    for before, token, after in _neighbours(out):
        ends_in_words = token.text.isalpha() and before != "num" and after in ("act", "start", "hard", "line", None)
        if token.kind == "range" and not ends_in_words:
            raise Doubt(f"expected a range such as 1 à 6, found {token.text!r} without its two ends")
    return out


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """ "(1), (2)" is a list of numbers; a number in brackets behind a text labels it and keeps its brackets."""
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        if [token.kind for token in tokens[at : at + 3]] != ["open", "num", "close"] or _last(out) in ("act", "legacy"):
            out.append(tokens[at])
            at += 1
            continue
        if at and tokens[at - 1].kind == "num":
            raise Doubt(f"can't tell what the number in brackets says of {tokens[at - 1].text.strip()!r}")
        out.append(tokens[at + 1])
        at += 3
    return out


def _last(tokens: list[Token]) -> Kind | None:
    """The kind of the last token that is neither a preposition nor a line break."""
    return next((token.kind for token in reversed(tokens) if token.kind not in ("prep", "line")), None)


def _between_numbers(tokens: list[Token]) -> list[Token]:
    """Prepositions before a number go, save "1 au 6", which is a range; a line break beside "à" goes."""
    out: list[Token] = []
    for before, token, after in _neighbours(tokens):
        if token.kind == "prep" and after == "num":
            if before == "num" and token.text != "au":
                raise Doubt(f"can't tell what {token.text!r} between two numbers says")
            if before == "num":
                out.append(Token("range", (), "range", token.text))
            continue
        if token.kind == "line" and "range" in (before, after):
            continue
        if token.kind == "dash" and before == "num" and after == "line":
            raise Doubt("can't tell whether the dash at the end of the line joins two numbers")
        out.append(token)
    return out


def _neighbours(tokens: list[Token]) -> list[tuple[Kind | None, Token, Kind | None]]:
    """Each token between the kinds of the one before and the one after."""
    kinds: list[Kind | None] = [None, *(token.kind for token in tokens), None]
    return [(kinds[at], token, kinds[at + 2]) for at, token in enumerate(tokens)]


def _goes_on(tokens: list[Token]) -> bool:
    return [token.kind for token in tokens] in (["range", "num"], ["dash", "num"])


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
    if target.value != number.value and "line" in between and not _alternates(tokens, target, number):
        raise Doubt(f"can't tell whether {number.text.strip()!r} on its line belongs to {target.text!r}")
    if target.value != number.value and "open" not in between:
        in_list = at >= 2 and tokens[at - 1].kind == "sep" and tokens[at - 2].kind == "num"
        counts = not between and number.text.isdigit() and {*target.value, *number.value} != {3, 4}
        if in_list or counts:
            raise Doubt(f"can't tell whether {number.text.strip()!r} belongs to {target.text!r}")
    return target


def _alternates(tokens: list[Token], target: Token, number: Token) -> bool:
    """Whether numbers on lines of their own each announce the text of the next line, in v1 order."""
    kinds = [token.kind for token in tokens if token.kind in ("num", "act")]
    pairs = len(kinds) // 2
    return {*target.value, *number.value} == {3, 4} and pairs > 1 and kinds == ["num", "act"] * pairs


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
        if [after.kind for after in tokens[at + 1 : at + 2]] == ["including"]:
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
