"""kill -9 before every commit, before every send and after every send: nothing is lost, and a repeat says so."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from monitor import delivery, journal, monitor_store, passes, wire
from tests.alerts.alerts_world import HttpSink, SmtpSink, World, at, certificate, make_world

WHEN = at("2026-11-24 07:00")
LATER = at("2026-11-24 07:30")


def prepare(world: World, http: HttpSink, smtp: SmtpSink) -> None:
    """A home whose next pass crawls, opens and resolves alerts, and sends a digest to four recipients."""
    world.host("Ending", certificate("E1", "2026-12-20"))
    world.host("Gone", certificate("G1", "2026-11-23"))
    world.host("Fine", certificate("F1", "2030-01-01"))
    both = [{"id": name.lower(), "supplier": name, "notify": ["dpo", "rssi"]} for name in ("Ending", "Gone", "Fine")]
    world.watch(*both, channels={"dpo": http.url(), "rssi": smtp.url("a@chu.example,b@chu.example")}, thresholds=[26])


def die_at(count: int) -> list[int]:
    """From now on, this process kills itself at the count-th commit or send. Gives the counter of steps passed."""
    passed = [0]

    def step() -> None:
        passed[0] += 1
        if passed[0] == count:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(statement: str) -> None:
        if statement.startswith("COMMIT"):
            step()

    real_connect, real_send = sqlite3.connect, delivery.send

    def connect(*arguments: Any, **more: Any) -> sqlite3.Connection:
        conn = real_connect(*arguments, **more)
        conn.set_trace_callback(traced)
        return conn

    def send(*arguments: Any) -> wire.Receipt:
        step()
        receipt = real_send(*arguments)
        step()
        return receipt

    sqlite3.connect = connect  # type: ignore[assignment]  # for this dying process only
    delivery.send = send
    return passed


def pass_in_a_child(world: World, count: int) -> int:
    """Runs one pass in a forked process that dies at step `count`; gives its wait status. When it lives, its exit code
    is the number of steps it passed."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        passed = [0]
        try:
            passed = die_at(count)
            world.tick(WHEN)
        finally:
            os._exit(passed[0])
    return os.waitpid(child, 0)[1]


def arrived(http: HttpSink, smtp: SmtpSink) -> list[tuple[str, str, str, str]]:
    messages = http.messages() + smtp.messages()
    return [(m.to, m.kind, m.subject.split("]")[1], m.event) for m in messages]


Arrived = dict[tuple[str, str, str], set[str]]


def after_a_kill(world: World, http: HttpSink, smtp: SmtpSink, count: int) -> tuple[Arrived, int]:
    """A pass that dies at step `count`, then a whole one: (what arrived, by event id; exit code of the first)."""
    prepare(world, http, smtp)
    world.tick(at("2026-11-22 07:00"))
    http.requests.clear()
    smtp.mails.clear()
    status = pass_in_a_child(world, count)
    assert world.tick(LATER) == 0
    got = arrived(http, smtp)
    events: Arrived = {}
    for to, kind, subject, event in got:
        events.setdefault((to, kind, subject), set()).add(event)
    assert all(len(ids) == 1 for ids in events.values()), f"another event id after a kill at step {count}"
    assert len(got) - len(events) <= 1, f"killed at step {count}: at most the message in flight comes twice"
    conn = monitor_store.open_store(world.home)
    assert journal.verify(conn)[1] is None
    conn.close()
    return events, os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_a_pass_that_is_killed_anywhere_is_taken_up_by_the_next(
    fast_path: Path, http: HttpSink, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    with make_world(fast_path / "whole", monkeypatch) as world:
        wanted, steps = after_a_kill(world, http, smtp, 0)
    assert Counter((to, kind) for to, kind, _ in wanted) == Counter(
        {
            (to, kind): n
            for to in ("/hook", "a@chu.example", "b@chu.example")
            for kind, n in (("alert", 2), ("digest", 1))
        }
    )
    assert steps > 30
    for count in range(1, steps + 1, stride):
        with make_world(fast_path / f"killed{count}", monkeypatch) as world:
            events, code = after_a_kill(world, http, smtp, count)
        assert code == -signal.SIGKILL
        assert events.keys() == wanted.keys(), f"killed at step {count} of {steps}"


def test_two_passes_at_once_send_once(world: World, http: HttpSink, smtp: SmtpSink) -> None:
    prepare(world, http, smtp)
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            code = 99
            try:
                code = passes.run_once(world.home, world.settings, lambda: at("2026-11-22 07:00"), wait=20)
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0, 0, 0]
    assert Counter(m.kind for m in http.messages()) == Counter({"inventory": 1})
    assert len(smtp.mails) == 2
