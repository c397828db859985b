"""Telling a service manager how we are: READY, RELOADING, STOPPING and the watchdog, over its socket.

Does nothing when no manager asks (`NOTIFY_SOCKET` unset). Depends on no library.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress


def notify(*lines: str) -> None:
    """Sends a message such as `READY=1`. A manager that does not listen is not our trouble."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)  # a manager that does not read must not stop us
        line.sendto("\n".join(lines).encode(), target)


def ready(status: str) -> None:
    """Start-up or reload is over."""
    notify("READY=1", f"STATUS={status}")


def reloading() -> None:
    """A reload begins; the manager wants to know when, by the clock that never jumps."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """We are on our way out."""
    notify("STOPPING=1")


def alive(status: str = "") -> None:
    """The watchdog's heartbeat."""
    notify("WATCHDOG=1", *([f"STATUS={status}"] if status else []))
