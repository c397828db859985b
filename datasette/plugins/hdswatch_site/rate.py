"""How often one visitor may ask for something costly. In memory only; forgets who asked as soon as it may."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock
from time import monotonic

BURST = 30
PER_SECOND = 0.5
_MOST_KEPT = 10_000


def visitor(address: str) -> str:
    """Who is behind an address: itself, or the /64 of an IPv6 address, for one household or server has all of that.
    What is no address (a proxy may pass anything on) is one visitor."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


class Limit:
    """A bucket of `burst` requests for each visitor that refills at `per_second`."""

    def __init__(
        self, burst: int = BURST, per_second: float = PER_SECOND, clock: Callable[[], float] = monotonic
    ) -> None:
        self._burst, self._rate, self._clock, self._lock = burst, per_second, clock, Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, visitor: str, *, take: bool = True) -> float:
        """Seconds until this visitor may ask; 0 takes one request from the bucket, unless told not to."""
        with self._lock:
            now = self._clock()
            left, since = self._left.get(visitor, (float(self._burst), now))
            left = min(left + (now - since) * self._rate, float(self._burst))
            if left < 1:
                return (1 - left) / self._rate
            self._left[visitor] = (left - take, now)
            if len(self._left) > _MOST_KEPT:
                self._forget(now)
            return 0.0

    def _forget(self, now: float) -> None:
        """Drops those whose bucket is full again, and everybody when that frees nothing."""
        self._left = {k: (n, t) for k, (n, t) in self._left.items() if n + (now - t) * self._rate < self._burst}
        if len(self._left) > _MOST_KEPT:
            self._left.clear()
