"""Links by which a person takes an alert over without a shell: signed, expiring, good for one alert and one use.

Owns the signing key (`ack.key`, 0600, in the home) and the list of used tokens. A link only opens a page: nothing is
acknowledged before a person posts a form there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.clock import stamp
from registry.errors import ConfigurationError, StorageError
from registry.home import PRIVATE_FILE, Home
from registry.settings import Settings

VALID_DAYS = 30
_KEY_BYTES = 32


class BadToken(ConfigurationError):
    """The link is not ours, was changed, is for another alert, is too old or was used. The message says which."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a good token allows: acting once on one alert."""

    ref: str
    nonce: str


def signing_key(home: Home) -> bytes:
    """The home's own key, made on first use. Raises StorageError naming the file when it can't be read or made."""
    path = home.path / "ack.key"
    try:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        except FileExistsError:
            if path.stat().st_mode & 0o077:  # a copy that somebody put back; who reads it can sign
                path.chmod(PRIVATE_FILE)
            key = path.read_bytes()
            if len(key) >= _KEY_BYTES:
                return key
            handle = os.open(path, os.O_WRONLY | os.O_TRUNC, PRIVATE_FILE)
        key = secrets.token_bytes(_KEY_BYTES)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
        return key
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be read or made ({error.strerror}); free space or change its permissions"
        ) from error


def private_base(settings: Settings) -> str | None:
    """Where the private instance is reached; None when links are to be left out (neither address is set)."""
    if settings.serve.public_url is None and settings.serve.private_url is None:
        return None
    return (settings.serve.private_url or f"http://127.0.0.1:{settings.serve.private_port}").rstrip("/")


def link(base: str, key: bytes, ref: str, now: datetime) -> str:
    """The address of the page on which `ref` can be acknowledged or snoozed, with a fresh token."""
    return f"{base}/alerts/{ref}?token={make_token(key, ref, now)}"


def make_token(key: bytes, ref: str, now: datetime) -> str:
    """A token for one alert, valid for VALID_DAYS."""
    expires = int((now + timedelta(days=VALID_DAYS)).timestamp())
    body = _encode(json.dumps({"ref": ref, "exp": expires, "n": secrets.token_urlsafe(12), "for": "ack"}).encode())
    return f"{body}.{_encode(_sign(key, body))}"


def check_token(conn: sqlite3.Connection, key: bytes, token: str, ref: str, now: datetime) -> Grant:
    """What the token allows. Raises BadToken; uses nothing up."""
    body, _, signature = token.partition(".")
    try:
        good = hmac.compare_digest(_decode(signature), _sign(key, body))
        claims = json.loads(_decode(body)) if good else {}
    except ValueError:
        good, claims = False, {}
    if not good or claims.get("for") != "ack" or claims.get("ref") != ref:
        raise BadToken(f"this link is not valid for {ref}; use the one in the message, or `hdswatch alerts ack {ref}`")
    if now.timestamp() > claims["exp"]:
        raise BadToken(
            f"this link is older than {VALID_DAYS} days; use a newer message, or `hdswatch alerts ack {ref}`"
        )
    if conn.execute("SELECT 1 FROM used_tokens WHERE nonce = ?", (claims["n"],)).fetchone():
        raise BadToken(f"this link was used before; use a newer message, or `hdswatch alerts ack {ref}`")
    return Grant(ref, claims["n"])


def use_token(conn: sqlite3.Connection, grant: Grant, now: datetime) -> None:
    """Makes the token worthless. Part of the transaction that acts on it; raises BadToken when another was faster."""
    made = conn.execute(
        "INSERT INTO used_tokens VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING nonce", (grant.nonce, stamp(now))
    ).fetchone()
    if made is None:
        raise BadToken(f"this link was used before; use a newer message, or `hdswatch alerts ack {grant.ref}`")


def _sign(key: bytes, body: str) -> bytes:
    return hmac.new(key, b"hdswatch-ack:" + body.encode(), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
