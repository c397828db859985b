"""Ten thousand ticks of the daemon over seven simulated months: memory must stay flat.

The daemon, its databases, the verdicts and the deliveries are the real ones; the clock is told and the crawl happens in
this process. Fails when memory grows after the first fifth, or when a message comes twice. A whole run writes
`benchmarks/results/soak.md`.
Run:  python benchmarks/soak.py [TICKS]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor import crawling
from monitor.crawling import CrawlResult
from monitor.daemon import Daemon
from monitor.monitor_store import open_store
from monitor.watchlist import load_watchlist
from registry.home import Home
from tests.alerts.alerts_world import HttpSink, World, at, certificate

RESULTS = Path(__file__).parent / "results" / "soak.md"
WHOLE = 10_000
STEP = timedelta(minutes=30)
CONTRACTS = 60
ALLOWED_GROWTH = 4_000_000
"""Bytes from the first fifth of the run to its end: the allocator's own play."""


def resident() -> int:
    """This process's memory in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def build(folder: Path, sink: HttpSink) -> World:
    """Hosts whose certificates end all through the months to come."""
    world = World(Home(folder))
    for number in range(CONTRACTS):
        end = at("2026-12-01 00:00") + timedelta(days=4 * number)
        world.host(f"Host {number}", certificate(f"N{number}", end.date().isoformat()))
    world.watch(
        *({"id": f"c{number}", "supplier": f"Host {number}"} for number in range(CONTRACTS)),
        channels={"dpo": sink.url()},
    )
    return world


def soak(ticks: int) -> int:
    """Runs the daemon; gives the exit code."""
    sink = HttpSink()
    with tempfile.TemporaryDirectory() as name:
        world = build(Path(name), sink)
        moment = [at("2026-11-22 07:00")]

        def crawl_now(home: Home, settings: object, now: object) -> CrawlResult:
            return CrawlResult({"hosts": world.crawl(moment[0])})

        crawling.start = crawl_now  # type: ignore[assignment]  # no child: the crawl is not what is measured
        with closing(open_store(world.home)) as conn:
            watchlist = load_watchlist(world.home.watchlist)
            daemon = Daemon(conn, world.home, world.settings, watchlist, lambda: moment[0])
            events: list[tuple[str, str]] = []
            sizes, begun = [], time.perf_counter()
            for number in range(ticks):
                daemon.tick()
                moment[0] += STEP
                events += [(r["path"], r["headers"]["X-HDSWatch-Event"]) for r in sink.requests]
                sink.requests.clear()
                if number % max(1, ticks // 50) == 0:
                    sizes.append(resident())
                    print(f"tick {number:>6}  {sizes[-1] / 1e6:6.1f} MB  {len(events)} messages", flush=True)
        seconds = time.perf_counter() - begun
    sink.close()
    settled = sizes[len(sizes) // 5]
    growth = sizes[-1] - settled
    twice = len(events) - len(set(events))
    print(f"{ticks} ticks in {seconds:.0f} s, {len(events)} messages, {twice} twice, growth {growth / 1e6:+.1f} MB")
    if ticks >= WHOLE:
        RESULTS.write_text(
            "# The soak\n\n"
            f"{ticks} ticks of the daemon, half an hour of told time apart, on {CONTRACTS} contracts whose certificates "
            "end one after the other; crawls in the same process (`make soak`).\n\n"
            "| ticks | seconds | messages | that came twice | memory after a fifth | at the end | growth |\n"
            "|---|---|---|---|---|---|---|\n"
            f"| {ticks} | {seconds:.0f} | {len(events)} | {twice} | {settled / 1e6:.1f} MB | {sizes[-1] / 1e6:.1f} MB "
            f"| {growth / 1e6:+.1f} MB |\n",
            encoding="utf-8",
        )
    return 0 if growth <= ALLOWED_GROWTH and twice == 0 else 1


if __name__ == "__main__":
    sys.exit(soak(int(sys.argv[1]) if len(sys.argv) > 1 else WHOLE))
