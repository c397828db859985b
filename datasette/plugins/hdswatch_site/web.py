"""From a request to a response: language, links, rendering, caching, conditional answers. Holds no page content.

A page is a function `(visit, conn) -> Answer` that only reads. The register never changes while a process lives (a new
file means a new process), so an answer depends on address, language and civil date alone and is kept in memory.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

from hdswatch_site import i18n, labels, revisit, status, text
from hdswatch_site.options import Options, read_options
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.verdicts import Matcher, Snapshot
from registry import clock
from registry.snapshot import load

SITE_FOLDER = Path(__file__).resolve().parents[2]
MAX_AGE = 60
KEPT_BYTES = 32_000_000
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?\Z|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?\Z")


class Kept:
    """Recent answers with their entity tags, by what they depend on; beyond `limit` bytes the oldest go first."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit, self._held, self._lock = limit, 0, Lock()
        self._answers: OrderedDict[tuple[Any, ...], tuple[Answer, str]] = OrderedDict()

    def get(self, key: tuple[Any, ...]) -> tuple[Answer, str] | None:
        with self._lock:
            if found := self._answers.get(key):
                self._answers.move_to_end(key)
            return found

    def put(self, key: tuple[Any, ...], answer: Answer, tag: str) -> None:
        with self._lock:
            if key in self._answers:
                return
            self._answers[key] = (answer, tag)
            self._held += len(answer.body)
            while self._held > self._limit:
                _, (gone, _) = self._answers.popitem(last=False)
                self._held -= len(gone.body)


class Site:
    """One instance: what it was told, the register it serves for its whole life, and its recent answers. `edition`
    names that register and this program."""

    def __init__(self, options: Options, register: Snapshot, edition: str) -> None:
        self.options, self.register, self.edition, self.kept = options, register, edition, Kept()
        self._states: tuple[date, dict[str, status.HostState]] | None = None

    def states(self, on: date) -> dict[str, status.HostState]:
        """The state of every host on a day; the last day asked for is remembered."""
        if self._states is None or self._states[0] != on:
            found = {key: status.host_state(host, self.register, on) for key, host in self.register.hosts.items()}
            self._states = (on, found)
        return self._states[1]

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self.register)


class Visit(NamedTuple):
    """One request as a page sees it. `chosen` is the language if the address names one, else empty."""

    path: str
    names: Mapping[str, str]
    args: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    words: i18n.Words
    chosen: str
    today: date
    site: Site
    origin: str

    @property
    def options(self) -> Options:
        return self.site.options

    @property
    def register(self) -> Snapshot:
        return self.site.register

    @property
    def states(self) -> dict[str, status.HostState]:
        """The state of every host today."""
        return self.site.states(self.today)

    def url(self, path: str, **args: object) -> str:
        """A link within the site that carries the chosen language along. Empty arguments are left out."""
        given = {name: value for name, value in args.items() if value not in (None, "", ())}
        if self.chosen and "lang" not in given:
            given["lang"] = self.chosen
        return path + ("?" + urlencode(given, doseq=True) if given else "")

    def absolute(self, path: str, **args: object) -> str:
        """The same with scheme and host, from `serve.public_url` or else from the request."""
        return (self.options.public_url or self.origin) + self.url(path, **args)

    def here(self, **changes: object) -> str:
        """This page's own address with some arguments changed."""
        given: dict[str, object] = {**{k: v if len(v) > 1 else v[0] for k, v in self.lists.items()}, **changes}
        return self.url(self.path, **given)


class Answer(NamedTuple):
    """What a page gives back. `modified` is an aware instant for Last-Modified."""

    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    modified: datetime | None = None


Page = Callable[[Visit, sqlite3.Connection], Answer]


