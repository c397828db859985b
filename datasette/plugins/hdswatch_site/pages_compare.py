"""Two to four hosts side by side, by activity, on a day."""

from __future__ import annotations

import sqlite3
from datetime import date

from hdswatch_site import errors, queries, search, status
from hdswatch_site.web import Answer, Visit, html

from registry.snapshot import Host

MOST = 4
CHOICES = 6


def compare(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """`host` up to four times: an id, or words that find one. `on` is the day, today when left out."""
    given = visit.args.get("on", "")
    try:
        on = date.fromisoformat(given) if given else visit.today
    except ValueError:
        return errors.answer(visit, 400, visit.words.gettext("A date is written as 2026-11-22."))
    columns: list[tuple[Host, status.HostState]] = []
    unclear: list[tuple[int, str, list[Host]]] = []
    asked = [one.strip() for one in visit.lists.get("host", ()) if one.strip()][:MOST]
    for at, one in enumerate(asked):
        hosts = _meant(visit, conn, one)
        if len(hosts) == 1:
            columns.append((hosts[0], status.host_state(hosts[0], visit.register, on)))
        else:
            unclear.append((at, one, hosts))
    return html(
        visit, "compare.html", columns=columns, unclear=unclear, asked=asked, on=on, most=MOST,
        health=queries.health_of(visit, conn),
    )  # fmt: skip


def _meant(visit: Visit, conn: sqlite3.Connection, asked: str) -> list[Host]:
    """The host with that id or exact name, else what a search finds."""
    hosts = visit.register.hosts
    if asked in hosts:
        return [hosts[asked]]
    found = [hosts[key] for key in search.host_ids(conn, asked[: search.LONGEST], CHOICES) if key in hosts]
    exact = [host for host in found if host.legal_name.casefold() == asked.casefold()]
    return exact if len(exact) == 1 else found
