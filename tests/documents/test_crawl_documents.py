"""`hdswatch crawl documents` against real servers: what is fetched, what is kept, what is refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from crawler.documents import crawl_documents
from crawler.evidence import EvidenceStore
from crawler.replica import ReplicaServer, cast
from crawler.replica.pdf import Sheet, document
from registry.home import Home
from registry.models import RunReport
from registry.settings import Settings, load_settings
from registry.store import open_store

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDSWATCH_CRAWL__DOWNLOAD_DELAY", "0")


def rows(home: Path, query: str, database: str = "registry.db") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / database)) as connection:
        return connection.execute(query).fetchall()


# ---- the whole way, as a user ----------------------------------------------------------------------------------------


def test_certificates_that_the_list_links_are_read_compared_and_asked_for_conditionally_the_next_time(
    hdswatch: Run, home: Path
) -> None:
    with ReplicaServer(hosts=24) as replica:
        listed = hdswatch(
            "crawl", "hosts", "--url", replica.url("/hds/liste-des-hebergeurs-certifies/tableau"), "--json"
        )
        assert json.loads(listed.stdout)["outcome"] == "accepted", listed.stderr
        certificates = rows(home, "SELECT * FROM certificates ORDER BY id")

        first = json.loads(hdswatch("crawl", "documents", "--json").stdout)
        linked = {line.document for line in replica.content().lines if line.document}
        assert (first["source"], first["outcome"]) == ("documents", "accepted")
        assert (first["rows"], first["rejected"]) == (len(linked) - 2, 2), "a broken link and a scan"

        assert rows(home, "SELECT * FROM certificates ORDER BY id") == certificates, "a document changes no list"

        before = len(replica.hits)
        second = json.loads(hdswatch("crawl", "documents", "--json").stdout)
        assert (second["outcome"], second["not_modified"]) == ("unchanged", len(linked) - 1)
        assert {hit.status for hit in replica.hits[before:] if "/media/" in hit.target} == {304, 404}

        replica.set_edition(2)
        table = replica.url("/hds/liste-des-hebergeurs-certifies/tableau")
        hdswatch("crawl", "hosts", "--url", table)
        ((started, seen),) = rows(
            home, "SELECT r.started_at, min(d.last_seen) FROM runs r, contradictions d WHERE r.id = 4", "hds.db"
        )
        assert str(seen) >= str(started), "a changed list is compared again with what was read"

    found = rows(
        home,
        "SELECT h.legal_name, d.field, d.list_value, d.document_value, d.list_sha256, d.document_sha256"
        " FROM contradictions d JOIN certificates c ON c.id = d.certificate_id JOIN hosts h ON h.id = c.host_id",
        "hds.db",
    )
    assert {tuple(row[:4]) for row in found} == {
        (cast.CONTRADICTED, "expires_on", "2028-10-05", "2027-10-05"),
        (cast.CONTRADICTED, "activities", "1,2,3,4,5,6", "1,2,3,4,6"),
    }
    store = EvidenceStore(home / "evidence")
    for *_, list_sha256, document_sha256 in found:
        assert b"Discorde" in store.get(str(list_sha256))
        assert store.get(str(document_sha256)).startswith(b"%PDF-")
    codes = {code for (code,) in rows(home, f"SELECT code FROM issues WHERE run_id = {first['run_id']}")}
    assert codes == {"not_found", "no_text", "contradiction"}


def test_a_list_given_as_a_file_has_no_site_so_its_links_are_asked_where_they_lead(
    hdswatch: Run, home: Path, tmp_path: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    body = certificate_pdf("Certificat HDS n° A-1", "Alpha SAS", "Valable jusqu'au 12/09/2028")
    httpserver.expect_request("/a.pdf").respond_with_data(body, content_type="application/pdf")
    page = tmp_path / "liste.csv"
    page.write_text(
        "Hébergeur;N° de certificat;Référentiel;Activités;Date d'échéance;Certificat PDF\n"
        f"Alpha SAS;A-1;v2;1, 2;11/09/2028;{httpserver.url_for('/a.pdf')}\n"
        "Beta SAS;B-1;v2;1, 2;11/09/2028;\n",
        encoding="utf-8",
    )
    assert hdswatch("crawl", "hosts", "--file", str(page)).returncode == 0
    read = json.loads(hdswatch("crawl", "documents", "--json").stdout)
    assert (read["outcome"], read["rows"], read["rejected"]) == ("accepted", 1, 0)
    assert rows(home, "SELECT field, list_value, document_value FROM contradictions", "hds.db") == [
        ("expires_on", "2028-09-11", "2028-09-12")
    ]


# ---- a site that misbehaves ------------------------------------------------------------------------------------------


def certificate_pdf(*lines: str) -> bytes:
    sheet = Sheet()
    for place, line in enumerate(lines):
        sheet.text(50, 60 + 20 * place, line)
    return document([sheet], "essai")


@pytest.fixture
def list_of(home: Path) -> Iterator[Callable[..., Settings]]:
    """Fills a registry with certificates that link the given addresses, and configures the first as the list's site."""

    def fill(*addresses: str, **crawl: object) -> Settings:
        with closing(open_store(Home(home))) as connection:
            seen = "2026-11-01T06:00:00Z"
            for n, address in enumerate(addresses):
                connection.execute(
                    "INSERT INTO hosts (id, legal_name, sort_key, listed, first_seen, last_seen)"
                    " VALUES (?, ?, ?, 1, ?, ?)",
                    (f"h{n}", f"Exemple {n} SAS", f"exemple {n}", seen, seen),
                )
                connection.execute(
                    "INSERT INTO certificates (id, host_id, number, expires_on, document_url, listed, first_seen,"
                    " last_seen) VALUES (?, ?, ?, '2028-09-11', ?, 1, ?, ?)",
                    (f"c{n}", f"h{n}", f"A-{n}", address, seen, seen),
                )
        settings = load_settings(Home(home))
        settings.crawl.hosts_url = [addresses[0]]
        return settings.model_copy(update={"crawl": settings.crawl.model_copy(update=crawl)})

    yield fill


