"""The words of the field, as data: activities, référentiels, certifiers, statuses, and what stands around them.

Owns the YAML files of this folder and typed access to them. Holds no rule: what a text means is for
`registry.activities`, `registry.labels` and `registry.interpret`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from registry.text import fold, normalise_name, slug


@dataclass(frozen=True, slots=True)
class Activity:
    """One of the six hosting activities of article R. 1111-9."""

    id: int
    label_fr: str
    label_en: str
    legal_basis: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Referential:
    """A version of the référentiel; all dates are inclusive, None is open."""

    version: str
    label: str
    published_on: date | None
    issue_from: date | None
    issue_until: date | None
    usable_until: date | None
    source: str
    labels: tuple[str, ...]
    documents: tuple[date, ...]
    dated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownCertifier:
    """A certification body whose names are known in advance."""

    id: str
    name: str
    variants: tuple[str, ...]
    accreditation_number: str | None = None
    accredited_on: date | None = None


@cache
def words(name: str) -> dict[str, Any]:
    """The content of `registry/vocabulary/<name>.yml`."""
    data = yaml.safe_load(files("registry").joinpath(f"vocabulary/{name}.yml").read_text(encoding="utf-8"))
    assert isinstance(data, dict), f"{name}.yml: expected a mapping"
    return data


@cache
def activities() -> tuple[Activity, ...]:
    """The six activities, in the order of the article."""
    return tuple(
        Activity(**{**entry, "phrases": tuple(entry["phrases"])}) for entry in words("activities")["activities"]
    )


@cache
def referentials() -> tuple[Referential, ...]:
    """The versions of the référentiel, oldest first."""
    return tuple(
        Referential(**{**entry, **{key: tuple(entry[key]) for key in ("labels", "documents", "dated")}})
        for entry in words("referentials")["referentials"]
    )


@cache
def certifiers() -> tuple[KnownCertifier, ...]:
    """The certification bodies that are known under several names."""
    return tuple(
        KnownCertifier(**{**entry, "variants": tuple(entry.get("variants", ()))})
        for entry in words("certifiers")["certifiers"]
    )


@cache
def _certifier_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for body in certifiers():
        for printed in (body.name, *body.variants):
            for key in {plain_words(printed), normalise_name(printed)} - {""}:
                assert names.setdefault(key, body.id) == body.id, f"certifiers.yml: {printed!r} names two bodies"
    return names


def plain_words(name: str) -> str:
    """The words of a name, folded, dots and apostrophes deleted, other punctuation a space; legal forms stay."""
    return slug(name, longest=200).replace("-", " ")


def known_certifier(printed: str) -> str | None:
    """The id of the body printed under exactly that name or a known variant, else None."""
    names = _certifier_names()
    return names.get(plain_words(printed)) or names.get(normalise_name(printed))


def certifier_id(printed: str) -> str | None:
    """The key of a certification body: a known one's id, else the slug of its name without legal form.

    The host list and the certifier list use the same key for the same name. None when the name has no letter or digit.
    """
    return known_certifier(printed) or slug(normalise_name(printed)) or slug(printed) or None


@cache
def countries() -> dict[str, str]:
    """Folded French and English country names and codes → ISO 3166 alpha-2."""
    from babel import Locale
    from babel.core import get_global

    found: dict[str, str] = {}
    for language in ("fr", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"):
                found[plain_words(name)] = code
                found[code.lower()] = code
    for code, aliases in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and len(aliases) == 1 and len(aliases[0]) == 2:
            found.setdefault(code.lower(), aliases[0])
    for code, names in words("placeholders")["countries"].items():
        found.update({plain_words(name): code for name in names})
    return found


@cache
def placeholders() -> frozenset[str]:
    """Folded texts that say nothing."""
    return frozenset(fold(str(text)).strip(" .") for text in words("placeholders")["nothing"])
