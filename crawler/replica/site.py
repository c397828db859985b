"""The replica's own pages: the Ajax list, the plain table, the certifier list and the pages around them.

Turns an edition and a request into a `Page`; knows nothing of sockets, caching or faults.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from crawler.replica.editions import Edition
from crawler.replica.lines import Line
from crawler.replica.markup import bodies_table, lines_table, page, pager
from crawler.replica.population import LETTERS

LIST_PATH = "/hds/liste-des-hebergeurs-certifies"
TABLE_PATH = f"{LIST_PATH}/tableau"
CERTIFIERS_PATH = "/hds/organismes-certificateurs"
AJAX_PATH = "/views/ajax"
VIEW = {"view_name": "hebergeurs_hds", "view_display_id": "block_liste"}
LINES_A_PAGE = 20
HTML = "text/html; charset=UTF-8"
JSON = "application/json"


@dataclass(frozen=True)
class Page:
    """One answer: what the site says, before faults, caching and compression."""

    body: bytes
    media_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def html_page(title: str, content: str, settings: dict[str, object] | None = None, status: int = 200) -> Page:
    """A page in the site's shell."""
    return Page(page(title, content, settings).encode(), status=status)


def not_found() -> Page:
    """The site's 404."""
    return html_page("Page non trouvée", "<p>La page demandée n’a pas pu être trouvée.</p>", status=404)


def declared_total(edition: Edition) -> str:
    """The sentence in which the page says how many hosts it lists."""
    return f'<p class="view-header total"><strong>{edition.hosts} hébergeurs certifiés</strong></p>'


_DOM_ID = hashlib.sha256(VIEW["view_name"].encode()).hexdigest()
"""Drupal draws a new one whenever it renders the page; fixed here, so that an unchanged letter keeps its ETag."""


def _letters(base: str) -> str:
    links = "".join(f'<a href="{base}?lettre={letter}" class="use-ajax">{letter}</a> ' for letter in LETTERS)
    return f'<div class="glossaire" role="group" aria-label="Filtrer par lettre">{links}</div>'


def _exposed_form() -> str:
    options = "".join(f'<option value="{letter}">{letter}</option>' for letter in LETTERS)
    return (
        f'<form class="views-exposed-form" data-drupal-selector="views-exposed-form-hebergeurs-hds-block-liste" '
        f'action="{LIST_PATH}" method="get" id="views-exposed-form-hebergeurs-hds-block-liste" accept-charset="UTF-8">'
        f'<label for="edit-lettre">Première lettre</label> '
        f'<select data-drupal-selector="edit-lettre" id="edit-lettre" name="lettre">{options}</select>'
        f' <input data-drupal-selector="edit-submit-hebergeurs-hds" type="submit" value="Appliquer" class="button">'
        f"</form>"
    )


def ajax_list(edition: Edition) -> Page:
    """The list page: letters, total and settings, and no rows: those come from the Views Ajax endpoint alone."""
    dom_id = _DOM_ID
    content = (
        "<p>Les hébergeurs certifiés sont présentés par ordre alphabétique. Choisissez une lettre.</p>"
        f"{declared_total(edition)}{_letters(LIST_PATH)}{_exposed_form()}"
        f'<div class="views-element-container"><div class="view view-hebergeurs-hds view-id-{VIEW["view_name"]} '
        f'view-display-id-{VIEW["view_display_id"]} js-view-dom-id-{dom_id}">'
        '<div class="view-empty">Chargement…</div></div></div>'
    )
    settings: dict[str, object] = {
        "path": {"baseUrl": "/", "currentPath": LIST_PATH.lstrip("/"), "currentLanguage": "fr", "isFront": False},
        "ajaxPageState": {"theme": "replique", "libraries": "system/base,views/views.ajax", "theme_token": None},
        "ajaxTrustedUrl": {LIST_PATH: True},
        "views": {
            "ajax_path": AJAX_PATH,
            "ajaxViews": {
                f"views_dom_id:{dom_id}": {
                    **VIEW, "view_args": "", "view_path": "/node/412", "view_base_path": None, "view_dom_id": dom_id,
                    "pager_element": 0,
                }
            },
        },
        "user": {"uid": 0, "permissionsHash": "réplique"},
    }  # fmt: skip
    return html_page("Liste des hébergeurs certifiés", content, settings)


def ajax_answer(edition: Edition, query: Mapping[str, str]) -> Page:
    """What `/views/ajax` says: an array of commands, one of which holds a page of a letter as HTML."""
    if any(query.get(name) != value for name, value in VIEW.items()):
        return Page(b'{"message":"The requested view does not exist."}', JSON, 404)
    letter = query.get("lettre", "A")
    number = int(query["page"]) if query.get("page", "").isdigit() else 0
    lines = edition.of_letter(letter)
    pages = max(1, -(-len(lines) // LINES_A_PAGE))
    shown = lines[number * LINES_A_PAGE : (number + 1) * LINES_A_PAGE]
    dom_id = "".join(c for c in query.get("view_dom_id", _DOM_ID) if c.isalnum())
    selector = f".js-view-dom-id-{dom_id}"
    commands: list[dict[str, object]] = [
        {"command": "settings", "settings": {"ajaxTrustedUrl": {LIST_PATH: True}}, "merge": True},
        {"command": "scrollTop", "selector": selector},
        {
            "command": "insert",
            "method": "replaceWith",
            "selector": selector,
            "data": _view_html(letter, shown, pager(pages, number, f"lettre={letter}&"), dom_id),
            "settings": None,
        },
    ]
    return Page(json.dumps(commands).encode(), JSON)


def _view_html(letter: str, shown: list[Line], pager_html: str, dom_id: str) -> str:
    body = lines_table(shown) if shown else '<div class="view-empty">Aucun hébergeur.</div>'
    return (
        f'<div class="views-element-container"><div class="view view-hebergeurs-hds js-view-dom-id-{dom_id}">'
        f'<h2>Hébergeurs : {escape(letter)}</h2><div class="view-content">{body}</div>{pager_html}</div></div>'
    )


def table(edition: Edition) -> Page:
    """The same data as one plain table."""
    content = f"{declared_total(edition)}{lines_table(edition.lines)}"
    return html_page("Liste des hébergeurs certifiés (tableau)", content)


def certifiers(edition: Edition) -> Page:
    """The certification bodies."""
    content = (
        "<p>Organismes certificateurs accrédités pour la certification HDS.</p>"
        f'<p class="total">{len(edition.bodies)} organismes certificateurs</p>{bodies_table(edition.bodies)}'
    )
    return html_page("Organismes certificateurs", content)


def home() -> Page:
    """The site's front page."""
    content = (
        f'<ul><li><a href="{LIST_PATH}">Liste des hébergeurs certifiés</a></li>'
        f'<li><a href="{TABLE_PATH}">La même liste en un tableau</a></li>'
        f'<li><a href="{CERTIFIERS_PATH}">Organismes certificateurs</a></li></ul>'
    )
    return html_page("Accueil", content)


def robots() -> Page:
    """Crawling is allowed, save where Drupal forbids it by default."""
    text = "User-agent: *\nDisallow: /admin/\nDisallow: /search/\nDisallow: /user/login\nAllow: /\n"
    return Page(text.encode(), "text/plain; charset=UTF-8")
