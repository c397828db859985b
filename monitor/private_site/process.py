"""The child process of the private pages. Started by `monitor.serve` on loopback; keeps no log of requests."""

from __future__ import annotations

import socket

from monitor.private_site.access import read_password
from monitor.private_site.app import PrivateSite
from monitor.private_site.house import House
from monitor.site_process import answer, run
from registry import clock
from registry.home import find_home
from registry.settings import load_settings


async def _main(listening: socket.socket, line: socket.socket) -> None:
    home = find_home(None)
    password, _ = read_password(home)
    settings = load_settings(home)
    site = PrivateSite(House(home, settings), password, clock.now)
    await answer(site, listening, line, proxied=settings.serve.private_url is not None)


if __name__ == "__main__":
    run(_main)
