"""JSON of any nesting → listings: arrays of objects, objects keyed by id, rows under named columns, JSON:API, and HTML
held in strings.

Owns finding records and flattening them; nested certificates give one record each. Knows nothing about fields except
through the heading dictionary, which tells a nested list of certificates from a list of labels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.readers.errors import UnreadablePage
from crawler.readers.headings import HeadingDictionary
from crawler.readers.layout import listings as grid_listings
from crawler.readers.markup import urljoin_safe
from crawler.readers.printed import Grid, GridRow, Line, Listing, Printed, Record, Slot, plain

MAX_DEPTH = 60
MAX_NODES = 2_000_000
MAX_COLUMNS = 400
_MARKUP = re.compile(
    r"<\s*(?:/?\s*)?(?:table|tr|td|div|p|li|ul|dl|article|section|h[1-6]|span|a|b|strong|br|em|i)\b[^>]*>",
    re.IGNORECASE,
)
_WRAPPERS = (
    "value",
    "processed",
    "rendered",
    "text",
    "@value",
    "uri",
    "url",
    "href",
    "label",
    "name",
    "title",
    "nom",
    "libelle",
)
"""Keys whose value is what an object prints, when its other keys only describe it."""
_DESCRIBING = frozenset(
    ("format", "lang", "language", "langcode", "@language", "@type", "type", "id", "uuid", "target_id", "target_type",
     "target_uuid",
     "options", "alt", "width", "height", "mimetype", "mime", "size", "filename", "slug", "code", "summary",
     "end_value", "tid", "nid",
     "title", "description", "rel", "weight")
)  # fmt: skip
_SKIPPED = frozenset(
    ("links", "jsonapi", "relationships", "@context", "@id", "@type", "_links", "_meta", "__typename", "uuid", "self")
)
_ROW_KEYS = ("rows", "data", "values", "items", "records", "lignes", "donnees", "results", "body", "aaData")
_COLUMN_KEYS = (
    "columns",
    "headers",
    "header",
    "fields",
    "cols",
    "colonnes",
    "entetes",
    "head",
    "labels",
    "schema",
    "names",
)


_OF_A_CERTIFICATE = frozenset(
    ("number", "issued_on", "expires_on", "period", "referential", "certifier", "document_url", "accreditation_number",
     "accredited_on", "accreditation_ended_on")
)  # fmt: skip
"""A nested list with one of these, and another field, is a list of certificates (or accreditations), not of labels."""


@dataclass(slots=True)
class Document:
    """A parsed body: candidate listings, HTML found in strings, and totals it states."""

    listings: list[Listing] = field(default_factory=list)
    markup: list[tuple[str, str]] = field(default_factory=list)
    """(where, HTML)"""
    totals: list[int] = field(default_factory=list)
    repeated_keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    url: str
    dictionary: HeadingDictionary
    included: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    nodes: int = 0


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
    reader = _Reader(url, dictionary)
    document = Document()
    single: list[Listing] = []
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        pointer, node, depth = stack.pop()
        reader.nodes += 1
        if depth > MAX_DEPTH or reader.nodes > MAX_NODES:
            raise UnreadablePage(
                "too_deep",
                f"expected JSON of at most {MAX_DEPTH} levels and {MAX_NODES} values, found more",
                url=url,
                sha256=sha256,
            )
        if isinstance(node, dict):
            _learn_included(node, reader)
            _note_totals(node, document)
            document.listings += _of_object(pointer, node, reader)
            if depth <= 3 and (one := _records_listing(pointer, [(pointer, node)], reader)) is not None:
                one.last_resort = True
                single.append(one)
            children = [(f"{pointer}/{_escape(key)}", child, depth + 1) for key, child in node.items()]
        elif isinstance(node, list):
            document.listings += _of_array(pointer, node, reader)
            children = [(f"{pointer}/{at}", child, depth + 1) for at, child in enumerate(node)]
        else:
            if isinstance(node, str) and len(node) > 40 and _MARKUP.search(node):
                document.markup.append((pointer, node))
            continue
        stack += reversed([child for child in children if isinstance(child[1], dict | list | str)])
    document.listings += single
    return document


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _learn_included(node: Mapping[str, Any], reader: _Reader) -> None:
    """JSON:API resources that other resources refer to."""
    for key in ("included", "data"):
        resources = node.get(key)
        if isinstance(resources, list):
            for resource in resources:
                if (
                    isinstance(resource, dict)
                    and isinstance(resource.get("type"), str)
                    and isinstance(resource.get("id"), str)
                ):
                    reader.included.setdefault((resource["type"], resource["id"]), resource)


_TOTAL_KEYS = frozenset(
    [
        "total",
        "totalcount",
        "total_count",
        "totalitems",
        "total_items",
        "count",
        "nhits",
        "nbhits",
        "hits_total",
        "recordstotal",
        "totalresults",
        "total_results",
        "numberofitems",
        "numfound",
        "totalrows",
        "total_rows",
        "nombre",
        "nb_total",
        "nombre_total",
        "hosts",
        "hebergeurs",
        "nb_hebergeurs",
        "totalelements",
    ]
)


def _note_totals(node: Mapping[str, Any], document: Document) -> None:
    for key, value in node.items():
        if isinstance(value, str) and value.isdigit() and len(value) < 7 and key.lower().lstrip("_@") in _TOTAL_KEYS:
            document.totals.append(int(value))


def _of_object(pointer: str, node: Mapping[str, Any], reader: _Reader) -> Iterator[Listing]:
    values = list(node.values())
    grid = _columns_and_rows(pointer, node)
    if grid is not None:
        yield from grid_listings(grid, reader.dictionary, "json")
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) >= 1 and len(objects) == len(values):
        items = [(f"{pointer}/{_escape(key)}", value) for key, value in node.items()]
        listing = _records_listing(pointer, items, reader)
        if listing is not None:
            yield listing
            if all(_reads_as_name(key) for key in node):
                yield _named_by_keys(listing)
        yield from _turned(pointer, node, reader)
    lists = [value for value in values if isinstance(value, list)]
    if (
        len(lists) >= 2
        and len(lists) == len(values)
        and len({len(value) for value in lists}) == 1
        and _all_scalars(lists)
    ):
        rows = [list(node), *map(list, zip(*lists, strict=True))]
        yield from grid_listings(_grid(pointer, rows), reader.dictionary, "json")


def _reads_as_name(key: str) -> bool:
    """A key written for people ("Scalingo SAS"), not for programs (`scalingo-sas`, `h42`)."""
    return bool(re.search(r"[A-ZÀ-Ý]", key)) and not re.search(r"_|^[A-Z]*\d+$|[a-z][A-Z]", key) and len(key) <= 200


def _named_by_keys(listing: Listing) -> Listing:
    """The records of an object whose keys are the names."""
    records = []
    for record in listing.records:
        key = re.sub(r"~1", "/", record.locator.rpartition("/")[2]).replace("~0", "~")
        records.append(Record([plain(key, record.locator), *record.values], record.locator, record.flaw))
    return Listing("json", [("(key)",), *listing.columns], records, listing.locator, forced={0: "legal_name"})


def _turned(pointer: str, node: Mapping[str, Any], reader: _Reader) -> Iterator[Listing]:
    """Objects keyed by column, each keyed by row: `{"Hébergeur": {"0": …}, "Certificat": {"0": …}}`."""
    inner = [value for value in node.values() if isinstance(value, dict)]
    keys = list(inner[0])
    if (
        len(inner) >= 2
        and len(keys) <= 100_000
        and all(list(value) == keys for value in inner)
        and _all_scalars(v.values() for v in inner)
    ):
        rows = [list(node), *([value[key] for value in inner] for key in keys)]
        yield from grid_listings(_grid(pointer, rows), reader.dictionary, "json")


def _all_scalars(rows: Any) -> bool:
    return all(not isinstance(value, dict | list) for row in rows for value in row)


def _columns_and_rows(pointer: str, node: Mapping[str, Any]) -> Grid | None:
    rows = next((node[key] for key in _ROW_KEYS if isinstance(node.get(key), list) and node[key]), None)
    columns = next((node[key] for key in _COLUMN_KEYS if isinstance(node.get(key), list) and node[key]), None)
    if rows is None or columns is None:
        return None
    headings = [_column_name(column) for column in columns]
    if any(name is None for name in headings):
        return None
    table: list[list[Any]] = [list(headings)]
    keys = [_column_key(column) for column in columns]
    if all(isinstance(row, dict) and all(key in row for key in keys) for row in rows):
        return _grid(pointer, [*table, *([_cell_value(row[key]) for key in keys] for row in rows)])
    for row in rows:
        cells = row.get("c") or row.get("cells") or row.get("values") if isinstance(row, dict) else row
        if not isinstance(cells, list):
            return None
        table.append([_cell_value(cell) for cell in cells])
    return _grid(pointer, table)


def _column_name(column: Any) -> str | None:
    if isinstance(column, str):
        return column
    if isinstance(column, dict):
        for key in (
            "label",
            "title",
            "header",
            "headerName",
            "name",
            "text",
            "titre",
            "libelle",
            "field",
            "data",
            "key",
            "id",
        ):
            if isinstance(column.get(key), str) and column[key]:
                return str(column[key])
    return None


def _column_key(column: Any) -> str | None:
    """The key under which rows hold the value of a column."""
    if isinstance(column, dict):
        for key in ("key", "field", "data", "id", "name", "dataIndex", "accessor", "prop", "property", "value"):
            if isinstance(column.get(key), str):
                return str(column[key])
    return column if isinstance(column, str) else None


def _cell_value(cell: Any) -> Any:
    if isinstance(cell, dict):
        for key in ("f", "v", "value", "text", "display"):
            if key in cell:
                return cell[key]
    return cell


def _of_array(pointer: str, node: Sequence[Any], reader: _Reader) -> Iterator[Listing]:
    objects = [(f"{pointer}/{at}", item) for at, item in enumerate(node) if isinstance(item, dict)]
    if objects and len(objects) == len(node):
        listing = _records_listing(pointer, objects, reader)
        if listing is not None:
            yield listing
    elif len(node) > 1 and all(isinstance(item, list) for item in node):
        yield from grid_listings(
            _grid(pointer, [list(map(_cell_value, row)) for row in node]), reader.dictionary, "json"
        )


def _grid(pointer: str, rows: Sequence[Sequence[Any]]) -> Grid:
    out = []
    for number, row in enumerate(rows):
        slots: list[Slot | None] = [
            Slot(_printed_scalar(value, f"{pointer}/{number}/{at}", ""), (number, at)) for at, value in enumerate(row)
        ]
        out.append(GridRow(slots, f"{pointer}/{number}"))
    return Grid(out, pointer or "/")


def _records_listing(pointer: str, items: Sequence[tuple[str, Mapping[str, Any]]], reader: _Reader) -> Listing | None:
    """The records of an array of objects; a nested list of certificates gives several records of one object."""
    nested = _nested_lists(items, reader)
    columns: dict[tuple[str, ...], int] = {}
    records: list[Record] = []
    for where, item in items:
        rows, flaw = _flatten(where, item, reader, nested)
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
    listing = Listing("json", list(columns), records, pointer or "/")
    listing.last_resort = pointer.endswith("/included")
    return listing


_Path = tuple[str, ...]
_Cells = dict[_Path, Printed]


def _nested_lists(items: Sequence[tuple[str, Mapping[str, Any]]], reader: _Reader) -> frozenset[_Path]:
    """The paths of lists whose objects are certificates: their keys, over all records, are headings of a certificate."""
    fields: dict[_Path, set[str]] = {}
    for _, item in items:
        for path, _, value in _leaves("", item, reader):
            if isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
                found = fields.setdefault(path, set())
                for inner in value:
                    for inner_path, _, leaf in _leaves("", inner, reader):
                        if leaf is not None:
                            found.update(reader.dictionary.sense(*path, *inner_path).fields[:1])
    return frozenset(path for path, found in fields.items() if len(found) > 1 and found & _OF_A_CERTIFICATE)


def _leaves(where: str, item: Mapping[str, Any], reader: _Reader) -> Iterator[tuple[_Path, str, Any]]:
    """(path, pointer, value) of everything below an object that is no object itself; wrapped values come as `Printed`."""
    pending = _members((), where, item, reader)
    while pending:
        path, pointer, value = pending.pop()
        if not isinstance(value, dict):
            yield _named(path), pointer, value
            continue
        printed = _unwrapped(value, pointer, reader.url)
        if printed is not None:
            yield _named(path), pointer, printed
        elif len(path) > 8:
            yield _named(path), pointer, plain(str(value)[:200], pointer)
        else:
            pending += _members(path, pointer, value, reader)


def _members(path: _Path, pointer: str, value: Mapping[str, Any], reader: _Reader) -> list[tuple[_Path, str, Any]]:
    """What an object holds, last first. A JSON:API resource holds its attributes and what it is related to; a mere
    reference to one stands for the resource itself."""
    if _is_reference(value) and (known := reader.included.get((value["type"], value["id"]))) is not None:
        value = known
    found: list[tuple[_Path, str, Any]] = []
    if _is_resource(value):
        attributes = value.get("attributes")
        if isinstance(attributes, dict):
            found += _members(path, f"{pointer}/attributes", attributes, reader)
        if isinstance(value.get("relationships"), dict) and len(path) < 4:
            found += _related(path, pointer, value["relationships"], reader)
        return found
    for key, child in reversed(list(value.items())):
        if key not in _SKIPPED:
            found.append(((*path, key), f"{pointer}/{_escape(key)}", child))
    return found


def _flatten(
    where: str, item: Mapping[str, Any], reader: _Reader, nested: frozenset[_Path]
) -> tuple[list[_Cells], str | None]:
    """An object as one or more rows of path → value, and why they can't be trusted, if so."""
    shared: _Cells = {}
    several: list[list[_Cells]] = []
    for path, pointer, value in _leaves(where, item, reader):
        if value is None:
            continue
        if isinstance(value, Printed):
            shared[path] = value
        elif not isinstance(value, list):
            shared[path] = _printed_scalar(value, pointer, reader.url)
        elif path in nested and all(isinstance(inner, dict) for inner in value):
            rows = [
                {(*path, *inner_path): cell for inner_path, cell in cells.items()}
                for at, inner in enumerate(value)
                for cells in _flatten(f"{pointer}/{at}", inner, reader, frozenset())[0]
            ]
            if rows:
                several.append(rows)
        else:
            shared[path] = _joined(value, pointer, reader) or plain(
                json.dumps(value, ensure_ascii=False)[:500], pointer
            )
    if not several:
        return ([shared] if shared else []), None
    flaw = "expected one list of certificates in an object, found several" if len(several) > 1 else None
    return [{**shared, **row} for row in several[0]], flaw


