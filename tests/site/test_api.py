"""The API: the examples on its page run as they stand, and the OpenAPI document tells the truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from lxml import html

from monitor.site_files import site_folder
from tests.site.conftest import Site

RUNNERS = {"sh": ["sh", "-ec"], "python": [sys.executable, "-c"]}


@pytest.mark.parametrize("language", RUNNERS)
def test_the_examples_on_the_page_run_as_they_stand(site: Site, language: str) -> None:
    page = html.fromstring(site.get("/api").content)
    examples = page.xpath(f"//pre[@data-run='{language}']")
    assert examples
    for example in examples:
        done = subprocess.run(
            [*RUNNERS[language], example.text_content()], capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.strip()) > 20, example.text_content()
        assert '"ok": false' not in done.stdout


@pytest.mark.browser
def test_the_javascript_example_runs_in_a_browser(site: Site, chromium) -> None:
    (example,) = html.fromstring(site.get("/api").content).xpath("//pre[@data-run='javascript']")
    driver = chromium()
    driver.get(site.url + "/robots.txt")
    logged = driver.execute_async_script(
        "const [code, done] = arguments, logged = [];"
        "console.log = (...said) => { logged.push(said.join(' ')); if (logged.length === 5) done(logged); };"
        "new Function(code)();",
        example.text_content(),
    )
    assert all(logged)


OPERATIONS = tuple(
    (path, method)
    for path, methods in json.loads((site_folder() / "openapi.json").read_text(encoding="utf-8"))["paths"].items()
    for method in methods
)


@pytest.fixture(scope="session")
def described(shared_site: Site) -> schemathesis.BaseSchema:
    """The API as its document describes it."""
    return schemathesis.openapi.from_url(f"{shared_site.url}/openapi.json")


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_document_matches_what_the_site_does(described, path: str, method: str) -> None:
    """Arguments within and outside what the document allows; status, type and shape of each answer are checked."""

    @given(case=described[path][method].as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate()

    ask()


def test_the_document_names_this_site_and_only_open_formats(site: Site) -> None:
    document = site.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": site.url}]


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/hds/hosts.json?id=bientot&_shape=array", 1), ("/hds/hosts.json?siren=808665483&_shape=array", 1),
        ("/hds/search.json?q=bientot&_shape=array", 1), ("/hds/host_on.json?host=808665483&on=&_shape=array", 1),
        ("/hds/directory.json?id=bientot&_shape=array", 1), ("/hds/expiring.json?host_id=bientot&_shape=array", 1),
    ],
)  # fmt: skip
def test_a_developer_gets_an_answer_in_one_line(site: Site, path: str, rows: int) -> None:
    answer = site.get(path)
    assert len(answer.json()) == rows
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "query", ["sirne=808665483", "sirne__gt=8", "_sort=sirne", "_size=x", "_facet=sirne", "_search=armor"]
)
def test_a_misspelt_argument_is_an_error_and_not_an_empty_list(site: Site, query: str) -> None:
    answer = site.get(f"/hds/hosts.json?{query}")
    assert answer.status_code == 400
    assert answer.json()["ok"] is False


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/hds.json?sql=select+1", 403, "Forbidden"),
        ("/hds/nowhere.json", 404, "Not Found"),
        ("/feeds/changes.json?host=nobody", 404, "Not Found"),
    ],
)
def test_a_refusal_says_what_it_is_in_json(site: Site, path: str, status: int, said: str) -> None:
    answer = site.get(path)
    assert answer.status_code == status
    assert answer.json() == {"ok": False, "status": status, "error": said}


@pytest.mark.parametrize(
    "question",
    [
        "host_on?host=bientot&on=22/11/2026", "host_on?host=bientot&on=20261122", "in_force_on?on=2026-02-30",
        "in_force_on?on=hier", "changes_since?since=2026", "expiring_within?days=soon", "hosts_covering?activities=1,7&on=",
        "hosts_covering?activities=1;2&on=", "hosts_covering?activities=1&on=x",
    ],
)  # fmt: skip
def test_a_wrong_argument_of_a_question_is_an_error_and_not_another_question(site: Site, question: str) -> None:
    name, _, query = question.partition("?")
    answer = site.get(f"/hds/{name}.json?{query}&_shape=array&lang=en")
    assert answer.status_code == 400
    assert re.search("2026-11-22|1,2,6|whole number", answer.json()["error"])
    page = site.get(f"/hds/{name}?{query}")
    assert page.status_code == 400
    assert html.fromstring(page.content).xpath("//h1")


@pytest.mark.parametrize(
    "question",
    [
        "search?", "search?q=", "host_on?", "host_on?host=bientot", "host_on?host=bientot&on=", "in_force_on?",
        "in_force_on?on=%202024-02-29%20", "expiring_within?days=", "expiring_within?days=-1", "changes_since?",
        "changes_since?since=2026-01-01T00:00:00Z", "hosts_covering?activities=", "hosts_covering?activities=1,%202&on=",
        "hosts_covering?activities=6,6",
    ],
)  # fmt: skip
def test_an_argument_may_be_left_out_or_empty(site: Site, question: str) -> None:
    name, _, query = question.partition("?")
    assert isinstance(site.get(f"/hds/{name}.json?{query}&_shape=array").json(), list)
    assert site.get(f"/hds/{name}?{query}").status_code == 200


def test_every_table_view_and_question_answers_as_json_and_csv(site: Site) -> None:
    told = site.get("/hds.json").json()
    names = [one["name"] for one in told["tables"] if not one["hidden"]] + [one["name"] for one in told["views"]]
    assert {"hosts", "certificates", "changes", "directory", "in_force", "expiring", "coverage"} <= set(names)
    assert {one["name"] for one in told["queries"]} == {
        "search", "host_on", "in_force_on", "expiring_within", "changes_since", "hosts_covering",
    }  # fmt: skip
    for name in names:
        assert json.loads(site.get(f"/hds/{name}.json?_shape=objects&_size=2").text)["rows"] is not None
        assert "," in site.get(f"/hds/{name}.csv?_size=2").text or name == "today"
