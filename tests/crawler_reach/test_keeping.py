"""What evidence is kept, and what reading it again can and cannot do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.crawl import crawl
from crawler.evidence import EvidenceStore
from crawler.release import accept
from crawler.rereading import replay
from registry.clock import parse_instant
from registry.errors import ConfigurationError
from registry.home import Home
from registry.models import RunReport
from registry.runs import finish_run, start_run
from registry.settings import Settings
from registry.store import open_store
from tests.crawler_reach.reach_sites import NAMES, page, table

GREEDY = Settings(crawl={"keep_evidence_bytes": 0})  # type: ignore[arg-type]
"""Nothing is kept that need not be."""
AT = parse_instant("2026-11-20T05:00:00Z")


def read(nest: Home, tmp_path: Path, names: list[str], settings: Settings = GREEDY, remark: str = "") -> RunReport:
    file = tmp_path / "liste.html"
    file.write_text(page(table(names) + remark), encoding="utf-8")
    return crawl(nest, settings, "hosts", file=file)


def proofs(nest: Home) -> set[str]:
    with closing(sqlite3.connect(nest.published_db)) as conn:
        return {row[0] for row in conn.execute("SELECT DISTINCT sha256 FROM provenance")}


def test_pruning_never_takes_the_proof_of_what_is_published(nest: Home, tmp_path: Path) -> None:
    for number in range(3):
        read(nest, tmp_path, list(NAMES), remark=f"<p>Mis à jour : {number}</p>")
    kept = set(EvidenceStore(nest.evidence).names())
    assert proofs(nest) and proofs(nest) <= kept
    assert len(kept) < 3, "the page in between proves nothing any more"


def test_pruning_leaves_what_a_person_may_still_release(nest: Home, tmp_path: Path) -> None:
    read(nest, tmp_path, list(NAMES))
    assert read(nest, tmp_path, list(NAMES[:5])).outcome == "quarantined"
    file = tmp_path / "login.html"
    file.write_text(page("<form><input type='password'></form>", title="Connexion"), encoding="utf-8")
    assert crawl(nest, GREEDY, "hosts", file=file).outcome == "failed"
    accept(nest, 2, by="M. Exemple", reason="the list was really cut")
    assert proofs(nest) <= set(EvidenceStore(nest.evidence).names())


def test_a_released_run_can_be_read_again(nest: Home, tmp_path: Path) -> None:
    read(nest, tmp_path, list(NAMES))
    read(nest, tmp_path, list(NAMES[:5]))
    accept(nest, 2, by="M. Exemple", reason="the list was really cut")
    (report,) = replay(nest, 2)
    assert (report.outcome, report.rows) == ("same", 5)


def test_an_older_run_read_otherwise_leaves_the_present_as_it_is(nest: Home, tmp_path: Path) -> None:
    read(nest, tmp_path, [*NAMES[:-1]], Settings())
    read(nest, tmp_path, list(NAMES), Settings())
    (nest.path / "sources").mkdir()
    (nest.path / "sources" / "hosts.yml").write_text("headings:\n  country: [contrée]\n", encoding="utf-8")
    replay(nest, 1)
    with closing(sqlite3.connect(nest.published_db)) as conn:
        assert conn.execute("SELECT count(*) FROM hosts WHERE listed").fetchone() == (len(NAMES),)


@pytest.mark.parametrize(
    ("source", "outcome", "advice"),
    [
        ("documents", "accepted", "hdswatch crawl documents"),
        ("hosts", "quarantined", "hdswatch runs accept 1"),
        ("hosts", "failed", "crawl again"),
        ("hosts", None, "not finished"),
        ("hosts", "accepted", "evidence"),
    ],
)
def test_a_run_that_cannot_be_read_again_says_what_to_do(
    nest: Home, source: str, outcome: str | None, advice: str
) -> None:
    with closing(open_store(nest)) as conn:
        run_id = start_run(conn, source, "https://example.org/liste", AT)  # type: ignore[arg-type]
        if outcome is not None:
            finish_run(conn, run_id, outcome, None, finished_at=AT)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=advice):
        replay(nest, run_id)
