"""The bundled stand-in for the official site: for the demo, for tests, and for trying the crawler without a network.

Must never be mistaken for the official list: every page says so, and every invented host is called fictional.
Imports nothing from the other rooms, so that what it serves can't depend on how it will be read.
"""

from crawler.replica.server import ReplicaServer

__all__ = ["ReplicaServer"]
