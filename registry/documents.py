"""PDF certificates beside the list: what a document was read to say, and where it disagrees with what is listed.

Owns the comparison and the tables `documents` and `contradictions`. Must not correct the list: a disagreement is kept
with both values and both proofs, and is never merged.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from registry.changes import activity_set, activity_text
from registry.clock import stamp
from registry.store import transaction
from registry.text import fold, normalise_name


@dataclass(frozen=True, slots=True)
class Printed:
    """One value of a document: as understood, as printed, and where (`page 2 line 3`)."""

    value: str
    raw: str
    locator: str


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What a certificate says. Several values of one field are all plausible; none means that it does not say."""

    numbers: tuple[Printed, ...] = ()
    holders: tuple[Printed, ...] = ()
    issued_on: tuple[Printed, ...] = ()
    expires_on: tuple[Printed, ...] = ()
    referential: Printed | None = None
    activities: Printed | None = None
    words: str = ""
    """The normalised text, to look for the holder's name in."""
    doubts: tuple[str, ...] = ()
    """What was found and not understood, in words."""

    @property
    def says_nothing(self) -> bool:
        """Whether no value at all could be read: a scan, or not a certificate."""
        return not (self.numbers or self.issued_on or self.expires_on or self.referential or self.activities)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def reading_from_json(text: str) -> DocumentReading:
    """The inverse of `DocumentReading.as_json`."""
    plain = json.loads(text)

    def several(name: str) -> tuple[Printed, ...]:
        return tuple(Printed(**one) for one in plain[name])

    def one(name: str) -> Printed | None:
        return Printed(**plain[name]) if plain[name] else None

    return DocumentReading(
        several("numbers"), several("holders"), several("issued_on"), several("expires_on"), one("referential"),
        one("activities"), plain["words"], tuple(plain["doubts"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """What the list says of a certificate whose document it links."""

    id: str
    names: tuple[str, ...]
    """The host's legal name first, then its other names."""
    document_url: str
    number: str | None = None
    issued_on: str | None = None
    expires_on: str | None = None
    referential: str | None = None
    activities: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One field that list and document give differently, both as text (dates ISO, activities `1,2,5`)."""

    field: str
    list_value: str
    document_value: str
    locator: str


def compare(listed: ListedCertificate, reading: DocumentReading) -> list[Disagreement]:
    """Where the document plainly says something else than the list. A field that either leaves out is not compared;
    a document that prints several plausible values agrees when one of them is the list's."""
    found = [
        _holder(listed, reading),
        _values("number", listed.number, reading.numbers, same_number),
        _values("issued_on", listed.issued_on, reading.issued_on),
        _values("expires_on", listed.expires_on, reading.expires_on),
        _values("referential", listed.referential, _tuple(reading.referential)),
        _values("activities", activity_text(listed.activities), _tuple(reading.activities)),
    ]
    return [one for one in found if one]


def same_number(one: str, other: str) -> bool:
    """Whether two printed numbers are the same, whatever the spaces, dashes and a leading `HDS`. A revision counts:
    38436-1 is not 38436-2."""
    return _number_key(one) == _number_key(other) != ""


def _number_key(number: str) -> str:
    return re.sub(r"[^0-9a-z]", "", fold(number)).removeprefix("hds")


def _tuple(printed: Printed | None) -> tuple[Printed, ...]:
    return (printed,) if printed else ()


def _equal(one: str, other: str) -> bool:
    return one == other


def _values(
    field: str, listed: str | None, printed: Sequence[Printed], same: Callable[[str, str], bool] = _equal
) -> Disagreement | None:
    if not listed or not printed or any(same(listed, one.value) for one in printed):
        return None
    return Disagreement(field, listed, " / ".join(one.value for one in printed), printed[0].locator)


def _holder(listed: ListedCertificate, reading: DocumentReading) -> Disagreement | None:
    """The holder is right when one of the host's names stands anywhere in the text, as whole words."""
    words = f" {reading.words} "
    if any(name and f" {name} " in words for name in map(normalise_name, listed.names)) or not reading.holders:
        return None
    holder = reading.holders[0]
    return Disagreement("legal_name", listed.names[0], holder.value, holder.locator)


# ---- in the working store --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A disagreement with its proofs, as it is kept."""

    certificate_id: str
    url: str
    disagreement: Disagreement
    list_sha256: str | None
    document_sha256: str


def listed_certificates(conn: sqlite3.Connection) -> list[ListedCertificate]:
    """Certificates on the list that link a document, ordered by address."""
    rows = conn.execute(
        "SELECT c.id, c.host_id, h.legal_name, c.document_url, c.number, c.issued_on, c.expires_on, c.referential,"
        " (SELECT group_concat(activity_id) FROM certificate_activities a WHERE a.certificate_id = c.id) AS activities"
        " FROM certificates c JOIN hosts h ON h.id = c.host_id"
        " WHERE c.listed = 1 AND c.document_url IS NOT NULL ORDER BY c.document_url, c.id"
    ).fetchall()
    aliases: dict[str, list[str]] = {}
    for row in conn.execute("SELECT host_id, alias FROM host_aliases ORDER BY host_id, alias"):
        aliases.setdefault(row["host_id"], []).append(row["alias"])
    return [
        ListedCertificate(
            row["id"], (row["legal_name"], *aliases.get(row["host_id"], [])), row["document_url"], row["number"],
            row["issued_on"], row["expires_on"], row["referential"],
            activity_set(row["activities"]) or None,
        )
        for row in rows
    ]  # fmt: skip


def kept_reading(conn: sqlite3.Connection, sha256: str, version: int) -> DocumentReading | None:
    """What was read in those bytes before, if the reader of that version read them."""
    row = conn.execute("SELECT reading FROM documents WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone()
    return _unpack(row["reading"], version) if row else None


def _unpack(text: str, version: int) -> DocumentReading | None:
    packed = json.loads(text)
    return reading_from_json(json.dumps(packed["reading"])) if packed["version"] == version else None


def keep_reading(
    conn: sqlite3.Connection, certificate_id: str, url: str, sha256: str, run_id: int, read_at: datetime,
    reading: DocumentReading, version: int,
) -> None:  # fmt: skip
    """Notes what the document of a certificate says, in place of what it said before."""
    packed = json.dumps({"version": version, "reading": asdict(reading)}, ensure_ascii=False)
    with transaction(conn):
        conn.execute(
            "INSERT INTO documents (certificate_id, url, sha256, read_at, run_id, reading) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (certificate_id) DO UPDATE SET url = excluded.url, sha256 = excluded.sha256,"
            " read_at = excluded.read_at, run_id = excluded.run_id, reading = excluded.reading",
            (certificate_id, url, sha256, stamp(read_at), run_id, packed),
        )


def recheck(conn: sqlite3.Connection, now: datetime) -> list[Contradiction]:
    """Compares every listed certificate with what its linked document was read to say, and makes the table
    `contradictions` say just that: new ones are added, lasting ones get `last_seen`, settled ones go.

    Call it after reading documents and after the list has changed. Returns all that stand.
    """
    with transaction(conn):
        found = list(_all(conn))
        _forget_settled(conn, {(one.certificate_id, one.disagreement.field) for one in found})
        for one in found:
            _keep(conn, one, stamp(now))
    return found


def _all(conn: sqlite3.Connection) -> Iterator[Contradiction]:
    stored = {row["certificate_id"]: row for row in conn.execute("SELECT * FROM documents")}
    for listed in listed_certificates(conn) if stored else ():
        row = stored.get(listed.id)
        if row is None or row["url"] != listed.document_url:
            continue
        reading = reading_from_json(json.dumps(json.loads(row["reading"])["reading"]))
        for one in compare(listed, reading):
            proof = _list_proof(conn, listed.id, one.field)
            yield Contradiction(listed.id, row["url"], one, proof, row["sha256"])


def _list_proof(conn: sqlite3.Connection, certificate_id: str, field: str) -> str | None:
    """The page that printed the listed value; any page that proves the row when the value has no proof of its own."""
    row = conn.execute(
        "SELECT sha256 FROM provenance WHERE"
        " (table_name IN ('certificates', 'certificate_activities') AND row_id = :id)"
        " OR (table_name = 'hosts' AND row_id = (SELECT host_id FROM certificates WHERE id = :id))"
        " ORDER BY field <> :field, table_name LIMIT 1",
        {"id": certificate_id, "field": field},
    ).fetchone()
    return str(row["sha256"]) if row else None


def _forget_settled(conn: sqlite3.Connection, standing: set[tuple[str, str]]) -> None:
    kept = conn.execute("SELECT certificate_id, field FROM contradictions").fetchall()
    settled = [(row["certificate_id"], row["field"]) for row in kept if tuple(row) not in standing]
    conn.executemany("DELETE FROM contradictions WHERE certificate_id = ? AND field = ?", settled)


def _keep(conn: sqlite3.Connection, one: Contradiction, now: str) -> None:
    """A contradiction whose values change is a new one: `first_seen` starts again."""
    said = one.disagreement
    conn.execute(
        "INSERT INTO contradictions VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (certificate_id, field) DO UPDATE SET"
        " first_seen = CASE WHEN list_value = excluded.list_value AND document_value = excluded.document_value"
        " THEN first_seen ELSE excluded.first_seen END,"
        " list_value = excluded.list_value, document_value = excluded.document_value,"
        " list_sha256 = excluded.list_sha256, document_sha256 = excluded.document_sha256,"
        " last_seen = excluded.last_seen",
        (one.certificate_id, said.field, said.list_value, said.document_value, one.list_sha256, one.document_sha256,
         now, now),
    )  # fmt: skip
