"""Check my suppliers: the same verdicts as the command, in a browser, with nothing kept."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from monitor.site_files import site_module
from tests.conftest import Run
from tests.site.conftest import Site, sample_home, serving

suppliers = site_module("suppliers")
pages_check = site_module("pages_check")
rate = site_module("rate")
EVERY_STATE = "Bientôt Échu\nPérimé Hébergement\nSans Mot\nContredit Données\nInconnu au Bataillon"


def verdicts(answer) -> dict[str, str]:
    """Supplier → verdict, from a CSV answer."""
    assert answer.status_code == 200
    return {row["supplier"]: row["verdict"] for row in csv.DictReader(io.StringIO(answer.text))}


def test_each_supplier_gets_its_verdict(site: Site) -> None:
    found = verdicts(site.post("/check", data={"suppliers": EVERY_STATE, "format": "csv"}))
    assert found == {
        "Bientôt Échu": "attention",
        "Périmé Hébergement": "breach",
        "Sans Mot": "unknown",
        "Contredit Données": "covered",
        "Inconnu au Bataillon": "unknown",
    }


def test_only_the_ticked_activities_are_needed(site: Site) -> None:
    listed = {"suppliers": "Armor Datacenter", "format": "csv"}
    asked = [verdicts(site.post("/check", data={**listed, "activities": needed})) for needed in (["5", "6"], ["1"])]
    assert asked[0]["Armor Datacenter"] in ("covered", "attention")
    assert asked[1]["Armor Datacenter"] == "breach"


@pytest.mark.parametrize("on", ["", "2028-01-15"])
def test_the_page_says_what_the_command_says(site: Site, hdswatch: Run, tmp_path: Path, on: str) -> None:
    with closing(sqlite3.connect(site.home / "hds.db")) as conn:
        names = [
            row[0] for row in conn.execute("SELECT legal_name FROM hosts WHERE length(legal_name) < 60 ORDER BY id")
        ]
    names = [name for name in names if "script" not in name] + ["Bientot Echus", "Inconnu au Bataillon"]
    entries = [
        {"id": str(number), "supplier": name, "activities": [1, 2, 3], "notify": []}
        for number, name in enumerate(names, 1)
    ]
    watchlist = {
        "version": 1,
        "organisation": "Exemple",
        "language": "en",
        "channels": {},
        "contacts": [],
        "contracts": entries,
    }
    (tmp_path / "watchlist.yml").write_text(json.dumps(watchlist), encoding="utf-8")
    asked = ["check", "--watchlist", str(tmp_path / "watchlist.yml"), "--format", "json", "--fail-on", "never"]
    done = hdswatch("--home", str(site.home), *asked, *(["--on", on] if on else []))
    form = {"suppliers": "\n".join(names), "activities": ["1", "2", "3"], "format": "json", "on": on}
    assert done.returncode == 0, done.stderr
    assert site.post("/check?lang=en", data=form).json() == {**json.loads(done.stdout), "organisation": ""}


@pytest.mark.parametrize(
    "line",
    [
        "808665483",
        "808 665 483",
        "80866548300021",
        "Nom Quelconque; 808665483",
        "808665483\tAutre",
        "K-1",
        "coeur de marque",
    ],
)
def test_a_siren_a_certificate_number_or_a_brand_finds_the_host(site: Site, line: str) -> None:
    found = site.post("/check", data={"suppliers": line, "format": "json"}).json()
    assert found["contracts"][0]["matched"]["host_id"] == "contredit"


def test_a_resemblance_is_shown_and_never_taken(site: Site) -> None:
    page = html.fromstring(site.post("/check?lang=en", data={"suppliers": "Bientot Echus"}).content)
    text = page.xpath("string(//ol[@class='results']/li)")
    assert "to be checked" in text
    assert "Perhaps:" in text
    assert "hdswatch watchlist confirm" not in text
    assert "/hosts/bientot?lang=en" in page.xpath("//ol[@class='results']//a/@href")


def test_a_dropped_file_is_read_by_its_headings(site: Site) -> None:
    file = "Contrat;Raison sociale;SIREN\nA1;Contredit;808665483\nA2;Périmé Hébergement;\n".encode("cp1252")
    answer = site.post(
        "/check", data={"suppliers": "", "format": "csv"}, files={"file": ("liste.csv", file, "text/csv")}
    )
    assert verdicts(answer) == {"Contredit": "covered", "Périmé Hébergement": "breach"}


def test_a_spreadsheet_runs_nothing_of_the_answer(site: Site) -> None:
    answer = site.post("/check", data={"suppliers": "=1+1\n@SUM(A1)\n+33\n-2+3", "format": "csv"})
    cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "+", "-")]
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize("form", [{}, {"suppliers": "  \n "}, {"suppliers": "x", "on": "demain"}])
def test_an_unusable_form_is_given_back_with_a_sentence(site: Site, form: dict[str, str]) -> None:
    answer = site.post("/check", data=form)
    assert answer.status_code == 400
    assert html.fromstring(answer.content).xpath("//*[@role='alert']")


def test_the_form_is_never_sent_by_get_and_its_answer_never_kept(site: Site) -> None:
    page = html.fromstring(site.get("/check").content)
    assert page.xpath("//form[.//textarea]/@method") == ["post"]
    answer = site.post("/check", data={"suppliers": "Bientôt Échu"})
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert site.get("/check?suppliers=Bient%C3%B4t").text.count("Bient") == 0


@pytest.mark.parametrize("body", ["suppliers=" + "x" * 600_000, "&".join(["activities=1"] * 3000)])
def test_too_much_at_once_is_refused(site: Site, body: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert site.post("/check", content=body, headers=form).status_code == 413


def dropped(file: bytes) -> tuple[str, bytes]:
    """Content type and body of a form with one dropped file."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n%b\r\n--x--\r\n'
    return "multipart/form-data; boundary=x", part % file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_file_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    asked = pages_check.read_form(*dropped("Nom;SIREN\r\nCœur Hébergé;\r\n".replace("œ", "oe").encode(encoding)))
    assert suppliers.read_suppliers(asked.suppliers) == [("Coeur Hébergé", None)]


