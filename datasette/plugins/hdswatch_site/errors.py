"""What a visitor sees when something is not there or failed: one sentence in their language, never an inner detail."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from datasette import Response
from datasette.plugins import pm
from datasette.utils.asgi import Base400, NotFound
from datasette.views.base import DatasetteError
from hdswatch_site import web

FOR_PROGRAMS = (".json", ".csv")
log = logging.getLogger("hdswatch.site")


def silence_default_handler() -> None:
    """Takes Datasette's own handler out: it prints every failed request with all local variables to the console, and
    what a visitor typed must not land there."""
    pm.unregister(name="datasette.handle_exception")


def answer(visit: web.Visit, status: int, detail: str = "") -> web.Answer:
    """The error page, or JSON at an address that ends in .json. `detail` is a sentence about the request (a wrong
    filter), never about our insides."""
    if visit.path.endswith(FOR_PROGRAMS):
        return web.as_json({"ok": False, "status": status, "error": detail or HTTPStatus(status).phrase}, status=status)
    return web.html(visit, "error.html", status=status, code=status, detail=detail)


def page(datasette: Any, request: Any, status: int, detail: str = "") -> Callable[[], Awaitable[Any]]:
    """The same as a Datasette hook result."""

    async def inner() -> Any:
        visit = web.visit_from(request, (), web.site_of(datasette))
        shown = answer(visit, status, detail)
        return Response(
            shown.body, status=status, content_type=shown.content_type, headers={"Cache-Control": "no-store"}
        )

    return inner


def from_exception(datasette: Any, request: Any, exception: BaseException) -> Callable[[], Awaitable[Any]]:
    """Maps an exception to its page; only the kind of an unforeseen one is logged, with where it happened."""
    if isinstance(exception, NotFound):
        return page(datasette, request, 404)
    if isinstance(exception, Base400):
        return page(datasette, request, exception.status, str(exception))
    if isinstance(exception, DatasetteError):  # always about the request, whatever its status says
        detail = "" if exception.message_is_html else str(exception.message)
        return page(datasette, request, exception.status if exception.status < 500 else 400, detail)
    trace = exception.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
    log.error("request failed: %s at %s", type(exception).__name__, where)
    return page(datasette, request, 500)
