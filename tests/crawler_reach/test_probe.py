"""`hdswatch probe`: one address or file, shown as it is understood; nothing is followed, nothing is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from crawler.replica import ReplicaServer
from tests.conftest import Run

LIST = "/hds/liste-des-hebergeurs-certifies"
PAGE = (
    "<!doctype html><html><head><title>Liste</title></head><body><h1>Hébergeurs certifiés</h1><table>"
    "<tr><th>Hébergeur</th><th>N° de certificat</th><th>Date d'échéance</th><th>Activités</th></tr>"
    "<tr><td>Exemple SAS</td><td>E-1</td><td>11/09/2028</td><td>1, 2</td></tr></table></body></html>"
)
HTML = "text/html; charset=utf-8"


def test_a_page_is_shown_with_reader_headings_and_rows_and_nothing_is_written(hdswatch: Run, home: Path) -> None:
    with ReplicaServer() as replica:
        answer = hdswatch("probe", "hosts", replica.url(f"{LIST}/tableau"), "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert set(found) == {"source", "location", "reader", "fields", "unread", "rows", "declared_total", "problems"}
    assert (found["source"], found["reader"], found["declared_total"]) == ("hosts", "table", 404)
    assert found["fields"]["N° de certificat"] == "number"
    row = found["rows"][0]
    assert isinstance(row["activities"], list)
    assert {"legal_name", "number", "referential", "issued_on", "expires_on", "raw"} <= set(row)
    assert not home.exists() or list(home.iterdir()) == []


def test_the_list_of_certification_bodies_is_shown_the_same_way(hdswatch: Run) -> None:
    with ReplicaServer() as replica:
        answer = hdswatch("probe", "certifiers", replica.url("/hds/organismes-certificateurs"), "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["rows"][0]["name"]


def test_a_page_that_fetches_its_list_elsewhere_sends_its_reader_to_the_crawl(hdswatch: Run) -> None:
    with ReplicaServer() as replica:
        answer = hdswatch("probe", "hosts", replica.url(LIST))
    assert answer.returncode == 4
    assert "letter by letter" in answer.stderr
    assert "hdswatch crawl hosts --url" in answer.stderr


def test_a_file_is_read_by_what_it_is(hdswatch: Run, tmp_path: Path) -> None:
    page, sheet = tmp_path / "page.html", tmp_path / "list.csv"
    page.write_text(PAGE, encoding="utf-8")
    sheet.write_text("Hébergeur;N° de certificat;Date d'échéance\nExemple SAS;E-1;2028-09-11\n", encoding="utf-8")
    for file, reader in ((page, "table"), (sheet, "sheet")):
        answer = hdswatch("probe", "hosts", str(file), "--json")
        assert answer.returncode == 0, answer.stderr
        found = json.loads(answer.stdout)
        assert found["reader"] == reader
        assert [(row["number"], row["expires_on"]) for row in found["rows"]] == [("E-1", "2028-09-11")]


def test_what_is_neither_an_address_nor_a_file_is_a_usage_error(hdswatch: Run, tmp_path: Path) -> None:
    answer = hdswatch("probe", "hosts", str(tmp_path / "missing.html"))
    assert answer.returncode == 2
    assert "missing.html" in answer.stderr


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_an_answer_that_is_no_page_is_named(status: int, hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/list").respond_with_data("no", status=status)
    answer = hdswatch("probe", "hosts", httpserver.url_for("/list"))
    assert answer.returncode == 4
    assert str(status) in answer.stderr


def test_a_redirect_to_another_site_is_not_followed(hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    elsewhere = f"http://127.0.0.2:{httpserver.port}/list"
    httpserver.expect_request("/moved").respond_with_response(Response(status=302, headers={"Location": elsewhere}))
    answer = hdswatch("probe", "hosts", f"http://127.0.0.1:{httpserver.port}/moved")
    assert answer.returncode == 4
    assert elsewhere in answer.stderr


def test_robots_that_forbid_the_address_are_obeyed(hdswatch: Run, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /list\n")
    answer = hdswatch("probe", "hosts", httpserver.url_for("/list"))
    assert answer.returncode == 4
    assert "robots.txt" in answer.stderr
    assert [request.path for request, _ in httpserver.log] == ["/robots.txt"]


def test_a_compressed_page_is_read_and_a_compressed_bomb_is_not(hdswatch: Run, httpserver: HTTPServer) -> None:
    packed = {"Content-Encoding": "gzip"}
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    httpserver.expect_request("/list").respond_with_data(
        gzip.compress(PAGE.encode()), content_type=HTML, headers=packed
    )
    bomb = gzip.compress(b"<html>" + b" " * 60_000_000)
    httpserver.expect_request("/bomb").respond_with_data(bomb, content_type=HTML, headers=packed)
    assert hdswatch("probe", "hosts", httpserver.url_for("/list")).returncode == 0
    answer = hdswatch("probe", "hosts", httpserver.url_for("/bomb"), HDSWATCH_CRAWL__MAX_BYTES="1000000")
    assert answer.returncode == 4
    assert "crawl.max_bytes" in answer.stderr
