"""What can go wrong, as a person at the command line meets it. Each error knows the exit code it deserves.

Exit codes: 1 the job failed, 2 usage or configuration, 3 the snapshot was quarantined, 4 the source could not be
reached or is not the page it should be.
"""

from __future__ import annotations


class HdsWatchError(Exception):
    """One clear sentence for a person: what was expected, what was found, where, and what to do."""

    exit_code = 1


class ConfigurationError(HdsWatchError):
    """A setting, a watchlist or an argument is wrong; the message names file, line, field and what is allowed."""

    exit_code = 2


class StorageError(HdsWatchError):
    """A database or folder can't be read or written; the message names it."""


class HomeLocked(HdsWatchError):
    """Another process writes this home; the message says which."""


class SourceError(HdsWatchError):
    """The source could not be reached, or what answered is not the page it should be.

    `code` is a short stable word (`unreachable`, `bot_wall`, `truncated`…) kept as the run's reason; `url` and `sha256`
    say where it was seen, as far as known.
    """

    exit_code = 4

    def __init__(self, code: str, message: str, *, url: str | None = None, sha256: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.url = url
        self.sha256 = sha256
