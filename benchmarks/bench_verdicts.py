"""How many verdicts a second, against a plain SQL join of the same data, and what a contract costs in memory.

Ratios and rates come from one run on one machine; processor time, so that other work on it counts little. Every size
is measured in a process of its own. Writes `benchmarks/results/verdicts.md`.
Run:  python benchmarks/bench_verdicts.py [SIZE …]
"""

from __future__ import annotations

import gc
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from monitor.matching import Matcher
from monitor.verdicts import Assessor, check
from monitor.watchlist import Contract, Watchlist, load_watchlist
from registry.published_schema import TABLES
from registry.snapshot import Snapshot, load

RESULTS = Path(__file__).parent / "results" / "verdicts.md"
ON = date(2026, 11, 22)
HOSTS = 5_000
SIZES = (400, 1_000, 10_000, 100_000, 1_000_000)
GOAL = 50_000
CONTRACT = """\
  - id: contract-{0}
    supplier: {1}
    siren: "{2}"
    activities: {3}
    starts_on: 2025-01-01
    ends_on: 2029-12-31
    notify: [dpo]
"""
HEAD = """\
version: 1
organisation: Benchmark
language: en
channels: {dpo: {url_env: HDSWATCH_DPO_URL}}
contacts: [{id: dpo, role: dpo, channel: dpo}]
contracts:
"""


def publish(path: Path, chance: random.Random) -> None:
    """5,000 hosts with one to three certificates each; four of five are certified for all six activities now."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript("PRAGMA synchronous = OFF;" + TABLES)
        db.executemany("INSERT INTO activities VALUES (?, 'a', 'a', 'R')", [(n,) for n in range(1, 7)])
        db.execute(
            "INSERT INTO certifiers VALUES ('lne', 'LNE', NULL, NULL, '2018-01-01', NULL, NULL, NULL, 1, 'x', 'x')"
        )
        db.execute("INSERT INTO referentials VALUES ('v1', 'v1', NULL, '2018-06-29', '2024-11-16', '2026-05-16', 's')")
        db.execute("INSERT INTO referentials VALUES ('v2', 'v2', NULL, '2024-05-16', NULL, NULL, 's')")
        db.execute(
            "INSERT INTO runs (id, source, started_at, finished_at, outcome)"
            " VALUES (1, 'hosts', '2026-11-22T05:00:00Z', '2026-11-22T05:01:00Z', 'accepted')"
        )
        for host in range(HOSTS):
            db.execute(
                "INSERT INTO hosts VALUES (?, ?, ?, ?, 'FR', NULL, 1, 'x', 'x', NULL)",
                (f"host-{host}", f"Hébergeur numéro {host} SAS", f"{host}", siren(host)),
            )
            for number in range(chance.choice((1, 2, 2, 3))):
                _certificate(db, host, number, chance)


def _certificate(db: sqlite3.Connection, host: int, number: int, chance: random.Random) -> None:
    current = number == 0
    issued = date(2024, 6, 1) + timedelta(days=chance.randrange(800)) if current else date(2021, 1, 1)
    key = f"host-{host}-{number}"
    db.execute(
        "INSERT INTO certificates (id, host_id, certifier_id, number, referential, issued_on, expires_on, listed,"
        " first_seen, last_seen) VALUES (?, ?, 'lne', ?, ?, ?, ?, 1, 'x', 'x')",
        (key, f"host-{host}", key, "v2" if current else "v1", str(issued), str(issued + timedelta(days=1095))),
    )
    held = range(1, 7) if chance.random() < 0.8 else sorted(chance.sample(range(1, 7), 4))
    db.executemany("INSERT INTO certificate_activities VALUES (?, ?)", [(key, one) for one in held])


def siren(host: int) -> str:
    """Nine digits with a right check digit."""
    digits = f"{10_000_000 + host}"
    total = sum(sum(divmod(2 * int(d), 10)) if place % 2 else int(d) for place, d in enumerate(digits))
    return digits + str(-total % 10)


def contracts(size: int, chance: random.Random) -> list[Contract]:
    """Each with a random host and a random set of activities; six in ten have a SIREN, the others only a name."""
    made = []
    for number in range(size):
        host = chance.randrange(HOSTS)
        wanted = frozenset(chance.sample(range(1, 7), chance.randrange(1, 7)))
        known = siren(host) if chance.random() < 0.6 else None
        made.append(
            Contract(f"contract-{number}", f"Hébergeur numéro {host}", wanted, known, ends_on=date(2029, 12, 31))
        )
    return made


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds that a piece of work takes, and what it gives."""
    gc.collect()
    began = time.process_time()
    given = work()
    return time.process_time() - began, given


