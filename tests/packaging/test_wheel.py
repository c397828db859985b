"""The built wheel is the whole program: it works in an empty folder, without the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_site_travels_beside_the_packages_and_never_as_one_called_datasette(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.startswith("datasette/")]
    for wanted in (
        "monitor/_site/metadata.yaml",
        "monitor/_site/settings.json",
        "crawler/sources/hosts.yml",
        "registry/vocabulary/referentials.yml",
        "crawler/py.typed",
        "registry/py.typed",
        "monitor/py.typed",
    ):
        assert wanted in names
    assert [name for name in names if name.startswith("crawler/replica/data/")]
    assert [name for name in names if name.startswith("monitor/_site/templates/")]
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_the_source_archive_is_the_repository_without_what_was_built(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "constraints.txt", "Dockerfile", "docs/index.md", "tests/conftest.py", "tools/sbom.py"} <= names
    assert {"datasette/metadata.yaml", "crawler/py.typed", "registry/py.typed", "monitor/py.typed"} <= names
    built = re.compile(
        r"(^|/)(\.venv|\.make|\.git|dist|__pycache__|\.hypothesis|\.[a-z]+_cache|mutants)/|\.(pyc|db|key)$"
    )
    assert [name for name in names if built.search(name)] == []


def test_the_installed_wheel_plays_the_demo_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    application = tmp_path / "application"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(application)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    # The libraries come from this environment, our packages from the wheel: -S keeps the editable install out.
    libraries = sysconfig.get_paths()["purelib"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HDSWATCH_", "PYTHON"))}
    environment |= {"PYTHONPATH": os.pathsep.join([str(application), libraries]), "PYTHONNOUSERSITE": "1"}
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "monitor.cli", "--home", str(tmp_path / "home"), "demo", "--no-serve"],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "home" / "hds.db").exists()
    assert list(elsewhere.iterdir()) == []
