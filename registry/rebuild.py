"""Folds the whole history again, when an observation came late or a person decided about identity.

Owns clearing and refilling the derived tables in one transaction. Ids and change ids stay what they were.
"""

from __future__ import annotations

import sqlite3

from registry.changes import Change
from registry.errors import StorageError
from registry.models import Cause


def rebuild(conn: sqlite3.Connection, cause: Cause) -> list[Change]:
    """Recomputes current and version tables from all observations; returns the changes that are new, with `cause`."""
    raise StorageError("a run observed before the newest one can't be taken in yet")
