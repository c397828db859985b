"""What a watchlist may say (contract, section 4): every field, what is allowed in it, and whether it may be left out.

Owns the tables from which the loader reads and from which the JSON Schema is made, so that the two can't disagree.
Cross-references (a contact that a contract names) are the loader's business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, NamedTuple

from monitor.findings import Code
from monitor.watchlist_yaml import Node, Problem
from monitor.wording import LANGUAGES
from registry.text import clean

VERSION = 1
DEFAULT_THRESHOLDS = (180, 90, 60, 30, 14, 7, 1, 0)
CRITICALITIES = ("low", "normal", "high")
LONGEST_TEXT = 500
LONGEST_NOTES = 20_000
_INTEGER = re.compile(r"(0|-?[1-9][0-9]{0,9})\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_ID = re.compile(r"[^\W_](?:[\w .:@+-]{0,98}[\w.:@+-])?\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])\Z")


class Refused(Exception):
    """A value that is not allowed; says what is, and when it is not the value itself, what was found."""

    def __init__(self, expected: str, found: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class Kind:
    """One sort of value: how it is read from a scalar, and how JSON Schema says it."""

    read: Callable[[Node], Any]
    schema: dict[str, Any]


@dataclass(frozen=True)
class ListOf:
    """A list of one kind. `unique` refuses a repeated value; `least` is the smallest length."""

    kind: Kind
    expected: str
    least: int = 0
    unique: bool = True


@dataclass(frozen=True)
class Field:
    """One key of a mapping."""

    kind: Kind | ListOf | Table
    about: str
    required: bool = False
    default: Any = None
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A mapping with known keys. `hints` explains keys that people write and that are refused."""

    fields: dict[str, Field]
    hints: dict[str, str] = field(default_factory=dict)


