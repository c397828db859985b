"""How many pages a second the site gives, against Datasette's own pages on the same data and machine, in one run.

Uses `wrk` when it is installed (`make bench` installs it where it may), else a small generator of our own (raw sockets
kept alive, one thread), which itself tops out at some thousands a second and so understates the faster pages. Writes
`benchmarks/results/site.md`.
Run:  python benchmarks/bench_site.py [SECONDS]
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from registry.clock import now, today  # noqa: E402  found beside this file, also without an installation
from tests.site import sample_register  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "site.md"
CONNECTIONS = 8
PLAIN_QUERY = "select * from certificates where host_id = :host"


@dataclass
class Measured:
    """Requests a second and the 50th and 99th percentile of their time in milliseconds."""

    rate: float
    p50: float
    p99: float
    failed: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*arguments: str, folder: Path, port: int, **variables: str) -> Iterator[str]:
    """A server process until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=folder, env=os.environ | variables, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(200):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/-/versions.json", timeout=5):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def measure(base: str, path: str, seconds: float, headers: tuple[str, ...] = ()) -> Measured:
    """One address asked over and over, after a warm-up."""
    tool = with_wrk if shutil.which("wrk") else with_sockets
    tool(base, path, min(1.0, seconds), headers)
    return tool(base, path, seconds, headers)


def with_wrk(base: str, path: str, seconds: float, headers: tuple[str, ...]) -> Measured:
    given = [part for header in headers for part in ("-H", header)]
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(round(seconds), 1)}s", "--latency", *given, base + path],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    shares = {share: float(n) * units[unit] for share, n, unit in re.findall(r"(\d\d)% +([\d.]+)(us|ms|s)", said)}
    rate = re.search(r"Requests/sec: +([\d.]+)", said)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Measured(
        float(rate.group(1)) if rate else 0.0, shares["50"], shares["99"], int(failed.group(1)) if failed else 0
    )


