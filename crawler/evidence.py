"""The store of raw responses: one gzip file per distinct body, named by the sha256 of the body.

The same files are the proof behind published values and the bodies of conditional requests (an answer 304). Files
are written whole or not at all, readable by the operator only. Owns no opinion about what a body says.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from registry.errors import StorageError
from registry.home import PRIVATE_FOLDER

_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning removed."""

    files: int
    bytes: int


class EvidenceStore:
    """Bodies by sha256, below one folder, as `ab/abcdef….gz`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where that body is or would be. Raises ValueError for anything that is not a sha256 in hexadecimal."""
        if not _NAME.fullmatch(sha256):
            raise ValueError(f"expected a sha256 of 64 hexadecimal digits, found {sha256!r}")
        return self.folder / sha256[:2] / f"{sha256}.gz"

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, body: bytes) -> str:
        """Keeps a body and returns its sha256. The same body gives the same file, byte for byte; one that was damaged
        is written anew."""
        sha256 = hashlib.sha256(body).hexdigest()
        target = self.path(sha256)
        if self.is_whole(sha256):
            return sha256
        try:
            for folder in (self.folder, target.parent):
                folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            _write_whole(target, gzip.compress(body, compresslevel=6, mtime=0))
        except OSError as error:
            raise StorageError(
                f"evidence folder {self.folder}: cannot write ({error.strerror}); free space or mend its permissions"
            ) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The body. Raises StorageError when it is missing or is no longer what its name says."""
        path = self.path(sha256)
        try:
            body = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, ValueError) as error:
            raise StorageError(
                f"evidence {path}: expected the gzip of a captured page, found: {error}; restore it from a backup"
            ) from error
        if hashlib.sha256(body).hexdigest() != sha256:
            raise StorageError(f"evidence {path}: its content is not what its name says; restore it from a backup")
        return body

    def is_whole(self, sha256: str) -> bool:
        """Whether that body is kept and still is what its name says."""
        try:
            self.get(sha256)
        except StorageError:
            return False
        return True

    def names(self) -> Iterator[str]:
        """Every sha256 that is kept."""
        for file in sorted(self.folder.glob("??/*.gz")):
            if _NAME.fullmatch(file.stem):
                yield file.stem

    def prune(self, keep: Collection[str], *, older_than: float, max_bytes: int) -> Pruned:
        """Removes what is not in `keep` and was written before `older_than` (seconds since the epoch), then the
        oldest of the rest until the folder is at most `max_bytes`. What is in `keep` always stays."""
        kept = frozenset(keep)
        files = [(path.stat(), path) for path in map(self.path, self.names())]
        total = sum(stat.st_size for stat, _ in files)
        removed = freed = 0
        for stat, path in sorted(files, key=lambda file: (file[0].st_mtime, file[1].name)):
            if path.stem in kept or (stat.st_mtime >= older_than and total - freed <= max_bytes):
                continue
            path.unlink(missing_ok=True)
            removed += 1
            freed += stat.st_size
        return Pruned(removed, freed)

    def sweep(self, older_than: float) -> None:
        """Removes what a killed process left half written before that time (seconds since the epoch)."""
        for leftover in self.folder.glob("??/.*.part"):
            with suppress(OSError):
                if leftover.stat().st_mtime < older_than:
                    leftover.unlink()


def _write_whole(target: Path, content: bytes) -> None:
    """Temporary file, fsync, rename, fsync of the folder: after a power cut the file is whole or absent."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
