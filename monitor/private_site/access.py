"""Who may look: the password, sessions in memory, and the mark that a form was ours.

The password comes from the environment or a file of the home, never from the command line; nothing of it is logged.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from registry.errors import ConfigurationError, StorageError
from registry.home import PRIVATE_FILE, Home

VARIABLE = "HDSWATCH_PRIVATE_PASSWORD"
FILE = "private.password"
SHORTEST = 8
COOKIE = "hdswatch_private"
SESSION_SECONDS = 12 * 3600
_MOST_SESSIONS = 500


def read_password(home: Home) -> tuple[str, str]:
    """(password, where it comes from). Without one, a random one is made and kept in `private.password` (0600).

    Raises ConfigurationError when it is too short or the file is open to others, StorageError when it can't be kept.
    """
    if given := os.environ.get(VARIABLE, "").strip():
        return _long_enough(given, f"environment variable {VARIABLE}"), f"environment variable {VARIABLE}"
    path = home.path / FILE
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(18) + "\n")
        mode = path.stat().st_mode & 0o077
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StorageError(
            f"{path}: the password of the private pages can't be read or made ({error.strerror}); change the "
            f"permissions of the home folder, or set {VARIABLE}"
        ) from error
    if mode:
        raise ConfigurationError(f"{path}: expected a file that only its owner may read; run `chmod 600 {path}`")
    return _long_enough(text, str(path)), str(path)


def _long_enough(password: str, where: str) -> str:
    if len(password) < SHORTEST:
        raise ConfigurationError(f"{where}: expected a password of at least {SHORTEST} characters, found a shorter one")
    return password


def same(one: str, other: str) -> bool:
    """Equality that takes the same time whatever the texts."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that gave the password. `mark` must come back with every form."""

    mark: str
    ends: float


class Sessions:
    """Sessions by their random key, in memory: a restart ends them all."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._open: dict[str, Session] = {}

    def begin(self) -> str:
        """A new session's key, for the cookie."""
        with self._lock:
            now = self._clock()
            self._open = {key: one for key, one in self._open.items() if one.ends > now}
            while len(self._open) >= _MOST_SESSIONS:
                self._open.pop(next(iter(self._open)))
            key = secrets.token_urlsafe(32)
            self._open[key] = Session(secrets.token_urlsafe(24), now + SESSION_SECONDS)
            return key

    def find(self, key: str) -> Session | None:
        """The session of a cookie, if it is still open."""
        session = self._open.get(key)
        return session if session and session.ends > self._clock() else None

    def end(self, key: str) -> None:
        """Closes a session."""
        self._open.pop(key, None)
