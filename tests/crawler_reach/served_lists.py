"""A list served over HTTP: what a test lets the server say, what it was asked, and what became of it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from crawler.crawl import crawl
from registry.home import Home
from registry.models import RunReport
from registry.settings import Settings
from tests.crawler_reach.reach_sites import PATH

Page = Callable[[Request], Response]


def html(body: str | bytes, **headers: str) -> Response:
    return Response(body, content_type="text/html; charset=utf-8", headers=headers)


def with_etag(asked: Request, body: str) -> Response:
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    if asked.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    return html(body, ETag=tag)


def serve(server: HTTPServer, answer: Page, robots: str = "User-agent: *\nAllow: /\n") -> str:
    server.expect_request("/robots.txt").respond_with_data(robots, content_type="text/plain")
    server.expect_request(PATH).respond_with_handler(answer)
    return server.url_for(PATH)


def asked_for(server: HTTPServer, path: str = PATH) -> list[Request]:
    return [request for request, _ in server.log if request.path == path]


def published(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(home.published_db)) as conn:
        return [row[0] for row in conn.execute(query)]


def run(home: Home, settings: Settings, url: str, **more: Any) -> RunReport:
    return crawl(home, settings, "hosts", url=url, **more)
