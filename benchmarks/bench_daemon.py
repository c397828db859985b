"""What the daemon costs while nothing happens, how long a pass takes, and how fast messages leave.

Runs a real `hdswatch run` and reads its memory and CPU time from the kernel; passes and messages are measured in this
process. Writes `benchmarks/results/daemon.md`.  Run:  python benchmarks/bench_daemon.py [SECONDS]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor import passes
from monitor.crawling import CrawlResult
from registry import clock
from registry.home import Home
from tests.alerts.alerts_world import HttpSink, World, certificate

RESULTS = Path(__file__).parent / "results" / "daemon.md"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def build(folder: Path, sink: HttpSink, contracts: int, activities: list[int]) -> World:
    """A home that has made its first pass on as many hosts as contracts."""
    folder.mkdir()
    world = World(Home(folder))
    for number in range(contracts):
        world.host(f"Host {number}", certificate(f"N{number}", "2040-01-01", activities=activities))
    world.watch(
        *({"id": f"c{number}", "supplier": f"Host {number}"} for number in range(contracts)),
        channels={"dpo": sink.url()},
    )
    return world


def crawl_in_process(world: World) -> None:
    """Crawling is measured elsewhere: here a run is left behind at once."""

    def crawl(
        conn: object, home: Home, settings: object, now: Callable[[], object], stop: object = None
    ) -> CrawlResult:
        return CrawlResult({"hosts": world.crawl(clock.now())})

    passes.crawling.crawl = crawl  # type: ignore[assignment]  # see above


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory(pid: int) -> float:
    """Resident memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def idle(world: World, seconds: int) -> tuple[float, float, int]:
    """(MB resident, share of one core, threads) of a real daemon that has nothing to do."""
    environment = os.environ | {"HDSWATCH_HOME": str(world.home.path)}
    daemon = subprocess.Popen([sys.executable, "-m", "monitor.cli", "run"], env=environment, stderr=subprocess.DEVNULL)
    try:
        time.sleep(10)
        before = cpu_seconds(daemon.pid)
        time.sleep(seconds)
        used = cpu_seconds(daemon.pid) - before
        threads = len(list(Path(f"/proc/{daemon.pid}/task").iterdir()))
        return memory(daemon.pid), used / seconds, threads
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(10)


def seconds_of_pass(world: World, times: int = 5) -> float:
    """The best of a few passes with nothing to say."""
    best = 1e9
    for number in range(times):
        moment = clock.now() + timedelta(minutes=number)
        begun = time.perf_counter()
        passes.run_once(world.home, world.settings, lambda when=moment: when, wait=0)  # type: ignore[misc]  # a clock
        best = min(best, time.perf_counter() - begun)
    return best


def messages_per_second(folder: Path, sink: HttpSink, contracts: int) -> float:
    """Breach alerts of a first pass, from the outbox to a sink on loopback, each with its own transactions."""
    world = build(folder, sink, contracts, [1])
    crawl_in_process(world)
    before = len(sink.requests)
    begun = time.perf_counter()
    passes.run_once(world.home, world.settings, wait=0)
    return (len(sink.requests) - before) / (time.perf_counter() - begun)


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    sink = HttpSink()
    lines = ["# The daemon", "", f"Idle figures over {seconds} s of a real `hdswatch run` that ticks every 30 s.", ""]
    lines += [
        "| contracts | memory, idle | CPU, idle | threads | one pass with nothing to say |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        for contracts in (10, 400, 5000):
            world = build(Path(name) / str(contracts), sink, contracts, [1, 2, 3, 4, 5, 6])
            crawl_in_process(world)
            passes.run_once(world.home, world.settings, wait=0)
            took = seconds_of_pass(world)
            mb, share, threads = idle(world, seconds)
            lines.append(f"| {contracts} | {mb:.0f} MB | {share:.2%} of a core | {threads} | {took * 1000:.0f} ms |")
            print(lines[-1], flush=True)
        rate = messages_per_second(Path(name) / "many", sink, 500)
    sink.close()
    lines += [
        "",
        f"Messages to a web sink on loopback, each leased and settled in transactions of its own: {rate:.0f} a second.",
        "",
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
