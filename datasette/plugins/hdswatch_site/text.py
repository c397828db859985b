"""Scraped text made fit to show: no control or direction characters, bounded length, only real web addresses."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
LONGEST = 160


def plain(value: object) -> str:
    """The text without characters that XML forbids or that turn the reading direction; tabs and line ends kept."""
    return _UNFIT.sub("", "" if value is None else str(value))


def short(value: object, longest: int = LONGEST) -> str:
    """`plain`, cut with an ellipsis."""
    cleaned = plain(value)
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1].rstrip() + "…"


def host_site(address: str | None) -> str | None:
    """The address if a browser may follow it (http or https with a host), else None."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None