class QuietHours(NamedTuple):
    """From `start` (inclusive) to `end` (exclusive), Europe/Paris; over midnight when `end` is earlier."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def _scalar(node: Node, expected: str) -> str:
    if not isinstance(node.value, str) or node.is_null:
        raise Refused(expected)
    return node.value


def _text(longest: int, pattern: re.Pattern[str] | None = None, expected: str = "some text") -> Callable[[Node], str]:
    def read(node: Node) -> str:
        printed = _scalar(node, expected)
        if any(unicodedata.category(char) == "Cc" and not char.isspace() for char in printed):
            raise Refused("text without control characters")
        text = clean(printed)
        if not text or (pattern and not pattern.match(text)):
            raise Refused(expected)
        if len(text) > longest:
            raise Refused(f"at most {longest:,} characters", f"{len(text):,}")
        return text

    return read


def _notes(node: Node) -> str:
    text = _scalar(node, "some text") if not node.is_null else ""
    if len(text) > LONGEST_NOTES:
        raise Refused(f"at most {LONGEST_NOTES:,} characters", f"{len(text):,}")
    return text.strip()


def _number(least: int, most: int, expected: str) -> Callable[[Node], int]:
    def read(node: Node) -> int:
        text = _scalar(node, expected)
        if not node.plain or not _INTEGER.match(text) or not least <= int(text) <= most:
            raise Refused(expected)
        return int(text)

    return read


def _day(node: Node) -> date:
    expected = "a date as YYYY-MM-DD"
    text = _scalar(node, expected)
    if not _DAY.match(text):
        raise Refused(expected)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("a day that exists, as YYYY-MM-DD") from error


def _one_of(allowed: tuple[str, ...]) -> Callable[[Node], str]:
    expected = f"one of {', '.join(allowed)}"

    def read(node: Node) -> str:
        if (text := _scalar(node, expected)) not in allowed:
            raise Refused(expected)
        return text

    return read


def _siren(node: Node) -> str:
    from stdnum.fr import siren

    expected = "a SIREN: 9 digits with a right check digit"
    digits = re.sub(r"\s", "", _scalar(node, expected))
    if not re.fullmatch(r"[0-9]{9}", digits):
        raise Refused(expected)
    if not siren.is_valid(digits):
        raise Refused(expected, f"{node.shown()}, whose check digit is wrong")
    return digits


def _quiet_hours(node: Node) -> QuietHours:
    expected = 'hours as "20:00-07:00", in quotes, start and end different'
    found = _QUIET.match(_scalar(node, expected))
    if not found:
        raise Refused(expected)
    hours = [int(part) for part in found.groups()]
    start, end = time(hours[0], hours[1]), time(hours[2], hours[3])
    if start == end:
        raise Refused(expected)
    return QuietHours(start, end)


def _choice(*allowed: str) -> Kind:
    return Kind(_one_of(allowed), {"enum": list(allowed)})


def _matching(pattern: re.Pattern[str], expected: str, longest: int = LONGEST_TEXT) -> Kind:
    schema = {"type": "string", "pattern": f"^{pattern.pattern}".removesuffix(r"\Z") + "$"}
    return Kind(_text(longest, pattern, expected), schema)


TEXT = Kind(_text(LONGEST_TEXT), {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT})
PRINTED = Kind(_text(LONGEST_TEXT), {"type": ["string", "number"]})
NOTES = Kind(_notes, {"type": "string", "maxLength": LONGEST_NOTES})
ID = Kind(
    _text(100, _ID, "a short id: letters, digits, space and . : @ + - _, starting with a letter or digit"),
    {"type": ["string", "integer"], "maxLength": 100},
)
DAY = Kind(_day, {"type": "string", "format": "date"})
SIREN = Kind(_siren, {"type": ["string", "integer"]})
ACTIVITY = Kind(_number(1, 6, "a whole number from 1 to 6"), {"type": "integer", "minimum": 1, "maximum": 6})
DAYS = Kind(
    _number(0, 3650, "a whole number of days from 0 to 3650"), {"type": "integer", "minimum": 0, "maximum": 3650}
)
VARIABLE = _matching(_VARIABLE, "the name of an environment variable", 200)
QUIET_HOURS = Kind(_quiet_hours, {"type": "string", "pattern": _QUIET.pattern.replace(r"\Z", "")})
ACTIVITIES = ListOf(ACTIVITY, "a list of activities, at least one of 1 to 6", least=1)
TEXTS = ListOf(TEXT, "a list of texts")
PRINTED_LIST = ListOf(PRINTED, "a list of texts")

CHANNEL = Table(
    {
        "url_env": Field(VARIABLE, "environment variable that holds the Apprise URL"),
        "url_file": Field(TEXT, "file that holds the Apprise URL; relative to this file"),
        "quiet_hours": Field(QUIET_HOURS, "no messages then (Europe/Paris), except breaches", nullable=True),
    },
    hints={
        "url": "url_env or url_file (an address with its password stays out of this file, which gets copied and mailed)"
    },
)
CONTACT = Table(
    {
        "id": Field(ID, "short name used in `notify` and `backup`", required=True),
        "role": Field(TEXT, "what this person is: dpo, rssi, legal…", required=True),
        "channel": Field(ID, "one of `channels`", required=True),
        "backup": Field(ID, "contact who is told when this one can't be reached", nullable=True),
    }
)
QUOTED = Table(
    {
        "certificate_number": Field(PRINTED, "as printed in the contract", nullable=True),
        "expires_on": Field(DAY, "as printed in the contract", nullable=True),
        "activities": Field(ACTIVITIES, "as printed in the contract", nullable=True),
    }
)
CONTRACT = Table(
    {
        "id": Field(ID, "stable key of this contract; alerts are kept under it", required=True),
        "supplier": Field(TEXT, "the host's name as you know it", required=True),
        "siren": Field(SIREN, "9 digits, in quotes", nullable=True),
        "host_id": Field(TEXT, "a person's decision; wins over every other match", nullable=True),
        "certificate_numbers": Field(PRINTED_LIST, "numbers of its certificates", default=(), nullable=True),
        "aliases": Field(TEXTS, "other names of the supplier", default=(), nullable=True),
        "activities": Field(ACTIVITIES, "a list of the activities this contract needs, 1 to 6", required=True),
        "starts_on": Field(DAY, "first day of the contract", nullable=True),
        "ends_on": Field(DAY, "last day of the contract; null never ends", nullable=True),
        "notice_days": Field(DAYS, "days of notice to leave the contract", nullable=True),
        "criticality": Field(_choice(*CRITICALITIES), "how much depends on it", default="normal", nullable=True),
        "notify": Field(ListOf(ID, "a list of contact ids"), "contacts who get its messages", required=True),
        "quoted": Field(QUOTED, "values of the certificate quoted in the contract", nullable=True),
        "notes": Field(NOTES, "anything for people", default="", nullable=True),
    }
)
SILENCE = Table(
    {
        "contract": Field(ID, "one of `contracts`", required=True),
        "code": Field(_choice(*map(str, Code)), "the finding whose messages are held back", required=True),
        "from": Field(DAY, "first day", required=True),
        "until": Field(DAY, "last day", required=True),
        "by": Field(TEXT, "who decided it", required=True),
        "reason": Field(TEXT, "why", required=True),
    }
)
TOP = Table(
    {
        "version": Field(
            Kind(_number(VERSION, VERSION, "1, the only version there is"), {"const": VERSION}),
            "1, the version of this format",
            required=True,
        ),
        "organisation": Field(TEXT, "the name of who watches", required=True),
        "language": Field(
            _choice(*LANGUAGES), f"{' or '.join(LANGUAGES)}, the language of messages and reports", required=True
        ),
        "thresholds": Field(
            ListOf(DAYS, "a list of whole numbers of days, at least one", least=1),
            "days before coverage ends at which a message is sent",
            default=DEFAULT_THRESHOLDS,
            nullable=True,
        ),
    }
)
"""The plain keys at the top; `channels`, `contacts`, `contracts` and `silences` are the loader's."""

