"""Datasette's own pages (tables, rows, saved queries) in the site's shell, with words in the visitor's language."""

from __future__ import annotations

import csv
import re
from functools import cache
from types import SimpleNamespace
from typing import Any

import yaml
from datasette.views import base as datasette_base
from datasette.views.base import DatasetteError
from hdswatch_site import i18n, safety, web
from hdswatch_site.text import plain
from markupsafe import Markup

from registry.export import harmless
from registry.saved_queries import SAVED_QUERIES

FACETS = ("_facet", "_facet_array", "_facet_date")
LINK = re.compile(r'(<a href="/[^"?]*)(\?[^"]*)?"')
LINK_TEXT = re.compile(r"(<a [^>]*>)(.*?)(</a>)", re.DOTALL)


@cache
def read_dictionary() -> dict[str, Any]:
    """`dictionary.yaml`: table → title, about and columns, each by language."""
    found: dict[str, Any] = yaml.safe_load((web.SITE_FOLDER / "dictionary.yaml").read_text(encoding="utf-8"))
    return found


@cache
def dictionary(language: str) -> dict[str, dict[str, Any]]:
    """Table → `title`, `about` and `columns` (name → meaning) in one language."""
    return {
        table: {
            "title": one["title"][language],
            "about": one["about"][language],
            "columns": {name: meaning[language] for name, meaning in one.get("columns", {}).items()},
        }
        for table, one in read_dictionary().items()
    }


def add_metadata(datasette: Any) -> None:
    """Adds the dictionary, in French, and the saved queries to what `metadata.yaml` says.

    Once, at the start: the hooks meant for it are asked dozens of times for every request.
    """
    tables = {
        table: {"title": one["title"], "description": one["about"], "columns": one["columns"]}
        for table, one in dictionary(i18n.DEFAULT).items()
    }
    added = {"databases": {safety.DATABASE: {"tables": tables, "queries": saved_queries()}}}
    datasette._metadata_recursive_update(datasette._metadata_local, added)


def saved_queries() -> dict[str, dict[str, Any]]:
    """The queries of contract section 3, as Datasette wants them, with the words of both languages beside."""
    return {
        name: {
            "sql": one.sql, "params": list(one.params), "title": one.title_fr, "description": one.about_fr,
            "title_fr": one.title_fr, "title_en": one.title_en, "description_fr": one.about_fr,
            "description_en": one.about_en,
        }
        for name, one in SAVED_QUERIES.items()
    }  # fmt: skip


def refuse_unknown_columns(datasette: Any, request: Any, database: str, table: str) -> Any:
    """A filter or facet on a column that the table lacks is an error, and so is a search of a table. SQLite would take
    a filter's name for a text and answer with no rows at all, and Datasette would pass over a search: neither may look
    like an answer. Datasette would print a facet's failing SQL to the console, and what a visitor typed has no business
    there."""

    async def inner() -> None:
        known = {*await datasette.get_database(database).table_columns(table), "rowid"}
        asked = [name.rpartition("__")[0] or name for name in request.args if not name.startswith("_")]
        if any(name == "_search" or name.startswith("_search_") for name in request.args):
            raise DatasetteError("tables have no _search; ask /hds/search.json?q=", status=400)
        asked += [column for name in FACETS for column in request.args.getlist(name)]
        for column in asked:
            if column not in known:
                raise DatasetteError(f"unknown column {column}; known: {', '.join(sorted(known))}", status=400)

    return inner


def prepare_environment(env: Any) -> None:
    """The site's filters and messages in Datasette's template environment."""
    env.add_extension("jinja2.ext.i18n")
    web.prepare(env)
    env.filters["tame"] = tame


def template_variables(datasette: Any, request: Any, template: Any) -> dict[str, Any]:
    """What the shell needs around a page of Datasette."""
    if request is None:
        return {}
    visit = web.visit_from(request, (), web.site_of(datasette))
    context = web.template_context(visit)
    return {**context, "words_of": dictionary(visit.words.language), "switch": _switch(request)}


def _switch(request: Any) -> dict[str, str]:
    """This very address in each language; below /hds the language travels as `_lang`."""
    from datasette.utils import path_with_replaced_args

    return {one: str(path_with_replaced_args(request, {"_lang": one})) for one in i18n.LANGUAGES}


def tame(cell: Any, language: str) -> Any:
    """A cell made by Datasette: the text of its links isolated, its links within the site carrying the language."""
    if not isinstance(cell, Markup):
        return cell
    text = LINK_TEXT.sub(r"\1<bdi>\2</bdi>\3", plain(cell))
    if language:
        text = LINK.sub(lambda m: f'{m[1]}{m[2] + "&amp;" if m[2] else "?"}lang={language}"', text)
    return Markup(text)  # noqa: S704  Datasette's own markup, its values already escaped


def show_cell(value: Any) -> Any:
    """Text from outside, isolated from the text around it; None leaves the cell to Datasette."""
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        cleaned = plain(value)
        if cleaned:
            return Markup("<bdi>{}</bdi>").format(cleaned if len(cleaned) <= 300 else cleaned[:299] + "…")
    return None


class CarefulWriter:
    """A csv.writer that turns what a spreadsheet would calculate into plain text, as `hdswatch export` does."""

    def __init__(self, out: Any) -> None:
        self._writer = csv.writer(out)

    def writerow(self, row: Any) -> Any:
        """What `out.write` gives back: Datasette awaits it."""
        return self._writer.writerow([harmless(cell) for cell in row])


def write_csv_carefully() -> None:
    """Datasette has no hook for the cells of its CSV: the writer it takes from its `csv` name becomes ours."""
    datasette_base.csv = SimpleNamespace(writer=CarefulWriter)