@pytest.mark.parametrize("file", [b"PK\x03\x04\x14\x00workbook", b"%PDF-1.7 list", "Nom;SIREN".encode("utf-16-le")])
def test_a_file_that_is_no_text_is_refused(file: bytes) -> None:
    with pytest.raises(pages_check.Refused) as refused:
        pages_check.read_form(*dropped(file))
    assert refused.value.status == 400


def test_a_workbook_is_refused_in_a_sentence(site: Site) -> None:
    answer = site.post("/check?lang=en", files={"file": ("liste.xlsx", b"PK\x03\x04\x14\x00workbook")})
    assert answer.status_code == 400
    assert "Save a spreadsheet as CSV first" in answer.text


def test_what_was_asked_is_in_no_file_and_no_log_and_the_eager_are_slowed_down(tmp_path: Path) -> None:
    home = sample_home(tmp_path / "home", hosts=20)
    secret = "Fournisseur Très Confidentiel"
    with serving(home) as running:
        statuses = [
            running.post("/check", data={"suppliers": secret}, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
            for n in range(rate.BURST + 2)
        ]
        running.post("/check", content=b"\xff\xfe", headers={"Content-Type": "multipart/form-data; boundary=x"})
        running.process.terminate()
        logged = running.process.stderr.read()
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert "Confidentiel" not in logged
    assert [path.name for path in home.iterdir()] == ["hds.db"]
    assert secret.encode() not in (home / "hds.db").read_bytes()


def test_waiting_gives_the_right_to_ask_again() -> None:
    now = [0.0]
    limit = rate.Limit(burst=2, per_second=0.5, clock=lambda: now[0])
    assert [limit.wait("a") for _ in range(2)] == [0, 0]
    assert limit.wait("a") == pytest.approx(2)
    assert limit.wait("b") == 0
    now[0] = 2.0
    assert limit.wait("a") == 0


@pytest.mark.parametrize(
    ("address", "other", "one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("x" * 4000, "_hidden", True),
    ],
)
def test_a_visitor_is_an_address_or_a_whole_ipv6_network(address: str, other: str, one: bool) -> None:
    assert (rate.visitor(address) == rate.visitor(other)) is one


LINES = {
    "a plain name": ("Société Exemple, SAS", [("Société Exemple, SAS", None)]),
    "a SIREN alone": ("808665483", [("808665483", "808665483")]),
    "a SIRET": ("Exemple 80866548300021", [("Exemple", "808665483")]),
    "name, then SIREN in brackets": ("Exemple (808 665 483)", [("Exemple", "808665483")]),
    "a label before the number": ("Exemple SIREN : 808665483", [("Exemple", "808665483")]),
    "number first": ("808665483;Exemple", [("Exemple", "808665483")]),
    "digits of another length": ("Exemple 12345", [("Exemple 12345", None)]),
    "blank lines and repeats": ("A\n\n A \nB", [("A", None), ("B", None)]),
    "headings in English": (
        'supplier,siren\n"Exemple, Inc",808665483\nAutre,',
        [("Exemple, Inc", "808665483"), ("Autre", None)],
    ),
    "headings in French": ("\ufeffFournisseur\tSIRET\nExemple\t80866548300021", [("Exemple", "808665483")]),
    "a heading and no row": ("nom;siren", []),
}


@pytest.mark.parametrize(("pasted", "wanted"), LINES.values(), ids=LINES)
def test_pasted_lines_are_read_as_people_write_them(pasted: str, wanted: list[tuple[str, str | None]]) -> None:
    assert [tuple(one) for one in suppliers.read_suppliers(pasted)] == wanted


@settings(max_examples=150)
@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(pasted: str) -> None:
    for one in suppliers.read_suppliers(pasted):
        assert one.name
        assert one.siren is None or (one.siren.isdigit() and len(one.siren) == 9)


@pytest.mark.browser
@pytest.mark.parametrize(("language", "width"), [("fr", 1280), ("en", 360)])
def test_a_visitor_walks_from_home_to_the_csv(site: Site, chromium, language: str, width: int) -> None:
    driver = chromium(width)
    wait = WebDriverWait(driver, 20)
    driver.get(f"{site.url}/?lang={language}")
    driver.find_element(By.NAME, "q").send_keys("bientot")
    driver.find_element(By.CSS_SELECTOR, "form.search button").click()
    wait.until(lambda d: d.find_elements(By.CSS_SELECTOR, "#found"))
    driver.find_element(By.CSS_SELECTOR, ".cards a[href*='/hosts/bientot']").click()
    wait.until(lambda d: d.find_element(By.TAG_NAME, "h1").text == "Bientôt Échu")
    driver.find_element(By.CSS_SELECTOR, "a[href*='/changes']").get_attribute("href")
    driver.execute_script("document.querySelector(\"main a[href*='/changes']\").click()")
    wait.until(lambda d: "/changes" in d.current_url)
    driver.execute_script("document.querySelector(\"header a[href*='/check']\").click()")
    wait.until(lambda d: d.find_elements(By.ID, "suppliers"))
    driver.find_element(By.ID, "suppliers").send_keys("Bientôt Échu\nInconnu")
    driver.find_element(By.CSS_SELECTOR, "form.check button").click()
    wait.until(lambda d: d.find_elements(By.ID, "answer"))
    assert driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
    assert len(driver.find_elements(By.CSS_SELECTOR, "ol.results > li")) == 2
    csv_text = driver.execute_async_script(
        "const form = document.querySelector('button[value=csv]').form, data = new URLSearchParams(new FormData(form));"
        "data.set('format', 'csv');"
        "fetch(form.action, {method: 'POST', body: data}).then(r => r.text()).then(arguments[0])"
    )
    assert [row["verdict"] for row in csv.DictReader(io.StringIO(csv_text))] == ["attention", "unknown"]


@pytest.mark.browser
def test_everything_works_without_javascript(site: Site, chromium) -> None:
    driver = chromium(scripts=False)
    driver.get(site.url + "/?lang=fr")
    driver.find_element(By.NAME, "q").send_keys("bientot\n")
    WebDriverWait(driver, 10).until(lambda d: d.find_elements(By.CSS_SELECTOR, ".cards a"))
    driver.get(site.url + "/check?lang=fr")
    driver.find_element(By.ID, "suppliers").send_keys("Bientôt Échu")
    driver.find_element(By.CSS_SELECTOR, "form.check button").click()
    WebDriverWait(driver, 10).until(lambda d: d.find_elements(By.ID, "answer"))


@pytest.mark.parametrize("ticked", ["²", "9" * 5000, "-1", "1e1", " 1 ,²,7"])
def test_activities_that_are_no_numbers_are_passed_over(site: Site, ticked: str) -> None:
    answer = site.post("/check", data={"suppliers": "Bientôt", "activities": ticked})
    assert answer.status_code == 200
