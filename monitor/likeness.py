"""How much a supplier's name resembles the names on the list. Pure; suggests to a person, never decides.

A score runs from 0 to 100; 100 is kept for what is equal, because `claranet` is not `claranet e santé` however much of
it is the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from registry.text import normalise_name

LIKELY = 85.0
"""Likeness from which two names may well be one company's."""
ALMOST = 99.0
SHORTEST_BEGINNING = 4
"""Letters that a name must have before another that begins with it counts as like it."""


class Alike(NamedTuple):
    """A name on the list that resembles the given one."""

    score: float
    why: str
    """`similar` spelling, or `words`: one name's words all stand in the other."""
    host_id: str
    seen: str
    """As printed on the list."""


class _Name(NamedTuple):
    host_id: str
    seen: str
    words: frozenset[str]


class _Letters:
    """Names by their letters alone, one way of writing them, by length."""

    def __init__(self) -> None:
        self.names: dict[str, list[_Name]] = defaultdict(list)

    @cached_property
    def by_length(self) -> list[str]:
        return sorted(self.names, key=lambda letters: (len(letters), letters))

    @cached_property
    def in_order(self) -> list[str]:
        return sorted(self.names)

    def alike(self, letters: str, least: float, most: int) -> Iterator[Alike]:
        """By spelling. Two strings can only be alike enough when their lengths are."""
        from rapidfuzz import fuzz, process

        ratio = least / (200 - least)
        shortest, longest = len(letters) * ratio, len(letters) / ratio
        first = bisect_left(self.by_length, shortest, key=len)
        after = bisect_right(self.by_length, longest, key=len)
        near = self.by_length[first:after]
        for seen, score, _ in process.extract(letters, near, scorer=fuzz.ratio, score_cutoff=least, limit=most):
            yield from (Alike(min(score, ALMOST), "similar", one.host_id, one.seen) for one in self.names[seen])


class Names:
    """Every name of every host, indexed for likeness."""

    def __init__(self, printed: Iterable[tuple[str, str]]) -> None:
        """`printed` are pairs of host id and a name of it."""
        self._as_written, self._words_sorted = _Letters(), _Letters()
        self._by_word: dict[str, list[_Name]] = defaultdict(list)
        for host_id, seen in printed:
            words = normalise_name(seen).split()
            if not words:
                continue
            name = _Name(host_id, seen, frozenset(words))
            self._as_written.names["".join(words)].append(name)
            self._words_sorted.names["".join(sorted(words))].append(name)
            for word in name.words:
                self._by_word[word].append(name)
        self._common = max(3, len(self._as_written.names) // 100)
        """A word or beginning that more names than this share (cloud, health, services…) tells nothing."""

    def alike(self, name: str, least: float, most: int = 20) -> list[Alike]:
        """The names that resemble a normalised one at least so much (over 0), best first, one a host."""
        words = name.split()
        if not words:
            return []
        letters = "".join(words)
        found = [
            *self._as_written.alike(letters, least, most),
            *self._words_sorted.alike("".join(sorted(words)), least, most),
            *self._beginning(letters),
            *self._sharing(frozenset(words)),
        ]
        best: dict[str, Alike] = {}
        for one in found:
            if one.host_id not in best or one.score > best[one.host_id].score:
                best[one.host_id] = one
        return sorted(best.values(), key=lambda one: (-one.score, one.host_id))[:most]

    def _beginning(self, letters: str) -> Iterator[Alike]:
        """One name begins with the whole other one, and few names do."""
        if len(letters) < SHORTEST_BEGINNING:
            return
        names, ordered = self._as_written.names, self._as_written.in_order
        first = bisect_left(ordered, letters)
        longer = [seen for seen in ordered[first : first + self._common + 1] if seen.startswith(letters)]
        beginnings = (letters[:end] for end in range(SHORTEST_BEGINNING, len(letters)))
        shorter = [seen for seen in beginnings if seen in names]
        for seen in [*(longer if len(longer) <= self._common else ()), *shorter]:
            yield from (Alike(LIKELY, "similar", one.host_id, one.seen) for one in names[seen])

    def _sharing(self, words: frozenset[str]) -> Iterator[Alike]:
        """One name's words all stand in the other, and one of them is rare enough to mean something."""
        for word in words:
            bearers = self._by_word.get(word, ())
            if len(bearers) > self._common:
                continue
            for one in bearers:
                if one.words <= words or words <= one.words:
                    share = len(words & one.words) / len(words | one.words)
                    yield Alike(LIKELY + 10.0 * share, "words", one.host_id, one.seen)
