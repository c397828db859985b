"""kill -9 at any point leaves registry.db and hds.db whole: the old state or the new one, never half.

A child process takes a list in and publishes it, and kills itself at a chosen point: after so many steps of SQLite's
machine, or just before or after a system call that matters.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from registry.home import Home
from registry.publish import needs_publishing, publish
from registry.store import open_store, write_lock
from tests.registry.registry_world import DAY, START, World, certificate

FIRST = [certificate(f"Host {n}", f"N-{n}", (1, 2)) for n in range(40)]
SECOND = [certificate(f"Host {n}", f"N-{n}", (1, 2, 3)) for n in range(5, 45)]
CHILD = """
import os, signal, sqlite3, sys
from pathlib import Path
point, home = sys.argv[1], Path(sys.argv[2])
steps = 0
def die(): os.kill(os.getpid(), signal.SIGKILL)
def step():
    global steps
    steps += 1
    if point.isdigit() and steps == int(point): die()
real = sqlite3.connect
def connect(*a, **k):
    conn = real(*a, **k)
    conn.set_progress_handler(step, 50)
    return conn
sqlite3.connect = connect
def around(name):
    call = getattr(os, name)
    def wrapped(*a, **k):
        if point == f"before {name}": die()
        done = call(*a, **k)
        if point == f"after {name}": die()
        return done
    setattr(os, name, wrapped)
for name in ("replace", "fsync"): around(name)
from tests.registry.registry_world import DAY, START
from tests.registry.test_kill import SECOND, World
world = World(home.parent)
world.read(*SECOND, at=START + DAY)
if point == "between": die()
from registry.publish import publish
publish(world.home, START + DAY)
print(steps)
"""


def run_child(point: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD, point, str(home)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A home with the first list published, and how many steps the second one takes."""
    folder = tmp_path_factory.mktemp("prepared")
    world = World(folder)
    world.read(*FIRST)
    publish(world.home, START)
    world.close()
    trial = shutil.copytree(folder, tmp_path_factory.mktemp("trial") / "copy")
    done = run_child("never", trial / "home")
    assert done.returncode == 0, done.stderr
    return folder, int(done.stdout)


def state_of(path: Path) -> tuple[str, int, int, int]:
    """Whole or not, and counts (hosts, listed hosts, activities held) that tell the first state from the second."""
    with closing(sqlite3.connect(path)) as conn:
        return (
            conn.execute("PRAGMA integrity_check").fetchone()[0],
            conn.execute("SELECT count(*) FROM hosts").fetchone()[0],
            conn.execute("SELECT count(*) FROM hosts WHERE listed").fetchone()[0],
            conn.execute("SELECT count(*) FROM certificate_activities").fetchone()[0],
        )


OLD, NEW = ("ok", 40, 40, 80), ("ok", 45, 40, 130)


def check_after(point: str, prepared: tuple[Path, int], tmp_path: Path) -> tuple[bool, bool]:
    """Kills at the point; returns whether the registry and the published file are the new ones."""
    folder = shutil.copytree(prepared[0], tmp_path / point.replace(" ", "_"))
    died = run_child(point, folder / "home")
    assert died.returncode == -signal.SIGKILL, died.stderr
    home = Home(folder / "home")
    published = state_of(home.published_db)
    with closing(open_store(home)):
        believed = state_of(home.registry_db)
    assert published in (OLD, NEW)
    assert believed in (OLD, NEW)
    assert (published, believed) != (NEW, OLD)
    assert needs_publishing(home) is (published != believed)
    with write_lock(home, "the next process"):
        world = World(folder)
        world.read(*SECOND, at=START + 2 * DAY)
        publish(home, START + 2 * DAY)
        world.close()
    assert state_of(home.registry_db) == state_of(home.published_db) == NEW
    assert [file.name for file in home.path.iterdir() if file.name.startswith(".")] == []
    return believed == NEW, published == NEW


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ("between", (True, False)), ("before fsync", (True, False)), ("after fsync", (True, False)),
        ("before replace", (True, False)), ("after replace", (True, True)),
    ],
)  # fmt: skip
def test_killed_around_a_system_call(
    point: str, expected: tuple[bool, bool], prepared: tuple[Path, int], tmp_path: Path
) -> None:
    assert check_after(point, prepared, tmp_path) == expected


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.9])
def test_killed_in_the_middle_of_the_work(share: float, prepared: tuple[Path, int], tmp_path: Path) -> None:
    check_after(str(max(1, int(prepared[1] * share))), prepared, tmp_path)


@pytest.mark.slow
def test_killed_at_many_points(prepared: tuple[Path, int], tmp_path: Path) -> None:
    seen = {check_after(str(step), prepared, tmp_path) for step in range(1, prepared[1], max(1, prepared[1] // 60))}
    assert (False, False) in seen
    assert (True, False) in seen
