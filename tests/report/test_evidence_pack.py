"""`hdswatch report`: a pack that stands by itself, says the same twice to the byte, and can be verified offline."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from crawler.evidence import EvidenceStore
from tests.conftest import Run
from tests.verdicts.published_registry import publish

PAGE = b"<html><script>alert(1)</script><td>38436-2</td></html>"
SHA = hashlib.sha256(PAGE).hexdigest()
LOST = "ab" * 32
EVIL = "<script>alert('x')</script> & \"Cie\" \u202egnp \x1b[31m"
WATCHLIST = """\
version: 1
organisation: Centre hospitalier d'Exemple
language: fr
channels: {}
contacts: []
contracts:
  - {id: dossier-patient, supplier: Scalingo, siren: "808665483", activities: [1, 2, 3, 4, 5, 6], notify: [],
     starts_on: 2025-01-01, ends_on: 2027-12-31, notice_days: 90, criticality: high,
     quoted: {certificate_number: 38436-2, expires_on: 2028-09-11}}
  - {id: "Imagerie: Nord", supplier: Inconnu, activities: [6], notify: []}
  - {id: clos, supplier: Scalingo, activities: [1], ends_on: 2020-01-01, notify: []}
"""


def provenance(table: str, row: str, field: str, sha256: str = SHA) -> dict[str, str]:
    return {"table_name": table, "row_id": row, "field": field, "sha256": sha256, "locator": "tr 3"}


@pytest.fixture
def watched(home: Path) -> Path:
    """A home with a registry, a watchlist and the evidence of one captured page."""
    assert EvidenceStore(home / "evidence").put(PAGE) == SHA
    publish(
        home / "hds.db",
        certificates=[
            {"id": "old", "number": "38436", "referential": "v1", "issued_on": "2022-09-12",
             "expires_on": "2025-09-11"},
            {"id": "now", "activities": [1, 2, 3, 4, 5], "expires_on": "9999-12-31"},
        ],
        provenance=[
            provenance("certificates", "now", "number"),
            provenance("certificates", "now", "expires_on"),
            provenance("hosts", "scalingo", "legal_name", LOST),
        ],
        evidence=[
            {"sha256": SHA, "url": "https://list.example/a", "fetched_at": "2026-11-20T06:14:10Z",
             "media_type": "text/html; charset=utf-8", "bytes": len(PAGE), "run_id": 1},
        ],
        changes=[
            {"id": 1, "observed_at": "2026-01-02T06:00:00Z", "run_id": 1, "kind": "HOST_LISTED", "host_id": "scalingo",
             "cause": "source"},
            {"id": 2, "observed_at": "2026-11-20T06:00:00Z", "run_id": 1, "kind": "SCOPE_REDUCED",
             "host_id": "scalingo", "certificate_id": "now", "field": "activities", "before": "1,2,3,4,5,6",
             "after": "1,2,3,4,5", "cause": "source"},
        ],
        contradictions=[
            {"certificate_id": "now", "field": "expires_on", "list_value": "9999-12-31",
             "document_value": "2028-09-10", "first_seen": "x", "last_seen": "x"},
        ],
    )  # fmt: skip
    (home / "watchlist.yml").write_text(WATCHLIST)
    return home


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def pack(watched: Path, hdswatch: Run, tmp_path: Path) -> Path:
    out = tmp_path / "pack"
    done = hdswatch("report", "--out", out, "--on", "2026-11-22")
    assert done.returncode == 0, done.stderr
    return out


def text(path: Path) -> str:
    return " ".join(html.fromstring(path.read_bytes()).text_content().replace("\u00a0", " ").split())


def test_a_pack_holds_an_index_a_page_and_json_a_contract_and_the_captured_pages(pack: Path) -> None:
    names = set(bytes_of(pack))
    odd = next(name for name in names if "imagerie" in name and name.endswith(".html"))
    assert names == {
        "index.html", "index.json", "SHA256SUMS", f"pages/{SHA}.html.txt",
        "contracts/dossier-patient.html", "contracts/dossier-patient.json", "contracts/clos.html",
        "contracts/clos.json", odd, odd.replace(".html", ".json"),
    }  # fmt: skip
    assert (pack / f"pages/{SHA}.html.txt").read_bytes() == PAGE


def test_the_same_inputs_give_the_same_bytes(pack: Path, hdswatch: Run, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert hdswatch("report", "--out", again, "--on", "2026-11-22").returncode == 0
    assert bytes_of(again) == bytes_of(pack)


def test_a_page_says_who_what_verdict_rule_proof_and_history(pack: Path) -> None:
    said = text(pack / "contracts/dossier-patient.html")
    for piece in (
        "Contrat dossier-patient",
        "Centre hospitalier d'Exemple · Situation au 22 novembre 2026 · Liste officielle lue le 20 novembre 2026",
        "SCALINGO (SIREN 808665483)",
        "du 1er janvier 2025 au 31 décembre 2027",
        "Verdict : non couvert",
        "Activités exigées sans certificat valable : 6 (sauvegarde).",
        "SCOPE_GAP (non-conformité)",
        "Chaque activité confiée doit figurer dans un certificat valable (CSP R.1111-9, R.1111-11 1°).",
        "art. L.1111-8",
        "R.1111-8-8 II",
        "périmètre réduit",
        "2028-09-10",
        SHA,
        "2026-11-20T06:14:10Z",
        "https://list.example/a",
        "certificates/now: expires_on, number",
        "non conservée sur cette machine",
    ):
        assert piece in said, piece


def test_a_page_in_english_is_english(watched: Path, hdswatch: Run, tmp_path: Path) -> None:
    assert hdswatch("report", "dossier-patient", "--out", tmp_path / "en", "--language", "en").returncode == 0
    page = tmp_path / "en/contracts/dossier-patient.html"
    assert html.fromstring(page.read_bytes()).get("lang") == "en"
    said = text(page)
    assert "Verdict: not covered" in said and "Rule applied:" in said and "Contract dossier-patient" in said
    assert not any(word in said for word in ("Contrat", "hébergeur apparu", "Règle", "Constat"))


def test_pages_stand_by_themselves_and_load_nothing(pack: Path) -> None:
    for path in pack.rglob("*.html"):
        page = html.fromstring(path.read_bytes())
        assert page.get("lang") == "fr"
        assert not page.xpath("//script | //link | //img | //iframe | //object | //@onload | //@onclick")
        targets = [str(one) for one in page.xpath("//@href | //@src")]
        assert all((path.parent / one).resolve().is_relative_to(pack.resolve()) for one in targets)
        assert all((path.parent / one).is_file() for one in targets), targets
        assert "url(http" not in path.read_text() and "@import" not in path.read_text()


def test_the_picture_has_words_and_one_line_for_each_certificate(pack: Path) -> None:
    page = html.fromstring((pack / "contracts/dossier-patient.html").read_bytes())
    (drawing,) = page.xpath("//*[local-name()='svg']")
    assert drawing.get("role") == "img"
    described = drawing.xpath("string(.//*[local-name()='desc'])")
    assert "1er" in described or "septembre" in described
    names = drawing.xpath(".//*[local-name()='text'][@class='name']/text()")
    assert names == ["Contrat", "38436-2 (v2)", "38436 (v1)", "Activités exigées"]


def test_outside_text_stays_text(home: Path, hdswatch: Run, tmp_path: Path) -> None:
    publish(
        home / "hds.db",
        hosts=[{"id": "evil", "legal_name": EVIL}],
        certificates=[{"id": "c", "host_id": "evil", "number": EVIL, "expires_on": "2020-01-01"}],
        changes=[{"id": 1, "observed_at": "2026-01-02T06:00:00Z", "run_id": 1, "kind": EVIL, "host_id": "evil",
                  "before": EVIL, "after": EVIL, "cause": EVIL}],
    )  # fmt: skip
    (home / "watchlist.yml").write_text(WATCHLIST.replace("Inconnu", "'<img src=x onerror=alert(1)>'"))
    assert hdswatch("report", "--out", tmp_path / "p").returncode == 0
    for path in (tmp_path / "p").rglob("*.html"):
        raw = path.read_text()
        assert "<script" not in raw and "<img" not in raw and "\x1b" not in raw and "\u202e" not in raw


def test_the_json_says_what_the_page_says(pack: Path, hdswatch: Run) -> None:
    document = json.loads((pack / "contracts/dossier-patient.json").read_text())
    checked = json.loads(hdswatch("check", "--format", "json", "--on", "2026-11-22").stdout)
    assert document["result"] == checked["contracts"][0]
    assert document["registry"]["run_id"] == 1
    assert document["pages"] == [
        {"sha256": SHA, "url": "https://list.example/a", "fetched_at": "2026-11-20T06:14:10Z",
         "media_type": "text/html; charset=utf-8", "proves": ["certificates/now: expires_on, number"],
         "file": f"pages/{SHA}.html.txt"},
        {"sha256": LOST, "url": None, "fetched_at": None, "media_type": None,
         "proves": ["hosts/scalingo: legal_name"], "file": None},
    ]  # fmt: skip
    assert document["rules"].keys() == {finding["code"] for finding in document["result"]["findings"]}
    assert [change["kind"] for change in document["changes"]] == ["SCOPE_REDUCED", "HOST_LISTED"]


def test_only_the_named_contracts_are_reported(watched: Path, hdswatch: Run, tmp_path: Path) -> None:
    assert hdswatch("report", "clos", "--out", tmp_path / "p").returncode == 0
    assert {path.name for path in (tmp_path / "p/contracts").iterdir()} == {"clos.html", "clos.json"}


def test_an_unknown_contract_is_exit_2_and_nothing_is_written(watched: Path, hdswatch: Run, tmp_path: Path) -> None:
    done = hdswatch("report", "nobody", "--out", tmp_path / "p")
    assert done.returncode == 2 and "found nobody" in done.stderr
    assert not (tmp_path / "p").exists()


def test_out_is_needed(watched: Path, hdswatch: Run) -> None:
    assert hdswatch("report").returncode == 2


def test_a_folder_with_something_else_in_it_is_left_alone(watched: Path, hdswatch: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.doc").write_text("years of work")
    done = hdswatch("report", "--out", tmp_path / "mine")
    assert done.returncode == 2 and "something else" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.doc"]


def test_a_report_is_its_owners_alone_until_somebody_opens_it(pack: Path, hdswatch: Run) -> None:
    assert pack.stat().st_mode & 0o777 == 0o700
    pack.chmod(0o755)
    assert hdswatch("report", "--out", pack).returncode == 0
    assert pack.stat().st_mode & 0o777 == 0o755


def test_an_earlier_report_is_replaced_whole(pack: Path, hdswatch: Run) -> None:
    assert hdswatch("report", "clos", "--out", pack).returncode == 0
    assert len(list((pack / "contracts").iterdir())) == 2
    assert not (pack / "pages").exists() or hdswatch("report", "verify", pack).returncode == 0


def test_an_earlier_report_that_was_changed_is_left_alone(pack: Path, hdswatch: Run) -> None:
    (pack / "notes.txt").write_text("mine")
    assert hdswatch("report", "--out", pack).returncode == 2
    assert (pack / "notes.txt").exists()


# -- verify ------------------------------------------------------------------------------------------------------------


def test_a_pack_as_written_verifies_here_and_with_sha256sum(pack: Path, hdswatch: Run) -> None:
    done = hdswatch("report", "verify", pack)
    assert done.returncode == 0 and "all as they were written" in done.stderr
    assert (
        subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=pack, check=False, capture_output=True
        ).returncode
        == 0
    )


def change_a_letter(pack: Path) -> None:
    page = pack / "contracts/dossier-patient.html"
    page.write_text(page.read_text().replace("non couvert", "couvert"))


def drop_a_file(pack: Path) -> None:
    (pack / "contracts/clos.json").unlink()


def add_a_file(pack: Path) -> None:
    (pack / "contracts/extra.html").write_text("x")


def add_an_empty_folder(pack: Path) -> None:
    (pack / "pages/extra").mkdir()


def put_a_folder_in_place_of_a_file(pack: Path) -> None:
    (pack / "index.html").unlink()
    (pack / "index.html").mkdir()


def add_a_link(pack: Path) -> None:
    (pack / "link").symlink_to("/etc/passwd")


def swap_for_a_link(pack: Path) -> None:
    body = (pack / "index.html").read_bytes()
    (pack / "index.html").unlink()
    elsewhere = pack.parent / "elsewhere.html"
    elsewhere.write_bytes(body)
    (pack / "index.html").symlink_to(elsewhere)


def point_outside(pack: Path) -> None:
    with (pack / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  ../../etc/passwd\n")


def name_a_file_twice(pack: Path) -> None:
    sums = pack / "SHA256SUMS"
    sums.write_text(sums.read_text() + sums.read_text().splitlines()[0] + "\n")


def empty_the_sums(pack: Path) -> None:
    (pack / "SHA256SUMS").write_text("")


def change_page_and_sum(pack: Path) -> None:
    """A captured page changed with its line in the sums: its name still tells."""
    page = pack / f"pages/{SHA}.html.txt"
    page.write_bytes(PAGE + b"!")
    sums = pack / "SHA256SUMS"
    changed = hashlib.sha256(PAGE + b"!").hexdigest()
    lines = [
        f"{changed}  pages/{page.name}" if line.endswith(page.name) else line for line in sums.read_text().splitlines()
    ]
    sums.write_text("\n".join(lines) + "\n")


TAMPERING = [change_a_letter, drop_a_file, add_a_file, add_an_empty_folder, put_a_folder_in_place_of_a_file, add_a_link,
             swap_for_a_link, point_outside, name_a_file_twice, empty_the_sums, change_page_and_sum]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda one: one.__name__)
def test_tampering_is_found(tamper: Any, pack: Path, hdswatch: Run) -> None:
    tamper(pack)
    done = hdswatch("report", "verify", pack)
    assert done.returncode == 1 and "NOT as it was written" in done.stderr


def test_verify_of_a_folder_that_is_no_report_is_exit_2(hdswatch: Run, tmp_path: Path) -> None:
    assert hdswatch("report", "verify", tmp_path).returncode == 2
    assert hdswatch("report", "verify").returncode == 2


def test_verify_needs_neither_home_nor_network(pack: Path, hdswatch: Run, watched: Path, tmp_path: Path) -> None:
    shutil.rmtree(watched)
    assert hdswatch("report", "verify", pack, HDSWATCH_HOME=str(tmp_path / "none")).returncode == 0


@pytest.mark.browser
def test_a_page_prints_on_a4(pack: Path, tmp_path: Path) -> None:
    import pdfplumber

    printed = tmp_path / "page.pdf"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
         "--no-pdf-header-footer", f"--print-to-pdf={printed}", (pack / "contracts/dossier-patient.html").as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with pdfplumber.open(printed) as document:
        assert {(round(page.width), round(page.height)) for page in document.pages} == {(595, 842)}
        assert "Verdict" in (document.pages[0].extract_text() or "")
        widest = max(char["x1"] for page in document.pages for char in page.chars)
    assert widest <= 595 - 40