def peak() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_sql(path: Path, listed: list[Contract]) -> tuple[float, int]:
    """The least that SQL must do: which contracts have every activity in a certificate valid on the day, by SIREN."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TEMP TABLE wanted (contract INTEGER, siren TEXT, activity INTEGER)")
        db.executemany(
            "INSERT INTO wanted VALUES (?, ?, ?)",
            [
                (n, one.siren or siren(int(one.supplier.split()[-1])), a)
                for n, one in enumerate(listed)
                for a in one.activities
            ],
        )
        db.execute("CREATE INDEX temp.by_siren ON wanted (siren)")
        query = (
            "SELECT COUNT(*) FROM (SELECT w.contract, COUNT(DISTINCT w.activity) AS held FROM wanted w"
            " JOIN hosts h ON h.siren = w.siren AND h.listed"
            " JOIN certificates c ON c.host_id = h.id AND c.listed AND c.expires_on >= :on"
            " AND (c.issued_on IS NULL OR c.issued_on <= :on) AND c.source_status IS NULL"
            " JOIN referentials r ON r.version = c.referential"
            " AND (r.usable_until IS NULL OR r.usable_until >= :on)"
            " JOIN certificate_activities a ON a.certificate_id = c.id AND a.activity_id = w.activity"
            " GROUP BY w.contract) AS got"
            " JOIN (SELECT contract, COUNT(*) AS needed FROM wanted GROUP BY contract) AS need USING (contract)"
            " WHERE held = needed"
        )
        db.execute("CREATE INDEX IF NOT EXISTS hosts_siren ON hosts (siren)")
        db.execute("CREATE INDEX IF NOT EXISTS certificates_host ON certificates (host_id)")
        db.execute("ANALYZE")
        return cpu(lambda: db.execute(query, {"on": ON.isoformat()}).fetchone()[0])


def measure(size: int, folder: Path) -> dict[str, float]:
    """One size, in this process."""
    chance = random.Random(size)
    path = folder / "hds.db"
    publish(path, chance)
    load_seconds, snapshot = cpu(lambda: load(path))
    before = peak()
    listed = contracts(size, chance)
    held = peak() - before
    index_seconds, matcher = cpu(lambda: Matcher(snapshot))
    streamed = stream(snapshot, matcher, listed)
    result = {
        "size": size,
        "load": load_seconds,
        "index": index_seconds,
        "streamed": streamed,
        "contract_bytes": held * 1024 * 1024 / size,
    }
    if size <= 100_000:
        watchlist = Watchlist(contracts=tuple(listed))
        before = peak()
        seconds, checked = cpu(lambda: check(snapshot, watchlist, ON, ON, matcher=matcher))
        covered = checked.summary["covered"] + checked.summary["attention"]
        result |= {"check": seconds, "result_bytes": (peak() - before) * 1024 * 1024 / size, "covered": covered}
        result["json"] = cpu(lambda: json.dumps(checked.as_json()))[0]
        seconds, agreed = by_sql(path, listed)
        assert agreed == covered, f"SQL finds {agreed} covered, verdicts {covered}"
        result["sql"] = seconds
    if size <= 10_000:
        result["yaml"] = cpu(lambda: load_watchlist(as_yaml(folder, listed)))[0]
    return result


def stream(snapshot: Snapshot, matcher: Matcher, listed: list[Contract]) -> float:
    """Seconds to judge every contract once, keeping nothing."""
    assessor = Assessor(snapshot, ON, ON, matcher=matcher)

    def work() -> None:
        for contract in listed:
            assessor.assess(contract)

    return cpu(work)[0]


def as_yaml(folder: Path, listed: list[Contract]) -> Path:
    path = folder / "watchlist.yml"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for number, one in enumerate(listed):
            file.write(CONTRACT.format(number, one.supplier, one.siren or siren(number), sorted(one.activities)))
    return path


def page(rows: list[dict[str, float]]) -> str:
    """The results as Markdown."""
    main = next((row for row in rows if row["size"] == 100_000), None)
    lines = [
        "## Verdicts",
        "",
        "`python benchmarks/bench_verdicts.py`: contracts against 5,000 hosts, one core, processor time, registry and "
        "contracts loaded. Hosts and activities of a contract are random.",
        "",
    ]
    if main:
        rate, ratio = main["size"] / main["check"], main["check"] / main["sql"]
        verdict = "met" if rate >= GOAL else "missed"
        lines += [
            f"**100,000 contracts: {rate:,.0f} verdicts a second** with all findings (goal {GOAL:,}: {verdict}); "
            f"{ratio:.1f} times the processor time of one SQL join that only counts the covered ones "
            f"({main['sql']:.2f} s), and the two agree on every contract. Registry read in {main['load']:.2f} s, names "
            f"indexed in {main['index']:.2f} s, JSON of all verdicts in {main['json']:.2f} s. Memory: "
            f"{main['contract_bytes']:,.0f} bytes a contract, {main['result_bytes']:,.0f} bytes a verdict kept.",
            "",
        ]
    lines += [
        "| contracts | verdicts a second, kept | streamed | microseconds each | YAML read |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        kept = f"{row['size'] / row['check']:,.0f}" if "check" in row else "–"
        yaml = f"{row['yaml']:.2f} s" if "yaml" in row else "–"
        each = row["streamed"] / row["size"] * 1e6
        lines.append(f"| {row['size']:,.0f} | {kept} | {row['size'] / row['streamed']:,.0f} | {each:.1f} | {yaml} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(int(sys.argv[2]), Path(folder))))
        return
    rows = []
    for size in [int(one) for one in sys.argv[1:]] or SIZES:
        made = subprocess.run(
            [sys.executable, __file__, "--one", str(size)], capture_output=True, text=True, check=True
        )
        rows.append(json.loads(made.stdout))
    text = page(rows)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
