"""How cost grows from the size of today's list to a million certificates: taking in, publishing, reading, serving.

Each size in a process of its own. Writes `benchmarks/results/growth.md` and the curve `docs/images/growth.svg`.
Run:  python benchmarks/bench_growth.py [CERTIFICATES …]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from datetime import timedelta
from math import log10
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_registry import START, records, seconds, take_in  # noqa: E402  found beside this file
from benchmarks.bench_site import free_port, running  # noqa: E402
from registry.home import Home  # noqa: E402
from registry.publish import publish  # noqa: E402
from registry.snapshot import load  # noqa: E402
from registry.store import open_store  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "growth.md"
CURVE = ROOT / "docs" / "images" / "growth.svg"
SIZES = (400, 4_000, 40_000, 400_000, 1_000_000)
WORK = {"promote": "take in a first list", "unchanged": "take in the same again", "publish": "publish",
        "snapshot": "read for verdicts"}  # fmt: skip
PAGES = {"host": "/hosts/hebergeur-n-1-de-sante", "search": "/?q=HDS-000003", "home": "/"}
COLOURS = ("#0b4f6c", "#c2410c", "#15803d", "#7c3aed")


def measure(count: int, folder: Path) -> dict[str, float]:
    """Seconds of each piece of work, milliseconds of each page, megabytes on disk and at the peak in memory."""
    home, rows = Home(folder), records(count)
    with closing(open_store(home)) as conn:
        found = {"promote": take_in(conn, rows, START)}
        found["unchanged"] = take_in(conn, rows, START + timedelta(days=1))
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    del rows
    found["publish"] = seconds(lambda: publish(home, START + timedelta(days=1)))
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    found["snapshot"] = seconds(lambda: load(home.published_db))
    found["disk"] = home.published_db.stat().st_size / 1e6
    return found | served(folder)


def served(folder: Path) -> dict[str, float]:
    """The first answer of each page and the median of the next ten, from `hdswatch serve`; 0 where none came."""
    port = free_port()
    with running(
        "monitor.cli", "serve", "--port", str(port), folder=folder, port=port, HDSWATCH_HOME=str(folder)
    ) as base:
        times = {name: asked(base + path) for name, path in PAGES.items()}
    return {name: spent for name, (_, spent) in times.items()} | {
        f"{name} first": first for name, (first, _) in times.items()
    }


def asked(address: str) -> tuple[float, float]:
    times: list[float] = []
    for turn in range(11):
        start = time.perf_counter()
        with suppress(OSError):
            with urllib.request.urlopen(f"{address}{'&' if '?' in address else '?'}turn={turn}", timeout=120) as answer:
                answer.read()
            times.append(1000 * (time.perf_counter() - start))
    return (times[0], median(times[1:])) if len(times) > 1 else (0.0, 0.0)


def in_child(count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--measure", str(count)], stdout=subprocess.PIPE, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


def curve(found: dict[int, dict[str, float]]) -> str:
    """Seconds against certificates, both axes logarithmic: a straight line that rises by one a decade is linear cost."""
    sizes = sorted(found)
    low, high = log10(sizes[0]), log10(sizes[-1])
    times = [found[size][name] for size in sizes for name in WORK]
    floor, top = log10(min(times)) - 0.2, log10(max(times)) + 0.2

    def place(size: float, spent: float) -> tuple[float, float]:
        x = 70 + 480 * (log10(size) - low) / max(high - low, 1e-9)
        return round(x, 1), round(300 - 260 * (log10(spent) - floor) / (top - floor), 1)

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 350" role="img" font-family="sans-serif" font-size="12">',
        "<title>Seconds against certificates, both axes logarithmic</title>",
        '<rect width="760" height="350" fill="#fff"/>',
    ]
    for power in range(-4, 5):
        if floor <= power <= top:
            y = place(sizes[0], 10.0**power)[1]
            parts.append(
                f'<path d="M70 {y}H550" stroke="#ddd"/><text x="62" y="{y + 4}" text-anchor="end">{10.0**power:g} s</text>'
            )
    for size in sizes:
        parts.append(f'<text x="{place(size, times[0])[0]}" y="322" text-anchor="middle">{size:,}</text>')
    parts.append('<text x="310" y="343" text-anchor="middle">certificates</text>')
    ends: list[tuple[float, str, str]] = []
    for (name, said), colour in zip(WORK.items(), COLOURS, strict=True):
        points = [place(size, found[size][name]) for size in sizes]
        line = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points]
        ends.append((points[-1][1] + 4, said, colour))
    below = 0.0
    for y, said, colour in sorted(ends):
        below = max(y, below + 14)  # one name under the other
        parts.append(f'<text x="560" y="{below}" fill="{colour}">{said}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def report(found: dict[int, dict[str, float]]) -> str:
    sizes = sorted(found)

    def row(size: int) -> str:
        one = found[size]
        work = " | ".join(f"{one[name]:.2f} s ({1e6 * one[name] / size:,.0f} µs)" for name in WORK)
        pages = " | ".join(
            f"{one[f'{name} first']:,.0f}, {one[name]:,.0f} ms" if one[name] else "no answer" for name in PAGES
        )
        return f"| {size:,} | {work} | {one['disk']:,.0f} MB | {one['memory']:,.0f} MB | {pages} |"

    heads = [*(said for said in WORK.values()), "`hds.db`", "memory, peak", *(f"page: {name}" for name in PAGES)]
    return "\n".join(
        [
            "## Growth", "",
            "Two certificates a host. Time in all and, in brackets, a certificate: a bracket that stays the same down the "
            "column is linear cost. Pages from `hdswatch serve`: the first answer, then the median of the next ten.", "",
            "| certificates | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads), *(row(size) for size in sizes),
        ]
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        with tempfile.TemporaryDirectory() as folder:
            json.dump(measure(int(arguments[1]), Path(folder)), sys.stdout)
        return
    found = {}
    for count in [int(a) for a in arguments] or SIZES:
        found[count] = in_child(count)
        sys.stderr.write(f"{count:>9,} {found[count]}\n")
    text = report(found)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    CURVE.write_text(curve(found), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
