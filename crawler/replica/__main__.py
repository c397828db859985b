"""`python -m crawler.replica [--port N] [--edition K]`: serves the replica until interrupted."""

from __future__ import annotations

import argparse
import contextlib
import sys
from datetime import date

from crawler.replica.cast import REFERENCE_DATE
from crawler.replica.editions import edition_names, parse_edition
from crawler.replica.server import ReplicaServer


def main() -> None:
    """Reads the arguments and serves in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m crawler.replica", description="Serves the replica on loopback.")
    parser.add_argument("--port", type=int, default=8765, help="default 8765; 0 takes a free one")
    parser.add_argument("--edition", default="1", choices=edition_names(), help="which state of the list to serve")
    parser.add_argument("--today", type=date.fromisoformat, default=REFERENCE_DATE, metavar="YYYY-MM-DD")
    given = parser.parse_args()
    server = ReplicaServer(given.port, parse_edition(given.edition), today=given.today)
    sys.stderr.write(f"Réplique de démonstration, édition {server.edition} : {server.url()}  (Ctrl-C pour arrêter)\n")
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_until_stopped()


if __name__ == "__main__":
    main()
