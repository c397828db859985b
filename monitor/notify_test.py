"""`notify test`: a real message to every recipient of a channel, at once, with each one's own result.

Owns nothing but the asking; works on a home that never ran a pass. The outbox is left alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from monitor.messages import compose
from monitor.messages.parts import Frame, Letter
from monitor.recipients import look_up
from monitor.registry_view import read_published
from monitor.watchlist import Watchlist
from registry.clock import paris_date
from registry.errors import ConfigurationError
from registry.home import Home
from registry.settings import Settings

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one recipient, or of a channel that has none. `recipient` is masked."""

    channel: str
    recipient: str
    delivered: bool
    detail: str

    def as_json(self) -> dict[str, object]:
        return {
            "channel": self.channel, "recipient": self.recipient, "delivered": self.delivered, "detail": self.detail,
        }  # fmt: skip


def send_tests(
    home: Home, settings: Settings, watchlist: Watchlist, channel: str | None, now: datetime
) -> list[TestResult]:
    """Sends to one channel, or to all. Raises ConfigurationError naming the channels that exist."""
    from monitor.delivery import send
    from monitor.wire import Parcel

    if channel is not None and channel not in watchlist.channels:
        known = ", ".join(watchlist.channels) or "none"
        raise ConfigurationError(f"channel {channel}: not in {watchlist.path}; channels there: {known}")
    results: list[TestResult] = []
    for name, (addresses, problem) in look_up(watchlist).items():
        if channel not in (None, name):
            continue
        if problem:
            results.append(TestResult(name, "-", False, problem))
        letter = Letter(kind="test", ref=_reference(), event=secrets.token_hex(16), page=_page(home))
        draft = compose.test(_frame(home, settings, watchlist, now), letter, name)
        for number, address in enumerate(addresses.usable if addresses else ()):
            parcel = Parcel(
                kind="test", event=letter.event, ref=letter.ref, message_id=f"{letter.event}.{number}",
                **draft.content()
            )  # fmt: skip
            receipt = send(address, parcel, now)
            results.append(TestResult(name, address.label, receipt.delivered, receipt.detail))
    return results


def _reference() -> str:
    return "HDS-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))


def _page(home: Home) -> tuple[str, str] | None:
    view = read_published(home)
    return view.page(None) if view else None


def _frame(home: Home, settings: Settings, watchlist: Watchlist, now: datetime) -> Frame:
    view = read_published(home)
    return Frame(
        organisation=watchlist.organisation, language=watchlist.language, today=paris_date(now),
        observed_on=paris_date(view.last.finished_at) if view and view.last else None, run_id=None,
        public_url=settings.serve.public_url,
    )  # fmt: skip
