"""A pytest plugin for `make mutants`: no test finds an answer that another one left in a cache.

mutmut tries each change in a fork of a process that has run the tests already, with the tests that called the changed
function then. A function that remembers its answers would give those from before the change, and a test that asked
what another had asked before it would not count as one that calls it.
"""

from __future__ import annotations

import functools
import gc
from typing import Any

OURS = ("crawler", "registry", "monitor")
_bounded: list[Any] = []
"""The caches of answers. Those without a bound hold what was read from files: the same for every test."""


def _caches() -> list[Any]:
    found = (thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper))
    return [cache for cache in found if cache.__module__.split(".")[0] in OURS]


def pytest_sessionstart() -> None:
    for cache in _caches():
        cache.cache_clear()


def pytest_collection_finish() -> None:
    _bounded[:] = [cache for cache in _caches() if cache.cache_parameters()["maxsize"] is not None]


def pytest_runtest_setup() -> None:
    for cache in _bounded:
        cache.cache_clear()
