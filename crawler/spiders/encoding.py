"""Content-Encoding undone strictly and within a size: a cut or oversized stream is an error, never a shorter page."""

from __future__ import annotations

import zlib

ACCEPT = "gzip, deflate"
"""What requests say they take."""
_CHUNK = 64 * 1024
_MOST_LAYERS = 5
_FED = 1024
"""Bytes that zlib gets at a time."""


class CutShort(ValueError):
    """The compressed stream breaks off or is damaged."""


class TooLarge(ValueError):
    """More bytes than allowed."""


class UnknownEncoding(ValueError):
    """An encoding that was not asked for."""


def decompress(body: bytes, encodings: str, limit: int) -> bytes:
    """The body as it was before transfer. Raises CutShort, TooLarge or UnknownEncoding."""
    layers = [name for part in reversed(encodings.split(",")) if (name := part.strip().lower()) not in ("", "identity")]
    if len(layers) > _MOST_LAYERS:
        raise UnknownEncoding(f"Content-Encoding of {len(layers)} layers")
    for encoding in layers:
        if encoding in ("gzip", "x-gzip"):
            body = _gunzip(body, limit)
        elif encoding == "deflate":
            try:
                body = _inflate(body, 0, zlib.MAX_WBITS, limit)[0]
            except CutShort:
                body = _inflate(body, 0, -zlib.MAX_WBITS, limit)[0]  # what some servers call deflate has no zlib header
        else:
            raise UnknownEncoding(f"Content-Encoding {encoding!r}")
    if len(body) > limit:
        raise TooLarge(f"{len(body)} bytes")
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip stream; padding of zero bytes behind them is allowed."""
    parts: list[bytes] = []
    size = at = 0
    while at < len(body) and (body[at] or body[at:].strip(b"\x00")):
        member, at = _inflate(body, at, zlib.MAX_WBITS | 16, limit - size)
        parts.append(member)
        size += len(member)
    return b"".join(parts)


def _inflate(body: bytes, start: int, window: int, limit: int) -> tuple[bytes, int]:
    """The stream that starts there, and where it ends. It is fed a little at a time: zlib copies whatever it was given
    and has not used, so that many short streams in one body would cost the square of its length."""
    machine = zlib.decompressobj(window)
    parts: list[bytes] = []
    size = 0
    at, waiting = start, b""
    try:
        while not machine.eof:
            if not waiting:
                waiting = body[at : at + _FED]
                at += len(waiting)
            part = machine.decompress(waiting, _CHUNK)
            if not part and not waiting:
                raise CutShort("the compressed stream breaks off")
            waiting = machine.unconsumed_tail
            size += len(part)
            if size > limit:
                raise TooLarge(f"more than {limit} bytes after decompression")
            parts.append(part)
    except zlib.error as error:
        raise CutShort(f"the compressed stream is damaged ({error})") from error
    return b"".join(parts), at - len(machine.unused_data)
