"""The child process of a crawl: Scrapy, which can run only once in a process.

Reads one line of JSON on stdin (what to do), writes lines of JSON on stdout (what happened), and dies when stdin
closes, that is when the parent is gone, however it went. Touches no database: the parent alone writes the registry.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from crawler.evidence import EvidenceStore
from crawler.spiders.answers import Validator
from crawler.spiders.reading import reader_for

MOST_MEMORY = 2 * 1024**3
"""Bytes that a crawl may hold. The densest page of 20 MB takes half of it; a server whose headers never end would take
all there is, for no library bounds how many it reads."""


def main() -> None:
    """Runs one trip. The exit code is 0 when the outcome was told, whatever it was."""
    _hold_no_more_than(MOST_MEMORY)
    events = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever else prints goes to stderr, so that the events stay clean
    order = json.loads(sys.stdin.readline())
    _reach_this_machine_directly()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _run(order, lambda event: _write(events, event))


def _hold_no_more_than(size: int) -> None:
    """A request for more memory fails, and with it the answer that asked for it. Not on systems without such limits."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _reach_this_machine_directly() -> None:
    """A proxy serves the way out, not loopback: the demo must work behind one."""
    for name in ("no_proxy", "NO_PROXY"):
        given = os.environ.get(name)
        if given != "*":
            os.environ[name] = ",".join(filter(None, (given, "localhost,127.0.0.1,::1")))


def _proxies() -> list[str]:
    """Hosts that the operator's environment names as proxies; they may well be inside."""
    return [host for url in getproxies().values() if (host := urlsplit(url if "//" in url else f"//{url}").hostname)]


def _write(events: Any, event: dict[str, Any]) -> None:
    try:
        events.write(json.dumps(event, ensure_ascii=False) + "\n")
        events.flush()
    except BrokenPipeError:
        os._exit(1)


def _die_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _run(order: dict[str, Any], emit: Any) -> None:
    from scrapy.crawler import CrawlerProcess

    from crawler.spiders.document_spider import DocumentSpider
    from crawler.spiders.headers import bound_headers
    from crawler.spiders.list_spider import ListSpider, Trip

    bound_headers()
    trip = Trip(
        order["source"], order["addresses"], order["max_bytes"], order["max_pages"],
        {key: Validator(**value) for key, value in order["validators"].items()},
    )  # fmt: skip
    process = CrawlerProcess(scrapy_settings(order))
    store = EvidenceStore(Path(order["evidence"]))
    if order["source"] == "documents":
        process.crawl(DocumentSpider, trip=trip, reader=None, store=store, emit=emit)
    else:
        reader = reader_for(order["source"], Path(order["home"]))
        process.crawl(ListSpider, trip=trip, reader=reader, store=store, emit=emit)
    process.start(install_signal_handlers=False)


def scrapy_settings(order: dict[str, Any]) -> dict[str, Any]:
    """One connection, a pause between requests, nothing that Scrapy would do on its own: redirects, retries and
    decompression are judged by the spider."""
    return {
        "USER_AGENT": order["user_agent"],
        "ROBOTSTXT_OBEY": order["obey_robots"],
        "DOWNLOAD_DELAY": order["download_delay"],
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        "DOWNLOAD_TIMEOUT": order["download_timeout"],
        "DOWNLOAD_MAXSIZE": order["max_bytes"],
        "DOWNLOAD_WARNSIZE": 0,
        "URLLENGTH_LIMIT": 0,  # or Scrapy drops a longer address without a word, and the walk waits for ever
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "RETRY_ENABLED": False,
        "COMPRESSION_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REFERRER_POLICY": "same-origin",
        "TWISTED_DNS_RESOLVER": "crawler.spiders.resolver.GuardedResolver",
        "HDSWATCH_OPERATORS_HOSTS": [*order["operators_hosts"], *_proxies()],
        "LOG_ENABLED": True,  # to stderr: a defect must be told, never only "ended before it was done"
        "LOG_LEVEL": "ERROR",
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    }


if __name__ == "__main__":
    main()
