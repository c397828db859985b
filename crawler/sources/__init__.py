"""What is known of each source before it is fetched: addresses, count bounds and the heading dictionary.

Owns loading and checking `hosts.yml` and `certifiers.yml`, and an operator's additions in the home folder. Holds no
rule of its own: what a heading means stands in the YAML, what a bound does stands in `registry/gate.py`. The wording of
certificate documents, `documents.yml`, lies here too; it is read where it is used, in `crawler.certificate_text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from crawler.readers.headings import HeadingDictionary
from registry.errors import ConfigurationError
from registry.gate import Bounds
from registry.models import CERTIFIER_FIELDS, HOST_FIELDS

FIELDS = {"hosts": HOST_FIELDS, "certifiers": CERTIFIER_FIELDS}
OVERLAY_FOLDER = "sources"
_KEYS: dict[str, Any] = {
    "addresses": list, "bounds": dict, "headings": dict, "words": dict, "phrases": dict,
    "registered_name": list, "groups": list, "foreign": list, "ignored": list, "ignored_words": list,
}  # fmt: skip
_KINDS: dict[Any, str] = {list: "a list of texts", dict: "a mapping"}
_OF_LISTS = ("headings", "phrases")


@dataclass(frozen=True)
class SourceDefinition:
    """One list: where it is published and how to recognise it."""

    name: str
    addresses: tuple[str, ...]
    """Official addresses, tried in order."""
    bounds: Mapping[str, float]
    """What `registry.gate` allows; its keys are documented there."""
    dictionary: HeadingDictionary


def load_source(name: str, home: Path | None = None) -> SourceDefinition:
    """The definition of `hosts` or `certifiers`, with the operator's `<home>/sources/<name>.yml` added when it exists.

    Additions extend the heading dictionary and replace addresses or single bounds. Raises ConfigurationError naming
    file and key.
    """
    if name not in FIELDS:
        raise ConfigurationError(f"source {name!r}: expected one of {', '.join(FIELDS)}")
    packaged = files("crawler.sources").joinpath(f"{name}.yml")
    where = f"crawler/sources/{name}.yml"
    definition = _checked(yaml.safe_load(packaged.read_text(encoding="utf-8")), where)
    extra = home / OVERLAY_FOLDER / f"{name}.yml" if home is not None else None
    if extra is not None and extra.exists():
        where = str(extra)
        definition = _merged(definition, _checked(_read_overlay(extra), where))
    try:
        dictionary = HeadingDictionary.from_data(definition, FIELDS[name])
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    return SourceDefinition(name, tuple(definition["addresses"]), dict(definition["bounds"]), dictionary)


def _read_overlay(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{file}: expected a readable YAML file, found: {error}") from error


def _checked(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ConfigurationError(f"{where}: expected a mapping with {', '.join(sorted(_KEYS))}, found {data!r}"[:300])
    for key, value in data.items():
        if key not in _KEYS:
            raise ConfigurationError(f"{where}: unknown key {key!r}; allowed: {', '.join(sorted(_KEYS))}")
        kind = _KEYS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ConfigurationError(f"{where}: {key}: expected {_KINDS[kind]}, found {value!r}"[:300])
        if key == "bounds":
            Bounds.from_mapping(value, f"{where}: bounds")
        if key == "addresses":
            for address in value:
                if not str(address).startswith(("https://", "http://")):
                    raise ConfigurationError(
                        f"{where}: addresses: expected addresses that start with http:// or https://, found {address!r}"
                    )
        if key in _OF_LISTS:
            for name, texts in value.items():
                if not isinstance(texts, list):
                    raise ConfigurationError(f"{where}: {key}.{name}: expected {_KINDS[list]}, found {texts!r}"[:300])
    return data


def _merged(base: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """Lists of the dictionary grow; addresses are replaced; bounds are replaced one by one."""
    merged = dict(base)
    for key, value in extra.items():
        if key == "headings":
            headings = {field: list(texts) for field, texts in base["headings"].items()}
            for field, texts in value.items():
                headings[field] = headings.get(field, []) + list(texts)
            merged[key] = headings
        elif key in ("ignored", "ignored_words", "registered_name", "groups", "foreign"):
            merged[key] = list(base.get(key, [])) + list(value)
        elif isinstance(value, dict):
            merged[key] = {**base.get(key, {}), **value}
        else:
            merged[key] = value
    return merged
