"""The page of one host: what it is certified for today, until when, and where that is written."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from datetime import date, timedelta
from typing import Any, NamedTuple

from hdswatch_site import charts, errors, queries, status, text
from hdswatch_site.web import Answer, Visit, html

from monitor.verdicts import Code, Contract, Finding, assess
from registry.snapshot import ACTIVITIES, Certificate, Host

ATTENTION_DAYS = (90,)
MOST_CERTIFICATES = 10
MOST_FINDINGS = 10
MOST_CONTRADICTIONS = 12
MOST_PROOFS = 40
MOST_SPANS = 5
"""What a page shows in full, so that a host with hundreds of certificates stays light: the tables hold the rest."""
_SAID_ELSEWHERE = (Code.STALE_REGISTRY, Code.SCOPE_GAP)
"""The age of the data stands under the answer, the activities that are not held in its grid."""


class Proof(NamedTuple):
    """Where one published value was read."""

    field: str
    raw: str | None
    locator: str
    sha256: str
    url: str | None
    fetched_at: str | None


def host(visit: Visit, conn: sqlite3.Connection) -> Answer:
    """404 for an unknown id."""
    found = visit.register.hosts.get(visit.names["id"])
    if found is None:
        return errors.answer(visit, 404)
    state = visit.states[found.id]
    reasons = {one.id: status.certificate_reasons(state.day, one) for one in found.certificates}
    ordered = sorted(found.certificates, key=lambda one: (bool(reasons[one.id]), *_shown_first(one)))
    shown = ordered[:MOST_CERTIFICATES]
    know, disagree = findings(visit, found, state), queries.contradictions(conn, found.id)
    return html(
        visit, "host.html", host=found, aliases=queries.aliases(conn, found.id), state=state, certificates=shown,
        total=len(ordered), reasons=reasons,
        shown_reasons=dict.fromkeys(code for one in ordered if one.listed for code in reasons[one.id]),
        findings=know[:MOST_FINDINGS], more_findings=len(know) - MOST_FINDINGS,
        line=coverage_line(visit, ordered), proofs=proofs(conn, found, shown),
        contradictions=disagree[:MOST_CONTRADICTIONS], more_contradictions=len(disagree) - MOST_CONTRADICTIONS,
        changes=queries.changes(conn, host=found.id, limit=30), health=queries.health_of(visit, conn),
        snippet=watch_snippet(found, state),
    )  # fmt: skip


def _shown_first(one: Certificate) -> tuple[bool, date, str]:
    end = one.expires_on or date.max
    return (not one.listed, date.min + (date.max - end), one.id)


def findings(visit: Visit, found: Host, state: status.HostState) -> tuple[Finding, ...]:
    """What a contract for all that the host holds today (or, holding nothing, for everything) would be told."""
    wanted = frozenset(state.until) or frozenset(ACTIVITIES)
    contract = Contract(id="page", supplier=found.legal_name, activities=wanted, host_id=found.id)
    verdict = assess(
        visit.register, contract, visit.today, visit.today, thresholds=ATTENTION_DAYS, matcher=visit.site.matcher
    )
    return tuple(one for one in verdict.findings if one.code not in _SAID_ELSEWHERE)


def coverage_line(visit: Visit, certificates: list[Certificate]) -> dict[str, Any] | None:
    """The time line: one row an activity, the spans of the certificates that hold it. None without any dated span."""
    spans = {one.id: span for one in certificates if one.listed and (span := status.span(one, visit.register))}
    if not spans:
        return None
    first = min(min(start for start, _ in spans.values()), visit.today - timedelta(days=60))
    last = max(max(end for _, end in spans.values()), visit.today + timedelta(days=60))
    first = max(first, visit.today - timedelta(days=6 * 365))
    rows = []
    for activity in ACTIVITIES:
        held = [(one, *spans[one.id]) for one in certificates if one.id in spans and activity in (one.activities or ())]
        drawn = charts.joined([charts.Span(start, end, _tone(one)) for one, start, end in held])
        said = "; ".join(
            visit.words.gettext(
                "%(number)s: from %(start)s to %(end)s", number=text.short(one.number or "–", 40),
                start=visit.words.date(start, "medium"), end=visit.words.date(end, "medium"),
            )
            for one, start, end in held[:MOST_SPANS]
        )  # fmt: skip
        more = "; …" if len(held) > MOST_SPANS else ""
        picture = charts.time_line(said + more or visit.words.gettext("not held"), drawn, first, last, visit.today)
        rows.append({"activity": activity, "svg": picture, "held": held[:MOST_SPANS], "more": bool(more)})
    return {"rows": rows, "first": first, "last": last}


def _tone(one: Certificate) -> str:
    return "main" if one.source_status in (None, "in_force") else "no"


def proofs(conn: sqlite3.Connection, found: Host, shown: list[Certificate]) -> dict[str, list[Proof]]:
    """Provenance by row: `hosts/ID`, then `certificates/ID` in the order of the page."""
    rows = queries.provenance_of(conn, "hosts", [found.id])
    rows += queries.provenance_of(conn, "certificates", [one.id for one in shown])
    collected: dict[str, list[Proof]] = defaultdict(list)
    for row in rows[:MOST_PROOFS]:
        key = f"{row['table_name']}/{row['row_id']}"
        collected[key].append(
            Proof(row["field"], row["raw"], row["locator"], row["sha256"], row["url"], row["fetched_at"])
        )
    return collected


def watch_snippet(found: Host, state: status.HostState) -> str:
    """A contract for `watchlist.yml`; JSON strings are YAML strings, so that no name can break out of its line."""
    lines = [
        f"  - id: {found.id}",
        f"    supplier: {json.dumps(text.short(found.legal_name), ensure_ascii=False)}",
        *([f'    siren: "{found.siren}"'] if found.siren else []),
        f"    host_id: {found.id}",
        f"    activities: {sorted(state.until) or list(ACTIVITIES)}",
        "    notify: [dpo]",
    ]
    return "\n".join(lines)