def with_sockets(base: str, path: str, seconds: float, headers: tuple[str, ...]) -> Measured:
    host, port = base.removeprefix("http://").split(":")
    request = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""]).encode()
    chooser = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        chooser.register(Asking(socket.create_connection((host, int(port))), request), selectors.EVENT_READ)
    times: list[float] = []
    failed, begun = 0, time.perf_counter()
    for key in list(chooser.get_map().values()):
        key.fileobj.ask()  # type: ignore[union-attr]
    while (elapsed := time.perf_counter() - begun) < seconds:
        for key, _ in chooser.select(timeout=1):
            asking: Asking = key.fileobj  # type: ignore[assignment]
            if asking.read():
                times.append(time.perf_counter() - asking.asked)
                failed += asking.status not in (200, 304)
                asking.ask()
    for key in list(chooser.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    times.sort()
    at = {share: 1000 * times[min(int(len(times) * share), len(times) - 1)] for share in (0.5, 0.99)}
    return Measured(len(times) / elapsed, at[0.5], at[0.99], failed)


class Asking:
    """One connection that asks the same again and again; understands Content-Length and chunks."""

    def __init__(self, sock: socket.socket, request: bytes) -> None:
        self.sock, self.request, self.buffer, self.asked, self.status = sock, request, b"", 0.0, 0

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        self.sock.close()

    def ask(self) -> None:
        self.buffer, self.asked = b"", time.perf_counter()
        self.sock.sendall(self.request)

    def read(self) -> bool:
        """Takes what came; whether the answer is whole."""
        self.buffer += self.sock.recv(262_144)
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        self.status = int(head[9:12])
        if self.status == 304:
            return True
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return len(body) >= int(length.group(1)) if length else body.endswith(b"0\r\n\r\n")


def first_visits(folder: Path, base: str) -> list[float]:
    """Milliseconds of the first visit to every host page, sorted."""
    with closing(sqlite3.connect(folder / "hds.db")) as conn:
        hosts = [row[0] for row in conn.execute("SELECT id FROM hosts")]
    times = []
    for host in hosts:
        begun = time.perf_counter()
        with urllib.request.urlopen(f"{base}/hosts/{host}") as answer:
            answer.read()
        times.append(1000 * (time.perf_counter() - begun))
    return sorted(times)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample_register.build(folder / "hds.db", today(), last_run=now())
        plain = {"databases": {"hds": {"queries": {"plain": {"sql": PLAIN_QUERY}}}}}
        (folder / "metadata.json").write_text(json.dumps(plain), encoding="utf-8")
        ours, theirs = free_port(), free_port()
        site = running("monitor.cli", "serve", "--port", str(ours), folder=folder, port=ours, HDSWATCH_HOME=name)
        own = ("datasette", "serve", "-i", "hds.db", "-m", "metadata.json", "--port", str(theirs))
        with site as mine, running(*own, folder=folder, port=theirs) as base:
            write(folder, mine, base, seconds)


def write(folder: Path, mine: str, base: str, seconds: float) -> None:
    """Measures each pair one after the other, twice in turn, keeps the better of each, and writes the page."""
    day = today()
    question = f"/hds/host_on.json?host=bientot&on={day}&_shape=array"
    tag = urllib.request.urlopen(f"{mine}/hosts/bientot").headers["ETag"]
    data_tag = urllib.request.urlopen(mine + question).headers["ETag"]
    first = first_visits(folder, mine)
    cases = {
        "host page": (mine, "/hosts/bientot", ()),
        "default table page": (base, "/hds/hosts", ()),
        "home": (mine, "/", ()),
        "default home": (base, "/", ()),
        "host_on.json": (mine, question, ()),
        "plain canned query": (base, "/hds/plain.json?host=bientot&_shape=array", ()),
        "host page, unchanged (304)": (mine, "/hosts/bientot", (f"If-None-Match: {tag}",)),
        "search": (mine, "/?q=sante", ()),
        "Atom feed": (mine, "/feeds/changes.atom", ()),
        "host_on.json, unchanged (304)": (mine, question, (f"If-None-Match: {data_tag}",)),
    }
    best: dict[str, Measured] = {}
    for _ in range(2):
        for name, (server, path, headers) in cases.items():
            found = measure(server, path, seconds, headers)
            if name not in best or found.rate > best[name].rate:
                best[name] = found
            sys.stderr.write(f"{name:<30} {found.rate:8.0f}/s  p50 {found.p50:6.1f} ms  p99 {found.p99:6.1f} ms\n")
    pairs = (
        ("Host page ÷ Datasette's default table page", "host page", "default table page", "at least 10"),
        ("Home ÷ Datasette's default home", "home", "default home", "at least 5"),
        ("Plain canned query ÷ `host_on.json`", "plain canned query", "host_on.json", "at most 1.5"),
    )
    tool = "wrk" if shutil.which("wrk") else "the generator in this file"
    lines = [
        "## The site", "",
        f"{len(first)} hosts, {CONNECTIONS} connections kept alive, {seconds:g} s each, load by {tool}; server and load share"
        " the machine, so times under load are mostly waiting.", "",
        "| page | requests a second | p50 ms | p99 ms | failed |", "|---|---:|---:|---:|---:|",
        *(f"| {n} | {m.rate:,.0f} | {m.p50:.1f} | {m.p99:.1f} | {m.failed} |" for n, m in best.items()), "",
        "| ratio | measured | goal |", "|---|---:|---|",
        *(f"| {said} | {best[a].rate / best[b].rate:.2f} | {goal} |" for said, a, b, goal in pairs), "",
        "Each page is made once and then kept until the register changes. The first visit to each of the host pages, one"
        f" after the other: median {first[len(first) // 2]:.1f} ms, slowest {first[-1]:.1f} ms (one host has 400"
        " certificates).",
    ]  # fmt: skip
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