def _named(path: _Path) -> _Path:
    """A key path as headings: `field_` is Drupal's prefix for every field."""
    return tuple(re.sub(r"^(?:field|champ)_", "", part) for part in path)


def _is_resource(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("type"), str) and ("attributes" in value or "relationships" in value)


def _is_reference(value: Mapping[str, Any]) -> bool:
    return (
        isinstance(value.get("type"), str)
        and isinstance(value.get("id"), str)
        and set(value) <= {"type", "id", "meta", "links"}
    )


def _related(
    path: _Path, where: str, relationships: Mapping[str, Any], reader: _Reader
) -> list[tuple[_Path, str, Any]]:
    found: list[tuple[_Path, str, Any]] = []
    for name, relation in reversed(list(relationships.items())):
        data = relation.get("data") if isinstance(relation, dict) else None
        pointer = f"{where}/relationships/{_escape(name)}"
        references = [data] if isinstance(data, dict) else data if isinstance(data, list) else []
        known = [
            reader.included[(reference["type"], reference["id"])]
            for reference in references
            if isinstance(reference, dict)
            and _is_reference(reference)
            and (reference["type"], reference["id"]) in reader.included
        ]
        if known:
            found.append(((*path, name), pointer, known[0] if isinstance(data, dict) else known))
    return found


