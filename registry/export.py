"""The published tables as files for spreadsheets and programs, with a data dictionary (Frictionless Data Package).

CSV is for French spreadsheets: UTF-8 with byte order mark, `;` between fields, and no cell that a spreadsheet would
take for a formula. JSON Lines holds the values as they are. Reads the published registry only.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Literal

from registry.errors import ConfigurationError
from registry.store import storage_error

Format = Literal["csv", "jsonl"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl")
TABLES = (
    "hosts", "host_aliases", "certifiers", "certificates", "certificate_activities", "activities", "referentials",
    "changes", "runs", "evidence", "contradictions", "provenance", "host_versions", "certificate_versions",
    "certifier_versions", "readings",
)  # fmt: skip
_FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠]|[\t\r\n]")
_INSTANTS = {"first_seen", "last_seen", "observed_from", "observed_until"}
_DAYS = {"seen_from", "seen_until", "issue_from", "issue_until", "usable_until", "day"}


def export(conn: sqlite3.Connection, out: Path, kind: Format, words: Mapping[str, Any] | None = None) -> list[Path]:
    """Writes every table and `datapackage.json` into the folder `out`, made if missing. Returns the files.

    `words`: table → {`title`, `about`, `columns`: {column: …}}, each with `fr` and `en`. The same registry gives the
    same bytes. Raises ConfigurationError when `out` is no folder, StorageError when it can't be written.
    """
    if kind not in FORMATS:
        raise ConfigurationError(f"export format {kind!r}: allowed are {', '.join(FORMATS)}")
    if out.exists() and not out.is_dir():
        raise ConfigurationError(f"{out}: expected a folder to write to, found a file; give another with --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        resources = [_resource(conn, out, table, kind, (words or {}).get(table, {})) for table in TABLES]
        package = out / "datapackage.json"
        _write(
            package, lambda file: file.write(json.dumps(_package(conn, resources), ensure_ascii=False, indent=2) + "\n")
        )
    except OSError as error:
        raise storage_error(error, out) from error
    return [*(out / resource["path"] for resource in resources), package]


def _package(conn: sqlite3.Connection, resources: list[dict[str, Any]]) -> dict[str, Any]:
    published = conn.execute("SELECT published_at FROM publication").fetchone()
    return {
        "profile": "tabular-data-package",
        "name": "hds-register",
        "title": "Hébergeurs de données de santé certifiés (HDS)",
        "description": "The French list of certified health-data hosts, as read from its public pages, with history.",
        "created": published[0] if published else None,
        "sources": [
            {"title": "Agence du Numérique en Santé, listes HDS", "path": "https://esante.gouv.fr/offres-services/hds"}
        ],
        "resources": resources,
    }


def _resource(
    conn: sqlite3.Connection, out: Path, table: str, kind: Format, words: Mapping[str, Any]
) -> dict[str, Any]:
    columns = conn.execute(f"SELECT name, type, pk FROM pragma_table_info('{table}')").fetchall()
    names = [row[0] for row in columns]
    keys = [row[0] for row in sorted(columns, key=lambda row: int(row[2])) if row[2]]
    rows = conn.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(keys) or 'rowid'}")
    path = out / f"{table}.{kind}"
    if kind == "csv":
        _write(path, lambda file: _csv(file, names, rows), encoding="utf-8-sig")
    else:
        _write(path, lambda file: _jsonl(file, names, rows))
    data = path.read_bytes()
    resource: dict[str, Any] = {
        "name": table.replace("_", "-"),
        "path": path.name,
        "format": kind,
        "mediatype": "text/csv" if kind == "csv" else "application/x-ndjson",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        **_described(words, "about"),
        "schema": {
            "fields": [_field(name, declared, words.get("columns", {}).get(name, {})) for name, declared, _ in columns],
            "missingValues": [""],
            **({"primaryKey": keys} if keys else {}),
            **_foreign_keys(conn, table),
        },
    }
    if kind == "csv":
        resource["dialect"] = {"delimiter": ";", "lineTerminator": "\r\n", "doubleQuote": True, "header": True}
    if words.get("title"):
        resource["title"] = words["title"].get("fr")
    return resource


def _described(words: Mapping[str, Any], key: str) -> dict[str, str]:
    said = words.get(key) or {}
    text = " / ".join(said[language] for language in ("fr", "en") if said.get(language))
    return {"description": text} if text else {}


def _field(name: str, declared: str, words: Mapping[str, str]) -> dict[str, Any]:
    if name.endswith("_at") or name in _INSTANTS:
        shape = {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%SZ"}
    elif name.endswith("_on") or name in _DAYS:
        shape = {"type": "date"}
    else:
        shape = {"type": "integer" if declared == "INTEGER" else "string"}
    return {"name": name, **shape, **_described({"said": words}, "said")}


def _foreign_keys(conn: sqlite3.Connection, table: str) -> dict[str, Any]:
    keys = [
        {"fields": row[3], "reference": {"resource": row[2].replace("_", "-"), "fields": row[4] or "id"}}
        for row in conn.execute(f"PRAGMA foreign_key_list({table})")
    ]
    return {"foreignKeys": sorted(keys, key=lambda key: str(key["fields"]))} if keys else {}


def _csv(file: IO[str], names: list[str], rows: Iterable[Iterable[Any]]) -> None:
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([harmless(value) for value in row] for row in rows)


def harmless(value: object) -> object:
    """Text that a spreadsheet would calculate gets an apostrophe before it; everything else is left as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _jsonl(file: IO[str], names: list[str], rows: Iterable[Iterable[Any]]) -> None:
    for row in rows:
        file.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")


def _write(path: Path, fill: Callable[[IO[str]], object], encoding: str = "utf-8") -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with part.open("x", encoding=encoding, newline="") as file:  # never through a link that somebody put there
            fill(file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
