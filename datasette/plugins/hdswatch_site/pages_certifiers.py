"""The certification bodies: who may issue, since when, and what each issued."""

from __future__ import annotations

import sqlite3
from collections import Counter

from hdswatch_site import errors, queries
from hdswatch_site.web import Answer, Visit, html

from monitor.verdicts import certifier_doubt
from registry.snapshot import Certificate, Host

MOST_SHOWN = 150


def certifiers(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """All bodies, listed ones first."""
    issued = Counter(c.certifier_id for host in visit.register.hosts.values() for c in host.certificates if c.listed)
    rows = queries.certifiers(conn)
    return html(visit, "certifiers.html", certifiers=rows, issued=issued, health=queries.health_of(visit, conn))


def certifier(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """404 for an unknown id."""
    found = queries.certifier(conn, visit.names["id"])
    if found is None:
        return errors.answer(visit, 404)
    issued: list[tuple[Host, Certificate]] = [
        (host, one)
        for host in visit.register.hosts.values()
        for one in host.certificates
        if one.listed and one.certifier_id == found["id"]
    ]
    issued.sort(key=lambda pair: (str(pair[1].expires_on or "9999"), pair[1].id))
    doubts = {one.id: doubt["reason"] for _, one in issued if (doubt := certifier_doubt(one, visit.register))}
    return html(
        visit, "certifier.html", certifier=found, issued=issued[:MOST_SHOWN], total=len(issued), doubts=doubts,
        proofs=queries.provenance_of(conn, "certifiers", [found["id"]]), health=queries.health_of(visit, conn),
        changes=queries.changes(conn, certifier=found["id"], limit=20),
    )  # fmt: skip
