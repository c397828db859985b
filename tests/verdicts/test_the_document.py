"""The document that `check --format json` prints, name by name and value by value (contract, section 4)."""

from __future__ import annotations

from monitor.verdicts import check
from monitor.watchlist import Watchlist
from tests.verdicts.verdict_world import SIREN, D, cert, contract, host, registry


def test_the_document_says_who_what_until_when_and_why() -> None:
    listed = host(
        cert(expires_on="2027-01-10", activities={1, 2}), cert(number=None, activities=None, certifier_id=None)
    )
    watchlist = Watchlist(
        organisation="Clinique",
        language="en",
        contracts=(contract(activities={1, 2}, starts_on="2025-01-01"), contract(id="z", supplier="Zz", siren=None)),
    )
    document = check(registry(listed), watchlist, D, D).as_json()
    first, second = document.pop("contracts")
    assert document == {
        "checked_on": "2026-11-22",
        "organisation": "Clinique",
        "registry": {"run_id": 7, "observed_at": "2026-11-20T06:15:00Z", "age_days": 2},
        "summary": {"covered": 0, "attention": 1, "unknown": 1, "breach": 0, "closed": 0},
    }
    (finding,) = first.pop("findings")
    assert (finding["code"], finding["message"].isascii()) == ("EXPIRING", True)
    assert first == {
        "id": "k",
        "supplier": "Hébergeur Test",
        "verdict": "attention",
        "matched": {"host_id": "h", "legal_name": "HEBERGEUR TEST", "siren": SIREN, "how": "siren", "score": 100.0},
        "coverage_end": "2027-01-10",
        "days_left": 49,
        "missing_activities": [],
        "certificates": [
            {
                "id": "c2", "number": None, "certifier": None, "referential": "v2", "activities": None,
                "issued_on": "2025-01-01", "expires_on": "2028-01-01", "counts": True,
            },
            {
                "id": "c1", "number": "N-1", "certifier": "LNE", "referential": "v2", "activities": [1, 2],
                "issued_on": "2025-01-01", "expires_on": "2027-01-10", "counts": True,
            },
        ],
    }  # fmt: skip
    assert [one["code"] for one in second.pop("findings")] == ["NOT_LISTED"]
    assert second == {
        "id": "z",
        "supplier": "Zz",
        "verdict": "unknown",
        "matched": {"host_id": None, "legal_name": None, "siren": None, "how": "none", "score": None},
        "coverage_end": None,
        "days_left": None,
        "missing_activities": [1, 2, 3, 4, 5, 6],
        "certificates": [],
    }