def _joined(items: Sequence[Any], pointer: str, reader: _Reader) -> Printed | None:
    """A list of plain values or labels as one value of several lines."""
    lines: list[Line] = []
    for at, item in enumerate(items):
        if isinstance(item, dict):
            value = _unwrapped(item, f"{pointer}/{at}", reader.url) or _label_of(item, f"{pointer}/{at}")
        elif isinstance(item, list):
            return None
        else:
            value = _printed_scalar(item, f"{pointer}/{at}", reader.url)
        if value is None:
            return None
        lines += [Line(line.text, line.href, at + 1) for line in value.lines]
    return Printed(tuple(lines), pointer)


def _label_of(item: Mapping[str, Any], pointer: str) -> Printed | None:
    """A small object of a list as text: its number and its label, and nothing of what only describes it."""
    words = [
        str(item[key]) for key in ("numero", "number", "no", "num", "id", "code") if isinstance(item.get(key), str)
    ]
    label = next(
        (
            str(item[key])
            for key in ("label", "libelle", "nom", "name", "title", "titre", "description", "intitule")
            if isinstance(item.get(key), str)
        ),
        "",
    )
    if not label and not words:
        return None
    number = words[0] if words and (words[0].isdigit() or not label) else ""
    return plain(f"{number} {label}".strip(), pointer)


