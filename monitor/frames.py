"""What a message needs that is not about a verdict: the registry's date and the source's page, kept between passes.

Owns these notes in `monitor.db`. Decides nothing and words nothing.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from monitor.messages.parts import Frame
from monitor.monitor_store import get_meta, set_meta
from monitor.watchlist import Watchlist
from registry.clock import paris_date, parse_instant, stamp
from registry.settings import Settings


def frame_of(conn: sqlite3.Connection, settings: Settings, watchlist: Watchlist, now: datetime) -> Frame:
    """What messages share that are not about a verdict: the registry's date comes from the last judged pass."""
    observed = get_meta(conn, "observed_at")
    return Frame(
        organisation=watchlist.organisation, language=watchlist.language, today=paris_date(now),
        observed_on=paris_date(parse_instant(observed)) if observed else None, run_id=None,
        public_url=settings.serve.public_url, thresholds=watchlist.thresholds,
    )  # fmt: skip


def remember_registry(conn: sqlite3.Connection, observed_at: datetime, page: tuple[str, str] | None) -> None:
    """Keeps what `frame_of` and `known_page` need until the next judged pass."""
    set_meta(conn, "observed_at", stamp(observed_at))
    if page:
        set_meta(conn, "page", json.dumps(page))


def known_page(conn: sqlite3.Connection, settings: Settings) -> tuple[str, str] | None:
    """(address, sha256) of the host list's page as last read; before that its address alone, with an empty hash."""
    page = get_meta(conn, "page")
    if page is not None:
        address, sha256 = json.loads(page)
        return address, sha256
    return list_address(settings, "hosts")


def list_address(settings: Settings, source: str) -> tuple[str, str] | None:
    """(address, "") of one of the two lists, `hosts` or `certifiers`, whether or not it was ever read."""
    from crawler.sources import load_source

    given = getattr(settings.crawl, f"{source}_url") or load_source(source).addresses
    return (given[0], "") if given else None
