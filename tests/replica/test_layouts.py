"""Every layout shows the same list, in every column that it claims to show."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin

import pdfplumber
import pytest
from openpyxl import load_workbook

from crawler.replica import ReplicaServer
from crawler.replica.layouts import LAYOUTS, hosts_of
from crawler.replica.lines import COLUMNS, Line, printed


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer(hosts=60) as server:
        yield server


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as response:
        return bytes(response.read())


def text_of(page: bytes) -> str:
    """Visible text and link targets, white space as one space."""
    source = re.sub(r"<(script|style).*?</\1>", "", page.decode(), flags=re.S)
    source = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>', r" \1 ", source)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", source)).split())


def pages_of(replica: ReplicaServer, name: str) -> list[bytes]:
    """The first page of a layout and all that it links below itself, each once."""
    waiting, seen, found = [replica.url(f"/layouts/{name}")], set(), []
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        found.append(page := get(address))
        targets = [html.unescape(target) for target in re.findall(r'href="([^"#]+)"', page.decode("utf-8", "replace"))]
        below = [target for target in targets if target.startswith((f"/layouts/{name}/", "?page="))]
        waiting += [urljoin(address, target) for target in below]
    return found


HTML_LAYOUTS = [name for name in LAYOUTS if name not in ("json", "jsonapi", "csv", "xlsx", "pdf", "yesno", "checks")]


@pytest.mark.parametrize("name", HTML_LAYOUTS)
def test_an_html_layout_shows_every_value_of_its_columns(replica: ReplicaServer, name: str) -> None:
    text = " ".join(map(text_of, pages_of(replica, name))).replace(" ; ", " ")
    first_of = {group[0].name: printed(group[0]) for group in hosts_of(replica.content().lines)}
    for line in replica.content().lines:
        texts = printed(line)
        if name == "rowspan":  # the cells of the host stand once, before all its certificates
            texts |= {column: first_of[line.name][column] for column in ("name", "siren", "country")}
        for column in LAYOUTS[name].columns:
            assert " ".join(texts[column].replace(" ; ", " ").split()) in text, (line.name, column)


@pytest.mark.parametrize(
    ("name", "yes", "no", "exempt"), [("yesno", "Oui", "Non", "Exempté"), ("checks", "✓", "", "exempté")]
)
def test_the_columns_of_yes_and_no_say_which_activities_are_held(
    replica: ReplicaServer, name: str, yes: str, no: str, exempt: str
) -> None:
    table = get(replica.url(f"/layouts/{name}")).decode().split("<main")[1]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(<td.*?)</tr>", table, re.S)]
    lines = replica.content().lines
    assert any(line.exempt for line in lines)
    for cells, line in zip(rows, lines, strict=False):
        if line.activities is None:
            assert cells[2:8] == [""] * 6
        else:
            expected = [yes if n in line.activities else exempt if n in line.exempt else no for n in range(1, 7)]
            assert cells[2:8] == expected, line.name


def test_the_json_file_nests_certificates_in_hosts(replica: ReplicaServer) -> None:
    whole = json.loads(get(replica.url("/layouts/json/liste-hebergeurs.json")))
    hosts = whole["resultat"]["hebergeurs"]
    groups = hosts_of(replica.content().lines)
    assert whole["meta"]["total"] == len(hosts) == len(groups)
    assert [len(host["certificats"]) for host in hosts] == [len(group) for group in groups]
    assert hosts[0]["certificats"][0]["numero_certificat"] == (groups[0][0].number or None)


def test_json_api_pages_follow_links_next_to_the_last_line(replica: ReplicaServer) -> None:
    address, titles = replica.url("/layouts/jsonapi/node/hebergeur"), []
    while address:
        whole = json.loads(get(address))
        titles += [entry["attributes"]["title"] for entry in whole["data"]]
        following = whole["links"].get("next", {}).get("href")
        address = urljoin(address, following) if following else ""
    assert titles == [printed(line)["name"] for line in replica.content().lines]


def test_the_csv_is_semicolons_in_the_windows_code_page(replica: ReplicaServer) -> None:
    raw = get(replica.url("/layouts/csv/liste-hebergeurs.csv"))
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    rows = list(csv.reader(io.StringIO(raw.decode("cp1252"), newline=""), delimiter=";"))
    lines = replica.content().lines
    assert len(rows) == len(lines) + 1
    for row, line in zip(rows[1:], lines, strict=True):
        assert row == [text.replace("\u202f", "\u00a0") for text in printed(line).values()]


def test_the_workbook_has_the_list_on_its_second_sheet_with_some_real_dates_and_numbers(
    replica: ReplicaServer,
) -> None:
    book = load_workbook(io.BytesIO(get(replica.url("/layouts/xlsx/liste-hebergeurs.xlsx"))))
    rows = list(book["Hébergeurs"].iter_rows(min_row=4, values_only=True))
    lines = replica.content().lines
    assert [row[0] for row in rows] == [printed(line)["name"] for line in lines]
    issued = [row[COLUMNS.index("issued_on")] for row in rows]
    assert any(hasattr(value, "year") for value in issued) and any(isinstance(value, str) for value in issued)
    assert 38436 in [row[COLUMNS.index("number")] for row in rows]


def test_the_pdf_is_a_ruled_table_that_pdfplumber_reads_back(replica: ReplicaServer) -> None:
    columns = LAYOUTS["pdf"].columns
    with pdfplumber.open(io.BytesIO(get(replica.url("/layouts/pdf/liste-hebergeurs.pdf")))) as book:
        assert len(book.pages) > 1
        rows = [row for page in book.pages for row in page.extract_table()[1:]]
    lines: tuple[Line, ...] = replica.content().lines
    for row, line in zip(rows, lines, strict=True):
        texts = printed(line)
        assert ["".join((cell or "").split()) for cell in row] == ["".join(texts[column].split()) for column in columns]


@pytest.mark.parametrize(
    "path", ["/layouts/nothing", "/layouts/details/nobody", "/layouts/letters/zz", "/layouts/csv/other"]
)
def test_an_unknown_layout_or_page_of_one_is_a_404(replica: ReplicaServer, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(replica.url(path))


def test_a_thinned_list_keeps_the_cast_and_declares_its_own_total(replica: ReplicaServer) -> None:
    from crawler.replica.cast import DELISTED, EXPIRED, SCOPE_CUT

    names = {line.name for line in replica.content().lines}
    assert {DELISTED, EXPIRED, SCOPE_CUT, "SCALINGO"} <= names
    assert len(names) == replica.content().hosts == 60
    assert b"60 h\xc3\xa9bergeurs certifi\xc3\xa9s" in get(replica.url())
