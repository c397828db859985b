"""Lists that only a script of the page would fetch, letter by letter or part by part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.crawler_reach.reach_sites import (
    LETTERS,
    NAMES,
    NOT_FOUND,
    PATH,
    Answered,
    Asked,
    Site,
    as_json,
    page,
    record,
    table,
    travel,
    under,
)


def data(asked: Asked, name: str = "lettre") -> Answered:
    letter = asked.query.get(name)
    return as_json([record(name) for name in under(letter)] if letter else {"erreur": "lettre manquante"})


def template_in_a_script(asked: Asked) -> Answered:
    if asked.path == "/api/hebergeurs":
        return data(asked)
    script = "<script>const f = l => fetch(`/api/hebergeurs?lettre=${lettre}`)</script>"
    return Answered(page("<div id='app'>Chargement…</div>" + script))


def joined_in_a_script(asked: Asked) -> Answered:
    if asked.path == "/api/hebergeurs":
        return data(asked)
    index = "".join(f"<button class='lettre'>{one}</button>" for one in LETTERS)
    return Answered(page(index + "<div></div><script>$.getJSON('/api/hebergeurs?lettre=' + l, show)</script>"))


def buttons_and_an_endpoint(asked: Asked) -> Answered:
    if asked.path == "/hds/donnees":
        return data(asked)
    index = "".join(f"<button type='button' data-lettre='{one}'>{one}</button>" for one in LETTERS)
    return Answered(page(f"<div class='az'>{index}</div><div data-endpoint='/hds/donnees'></div>"))


def endpoint_in_drupal_settings(asked: Asked) -> Answered:
    if asked.path == "/hds/api/liste":
        return data(asked, "letter")
    settings = json.dumps({"hds": {"endpoint": "/hds/api/liste", "letters": LETTERS}}).replace("/", "\\/")
    index = "".join(f"<a href='#' data-letter='{one}'>{one}</a>" for one in LETTERS)
    script = f"<script type='application/json' data-drupal-selector='drupal-settings-json'>{settings}</script>"
    return Answered(page(f"<nav>{index}</nav><div id='liste'></div>{script}"))


def path_template(asked: Asked) -> Answered:
    if asked.path.startswith("/hds/lettre/"):
        return as_json({"hosts": [record(name) for name in under(asked.path.rpartition("/")[2])]})
    return Answered(page("<p>Choisir</p><div data-url='/hds/lettre/{letter}'></div>"))


def fragments_by_letter(asked: Asked) -> Answered:
    if asked.path.startswith("/fragment/"):
        names = under(asked.path.rpartition("/")[2])
        return Answered(table(names) if names else "<p>Aucun hébergeur</p>")
    index = "".join(f"<li><a href='#' data-url='/fragment/{one}'>{one}</a></li>" for one in LETTERS)
    return Answered(page(f"<ul>{index}</ul><div id='cible'></div>"))


def clicks_that_set_the_location(asked: Asked) -> Answered:
    letter = asked.query.get("l")
    index = "".join(f"<button onclick=\"window.location.href='{PATH}?l={one}'\">{one}</button>" for one in LETTERS)
    names = under(letter) if letter else []
    return Answered(
        page(f"<div>{index}</div>" + (table(names) if names else "<p>Aucun hébergeur</p>" if letter else ""))
    )


def panels_loaded_one_by_one(asked: Asked) -> Answered:
    if asked.path.startswith("/panneau/"):
        return Answered(table(under(asked.path.rpartition("/")[2])))
    panels = "".join(
        f"<section><h2 id='l-{one}'>{one}</h2><div class='panneau' data-src='/panneau/{one}'></div></section>"
        for one in LETTERS if under(one)
    )  # fmt: skip
    return Answered(page(panels))


def accordion(asked: Asked) -> Answered:
    parts = "".join(
        f"<button aria-controls='p-{one}'>{one}</button><div id='p-{one}' hidden>{table(under(one))}</div>"
        for one in LETTERS if under(one)
    )  # fmt: skip
    return Answered(page(parts))


def tabs_in_one_page(asked: Asked) -> Answered:
    tabs = "".join(
        f"<li role='tab' data-bs-target='#t-{one}' data-letter='{one}'>{one}</li>" for one in LETTERS if under(one)
    )
    panes = "".join(f"<div id='t-{one}'>{table(under(one))}</div>" for one in LETTERS if under(one))
    return Answered(page(f"<ul role='tablist'>{tabs}</ul>{panes}"))


def htmx_pager(asked: Asked) -> Answered:
    at = int(asked.query.get("page", 0))
    part = NAMES[at * 5 : at * 5 + 5]
    more = f"<button hx-get='{PATH}?page={at + 1}'>Charger plus</button>" if at * 5 + 5 < len(NAMES) else ""
    return Answered(page(table(part) + more))


def letters_by_script_and_a_file(asked: Asked) -> Answered:
    if asked.path == "/f/hebergeurs.json":
        return as_json([record(name) for name in NAMES])
    index = "".join(f"<button>{one}</button>" for one in LETTERS if under(one))
    return Answered(page(f"{index}<p><a href='/f/hebergeurs.json'>Liste des hébergeurs (JSON)</a></p>"))


def a_broken_statistic_beside_the_data(asked: Asked) -> Answered:
    if asked.path == "/api/stats":
        return Answered("Internal Server Error", "text/plain", 500)
    if asked.path == "/api/zone":
        return as_json([record(name) for name in NAMES])
    return Answered(page("<p>Chargement</p><script>fetch('/api/stats'); fetch('/api/zone')</script>"))


EVERYTHING: dict[str, Site] = {
    "a template in a script": template_in_a_script,
    "an address joined in a script": joined_in_a_script,
    "buttons and an endpoint": buttons_and_an_endpoint,
    "an endpoint in Drupal's settings": endpoint_in_drupal_settings,
    "a letter's gap in the path": path_template,
    "fragments by letter": fragments_by_letter,
    "clicks that set the location": clicks_that_set_the_location,
    "panels loaded one by one": panels_loaded_one_by_one,
    "an accordion of letters": accordion,
    "tabs in one page": tabs_in_one_page,
    "a 'load more' of htmx": htmx_pager,
    "letters by script, and a file with the whole list": letters_by_script_and_a_file,
    "a broken statistic beside the data": a_broken_statistic_beside_the_data,
}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_every_host_is_found_once_and_without_a_doubt(kind: str, tmp_path: Path) -> None:
    trip = travel(EVERYTHING[kind], tmp_path)
    assert sorted(trip.names) == sorted(NAMES), kind
    assert trip.walked.doubts == []


def test_letters_by_script_beside_a_file_with_half_the_list_leave_a_doubt(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        if asked.path == "/f/hebergeurs.json":
            return as_json([record(name) for name in under("A")])
        return letters_by_script_and_a_file(asked)

    assert not travel(site, tmp_path).walked.complete


def test_a_panel_that_is_missing_ends_the_walk(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        return NOT_FOUND if asked.path == "/panneau/S" else panels_loaded_one_by_one(asked)

    with pytest.raises(Exception, match="/panneau/S"):
        travel(site, tmp_path)
