"""PDF bytes → what the certificate says, in a process of its own that may fail without harm.

A PDF is a program of sorts: a hostile or broken one can eat all memory or never end. So it is read by a worker with a
memory limit, which is killed when a document takes too long and started afresh for the next one.
"""

from __future__ import annotations

import io
import json
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

from crawler import children
from crawler.certificate_text import read_certificate
from registry.documents import DocumentReading, reading_from_json

MOST_PAGES = 20
"""Certificates have a few pages; the scope is on the first ones."""
MOST_LINES = 2_000
SECONDS = 60.0
"""The longest that reading one document may take."""
MEMORY = 1_000_000_000
"""Bytes of address space of the worker."""
_SIZE = struct.Struct(">Q")


class UnreadableDocument(Exception):
    """The PDF can't be read: damaged, encrypted, too heavy. The message says which."""


def extract_lines(body: bytes) -> list[list[str]]:
    """The lines of text of the first pages. Raises UnreadableDocument. Runs in the calling process: for trusted bytes,
    and for the worker."""
    import pdfplumber

    try:
        with pdfplumber.open(io.BytesIO(body)) as book:
            pages = [page.filter(_first_of_each()).extract_text() for page in book.pages[:MOST_PAGES]]
    except Exception as error:  # the parser raises anything at all on damaged files
        inner = error.__cause__ or error.__context__ or error  # pdfplumber wraps what pdfminer raised
        raise UnreadableDocument(f"{type(inner).__name__}: {inner}"[:200].strip(": ")) from error
    return [text.encode("utf-8", "replace").decode().split("\n")[:MOST_LINES] for text in pages]


def _first_of_each() -> Callable[[dict[str, Any]], bool]:
    """Keeps one of the letters that are printed twice on nearly the same spot, as a cheap bold. (pdfplumber's own
    `dedupe_chars` takes time that grows with the square of the letters.)"""
    seen: set[tuple[str, int, int]] = set()

    def is_first(piece: dict[str, Any]) -> bool:
        if piece.get("object_type") != "char":
            return True
        text, top, left = piece["text"], round(piece["top"]), round(piece["x0"] * 2)
        repeated = any((text, top, left + shift) in seen for shift in (-1, 0, 1))
        seen.add((text, top, left))
        return not repeated

    return is_first


class PdfWorker:
    """Reads documents one after another in a child process. Use as a context manager."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PdfWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def read(self, body: bytes) -> DocumentReading:
        """What a document says. Whatever it does, this returns or raises UnreadableDocument in time."""
        process = self._running()
        with children.killed_after(process, self.seconds) as late:
            assert process.stdin is not None and process.stdout is not None
            with suppress(BrokenPipeError):
                process.stdin.write(_SIZE.pack(len(body)) + body)
                process.stdin.flush()
            answer = process.stdout.readline()
        if not answer.endswith(b"\n"):
            self._stop()
            reason = f"not read within {self.seconds:g} s" if late.is_set() else "reading it takes too much memory"
            raise UnreadableDocument(reason)
        said = json.loads(answer)
        if "error" in said:
            raise UnreadableDocument(said["error"])
        return reading_from_json(said["reading"])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                children.command("crawler.certificate_pdf", "work"),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            children.end(process)


def work() -> None:
    """The worker: a length and a document on stdin, a line of JSON on stdout, until stdin closes."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while (body := _next_document(sys.stdin.buffer)) is not None:
        answers.write(json.dumps(_answer(body)).encode() + b"\n")


def _next_document(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    (size,) = _SIZE.unpack(head)
    body = pipe.read(size)
    return body if len(body) == size else None


def _answer(body: bytes) -> dict[str, object]:
    try:
        return {"reading": read_certificate(extract_lines(body)).as_json()}
    except UnreadableDocument as error:
        return {"error": str(error)}
