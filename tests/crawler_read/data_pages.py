"""The true list as data: JSON of many shapes, JSON inside pages, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.crawler_read.reading import HOSTS, Entry
from tests.crawler_read.table_pages import HEADINGS, Page, page, table, values

FRENCH_KEYS = (
    "raison_sociale", "siren", "organisme_certificateur", "numero_certificat", "referentiel", "activites", "date_delivrance",
    "date_echeance",
)  # fmt: skip
ENGLISH_KEYS = (
    "legalName",
    "siren",
    "certificationBody",
    "certificateNumber",
    "referential",
    "activities",
    "issuedOn",
    "expiresOn",
)
API = "application/vnd.api+json"


def record(entry: Entry, keys: Sequence[str] = FRENCH_KEYS) -> dict[str, Any]:
    return {key: value or None for key, value in zip(keys, values(entry), strict=True)}


def records(keys: Sequence[str] = FRENCH_KEYS) -> list[dict[str, Any]]:
    return [record(entry, keys) for entry in HOSTS]


def _json(value: Any, fields: Sequence[str] | None = None, media_type: str = "application/json") -> Page:
    body = json.dumps(value, ensure_ascii=False)
    return Page(body, media_type=media_type) if fields is None else Page(body, fields=fields, media_type=media_type)


def _without_activities(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in record(entry).items() if key != "activites"}


def _nested(entry: Entry) -> dict[str, Any]:
    return {
        "hebergeur": {"nom": entry.name, "siren": entry.siren},
        "certificats": [
            {
                "numero": entry.number, "organisme": {"nom": entry.certifier}, "version": entry.version,
                "activites": sorted(entry.activities), "date_debut": entry.issued, "date_fin": entry.expires,
            }
        ],
    }  # fmt: skip


def _drupal_rest(entry: Entry) -> dict[str, Any]:
    one = {
        "title": entry.name, "field_siren": entry.siren, "field_numero_certificat": entry.number,
        "field_referentiel": entry.version, "field_date_delivrance": entry.issued, "field_date_echeance": entry.expires,
    }  # fmt: skip
    return {
        **{key: [{"value": value}] if value else [] for key, value in one.items()},
        "field_organisme_certificateur": [{"target_id": 3, "target_type": "taxonomy_term", "name": entry.certifier}],
        "field_activites": [{"value": str(n)} for n in sorted(entry.activities)],
    }


def _json_api() -> dict[str, Any]:
    """Hosts that refer to certificates that refer to certifiers."""
    hosts, certificates, bodies = [], [], []
    for number, entry in enumerate(HOSTS):
        bodies.append({"type": "body", "id": f"b{number}", "attributes": {"name": entry.certifier}})
        certificates.append({
            "type": "certificate", "id": f"c{number}",
            "attributes": {
                "number": entry.number, "referential": entry.version, "activities": sorted(entry.activities),
                "issued_on": entry.issued, "expires_on": entry.expires,
            },
            "relationships": {"certifier": {"data": {"type": "body", "id": f"b{number}"}}},
        })  # fmt: skip
        hosts.append({
            "type": "node--host", "id": f"h{number}",
            "attributes": {"title": entry.name, "siren": entry.siren, "langcode": "fr", "status": True},
            "relationships": {"certificates": {"data": [{"type": "certificate", "id": f"c{number}"}]}},
        })  # fmt: skip
    return {"jsonapi": {"version": "1.0"}, "data": hosts, "included": [*certificates, *bodies]}


def _linked_data() -> dict[str, Any]:
    def item(entry: Entry) -> dict[str, Any]:
        return {
            "@type": "Organization", "legalName": entry.name, "taxID": entry.siren,
            "hasCredential": {
                "@type": "EducationalOccupationalCredential", "identifier": entry.number, "validFrom": entry.issued,
                "expires": entry.expires, "recognizedBy": {"@type": "Organization", "name": entry.certifier},
            },
        }  # fmt: skip

    entries = [{"@type": "ListItem", "position": number, "item": item(entry)} for number, entry in enumerate(HOSTS, 1)]
    return {"@context": "https://schema.org", "@type": "ItemList", "itemListElement": entries}


def _script(kind: str, text: str) -> str:
    return page(f"<div id=app></div><script{kind}>{text.replace('</', '<' + chr(92) + '/')}</script>")


_LETTERS = "abcdefgh"
_DATA = json.dumps({"props": {"pageProps": {"hosts": records(ENGLISH_KEYS)}}}, ensure_ascii=False)

JSON: dict[str, Page] = {
    "an array of objects": _json(records()),
    "English keys in camel case, wrapped twice": _json({"data": {"hosts": records(ENGLISH_KEYS)}, "meta": {"total": 6}}),
    "activities as numbers": _json([{**record(e), "activites": sorted(e.activities)} for e in HOSTS]),
    "activities as labelled objects": _json(
        [{**record(e), "activites": [{"id": n, "libelle": f"Activité {n}"} for n in sorted(e.activities)]} for e in HOSTS]
    ),
    "activities as an object of booleans": _json(
        [{**_without_activities(e), "activites": {str(n): n in e.activities for n in range(1, 7)}} for e in HOSTS]
    ),
    "activities as boolean keys": _json(
        [{**_without_activities(e), **{f"activite_{n}": n in e.activities for n in range(1, 7)}} for e in HOSTS]
    ),
    "certificates inside hosts": _json([_nested(e) for e in HOSTS]),
    "objects keyed by id": _json({str(100 + n): record(e) for n, e in enumerate(HOSTS)}),
    "objects keyed by name": _json(
        {e.name: {key: value for key, value in record(e).items() if key != "raison_sociale"} for e in HOSTS}
    ),
    "columns and rows": _json({"columns": HEADINGS, "rows": [values(e) for e in HOSTS]}),
    "column objects and rows": _json(
        {"columns": [{"title": h, "data": str(n)} for n, h in enumerate(HEADINGS)], "data": [values(e) for e in HOSTS]}
    ),
    "column objects that name the keys of the rows": _json({
        "columns": [{"label": h, "key": k} for h, k in zip(HEADINGS, _LETTERS, strict=True)],
        "rows": [dict(zip(_LETTERS, values(e), strict=True)) for e in HOSTS],
    }),
    "an array of arrays, headings first": _json([HEADINGS, *(values(e) for e in HOSTS)]),
    "an array for each column": _json({h: [values(e)[n] for e in HOSTS] for n, h in enumerate(HEADINGS)}),
    "an object for each column": _json(
        {h: {str(place): values(e)[n] for place, e in enumerate(HOSTS)} for n, h in enumerate(HEADINGS)}
    ),
    "edges and nodes": _json({"data": {"hosts": {"edges": [{"node": record(e, ENGLISH_KEYS)} for e in HOSTS], "totalCount": 6}}}),
    "hits of a search engine": _json({"hits": {"total": {"value": 6}, "hits": [
        {"_index": "h", "_id": str(n), "_score": 1.0, "_source": record(e)} for n, e in enumerate(HOSTS)
    ]}}),
    "fields wrapped one by one": _json([_drupal_rest(e) for e in HOSTS]),
    "resources that refer to each other": _json(_json_api(), media_type=API),
    "one object a line": Page(
        "\n".join(json.dumps(record(e), ensure_ascii=False) for e in HOSTS), media_type="application/json"
    ),
    "a table inside Ajax commands": _json([
        {"command": "settings", "settings": {}, "merge": True},
        {"command": "insert", "method": "replaceWith", "selector": ".js-view", "data": table(), "settings": None},
    ]),
    "a page inside an object": _json({"html": page(table())}),
    "data of a page's framework": Page(_script(" type='application/json' id='__DATA__'", _DATA)),
    "data that a script assigns": Page(_script("", f"window.__DATA__ = {_DATA};")),
    "data that a script parses": Page(_script("", f"var x = JSON.parse({json.dumps(_DATA)});")),
    "linked data": Page(
        _script(" type='application/ld+json'", json.dumps(_linked_data())), fields=("name", "number", "issued", "expires")
    ),
}  # fmt: skip


def written(
    delimiter: str = ";", *, quoting: int = csv.QUOTE_MINIMAL, before: str = "", encoding: str = "utf-8",
    show: Callable[[Entry], Sequence[str]] = values, after: str = "", end: str = "\r\n",
) -> bytes:  # fmt: skip
    """The list as a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerow(HEADINGS)
    writer.writerows(map(show, HOSTS))
    return (before + out.getvalue() + after).encode(encoding)


