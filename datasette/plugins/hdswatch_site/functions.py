"""SQL functions that the saved queries need on the reading connections."""

from __future__ import annotations

import sqlite3

from registry.text import fold


def register(conn: sqlite3.Connection) -> None:
    """Adds `hds_fold(text)`: lower case without accents, ligatures spelt out (contract: search ignores them)."""
    conn.create_function("hds_fold", 1, lambda value: fold(str(value)) if value is not None else "", deterministic=True)
