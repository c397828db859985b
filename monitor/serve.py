"""Runs the site: a parent that holds the listening socket and a child process that answers on it.

The parent never reads a request. When a new `hds.db` lands it starts a second child on the same socket, waits until
that one is ready and only then stops the first, so that no answer mixes two files and no visitor meets a closed door.
The public child gets an environment of its own, without any of the organisation's settings or secrets.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from monitor.private_site.access import read_password
from monitor.site_process import RETIRE
from registry.errors import ConfigurationError, HdsWatchError
from registry.home import HOME_VARIABLE, Home
from registry.settings import Settings
from registry.snapshot import open_published

POLL_SECONDS = 0.5
START_SECONDS = 60.0
RETRY_SECONDS = 10.0
STOP_SECONDS = 4.0
"""Less than the 5 s in which a service manager expects us to be gone."""

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
_Signature = tuple[int, int, int]


@dataclass(frozen=True)
class Instance:
    """What to run: `module` is the child's program, `watched` the file whose replacement restarts it (None: never)."""

    module: str
    host: str
    port: int
    environment: dict[str, str]
    folder: Path
    watched: Path | None


def public_instance(home: Home, settings: Settings, port: int | None) -> Instance:
    """The public site on `hds.db`. Raises ConfigurationError when nothing was published yet, StorageError when what
    was published is no registry that this program can read."""
    if not home.published_db.is_file():
        raise ConfigurationError(
            f"{home.published_db}: expected the published registry, found no such file; run `hdswatch crawl` first, "
            "or `hdswatch demo` to look around"
        )
    open_published(home.published_db).close()
    environment = {
        "HDSWATCH_SERVE__DEMO": "1" if settings.serve.demo else "0",
        "HDSWATCH_SERVE__PUBLIC_URL": settings.serve.public_url or "",
        "HDSWATCH_MONITOR__STALE_AFTER_DAYS": str(settings.monitor.stale_after_days),
    }
    return Instance(
        "monitor.site_process", settings.serve.host, settings.serve.port if port is None else port, environment,
        home.path, home.published_db,
    )  # fmt: skip


def private_instance(home: Home, settings: Settings, port: int | None) -> Instance:
    """The organisation's own pages, on loopback only. Raises ConfigurationError when there is no good password."""
    read_password(home)
    environment = {key: value for key, value in os.environ.items() if key.startswith("HDSWATCH_")}
    return Instance(
        "monitor.private_site.process", "127.0.0.1", settings.serve.private_port if port is None else port,
        environment | {HOME_VARIABLE: str(home.path)}, home.path, None,
    )  # fmt: skip


def run(instance: Instance, tell: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises HdsWatchError when the port is taken or the site does not start."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _listen(instance) as listening:
        seen = _signature(instance.watched)
        child = _start(instance, listening, stop)
        if child is None:
            return
        leaving: list[_Child] = []
        tell(f"serving on http://{_in_address(instance.host)}:{listening.getsockname()[1]}/ (stop with Ctrl-C)")
        try:
            while not stop.wait(POLL_SECONDS):
                leaving = [one for one in leaving if not one.gone()]
                now = _signature(instance.watched) or seen
                if now == seen and not child.gone():
                    continue
                if child.gone():
                    tell(f"the site's process ended with code {child.process.returncode}; starting it again")
                seen = now
                if new := _successor(instance, listening, stop, tell):
                    child.retire()
                    leaving.append(child)
                    child = new
                elif child.gone():
                    stop.wait(RETRY_SECONDS)
        finally:
            for one in (child, *leaving):
                one.end()
            for one in (child, *leaving):
                one.wait()


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    line: socket.socket
    """Our end of the line to the child: it says when it is ready, and ends when we do."""

    def gone(self) -> bool:
        return self.process.poll() is not None

    def retire(self) -> None:
        """Asks it to end once what it has begun is answered; its successor already takes the new visitors."""
        with suppress(OSError):
            self.line.send(RETIRE)

    def end(self) -> None:
        """Asks it to end soon."""
        if not self.gone():
            self.process.terminate()

    def wait(self) -> None:
        """Comes back when it has ended, by force if need be."""
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.line.close()


def _listen(instance: Instance) -> socket.socket:
    family = socket.AF_INET6 if ":" in instance.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((instance.host, instance.port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise HdsWatchError(
            f"{_in_address(instance.host)}:{instance.port}: expected a free port, found: {error.strerror}; "
            "stop the other program or give another port with --port"
        ) from error
    return listening


def _start(instance: Instance, listening: socket.socket, stop: Event) -> _Child | None:
    """A child that is ready to answer; None when told to stop meanwhile. Raises HdsWatchError if it ends first."""
    ours, theirs = socket.socketpair()
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    environment |= {key: value for key, value in os.environ.items() if key.startswith(("PYTHON", "COVERAGE"))}
    process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no user text
        [sys.executable, "-m", instance.module, str(listening.fileno()), str(theirs.fileno())],
        env=environment | instance.environment, cwd=instance.folder, pass_fds=(listening.fileno(), theirs.fileno()),
    )  # fmt: skip
    theirs.close()
    child = _Child(process, ours)
    ours.settimeout(POLL_SECONDS)
    for _ in range(int(START_SECONDS / POLL_SECONDS)):
        if stop.is_set():
            break
        try:
            said = ours.recv(1)
        except TimeoutError:
            continue
        if said:
            return child
        break
    child.end()
    child.wait()
    if stop.is_set():
        return None
    raise HdsWatchError("the site did not start; its own message stands above")


def _successor(instance: Instance, listening: socket.socket, stop: Event, tell: Callable[[str], None]) -> _Child | None:
    """A child for the file as it is now; None when it can't be served, so that the present child stays."""
    try:
        return _start(instance, listening, stop)
    except HdsWatchError as error:
        tell(f"{error}; the previous data stay on show")
        return None


def _signature(file: Path | None) -> _Signature | None:
    """What changes when another file takes this one's place."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
