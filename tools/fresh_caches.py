"""A pytest plugin for `make mutants`: every test run begins with empty caches.

mutmut tries each change in a fork of a process that has run the tests already. A function that remembers its answers
would give the ones from before the change, and no test could notice it.
"""

from __future__ import annotations

import functools
import gc

OURS = ("crawler", "registry", "monitor")


def pytest_sessionstart() -> None:
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper) and thing.__module__.split(".")[0] in OURS:
            thing.cache_clear()
