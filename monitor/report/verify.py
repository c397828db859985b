"""Checks an evidence pack offline: every file is the one that was written, none is missing, none was added.

Owns the reading of `SHA256SUMS`. Trusts nothing in the folder: paths that leave it and links are faults.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from registry.errors import ConfigurationError

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)\Z")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a pack came to."""

    files: int
    faults: tuple[str, ...]


def verify_pack(folder: Path) -> Verified:
    """Compares a pack with its sums. Raises ConfigurationError when the folder is no pack at all."""
    sums = folder / SUMS
    try:
        lines = sums.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{folder}: expected a report with a readable {SUMS}, found: {error}") from error
    faults: list[str] = []
    expected: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        found = _LINE.match(line)
        if not found or _leaves(found[2]):
            faults.append(f"{SUMS}:{number}: expected a sha256 and a path inside the report, found {line[:100]!r}")
        elif found[2] in expected:
            faults.append(f"{SUMS}:{number}: {found[2]} stands there twice")
        else:
            expected[found[2]] = found[1]
    if not expected:
        faults.append(f"{SUMS}: names no file")
    faults += [fault for name, sha256 in sorted(expected.items()) if (fault := _fault(folder, name, sha256))]
    written = {SUMS, *expected, *(str(above) for name in expected for above in PurePosixPath(name).parents)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in written:
            faults.append(f"{name}: was not part of the report")
    if not faults:
        faults += _unproven(folder)
    return Verified(len(expected), tuple(faults))


def is_pack(folder: Path) -> bool:
    """Whether a folder is an intact pack."""
    try:
        return (folder / SUMS).is_file() and not verify_pack(folder).faults
    except (ConfigurationError, OSError):
        return False


def _leaves(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name


def _fault(folder: Path, name: str, sha256: str) -> str | None:
    path = folder / name
    if path.is_symlink() or any(parent.is_symlink() for parent in path.parents if folder in parent.parents):
        return f"{name}: expected a file, found a link"
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"{name}: expected the file, found: {error.strerror}"
    if found != sha256:
        return f"{name}: expected sha256 {sha256}, found {found}"
    return None


def _unproven(folder: Path) -> list[str]:
    """Captured pages are named by their own sha256, and the pages that a contract cites as kept are there."""
    faults = []
    for path in sorted((folder / "pages").glob("*")):
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.name.partition(".")[0]:
            faults.append(f"pages/{path.name}: its content is not what its name says")
    for path in sorted((folder / "contracts").glob("*.json")):
        try:
            cited = [page["file"] for page in json.loads(path.read_text(encoding="utf-8"))["pages"]]
        except (ValueError, KeyError, TypeError):
            faults.append(f"contracts/{path.name}: expected the JSON of a report, found something else")
            continue
        faults += [
            f"contracts/{path.name}: cites {name}, which is not there"
            for name in cited
            if name is not None and not (folder / name).is_file()
        ]
    return faults
