"""The child process of the public site: Datasette on `hds.db`, answering on a socket that its parent holds.

Started by `monitor.serve` as `python -m monitor.site_process LISTENING_FD LINE_FD` in the home folder. Keeps no log of
requests: what a visitor asks is nobody's business.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.completion import completed, is_complete
from registry.home import Home

READY, RETIRE = b"1", b"0"
"""What is said on the line between parent and child."""
DRAIN_SECONDS = 1.0


def build_datasette(database: str) -> Any:
    """Datasette with the site's metadata, settings, templates and plugins, on one immutable database file."""
    from datasette.app import Datasette

    from monitor.site_files import site_folder

    return Datasette(files=[], immutables=[database], config_dir=site_folder(), cors=True)


async def answer(app: Any, listening: socket.socket, line: socket.socket, *, proxied: bool) -> None:
    """Serves an ASGI app until SIGTERM; says on the line when it is ready, and ends when the line's other end does.

    `proxied`: a proxy on this machine stands in front, so its X-Forwarded-For and -Proto say who asks. Without one,
    anybody could write them, and count as somebody else for the limits.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                line.send(READY)

        def retire(self) -> None:
            """Takes no new connection, gives those just taken time to ask, then ends."""
            for listener in self.servers:
                listener.close()
            asyncio.get_running_loop().call_later(DRAIN_SECONDS, setattr, self, "should_exit", True)

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=3,
        timeout_keep_alive=15, proxy_headers=proxied,
    )  # fmt: skip
    server, loop = Server(config), asyncio.get_running_loop()

    def heed_parent() -> None:
        if line.recv(1) == RETIRE:
            loop.call_soon_threadsafe(server.retire)
            line.recv(1)
        os.kill(os.getpid(), signal.SIGTERM)  # the parent is gone

    threading.Thread(target=heed_parent, daemon=True).start()
    await server.serve(sockets=[listening])


async def _main(listening: socket.socket, line: socket.socket) -> None:
    with TemporaryDirectory(prefix="hdswatch-site-") as folder:
        register = Home(Path(".")).published_db
        if not is_complete(register):
            completed(register, Path(folder))
            os.chdir(folder)  # the site names its database; that name tells no place on this machine
        datasette = build_datasette(register.name)
        await datasette.invoke_startup()
        await answer(datasette.app(), listening, line, proxied=bool(os.environ.get("HDSWATCH_SERVE__PUBLIC_URL")))


def run(main: Any) -> None:
    """Runs a child's coroutine on the two descriptors of the command line; a wrong start is one sentence."""
    logging.basicConfig(level=logging.WARNING, format="hdswatch site: %(message)s")
    listening, line = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
    try:
        asyncio.run(main(listening, line))
    except Exception as error:  # noqa: BLE001  the parent shows no traceback to a visitor or an operator
        logging.getLogger("hdswatch").error("did not start: %s", error)
        sys.exit(1)


if __name__ == "__main__":
    run(_main)
