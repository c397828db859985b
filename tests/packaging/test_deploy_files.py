"""The files for deployment are sound as far as that can be seen without a container engine: they parse, give no more
rights than needed, pin what they build on, and call commands that exist."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.cli import GROUPS, build_app
from registry.published_schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


def name_of(path: Path) -> str:
    return path.name


def commands() -> set[str]:
    from typer.main import get_command

    assert GROUPS
    return set(get_command(build_app()).commands)  # type: ignore[attr-defined]  # typer gives a group


# --- Dockerfile ---------------------------------------------------------------------------------------------------


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, rest) in order, continued lines joined, comments left out."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1]) for line in lines]


def dockerfile_faults(text: str) -> list[str]:
    """The rules of a careful image, most of them also hadolint's."""
    given = instructions(text)
    faults = []
    for word, rest in given:
        if word == "FROM" and not re.search(r":(?!latest\b)[\w.-]+|@sha256:", rest.split()[0]):
            faults.append(f"FROM {rest}: no pinned tag")
        if word == "ADD":
            faults.append("ADD: use COPY")
        if word == "RUN" and re.search(r"(curl|wget)[^|]*\|\s*(ba)?sh\b", rest):
            faults.append(f"RUN {rest}: runs what it downloads")
        if word == "RUN" and re.search(r"\bsudo\b|chmod\s+777", rest):
            faults.append(f"RUN {rest}: sudo or chmod 777")
        if word == "RUN" and "pip install" in rest and ("--no-cache-dir" not in rest or "--constraint" not in rest):
            faults.append(f"RUN {rest}: unpinned or with a cache")
        if word == "WORKDIR" and not rest.startswith("/"):
            faults.append(f"WORKDIR {rest}: not absolute")
        if word == "HEALTHCHECK" and not rest.endswith("|| exit 1"):
            faults.append("HEALTHCHECK: an exit code other than 0 and 1 means nothing to the engine")
        if word in ("CMD", "ENTRYPOINT") and not isinstance(json.loads(rest), list):
            faults.append(f"{word}: not in exec form")
        if word in ("ENV", "ARG") and re.search(r"(PASSWORD|SECRET|TOKEN|_URL)\s*=", rest):
            faults.append(f"{word} {rest}: a secret in the image")
    last = [rest for word, rest in given if word == "USER"][-1:]
    if not last or last[0].split(":")[0] in ("root", "0"):
        faults.append("USER: the image runs as root")
    if not any(word == "HEALTHCHECK" and not rest.startswith("NONE") for word, rest in given):
        faults.append("HEALTHCHECK: none")
    if [word for word, _ in given].count("VOLUME") != 1:
        faults.append("VOLUME: expected one")
    return faults


def test_the_image_follows_the_rules() -> None:
    assert dockerfile_faults((ROOT / "Dockerfile").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("USER 10001:10001", "USER root"),
        ("USER 10001:10001", ""),
        ("python:3.11-slim-bookworm", "python:latest"),
        ("python:3.11-slim-bookworm", "python"),
        ("COPY crawler", "ADD crawler"),
        ("--no-cache-dir", ""),
        ("HEALTHCHECK", "LABEL"),
        ("WORKDIR /src", "WORKDIR /src\nRUN curl https://example.org/x | sh"),
        ("PYTHONUNBUFFERED=1", "HDSWATCH_DPO_URL=x"),
    ],
)
def test_the_rules_see_a_careless_image(before: str, after: str) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert before in text
    assert dockerfile_faults(text.replace(before, after))


def test_the_image_copies_everything_that_the_wheel_is_made_of_and_nothing_private() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for folder in ("crawler", "registry", "monitor", "datasette"):
        assert re.search(rf"^COPY {folder} \./{folder}$", text, re.M)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv"} <= set(ignored)


# --- compose ------------------------------------------------------------------------------------------------------


