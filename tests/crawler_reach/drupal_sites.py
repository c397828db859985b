"""Sites whose list is a Drupal view: the page holds settings, and the entries come from the Ajax endpoint they name."""

from __future__ import annotations

import json
from html import escape

from tests.crawler_reach.reach_sites import (
    LETTERS,
    NOT_FOUND,
    PATH,
    Answered,
    Asked,
    Site,
    as_json,
    page,
    table,
    under,
)

DOM = "4f1c9e"
VIEW = {
    "view_name": "annuaire", "view_display_id": "bloc_1", "view_args": "", "view_path": "/node/7",
    "view_base_path": None, "view_dom_id": DOM, "pager_element": 0,
}  # fmt: skip


def settings_script(ajax_path: object = "/views/ajax", **views: object) -> str:
    data = {
        "path": {"baseUrl": "/"},
        "views": {"ajax_path": ajax_path, "ajaxViews": views or {f"views_dom_id:{DOM}": VIEW}},
    }
    return f"<script type='application/json' data-drupal-selector='drupal-settings-json'>{json.dumps(data)}</script>"


def insert(markup: str) -> Answered:
    return as_json([
        {"command": "settings", "settings": {}, "merge": True},
        {"command": "insert", "method": "replaceWith", "selector": f".js-view-dom-id-{DOM}", "data": markup},
    ])  # fmt: skip


def view(content: str) -> str:
    return f"<div class='view view-annuaire js-view-dom-id-{DOM}'>{content}</div>"


def letters_row(href: str = "?lettre={}") -> str:
    return (
        "<div class='alphabet'>"
        + "".join(f"<a href='{escape(href.format(one))}'>{one}</a>" for one in LETTERS)
        + "</div>"
    )


def parts_of(letter: str, size: int = 1) -> list[list[str]]:
    names = under(letter)
    return [names[at : at + size] for at in range(0, len(names), size)] or [[]]


def pager(letter: str, at: int, total: int, href: str) -> str:
    if total < 2:
        return ""
    items = "".join(
        f"<li><a href='{escape(href.format(letter=letter, page=n))}'>{n + 1}</a></li>" for n in range(total) if n != at
    )
    return f"<ul class='pager__items'>{items}</ul>"


def ajax_answer(asked: Asked, href: str = "?lettre={letter}&page={page}") -> Answered:
    if asked.query.get("view_name") != "annuaire":
        return NOT_FOUND
    letter, at = asked.query.get("lettre", "A"), int(asked.query.get("page", 0))
    parts = parts_of(letter)
    shown = table(parts[at]) if parts[at] else "<div class='view-empty'>Aucun hébergeur.</div>"
    return insert(view(shown + pager(letter, at, len(parts), href)))


def letters_outside_the_view(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked)
    return Answered(page(letters_row() + view("Chargement…") + settings_script()))


def letters_inside_the_answer(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        if "lettre" not in asked.query:
            return insert(view(letters_row() + "<p>Choisissez une lettre.</p>"))
        return ajax_answer(asked)
    return Answered(page(view("Chargement…") + settings_script()))


def relative_pager_loses_the_letter(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked, "?page={page}")
    return Answered(page(letters_row() + view("") + settings_script(["/views/ajax", "/views/ajax"])))


def pager_in_the_answer_names_the_endpoint(asked: Asked) -> Answered:
    if asked.path == "/fr/views/ajax":
        return ajax_answer(asked, "/fr/views/ajax?view_name=annuaire&lettre={letter}&page={page}")
    return Answered(page(letters_row() + view("") + settings_script("/fr/views/ajax")))


def letters_as_data(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked)
    index = "".join(f"<a href='#' data-lettre='{one}'>{one}</a>" for one in LETTERS)
    return Answered(page(f"<div>{index}</div>" + view("") + settings_script()))


def letters_as_buttons(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked)
    index = "".join(f"<button type='button' name='lettre' value='{one}'>{one}</button>" for one in LETTERS)
    return Answered(page(f"<div>{index}</div>" + view("") + settings_script()))


def exposed_form(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked)
    options = "".join(f"<option value='{one}'>{one}</option>" for one in LETTERS)
    form = (
        f"<form class='views-exposed-form' action='{PATH}' method='get'><select name='lettre'>{options}</select></form>"
    )
    return Answered(page(form + view("<div class='view-empty'>Chargement…</div>") + settings_script()))


def only_posts(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked) if asked.method == "POST" else Answered("Method Not Allowed", "text/plain", 405)
    return Answered(page(letters_row() + view("") + settings_script()))


def letters_in_the_path_of_the_view(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        letter = asked.query.get("view_args", "").upper() or "A"
        return insert(view(table(under(letter)) if under(letter) else "<p>Aucun résultat.</p>"))
    shown = {**VIEW, "view_base_path": "hds/hebergeurs"}
    return Answered(
        page(letters_row("/hds/hebergeurs/{}") + view("") + settings_script(**{f"views_dom_id:{DOM}": shown}))
    )


def script_ignored_by_the_server(asked: Asked) -> Answered:
    """The page has settings of another block's view, and letters that work as plain links."""
    if asked.path == "/views/ajax":
        return insert("<div class='view-actualites'><p>Une nouvelle</p></div>")
    letter = asked.query.get("lettre", "A")
    other = {f"views_dom_id:{DOM}": {**VIEW, "view_name": "actualites"}}
    shown = table(under(letter)) if under(letter) else "<p>Aucun hébergeur</p>"
    return Answered(page(letters_row() + shown + settings_script(**other)))


def plain_links_ignored_by_the_server(asked: Asked) -> Answered:
    """The page prints the first letter whatever is asked; only the script's way gives the others."""
    if asked.path == "/views/ajax":
        return ajax_answer(asked)
    return Answered(page(letters_row() + view(table(under("A"))) + settings_script()))


def drupal_seven(asked: Asked) -> Answered:
    if asked.path == "/views/ajax":
        return ajax_answer(asked)
    data = {"views": {"ajax_path": "/views/ajax", "ajaxViews": {f"views_dom_id:{DOM}": VIEW}}}
    script = f"<script>jQuery.extend(Drupal.settings, {json.dumps(data)});</script>"
    return Answered(page(letters_row() + f"<div class='view view-dom-id-{DOM}'></div>" + script))


DRUPAL: dict[str, Site] = {
    "letters outside the view": letters_outside_the_view,
    "letters inside the answer": letters_inside_the_answer,
    "a pager whose links lose the letter": relative_pager_loses_the_letter,
    "a pager that names the endpoint": pager_in_the_answer_names_the_endpoint,
    "letters only as data attributes": letters_as_data,
    "letters as buttons": letters_as_buttons,
    "an exposed form": exposed_form,
    "the endpoint takes only POST": only_posts,
    "letters in the view's path": letters_in_the_path_of_the_view,
    "settings of another view": script_ignored_by_the_server,
    "plain links that the server ignores": plain_links_ignored_by_the_server,
    "Drupal 7": drupal_seven,
}
