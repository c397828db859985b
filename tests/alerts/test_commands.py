"""The commands as a person or a script runs them: real processes, a real crawl of the replica, real sinks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.replica import ReplicaServer
from tests.alerts.alerts_world import HttpSink

Run = Callable[..., "subprocess.CompletedProcess[str]"]
HOSTS = "/hds/liste-des-hebergeurs-certifies/tableau"
CERTIFIERS = "/hds/organismes-certificateurs"


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer(edition=1, hosts=260) as server:
        yield server


@pytest.fixture
def setting(replica: ReplicaServer, http: HttpSink, home: Path) -> dict[str, str]:
    """The environment of a watching organisation; its watchlist is written, nothing has run yet."""
    contracts = [
        {"id": "known", "supplier": "Ancolie Hébergeur Fictif SAS", "activities": [1, 2, 3], "notify": ["dpo", "rssi"]},
        {"id": "lost", "supplier": "Nulle Part", "activities": [1], "notify": ["dpo"]},
        {"id": "over", "supplier": "Orage Hébergeur Fictif SAS", "activities": [3, 4], "notify": ["dpo", "rssi"]},
    ]
    document: dict[str, Any] = {
        "version": 1, "organisation": "CHU", "language": "en",
        "channels": {"dpo": {"url_env": "DPO_URL"}, "rssi": {"url_env": "RSSI_URL"}},
        "contacts": [{"id": n, "role": n, "channel": n} for n in ("dpo", "rssi")], "contracts": contracts,
    }  # fmt: skip
    (home / "watchlist.yml").write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return {
        "HDSWATCH_CRAWL__HOSTS_URL": replica.url(HOSTS), "HDSWATCH_CRAWL__CERTIFIERS_URL": replica.url(CERTIFIERS),
        "DPO_URL": http.url("/dpo"), "RSSI_URL": http.url("/rssi"),
    }  # fmt: skip


def test_the_whole_story_on_the_command_line(
    hdswatch: Run, setting: dict[str, str], http: HttpSink, home: Path
) -> None:
    first = hdswatch("once", **setting)
    assert first.returncode == 0, first.stderr
    assert sorted((m.to, m.kind) for m in http.messages()) == [
        ("/dpo", "alert"), ("/dpo", "inventory"), ("/rssi", "alert"), ("/rssi", "inventory"),
    ]  # fmt: skip
    assert hdswatch("once", **setting).returncode == 0
    assert len(http.messages()) == 4

    status = json.loads(hdswatch("status", "--json", **setting).stdout)
    assert status["ok"] and status["health"] == "green" and status["outbox"]["due"] == 0
    assert hdswatch("status", "--probe", **setting).returncode == 0

    listed = json.loads(hdswatch("alerts", "list", "--json", **setting).stdout)
    ref = next(a["ref"] for a in listed if a["severity"] == "breach")
    assert ref in {m.ref for m in http.messages()}
    shown = json.loads(hdswatch("alerts", "show", ref, "--json", **setting).stdout)
    assert {m["contact"] for m in shown["messages"]} == {"dpo", "rssi"}
    read = hdswatch("alerts", "show", ref, **setting)
    assert read.returncode == 0 and "codes:\n  " in read.stdout and "contact=rssi" in read.stdout

    acked = hdswatch("alerts", "ack", ref, "--by", "dpo", "--until", "2099-01-01", "--reason", "asked", **setting)
    assert acked.returncode == 0, acked.stderr
    assert hdswatch("once", **setting).returncode == 0
    assert [(m.to, m.kind, m.ref) for m in http.messages()[4:]] == [("/rssi", "ack", ref)]
    unknown = hdswatch("alerts", "ack", "HDS-QQQQ", "--by", "x", "--until", "2099-01-01", "--reason", "y", **setting)
    assert unknown.returncode == 2 and "HDS-QQQQ" in unknown.stderr

    verified = hdswatch("alerts", "journal", "--verify", **setting)
    assert verified.returncode == 0 and "unbroken" in verified.stdout
    told = json.loads(hdswatch("alerts", "journal", "--json", "--ref", ref, **setting).stdout)
    assert {"queued", "delivered", "acknowledged"} <= {entry["what"] for entry in told}

    examined = hdswatch("doctor", "--json", **setting)
    checks = json.loads(examined.stdout)["checks"]
    assert examined.returncode == 1
    assert [c["name"] for c in checks if not c["ok"]] == ["match"]
    assert "watchlist confirm lost" in next(c["mend"] for c in checks if not c["ok"])
    alone = [c for c in checks if c["name"] == "backup"]
    assert all(c["ok"] and c["mend"] and "has no backup" in c["detail"] for c in alone)
    assert ("note  backup" in hdswatch("doctor", **setting).stdout) == bool(alone)

    copies = home.parent / "copies"
    assert hdswatch("backup", copies, **setting).returncode == 0
    (home / "monitor.db").write_bytes(b"")
    broken = hdswatch("once", **setting)
    assert broken.returncode == 1 and "monitor.db" in broken.stderr and (home / "monitor.db").read_bytes() == b""
    assert hdswatch("status", "--probe", **setting).returncode == 1
    assert hdswatch("restore", copies, **setting).returncode == 0
    assert hdswatch("once", **setting).returncode == 0
    assert len(http.messages()) == 5


def test_a_test_message_reports_each_recipient(hdswatch: Run, setting: dict[str, str], http: HttpSink) -> None:
    http.script = [204, 500]
    tested = hdswatch("notify", "test", "--json", **setting)
    assert tested.returncode == 1
    assert [(r["channel"], r["delivered"]) for r in json.loads(tested.stdout)] == [("dpo", True), ("rssi", False)]
    assert [m.kind for m in http.messages()] == ["test"]
    assert hdswatch("notify", "test", "dpo", **setting).returncode == 0
    unknown = hdswatch("notify", "test", "nobody", **setting)
    assert unknown.returncode == 2 and "dpo, rssi" in unknown.stderr


def test_a_broken_watchlist_sends_nothing_and_exits_2(
    hdswatch: Run, setting: dict[str, str], http: HttpSink, home: Path
) -> None:
    (home / "watchlist.yml").write_text("version: 1\ncontacts: []\nsurprise: yes\n")
    refused = hdswatch("once", **setting)
    assert refused.returncode == 2 and "watchlist.yml" in refused.stderr and "surprise" in refused.stderr
    assert http.requests == []
    assert not (home / "registry.db").exists()


def test_a_home_that_cannot_be_made_is_named(hdswatch: Run, setting: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = hdswatch("--home", tmp_path / "file" / "home", "once", **setting)
    assert refused.returncode in (1, 2) and str(tmp_path / "file") in refused.stderr


def test_when_no_file_may_grow_the_folder_is_named_and_nothing_is_lost(
    hdswatch: Run, setting: dict[str, str], http: HttpSink, home: Path
) -> None:
    """A limit on file sizes fails writes just as a full disk does."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "from monitor.cli import main; main(['once'])"
    )
    full = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **setting, "HDSWATCH_HOME": str(home)}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert full.returncode in (1, 2), full.stderr
    assert str(home) in full.stderr
    assert "Traceback" not in full.stderr
    assert hdswatch("once", **setting).returncode == 0
    assert sorted(m.kind for m in http.messages()) == ["alert", "alert", "inventory", "inventory"]


