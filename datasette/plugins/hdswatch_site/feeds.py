"""Changes as feeds (Atom, JSON Feed 1.1) and expiries as a calendar (iCalendar). Ids never change."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as xml

from hdswatch_site import errors, queries, status
from hdswatch_site.labels import FIELD, KIND
from hdswatch_site.text import plain, short
from hdswatch_site.web import Answer, Visit, as_json

from registry.clock import parse_instant, stamp
from registry.snapshot import Certificate, Host

MOST = 100
ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime(2018, 1, 1, tzinfo=UTC)


def _entries(visit: Visit, conn: sqlite3.Connection) -> list[sqlite3.Row] | Answer:
    """The changes asked for with `host` and `kind`; 404 for an unknown host, 400 for an unknown kind."""
    host, kind = visit.args.get("host", ""), visit.args.get("kind", "")
    if host and host not in visit.register.hosts:
        return errors.answer(visit, 404)
    if kind and kind not in KIND:
        return errors.answer(
            visit, 400, visit.words.gettext("Unknown kind of change; known: %(kinds)s", kinds=", ".join(KIND))
        )
    return queries.changes(conn, host=host, kind=kind, limit=MOST)


def _title(visit: Visit, row: sqlite3.Row) -> str:
    """One line: what happened, to whom."""
    label = visit.words.gettext(KIND.get(row["kind"], row["kind"]))
    who = row["legal_name"] or row["certifier_name"]
    return plain(visit.words.gettext("%(kind)s: %(who)s", kind=label, who=short(who, 120)) if who else label)


def _summary(visit: Visit, row: sqlite3.Row) -> str:
    """What it was before and is now, as plain text."""
    _ = visit.words.gettext
    parts = []
    if row["certificate_number"]:
        parts.append(_("Certificate %(number)s", number=short(row["certificate_number"], 60)))
    if row["field"] or row["before"] is not None:
        before, after = (short(row[name], 200) or _("not stated") for name in ("before", "after"))
        field = _(FIELD.get(row["field"], row["field"])) if row["field"] else ""
        parts.append(f"{field} {before} → {after}".strip())
    if row["cause"] != "source":
        parts.append(_("Not a change of the list itself (%(cause)s)", cause=row["cause"]))
    return plain(". ".join(parts))


def _link(visit: Visit, row: sqlite3.Row) -> str:
    if row["host_id"]:
        return visit.absolute(f"/hosts/{row['host_id']}")
    if row["certifier_id"]:
        return visit.absolute(f"/certifiers/{row['certifier_id']}")
    return visit.absolute("/changes")


def _entry_id(row: sqlite3.Row) -> str:
    """Stable over addresses, languages and publications: it rests on what was observed, not on where it is shown."""
    key = "|".join(
        str(row[name] or "")
        for name in (
            "observed_at",
            "kind",
            "host_id",
            "certificate_id",
            "certifier_id",
            "field",
            "before",
            "after",
            "id",
        )
    )
    return f"urn:uuid:{uuid5(NAMESPACE_URL, 'hdswatch:change:' + key)}"


def _newest(rows: list[sqlite3.Row], visit: Visit) -> datetime:
    if rows:
        return parse_instant(rows[0]["observed_at"])
    return visit.register.run.finished_at if visit.register.run else _NEVER


def _feed_title(visit: Visit) -> str:
    host = visit.register.hosts.get(visit.args.get("host", ""))
    base = visit.words.gettext("Changes of the list of certified health-data hosts")
    return f"{base} – {short(host.legal_name, 80)}" if host else base


def atom(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """RFC 4287."""
    rows = _entries(visit, conn)
    if isinstance(rows, Answer):
        return rows
    xml.register_namespace("", ATOM)
    feed = xml.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": visit.words.language})
    narrowed = "|".join(visit.args.get(name, "") for name in ("host", "kind"))
    _put(feed, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, 'hdswatch:feed:' + narrowed)}")
    _put(feed, "title", _feed_title(visit))
    _put(feed, "updated", stamp(_newest(rows, visit)))
    _put(feed, "link", rel="self", type="application/atom+xml", href=visit.absolute(visit.path, **visit.args))
    _put(feed, "link", rel="alternate", type="text/html", href=visit.absolute("/changes", **visit.args))
    _put(_put(feed, "author"), "name", "HDSWatch")
    for row in rows:
        entry = _put(feed, "entry")
        _put(entry, "id", _entry_id(row))
        _put(entry, "title", _title(visit, row))
        _put(entry, "updated", row["observed_at"])
        _put(entry, "published", row["observed_at"])
        _put(entry, "link", rel="alternate", type="text/html", href=_link(visit, row))
        _put(entry, "category", term=row["kind"])
        _put(entry, "summary", _summary(visit, row) or _title(visit, row))
    body = b'<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(feed, encoding="utf-8")
    return Answer(body, 200, "application/atom+xml; charset=utf-8", modified=_newest(rows, visit))


def _put(parent: xml.Element, name: str, text: str | None = None, **attributes: str) -> xml.Element:
    child = xml.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = plain(text) if text is not None else None
    return child


def json_feed(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """JSON Feed 1.1."""
    rows = _entries(visit, conn)
    if isinstance(rows, Answer):
        return rows
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _feed_title(visit),
        "home_page_url": visit.absolute("/changes", **visit.args),
        "feed_url": visit.absolute(visit.path, **visit.args),
        "language": visit.words.language,
        "authors": [{"name": "HDSWatch"}],
        "items": [
            {
                "id": _entry_id(row),
                "url": _link(visit, row),
                "title": _title(visit, row),
                "content_text": _summary(visit, row) or _title(visit, row),
                "date_published": row["observed_at"],
                "date_modified": row["observed_at"],
                "tags": [row["kind"]],
            }
            for row in rows
        ],
    }
    answer = as_json(document, content_type="application/feed+json; charset=utf-8")
    return answer._replace(modified=_newest(rows, visit))


def calendar(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Every coming last day of a listed certificate as an all-day event; `host` narrows. 404 for an unknown host."""
    from icalendar import Calendar

    wanted = visit.args.get("host", "")
    if wanted and wanted not in visit.register.hosts:
        return errors.answer(visit, 404)
    hosts = [visit.register.hosts[wanted]] if wanted else list(visit.register.hosts.values())
    seen = visit.register.run.finished_at if visit.register.run else _NEVER
    whole = Calendar()
    whole.add("prodid", "-//HDSWatch//HDS register//FR")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", visit.words.gettext("HDS certificates: last days"))
    whole.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    events = [
        (end, host, one)
        for host in hosts
        for one in host.certificates
        if one.listed and (end := _last_day(visit, one)) and end >= visit.today
    ]
    for end, host, one in sorted(events, key=lambda found: (found[0], found[2].id)):
        whole.add_component(_event(visit, end, host, one, seen))
    headers = (("Content-Disposition", 'inline; filename="hdswatch.ics"'),)
    return Answer(whole.to_ical(), 200, "text/calendar; charset=utf-8", headers, modified=seen)


def _last_day(visit: Visit, one: Certificate) -> date | None:
    span = status.span(one, visit.register)
    return span[1] if span else None


def _event(visit: Visit, end: date, host: Host, one: Certificate, seen: datetime) -> object:
    from icalendar import Event

    _ = visit.words.gettext
    event = Event()
    event.add("uid", f"{one.id}@hdswatch")
    event.add("dtstamp", seen)
    event.add("dtstart", end)
    event.add("dtend", end + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", _("Last day of the HDS certificate of %(name)s", name=_line(host.legal_name, 100)))
    event.add("description", _("Certificate %(number)s", number=_line(one.number or "–", 60)))
    event.add("url", visit.absolute(f"/hosts/{host.id}"))
    return event


def _line(value: str, longest: int) -> str:
    return " ".join(short(value, longest).split())
