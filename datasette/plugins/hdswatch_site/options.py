"""What this instance was told by whoever started it: three environment variables, no file, no secret."""

from __future__ import annotations

import os
from typing import NamedTuple


class Options(NamedTuple):
    """`public_url` without a trailing slash, or empty; `stale_after_days` in civil days."""

    public_url: str
    demo: bool
    stale_after_days: int


def read_options() -> Options:
    """The options, with the defaults of `hdswatch.toml` for those that are not set."""
    return Options(
        public_url=os.environ.get("HDSWATCH_SERVE__PUBLIC_URL", "").rstrip("/"),
        demo=os.environ.get("HDSWATCH_SERVE__DEMO", "").lower() in ("1", "true", "yes", "on"),
        stale_after_days=int(os.environ.get("HDSWATCH_MONITOR__STALE_AFTER_DAYS") or 7),
    )