def compose() -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def test_the_compose_file_has_the_shape_of_one() -> None:
    document = compose()
    assert {key for key in document if not key.startswith("x-")} <= {"name", "services", "volumes", "networks"}
    allowed = {
        "image", "build", "restart", "read_only", "cap_drop", "security_opt", "tmpfs", "volumes", "command", "env_file",
        "environment", "ports", "healthcheck", "network_mode", "depends_on",
    }  # fmt: skip
    assert set(document["services"]) == {"daemon", "public", "private"}
    for service in document["services"].values():
        assert set(service) <= allowed
        for mount in service["volumes"]:
            assert mount.split(":")[0] in document["volumes"]


def test_every_service_of_compose_has_few_rights_and_calls_a_command_that_exists() -> None:
    for service in compose()["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert ":latest" not in service["image"] and ":" in service["image"]
        assert service["command"][0] in commands()
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_the_public_site_of_compose_gets_no_secret_and_may_not_write() -> None:
    public = compose()["services"]["public"]
    assert "env_file" not in public
    assert all(mount.endswith(":ro") for mount in public["volumes"])


def test_the_private_site_is_reachable_although_it_listens_on_loopback() -> None:
    private = compose()["services"]["private"]
    assert private["network_mode"] == "host"  # a published port would lead to an address on which nobody listens
    assert "ports" not in private


# --- systemd ------------------------------------------------------------------------------------------------------


def unit(path: Path) -> list[tuple[str, str]]:
    """(name, value) of every line of [Service]."""
    text = path.read_text(encoding="utf-8").split("[Service]", 1)[1].split("\n[", 1)[0]
    return [(key, value) for key, mark, value in (line.partition("=") for line in text.splitlines()) if mark]


@pytest.mark.parametrize("path", UNITS, ids=name_of)
def test_systemd_finds_no_fault_in_a_unit(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keeps the case of names
    parser.read_string(text)
    assert parser.has_section("Unit")
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return  # not a systemd machine: the shape above is all that can be seen
    # What is to be started does not exist here; the rest is checked as it is.
    copy = tmp_path / path.name.replace("@.", "@tenant.")
    copy.write_text(re.sub(r"^(Exec\w+=)/opt/\S+", rf"\1{shutil.which('true')}", text, flags=re.M), encoding="utf-8")
    for other in UNITS:
        if other != path and "@" not in other.name:
            other_text = re.sub(r"^(Exec\w+=)/opt/\S+", rf"\1{shutil.which('true')}", other.read_text(), flags=re.M)
            (tmp_path / other.name).write_text(other_text, encoding="utf-8")
    answer = subprocess.run(
        [analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_systemd_calls_the_exposure_of_a_service_small(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return  # not a systemd machine
    copy = tmp_path / path.name.replace("@.", "@tenant.")
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    command = [analyze, "security", "--offline=true", "--no-pager", "--threshold=25", str(copy)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert answer.returncode == 0, answer.stdout.splitlines()[-1:]


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_a_service_runs_as_nobody_in_particular_and_sees_little(path: Path) -> None:
    given = dict(unit(path))
    assert given["DynamicUser"] == "yes"
    assert given["ProtectSystem"] == "strict"
    assert given["NoNewPrivileges"] == "yes"
    assert given["CapabilityBoundingSet"] == ""
    assert (
        given["StateDirectory"] in given["Environment"] or "%i" in given["StateDirectory"] or path.stem.endswith("pull")
    )
    words = given["ExecStart"].split()
    assert words[1].endswith("pull_snapshot.py") or words[1] in commands()


@pytest.mark.parametrize("name", ["hdswatch.service", "hdswatch@.service"])
def test_the_daemon_is_watched_and_its_channels_are_credentials(name: str) -> None:
    given = dict(unit(DEPLOY / name))
    assert given["Type"] == "notify"
    assert int(given["WatchdogSec"]) >= 60
    assert int(given["TimeoutStopSec"]) >= 40  # a send in flight may take as long
    assert given["LoadCredential"].startswith("dpo.url:/etc/hdswatch/")


def test_the_site_shares_the_home_of_the_daemon_but_not_what_is_private() -> None:
    site, daemon = unit(DEPLOY / "hdswatch-site.service"), dict(unit(DEPLOY / "hdswatch.service"))
    given = dict(site)
    # Two units reach one folder of a dynamic user only under the same user name.
    assert (given["User"], given["StateDirectory"]) == (daemon["User"], daemon["StateDirectory"])
    hidden = " ".join(value for key, value in site if key == "InaccessiblePaths")
    for name in ("monitor.db", "registry.db", "watchlist.yml", "ack.key", "private.password", "evidence"):
        assert f"-/var/lib/hdswatch/{name}" in hidden.split()
    assert "LoadCredential" not in given


# --- Kubernetes, Litestream ---------------------------------------------------------------------------------------


def test_the_cron_job_runs_one_pass_at_a_time_with_few_rights() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "cronjob.yaml").read_text(encoding="utf-8")))
    claim, job = documents
    assert (claim["kind"], job["kind"], job["apiVersion"]) == ("PersistentVolumeClaim", "CronJob", "batch/v1")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    assert container["args"][0] in commands()
    assert not container["image"].endswith(":latest") and ":" in container["image"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
    assert volumes["home"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_litestream_copies_what_cannot_be_rebuilt_and_holds_no_secret() -> None:
    text = (DEPLOY / "litestream.yml").read_text(encoding="utf-8")
    databases = yaml.safe_load(text)["dbs"]
    assert sorted(Path(one["path"]).name for one in databases) == ["monitor.db", "registry.db"]
    for one in databases:
        assert all(replica["bucket"].startswith("${") for replica in one["replicas"])
    assert "secret" not in text.lower()


# --- the snapshot of a read replica -------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and its address on loopback; sends Last-Modified and answers If-Modified-Since."""
    folder = tmp_path / "web"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/hds.db"
    server.shutdown()
    thread.join()
    server.server_close()


def registry(path: Path, hosts: int) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(TABLES)
        conn.executemany(
            "INSERT INTO hosts (id, legal_name, sort_key, listed, first_seen, last_seen)"
            " VALUES (?, 'Exemple', 'exemple', 1, '2026-01-01', '2026-01-01')",
            [(f"h{number}",) for number in range(hosts)],
        )
        conn.commit()


def pull(home: Path, url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HDSWATCH_HOME": str(home), "HDSWATCH_SNAPSHOT_URL": url, "no_proxy": "*"}
    command = [sys.executable, str(DEPLOY / "pull_snapshot.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def count(home: Path) -> int:
    with closing(sqlite3.connect(home / "hds.db")) as conn:
        return int(conn.execute("SELECT COUNT(*) FROM hosts").fetchone()[0])


def test_a_replica_gets_the_register_and_then_only_what_is_new(web: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = web
    home = tmp_path / "replica"
    registry(folder / "hds.db", 2)
    os.utime(folder / "hds.db", (1_700_000_000, 1_700_000_000))
    assert pull(home, url).returncode == 0
    before = (home / "hds.db").stat()
    assert pull(home, url).returncode == 0
    assert (home / "hds.db").stat().st_ino == before.st_ino
    registry(folder / "hds.db", 3)
    assert pull(home, url).returncode == 0
    assert count(home) == 3
    assert sorted(file.name for file in home.iterdir()) == ["hds.db"]


@pytest.mark.parametrize("damage", ["cut", "page", "empty register", "gone"])
def test_a_replica_keeps_its_register_when_what_comes_is_not_one(
    damage: str, web: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = web
    home = tmp_path / "replica"
    source = folder / "hds.db"
    registry(source, 2)
    os.utime(source, (1_700_000_000, 1_700_000_000))
    assert pull(home, url).returncode == 0
    match damage:
        case "cut":
            source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
        case "page":
            source.write_text("<html>maintenance</html>", encoding="utf-8")
        case "empty register":
            registry(source, 0)
        case _:
            source.unlink()
    answer = pull(home, url)
    assert answer.returncode != 0
    assert answer.stderr
    assert count(home) == 2
    assert sorted(file.name for file in home.iterdir()) == ["hds.db"]
