"""Check my suppliers: paste names or SIRENs, get a verdict each. POST only; nothing is stored, nothing is logged.

The verdict is `monitor.verdicts`, the same as `hdswatch check` gives.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Mapping
from datetime import date
from email import message_from_bytes
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from datasette import Response
from hdswatch_site import errors, queries, web
from hdswatch_site.rate import Limit, visitor
from hdswatch_site.suppliers import LONGEST, MOST, Supplier, read_suppliers
from hdswatch_site.web import Answer, Visit, html

from monitor.verdicts import CheckResult, Contract, Matcher, Watchlist, check
from registry.export import harmless
from registry.snapshot import ACTIVITIES

LARGEST_BODY = 512_000
MOST_FIELDS = 2000
NOT_TEXT = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0")
"""How workbooks (new and old) and PDF files begin."""
FORMATS = ("html", "csv", "json")
CSV_HEAD = (
    "supplier", "verdict", "host_id", "legal_name", "siren", "how", "score", "coverage_end", "days_left",
    "missing_activities", "codes", "messages",
)  # fmt: skip
_limit = Limit()


class Asked(NamedTuple):
    """One filled form."""

    suppliers: str
    activities: tuple[int, ...]
    on: str
    format: str


class Refused(Exception):
    """A body that is no list we answer. `status` 413: larger than any; 400: not what a form or a file of text holds."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def form(visit: Visit, conn: sqlite3.Connection, **values: Any) -> Answer:
    """The page with the form, empty unless told otherwise."""
    shown = {
        "suppliers": "", "activities": ACTIVITIES, "on": visit.today, "result": None, "problem": "",
        **values,
    }  # fmt: skip
    status = shown.pop("status", 200)
    health = queries.health_of(visit, conn)
    return html(visit, "check.html", status=status, health=health, most=MOST, longest=LONGEST, **shown)


_show_form = web.route(form)


async def view(request: Any, datasette: Any) -> Any:
    """The form for GET, the verdicts for POST."""
    if request.method != "POST":
        return await _show_form(request, datasette)
    visit = web.visit_from(request, (), web.site_of(datasette))
    if wait := _limit.wait(visitor((request.scope.get("client") or ("unknown",))[0])):
        return _reply(errors.answer(visit, 429), {"Retry-After": str(int(wait) + 1)})
    try:
        asked = read_form(request.headers.get("content-type", ""), await _body(request))
    except Refused as refused:
        said = (
            visit.words.gettext("That is more than we read at once.")
            if refused.status == 413
            else visit.words.gettext("That is no list in text form. Save a spreadsheet as CSV first.")
        )
        return _reply(errors.answer(visit, refused.status, said))
    answered = await datasette.get_database("hds").execute_fn(lambda conn: answer(visit, conn, asked))
    return _reply(answered)


def _reply(given: Answer, headers: Mapping[str, str] | None = None) -> Any:
    own = {
        "Cache-Control": "no-store",
        "Content-Length": str(len(given.body)),
        **dict(given.headers),
        **(headers or {}),
    }
    return Response(given.body, status=given.status, headers=own, content_type=given.content_type)


async def _body(request: Any) -> bytes:
    parts, size = [], 0
    while True:
        message = await request.receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise Refused(413)
        if not message.get("more_body"):
            return b"".join(parts)


def read_form(content_type: str, body: bytes) -> Asked:
    """The fields of a form sent either way; a dropped file is read after what was pasted. Raises Refused."""
    fields: dict[str, list[str]] = {}
    if content_type.startswith("multipart/form-data"):
        whole = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body)
        for part in whole.get_payload() if whole.is_multipart() else []:
            if isinstance(part, Message) and (name := part.get_param("name", header="content-disposition")):
                raw = part.get_payload(decode=True)
                fields.setdefault(str(name), []).append(_decode(raw if isinstance(raw, bytes) else b""))
    else:
        try:
            given = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError as error:
            raise Refused(413) from error
        for name, value in given:
            fields.setdefault(name, []).append(value)
    text = "\n".join(one for one in (*fields.get("suppliers", ()), *fields.get("file", ())) if one.strip())
    ticked = {a.strip() for one in fields.get("activities", ()) for a in one.split(",")}
    kept = tuple(number for number in ACTIVITIES if str(number) in ticked) or ACTIVITIES
    return Asked(text[:LONGEST], kept, fields.get("on", [""])[0], fields.get("format", ["html"])[0])


def _decode(raw: bytes) -> str:
    """The text of a file: UTF-8; UTF-16 where its mark says so ("Unicode text" of spreadsheets); else Windows-1252, as
    French spreadsheets write. Raises Refused for a workbook, a PDF or anything else that is not text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if b"\0" in raw or raw.startswith(NOT_TEXT):
        raise Refused(400)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def answer(visit: Visit, conn: sqlite3.Connection, asked: Asked) -> Answer:
    """The verdicts as a page, CSV or JSON; 400 with the form when there is nothing to check."""
    _ = visit.words.gettext
    given = {"suppliers": asked.suppliers, "activities": asked.activities}

    def refuse(problem: str) -> Answer:
        if asked.format == "json":
            return web.as_json({"ok": False, "status": 400, "error": problem}, status=400)
        return form(visit, conn, **given, status=400, problem=problem)

    try:
        on = date.fromisoformat(asked.on) if asked.on else visit.today
    except ValueError:
        return refuse(_("A date is written as 2026-11-22."))
    suppliers = read_suppliers(asked.suppliers)
    if not suppliers:
        return refuse(_("Please write at least one supplier."))
    result = judge(visit, suppliers, asked.activities, on)
    if asked.format == "csv":
        return as_csv(visit, result)
    if asked.format == "json":
        return web.as_json(result.as_json())
    return form(visit, conn, **given, on=on, result=result)


def judge(visit: Visit, suppliers: list[Supplier], activities: tuple[int, ...], on: date) -> CheckResult:
    """The verdict of each. The matcher is made for this request alone: it remembers the names that it is asked for."""
    contracts = tuple(
        Contract(
            id=str(number), supplier=one.name, siren=one.siren, activities=frozenset(activities),
            certificate_numbers=() if one.name == one.siren else (one.name,),
        )
        for number, one in enumerate(suppliers, 1)
    )  # fmt: skip
    watchlist = Watchlist(language=visit.words.language, contracts=contracts)  # thresholds as in a new watchlist
    stale = visit.options.stale_after_days
    return check(visit.register, watchlist, on, visit.today, stale_after_days=stale, matcher=Matcher(visit.register))


def as_csv(visit: Visit, result: CheckResult) -> Answer:
    """One row a supplier. Cells that a spreadsheet would run as a formula are made plain text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for one in result.contracts:
        host = one.match.host
        row = (
            one.contract.supplier, str(one.verdict), host.id if host else "", host.legal_name if host else "",
            (host.siren if host else "") or "", str(one.match.how),
            "" if one.match.score is None else round(one.match.score), one.coverage_end or "",
            "" if one.days_left is None else one.days_left, " ".join(map(str, one.missing_activities)),
            " ".join(str(found.code) for found in one.findings),
            " ".join(found.message(visit.words.language) for found in one.findings),
        )  # fmt: skip
        writer.writerow([harmless(cell) for cell in row])
    name = f"hdswatch-{result.on}.csv"
    headers = (("Content-Disposition", f'attachment; filename="{name}"'),)
    return Answer(out.getvalue().encode("utf-8", "replace"), 200, "text/csv; charset=utf-8", headers)
