"""Cells that stand under the wrong heading: a date where a name belongs, a certification body where a date belongs.

Only plain cases count, so that an odd value stays a problem of its own cell. Pure; what a shifted row is worth is for
`registry.interpret` (nothing but its name) and `registry.gate`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from registry.activities import read_scope
from registry.dates import looks_like_date
from registry.labels import Unreadable, is_known_certifier, read_referential, says_nothing
from registry.models import RawRow

_DATES = frozenset({"issued_on", "expires_on"})
_ADDRESSES = frozenset({"website", "document_url", "transparency_url"})
_WORDS = frozenset({"certifier", "referential", "activities", "source_status", "country", "siren"})


def shifted_rows(rows: Sequence[RawRow]) -> list[list[str]]:
    """For each row the fields whose cells plainly belong elsewhere, or none when the row stands as it should.

    One such cell is enough when the same column is in order in most other rows; where a whole column holds something
    else, the column was misnamed, and only a second such cell in the row says that the cells have moved.
    """
    misplaced = [[name for name, cell in row.cells.items() if belongs_elsewhere(name, cell.text)] for row in rows]
    wrong = Counter(name for names in misplaced for name in names)
    filled = Counter(name for row in rows for name, cell in row.cells.items() if not says_nothing(cell.text))
    odd = {name for name, count in wrong.items() if 2 * count < filled[name]}
    return [names if len(names) > 1 or odd & set(names) else [] for names in misplaced]


def belongs_elsewhere(name: str, text: str) -> bool:
    """Whether a cell plainly holds what another column should hold."""
    if says_nothing(text):
        return False
    is_date = looks_like_date(text) and not text.strip().isdigit()
    is_address = bool(re.match(r"\s*https?://", text))
    if name in _DATES:
        other = is_address or is_known_certifier(text) or _is_version(text)
        return other or (not is_date and read_scope(text).activities is not None)
    if name in _ADDRESSES:
        return is_date or is_known_certifier(text) or _is_version(text)
    if name == "number":
        return is_date or is_address or is_known_certifier(text)
    if name == "referential" and is_known_certifier(text):
        return True
    if name == "activities" and (
        is_known_certifier(text) or (_is_version(text) and read_scope(text).activities is None)
    ):
        return True
    return (is_date or is_address) and (name in _WORDS or name.startswith("activity_"))


def _is_version(text: str) -> bool:
    try:
        return read_referential(text) is not None
    except Unreadable:
        return False
