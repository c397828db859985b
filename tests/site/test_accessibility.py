"""The pages for everybody: axe-core finds nothing, a keyboard suffices, nothing scrolls sideways."""

from __future__ import annotations

from importlib.resources import files

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.site.conftest import Site

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/?q=bientot",
    "/hosts?state=none&activity=5",
    "/hosts/bientot",
    "/hosts/contredit",
    "/hosts/hostile",
    "/hosts/parti",
    "/certifiers",
    "/certifiers/lne",
    "/changes?kind=HOST_RENAMED",
    "/compare?host=bientot&host=sans-mot",
    "/compare?host=garance",
    "/check",
    "/api",
    "/about",
    "/hds",
    "/hds/certificates?_size=4",
    "/hds/hosts/bientot",
    "/hds/search?q=heb",
    "/nowhere",
)
EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WORDS_AND_COLOURS = {
    "type": "rule",
    "values": [
        "color-contrast",
        "html-has-lang",
        "html-lang-valid",
        "valid-lang",
        "document-title",
        "label",
        "link-name",
        "button-name",
        "svg-img-alt",
        "landmark-unique",
        "page-has-heading-one",
    ],
}
"""What differs between languages and colour schemes; the structure of a page is the same in all of them."""
LONG = "/hosts/very-long"


def violations(driver, site: Site, path: str, rules: dict[str, object]) -> list[str]:
    """What axe-core objects to on a page: rule and element."""
    driver.get(site.url + path)
    driver.execute_script(files("selenium_axe_python").joinpath("axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = driver.execute_async_script(
        "const [rules, done] = arguments;"
        "axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
        ".then(found => done(found.violations), problem => done(String(problem)))",
        rules,
    )
    assert isinstance(found, list), found
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(
    ("language", "dark", "rules"),
    [("fr", False, EVERYTHING), ("en", True, WORDS_AND_COLOURS)],
    ids=["fr", "en in the dark"],
)
def test_axe_core_finds_nothing_on_any_page(site: Site, chromium, language: str, dark: bool, rules: dict) -> None:
    driver = chromium(dark=dark)
    joined = {path: path + ("&" if "?" in path else "?") + f"lang={language}" for path in PAGES}
    assert {path: bad for path, address in joined.items() if (bad := violations(driver, site, address, rules))} == {}


def test_axe_core_finds_nothing_on_the_answer_of_a_check(site: Site, chromium) -> None:
    driver = chromium()
    driver.get(site.url + "/check?lang=fr")
    driver.find_element(By.ID, "suppliers").send_keys("Bientôt Échu\nPérimé Hébergement\nSans Mot\nInconnu\nGarance")
    driver.find_element(By.CSS_SELECTOR, "form.check button").click()
    WebDriverWait(driver, 10).until(lambda d: d.find_elements(By.ID, "answer"))
    driver.execute_script(files("selenium_axe_python").joinpath("axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = driver.execute_async_script(
        "axe.run(document, {runOnly: arguments[0]}).then(r => arguments[1](r.violations))", EVERYTHING
    )
    assert [one["id"] for one in found] == []


@pytest.mark.parametrize(("width", "language"), [(320, "fr"), (360, "en")])
def test_nothing_scrolls_sideways_on_a_telephone(site: Site, chromium, width: int, language: str) -> None:
    driver = chromium(width)
    wide = {}
    for path in (*PAGES, LONG):
        driver.get(site.url + path + ("&" if "?" in path else "?") + f"lang={language}")
        if (found := driver.execute_script("return document.documentElement.scrollWidth")) > width:
            wide[path] = found
    assert wide == {}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("host", ["bientot", "perime", "sans-mot", "parti"])
def test_the_answer_stands_in_the_first_screen_of_a_telephone(site: Site, chromium, host: str, language: str) -> None:
    driver = chromium(360)
    driver.get(f"{site.url}/hosts/{host}?lang={language}")
    bottom = driver.execute_script(
        "return document.querySelector('.answer .until, .answer .verdict').getBoundingClientRect().bottom"
    )
    assert bottom < 640


def test_a_keyboard_alone_goes_from_the_search_to_the_host(site: Site, chromium) -> None:
    driver = chromium()
    driver.get(site.url + "/?lang=fr")
    typed = driver.switch_to.active_element
    assert typed.get_attribute("name") == "q"
    typed.send_keys("bientot echu")
    WebDriverWait(driver, 10).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#suggestions a"))
    typed.send_keys(Keys.ARROW_DOWN)
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(driver, 10).until(lambda d: "/hosts/bientot" in d.current_url)
    assert driver.find_element(By.TAG_NAME, "h1").text == "Bientôt Échu"


def test_the_first_tab_offers_to_skip_the_menu(site: Site, chromium) -> None:
    driver = chromium()
    driver.get(site.url + "/about?lang=en")
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = driver.switch_to.active_element
    assert skip.text == "Skip to content"
    skip.send_keys(Keys.ENTER)
    assert driver.switch_to.active_element.get_attribute("id") == "main"


def test_text_at_twice_its_size_still_fits(site: Site, chromium) -> None:
    driver = chromium(1280)
    for path in ("/", "/hosts/bientot", "/check", "/compare?host=bientot&host=perime"):
        driver.get(site.url + path)
        driver.execute_script(
            "document.documentElement.classList.add('test'); document.documentElement.style.fontSize = '200%'"
        )
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 1280, path
