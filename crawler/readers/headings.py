"""What a heading may mean: the heading dictionary of one source.

Owns comparing printed headings (and JSON keys) with the phrases of `crawler/sources/*.yml`. It never looks at values:
where a heading is ambiguous it says so, and `mapping` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from registry.errors import ConfigurationError
from registry.text import fold

PERIOD = "period"
"""The meaning of a column that prints both dates; it becomes `issued_on` and `expires_on`."""

FACETS = "facets"
"""The meaning of a column whose values are phrases that tell several fields at once (`crawler.readers.facets`)."""

LONGEST_HEADING = 240
"""Characters. The longest activity of CSP R.1111-9 has about 190; a longer text is prose, not a heading."""

_NUMBER_SIGN = re.compile(r"\b(?:n|no|num|nr)\s*[°º]|№|\bn\s*\.\s*(?=[a-z])|\bno\.\s*", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NOT_WORD = re.compile(r"[^\w#]+|_+")
_LETTER_DIGIT = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")
_NOISE = frozenset(
    [
        "de",
        "d",
        "des",
        "la",
        "le",
        "les",
        "l",
        "un",
        "une",
        "the",
        "of",
        "for",
        "et",
        "and",
        "ou",
        "or",
        "s",
        "ce",
        "ces",
        "cette",
    ]
)
_WEAK = frozenset(["du", "au", "aux", "en", "on", "a", "at", "from", "to"])
_SHORT = {"num": "numero", "n": "numero", "no": "numero", "nb": "nombre", "ref": "reference", "dt": "date",
          "certif": "certificat", "cert": "certificate", "org": "organisme"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sense:
    """What a heading may mean. No field and not `ignored`: the dictionary doesn't know it."""

    fields: tuple[str, ...] = ()
    exact: bool = False
    """A whole phrase of the dictionary, not just a combination of its words."""
    ignored: bool = False
    """Known to be none of our fields."""
    registered: bool = False
    """Names the host as it is registered: wins over another column of names."""
    foreign: bool = False
    """Belongs to another kind of list."""
    loose: bool = False
    """Only some of its words are known: a heading in a table, yet in another place a name that holds them as well may be
    ("Gamma Infogérance")."""

    def __bool__(self) -> bool:
        return bool(self.fields)


@dataclass(frozen=True)
class _Words:
    any: frozenset[str]
    also: frozenset[str]
    beside: frozenset[str]

    def explain(self, stems: frozenset[str]) -> bool:
        if not stems & self.any or (self.also and not stems & self.also):
            return False
        return stems <= self.any | self.also | self.beside


