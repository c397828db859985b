"""Logging to stderr: for people on a terminal, one JSON object a line otherwise.

Owns the shape of log lines. What is logged are names and counts; addresses and secrets never get here.
"""

from __future__ import annotations

import sys
from typing import Any

_ready = False


def log() -> Any:
    """The logger of the watch. Configured on first use, so that importing costs nothing."""
    global _ready
    import structlog

    if not _ready:
        _configure(structlog)
        _ready = True
    return structlog.get_logger("hdswatch")


def _configure(structlog: Any) -> None:
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True),
            _one_line,
            structlog.dev.ConsoleRenderer(colors=True)
            if people
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=_stderr(structlog),
        cache_logger_on_first_use=False,
    )


def _stderr(structlog: Any) -> Any:
    """Looks stderr up for each logger, so that a redirected stderr is honoured."""
    return lambda *_: structlog.PrintLogger(sys.stderr)


def _one_line(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A value from outside can't start a line of its own or steer a terminal."""
    from monitor.wording import plain

    return {key: plain(value, 2000) if isinstance(value, str) else value for key, value in event.items()}
