"""What the site refuses: to start open, to run SQL, to show its insides, to be framed, to be tricked by names."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from datasette.app import Datasette
from datasette.utils import StartupError
from lxml import etree, html

from monitor.site_files import site_folder
from tests.site.conftest import Site, sample_home, serving

ADDRESSES = (
    "/",
    "/hosts/bientot",
    "/nowhere",
    "/hds/hosts",
    "/hds.json",
    "/static/site.css",
    "/feeds/changes.atom",
    "/check",
)
SHOWING_HOSTILE_NAMES = (
    "/",
    "/?q=thiver",
    "/suggest?q=thiver",
    "/hosts",
    "/hosts/hostile",
    "/changes",
    "/hds/hosts?id=hostile",
    "/hds/hosts/hostile",
    "/hds/certificates?host_id=hostile",
    "/compare?host=hostile&host=very-long",
)


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_carries_the_safety_headers(site: Site, path: str) -> None:
    headers = site.get(path).headers
    policy = headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/hds.json?sql=select+1",
        "/hds?sql=select+1",
        "/hds/hosts.json?_where=1%3D1",
        "/hds.db",
        "/_internal",
        "/-/threads.json",
        "/-/permissions",
        "/-/allow-debug",
        "/-/patterns",
        "/-/messages",
        "/-/auth-token",
        "/_memory",
        "/-/logout",
    ],
)
def test_sql_downloads_and_debug_pages_are_closed(site: Site, path: str) -> None:
    assert site.get(path).status_code in (400, 403, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/hosts/bientot", "/hds/hosts", "/hds/search", "/changes", "/check"])
def test_nothing_but_reading_is_allowed(site: Site, method: str, path: str) -> None:
    if (method, path) == ("POST", "/check"):
        return
    answer = site._client.request(method, site.url + path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"] and method not in answer.headers["allow"]


@pytest.mark.parametrize(
    "target", [r"/\evil.example/", r"/\\evil.example/x/", "http://evil.example/", "//evil.example/"]
)
def test_no_address_leads_to_another_site(site: Site, target: str) -> None:
    host, port = site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b"")).decode()
    head = answer.partition("\r\n\r\n")[0]
    assert re.findall(r"(?im)^location: (.*)$", head) in ([], ["/evil.example\r"], ["/evil.example"])


@pytest.mark.parametrize("table", ["certificates", "in_force"])
def test_no_cell_of_a_csv_is_a_formula(site: Site, table: str) -> None:
    """The invented host's certificate number begins with =."""
    rows = list(csv.DictReader(io.StringIO(site.get(f"/hds/{table}.csv?host_id=hostile").text)))
    assert [row["number"] for row in rows] == ["'=1+1 <b>"]
    assert site.get(f"/hds/{table}.json?host_id=hostile&_shape=array").json()[0]["number"] == "=1+1 <b>"


def test_what_datasette_tells_about_itself_names_no_place_on_this_machine(site: Site) -> None:
    told = " ".join(
        site.get(f"/-/{name}.json").text
        for name in ("databases", "metadata", "settings", "plugins", "versions", "actor")
    )
    assert str(site.home) not in told
    assert str(site_folder()) not in told
    assert [one["name"] for one in site.get("/-/databases.json").json()] == ["hds"]


OFF = {"default_allow_sql": False, "allow_download": False}
OPEN_INSTANCES = {
    "nothing set": ({}, None, ["hds.db"]),
    "downloads still allowed": ({"default_allow_sql": False}, None, ["hds.db"]),
    "SQL still allowed": ({"allow_download": False}, None, ["hds.db"]),
    "SQL allowed by the metadata": (OFF, {"databases": {"hds": {"allow_sql": True}}}, ["hds.db"]),
    "a private database beside": (OFF, None, ["hds.db", "monitor.db"]),
    "a private database alone": (OFF, None, ["monitor.db"]),
    "debugging on": ({**OFF, "trace_debug": True}, None, ["hds.db"]),
}


@pytest.mark.parametrize(("settings", "metadata", "databases"), OPEN_INSTANCES.values(), ids=OPEN_INSTANCES)
def test_datasette_does_not_start_open_or_with_another_database(
    site: Site, tmp_path: Path, settings: dict[str, bool], metadata: dict | None, databases: list[str]
) -> None:
    for name in databases:
        shutil.copy(site.home / "hds.db", tmp_path / name)
    instance = Datasette(
        [str(tmp_path / name) for name in databases],
        settings=settings,
        metadata=metadata,
        plugins_dir=str(site_folder() / "plugins"),
    )
    with pytest.raises(StartupError, match="expected"):
        asyncio.run(instance.invoke_startup())


