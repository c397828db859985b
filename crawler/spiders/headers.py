"""How much a server may say before its page: Twisted reads headers without an end, and keeps them all.

Owns that one bound. It is set on the parser itself, since neither Scrapy nor Twisted has a setting for it.
"""

from __future__ import annotations

from typing import Any

from twisted.web import _newclient

from registry.errors import SourceError

MOST_HEADER_BYTES = 256 * 1024
"""Of one answer. Servers and browsers commonly stop at 8 to 256 kB."""


def bound_headers() -> None:
    """From now on an answer of this process with longer headers is no answer: the connection is given up."""
    parsers: Any = _newclient.HTTPClientParser
    receive = parsers.dataReceived

    def bounded(parser: Any, data: bytes) -> None:
        receive(parser, data)
        if parser.state in (_newclient.STATUS, _newclient.HEADER):
            parser.header_bytes = getattr(parser, "header_bytes", 0) + len(data)
            if parser.header_bytes > MOST_HEADER_BYTES:
                raise SourceError("too_large", f"more than {MOST_HEADER_BYTES} bytes of headers before the page")

    parsers.dataReceived = bounded
