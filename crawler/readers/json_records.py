"""JSON objects → records: each object flattened to key paths; nested certificates give one record each.

Owns paths, JSON:API resources and references, and wrappers that mean nothing (`edges`, `node`, `attributes`). Which
lists of objects there are is for `json`; knows nothing about fields except through the heading dictionary, which tells
a nested list of certificates from a list of labels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.readers.headings import HeadingDictionary
from crawler.readers.json_values import joined, printed_scalar, unwrapped
from crawler.readers.printed import Listing, Printed, Record, plain

MAX_COLUMNS = 400
_SKIPPED = frozenset(
    ("links", "jsonapi", "relationships", "@context", "@id", "@type", "_links", "_meta", "__typename", "uuid", "self")
)
_OF_A_CERTIFICATE = frozenset(
    ("number", "issued_on", "expires_on", "period", "referential", "certifier", "document_url", "accreditation_number",
     "accredited_on", "accreditation_ended_on")
)  # fmt: skip
"""A nested list with one of these, and another field, is a list of certificates (or accreditations), not of labels."""
_TRANSPARENT = frozenset(("edges", "node", "nodes", "attributes", "data"))
"""Keys that only wrap what they hold (GraphQL connections, JSON:API and CMS relations)."""


@dataclass(slots=True)
class Resources:
    """What records are made with: the page's address, the dictionary, and resources that others refer to."""

    url: str
    dictionary: HeadingDictionary
    included: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)


def records_listing(
    pointer: str, items: Sequence[tuple[str, Mapping[str, Any]]], resources: Resources
) -> Listing | None:
    """The records of an array of objects; a nested list of certificates gives several records of one object."""
    nested = _nested_lists(items, resources)
    columns: dict[tuple[str, ...], int] = {}
    records: list[Record] = []
    for where, item in items:
        rows, flaw = _flatten(where, item, resources, nested)
        for cells in rows:
            values: list[Printed | None] = []
            for path, value in cells.items():
                at = columns.setdefault(path, len(columns))
                values += [None] * (at + 1 - len(values))
                values[at] = value
            records.append(Record(values, where, flaw))
        if len(columns) > MAX_COLUMNS:
            return None
    if len(columns) < 2:
        return None
    for record in records:
        record.values += [None] * (len(columns) - len(record.values))
    listing = Listing("json", list(columns), records, pointer or "/", context=_titles_of(pointer))
    listing.last_resort = pointer.endswith("/included")
    return listing


def _titles_of(pointer: str) -> tuple[str, ...]:
    """The key that a list stands under, as a title: `/retires` is not `/certifies`."""
    key = pointer.rpartition("/")[2]
    return (key.replace("_", " "),) if re.search(r"[^\W\d_]", key) else ()