@cache
def make_environment(*folders: Path) -> Environment:
    """The templates of some folders: always escaped, never lenient about a missing value."""
    env = Environment(
        loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    prepare(env)
    return env


def prepare(env: Environment) -> None:
    """Filters and message functions; also for Datasette's own environment. Messages come from the context's words."""
    env.install_null_translations(newstyle=True)
    env.filters.update(plain=text.plain, short=text.short, host_site=text.host_site)


def template_context(visit: Visit) -> dict[str, Any]:
    """What every template may use."""
    w = visit.words
    return {
        "visit": visit, "w": w, "url": visit.url, "lang": w.language, "options": visit.options, "asset": asset_url,
        "gettext": w.markup, "ngettext": w.nmarkup, "pgettext": w.pmarkup, "path": visit.path, "today": visit.today,
        "kind_name": lambda code: w.gettext(labels.KIND.get(code, code)),
        "field_name": lambda code: w.gettext(labels.FIELD.get(code, code)),
        "switch": {language: visit.here(lang=language) for language in i18n.LANGUAGES},
    }  # fmt: skip


def html(
    visit: Visit, template: str, *, status: int = 200, headers: tuple[tuple[str, str], ...] = (), **values: Any
) -> Answer:
    """A page of the site."""
    body = (
        make_environment(SITE_FOLDER / "templates")
        .get_template(f"hdswatch/{template}")
        .render({**template_context(visit), **values})
    )
    return Answer(body.encode("utf-8", "replace"), status, headers=headers)


def as_json(document: object, *, status: int = 200, content_type: str = "application/json; charset=utf-8") -> Answer:
    """A JSON document, readable by people too."""
    body = json.dumps(document, ensure_ascii=False, indent=1)
    return Answer(body.encode("utf-8", "replace") + b"\n", status, content_type)


@cache
def asset_url(name: str) -> str:
    """The address of a file in `static/`, with a mark of its content so that it can be cached for long."""
    mark = hashlib.sha256((SITE_FOLDER / "static" / name).read_bytes()).hexdigest()[:8]
    return f"/static/{name}?{mark}"


def site_of(datasette: Any) -> Site:
    """The instance's register, read at its start and kept on the Datasette object."""
    if not hasattr(datasette, "_hdswatch_site"):
        path = Path(datasette.get_database("hds").path)
        found = path.stat()
        edition = f"{version('hdswatch')} {found.st_mtime_ns} {found.st_size}"
        datasette._hdswatch_site = Site(read_options(), load(path), edition)
    site: Site = datasette._hdswatch_site
    return site


def visit_from(request: Any, accepted: Sequence[str], site: Site) -> Visit:
    """The visit of a Datasette request; arguments that the page doesn't know are dropped."""
    chosen = request.args.get("lang") or request.args.get("_lang") or ""
    chosen = chosen if chosen in i18n.LANGUAGES else ""
    language = chosen or i18n.from_accept_language(request.headers.get("accept-language", ""))
    lists = {name: tuple(request.args.getlist(name)) for name in accepted if request.args.getlist(name)}
    names = {k: unquote(v) for k, v in (request.url_vars or {}).items() if v is not None}
    host = request.headers.get("host", "")
    host = host if _HOST.match(host) else "localhost"
    return Visit(
        path=request.path, names=names, args={k: v[0] for k, v in lists.items()}, lists=lists,
        words=i18n.words(language), chosen=chosen, today=clock.today(), site=site, origin=f"{request.scheme}://{host}",
    )  # fmt: skip


def route(page: Page, *accepted: str, absolute: bool = False, kept: bool = True) -> Callable[..., Awaitable[Any]]:
    """A Datasette view for a page. `accepted` names the arguments it reads; `absolute` says that it prints whole
    addresses, so that the host asked for is part of what its answer depends on."""

    async def view(request: Any, datasette: Any) -> Any:
        visit = visit_from(request, accepted, site_of(datasette))
        key = (
            visit.path, tuple(sorted(visit.lists.items())), visit.words.language, visit.chosen, visit.today,
            visit.origin if absolute and not visit.options.public_url else "",
        )  # fmt: skip
        memory = visit.site.kept
        found = memory.get(key) if kept else None
        if found is None:
            answer = await datasette.get_database("hds").execute_fn(lambda conn: page(visit, conn))
            found = (answer, '"' + hashlib.sha256(answer.body).hexdigest()[:24] + '"')
            if kept and answer.status == 200:
                memory.put(key, *found)
        return _respond(request, *found, visit.words.language, keep=kept)

    return view


def _respond(request: Any, answer: Answer, tag: str, language: str, *, keep: bool) -> Any:
    from datasette import Response

    headers = {
        "Vary": "Accept-Language",
        "Content-Language": language,
        "Cache-Control": f"public, max-age={MAX_AGE}" if keep else "no-store",
    }
    headers.update(answer.headers)
    code, body = answer.status, answer.body
    if code == 200 and keep:
        headers["ETag"] = tag
        if answer.modified:
            headers["Last-Modified"] = format_datetime(answer.modified.astimezone(UTC), usegmt=True)
        if _unchanged(request, tag, answer.modified):
            code, body = 304, b""
    if code != 304:
        headers["Content-Length"] = str(len(body))
    if request.method == "HEAD":
        body = b""
    return Response(body, status=code, headers=headers, content_type=answer.content_type)


def _unchanged(request: Any, tag: str, modified: datetime | None) -> bool:
    """RFC 9110: If-None-Match decides when it is there, else If-Modified-Since."""
    if wanted := request.headers.get("if-none-match"):
        return revisit.holds(wanted, tag)
    if modified and (since := request.headers.get("if-modified-since")):
        try:
            return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (TypeError, ValueError):
            return False
    return False
