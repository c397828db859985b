"""JSON of any nesting → listings: arrays of objects, objects keyed by id, tables, JSON:API, and HTML held in strings.

Owns parsing and finding what could be a list. Flattening is for `json_records`, printing values for `json_values`,
tables for `json_tables`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.readers import json_tables
from crawler.readers.errors import UnreadablePage
from crawler.readers.headings import HeadingDictionary
from crawler.readers.json_records import Resources, escape, records_listing
from crawler.readers.json_values import MARKUP
from crawler.readers.printed import Listing, Record, plain
from crawler.readers.vocabulary import words
from registry.text import slug

MAX_DEPTH = 60
MAX_NODES = 2_000_000
_TOTAL_KEYS = words("total_keys")


@dataclass(slots=True)
class Document:
    """A parsed body: candidate listings, HTML found in strings, and totals it states."""

    listings: list[Listing] = field(default_factory=list)
    markup: list[tuple[str, str]] = field(default_factory=list)
    """(where, HTML)"""
    totals: list[int] = field(default_factory=list)


def parse(text: str, url: str, sha256: str) -> tuple[Any, list[str]]:
    """The value of a JSON text (or JSON lines), numbers as printed, and keys that an object repeats.

    Raises UnreadablePage when it is not whole JSON.
    """
    repeated: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            seen: set[str] = set()
            repeated.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # set.add returns None
        return found

    decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_float=str, parse_int=str)
    body = re.sub(r"^\s*(?:\)\]\}',?|while\(1\);|for\(;;\);)\s*", "", text.removeprefix("\ufeff")).strip()
    wrapped = re.fullmatch(r"[\w$.]+\s*\((.*)\)\s*;?", body, re.DOTALL)
    if wrapped:
        body = wrapped.group(1)
    try:
        try:
            return decoder.decode(body), repeated
        except json.JSONDecodeError as error:
            lines = [line for line in body.splitlines() if line.strip()]
            if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
                return [decoder.decode(line) for line in lines], repeated
            raise UnreadablePage(
                "truncated" if error.pos >= len(body) - 2 else "bad_json",
                f"expected whole JSON, found {error.msg} at character {error.pos} of {len(body)}; fetch it again",
                url=url, sha256=sha256,
            ) from error  # fmt: skip
    except json.JSONDecodeError as error:
        raise UnreadablePage(
            "bad_json", f"expected one JSON value a line, found {error.msg}", url=url, sha256=sha256
        ) from error
    except RecursionError as error:
        raise UnreadablePage(
            "too_deep",
            "expected JSON of ordinary nesting, found it nested hundreds of levels deep",
            url=url,
            sha256=sha256,
        ) from error


def read(value: Any, url: str, sha256: str, dictionary: HeadingDictionary) -> Document:
    """Every candidate list in a JSON value."""
    resources = Resources(url, dictionary)
    document = Document()
    nodes = 0
    single: list[Listing] = []
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        pointer, node, depth = stack.pop()
        nodes += 1
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise UnreadablePage(
                "too_deep",
                f"expected JSON of at most {MAX_DEPTH} levels and {MAX_NODES} values, found more",
                url=url,
                sha256=sha256,
            )
        if isinstance(node, dict):
            _learn_included(node, resources)
            _note_totals(node, document)
            document.listings += _of_object(pointer, node, resources)
            if depth <= 3 and (one := records_listing(pointer, [(pointer, node)], resources)) is not None:
                one.last_resort = True
                single.append(one)
            children = [(f"{pointer}/{escape(key)}", child, depth + 1) for key, child in node.items()]
        elif isinstance(node, list):
            document.listings += _of_array(pointer, node, resources)
            children = [(f"{pointer}/{at}", child, depth + 1) for at, child in enumerate(node)]
        else:
            if isinstance(node, str) and len(node) > 40 and MARKUP.search(node):
                document.markup.append((pointer, node))
            continue
        stack += reversed([child for child in children if isinstance(child[1], dict | list | str)])
    document.listings += single
    return document


def _learn_included(node: Mapping[str, Any], resources: Resources) -> None:
    """JSON:API resources that other resources refer to."""
    for key in ("included", "data"):
        found = node.get(key)
        if isinstance(found, list):
            for resource in found:
                if (
                    isinstance(resource, dict)
                    and isinstance(resource.get("type"), str)
                    and isinstance(resource.get("id"), str)
                ):
                    resources.included.setdefault((resource["type"], resource["id"]), resource)


def _note_totals(node: Mapping[str, Any], document: Document) -> None:
    for key, value in node.items():
        if isinstance(value, str) and value.isdecimal() and len(value) < 7 and key.lower().lstrip("_@") in _TOTAL_KEYS:
            document.totals.append(int(value))


def _of_object(pointer: str, node: Mapping[str, Any], resources: Resources) -> Iterator[Listing]:
    yield from json_tables.of_object(pointer, node, resources.dictionary)
    if node and all(isinstance(value, dict) for value in node.values()):
        items = [(f"{pointer}/{escape(key)}", value) for key, value in node.items()]
        listing = records_listing(pointer, items, resources)
        if listing is not None:
            yield listing
            if all(_reads_as_name(key) and not _repeats(key, value) for key, value in node.items()):
                yield _named_by_keys(listing)


def _reads_as_name(key: str) -> bool:
    """A key written for people ("Scalingo SAS"), not for programs (`scalingo-sas`, `h42`)."""
    return bool(re.search(r"[A-ZÀ-Ý]", key)) and not re.search(r"_|^[A-Z]*\d+$|[a-z][A-Z]", key) and len(key) <= 200


def _repeats(key: str, value: Mapping[str, Any]) -> bool:
    """A key that only repeats what stands below it: certificates under their numbers."""
    return any(slug(key) == slug(inner) for inner in value.values() if isinstance(inner, str))


def _named_by_keys(listing: Listing) -> Listing:
    """The records of an object whose keys are the names."""
    records = []
    for record in listing.records:
        key = re.sub(r"~1", "/", record.locator.rpartition("/")[2]).replace("~0", "~")
        records.append(Record([plain(key, record.locator), *record.values], record.locator, record.flaw))
    return Listing("json", [("(key)",), *listing.columns], records, listing.locator, forced={0: "legal_name"})


def _of_array(pointer: str, node: Sequence[Any], resources: Resources) -> Iterator[Listing]:
    objects = [(f"{pointer}/{at}", item) for at, item in enumerate(node) if isinstance(item, dict)]
    if objects and len(objects) == len(node):
        listing = records_listing(pointer, objects, resources)
        if listing is not None:
            yield listing
    else:
        yield from json_tables.of_array(pointer, node, resources.dictionary)
