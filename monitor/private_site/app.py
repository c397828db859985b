"""The private pages as an ASGI application: who may see what, and which page answers.

GET never changes anything. A form is taken only with the session's mark, or with the signed token of a message, which
opens the one alert it was sent for.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from monitor import ack_links
from monitor.private_site import pages
from monitor.private_site.access import COOKIE, SESSION_SECONDS, Session, Sessions, same
from monitor.private_site.house import House
from monitor.private_site.pages import Page
from monitor.private_site.request import Request, TooLarge, read_request
from monitor.site_files import site_folder, site_module
from registry.errors import HdsWatchError

STATIC = {"site.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ALERT = re.compile(r"^/alerts/(?P<ref>[A-Za-z0-9-]{1,20})$")
_CONTRACT = re.compile(r"^/contracts/(?P<id>[^/]{1,200})$")
log = logging.getLogger("hdswatch.private")


class PrivateSite:
    """One organisation's pages."""

    def __init__(self, house: House, password: str, now: Callable[[], datetime]) -> None:
        self.house, self.password, self.now = house, password, now
        self.sessions = Sessions()
        rate = site_module("rate")
        self.tries, self.visitor = rate.Limit(burst=10, per_second=0.1), rate.visitor
        self.headers = site_module("safety").HEADERS

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        try:
            request = await read_request(scope, receive)
            page = await asyncio.to_thread(self.answer, request)
        except TooLarge:
            page = Page("That is more than any form here sends.\n", 413, "text/plain; charset=utf-8")
        await self._send(send, page, scope["method"] == "HEAD")

    async def _send(self, send: Any, page: Page, head: bool) -> None:
        body = page.body.encode("utf-8", "replace")
        headers = [
            (b"content-type", page.content_type.encode()), (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store" if not page.keep else b"public, max-age=3600"), *self.headers,
            *((name.encode(), value.encode("latin-1", "replace")) for name, value in page.headers),
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": page.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})

    def answer(self, request: Request) -> Page:
        """The page for a request; a failure of ours is a sentence, never a trace."""
        context = pages.Context(self.house, request, self.now())
        try:
            return self._guarded(request, context)
        except HdsWatchError as error:
            return context.problem(str(error))
        except Exception as error:  # noqa: BLE001  the visitor gets a sentence, the operator the kind of error
            log.error("page %r failed: %s", request.path, type(error).__name__)
            return context.problem("", status=500)

    # -- who may see what ------------------------------------------------------------------------------------------

    def _guarded(self, request: Request, context: pages.Context) -> Page:
        if not self._our_address(request):
            return Page("Unknown host name.\n", 421, "text/plain; charset=utf-8")
        if request.method not in ("GET", "HEAD", "POST"):
            allow = (("Allow", "GET, HEAD, POST"),)
            return Page("Method not allowed.\n", 405, "text/plain; charset=utf-8", headers=allow)
        if request.path.startswith("/static/"):
            return self._static(request.path.removeprefix("/static/"))
        if request.method == "POST" and request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return context.refused()
        if request.path == "/login":
            return self._login(request, context)
        session = self.sessions.find(request.cookies.get(COOKIE, ""))
        context.session = session
        given = request.bearer()
        if given and not session and self._slowed_down(request):
            return context.login(request.path, status=429)
        if session or (given and self._is_password(request, given)):
            if request.method == "POST" and not self._marked(request, session):
                return context.refused()
            return self._page(request, context)
        if found := _ALERT.match(request.path):
            return self._by_token(request, context, found["ref"])
        return context.login(request.path)

    def _our_address(self, request: Request) -> bool:
        """Only the names we are known by, so that no page elsewhere can lead a browser here under a name of its own."""
        with suppress(ValueError):
            asked = urlsplit("//" + request.headers.get("host", ""))
            known = urlsplit(self.house.settings.serve.private_url or "").hostname
            return (asked.hostname or "") in (*LOOPBACK, known)
        return False

    def _marked(self, request: Request, session: Session | None) -> bool:
        return session is None or same(request.form.get("mark", ""), session.mark)

    def _login(self, request: Request, context: pages.Context) -> Page:
        onward = request.form.get("next") or request.query.get("next") or "/"
        onward = onward if onward.startswith("/") and not onward.startswith(("//", "/\\")) else "/"
        if request.method != "POST":
            return context.login(onward, status=200)
        if self._slowed_down(request):
            return context.login(onward, status=429)
        if not self._is_password(request, request.form.get("password", "").strip()):
            return context.login(onward, wrong=True)
        secure = "; Secure" if request.scheme == "https" else ""
        cookie = f"{COOKIE}={self.sessions.begin()}; Path=/; HttpOnly; SameSite=Lax; Max-Age={SESSION_SECONDS}{secure}"
        return Page("", 303, headers=(("Location", quote(onward, safe="/?=&%-_.~")), ("Set-Cookie", cookie)))

    def _slowed_down(self, request: Request) -> bool:
        """Whether this visitor guessed too often of late."""
        return bool(self.tries.wait(self.visitor(request.client), take=False))

    def _is_password(self, request: Request, given: str) -> bool:
        """Whether that is the password; a wrong one counts as a guess."""
        right = same(given, self.password)
        if not right:
            self.tries.wait(self.visitor(request.client))
        return right

    def _by_token(self, request: Request, context: pages.Context, ref: str) -> Page:
        """The one alert of a message's link, for somebody who need not know the password."""
        token = request.form.get("token") or request.query.get("token") or ""
        if not token:
            return context.login(request.path)
        with self.house.writing() as conn:
            grant = ack_links.check_token(conn, ack_links.signing_key(self.house.home), token, ref.upper(), self.now())
        context.grant, context.token = grant, token
        return context.act(ref) if request.method == "POST" else context.alert(ref)

    # -- which page --------------------------------------------------------------------------------------------------

    def _page(self, request: Request, context: pages.Context) -> Page:
        path, post = request.path, request.method == "POST"
        if path == "/logout" and post:
            self.sessions.end(request.cookies.get(COOKIE, ""))
            gone = f"{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
            return Page("", 303, headers=(("Location", "/login"), ("Set-Cookie", gone)))
        if found := _ALERT.match(path):
            return context.act(found["ref"]) if post else context.alert(found["ref"])
        if post:
            return context.missing()
        if found := _CONTRACT.match(path):
            return context.contract(found["id"])
        plain = {
            "/": context.overview, "/contracts": context.overview, "/alerts": context.alerts, "/outbox": context.outbox,
            "/timeline": context.timeline,
        }  # fmt: skip
        return plain[path]() if path in plain else context.missing()

    def _static(self, name: str) -> Page:
        if name not in STATIC:
            return Page("Not found.\n", 404, "text/plain; charset=utf-8")
        return Page((site_folder() / "static" / name).read_text(encoding="utf-8"), 200, STATIC[name], keep=True)
