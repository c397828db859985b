"""The replica behaves over HTTP like the site it stands in for."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import urllib.parse
from collections.abc import Iterator

import pytest

from crawler.replica import ReplicaServer, cast
from crawler.replica.lines import printed
from crawler.replica.population import LETTERS
from crawler.replica.site import AJAX_PATH, CERTIFIERS_PATH, LIST_PATH, TABLE_PATH

BANNER = "Réplique de démonstration — ce n'est pas la liste officielle"


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer() as server:
        yield server


@pytest.fixture(autouse=True)
def first_edition(replica: ReplicaServer) -> None:
    replica.set_edition(1)


def ask(
    replica: ReplicaServer, path: str, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.headers, content


def ajax_settings(replica: ReplicaServer) -> dict[str, str]:
    text = ask(replica, LIST_PATH)[2].decode()
    found = re.search(
        r'<script type="application/json" data-drupal-selector="drupal-settings-json">(.*?)</script>', text
    )
    assert found
    views = json.loads(found.group(1))["views"]
    assert views["ajax_path"] == AJAX_PATH
    (view,) = views["ajaxViews"].values()
    return {key: str(value or "") for key, value in view.items()}


def ajax_fragment(replica: ReplicaServer, view: dict[str, str], letter: str, page: int) -> str:
    query = urllib.parse.urlencode({**view, "lettre": letter, "page": page, "_wrapper_format": "drupal_ajax"})
    status, headers, body = ask(replica, f"{AJAX_PATH}?{query}")
    assert status == 200 and headers["Content-Type"] == "application/json"
    (insert,) = [command for command in json.loads(body) if command["command"] == "insert"]
    return str(insert["data"])


def rows_of(html: str) -> list[str]:
    body = re.search(r"<tbody>\n(<tr><td headers=.*?)</tbody>", html, re.S)
    return re.findall(r"<tr>.*?</tr>", body.group(1), re.S) if body else []


def test_the_letters_and_pages_of_the_ajax_endpoint_hold_exactly_the_rows_of_the_plain_table(
    replica: ReplicaServer,
) -> None:
    view = ajax_settings(replica)
    collected: list[str] = []
    for letter in LETTERS:
        page = 0
        while True:
            fragment = ajax_fragment(replica, view, letter, page)
            collected += rows_of(fragment)
            if 'rel="next"' not in fragment:
                break
            page += 1
    assert collected == rows_of(ask(replica, TABLE_PATH)[2].decode())
    assert len(collected) == len(replica.content().lines)


def test_the_list_page_itself_holds_no_row_and_declares_the_total(replica: ReplicaServer) -> None:
    for path in (LIST_PATH, f"{LIST_PATH}?lettre=S"):
        text = ask(replica, path)[2].decode()
        assert rows_of(text) == []
        assert "404 hébergeurs certifiés" in text


@pytest.mark.parametrize("path", ["/", LIST_PATH, TABLE_PATH, CERTIFIERS_PATH, "/nowhere"])
def test_every_page_says_that_it_is_a_replica(replica: ReplicaServer, path: str) -> None:
    assert BANNER in ask(replica, path)[2].decode()


@pytest.mark.parametrize("path", [LIST_PATH, TABLE_PATH, CERTIFIERS_PATH, "/robots.txt"])
def test_validators_of_an_unchanged_page_are_answered_with_304_and_no_body(replica: ReplicaServer, path: str) -> None:
    status, headers, body = ask(replica, path)
    assert status == 200 and body
    for validator in ({"If_None_Match": headers["ETag"]}, {"If_Modified_Since": headers["Last-Modified"]}):
        status, again, body = ask(replica, path, **validator)
        assert (status, body) == (304, b"")
        assert again["ETag"] == headers["ETag"]


def test_the_ajax_endpoint_answers_304_too_until_its_letter_changes(replica: ReplicaServer) -> None:
    path = f"{AJAX_PATH}?view_name=hebergeurs_hds&view_display_id=block_liste&lettre="
    tags = {letter: ask(replica, path + letter)[1]["ETag"] for letter in "MZ"}
    replica.set_edition(2)
    assert ask(replica, f"{path}M", If_None_Match=tags["M"])[0] == 200
    assert ask(replica, f"{path}Z", If_None_Match=tags["Z"])[0] == 304


def test_an_etag_that_differs_wins_over_a_date_that_would_match(replica: ReplicaServer) -> None:
    headers = ask(replica, TABLE_PATH)[1]
    status = ask(replica, TABLE_PATH, If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])[0]
    assert status == 200


def test_bodies_are_compressed_only_for_clients_that_accept_it(replica: ReplicaServer) -> None:
    plain = ask(replica, TABLE_PATH)
    packed = ask(replica, TABLE_PATH, Accept_Encoding="gzip, deflate")
    assert plain[1]["Content-Encoding"] is None
    assert packed[1]["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == plain[2]


def test_head_has_the_headers_of_get_and_no_body(replica: ReplicaServer) -> None:
    status, headers, body = ask(replica, TABLE_PATH, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(ask(replica, TABLE_PATH)[2])


def test_the_ajax_endpoint_knows_only_its_own_view_and_takes_post_as_older_drupals_send_it(
    replica: ReplicaServer,
) -> None:
    view = ajax_settings(replica)
    assert ask(replica, f"{AJAX_PATH}?view_name=other")[0] == 404
    form = urllib.parse.urlencode({**view, "lettre": "V", "page": "0"})
    status, _, body = ask(replica, AJAX_PATH, "POST", form, Content_Type="application/x-www-form-urlencoded")
    assert status == 200
    assert json.loads(body)[2]["data"] == ajax_fragment(replica, view, "V", 0)


@pytest.mark.parametrize(
    ("edition", "status", "sign"),
    [
        ("down", 503, "Service Unavailable"),
        ("login", 200, "Mot de passe"),
        ("blank", 200, ""),
        ("botwall", 200, "captcha"),
    ],
)
def test_a_fault_edition_replaces_the_list_pages_and_leaves_robots_txt(
    replica: ReplicaServer, edition: str, status: int, sign: str
) -> None:
    replica.set_edition(edition)
    for path in (LIST_PATH, TABLE_PATH, CERTIFIERS_PATH):
        got, _, body = ask(replica, path)
        assert got == status
        assert sign in body.decode() and "<td headers" not in body.decode()
    assert ask(replica, "/robots.txt")[0] == 200


def test_the_truncated_edition_stops_in_the_middle_without_a_closing_tag(replica: ReplicaServer) -> None:
    whole = ask(replica, TABLE_PATH)[2]
    replica.set_edition("truncated")
    cut = ask(replica, TABLE_PATH)[2]
    assert 0 < len(cut) < len(whole) and whole.startswith(cut)
    assert b"</html>" not in cut


def test_the_edition_is_switched_over_http_and_an_unknown_one_is_refused_by_name(replica: ReplicaServer) -> None:
    assert ask(replica, "/_replica/edition?n=3", "POST")[0] == 204
    assert replica.edition == "3"
    status, _, body = ask(replica, "/_replica/edition?n=99", "POST")
    assert status == 400 and "99" in body.decode() and "quarantine" in body.decode()
    assert replica.edition == "3"
    assert ask(replica, "/_replica/edition?n=1")[0] == 404, "a plain GET must not change anything"


def test_the_same_edition_is_the_same_bytes_on_every_server(replica: ReplicaServer) -> None:
    with ReplicaServer() as other:
        assert ask(other, TABLE_PATH)[2] == ask(replica, TABLE_PATH)[2]


def test_printed_texts_reach_the_table_page_escaped_and_unchanged(replica: ReplicaServer) -> None:
    import html

    text = html.unescape(re.sub(r"<[^>]*>", "", ask(replica, TABLE_PATH)[2].decode()))
    for line in replica.content().lines:
        for column in ("name", "siren", "referential", "certifier", "number", "issued_on", "expires_on"):
            assert printed(line)[column] in text


def test_certificates_that_the_list_links_are_pdfs_and_one_link_is_broken(replica: ReplicaServer) -> None:
    linked = {line.document: line for line in replica.content().lines if line.document}
    assert len(linked) > 15
    broken = []
    for path, line in linked.items():
        status, headers, body = ask(replica, path)
        if status == 404:
            broken.append(line.name)
            continue
        assert (headers["Content-Type"], body[:5]) == ("application/pdf", b"%PDF-")
        assert line.certifier.startswith("Certificateur fictif"), "no document in a real body's name"
    assert broken == [cast.BROKEN_LINK]


def test_an_older_certificate_stays_on_the_site_after_its_link_is_gone(replica: ReplicaServer) -> None:
    (path,) = [line.document for line in replica.content().lines if line.name == cast.RENEWED]
    replica.set_edition(2)
    assert path not in {line.document for line in replica.content().lines}
    assert ask(replica, path)[0] == 200
