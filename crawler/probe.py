"""How one address or file is understood: what `hdswatch probe` shows. Writes nothing, follows nothing.

Owns the one polite request and the answer's JSON shape (contract, section 2). Whether the page is the page is for
`guards`, what it holds for `readers`, what that means for `registry.interpret`.
"""

from __future__ import annotations

import hashlib
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import fields
from datetime import date
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from crawler import guards
from crawler.addresses import same_site
from crawler.readers import read
from crawler.readers.errors import NoListFound
from crawler.sources import load_source
from crawler.spiders import encoding
from registry.errors import ConfigurationError, SourceError
from registry.interpret import interpret_rows

if TYPE_CHECKING:
    from registry.models import Problem, Record, Source
    from registry.settings import CrawlSettings, Settings

_FILE_TYPES = {
    ".html": "text/html", ".htm": "text/html", ".json": "application/json", ".csv": "text/csv", ".tsv": "text/csv",
    ".txt": "text/plain", ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_REDIRECTS = 10
_CHUNK = 64 * 1024
_ROBOTS = 500_000
"""Bytes of a robots.txt that are read."""
_NO_LIST = (
    "expected a list of {source}, found none: no table, block or data with headings for a name and a certificate. A page "
    "may show its list letter by letter, on further pages or from a data address: `hdswatch crawl {source} --url ADDRESS` "
    "follows those by itself, probe looks at one address only. If the list stands on this page, see docs/adapting.md"
)


def probe(source: str, location: str, settings: Settings, home: Path | None = None) -> dict[str, Any]:
    """Reads a URL or a file as the list of `source` and tells how, as the contract's probe document.

    `home` is where an operator's additions to the heading dictionary are. Raises SourceError when it can't be reached
    or is not the page, ConfigurationError for a file that can't be opened.
    """
    definition = load_source(source, home)
    url, body, media_type = _get(location, settings.crawl)
    sha256 = hashlib.sha256(body).hexdigest()
    _, refusal = guards.check(body, media_type, url, max_bytes=settings.crawl.max_bytes)
    if refusal is not None:
        raise SourceError(refusal.code, refusal.sentence(location), url=url, sha256=sha256)
    name = cast("Source", definition.name)
    try:
        reading = read(body, media_type, url, name, sha256, definition.dictionary)
    except NoListFound as error:
        raise SourceError(
            error.code, f"{location}: {_NO_LIST.format(source=source)}", url=url, sha256=sha256
        ) from error
    records, problems = interpret_rows(name, reading.rows)
    if not records:
        raise SourceError(
            "empty", f"{location}: expected a list of {source}, found its headings "
            f"({', '.join(map(repr, reading.fields))}) and no row that can be read; "
            f"{reading.problems[0].message if reading.problems else 'the page may fill it by a script'}",
            url=url, sha256=sha256,
        )  # fmt: skip
    return {
        "source": source,
        "location": location,
        "reader": reading.reader,
        "fields": reading.fields,
        "unread": reading.unread,
        "rows": [_row(record) for record in records],
        "declared_total": reading.declared_total,
        "problems": [_problem(problem) for problem in [*reading.problems, *problems]],
    }


def _row(record: Record) -> dict[str, Any]:
    row = {field.name: _plain(getattr(record, field.name)) for field in fields(record) if field.name != "raw"}
    if "activities" in row and row["activities"] is None:
        row["activities"] = []
    row["raw"] = {name: cell.text or cell.href or "" for name, cell in record.raw.cells.items()} if record.raw else {}
    return row


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "row": problem.row, "field": problem.field, "raw": problem.raw, "message": problem.message,
        "code": problem.code, "locator": problem.locator,
    }  # fmt: skip


def _get(location: str, settings: CrawlSettings) -> tuple[str, bytes, str]:
    """(address, bytes, media type) of a URL or a local file."""
    if urlsplit(location).scheme.lower() in ("http", "https"):
        return _fetch(location, settings)
    if not location.strip():
        raise ConfigurationError("probe: expected an address or a file, found nothing")
    file = Path(location.removeprefix("file://")).expanduser()
    try:
        size = file.stat().st_size
        body = file.read_bytes() if size <= settings.max_bytes else None
    except OSError as error:
        raise ConfigurationError(
            f"{location}: expected an address that starts with http:// or https://, or a file that can be read; "
            f"found {error.strerror}"
        ) from error
    if body is None:
        raise SourceError("too_large", guards.too_large(size, settings.max_bytes).sentence(location))
    return file.absolute().as_uri(), body, _FILE_TYPES.get(file.suffix.lower(), "")


