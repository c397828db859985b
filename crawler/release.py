"""A person's decision on a quarantined run: release it into the registry, or reject it, with a reason that is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from crawler.crawl import LOCK_WAIT
from registry import clock
from registry.clock import parse_instant
from registry.errors import ConfigurationError
from registry.history import Promotion, promote
from registry.home import Home
from registry.publish import publish
from registry.runs import decide_run, last_good_run, show_run, staged
from registry.store import open_store, transaction, write_lock


def accept(home: Home, run_id: int, *, by: str, reason: str) -> Promotion:
    """Makes a quarantined run what the registry believes, as of when it was read, and publishes it.

    Raises ConfigurationError when the run is not a quarantined one without a decision, has no rows, or when a newer run
    of the same source was accepted meanwhile: the past would overwrite the present.
    """
    with write_lock(home, f"release of run {run_id}", wait=LOCK_WAIT), closing(open_store(home)) as conn:
        run = show_run(conn, run_id)
        newer = last_good_run(conn, run["source"])
        if run["outcome"] == "quarantined" and newer is not None and newer["id"] > run_id:
            raise ConfigurationError(
                f"run {run_id}: expected no newer accepted run of {run['source']}, found run {newer['id']} of "
                f"{newer['observed_at']}; crawl again instead, or reject run {run_id}"
            )
        with transaction(conn):
            decide_run(conn, run_id, "accepted", by=by, reason=reason, decided_at=clock.now())
            promotion = promote(conn, run_id, parse_instant(run["finished_at"]), staged(conn, run_id), cause="source")
        publish(home, clock.now())
        return promotion


def reject(home: Home, run_id: int, *, by: str, reason: str) -> sqlite3.Row:
    """Notes that a quarantined run is not to be believed. Nothing that is published changes."""
    with write_lock(home, f"rejection of run {run_id}", wait=LOCK_WAIT), closing(open_store(home)) as conn:
        decide_run(conn, run_id, "rejected", by=by, reason=reason, decided_at=clock.now())
        return show_run(conn, run_id)