def _unwrapped(value: Mapping[str, Any], pointer: str, url: str) -> Printed | None:
    """What an object prints that only wraps one value: `{"value": "2025-09-12"}`, `{"uri": …, "title": …}`."""
    scalars = {key: inner for key, inner in value.items() if not isinstance(inner, dict | list)}
    if len(scalars) != len(value) and any(
        value[key] for key in value if key not in scalars and key not in ("options", "attributes")
    ):
        return None
    if "value" in scalars and "end_value" in scalars:
        return plain(f"{scalars['value']} → {scalars['end_value']}", pointer)
    address = next((str(scalars[key]) for key in ("uri", "url", "href", "full_url") if scalars.get(key)), None)
    shown = next((key for key in _WRAPPERS if scalars.get(key) not in (None, "")), None)
    if shown is None or any(key not in _DESCRIBING and key not in _WRAPPERS for key in scalars):
        return None
    if address is not None:
        title = scalars.get("title") or scalars.get("text") or scalars.get("label") or address
        return plain(str(title), pointer, urljoin_safe(url, address))
    if shown in ("name", "nom", "label", "libelle", "title") and len(scalars) > 2:
        return None
    return _printed_scalar(scalars[shown], pointer, url)


def _printed_scalar(value: Any, pointer: str, url: str) -> Printed:
    if value is None:
        return plain("", pointer)
    if isinstance(value, bool):
        return plain("true" if value else "false", pointer)
    text = str(value)
    if "<" in text and _MARKUP.search(text):
        return _of_markup(text, pointer, url)
    if "&" in text and re.search(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);", text):
        from html import unescape

        text = unescape(text)
    href = urljoin_safe(url, text.strip()) if re.match(r"\s*(?:https?://|/[\w-]+[/.])\S+\s*$", text) else None
    return plain(text, pointer, href)


def _of_markup(text: str, pointer: str, url: str) -> Printed:
    from crawler.readers import markup
    from crawler.readers.printing import printed

    root = markup.parse(f"<div>{text}</div>", url, "")
    if root is None:
        return plain("", pointer)
    seen = printed(markup.Page(root, url), root)
    return Printed(seen.lines, pointer, seen.heading_like, seen.opaque)
