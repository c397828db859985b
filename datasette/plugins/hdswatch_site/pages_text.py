"""The pages that explain: how to read the site, and how to query it."""

from __future__ import annotations

import sqlite3

from hdswatch_site import queries, tables
from hdswatch_site.web import Answer, Visit, html


def about(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """What a verdict means, sources, legal basis, limits."""
    return html(visit, "about.html", health=queries.health_of(visit, conn), referentials=visit.register.referentials)


def api(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """Examples to copy and the data dictionary. The examples are run by the tests."""
    example = next(
        (key for key, host in sorted(visit.register.hosts.items()) if host.listed and host.certificates), "example"
    )
    return html(
        visit, "api.html", base=visit.options.public_url or visit.origin, example=example,
        dictionary=tables.dictionary(visit.words.language), queries=tables.saved_queries(),
        health=queries.health_of(visit, conn),
    )  # fmt: skip
