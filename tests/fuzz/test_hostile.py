"""Hostile bodies end in a named refusal or a reading, in bounded time and memory; never in another exception, never in a hang."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time

import pytest

from crawler.readers import UnreadablePage, bounded, read
from tests.fuzz.hostile import HOSTILE

SECONDS = 60.0
MEGABYTES = 1_500
QUICK = (
    "boxes nested 100,000 deep", "tables nested 3,000 deep", "rows that all span each other", "a row of 50,000 cells",
    "a number of a million digits", "brackets nested 200,000 deep", "quotes without end", "a workbook of zeros", "zeros",
    "entities that define each other", "scripts full of braces", "numbers without end", "colons without end",
)  # fmt: skip

_MEASURE = """
import json, resource, sys
from crawler.readers import UnreadablePage, bounded, read
from tests.fuzz.hostile import HOSTILE
bounded.SECONDS = 10
media_type, make = HOSTILE[sys.argv[1]]
body = make()
try:
    outcome = f"{len(read(body, media_type, 'https://x.example/', 'hosts', '0').rows)} rows"
except UnreadablePage as error:
    outcome = error.code
usage = resource.getrusage(resource.RUSAGE_SELF)
json.dump({"outcome": outcome, "seconds": usage.ru_utime, "megabytes": usage.ru_maxrss / 1024}, sys.stdout)
"""


@pytest.mark.parametrize("name", QUICK)
def test_a_hostile_body_is_refused_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SECONDS", 10)
    media_type, make = HOSTILE[name]
    body = make()
    before = time.process_time()
    try:
        reading = read(body, media_type, "https://x.example/", "hosts", hashlib.sha256(body).hexdigest())
        assert not reading.rows or reading.refusals
    except UnreadablePage as refusal:
        assert refusal.code and str(refusal)
    assert time.process_time() - before < SECONDS / 4


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_costs_bounded_time_and_memory(name: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", _MEASURE, name], capture_output=True, text=True, timeout=4 * SECONDS, check=False
    )
    assert child.returncode == 0, child.stderr[-2000:]
    found = json.loads(child.stdout)
    assert found["seconds"] < SECONDS, found
    assert found["megabytes"] < MEGABYTES, found