# -- the daemon ------------------------------------------------------------------------------------------------------


class Daemon:
    """A real `hdswatch run`, with the socket of a service manager beside it."""

    def __init__(self, home: Path, setting: dict[str, str], *arguments: str) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = home.parent / "notify.sock"
        self.line.bind(str(path))
        self.line.settimeout(60)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HDSWATCH_")} | setting
        environment |= {
            "HDSWATCH_HOME": str(home), "NOTIFY_SOCKET": str(path), "HDSWATCH_CRAWL__DOWNLOAD_DELAY": "0",
        }  # fmt: skip
        self.log = home.parent / "daemon.log"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor.cli", "run", *arguments], env=environment, stderr=log, stdout=log
            )

    def heard(self, word: str) -> None:
        """Waits until the service manager is told `word`."""
        while word not in self.line.recv(4096).decode():
            pass

    def said(self, word: str, seconds: float = 100) -> None:
        """Waits until the log holds `word`."""
        for _ in range(int(seconds * 20)):
            if word in self.log.read_text(encoding="utf-8"):
                return
            time.sleep(0.05)
        raise AssertionError(f"{word!r} not in: {self.log.read_text(encoding='utf-8')}")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.line.close()


@pytest.fixture
def daemon(home: Path, setting: dict[str, str]) -> Iterator[Daemon]:
    made = Daemon(home, setting)
    yield made
    made.close()


def test_the_daemon_watches_reloads_shares_and_stops(
    daemon: Daemon, hdswatch: Run, setting: dict[str, str], http: HttpSink, home: Path
) -> None:
    daemon.heard("READY=1")
    daemon.said('"sent"')
    assert sorted(m.kind for m in http.messages()) == ["alert", "alert", "inventory", "inventory"]

    beside = hdswatch("run", **setting)
    assert beside.returncode == 1 and str(daemon.process.pid) in beside.stderr
    status = json.loads(hdswatch("status", "--json", **setting).stdout)
    assert str(daemon.process.pid) in status["daemon"] and status["health"] == "green"

    whole = (home / "watchlist.yml").read_text(encoding="utf-8")
    (home / "watchlist.yml").write_text(whole.replace('"version": 1', '"version": 99'), encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.said("refused")
    (home / "watchlist.yml").write_text(whole, encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.said("reloaded")
    for _ in range(200):
        if sum(m.kind == "source" for m in http.messages()) == 2:
            break
        time.sleep(0.05)
    assert sorted(m.to for m in http.messages() if m.kind == "source") == ["/dpo", "/rssi"]

    begun = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(10) == 0
    assert time.monotonic() - begun < 5
    assert hdswatch("once", **setting).returncode == 0
    assert sum(m.kind != "source" for m in http.messages()) == 4


def test_the_daemon_ends_a_crawl_that_hangs_when_it_is_told_to_stop(home: Path, setting: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        daemon = Daemon(home, setting | {"HDSWATCH_CRAWL__HOSTS_URL": f"http://127.0.0.1:{port}/"})
        try:
            daemon.said("crawling")
            silent.accept()[0].close()
            begun = time.monotonic()
            daemon.process.send_signal(signal.SIGINT)
            assert daemon.process.wait(10) == 0
            assert time.monotonic() - begun < 5
        finally:
            daemon.close()


def test_a_send_in_flight_is_ended_before_the_daemon_stops(home: Path, setting: dict[str, str], http: HttpSink) -> None:
    http.script = ["hang"] * 9
    daemon = Daemon(home, setting)
    try:
        for _ in range(1200):
            if http.requests:
                break
            time.sleep(0.05)
        daemon.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert daemon.process.poll() is None
        http.release.set()
        assert daemon.process.wait(40) == 0
    finally:
        daemon.close()
