"""Pieces of HTML that the replica's pages share: the shell, one table of lines, a pager. Strings in, strings out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from crawler.replica.lines import COLUMNS, Body, Line, printed

HEADINGS = {
    "name": "Hébergeur",
    "brand": "Nom commercial",
    "siren": "SIREN",
    "country": "Pays",
    "website": "Site internet",
    "activities": "Activités certifiées",
    "scope": "Type d’hébergeur",
    "referential": "Référentiel",
    "certifier": "Organisme certificateur",
    "number": "N° de certificat",
    "issued_on": "Date de délivrance",
    "expires_on": "Date d’échéance",
    "document": "Certificat",
    "transparency": "Accès depuis un pays hors EEE",
}
BODY_HEADINGS = {
    "name": "Organisme certificateur",
    "accreditor": "Organisme accréditeur",
    "accreditation_number": "N° d’accréditation",
    "accredited_on": "Accrédité depuis le",
    "accreditation_ended_on": "Fin d’accréditation",
    "country": "Pays",
    "website": "Site internet",
}
LINK_TEXTS = {"document": "Certificat (PDF)", "transparency": "Consulter"}


@cache
def _template() -> Template:
    return Template(files("crawler.replica").joinpath("templates/page.html").read_text(encoding="utf-8"))


def page(title: str, content: str, settings: dict[str, object] | None = None) -> str:
    """A whole page in the site's shell; `settings` becomes the Drupal settings element."""
    script = ""
    if settings is not None:
        text = json.dumps(settings, ensure_ascii=False).replace("<", "\\u003C").replace("/", "\\/")
        script = (
            f'<script type="application/json" data-drupal-selector="drupal-settings-json">{text}</script>\n'
            '<script src="/core/misc/drupalSettingsLoader.js?v=10.3"></script>\n'
        )
    return _template().substitute(title=escape(title), content=content, settings=script)


def value_html(column: str, text: str, style: int = 0) -> str:
    """One printed value: several lines become a list or breaks, addresses become links, some names are bold."""
    if not text:
        return ""
    if column in LINK_TEXTS:
        return f'<a href="{escape(text)}">{LINK_TEXTS[column]}</a>'
    if column == "website":
        return f'<a href="{escape(text)}" rel="noopener" target="_blank">{escape(text)}</a>'
    parts = [escape(part) for part in text.split("\n")]
    if len(parts) > 1 and style % 2:
        return "<ul>" + "".join(f"<li>{part}</li>" for part in parts) + "</ul>"
    whole = "<br />\n".join(parts)
    return f"<strong>{whole}</strong>" if column == "name" and style % 3 == 0 else whole


def lines_table(lines: Iterable[Line], columns: Sequence[str] = COLUMNS) -> str:
    """The host list as one Views table."""
    head = "".join(
        f'<th id="view-{column}-table-column" class="views-field views-field-{column}" scope="col">'
        f"{escape(HEADINGS[column])}</th>"
        for column in columns
    )
    rows = "".join(_table_row(line, columns) for line in lines)
    return (
        f'<table class="cols-{len(columns)} table table-hebergeurs">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>"
    )


def _table_row(line: Line, columns: Sequence[str]) -> str:
    texts = printed(line)
    cells = "".join(
        f'<td headers="view-{column}-table-column" class="views-field views-field-{column}">'
        f"{value_html(column, texts[column], line.style)}</td>"
        for column in columns
    )
    return f"<tr>{cells}</tr>\n"


def bodies_table(bodies: Iterable[Body]) -> str:
    """The certifier list as one table."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in BODY_HEADINGS.values())
    rows = "".join(f"<tr>{_body_cells(body)}</tr>\n" for body in bodies)
    return f'<table class="table table-organismes"><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table>'


def _body_cells(body: Body) -> str:
    texts = body_texts(body)
    return "".join(f"<td>{value_html(column, texts[column])}</td>" for column in BODY_HEADINGS)


def body_texts(body: Body) -> dict[str, str]:
    """Column → text of a certification body as printed."""
    from crawler.replica.lines import COUNTRIES

    return {
        "name": body.name,
        "accreditor": body.accreditor,
        "accreditation_number": body.accreditation_number,
        "accredited_on": body.accredited_on.strftime("%d/%m/%Y") if body.accredited_on else "",
        "accreditation_ended_on": body.accreditation_ended_on.strftime("%d/%m/%Y")
        if body.accreditation_ended_on
        else "",
        "country": COUNTRIES.get(body.country, body.country),
        "website": body.website,
    }


def pager(pages: int, current: int, query: str) -> str:
    """A Drupal full pager; page numbers count from 0 in addresses. `query` precedes them, e.g. `lettre=S&`."""
    if pages < 2:
        return ""

    def item(kind: str, target: int, label: str, rel: str = "") -> str:
        href = escape(f"?{query}page={target}")
        attribute = f' rel="{rel}"' if rel else ""
        return f'<li class="pager__item pager__item--{kind}"><a href="{href}"{attribute}>{label}</a></li>'

    items = []
    if current > 0:
        items.append(item("previous", current - 1, '<span aria-hidden="true">‹</span> Précédent', "prev"))
    for number in range(pages):
        if number == current:
            items.append(f'<li class="pager__item is-active"><a href="#" aria-current="page">{number + 1}</a></li>')
        else:
            items.append(item("number", number, str(number + 1)))
    if current < pages - 1:
        items.append(item("next", current + 1, 'Suivant <span aria-hidden="true">›</span>', "next"))
        items.append(item("last", pages - 1, "Dernier »"))
    return (
        '<nav class="pager" role="navigation" aria-label="Pagination">'
        f'<ul class="pager__items js-pager__items">{"".join(items)}</ul></nav>'
    )
