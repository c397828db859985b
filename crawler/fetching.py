"""The parent's side of a crawl: starts the child process, listens to it, and ends it at the deadline.

Owns the process and the words exchanged with it; what the events mean for the registry is for the caller.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import IO, Any
from urllib.parse import urlsplit

from crawler import children
from crawler.addresses import origin
from crawler.sources import FIELDS, load_source
from crawler.spiders.answers import Validator
from registry.errors import HdsWatchError, SourceError, StorageError
from registry.home import Home
from registry.settings import CrawlSettings


class ChildFailed(HdsWatchError):
    """The child process ended without saying what became of the crawl: a defect, or the system ended it."""


def fetch(
    home: Home,
    settings: CrawlSettings,
    source: str,
    addresses: Sequence[str],
    validators: dict[str, Validator],
    sites: Sequence[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Events of one crawl as the child tells them; the last is `walked` or `failed`. `sites` are the addresses that a
    person gave, when `addresses` come from a page.

    Raises SourceError (`deadline`) when crawl.deadline passes, StorageError when evidence can't be kept, ChildFailed
    when the child dies unexpectedly. The child is gone when the iterator ends or is closed.
    """
    order = {
        "source": source,
        "addresses": list(addresses),
        "home": str(home.path),
        "evidence": str(home.evidence),
        "operators_hosts": operators_hosts(addresses if sites is None else sites),
        "validators": {key: asdict(validator) for key, validator in validators.items()},
        **settings.model_dump(
            include={"download_delay", "download_timeout", "user_agent", "obey_robots", "max_bytes", "max_pages"}
        ),
    }
    with _child() as (process, errors):
        assert process.stdin is not None and process.stdout is not None
        with children.killed_after(process, settings.deadline) as late:
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(order) + "\n")
                process.stdin.flush()
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "storage":
                    raise StorageError(event["message"])
                yield event
                if event["event"] in ("walked", "failed"):
                    return
        if late.is_set():
            raise SourceError(
                "deadline",
                f"{addresses[0]}: expected a crawl of at most {settings.deadline:g} s (crawl.deadline), found it still "
                f"going on; the site is slow, or raise the setting",
                url=addresses[0],
            )
        process.wait()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
        raise ChildFailed(
            f"expected the crawler process to tell what became of the crawl, found that it ended with code "
            f"{process.returncode}; nothing was changed. Crawl again; if it ends so again, report what it said: "
            f"{said[-1500:] or 'nothing'}"
        )


def operators_hosts(addresses: Sequence[str]) -> list[str]:
    """Hosts that may be inside a private network because the operator said so: all but those of the official sites."""
    official = {origin(url)[0] for source in FIELDS for url in load_source(source).addresses}
    hosts = {urlsplit(url).hostname or "" for url in addresses if origin(url)[0] not in official}
    return sorted(hosts - {""})


@contextmanager
def _child() -> Iterator[tuple[subprocess.Popen[str], IO[bytes]]]:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
            children.command("crawler.child", "main"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8",
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process, errors
        finally:
            children.end(process)