# ---- one request ---------------------------------------------------------------------------------------------------


class _SameSite(urllib.request.HTTPRedirectHandler):
    """Follows redirects inside the site only, as a crawl does."""

    max_redirections = _REDIRECTS

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not same_site(req.full_url, newurl):
            raise SourceError(
                "redirected_off_site",
                f"{req.full_url}: expected a page on this site, found a redirect to {newurl}; probe that one if it is "
                "the right one",
                url=req.full_url,
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(url: str, settings: CrawlSettings) -> tuple[str, bytes, str]:
    opener = urllib.request.build_opener(_SameSite)
    if settings.obey_robots:
        _refuse_if_disallowed(opener, url, settings)
    try:
        with _open(opener, url, settings) as answer:
            body = _whole(answer, settings)
            found = answer.geturl(), answer.headers.get("Content-Encoding", ""), answer.headers.get("Content-Type", "")
    except urllib.error.HTTPError as error:
        refusal = guards.check_status(error.code)
        sentence = refusal.sentence(url) if refusal else f"{url}: answered with status {error.code}"
        raise SourceError(refusal.code if refusal else "status", sentence, url=url) from error
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise SourceError(
            "unreachable", f"{url}: expected an answer within {settings.download_timeout:g} s, found: {reason}; "
            "check the address and the network", url=url,
        ) from error  # fmt: skip
    final, encodings, media_type = found
    if len(body) > settings.max_bytes:
        raise SourceError("too_large", guards.too_large(len(body), settings.max_bytes).sentence(url), url=url)
    return final, _unpacked(body, encodings, final, settings.max_bytes), media_type


def _open(opener: urllib.request.OpenerDirector, url: str, settings: CrawlSettings) -> Any:
    request = urllib.request.Request(  # noqa: S310  http and https only: `_get` looked
        url, headers={"User-Agent": settings.user_agent, "Accept-Encoding": "gzip, deflate"}
    )
    return opener.open(request, timeout=settings.download_timeout)


def _refuse_if_disallowed(opener: urllib.request.OpenerDirector, url: str, settings: CrawlSettings) -> None:
    parts = urlsplit(url)
    rules = RobotFileParser()
    address = f"{parts.scheme}://{parts.netloc}/robots.txt"
    with suppress(OSError, ValueError, HTTPException, SourceError), _open(opener, address, settings) as answer:
        rules.parse(_at_most(answer, _ROBOTS, settings.download_timeout).decode("utf-8", "replace").splitlines())
    if rules.mtime() and not rules.can_fetch(settings.user_agent, url):
        raise SourceError(
            "robots",
            f"{url}: expected a page that robots.txt lets programs read, found one that it forbids; "
            "set crawl.obey_robots = false if you have its operator's leave",
            url=url,
        )


def _whole(answer: Any, settings: CrawlSettings) -> bytes:
    """The body, never more than a little over crawl.max_bytes."""
    body = _at_most(answer, settings.max_bytes, settings.download_timeout)
    if len(body) <= settings.max_bytes and answer.length:
        missing = guards.truncated(f"{answer.length} bytes less than the server announced")
        raise SourceError(missing.code, missing.sentence(answer.url), url=answer.url)
    return body


def _at_most(answer: Any, limit: int, seconds: float) -> bytes:
    """The body, or a little more than `limit` bytes of it. Raises TimeoutError when it comes too slowly: a socket's own
    limit starts anew with each byte."""
    ends = time.monotonic() + seconds
    parts: list[bytes] = []
    size = 0
    while size <= limit and (part := answer.read1(_CHUNK)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > ends:
            raise TimeoutError("an answer that was still going on")
    return b"".join(parts)


def _unpacked(body: bytes, encodings: str, url: str, limit: int) -> bytes:
    """The body without its transfer compression, undone by the rules of a crawl."""
    try:
        return encoding.decompress(body, encodings, limit)
    except encoding.TooLarge:
        refusal = guards.too_large(limit + 1, limit)
    except encoding.CutShort as error:
        refusal = guards.truncated(str(error))
    except encoding.UnknownEncoding as error:
        refusal = guards.wrong_type("any", str(error), "")
    raise SourceError(refusal.code, refusal.sentence(url), url=url)
