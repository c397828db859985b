"""Content-Encoding undone strictly and within a size: a cut or oversized stream is an error, never a shorter page."""

from __future__ import annotations

import zlib

ACCEPT = "gzip, deflate"
"""What requests say they take."""
_CHUNK = 64 * 1024


class CutShort(ValueError):
    """The compressed stream breaks off or is damaged."""


class TooLarge(ValueError):
    """More bytes than allowed."""


class UnknownEncoding(ValueError):
    """An encoding that was not asked for."""


def decompress(body: bytes, encodings: str, limit: int) -> bytes:
    """The body as it was before transfer. Raises CutShort, TooLarge or UnknownEncoding."""
    for encoding in reversed([name.strip().lower() for name in encodings.split(",") if name.strip()]):
        if encoding in ("identity", ""):
            continue
        if encoding in ("gzip", "x-gzip"):
            body = _gunzip(body, limit)
        elif encoding == "deflate":
            try:
                body = _inflate(body, zlib.MAX_WBITS, limit)[0]
            except CutShort:
                body = _inflate(body, -zlib.MAX_WBITS, limit)[0]  # what some servers call deflate has no zlib header
        else:
            raise UnknownEncoding(f"Content-Encoding {encoding!r}")
    if len(body) > limit:
        raise TooLarge(f"{len(body)} bytes")
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip stream; padding of zero bytes behind them is allowed."""
    whole = b""
    while body.strip(b"\x00"):
        member, body = _inflate(body, zlib.MAX_WBITS | 16, limit - len(whole))
        whole += member
    return whole


def _inflate(body: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    machine = zlib.decompressobj(window)
    parts: list[bytes] = []
    size = 0
    waiting = body
    try:
        while not machine.eof:
            part = machine.decompress(waiting, _CHUNK)
            waiting = machine.unconsumed_tail
            if not part and not waiting and not machine.eof:
                raise CutShort("the compressed stream breaks off")
            size += len(part)
            if size > limit:
                raise TooLarge(f"more than {limit} bytes after decompression")
            parts.append(part)
    except zlib.error as error:
        raise CutShort(f"the compressed stream is damaged ({error})") from error
    return b"".join(parts), machine.unused_data
