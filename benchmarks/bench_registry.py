"""How fast the registry takes a list in and publishes it, against the least that SQLite could need for the same rows.

Ratios within one run on one machine; absolute times only to read them by. Writes `benchmarks/results/registry.md`.
Run:  python benchmarks/bench_registry.py [CERTIFICATES]
"""

from __future__ import annotations

import gc
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from registry.history import promote
from registry.home import Home
from registry.models import CertificateRecord, RawCell, RawRow, Record
from registry.publish import publish
from registry.runs import finish_run, stage, start_run
from registry.store import open_store, transaction

RESULTS = Path(__file__).parent / "results" / "registry.md"
START = datetime(2026, 11, 1, 6, tzinfo=UTC)
FAR = date(2030, 1, 1)
PER_HOST = 2
TABLES = (
    "hosts", "certifiers", "certificates", "certificate_activities", "host_versions", "certificate_versions",
    "provenance", "changes",
)  # fmt: skip
READ = ("hosts", "certificates", "certificate_activities")


def records(count: int) -> list[Record]:
    """`count` certificates of `count / 2` hosts, printed with eight cells each."""
    out: list[Record] = []
    for number in range(count):
        host = number // PER_HOST
        issued = date(2024, 1, 1) + timedelta(days=number % 900)
        name, printed = f"Hébergeur n° {host} de Santé SAS", f"HDS-{number:06d}"
        cells = {
            "legal_name": RawCell(name, f"table/tr[{number}]/td[1]"),
            "siren": RawCell(f"{host:09d}", f"table/tr[{number}]/td[2]"),
            "certifier": RawCell("LNE", f"table/tr[{number}]/td[3]"),
            "number": RawCell(printed, f"table/tr[{number}]/td[4]"),
            "referential": RawCell("v2.0", f"table/tr[{number}]/td[5]"),
            "activities": RawCell("1, 2, 3, 4", f"table/tr[{number}]/td[6]"),
            "issued_on": RawCell(str(issued), f"table/tr[{number}]/td[7]"),
            "expires_on": RawCell(str(issued + timedelta(days=1095)), f"table/tr[{number}]/td[8]"),
        }
        out.append(
            CertificateRecord(
                name, siren=f"{host:09d}", certifier="LNE", certifier_id="lne", number=printed, referential="v2",
                referential_label="v2.0", issued_on=issued, expires_on=issued + timedelta(days=1095),
                activities=frozenset({1, 2, 3, 4}),
                raw=RawRow("hosts", "0" * 64, "https://example.org/list", f"table/tr[{number}]", cells),
            )
        )  # fmt: skip
    return out


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def take_in(conn: sqlite3.Connection, rows: Sequence[Record], at: datetime) -> float:
    run_id = start_run(conn, "hosts", "https://example.org/list", at)
    stage(conn, run_id, rows)
    spent = seconds(lambda: promote(conn, run_id, at, rows))
    finish_run(conn, run_id, "accepted", finished_at=at, rows=len(rows))
    return spent


