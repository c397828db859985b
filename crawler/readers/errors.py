"""What a reader may refuse, by name. Nothing else leaves `crawler.readers`."""

from __future__ import annotations

from registry.errors import SourceError


class UnreadablePage(SourceError):
    """The bytes can't be read as what they claim to be: broken, cut short, too big, too deep."""


class NoListFound(UnreadablePage):
    """The page is readable, but holds no list of the source asked for."""