@dataclass(frozen=True)
class HeadingDictionary:
    """The headings of one source. Build with `from_data`."""

    fields: tuple[str, ...]
    phrases: Mapping[tuple[str, ...], tuple[str, ...]]
    weak_phrases: Mapping[tuple[str, ...], tuple[str, ...]]
    words: Mapping[str, _Words]
    inside: tuple[tuple[str, tuple[str, ...]], ...]
    ignored: frozenset[tuple[str, ...]]
    ignored_words: tuple[tuple[str, ...], ...]
    registered: frozenset[tuple[str, ...]]
    groups: frozenset[tuple[str, ...]]
    foreign: frozenset[tuple[str, ...]]
    _memory: dict[tuple[str, ...], Sense] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_data(cls, data: Mapping[str, Any], fields: Sequence[str]) -> HeadingDictionary:
        """From the parsed YAML of a source. Raises ConfigurationError naming the key that is wrong."""
        allowed = (*fields, PERIOD)
        strong: dict[tuple[str, ...], list[str]] = {}
        weak: dict[tuple[str, ...], list[str]] = {}
        for name, texts in _mapping(data, "headings").items():
            _known(name, allowed, "headings")
            for text in _strings(texts, f"headings.{name}"):
                for index, key in ((strong, _bag(stems(text))), (weak, _bag(_without_weak(stems(text))))):
                    if key and name not in index.setdefault(key, []):
                        index[key].append(name)
        words = {}
        for name, rule in _mapping(data, "words").items():
            _known(name, allowed, "words")
            words[name] = _Words(
                *(
                    frozenset(_stem_all(_strings(rule.get(key, []), f"words.{name}.{key}")))
                    for key in ("any", "and", "with")
                )
            )
        inside = []
        for name, texts in _mapping(data, "phrases").items():
            _known(name, allowed, "phrases")
            inside += [(name, stems(text)) for text in _strings(texts, f"phrases.{name}")]

        def bags(key: str) -> frozenset[tuple[str, ...]]:
            return frozenset(_bag(stems(text)) for text in _strings(data.get(key, []), key))

        return cls(
            fields=tuple(fields),
            phrases={key: tuple(names) for key, names in strong.items()},
            weak_phrases={key: tuple(names) for key, names in weak.items()},
            words=words,
            inside=tuple(inside),
            ignored=bags("ignored"),
            ignored_words=tuple(stems(text) for text in _strings(data.get("ignored_words", []), "ignored_words")),
            registered=bags("registered_name"),
            groups=bags("groups"),
            foreign=bags("foreign"),
        )

    def sense(self, *path: str) -> Sense:
        """What a heading means. `path` is a group of columns, then the column: ("Validité", "Fin").

        The whole path is tried first; the last part alone only below a group that adds no meaning.
        """
        if path not in self._memory:
            if len(self._memory) > 20_000:
                self._memory.clear()
            self._memory[path] = self._sense(path)
        return self._memory[path]

    def _sense(self, path: tuple[str, ...]) -> Sense:
        printed = [part for part in path if part.strip()]
        if not printed or sum(map(len, printed)) > LONGEST_HEADING:
            return Sense()
        whole = self._of_words(" ".join(map(_spaced, printed)) if len(printed) > 1 else printed[0])
        if whole or len(printed) == 1:
            return whole
        *groups, leaf = printed
        if _bag(stems(leaf)) in _NEUTRAL and (named := self._sense(tuple(groups))):
            return named
        if all(_bag(stems(group)) in self.groups for group in groups):
            return self._of_words(leaf)
        if groups and _bag(stems(groups[0])) in self.groups:
            return self._sense(tuple(printed[1:]))
        if not whole and self._of_words(leaf).ignored:
            return Sense(ignored=True)
        return whole

    def _of_words(self, heading: str) -> Sense:
        found = self._lookup(stems(heading))
        if not (found or found.ignored) and (said := self._in_two_languages(heading)) is not None:
            return said
        if found or not (shorter := _PARENTHESES.sub(" ", heading)).strip() or shorter == heading:
            return found
        if any(self._lookup(stems(part)).ignored and "iso" in stems(part) for part in _PARENTHESES.findall(heading)):
            return Sense(ignored=True)  # "Délivré le (ISO 27001)": of another certificate
        found = self._lookup(stems(shorter))
        if found or found.ignored or found.foreign:
            return found
        # "Company registration (SIREN)": words that nobody knows, and behind them the identifier by its own name
        inside = [self._lookup(stems(part)) for part in _PARENTHESES.findall(heading)]
        return next((sense for sense in inside if sense.fields == ("siren",)), found)

    def _in_two_languages(self, heading: str) -> Sense | None:
        """ "Hébergeur / Host": each side means the same."""
        sides = [part for part in re.split(r"\s+[/|–-]\s+", heading) if part.strip()]
        if len(sides) != 2:
            return None
        first, second = (self._lookup(stems(side)) for side in sides)
        common = tuple(name for name in first.fields if name in second.fields)
        if not common or first.foreign or second.foreign:
            return None
        return Sense(common, first.exact and second.exact, registered=first.registered or second.registered)

    def _lookup(self, words: tuple[str, ...]) -> Sense:
        key = _bag(words)
        if not key:
            return Sense()
        foreign = key in self.foreign
        names = self.phrases.get(key, ())
        if not names and key not in self.ignored:
            names = self.weak_phrases.get(_bag(_without_weak(words)), ())
        if names:
            return Sense(names, exact=True, registered=key in self.registered, foreign=foreign)
        if key in self.ignored or foreign:
            return Sense(ignored=True, foreign=foreign)
        activity, phrase = next((entry for entry in self.inside if _contains(words, entry[1])), (None, ()))
        if activity is not None and not self._is_ignored(words):
            return Sense((activity,), loose=len(words) > len(phrase))
        names = tuple(name for name, rule in self.words.items() if rule.explain(frozenset(words)))
        if names:
            return Sense(names)
        return Sense(ignored=self._is_ignored(words))

    def _is_ignored(self, words: tuple[str, ...]) -> bool:
        return any(_contains(words, phrase) for phrase in self.ignored_words)


def stems(heading: str) -> tuple[str, ...]:
    """The words of a heading, folded and without plural or feminine endings, in order; articles left out."""
    return _stems(heading[: LONGEST_HEADING * 2])


def _spaced(key: str) -> str:
    """A key of a program as words: `expiryDate` is "expiry Date"."""
    return key if " " in key.strip() else _CAMEL.sub(" ", key)


@lru_cache(maxsize=20_000)
def _stems(heading: str) -> tuple[str, ...]:
    text = _NUMBER_SIGN.sub(" numero ", fold(_spaced(heading))).replace("#", " # ")
    text = re.sub(r"\br\s*\.?\s*1111\s*-\s*9\b", " r1111 ", text)
    words = [part for word in _NOT_WORD.sub(" ", text).split() for part in _split_digits(word)]
    kept = [word for word in words if word not in _NOISE] or words
    return tuple(_stem(_SHORT.get(word, word)) for word in kept)


def _split_digits(word: str) -> list[str]:
    return _LETTER_DIGIT.sub(" ", word).split() if len(word) > 2 and not word.startswith("r1111") else [word]


def _stem(word: str) -> str:
    stem = word.rstrip("esx")
    return stem if len(word) > 3 and len(stem) > 1 else word  # "cesse le" is not the heading "C"


def _stem_all(texts: Iterable[str]) -> list[str]:
    return [stem for text in texts for stem in stems(text)]


def _without_weak(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _WEAK)


def _bag(words: tuple[str, ...]) -> tuple[str, ...]:
    """Word order and repetition put aside."""
    return tuple(sorted(set(words)))


def _contains(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return phrase[0] in words and any(
        words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1)
    )


_NEUTRAL = frozenset(
    _bag(stems(text))
    for text in ("nom", "name", "libellé", "label", "titre", "title", "intitulé", "text", "value", "valeur")
)
"""The last part of a key path that says nothing more than the part before it: `organisme.libelle`."""


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"heading dictionary: {key}: expected a mapping of field to phrases, found {value!r}")
    return value


def _known(name: str, allowed: Sequence[str], where: str) -> None:
    if name not in allowed:
        raise ConfigurationError(f"heading dictionary: {where}.{name}: unknown field; allowed: {', '.join(allowed)}")


def _strings(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise ConfigurationError(f"heading dictionary: {where}: expected a list of phrases, found {value!r}")
    for text in value:
        if not isinstance(text, str):
            raise ConfigurationError(f"heading dictionary: {where}: expected text, found {text!r}; put it in quotes")
    return value
