"""Which of a page's titles name the entries below them.

Titles that are drawn alike go together; those that most often stand over labelled values, and are fit to be names, are
the names. Titles made of the words of lists ("Liste des hébergeurs", "Détails") are none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from crawler.readers import markup, shapes
from crawler.readers.flow import Flow, Pair, Title
from crawler.readers.flow_lines import TITLES
from crawler.readers.headings import HeadingDictionary, stems
from crawler.readers.ownership import field_of
from crawler.readers.printed import plain
from crawler.readers.vocabulary import words
from registry.text import clean, fold

LIST_WORDS = frozenset(stem for word in words("list_words") for stem in stems(word))


def titles_of_entries(flow: Flow, dictionary: HeadingDictionary) -> list[Title]:
    """The titles that name entries: drawn alike, fit to be names, and most often standing over labelled values."""
    groups: dict[str, list[Title]] = {}
    for title in flow.titles:
        if shapes.is_name(plain(title.text, "")):
            groups.setdefault(_drawn(title.element), []).append(title)
    pairs = sorted((pair for pair in flow.pairs if pair.sense.fields), key=lambda pair: pair.order)
    orders, strays = [pair.order for pair in pairs], [line.order for line in flow.strays]
    best: tuple[tuple[int, bool], list[Title]] = ((0, False), [])
    repeated: tuple[tuple[int, bool], list[Title]] = ((0, False), [])
    for alike in groups.values():
        titles = [title for title in alike if may_be_name(title.text, dictionary)]
        if not titles:
            titles = [title for title in alike if _is_code(title.text, dictionary)]
        if not (titles := _with_their_like(titles, alike, pairs, dictionary, strays)):
            continue
        ends = [title.order for title in titles[1:]] + [10**9]
        filled = sum(
            bisect_left(orders, end) > bisect_left(orders, title.order) for title, end in zip(titles, ends, strict=True)
        )
        distinct = len({fold(title.text) for title in titles})
        rank = (filled, markup.tag(titles[0].element) in TITLES)  # "Retour à la liste" stands over as much as the name
        if distinct * 2 > len(titles) and filled and rank > best[0]:
            best = (rank, titles)
        elif filled == len(titles) and rank > repeated[0] and _cards_of_few_hosts(titles, pairs):
            repeated = (rank, titles)
    return best[1] or repeated[1]


MOST_CARDS = 6
"""Cards under one name, where no SIREN shows that they are of one host."""


def _cards_of_few_hosts(titles: Sequence[Title], pairs: Sequence[Pair]) -> bool:
    """One or two hosts under their letter, with a card for each certificate: the same names follow each other, and the
    same SIREN stands under the same name."""
    under: dict[str, set[str]] = {}
    orders = [pair.order for pair in pairs]
    ends = [title.order for title in titles[1:]] + [10**9]
    for title, end in zip(titles, ends, strict=True):
        below = pairs[bisect_left(orders, title.order) : bisect_left(orders, end)]
        sirens = under.setdefault(fold(title.text), set())
        sirens |= {fold(pair.value.text) for pair in below if pair.sense.fields == ("siren",)}
    names = [fold(title.text) for title in titles]
    runs = 1 + sum(before != after for before, after in pairwise(names))
    if runs != len(under) or any(len(sirens) > 1 for sirens in under.values()):
        return False
    cards = Counter(names)
    return all(sirens or cards[name] <= MOST_CARDS for name, sirens in under.items())


def _with_their_like(
    titles: Sequence[Title],
    alike: Sequence[Title],
    pairs: Sequence[Pair],
    dictionary: HeadingDictionary,
    strays: Sequence[int],
) -> list[Title]:
    """The titles that could be names, with those drawn alike that stand over the same labels: "D Hosting" is made of the
    words of a list's title; "ACME-001" looks like a number, but that is labelled below it, or no name is."""
    if not titles:
        return []
    under = _labels_under(alike, pairs)
    known = {id(title) for title in titles}
    often = Counter(label for title in titles for label in under[id(title)])
    usual = {label for label, count in often.items() if count * 2 > len(titles)}
    nothing_else = bisect_left(strays, titles[0].order) == bisect_left(strays, titles[-1].order)

    def belongs(title: Title) -> bool:
        labels = under[id(title)]
        like = len(usual) > 1 and len(usual & set(labels)) * 2 >= len(usual)
        if _is_code(title.text, dictionary):
            return like and ("number" in labels.values() or nothing_else)
        sense = dictionary.sense(title.text)
        return id(title) in known or (like and (not sense or sense.loose))

    return [title for title in alike if belongs(title)]


def _labels_under(titles: Sequence[Title], pairs: Sequence[Pair]) -> dict[int, dict[tuple[str, ...], str]]:
    """The known labels between each title and the next: label → field."""
    orders = [pair.order for pair in pairs]
    ends = [title.order for title in titles[1:]] + [10**9]
    return {
        id(title): {
            pair.label: field_of(pair) for pair in pairs[bisect_left(orders, title.order) : bisect_left(orders, end)]
        }
        for title, end in zip(titles, ends, strict=True)
    }


def may_be_name(text: str, dictionary: HeadingDictionary) -> bool:
    if (kind := _COUNTED.sub("", text)) != text and dictionary.sense(kind).fields[:1] in (("legal_name",), ("name",)):
        return True  # "Hébergeur 1", "Host A"
    sense = dictionary.sense(text)
    if sense or (sense.ignored and len(stems(text)) == 1) or not set(stems(text)) - LIST_WORDS:
        return False
    without_number = clean(_CODE.sub(" ", text))
    if len(text) < 2 or not re.search(r"[^\W\d_]", without_number) or dictionary.sense(without_number):
        return False
    return bool(set(stems(_COUNT.sub(" ", text))) - LIST_WORDS)


def _is_code(text: str, dictionary: HeadingDictionary) -> bool:
    """One word of letters and digits, which no heading explains: a name or a number."""
    kind = re.sub(r"[\W\d_]+", " ", text).strip()
    if " " in text or not _CODE.fullmatch(text) or may_be_name(text, dictionary):
        return False
    return bool(set(stems(kind)) - LIST_WORDS) and not dictionary.sense(kind)


_COUNTED = re.compile(r"\s+(?:n°\s*)?(?:\d+|[A-Z])$")
_COUNT = re.compile(r"(?<!\S)[\d./-]+(?!\S)")
_CODE = re.compile(r"n°|#|(?<!\S)(?=\S*\d)(?![^\W\d_]*\d[^\W\d_]{2,}(?!\S))\S+")
"""Words with a digit, but for those whose one digit stands before letters: A2COM, 3DS."""


def _drawn(element: Any) -> str:
    """How an element is drawn: its tags and classes up to the page, without counters."""
    parts = []
    for node in [element, *element.iterancestors()][:12]:
        names = sorted(re.sub(r"\d+", "", name) for name in markup.classes(node))
        stable = [
            name
            for name in names
            if name not in ("first", "last", "odd", "even", "active", "open", "show", "collapsed")
        ]
        parts.append(f"{markup.tag(node)}.{'.'.join(stable)}")
    return " < ".join(parts)