def test_a_plain_datasette_serve_with_our_plugins_ends_at_once(site: Site) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "datasette",
            "serve",
            "hds.db",
            "--plugins-dir",
            str(site_folder() / "plugins"),
            "--get",
            "/",
        ],
        cwd=site.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "expected default_allow_sql, allow_download to be off" in done.stdout + done.stderr


def test_hostile_names_stay_text_on_every_page(site: Site) -> None:
    for path in SHOWING_HOSTILE_NAMES:
        answer = site.get(path)
        page = html.fromstring(answer.content)
        scripts = page.xpath("//script")
        assert all(one.get("src", "").startswith("/static/site.js") for one in scripts), path
        assert "\u202e" not in answer.text, path
        named = [one for one in page.iter() if one.text and "THIVER" in one.text]
        assert all(one.tag in ("bdi", "title", "input", "code", "option") for one in named), path


def test_hostile_names_stay_text_in_every_feed(site: Site) -> None:
    feed = etree.fromstring(site.get("/feeds/changes.atom").content)
    titles = feed.xpath("//a:title/text()", namespaces={"a": "http://www.w3.org/2005/Atom"})
    assert any("<script>" in one for one in titles)
    document = site.get("/feeds/changes.json").json()
    assert any("<script>" in one["title"] for one in document["items"])
    for path in ("/feeds/changes.atom", "/feeds/changes.json", "/calendar.ics"):
        text = site.get(path).text
        assert not any(character in text for character in "\u202e\x0b\x00"), path


@pytest.mark.parametrize(
    "path",
    [
        "/?q=%00",
        "/?q=%FF%FE",
        "/hosts/%00",
        "/hosts/..%2f..%2fetc",
        "/?q=" + "%22*" * 500,
        "/hosts?page=99999999999",
        "/hosts?activity=abc&activity=9",
        "/compare?host=" + "x" * 3000,
        "/static/../metadata.yaml",
        "/static/%2e%2e/settings.json",
        "/suggest?q=%22%20OR%20%22",
        "/?q=NEAR(a,b)",
        "/?lang=de&q=a",
        "/hds/search.json?q=%22",
        "/static/" + "a" * 300,
        "/-/static/" + "é" * 200,
        "/hds/hosts.json?_timelimit=soon",
        "/hds/hosts.json?_facet=country&_facet_size=%C2%B2",
        "/hds/hosts.json?_through=x",
        "/hds/hosts.json?_through=" + "[" * 5000,
        "/hds/hosts.json?_through={%22table%22:[],%22column%22:1,%22value%22:{}}",
        "/hds/hosts?_through={%22table%22:%22certificates%22,%22column%22:%22x]%22,%22value%22:%22y%22}",
        "/hds/hosts.json?_next=a,a,a",
    ],
)
def test_odd_addresses_get_a_page_and_never_a_failure(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert 'default_allow_sql": false' not in answer.text


def test_a_visitor_can_ask_for_a_few_facets_and_not_for_hundreds(site: Site) -> None:
    assert site.get("/hds/hosts.json?" + "_facet=country&" * 10).status_code == 200
    for kind in ("_facet", "_facet_array", "_facet_date"):
        answer = site.get("/hds/hosts.json?" + f"{kind}=legal_name&" * 200)
        assert answer.status_code == 400
        assert "at most 10 facets" in answer.json()["error"]


def test_what_a_visitor_asks_in_vain_is_written_nowhere(tmp_path: Path) -> None:
    with serving(sample_home(tmp_path / "home")) as running:
        for path in (
            "/hds/hosts.json?_next=mysupplier,x", "/-/mysupplier", "/hds/mysupplier/x", "/hds/hosts.json?_sort=mysupplier",
            "/hds/hosts.json?_facet_array=legal_name&legal_name=mysupplier", "/hds/hosts?mysupplier=1", "/mysupplier",
            '/hds/hosts.json?_through={"table":"certificates","column":"mysupplier","value":"mysupplier"}',
        ):  # fmt: skip
            assert running.get(path).status_code < 500
        running.process.terminate()
        assert running.process.stderr
        said = running.process.stderr.read()
    assert "mysupplier" not in said
    assert "conn=" not in said


def test_a_forged_host_header_reaches_no_feed(site: Site) -> None:
    answer = site.get("/feeds/changes.atom", headers={"Host": 'evil"><script>'})
    assert "evil" not in answer.text


def test_the_settings_file_says_what_the_hook_demands() -> None:
    settings = json.loads((site_folder() / "settings.json").read_text(encoding="utf-8"))
    assert settings["default_allow_sql"] is False
    assert settings["allow_download"] is False
    assert settings["sql_time_limit_ms"] <= 1000


def test_the_site_folder_holds_no_package_and_no_tests() -> None:
    assert not list(site_folder().rglob("__init__.py"))
    assert not list(site_folder().rglob("test_*"))
