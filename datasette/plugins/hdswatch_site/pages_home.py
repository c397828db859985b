"""The home page, the directory of hosts, and the suggestions under the search box."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from hdswatch_site import charts, figures, queries, search
from hdswatch_site.status import SOON_DAYS, HostState
from hdswatch_site.web import Answer, Visit, html

from registry.snapshot import ACTIVITIES, Host

PAGE_SIZE = 50
STATES = {
    "": {"covered", "partial", "unknown", "none", "empty"},
    "held": {"covered", "partial"},
    **{code: {code} for code in ("covered", "partial", "unknown", "none", "delisted", "empty")},
}
"""What one may ask the directory for → the states of hosts that it means. Nothing asked: those on the list."""
SUGGESTIONS = 8
Found = tuple[Host, HostState]


def home(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Search results when `q` is given, the overview else."""
    asked = visit.args.get("q", "").strip()[: search.LONGEST]
    if asked:
        results = found_hosts(visit, conn, asked)
        return html(visit, "results.html", asked=asked, results=results, health=queries.health_of(visit, conn))
    if not visit.register.hosts:
        return html(visit, "empty.html", health=queries.health_of(visit, conn))
    ends = figures.last_days(visit.register, visit.today)
    by_activity = figures.hosts_by_activity(visit.states)
    counts = {
        "hosts": sum(host.listed for host in visit.register.hosts.values()),
        "holding": sum(bool(state.until) for state in visit.states.values()),
        "expiring": sum((one.day - visit.today).days <= SOON_DAYS for one in ends),
        "changes": queries.count_changes(conn, since=visit.today - timedelta(days=30)),
    }
    return html(
        visit, "home.html", health=queries.health_of(visit, conn), counts=counts, expiries=ends[:7],
        changes=queries.changes(conn, limit=7), by_activity=by_activity, pictures=pictures(visit, ends),
        most=max(by_activity.values(), default=0), charts=charts,
    )  # fmt: skip


def pictures(visit: Visit, ends: list[figures.LastDay]) -> list[dict[str, object]]:
    """The three column charts of the home page, each with the table behind it."""
    _, register, today = visit.words.gettext, visit.register, visit.today
    parts = {"main": _("Certificates"), "v1": "v1", "v2": "v2", "": _("unknown")}
    wanted = (
        ("expiries", _("Certificates by the month of their last day"), figures.expiries_by_month(ends, today),
         ("main",)),
        ("migration", _("Certificates by quarter of issue and référentiel"), figures.migration(register, today),
         figures.VERSIONS),
        ("growth", _("Hosts on the list at the end of each month"), figures.growth(register, today), ("main",)),
    )  # fmt: skip
    shown: list[dict[str, object]] = []
    for key, title, counted, names in wanted:
        labels = [visit.words.month_or_quarter(one.month) for one in counted]
        every = max(len(counted) // 5, 1)
        data = [
            charts.Column(
                visit.words.month_or_quarter(one.month, short=True) if at % every == 0 else "",
                tuple((name or "unsure", one.by[name]) for name in names),
            )
            for at, one in enumerate(counted)
        ]
        head = [parts[name] for name in names] if len(names) > 1 else [_("Hosts") if key == "growth" else parts["main"]]
        rows = [(label, [one.by[name] for name in names]) for label, one in zip(labels, counted, strict=True)]
        drawn = charts.columns(title, data) if len(data) > 1 else ""
        shown.append({"key": key, "title": title, "svg": drawn, "head": head, "rows": rows, "names": names})
    return shown


def found_hosts(visit: Visit, conn: sqlite3.Connection, asked: str, limit: int = 40) -> list[Found]:
    """Hosts that answer a search, with their state today."""
    keys = search.host_ids(conn, asked, limit)
    return [(visit.register.hosts[key], visit.states[key]) for key in keys if key in visit.register.hosts]


def suggest(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """A fragment of the results page: the first answers while the visitor still types."""
    asked = visit.args.get("q", "").strip()[: search.LONGEST]
    results = found_hosts(visit, conn, asked, SUGGESTIONS) if asked else []
    return html(visit, "suggest.html", asked=asked, results=results)


def directory(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Every host, by name; `q`, `activity` (several: all of them held today), `state` and `certifier` narrow it."""
    wanted = {int(a) for a in visit.lists.get("activity", ()) if a.isdigit() and int(a) in ACTIVITIES}
    state, certifier, asked = (visit.args.get(name, "") for name in ("state", "certifier", "q"))
    state = state if state in STATES else ""
    certifier = certifier if certifier in visit.register.certifiers else ""
    keys = search.host_ids(conn, asked, 1000) if asked.strip() else search.all_ids(conn)
    kept = [
        (visit.register.hosts[key], visit.states[key])
        for key in keys
        if key in visit.register.hosts
        and wanted <= visit.states[key].until.keys()
        and visit.states[key].code in STATES[state]
        and (
            not certifier
            or any(c.listed and c.certifier_id == certifier for c in visit.register.hosts[key].certificates)
        )
    ]
    page = page_number(visit, len(kept))
    shown = kept[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    certifiers = sorted(visit.register.certifiers.values(), key=lambda one: one.name.casefold())
    return html(
        visit, "hosts.html", hosts=shown, total=len(kept), page=page, pages=page_count(len(kept)), wanted=wanted,
        state=state, certifier=certifier, asked=asked, states=STATES, certifiers=certifiers,
        health=queries.health_of(visit, conn),
    )  # fmt: skip


def page_count(total: int) -> int:
    return max(-(-total // PAGE_SIZE), 1)


def page_number(visit: Visit, total: int) -> int:
    """The page asked for, brought within what there is."""
    asked = visit.args.get("page", "1")
    number = int(asked) if asked.isdigit() and len(asked) < 6 else 1
    return min(max(number, 1), page_count(total))