def issues(home: Path, report: RunReport) -> dict[str, str]:
    found = rows(home, f"SELECT url, code FROM issues WHERE run_id = {report.run_id}")
    return {str(url).rpartition("/")[2]: str(code) for url, code in found}


def test_every_document_that_is_not_one_is_named_and_the_good_ones_are_read(
    home: Path, list_of: Callable[..., Settings], httpserver: HTTPServer
) -> None:
    good = certificate_pdf("Certificat n° A-0", "Exemple 0 SAS", "Date d'expiration : 11/09/2028")
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /private/\n")
    served: dict[str, Response] = {
        "/good.pdf": Response(good, mimetype="application/pdf"),
        "/page.pdf": Response("<html><body><h1>Certificats</h1><p>Bonjour</p></body></html>", mimetype="text/html"),
        "/large.pdf": Response(b"%PDF-1.4\n" + b"x" * 60_000 + b"\n%%EOF", mimetype="application/pdf"),
        "/cut.pdf": Response(good[:400], mimetype="application/pdf"),
        "/damaged.pdf": Response(b"%PDF-1.4\n\x00\xff\x00garbage\n%%EOF", mimetype="application/pdf"),
        "/away.pdf": Response(status=302, headers={"Location": "http://127.0.0.1:9/secret.pdf"}),
        "/menu.pdf": Response(certificate_pdf("Menu du jour"), mimetype="application/pdf"),
    }
    for path, response in served.items():
        httpserver.expect_request(path).respond_with_response(response)
    outside = ["https://ailleurs.example/x.pdf", "http://169.254.169.254/latest/y.pdf", "file:///etc/z.pdf"]
    addresses = [httpserver.url_for(path) for path in (*served, "/private/kept.pdf")] + outside
    report = crawl_documents(Home(home), list_of(*addresses, max_bytes=50_000))
    assert issues(home, report) == {
        "page.pdf": "wrong_type", "large.pdf": "too_large", "cut.pdf": "truncated", "damaged.pdf": "unreadable",
        "away.pdf": "redirected_off_site", "menu.pdf": "no_text", "kept.pdf": "robots", "x.pdf": "elsewhere",
        "y.pdf": "elsewhere", "z.pdf": "elsewhere",
    }  # fmt: skip
    assert (report.outcome, report.rows, report.rejected) == ("accepted", 1, 10)
    assert "/private/kept.pdf" not in {request.path for request, _ in httpserver.log}
    assert rows(home, "SELECT certificate_id FROM documents ORDER BY 1") == [("c0",), ("c6",)]
    assert rows(home, "SELECT * FROM contradictions") == []


def test_one_document_for_two_certificates_is_fetched_once_and_compared_with_each(
    home: Path, list_of: Callable[..., Settings], httpserver: HTTPServer
) -> None:
    body = certificate_pdf("Certificat n° A-0", "Exemple 0 SAS et Exemple 1 SAS", "Expiry date: 2028-09-11")
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/both.pdf").respond_with_data(body, content_type="application/pdf")
    address = httpserver.url_for("/both.pdf")
    report = crawl_documents(Home(home), list_of(address, address))
    assert [request.path for request, _ in httpserver.log].count("/both.pdf") == 1
    assert rows(home, "SELECT certificate_id, field, list_value, document_value FROM contradictions") == [
        ("c1", "number", "A-1", "A-0")
    ]
    assert report.rows == 1


def test_a_site_that_does_not_answer_fails_the_run_and_settles_no_contradiction(
    home: Path, list_of: Callable[..., Settings], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/gone.pdf").respond_with_data("down", status=503, headers={"Retry-After": "9999"})
    settings = list_of(httpserver.url_for("/gone.pdf"))
    with closing(open_store(Home(home))) as connection:
        now = "2026-11-02T06:00:00Z"
        connection.execute(
            "INSERT INTO contradictions VALUES ('c0', 'number', 'A-0', 'A-9', NULL, NULL, ?, ?)", (now, now)
        )
    report = crawl_documents(Home(home), settings)
    assert report.outcome == "failed" and "503" in str(report.reason)
    assert rows(home, "SELECT field, last_seen FROM contradictions") == [("number", now)]


def test_a_list_without_documents_is_an_unchanged_run_that_asks_for_nothing(home: Path) -> None:
    report = crawl_documents(Home(home), load_settings(Home(home)))
    assert (report.outcome, report.pages, report.reason) == (
        "unchanged", 0, "no certificate on the list links a document"
    )  # fmt: skip
