"""Takes the pictures of the README and the documentation from the demo, in headless Chromium.

Plays the demo in a folder of its own, serves it, and writes docs/images/*.png. Needs nothing but loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from socket import socket

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1200, 1500
PICTURES = (
    ("home", "/?lang=en"),
    ("home.fr", "/?lang=fr"),
    ("host", "/hosts/scalingo?lang=en"),
)
BROWSER_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def _free_port() -> int:
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.5)
    raise SystemExit(
        f"{address}: expected the demo's site within {seconds:g} s, found nothing; run `make demo` to see why"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        environment = os.environ | {"HDSWATCH_HOME": str(Path(folder) / "home")}
        demo = subprocess.Popen([sys.executable, "-m", "monitor.cli", "demo", "--port", str(port)], env=environment)
        try:
            _wait_for(f"http://127.0.0.1:{port}/", 180)
            IMAGES.mkdir(parents=True, exist_ok=True)
            for name, path in PICTURES:
                picture = IMAGES / f"{name}.png"
                subprocess.run(
                    [
                        "chromium",
                        *BROWSER_OPTIONS,
                        f"--user-data-dir={folder}/browser",
                        f"--window-size={WIDTH},{HEIGHT}",
                        f"--screenshot={picture}",
                        f"http://127.0.0.1:{port}{path}",
                    ],
                    check=True,
                    capture_output=True,
                )
                sys.stderr.write(f"{picture}\n")
        finally:
            demo.terminate()
            demo.wait(15)


if __name__ == "__main__":
    main()
