"""`registry.snapshot.load`: any `hds.db` with the documented tables, read-only, or one clear sentence."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from registry.errors import ConfigurationError, StorageError
from registry.snapshot import activities_of, load, mask_of
from tests.verdicts.published_registry import RUN, publish


def test_a_certificate_is_read_with_its_host_body_and_activities(tmp_path: Path) -> None:
    snapshot = load(publish(tmp_path / "hds.db"))
    (certificate,) = snapshot.hosts["scalingo"].certificates
    assert (certificate.number, certificate.referential, certificate.certifier_id) == ("38436-2", "v2", "lne")
    assert (certificate.issued_on, certificate.expires_on) == (date(2025, 9, 12), date(2028, 9, 11))
    assert certificate.activities == frozenset({1, 2, 3, 4, 5, 6})
    assert snapshot.certifiers["lne"].accredited_on == date(2018, 10, 1)
    assert snapshot.referentials["v1"].usable_until == date(2026, 5, 16)
    assert snapshot.referentials["v2"].usable_until is None


def test_no_activity_row_means_unknown_never_none_at_all(tmp_path: Path) -> None:
    path = publish(tmp_path / "hds.db", certificates=[{"id": "c", "activities": [], "legacy_scopes": "physical"}])
    assert load(path).hosts["scalingo"].certificates[0].activities is None


def test_a_host_without_certificates_is_there(tmp_path: Path) -> None:
    assert load(publish(tmp_path / "hds.db", certificates=[])).hosts["scalingo"].certificates == ()


def test_listed_is_read_for_hosts_certificates_and_bodies(tmp_path: Path) -> None:
    path = publish(
        tmp_path / "hds.db",
        hosts=[{"id": "scalingo", "listed": 0, "delisted_on": "2026-11-19"}],
        certificates=[{"id": "c", "listed": 0}],
        certifiers=[{"id": "lne", "listed": 0}],
    )
    snapshot = load(path)
    host = snapshot.hosts["scalingo"]
    assert (host.listed, host.delisted_on, host.certificates[0].listed) == (False, "2026-11-19", False)
    assert not snapshot.certifiers["lne"].listed


def run(**values: object) -> dict[str, object]:
    return RUN | values


@pytest.mark.parametrize(
    ("sentence", "runs", "expected"),
    [
        ("the last accepted", [run(id=1), run(id=2, finished_at="2026-11-21T06:00:00Z")], 2),
        ("unchanged counts", [run(id=1), run(id=2, finished_at="2026-11-21T06:00:00Z", outcome="unchanged")], 2),
        ("quarantined does not", [run(id=1), run(id=2, finished_at="2026-11-21T06:00:00Z", outcome="quarantined")], 1),
        ("failed does not", [run(id=1), run(id=2, finished_at="2026-11-21T06:00:00Z", outcome="failed")], 1),
        ("another list does not", [run(id=1), run(id=2, finished_at="2026-11-21T06:00:00Z", source="certifiers")], 1),
        (
            "one accepted later by a person counts when it finished",
            [run(id=2), run(id=1, finished_at="2026-11-21T06:00:00Z")],
            1,
        ),
        ("one still running does not", [run(id=1), run(id=2, finished_at=None, outcome=None)], 1),
        ("none at all", [], None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_last_good_run_of_the_host_list(
    sentence: str, runs: list[dict[str, object]], expected: int | None, tmp_path: Path
) -> None:
    found = load(publish(tmp_path / "hds.db", runs=runs)).run
    assert (found.id if found else None) == expected, sentence


def test_the_run_knows_when_it_finished(tmp_path: Path) -> None:
    found = load(publish(tmp_path / "hds.db")).run
    assert found and found.finished_at == datetime(2026, 11, 20, 6, 15, tzinfo=UTC)


def proof(table: str, row: str, field: str, sha256: str) -> dict[str, str]:
    return {"table_name": table, "row_id": row, "field": field, "sha256": sha256, "locator": "x"}


def test_a_proof_is_of_the_certificate_else_of_the_host(tmp_path: Path) -> None:
    provenance = [
        proof("hosts", "scalingo", "legal_name", "aa"),
        proof("certificates", "scalingo-1", "number", "bb"),
        proof("certificates", "scalingo-1", "expires_on", "bb"),
        proof("certificates", "scalingo-1", "document_url", "cc"),
    ]
    snapshot = load(publish(tmp_path / "hds.db", provenance=provenance))
    assert snapshot.proof("scalingo-1", "scalingo") == "bb"
    assert snapshot.proof("other", "scalingo") == "aa"
    assert snapshot.proof(host="scalingo") == "aa"
    assert snapshot.proof(host="nobody") is None


def test_reading_writes_nothing_and_needs_no_right_to_write(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    path = publish(folder / "hds.db")
    before = path.read_bytes()
    path.chmod(stat.S_IRUSR)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert load(path).hosts
        assert os.listdir(folder) == ["hds.db"]
        assert path.read_bytes() == before
    finally:
        folder.chmod(0o700)


def test_a_registry_in_wal_mode_with_unfinished_changes_is_read_with_them(tmp_path: Path) -> None:
    path = publish(tmp_path / "hds.db")
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("UPDATE hosts SET legal_name = 'NEW'")
    writer.commit()
    assert load(path).hosts["scalingo"].legal_name == "NEW"
    writer.close()


def test_a_path_with_odd_characters_is_read(tmp_path: Path) -> None:
    assert load(publish(tmp_path / "50% d'été?#" / "hds.db")).hosts


def test_no_file_says_to_crawl_first(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="hdswatch crawl") as caught:
        load(tmp_path / "hds.db")
    assert caught.value.exit_code == 2
    assert not (tmp_path / "hds.db").exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hds.db"
    path.write_text("hello " * 1000)
    with pytest.raises(StorageError, match=r"hds\.db: expected a published registry"):
        load(path)


def test_an_empty_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "hds.db"
    sqlite3.connect(path).execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(StorageError, match="no such table"):
        load(path)


def test_a_registry_without_versions_is_judged_by_those_the_program_ships(tmp_path: Path) -> None:
    path = publish(tmp_path / "hds.db")
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM referentials")
    db.close()
    shipped = load(path).referentials
    assert (shipped["v1"].usable_until, shipped["v2"].usable_until) == (date(2026, 5, 16), None)
    assert (shipped["v1"].issue_from, shipped["v1"].issue_until) == (date(2018, 6, 29), date(2024, 11, 16))


def test_a_registry_without_proofs_is_still_judged(tmp_path: Path) -> None:
    path = publish(tmp_path / "hds.db")
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE provenance")
    db.close()
    assert load(path).proof("scalingo-1", "scalingo") is None


@pytest.mark.parametrize("date_text", ["2026-13-01", "31/12/2026", "soon"])
def test_a_date_that_is_none_is_refused_not_ignored(date_text: str, tmp_path: Path) -> None:
    path = publish(tmp_path / "hds.db", certificates=[{"id": "c", "expires_on": date_text}])
    with pytest.raises(StorageError, match="expected a published registry"):
        load(path)


def test_an_activity_that_is_none_of_the_six_is_refused(tmp_path: Path) -> None:
    path = publish(tmp_path / "hds.db")
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO certificate_activities VALUES ('scalingo-1', 7)")
    db.close()
    with pytest.raises(StorageError, match="allowed: 1 to 6"):
        load(path)


def test_activities_and_masks_are_inverse() -> None:
    assert [mask_of(activities_of(mask)) for mask in range(64)] == list(range(64))
    assert activities_of(mask_of([1, 6])) == frozenset({1, 6})
