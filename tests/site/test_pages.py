"""What visitors find: every page in both languages, with the answer in it."""

from __future__ import annotations

import re

import pytest
from lxml import html

from tests.site.conftest import Site

PAGES = (
    "/",
    "/?q=coeur",
    "/?q=zzzz",
    "/hosts",
    "/hosts?state=none&activity=5",
    "/hosts/bientot",
    "/hosts/parti",
    "/hosts/hostile",
    "/hosts/very-long",
    "/hosts/sans-mot",
    "/hosts/contredit",
    "/hosts/perime",
    "/hosts/nombreux",
    "/certifiers",
    "/certifiers/lne",
    "/changes",
    "/changes?kind=EXPIRY_MOVED&page=2",
    "/compare",
    "/compare?host=bientot&host=perime",
    "/compare?host=sante",
    "/check",
    "/api",
    "/about",
    "/hds",
    "/hds/hosts",
    "/hds/hosts/bientot",
    "/hds/certificates?_sort=number",
    "/hds/search?q=sante",
    "/hds/in_force_on?on=",
    "/nowhere",
    "/hosts/nobody",
    "/-/databases",
)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_light_well_formed_and_in_the_language_asked_for(site: Site, path: str, language: str) -> None:
    answer = site.get(path + ("&" if "?" in path else "?") + f"lang={language}")
    assert answer.status_code == (404 if path in ("/nowhere", "/hosts/nobody") else 200)
    assert len(answer.content) <= 100_000
    page = html.fromstring(answer.content)
    assert page.get("lang") == language
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("string(//title)").strip()
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not page.xpath("//*[@style] | //style | //script[not(@src)] | //*[@onclick]")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "fr"),
        ("en-GB,en;q=0.9", "en"),
        ("fr-FR,en;q=0.5", "fr"),
        ("de,en;q=0.4", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("en;q=0.2,fr;q=0.9", "fr"),
        ("en;q=0", "fr"),
        (";;,,;q=x", "fr"),
    ],
)
def test_the_browser_language_decides_when_the_address_says_nothing(site: Site, accepted: str, language: str) -> None:
    answer = site.get("/", headers={"Accept-Language": accepted})
    assert html.fromstring(answer.content).get("lang") == language
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(
    "path", ["/", "/hosts/bientot", "/changes", "/hds/certificates", "/hds", "/about", "/hds/search?q=a"]
)
def test_a_chosen_language_sticks_on_every_link_and_form_of_the_page(site: Site, path: str) -> None:
    page = html.fromstring(site.get(path + ("&" if "?" in path else "?") + "lang=en").content)
    links = [link for link in page.xpath("//main//a/@href | //footer//a/@href") if link.startswith("/")]
    assert links
    assert [link for link in links if not re.search(r"[?&]_?lang=en\b", link)] == []
    forms = page.xpath("//form[@method!='post' or not(@method)]")
    assert all(form.xpath(".//input[@name='lang' or @name='_lang']/@value") == ["en"] for form in forms)


def test_the_home_page_answers_the_question_of_the_day(site: Site) -> None:
    page = html.fromstring(site.get("/").content)
    assert page.xpath("//form[@role='search']//input[@name='q']")
    assert "408" in page.xpath("string(//ul[@class='figures'])")
    assert page.xpath("//section[@aria-labelledby='next']//time/@datetime")
    assert len(page.xpath("//ol[@class='six']/li")) == 6
    assert len(page.xpath("//figure//svg[@role='img']/title")) == 3
    assert len(page.xpath("//figure//table")) == 3


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bientot echu", "bientot"),
        ("BIENTÔT", "bientot"),
        ("coeur de marque", "contredit"),
        ("808665483", "contredit"),
        ("808 665 483", "contredit"),
        ("B-1", "bientot"),
        ("cœur de m", "contredit"),
    ],
)
def test_search_finds_a_host_by_any_of_its_names_and_numbers(site: Site, asked: str, found: str) -> None:
    for path in ("/", "/suggest"):
        page = html.fromstring(site.get(path, params={"q": asked}).content)
        assert f"/hosts/{found}" in page.xpath("//ul[@class='cards']//a/@href"), path


@pytest.mark.parametrize(
    ("host", "sign", "words"),
    [
        ("contredit", "ok", "Certifié pour les six activités"),
        ("bientot", "part", "plus pour longtemps"),
        ("sans-mot", "unsure", "Ne peut être confirmé"),
        ("perime", "no", "Aucun certificat en vigueur"),
        ("suspendu", "no", "Aucun certificat en vigueur"),
        ("parti", "gone", "N’est plus sur la liste"),
    ],
)
def test_a_host_page_says_its_state_in_words_and_by_shape(site: Site, host: str, sign: str, words: str) -> None:
    page = html.fromstring(site.get(f"/hosts/{host}").content)
    answer = page.xpath("//section[starts-with(@class, 'answer')]")[0]
    assert f"answer-{sign}" in answer.get("class")
    assert words in answer.text_content().replace("\xa0", " ")
    assert answer.xpath(f".//p[@class='verdict']//*[contains(@class, 'icon-{sign}')]")
    assert len(answer.xpath(".//ol[@class='grid']/li")) == 6


