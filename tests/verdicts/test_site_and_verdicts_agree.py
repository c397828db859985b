"""The rule "counts" is written twice, in SQL for the published views and in Python for verdicts: they say the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date

from hypothesis import given, settings

from monitor.coverage import reasons_not_to_count
from registry.published_schema import TABLES
from registry.snapshot import Certificate
from registry.views import COUNTING
from tests.verdicts.test_against_a_second_reading import SOME_DAY, certificate_lists
from tests.verdicts.verdict_world import V1, V2, host

QUERY = (
    "SELECT certificate.id FROM certificates AS certificate"
    " JOIN referentials AS referential ON referential.version = certificate.referential"
    f" WHERE {COUNTING.format(day=':day')} ORDER BY certificate.id"
)


def text(day: date | None) -> str | None:
    return day.isoformat() if day else None


@settings(max_examples=200, deadline=None)
@given(certificate_lists, SOME_DAY)
def test_the_same_certificates_count(listed: list[Certificate], on: date) -> None:
    certificates = host(*listed).certificates
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(TABLES)
        for version in (V1, V2):
            db.execute(
                "INSERT INTO referentials (version, label, usable_until, source) VALUES (?, 'x', ?, 'x')",
                (version.version, text(version.usable_until)),
            )
        db.executemany(
            "INSERT INTO certificates (id, host_id, referential, issued_on, expires_on, source_status, listed,"
            " first_seen, last_seen) VALUES (?, 'h', ?, ?, ?, ?, ?, 'x', 'x')",
            [
                (one.id, one.referential, text(one.issued_on), text(one.expires_on), one.source_status, one.listed)
                for one in certificates
            ],
        )
        by_sql = [row[0] for row in db.execute(QUERY, {"day": on.isoformat()})]
    versions = {"v1": V1, "v2": V2}
    assert by_sql == [one.id for one in certificates if one.listed and not reasons_not_to_count(one, on, versions)]
