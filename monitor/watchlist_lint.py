"""What is valid in a watchlist but probably not meant. Pure; never refuses anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitor.watchlist import Watchlist


def advice(watchlist: Watchlist, today: date) -> Iterator[str]:
    """One sentence for each thing that a person should look at."""
    for contract in watchlist.contracts:
        if not contract.notify:
            yield f"contract {contract.id!r}: notify is empty, so nobody gets its messages"
        if contract.ends_on is not None and contract.ends_on < today:
            yield f"contract {contract.id!r}: ended on {contract.ends_on}; its verdict is closed"
        if not (contract.siren or contract.host_id or contract.certificate_numbers):
            yield f"contract {contract.id!r}: matched by name only; a SIREN or host_id is surer"
    used = {name for contract in watchlist.contracts for name in contract.notify}
    used |= {contact.backup for contact in watchlist.contacts.values() if contact.backup and contact.id in used}
    for contact in watchlist.contacts.values():
        if contact.id not in used:
            yield f"contact {contact.id!r}: no contract notifies it"
    reached = {contact.channel for contact in watchlist.contacts.values()}
    for channel in watchlist.channels:
        if channel not in reached:
            yield f"channel {channel!r}: no contact uses it"
    for silence in watchlist.silences:
        if silence.until < today:
            yield f"silence of {silence.code} for {silence.contract!r}: ended on {silence.until}"
