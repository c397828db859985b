#!/usr/bin/env python3
"""Fetches hds.db for a read replica: only when it changed, checked before it is moved into place, whole or not at all.

Usage: HDSWATCH_SNAPSHOT_URL=https://…/hds.db HDSWATCH_HOME=/var/lib/hdswatch-replica python3 pull_snapshot.py
Needs nothing but Python. Exit code 0: new or unchanged; 1: the file that was there is left as it was.
"""

import os
import shutil
import sqlite3
import sys
import urllib.error
import urllib.request
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path


def pull(url: str, home: Path) -> str:
    """Says what was done. Raises OSError, ValueError or sqlite3.Error when nothing was."""
    home.mkdir(parents=True, exist_ok=True)
    target, part = home / "hds.db", home / ".hds.db.part"
    headers = {"If-Modified-Since": formatdate(target.stat().st_mtime, usegmt=True)} if target.exists() else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            with part.open("wb") as file:
                shutil.copyfileobj(answer, file)
            announced, modified = answer.headers["Content-Length"], answer.headers["Last-Modified"]
        if announced and part.stat().st_size != int(announced):
            raise ValueError(f"expected {announced} bytes, found {part.stat().st_size}")
        prove(part)
        part.chmod(0o644)
        if modified:
            instant = parsedate_to_datetime(modified).timestamp()
            os.utime(part, (instant, instant))
        os.replace(part, target)
        return "a new register is in place"
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
        return "unchanged"
    finally:
        part.unlink(missing_ok=True)


def prove(file: Path) -> None:
    """Raises when a file is not a whole register with at least one host."""
    conn = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        if conn.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise ValueError("expected a whole database, found a damaged one")
        if not conn.execute("SELECT COUNT(*) FROM hosts").fetchone()[0]:
            raise ValueError("expected a register with hosts, found an empty one")
    finally:
        conn.close()


if __name__ == "__main__":
    try:
        print(pull(os.environ["HDSWATCH_SNAPSHOT_URL"], Path(os.environ["HDSWATCH_HOME"])))
    except KeyError as missing:
        sys.exit(f"pull_snapshot: environment variable {missing.args[0]} is not set")
    except (OSError, ValueError, sqlite3.Error) as error:
        sys.exit(f"pull_snapshot: {error}; the register that was there is left as it was")
