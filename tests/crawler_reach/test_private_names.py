"""A name that leads into this machine or a private network is asked only when the operator gave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_httpserver import HTTPServer

from crawler.addresses import is_private
from crawler.fetching import fetch, operators_hosts
from crawler.sources import load_source
from registry.home import Home
from registry.settings import CrawlSettings
from tests.crawler_reach.reach_sites import NAMES, page, table

LOOPBACK_BY_NAME = "2130706433"
"""A host name that every resolver turns into 127.0.0.1, without a name server."""
SETTINGS = CrawlSettings(download_delay=0, obey_robots=False)


def outcome(httpserver: HTTPServer, tmp_path: Path, sites: list[str] | None) -> dict[str, Any]:
    """The last event of a crawl of the list under that name; `sites` as the operator gave them."""
    httpserver.expect_request("/liste").respond_with_data(page(table(NAMES)), content_type="text/html; charset=utf-8")
    home = Home(tmp_path)
    home.evidence.mkdir(parents=True, exist_ok=True)
    address = f"http://{LOOPBACK_BY_NAME}:{httpserver.port}/liste"
    return list(fetch(home, SETTINGS, "hosts", [address], {}, sites))[-1]


def test_a_name_that_means_a_private_address_is_not_asked(httpserver: HTTPServer, tmp_path: Path) -> None:
    told = outcome(httpserver, tmp_path, sites=["https://esante.gouv.fr/"])
    assert (told["event"], told["code"]) == ("failed", "private_address")
    assert "127.0.0.1" in told["message"] and "--url" in told["message"]
    assert httpserver.log == []


def test_a_name_that_the_operator_gave_may_be_private(httpserver: HTTPServer, tmp_path: Path) -> None:
    assert outcome(httpserver, tmp_path, sites=None)["event"] == "walked"


def test_beside_a_private_source_other_names_may_be_private(httpserver: HTTPServer, tmp_path: Path) -> None:
    assert outcome(httpserver, tmp_path, sites=["http://127.0.0.1/"])["event"] == "walked"


def test_an_official_site_is_never_private() -> None:
    official = load_source("hosts").addresses
    assert operators_hosts(official) == []
    assert operators_hosts(["https://www." + (urlsplit(official[0]).hostname or "")]) == []
    assert operators_hosts([*official, "http://Intranet.example:8080/hds"]) == ["intranet.example"]


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.0"]
)
def test_private_link_local_and_shared_addresses_are_private(address: str) -> None:
    assert is_private(address)


def test_an_address_of_the_internet_is_not_private() -> None:
    assert not is_private("8.8.8.8")
