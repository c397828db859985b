"""Watchlist files for tests: one whole and valid text, and how to change one line of it."""

from __future__ import annotations

from pathlib import Path

WHOLE = """\
version: 1
organisation: Centre hospitalier d'Exemple
language: fr                # fr or en: the language of messages and reports
thresholds: [180, 90, 60, 30, 14, 7, 1, 0]   # days before coverage ends; then weekly
channels:
  dpo: {url_env: HDSWATCH_DPO_URL}            # never in this file
  rssi: {url_file: secrets/rssi.url, quiet_hours: "20:00-07:00"}
contacts:
  - {id: dpo, role: dpo, channel: dpo, backup: rssi}
  - {id: rssi, role: rssi, channel: rssi}
contracts:
  - id: dossier-patient                       # stable key
    supplier: Scalingo
    siren: "808665483"                        # optional, checked (Luhn)
    host_id: null                             # a person's decision
    certificate_numbers: []                   # optional
    aliases: []
    activities: [1, 2, 3, 4, 5, 6]            # required by this contract
    starts_on: 2025-01-01
    ends_on: 2027-12-31                       # after it the contract is closed
    notice_days: 90
    criticality: high                         # low, normal, high
    notify: [dpo, rssi]
    quoted: {certificate_number: 38436-2, expires_on: 2028-09-11, activities: [1,2,3,4,5,6]}
    notes: ""
silences:
  - {contract: dossier-patient, code: EXPIRING, from: 2026-12-01, until: 2026-12-15, by: M. Exemple, reason: file seen}
"""

SMALLEST = """\
version: 1
organisation: O
language: en
channels: {}
contacts: []
contracts:
  - {id: a, supplier: S, activities: [1], notify: []}
"""


def changed(old: str, new: str, text: str = WHOLE) -> str:
    """The text with one place changed; the place must be there exactly once."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def line_of(needle: str, text: str) -> int:
    """The line, from 1, on which a text stands first."""
    return text[: text.index(needle)].count("\n") + 1


def written(folder: Path, text: str) -> Path:
    path = folder / "watchlist.yml"
    path.write_bytes(text.encode())
    return path