class _Keyed(list[Any]):
    """Objects that stand under keys of their own instead of in an array: `{"38436-1": {…}, "38436-2": {…}}`."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        super().__init__(value.values())
        self.names = [escape(key) for key in value]


def _is_keyed(value: Mapping[str, Any], resources: Resources) -> bool:
    """All values are certificates with the same keys, and the keys over them are no headings."""
    first, *others = value.values() if value else (None,)
    if not isinstance(first, dict) or len(first) < 3 or any(resources.dictionary.sense(key) for key in value):
        return False
    if any(not isinstance(one, dict) or set(one) != set(first) for one in others):
        return False
    fields = {name for key in first for name in resources.dictionary.sense(key).fields[:1]}
    return len(fields & _OF_A_CERTIFICATE) > 1 and (bool(others) or all(re.search(r"\d", key) for key in value))


_Path = tuple[str, ...]
_Cells = dict[_Path, Printed]


def _nested_lists(items: Sequence[tuple[str, Mapping[str, Any]]], resources: Resources) -> frozenset[_Path]:
    """The paths of lists whose objects are certificates: their keys, over all records, are headings of a certificate."""
    fields: dict[_Path, set[str]] = {}
    for _, item in items:
        for path, _, value in _leaves("", item, resources):
            if isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
                found = fields.setdefault(path, set())
                for inner in value:
                    for inner_path, _, leaf in _leaves("", inner, resources):
                        if leaf is not None:
                            found.update(resources.dictionary.sense(*path, *inner_path).fields[:1])
    return frozenset(path for path, found in fields.items() if len(found) > 1 and found & _OF_A_CERTIFICATE)


def _leaves(where: str, item: Mapping[str, Any], resources: Resources) -> Iterator[tuple[_Path, str, Any]]:
    """(path, pointer, value) of everything below an object that is no object itself; wrapped values come as `Printed`."""
    pending = _members((), where, item, resources)
    while pending:
        path, pointer, value = pending.pop()
        if not isinstance(value, dict):
            yield _named(path), pointer, value
            continue
        printed = unwrapped(value, pointer, resources.url)
        if printed is not None:
            yield _named(path), pointer, printed
        elif _is_keyed(value, resources):
            yield _named(path), pointer, _Keyed(value)
        elif len(path) > 8:
            yield _named(path), pointer, plain(str(value)[:200], pointer)
        else:
            pending += _members(path, pointer, value, resources)


def _members(path: _Path, pointer: str, value: Mapping[str, Any], resources: Resources) -> list[tuple[_Path, str, Any]]:
    """What an object holds, last first. A JSON:API resource holds its attributes and what it is related to; a mere
    reference to one stands for the resource itself."""
    if _is_reference(value) and (known := resources.included.get((value["type"], value["id"]))) is not None:
        value = known
    found: list[tuple[_Path, str, Any]] = []
    if _is_resource(value):
        attributes = value.get("attributes")
        if isinstance(attributes, dict):
            found += _members(path, f"{pointer}/attributes", attributes, resources)
        if isinstance(value.get("relationships"), dict) and len(path) < 4:
            found += _related(path, pointer, value["relationships"], resources)
        return found
    for key, child in reversed(list(value.items())):
        if key not in _SKIPPED:
            found.append(((*path, key), f"{pointer}/{escape(key)}", child))
    return found


def _flatten(
    where: str, item: Mapping[str, Any], resources: Resources, nested: frozenset[_Path]
) -> tuple[list[_Cells], str | None]:
    """An object as one or more rows of path → value, and why they can't be trusted, if so."""
    shared: _Cells = {}
    several: list[list[_Cells]] = []
    for path, pointer, value in _leaves(where, item, resources):
        if value is None:
            continue
        if isinstance(value, Printed):
            shared[path] = value
        elif not isinstance(value, list):
            shared[path] = printed_scalar(value, pointer, resources.url)
        elif path in nested and all(isinstance(inner, dict) for inner in value):
            rows = [
                {(*path, *inner_path): cell for inner_path, cell in cells.items()}
                for at, inner in zip(
                    value.names if isinstance(value, _Keyed) else range(len(value)), value, strict=True
                )
                for cells in _flatten(f"{pointer}/{at}", inner, resources, frozenset())[0]
            ]
            if rows:
                several.append(rows)
        else:
            shared[path] = joined(value, pointer, resources.url) or plain(
                json.dumps(value, ensure_ascii=False)[:500], pointer
            )
    if not several:
        return ([shared] if shared else []), None
    flaw = "expected one list of certificates in an object, found several" if len(several) > 1 else None
    return [{**shared, **row} for row in several[0]], flaw


def _named(path: _Path) -> _Path:
    """A key path as headings: wrappers left out; `field_` is Drupal's prefix for every field."""
    said = [part for part in path if part not in _TRANSPARENT] or list(path)
    return tuple(re.sub(r"^(?:field|champ)_", "", part) for part in said)


def _is_resource(value: Mapping[str, Any]) -> bool:
    if isinstance(value.get("type"), str) and ("attributes" in value or "relationships" in value):
        return True
    return isinstance(value.get("attributes"), dict) and set(value) <= {
        "id",
        "documentId",
        "attributes",
        "links",
        "meta",
    }


def _is_reference(value: Mapping[str, Any]) -> bool:
    return (
        isinstance(value.get("type"), str)
        and isinstance(value.get("id"), str)
        and set(value) <= {"type", "id", "meta", "links"}
    )


def _related(
    path: _Path, where: str, relationships: Mapping[str, Any], resources: Resources
) -> list[tuple[_Path, str, Any]]:
    found: list[tuple[_Path, str, Any]] = []
    for name, relation in reversed(list(relationships.items())):
        data = relation.get("data") if isinstance(relation, dict) else None
        pointer = f"{where}/relationships/{escape(name)}"
        references = [data] if isinstance(data, dict) else data if isinstance(data, list) else []
        known = [
            resources.included[(reference["type"], reference["id"])]
            for reference in references
            if isinstance(reference, dict)
            and _is_reference(reference)
            and (reference["type"], reference["id"]) in resources.included
        ]
        if known:
            found.append(((*path, name), pointer, known[0] if isinstance(data, dict) else known))
    return found


def escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
