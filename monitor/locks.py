"""One process at a time may send messages for a home: an flock that names its holder.

Owns `monitor.lock`. The kernel drops the lock when its process ends, however it ends, so a kill -9 leaves nothing to
clean up. Must not be used for anything that a second process may do meanwhile, such as acknowledging an alert.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import ConfigurationError, HomeLocked
from registry.home import PRIVATE_FILE

_PAUSE = 0.1


@contextmanager
def one_process(path: Path, purpose: str, wait: float = 0) -> Iterator[None]:
    """Holds the lock file at `path` while the block runs; `wait` is how many seconds to stand in line.

    Raises HomeLocked naming the process and its purpose, ConfigurationError naming the folder when it can't be written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    except OSError as error:
        raise ConfigurationError(
            f"home folder {path.parent}: cannot write {path.name} ({error.strerror}); "
            "free space or change its permissions, or give another with --home"
        ) from error
    try:
        _wait_in_line(handle, path, wait)
        _sign(handle, purpose)
        yield
    finally:
        os.close(handle)


def _wait_in_line(handle: int, path: Path, wait: float) -> None:
    """Counts pauses rather than reading a clock: a clock that jumps must not change how long we wait."""
    for left in range(int(wait / _PAUSE), -1, -1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        if left:
            time.sleep(_PAUSE)
    raise HomeLocked(
        f"home folder {path.parent}: {holder(path) or 'another process'} is at work here; "
        "wait for it to end or stop it, then try again"
    )


def _sign(handle: int, purpose: str) -> None:
    """Writes who holds the lock. A full disk must not stop a pass that may not need to write."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
    except OSError:
        return


def holder(path: Path) -> str | None:
    """`hdswatch run (process 123)`, or None when the file says nothing."""
    try:
        signed = json.loads(path.read_bytes())
        return f"`hdswatch {signed['purpose']}` (process {signed['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_held(path: Path) -> bool:
    """Whether a live process holds the lock now. Takes nothing."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