Problems = list[Problem]


def read_table(table: Table, node: Node, where: str, problems: Problems) -> dict[str, Any]:
    """The values of a mapping, defaults filled in; adds what is wrong to `problems`, with None in its place."""
    if not isinstance(node.value, dict):
        problems.append(Problem(node.line, where, f"a mapping with {', '.join(table.fields)}", node.shown()))
        return {}
    given: dict[str, Node] = node.value
    values: dict[str, Any] = {}
    for name in given.keys() - table.fields.keys():
        hint = table.hints.get(name)
        expected = hint or f"one of the keys {', '.join(table.fields)}"
        problems.append(Problem(given[name].line, _inside(where, name), expected, "an unknown key"))
    for name, spec in table.fields.items():
        value = given.get(name)
        if value is None:
            if spec.required:
                problems.append(Problem(node.line, _inside(where, name), f"{spec.about} (required)", "no such key"))
            values[name] = spec.default
        elif spec.nullable and value.is_null:
            values[name] = spec.default
        else:
            values[name] = _read(spec.kind, value, _inside(where, name), problems)
    return values


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _read(kind: Kind | ListOf | Table, node: Node, where: str, problems: Problems) -> Any:
    if isinstance(kind, Table):
        return read_table(kind, node, where, problems)
    if isinstance(kind, ListOf):
        return read_list(kind, node, where, problems)
    return read_value(kind, node, where, problems)


def read_value(kind: Kind, node: Node, where: str, problems: Problems) -> Any:
    """One scalar, or None and a problem."""
    try:
        return kind.read(node)
    except Refused as refused:
        problems.append(Problem(node.line, where, refused.expected, refused.found or node.shown()))
        return None


def read_list(kind: ListOf, node: Node, where: str, problems: Problems) -> tuple[Any, ...]:
    """The values of a list without those that were refused."""
    if not isinstance(node.value, list) or len(node.value) < kind.least:
        problems.append(Problem(node.line, where, kind.expected, node.shown()))
        return ()
    values: list[Any] = []
    for place, item in enumerate(node.value):
        value = read_value(kind.kind, item, f"{where}[{place}]", problems)
        if value is None:
            continue
        if kind.unique and value in values:
            problems.append(Problem(item.line, f"{where}[{place}]", "each value once", f"{item.shown()} again"))
        values.append(value)
    return tuple(values)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a watchlist, for editors and for `watchlist validate --schema`."""
    top = _table_schema(TOP)
    top["properties"] |= {
        "channels": {"type": "object", "additionalProperties": _channel_schema()},
        "contacts": {"type": "array", "items": _table_schema(CONTACT)},
        "contracts": {"type": "array", "items": _table_schema(CONTRACT)},
        "silences": {"type": ["array", "null"], "items": _table_schema(SILENCE)},
    }
    top["required"] += ["channels", "contacts", "contracts"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "HDSWatch watchlist, version 1",
        **top,
    }


def _channel_schema() -> dict[str, Any]:
    return _table_schema(CHANNEL) | {"oneOf": [{"required": ["url_env"]}, {"required": ["url_file"]}]}


def _table_schema(table: Table) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _field_schema(spec) for name, spec in table.fields.items()},
        "required": [name for name, spec in table.fields.items() if spec.required],
        "additionalProperties": False,
    }


def _field_schema(spec: Field) -> dict[str, Any]:
    schema = _kind_schema(spec.kind)
    if spec.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    schema["description"] = spec.about
    if spec.default not in (None, (), ""):
        schema["default"] = list(spec.default) if isinstance(spec.default, tuple) else spec.default
    return schema


def _kind_schema(kind: Kind | ListOf | Table) -> dict[str, Any]:
    if isinstance(kind, Table):
        return _table_schema(kind)
    if isinstance(kind, ListOf):
        schema: dict[str, Any] = {"type": "array", "items": dict(kind.kind.schema), "uniqueItems": kind.unique}
        return schema | ({"minItems": kind.least} if kind.least else {})
    return dict(kind.schema)
