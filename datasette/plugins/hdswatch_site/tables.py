"""Datasette's own pages (tables, rows, saved queries) in the site's shell, with labels in the visitor's language."""

from __future__ import annotations

from typing import Any

from hdswatch_site import web


def saved_queries(database: str) -> dict[str, Any]:
    """The queries of contract section 3 that visitors may run without writing SQL."""
    if database != "hds":
        return {}
    try:
        from registry.saved_queries import QUERIES
    except ImportError:
        return {}
    return dict(QUERIES)


def prepare_environment(env: Any) -> None:
    env.add_extension("jinja2.ext.i18n")
    web.prepare(env)


def template_variables(datasette: Any, request: Any, template: Any) -> dict[str, Any]:
    """What the shell needs around a page of Datasette."""
    if request is None:
        return {}
    visit = web.visit_from(request, (), web.site_of(datasette))
    context = web.template_context(visit)
    return context