def bare_upsert(source: Path, target: Home) -> float:
    """The same rows, already in memory as tuples, into the same tables by `executemany`."""
    with closing(sqlite3.connect(source)) as old:
        rows = {table: old.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
        keys = {table: [r[1] for r in old.execute(f"PRAGMA table_info({table})") if r[5]] for table in TABLES}
        names = {table: [r[1] for r in old.execute(f"PRAGMA table_info({table})")] for table in TABLES}

    def write() -> None:
        with closing(open_store(target)) as conn:
            start_run(conn, "hosts", "https://example.org/list", START)
            with transaction(conn):
                for table in TABLES:
                    updated = ", ".join(f"{n} = excluded.{n}" for n in names[table] if n not in keys[table])
                    then = f"UPDATE SET {updated}" if updated else "NOTHING"
                    conn.executemany(
                        f"INSERT INTO {table} VALUES ({', '.join('?' * len(names[table]))})"
                        f" ON CONFLICT ({', '.join(keys[table])}) DO {then}",
                        rows[table],
                    )

    return seconds(write)


def measure(count: int, folder: Path) -> dict[str, float]:
    """Seconds of each piece of work, the best of several tries, taken in turns so that other work on the machine
    disturbs all alike; and the peak memory growth of the first promotion in bytes a certificate."""
    rows = records(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tries: dict[str, list[float]] = defaultdict(list)
    for turn in range(2):
        home, bare = Home(folder / f"home{turn}"), Home(folder / f"bare{turn}")
        with closing(open_store(home)) as conn:
            tries["promote"].append(take_in(conn, rows, START))
            if turn == 0:
                grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        tries["upsert"].append(bare_upsert(home.registry_db, bare))
    changed = [replace(row, expires_on=FAR) if number % 100 == 0 else row for number, row in enumerate(rows)]
    with closing(open_store(home)) as conn:
        tries["change"].append(take_in(conn, changed, START + timedelta(days=1)))
        for turn in range(3):
            tries["unchanged"].append(take_in(conn, changed, START + timedelta(days=2 + turn)))
            tries["read"].append(seconds(lambda: read_all(conn)))
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for turn in range(5):
        tries["publish"].append(seconds(lambda: publish(home, START + timedelta(days=5))))
        tries["vacuum"].append(vacuum_into(home.published_db, folder / f"vacuum{turn}.db"))
    best = {name: min(times) for name, times in tries.items()}
    return best | {"memory": grown * 1024 / count, "megabytes": home.published_db.stat().st_size / 1e6}


def read_all(conn: sqlite3.Connection) -> None:
    for table in READ:
        conn.execute(f"SELECT * FROM {table}").fetchall()


def vacuum_into(source: Path, target: Path) -> float:
    with closing(sqlite3.connect(source)) as conn:
        return seconds(lambda: conn.execute("VACUUM INTO ?", (str(target),)))


def in_child(count: int) -> dict[str, float]:
    """The same in a process of its own, so that memory is its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--measure", str(count)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def report(count: int, found: dict[str, float], small: dict[str, float]) -> str:
    def line(what: str, name: str, than: str, base: str, goal: float) -> str:
        ratio = found[name] / found[base]
        met = "met" if ratio <= goal else "missed"
        return f"| {what} | {found[name]:.2f} s | {than} | {found[base]:.2f} s | {ratio:.2f} | ≤ {goal:g}, {met} |"

    return "\n".join(
        [
            "## Registry",
            "",
            f"{count:,} certificates of {count // PER_HOST:,} hosts, eight printed cells each; "
            f"{found['megabytes']:.0f} MB published. Wall-clock, the best of several tries in turns.",
            "",
            "| what | time | against | time | ratio | goal |",
            "|---|---|---|---|---|---|",
            line(
                "promote a first list",
                "promote",
                "bare `executemany` upsert of the same rows into the same tables",
                "upsert",
                4,
            ),
            line(
                "promote an unchanged list", "unchanged", "`SELECT *` of hosts, certificates, activities", "read", 1.5
            ),
            line("publish", "publish", "`VACUUM INTO` of the published file", "vacuum", 3),
            "",
            f"A list in which one certificate of a hundred changed takes {found['change']:.2f} s. Promoting needs "
            f"{found['memory'] / 1000:.1f} kB of memory a certificate at {count:,} certificates and "
            f"{small['memory'] / 1000:.1f} kB at {count // 4:,}: growth is linear.",
            "",
            "The same rows are all that promotion writes, into the same tables: hosts, certificates, activities held, "
            "versions, changes and one proof a printed value.",
        ]
    )


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        with tempfile.TemporaryDirectory() as folder:
            json.dump(measure(int(arguments[1]), Path(folder)), sys.stdout)
        return
    count = int(arguments[0]) if arguments else 100_000
    text = report(count, in_child(count), in_child(count // 4))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
