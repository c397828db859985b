"""One request to the private pages, taken apart: small, bounded, without a framework. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

LARGEST_BODY = 20_000


class TooLarge(Exception):
    """The body is larger than any of our forms."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `scheme` is that of the outermost server when a proxy on this machine says so."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    scheme: str
    client: str

    @property
    def cookies(self) -> dict[str, str]:
        try:
            return {name: one.value for name, one in SimpleCookie(self.headers.get("cookie", "")).items()}
        except CookieError:
            return {}

    def bearer(self) -> str:
        """The token of an Authorization header, or empty."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""


async def read_request(scope: Mapping[str, Any], receive: Any) -> Request:
    """Raises TooLarge."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = await _body(receive) if scope["method"] == "POST" else b""
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        form=dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)),
        headers=headers,
        scheme=scope.get("scheme", "http"),
        client=(scope.get("client") or ("unknown", 0))[0],
    )


async def _body(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise TooLarge
        if not message.get("more_body"):
            return bytes(body)
