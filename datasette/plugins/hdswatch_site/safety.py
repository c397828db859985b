"""What keeps the instance safe: refuses to start when open, guards methods and debug pages, sets the security headers.

Must not know any page.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.utils import StartupError
from datasette.utils.asgi import Request
from hdswatch_site import errors, revisit, web
from hdswatch_site.arguments import wrong_argument, wrong_table_argument

from registry import clock

DATABASE = "hds"
MUST_BE_OFF = ("default_allow_sql", "allow_download", "template_debug", "trace_debug")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# Datasette's debugging pages: they show threads, set cookies or hold inline scripts, and no visitor needs them.
HIDDEN_PREFIXES = (
    "/-/threads", "/-/permissions", "/-/messages", "/-/allow-debug", "/-/patterns", "/-/auth-token", "/-/logout",
    "/_internal", "/-/config",
)  # fmt: skip
LONGEST_FILE_NAME = 255
"""Bytes: file systems fail over a longer one."""
READING = ("GET", "HEAD", "OPTIONS")
ALLOWED = {"/check": (*READING, "POST")}
"""Methods by path, where they are not just `READING`."""

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def check_then_open_connections(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Raises StartupError unless the instance is closed; then opens every reading connection on the same file."""

    async def inner() -> None:
        refuse_open_instance(datasette)
        web.site_of(datasette)
        log_no_query(datasette)
        await open_connections(datasette)

    return inner


def log_no_query(datasette: Any) -> None:
    """Datasette writes each query that fails to the console, with what the visitor typed in it; here nothing is kept of
    that. What fails is answered with 400, or its kind is logged (`errors.from_exception`)."""
    database = datasette.get_database(DATABASE)
    execute = database.execute

    async def silently(*given: Any, **named: Any) -> Any:
        return await execute(*given, **{**named, "log_sql_errors": False})

    database.execute = silently


def refuse_open_instance(datasette: Any) -> None:
    """Raises StartupError saying what is open and how to close it."""
    open_settings = [name for name in MUST_BE_OFF if datasette.setting(name)]
    if open_settings:
        raise StartupError(
            f"expected {', '.join(open_settings)} to be off, found on: start with `hdswatch serve`, or give Datasette "
            "this folder's settings.json (Datasette 0.65 does not read datasette.yaml)"
        )
    if datasette.metadata("allow_sql") or datasette.metadata("allow_sql", database=DATABASE):
        raise StartupError("expected no allow_sql in metadata.yaml, found one: visitors may not run SQL of their own")
    served = [name for name in datasette.databases if name != "_internal"]
    if served != [DATABASE]:
        raise StartupError(
            f"expected the one database hds (file hds.db), found {', '.join(served) or 'none'}: "
            "monitor.db and registry.db are never served"
        )


async def open_connections(datasette: Any) -> None:
    """Makes each query thread open its connection now, so that a file swapped in later is never mixed with this one."""
    count = datasette.setting("num_sql_threads")
    if not datasette.executor:
        return
    together = threading.Barrier(count)

    def touch(conn: Any) -> None:
        together.wait(timeout=10)
        conn.execute("SELECT count(*) FROM hosts").fetchone()

    database = datasette.get_database(DATABASE)
    await asyncio.gather(*(database.execute_fn(touch) for _ in range(count)))


def guard(datasette: Any, app: App) -> App:
    """The outermost ASGI layer: methods, hidden pages, the language argument on Datasette's own pages, headers."""

    async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        path, query = scope["path"], scope.get("query_string", b"").decode("latin-1")
        tag = revisit.data_tag(scope, DATABASE, web.site_of(datasette).edition, clock.today())

        async def send_safely(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _with_safety(message, scope, tag)}
            await send(message)

        allowed = ALLOWED.get(path, READING)
        too_long = path.startswith(("/static/", "/-/static")) and len(path.encode()) > LONGEST_FILE_NAME
        if scope["method"] not in allowed:
            await _answer(send_safely, 405, "Method not allowed\n", [(b"allow", ", ".join(allowed).encode())])
        elif path.startswith(HIDDEN_PREFIXES) or not path.startswith("/") or "\\" in path or too_long:
            # Datasette would redirect `/\\elsewhere/` and `http://elsewhere/` to the same without the last slash.
            await _answer(send_safely, 404, "Not found\n", [])
        elif tag and revisit.holds(revisit.header(scope, b"if-none-match"), tag):
            await _answer(send_safely, 304, "", [(b"cache-control", f"max-age={web.MAX_AGE}".encode())])
        elif path.startswith(f"/{DATABASE}/") and (wrong := wrong_argument(path, query) or wrong_table_argument(query)):
            request = Request(scope, receive)
            sentence = web.visit_from(request, (), web.site_of(datasette)).words.gettext(wrong)
            answer = await errors.page(datasette, request, 400, sentence)()
            await answer.asgi_send(send_safely)
        else:
            await app(_language_out_of_the_way(scope), receive, send_safely)

    return guarded


def _with_safety(message: dict[str, Any], scope: dict[str, Any], tag: str) -> list[tuple[bytes, bytes]]:
    ours = {b"set-cookie", *(name for name, _ in HEADERS)}  # Datasette sets one of them itself
    said = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", [])]
    given = {name: value for name, value in said if name not in ours}
    cookies = [(name, value) for name, value in said if name == b"set-cookie"]
    vary = given.get(b"vary", b"")
    if given.get(b"content-type", b"").startswith(b"text/html") and b"Accept-Language" not in vary:
        given[b"vary"] = b"Accept-Language" + (b", " + vary if vary else b"")
    if tag and message["status"] in (200, 304):
        given[b"etag"] = tag.encode()
    if scope["method"] in READING and not given.get(b"content-type", b"").startswith(b"text/html"):
        given[b"access-control-allow-origin"] = b"*"  # public data, for scripts of any site
    if scope["path"].startswith("/static/") and message["status"] == 200:
        # The address of a file in a page ends with a mark of its content, so it may be kept as long as one likes.
        given[b"cache-control"] = (
            b"public, max-age=31536000, immutable" if scope["query_string"] else b"public, max-age=600"
        )
    return [*given.items(), *cookies, *HEADERS]


async def _answer(send: Any, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    typed = [(b"content-type", b"text/plain; charset=utf-8")] if text else []  # a 304 must not retype what is kept
    await send({"type": "http.response.start", "status": status, "headers": [*typed, *headers]})
    await send({"type": "http.response.body", "body": text.encode()})


def _language_out_of_the_way(scope: dict[str, Any]) -> dict[str, Any]:
    """`lang` becomes `_lang` below /hds: a plain name would be taken for a column to filter on, while Datasette
    carries names with an underscore along in its own links."""
    query = scope.get("query_string", b"")
    if b"lang=" not in query or not scope["path"].startswith(f"/{DATABASE}"):
        return scope
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    renamed = [("_lang" if name == "lang" else name, value) for name, value in pairs]
    return {**scope, "query_string": urlencode(renamed).encode()}
