"""What a report shows beside the verdict: history, captured pages, contradictions. Read from the published registry.

Owns the queries. Reads only the documented tables of `hds.db`; the bytes of captured pages come from whoever calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry.snapshot import Host, open_published

EXTENSIONS = {
    "text/html": ".html.txt",
    "application/xhtml+xml": ".html.txt",
    "application/json": ".json",
    "text/csv": ".csv.txt",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""A captured web page is kept as text, so that opening it runs nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One typed change of the host or one of its certificates, as published."""

    observed_at: str
    kind: str
    certificate_id: str | None
    field: str | None
    before: str | None
    after: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """One stored response that proves a published value."""

    sha256: str
    url: str | None
    fetched_at: str | None
    media_type: str | None
    proves: tuple[str, ...]
    """What it shows, as `certificates/ID: field, field`, sorted."""

    @property
    def file_name(self) -> str:
        kind = (self.media_type or "").partition(";")[0].strip().lower()
        return f"{self.sha256}{EXTENSIONS.get(kind, '.bin')}"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A field on which the list and the certificate document disagree."""

    certificate_id: str
    field: str
    list_value: str | None
    document_value: str | None


@dataclass(frozen=True, slots=True)
class Material:
    """All of it for one host."""

    changes: tuple[Change, ...] = ()
    pages: tuple[CapturedPage, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


class MaterialReader:
    """Answers for one host at a time over one read-only connection; use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._db = open_published(path)

    def __enter__(self) -> MaterialReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def of(self, host: Host) -> Material:
        ids = sorted(one.id for one in host.certificates)
        bodies = sorted({one.certifier_id for one in host.certificates if one.certifier_id})
        rows = [("hosts", host.id), *(("certificates", one) for one in ids), *(("certifiers", one) for one in bodies)]
        return Material(self._changes(host.id), self._pages(rows), self._contradictions(ids))

    def _has(self, table: str) -> bool:
        found = self._db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return found is not None

    def _changes(self, host_id: str) -> tuple[Change, ...]:
        if not self._has("changes"):
            return ()
        return tuple(
            Change(*row)
            for row in self._db.execute(
                "SELECT observed_at, kind, certificate_id, field, before, after, cause FROM changes"
                " WHERE host_id = ? ORDER BY observed_at DESC, id DESC",
                (host_id,),
            )
        )

    def _pages(self, rows: list[tuple[str, str]]) -> tuple[CapturedPage, ...]:
        if not self._has("provenance"):
            return ()
        shown: dict[str, list[str]] = {}
        for table, row_id in rows:
            fields: dict[str, list[str]] = {}
            for sha256, name in self._db.execute(
                "SELECT sha256, field FROM provenance WHERE table_name = ? AND row_id = ? ORDER BY sha256, field",
                (table, row_id),
            ):
                fields.setdefault(sha256, []).append(name)
            for sha256, names in fields.items():
                shown.setdefault(sha256, []).append(f"{table}/{row_id}: {', '.join(names)}")
        return tuple(
            CapturedPage(sha256, *self._fetched(sha256), tuple(proves)) for sha256, proves in sorted(shown.items())
        )

    def _fetched(self, sha256: str) -> tuple[str | None, str | None, str | None]:
        """Address, time and media type of the latest fetch that brought these bytes."""
        if not self._has("evidence"):
            return (None, None, None)
        row = self._db.execute(
            "SELECT url, fetched_at, media_type FROM evidence WHERE sha256 = ? ORDER BY fetched_at DESC, url LIMIT 1",
            (sha256,),
        ).fetchone()
        return (row["url"], row["fetched_at"], row["media_type"]) if row else (None, None, None)

    def _contradictions(self, ids: list[str]) -> tuple[Contradiction, ...]:
        if not self._has("contradictions"):
            return ()
        return tuple(
            Contradiction(*row)
            for one in ids
            for row in self._db.execute(
                "SELECT certificate_id, field, list_value, document_value FROM contradictions"
                " WHERE certificate_id = ? ORDER BY field",
                (one,),
            )
        )