_NAMES = {";": "semicolons", ",": "commas", "\t": "tabs", "|": "bars"}


def _csv(body: bytes, media_type: str = "text/csv") -> Page:
    return Page(body, media_type=media_type, url="https://liste.example/liste.csv")


CSV: dict[str, Page] = {
    **{f"CSV with {name}": _csv(written(mark)) for mark, name in _NAMES.items()},
    "CSV in UTF-8 with a byte order mark": _csv(written(encoding="utf-8-sig")),
    "CSV in Windows-1252": _csv(written(encoding="cp1252")),
    "CSV in UTF-16": _csv(written(encoding="utf-16")),
    "CSV after lines of introduction": _csv(
        written(before="Liste des hébergeurs certifiés\r\nMise à jour : 12/10/2026; ANS\r\n\r\n")
    ),
    "CSV that names its delimiter": _csv(written(before="sep=;\r\n")),
    "CSV with everything quoted": _csv(written(",", quoting=csv.QUOTE_ALL)),
    "CSV with line breaks inside values": _csv(
        written(show=lambda e: [*values(e)[:5], "\n".join(map(str, sorted(e.activities))), *values(e)[6:]])
    ),
    "CSV with line feeds only": _csv(written(end="\n")),
    "CSV with a total below": _csv(written(after="Total : 6 hébergeurs;;;;;;;\r\n")),
    "CSV called plain text": _csv(written(), "text/plain"),
    "CSV called a stream of bytes": _csv(written(), "application/octet-stream"),
}
