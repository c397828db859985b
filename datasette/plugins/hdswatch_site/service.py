"""Addresses for machines: health, robots, sitemap, the OpenAPI document."""

from __future__ import annotations

import json
import sqlite3
from xml.sax.saxutils import escape

from hdswatch_site import queries
from hdswatch_site.web import SITE_FOLDER, Answer, Visit, as_json

NOT_FOR_ROBOTS = (
    "/suggest", "/compare?host=", "/compare?on=", "/hosts?q=", "/hosts?activity=", "/hosts?state=", "/hosts?certifier=",
    "/hosts?page=", "/changes?host=", "/changes?kind=", "/changes?month=", "/hds/*?", "/-/",
)  # fmt: skip
"""Endless combinations. Each with its first argument: a bare `/hosts?` means all below /hosts to some readers."""
PAGES = ("/", "/hosts", "/certifiers", "/changes", "/compare", "/check", "/api", "/about")


def healthz(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """200 when the register is there and fresh, 503 when it is stale or empty. Names nothing private."""
    state = queries.health_of(visit, conn)
    hosts = conn.execute("SELECT count(*) FROM hosts WHERE listed").fetchone()[0]
    status = "empty" if not hosts or state.run_id is None else "stale" if state.stale else "ok"
    document = {
        "status": status,
        "registry": {"run_id": state.run_id, "observed_at": state.observed_at, "age_days": state.age_days},
        "stale_after_days": visit.options.stale_after_days,
        "hosts": hosts,
    }
    return as_json(document, status=200 if status == "ok" else 503)


def robots(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Pages may be read; endless combinations of filters may not. A demonstration stays out of search engines."""
    rules = ["User-agent: *"]
    if visit.options.demo:
        rules += ["Disallow: /"]
    else:
        rules += [f"Disallow: {place}" for place in NOT_FOR_ROBOTS]
        rules += ["Allow: /"]
    text = "\n".join([*rules, "", f"Sitemap: {visit.absolute('/sitemap.xml')}", ""])
    return Answer(text.encode(), content_type="text/plain; charset=utf-8")


def sitemap(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Every page with its two languages."""
    base = visit.options.public_url or visit.origin
    hosts = conn.execute("SELECT id, last_seen FROM hosts ORDER BY id").fetchall()
    places = [(page, None) for page in PAGES]
    places += [(f"/hosts/{row['id']}", str(row["last_seen"])) for row in hosts]
    places += [(f"/certifiers/{row[0]}", None) for row in conn.execute("SELECT id FROM certifiers ORDER BY id")]
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    ]
    for path, seen in places:
        address = escape(base + path)
        changed = f"<lastmod>{escape(seen)}</lastmod>" if seen else ""
        links = "".join(
            f'<xhtml:link rel="alternate" hreflang="{one}" href="{address}?lang={one}"/>' for one in ("fr", "en")
        )
        parts.append(f"<url><loc>{address}</loc>{changed}{links}</url>")
    parts.append("</urlset>\n")
    return Answer("\n".join(parts).encode(), content_type="application/xml; charset=utf-8")


def openapi(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """The hand-written description of the API, with this instance's address."""
    document = json.loads((SITE_FOLDER / "openapi.json").read_text(encoding="utf-8"))
    document["servers"] = [{"url": visit.options.public_url or visit.origin}]
    return as_json(document)