def test_a_delisted_host_is_never_called_withdrawn(site: Site) -> None:
    text = html.fromstring(site.get("/hosts/parti?lang=en").content).xpath("string(//h1/following::section[1])")
    assert "The reason is not known" in text
    assert "withdrawn" not in text


def test_a_host_page_shows_contradictions_and_where_each_value_was_read(site: Site) -> None:
    page = html.fromstring(site.get("/hosts/contredit").content)
    assert "se contredisent" in page.xpath("string(//h2[@id='contra'])")
    sources = page.xpath("//a[@class='proof']/@href")
    assert sources
    for address in sources:
        assert page.xpath(f"//*[@id='{address[1:]}']"), address


def test_every_value_that_has_a_proof_leads_to_it(site: Site) -> None:
    """The invented register proves these of each certificate of that host."""
    page = html.fromstring(site.get("/hosts/nombreux").content)
    first = page.xpath("//article[contains(@class, 'certificate')]")[0]
    proved = {link.rpartition("-")[2] for link in first.xpath(".//a[@class='proof']/@href")}
    assert {"number", "expires_on", "issued_on", "activities", "document_url", "referential_label"} <= proved


def test_comparing_takes_names_and_asks_when_a_name_fits_several(site: Site) -> None:
    page = html.fromstring(site.get("/compare", params={"host": ["Bientôt Échu", "Santé"], "on": "2026-12-01"}).content)
    assert len(page.xpath("//table[@class='compare']//thead/tr/th")) == 1
    assert len(page.xpath("//section[@class='card']//li/a")) > 1
    assert site.get("/compare?on=demain").status_code == 400


def test_changes_can_be_narrowed_by_kind_month_and_host(site: Site) -> None:
    everything = html.fromstring(site.get("/changes").content)
    month = everything.xpath("//select[@name='month']/option/@value")[1]
    for query in (f"month={month}", "kind=EXPIRY_MOVED", "host=parti"):
        page = html.fromstring(site.get(f"/changes?{query}").content)
        assert page.xpath("//ul[@class='lines card']/li/time/@datetime")
    assert site.get("/changes?kind=NONSENSE").status_code == 400
    assert site.get("/changes?month=2026-13").status_code == 400
    assert site.get("/changes?host=nobody").status_code == 404


@pytest.mark.parametrize("place", [1, 2])
def test_a_figure_of_the_home_page_leads_to_as_many_hosts(site: Site, place: int) -> None:
    figure = html.fromstring(site.get("/?lang=en").content).xpath(f"//ul[@class='figures']/li[{place}]/a")[0]
    number = figure.xpath("string(strong)")
    assert html.fromstring(site.get(figure.get("href")).content).xpath("string(//main/h2)") == f"{number} hosts"


def test_why_nothing_counts_stands_in_the_answer(site: Site) -> None:
    for host, why in (("perime", "expired"), ("suspendu", "suspended")):
        answer = html.fromstring(site.get(f"/hosts/{host}?lang=en").content).xpath(
            "//section[starts-with(@class, 'answer')]"
        )
        assert answer[0].xpath("string(p[@class='until'])") == f"Why: {why}."


def test_a_host_that_left_the_list_is_not_said_to_lack_anything(site: Site) -> None:
    for path in ("/hosts/parti?lang=en", "/compare?host=parti&host=bientot&lang=en"):
        text = html.fromstring(site.get(path).content).text_content()
        assert "not held" not in text, path
        assert "not known" in text, path


def test_unknown_values_are_shown_as_unknown_and_not_as_failures(site: Site) -> None:
    page = html.fromstring(site.get("/hosts/sans-mot?lang=en").content)
    assert page.xpath("//article//span[contains(@class, 'badge-unsure')]")
    assert not page.xpath("//*[contains(@class, 'icon-no') or contains(@class, 'badge-no')]")


def test_a_host_page_speaks_of_no_contract(site: Site) -> None:
    for host in ("sans-mot", "perime", "suspendu", "armor-datacenter"):
        page = html.fromstring(site.get(f"/hosts/{host}?lang=en").content)
        assert "the contract requires" not in page.text_content(), host


def test_a_host_with_hundreds_of_certificates_has_a_light_page_with_what_counts_first(site: Site) -> None:
    page = html.fromstring(site.get("/hosts/nombreux?lang=en").content)
    assert page.xpath("string(//h2[@id='certs'])") == "400 certificates"
    shown = page.xpath("//article[contains(@class, 'certificate')]")
    assert len(shown) == 10
    assert all("Counts today" in one.text_content() for one in shown)
    anchors = set(page.xpath("//tr/@id"))
    assert anchors and all(link.removeprefix("#") in anchors for link in page.xpath("//a[@class='proof']/@href"))
    (everything,) = page.xpath("//section[@aria-labelledby='certs']//a[contains(@href, '/hds/certificates')]/@href")
    assert "400 rows" in site.get(everything).text
