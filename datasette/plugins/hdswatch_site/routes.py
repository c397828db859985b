"""Every address of the site and the page behind it (contract, section 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hdswatch_site import pages_home, pages_host, service
from hdswatch_site.web import route


def all_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """Pattern and view of each page; they come before Datasette's own."""
    return [
        (r"^/$", route(pages_home.home, "q")),
        (r"^/hosts/(?P<id>[^/]+)$", route(pages_host.host)),
        (r"^/healthz$", route(service.healthz, kept=False)),
    ]
