"""Names become addresses here, and a name must not lead into this machine or a private network.

Links are followed on the source's own site only (`addresses.same_site`); what is left is a name of that site which
resolves to a private address: a poisoned or rebound name, a `www.` that means something else inside. Allowed are the
hosts of addresses that the operator gave, and, once one of them is private, whatever else the site names. Scrapy keeps
an answer for the life of the process, so a name means one address throughout a crawl.
"""

from __future__ import annotations

from typing import Any

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from crawler.addresses import is_private

SETTING = "HDSWATCH_OPERATORS_HOSTS"
"""The Scrapy setting with the host names that may be private: those of addresses the operator gave, and of proxies."""
_refused: dict[str, str] = {}


def refused_address(host: str) -> str | None:
    """The private address for which a name was refused in this process. Twisted loses the words of a resolver's error."""
    return _refused.get(host.lower())


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver with that rule."""

    operators_hosts: frozenset[str] = frozenset()
    inside = False
    """Whether a host that the operator gave is private itself."""

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        resolver = super().from_crawler(crawler, reactor)
        resolver.operators_hosts = frozenset(host.lower() for host in crawler.settings.getlist(SETTING))
        resolver.inside = any(is_private(host) for host in resolver.operators_hosts)
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> Any:
        """The address of a name; fails like a name that does not exist when it must not be asked."""
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if not is_private(address) or is_private(name):
            return address  # an address that is written out was judged where the link was found
        if name.lower() in self.operators_hosts:
            self.inside = True
        if self.inside:
            return address
        _refused[name.lower()] = address
        raise DNSLookupError(f"{name} means {address}, inside a private network")
