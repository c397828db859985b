"""What goes to the wire and what comes back: addresses, parcels, receipts, and the small rules about them.

Owns shapes and pure rules only; what speaks to a service is in `delivery`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_RETRY_AFTER = 24 * 3600


@dataclass(frozen=True, slots=True)
class Address:
    """Where one recipient is reached. `identity` is secret: only a keyed hash of it may be stored."""

    kind: str
    """`mail` or `service`."""
    identity: str = field(repr=False)
    label: str
    """Masked, fit for people and files: `d…@e….fr`, `json`."""
    arguments: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a channel's URL names. `dropped` counts recipients that are written there but can't be used."""

    usable: tuple[Address, ...] = ()
    dropped: int = 0
    problem: str = ""
    """Why nothing or not everything is usable; holds no part of the URL."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message in every form a recipient may need. The same on every try."""

    kind: str
    event: str
    ref: str
    subject: str
    text: str
    html: str
    short: str
    payload: Mapping[str, object]
    language: str = "fr"
    severity: str = "info"
    message_id: str = ""
    """The local part of the Message-ID."""
    thread: str | None = None
    """The local part of the Message-ID that this message follows up."""

    @property
    def headers(self) -> dict[str, str]:
        """What marks the message as ours, in HTTP and in mail alike."""
        return {"X-HDSWatch-Kind": self.kind, "X-HDSWatch-Event": self.event, "X-HDSWatch-Reference": self.ref}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a try. `detail` is for people and holds no address; `retry_after` is in seconds."""

    delivered: bool
    detail: str
    retry_after: int = 0
    timed_out: bool = False


def sign(secret: str, at: str, body: bytes) -> str:
    """HMAC-SHA256, in hex, of `at`, a full stop and the body: what a receiver of a signed webhook computes again."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def retry_after(value: str, now: datetime) -> int:
    """Seconds that a `Retry-After` header asks for, as a number or a date; 0 when it says nothing usable."""
    seconds = 0.0
    if value.strip().isdecimal():
        seconds = float(value)
    elif value:
        with suppress(ValueError, TypeError):
            seconds = (parsedate_to_datetime(value) - now).total_seconds()
    return int(min(max(seconds, 0), LONGEST_RETRY_AFTER))


def fingerprint(salt: str, address: Address) -> str:
    """A keyed hash by which an address is recognised without being stored."""
    digest = hmac.new(salt.encode(), address.identity.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:15]).decode()


def mask(text: str) -> str:
    """A host name as it may be shown: its first letter and its end."""
    head, dot, tail = text.rpartition(".")
    return text if text in ("localhost", "127.0.0.1") else f"{text[:1]}…{dot}{tail}" if head else f"{text[:1]}…"


def mask_mail(address: str) -> str:
    """A mail address as it may be shown: `d…@e….fr`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{mask(domain)}"


def cut(text: str, limit: int) -> str:
    """Fits a service's limit. The short text ends with its link, which is kept."""
    if limit <= 0 or len(text) <= limit:
        return text
    last = text.rstrip().rsplit("\n", 1)[-1]
    if "://" in last and len(last) + 3 < limit:
        return f"{text[: limit - len(last) - 3].rstrip()}…\n{last}"
    return text[: limit - 1] + "…"
