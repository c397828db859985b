"""The site as a visitor meets it: a real `hdswatch serve` process on a synthetic register, and a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from registry.clock import now, today
from tests.site import sample_register


class Site:
    """A running site: `url`, and `get` and `post` of one visitor (who comes from the loopback address `visitor`) that
    never follow redirects by themselves."""

    def __init__(self, url: str, home: Path, process: subprocess.Popen[str], visitor: str = "127.0.0.1") -> None:
        self.url, self.home, self.process = url.rstrip("/"), home, process
        way = httpx.HTTPTransport(local_address=visitor, verify=False, trust_env=False)
        self._client = httpx.Client(timeout=30, headers={"Accept-Language": ""}, trust_env=False, transport=way)

    def for_another(self, visitor: str) -> Site:
        """The same site, as somebody at another address meets it."""
        return Site(self.url, self.home, self.process, visitor)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **options: object) -> httpx.Response:
        self._client.cookies.clear()
        return self._client.get(self.url + path, **options)

    def post(self, path: str, **options: object) -> httpx.Response:
        self._client.cookies.clear()
        return self._client.post(self.url + path, **options)


@contextmanager
def serving(home: Path, *arguments: str, **variables: str) -> Iterator[Site]:
    """`hdswatch serve` on a free port until the block ends."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HDSWATCH_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "serve", "--port", "0", *arguments],
        env=environment | {"HDSWATCH_HOME": str(home)} | variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Site(_announced(process), home, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            if process.stderr:
                process.stderr.close()


def _announced(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    said = ""
    for line in process.stderr:
        said += line
        if found := re.search(r"http://[\d.]+:\d+/", line):
            return found.group()
    raise AssertionError(f"the site did not start: {said}")


def sample_home(folder: Path, **options: object) -> Path:
    """A home with a synthetic hds.db."""
    folder.mkdir(exist_ok=True)
    options.setdefault("last_run", now() - timedelta(hours=2))
    sample_register.build(folder / "hds.db", today(), **options)
    return folder


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all tests that only look."""
    with serving(sample_home(tmp_path_factory.mktemp("site") / "home")) as running:
        yield running


_visitors = count(2)


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The shared site with a visitor for each test: how often one address may ask is limited, so on a fast machine
    the tests before would decide whether this one is answered."""
    number = next(_visitors)
    visiting = shared_site.for_another(f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
    yield visiting
    visiting.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Callable[..., object]]:
    """Opens headless browsers: `chromium(width=360, dark=True, scripts=False)`; they are closed at the end."""
    from tests.site.browser import open_browser

    opened: dict[tuple[object, ...], object] = {}

    def get(width: int = 1280, *, dark: bool = False, scripts: bool = True) -> object:
        key = (width, dark, scripts)
        if key not in opened:
            opened[key] = open_browser(width, dark=dark, scripts=scripts)
        return opened[key]

    yield get
    for driver in opened.values():
        driver.quit()
