"""Drupal Views Ajax: the settings in a page, the addresses a browser would ask, and the HTML inside the answers.

Follows what Drupal's own `core/modules/views/js/ajax_view.js` does: settings of the view, then the parameters of the
clicked link, then view arguments from its path, sent to `views.ajax_path`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from crawler.addresses import join, parameters, with_parameters
from crawler.page import Document, Element
from crawler.spiders.letters import Link
from crawler.spiders.shapes import Ask, Purpose

_OLD_SETTINGS = re.compile(r"Drupal\.settings\s*,\s*(\{)")
_MARKUP = re.compile(r"<(table|tr|li|dl|article|div|section|p|h[1-6]|a|form|span)[\s>]", re.IGNORECASE)
_PLACING = {"insert", "replace", "append", "prepend", "html", "replaceWith", "before", "after"}


@dataclass(frozen=True)
class AjaxView:
    """One view of a page that is fetched by script."""

    dom_id: str
    url: str
    settings: tuple[tuple[str, str], ...]
    base_path: str

    def ask(self, purpose: Purpose, given: Mapping[str, str], *, label: str = "", post: bool = False) -> Ask:
        """The request that Drupal's script sends for this view with further parameters."""
        sent = {**dict(self.settings), **given, "_drupal_ajax": "1"}
        if post:
            return Ask(self.url, purpose, label, "POST", urlencode(sent), "json")
        return Ask(with_parameters(self.url, sent), purpose, label, expect="json")

    def parameters_of(self, link: Link) -> dict[str, str]:
        """What a link of this view adds: its query, and view arguments when its path goes on from the view's."""
        given = dict(link.parameters)
        if link.url is None:
            return given
        given |= {name: value for name, value in parameters(link.url).items() if name not in dict(self.settings)}
        base, path = self.base_path.strip("/"), urlsplit(link.url).path.strip("/")
        if base and path.startswith(base + "/"):
            given["view_args"] = path[len(base) + 1 :]
        return given


def settings(page: Document) -> dict[str, Any]:
    """The settings that Drupal puts into the page for its scripts; empty when there are none or they are broken."""
    for script in page.root.iter("script"):
        content = script.text or ""
        if script.get("data-drupal-selector") == "drupal-settings-json":
            return _object(content)
        if found := _OLD_SETTINGS.search(content):
            return _object(content[found.start(1) :])
    return {}


def views(page: Document) -> list[AjaxView]:
    """The views that the page's scripts would fetch, those that stand on the page first."""
    part = settings(page).get("views")
    if not isinstance(part, dict) or not isinstance(part.get("ajaxViews"), (dict, list)):
        return []
    paths = part.get("ajax_path") or "/views/ajax"
    url = join(page.base, str(paths[0] if isinstance(paths, list) else paths))
    entries = part["ajaxViews"].values() if isinstance(part["ajaxViews"], dict) else part["ajaxViews"]
    found = []
    for entry in entries:
        if isinstance(entry, dict) and entry.get("view_name") and url:
            plain = tuple((str(k), _word(v)) for k, v in entry.items() if not isinstance(v, (dict, list)))
            found.append(AjaxView(str(entry.get("view_dom_id") or ""), url, plain, _word(entry.get("view_base_path"))))
    return sorted(found, key=lambda view: container(page, view) is None)


def container(page: Document, view: AjaxView) -> Element | None:
    """The element that the view's answers replace."""
    wanted = {f"js-view-dom-id-{view.dom_id}", f"view-dom-id-{view.dom_id}", f"view-dom-id-{view.dom_id}".lower()}
    for element in page.root.iter("div", "section", "main", "article"):
        if view.dom_id and wanted & set((element.get("class") or "").split()):
            return element
    return None


def fragments(data: object) -> Iterator[tuple[str, str]]:
    """The pieces of HTML in a JSON answer, each with the JSON pointer to it: Ajax commands first of all, else any
    string that holds markup."""
    if isinstance(data, list) and data and all(isinstance(one, dict) and "command" in one for one in data):
        for number, command in enumerate(data):
            if command["command"] in _PLACING and isinstance(command.get("data"), str):
                yield f"/{number}/data", command["data"]
        return
    yield from _markup_in(data)


def is_commands(data: object) -> bool:
    """Whether a JSON answer is a list of Drupal Ajax commands."""
    return isinstance(data, list) and bool(data) and all(isinstance(one, dict) and "command" in one for one in data)


def _markup_in(data: object) -> Iterator[tuple[str, str]]:
    """Big pieces of markup in an answer of any shape, such as `{"html": "<table>…"}`. Not the odd tag in a value."""
    stack: list[tuple[str, object]] = [("", data)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, dict):
            stack.extend(reversed([(f"{pointer}/{_escaped(str(k))}", v) for k, v in value.items()]))
        elif isinstance(value, list):
            stack.extend(reversed([(f"{pointer}/{n}", v) for n, v in enumerate(value)]))
        elif isinstance(value, str) and value.lstrip().startswith("<") and _MARKUP.search(value):
            yield pointer, value


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _word(value: object) -> str:
    return "" if value is None else str(value)


def _object(text: str) -> dict[str, Any]:
    try:
        data, _ = json.JSONDecoder().raw_decode(text.strip())
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
