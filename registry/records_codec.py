"""Records as stored text and back, and the fingerprint by which two readings of a list are the same.

Owns only the form; what a record means is for `interpret`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from registry.models import CertificateRecord, CertifierRecord, RawCell, RawRow, Record

CHUNK = 2_000
_T = TypeVar("_T")


def _names(shape: type[Record]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(shape) if f.name != "raw")


_FIELDS: dict[type[Record], tuple[str, ...]] = {
    CertificateRecord: _names(CertificateRecord),
    CertifierRecord: _names(CertifierRecord),
}
_VALUES = {shape: attrgetter(*names) for shape, names in _FIELDS.items()}
_SHAPES: dict[str, type[Record]] = {"host": CertificateRecord, "certifier": CertifierRecord}
_WORDS = {shape: word for word, shape in _SHAPES.items()}
_DATES = {"issued_on", "expires_on", "accredited_on", "accreditation_ended_on"}


def fingerprint(records: Iterable[Record]) -> str:
    """The same for the same values, whatever the order of the rows and however they were printed."""
    lines = sorted(_line(record) for record in records)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(record: Record) -> str:
    return repr([sorted(v) if isinstance(v, frozenset) else v for v in _VALUES[type(record)](record)])


def chunks(records: Iterable[Record]) -> Iterator[bytes]:
    """The records as compressed JSON, a few thousand at a time, so that memory stays flat."""
    for some in _batches(records, CHUNK):
        text = json.dumps([_pack(record) for record in some], ensure_ascii=False, separators=(",", ":"))
        yield zlib.compress(text.encode(), 1)


def unchunk(blobs: Iterable[bytes]) -> Iterator[Record]:
    """The inverse of `chunks`."""
    for blob in blobs:
        for packed in json.loads(zlib.decompress(blob)):
            yield _unpack(packed)


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    waiting = iter(items)
    while some := list(islice(waiting, size)):
        yield some


def _pack(record: Record) -> list[Any]:
    values = [_plain(value) for value in _VALUES[type(record)](record)]
    raw = record.raw
    if raw is None:
        return [_WORDS[type(record)], values, None]
    cells = {name: [c.text, c.locator, c.heading, c.href, c.sha256] for name, c in raw.cells.items()}
    return [_WORDS[type(record)], values, [raw.source, raw.sha256, raw.url, raw.locator, cells, raw.unread]]


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def _unpack(packed: list[Any]) -> Record:
    word, values, raw = packed
    shape = _SHAPES[word]
    given = dict(zip(_FIELDS[shape], values, strict=True))
    for name in _DATES & given.keys():
        given[name] = date.fromisoformat(given[name]) if given[name] else None
    if shape is CertificateRecord:
        given["brands"] = tuple(given["brands"])
        given["activities"] = None if given["activities"] is None else frozenset(given["activities"])
    return shape(**given, raw=_raw(raw))


def _raw(packed: list[Any] | None) -> RawRow | None:
    if packed is None:
        return None
    source, sha256, url, locator, cells, unread = packed
    return RawRow(source, sha256, url, locator, {name: RawCell(*cell) for name, cell in cells.items()}, unread)
