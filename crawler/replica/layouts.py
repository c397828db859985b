"""Other layouts of the same list, below `/layouts/NAME`: one for every kind of page that the crawler claims to read.

Each says which columns it shows; what a layout can't show is left out, never distorted. Files to download (JSON, CSV,
XLSX, PDF) are in `layout_files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby

from crawler.replica import layout_files
from crawler.replica.editions import Edition
from crawler.replica.lines import COLUMNS, SHORT_WORDING, Line, printed
from crawler.replica.markup import HEADINGS, lines_table, pager, value_html
from crawler.replica.population import LETTERS
from crawler.replica.site import Page, declared_total, html_page, not_found

PREFIX = "/layouts/"
_ENGLISH = {
    "name": "Hosting provider", "brand": "Trade name", "siren": "SIREN number", "country": "Country",
    "website": "Website", "activities": "Certified activities", "scope": "Certificate type",
    "referential": "Standard version", "certifier": "Certification body", "number": "Certificate number",
    "issued_on": "Issue date", "expires_on": "Expiry date", "document": "Certificate",
    "transparency": "Access from outside the EEA",
}  # fmt: skip

Answer = Callable[[Edition, str, Mapping[str, str]], Page]
"""(edition, rest of the path, query) → page."""


@dataclass(frozen=True)
class Layout:
    """One way of showing the list: what answers, and which columns a reader can find there."""

    answer: Answer
    columns: tuple[str, ...] = COLUMNS


def hosts_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines grouped by host, in page order."""
    return [list(group) for _, group in groupby(lines, key=lambda line: line.name)]


def _labelled(line: Line, skip: tuple[str, ...] = ("name",), separator: str = " :") -> list[tuple[str, str]]:
    """(label, HTML value) of every printed column that has a value."""
    texts = printed(line)
    return [
        (HEADINGS[column] + separator, value_html(column, texts[column], line.style))
        for column in COLUMNS
        if texts[column] and column not in skip
    ]


def _whole(render: Callable[[Iterable[Line]], str]) -> Answer:
    """A layout that is one page holding every line."""

    def answer(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
        return html_page("Liste des hébergeurs certifiés", declared_total(current) + render(current.lines))

    return answer


def _cards(lines: Iterable[Line]) -> str:
    return '<div class="cards">' + "".join(map(_card, lines)) + "</div>"


def _card(line: Line) -> str:
    items = "".join(f"<div><strong>{escape(label)}</strong> {value}</div>" for label, value in _labelled(line))
    return f'<article class="card card--hebergeur"><h3 class="card__title">{_name(line)}</h3>{items}</article>\n'


def _name(line: Line) -> str:
    return escape(printed(line)["name"])


def _accordion(lines: Iterable[Line]) -> str:
    return '<div class="accordion">' + "".join(map(_accordion_item, lines)) + "</div>"


def _accordion_item(line: Line) -> str:
    items = "".join(f"<li><span>{escape(label)}</span> {value}</li>" for label, value in _labelled(line))
    return (
        f'<div class="accordion-item"><h3><button type="button" aria-expanded="false">{_name(line)}</button></h3>'
        f'<div class="accordion-panel" hidden><ul>{items}</ul></div></div>\n'
    )


def _definition_lists(lines: Iterable[Line]) -> str:
    return "\n".join(map(_definition_list, lines))


def _definition_list(line: Line) -> str:
    items = "".join(f"<dt>{escape(label)}</dt><dd>{value}</dd>" for label, value in _labelled(line, (), ""))
    return f'<dl class="hebergeur">{items}</dl>'


def _fields(lines: Iterable[Line]) -> str:
    return "\n".join(map(_node, lines))


def _node(line: Line) -> str:
    texts = printed(line)
    fields = "".join(
        f'<div class="field field--name-field-{column} field--label-above"><div class="field__label">'
        f'{escape(HEADINGS[column])}</div><div class="field__item">{value_html(column, texts[column])}</div></div>'
        for column in COLUMNS
        if texts[column] and column != "name"
    )
    return f'<article class="node node--type-hebergeur node--view-mode-teaser"><h2>{_name(line)}</h2>{fields}</article>'


def _label_lines(lines: Iterable[Line]) -> str:
    return "\n".join(map(_paragraph, lines))


def _paragraph(line: Line) -> str:
    texts = printed(line)
    values = {column: " ; ".join(text.split("\n")) for column, text in texts.items()}
    shown = (f"{HEADINGS[column]} : {value_html(column, values[column])}" for column in COLUMNS if values[column])
    return f"<p>{'<br>'.join(shown)}</p>"


def _two_columns(lines: Iterable[Line]) -> str:
    return "\n".join(map(_two_column_table, lines))


def _two_column_table(line: Line) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th><td>{value}</td></tr>' for label, value in _labelled(line, (), "")
    )
    return f'<table class="fiche"><tbody>{rows}</tbody></table>'


def _nested(lines: Iterable[Line]) -> str:
    return (
        '<table class="mise-en-page" role="presentation"><tr><td><table><tr><td>Menu</td></tr><tr><td>Contact</td>'
        f"</tr></table></td><td>{lines_table(lines)}</td></tr></table>"
    )


def _english(lines: Iterable[Line]) -> str:
    rows = "".join(f"<tr>{_cells(line, COLUMNS)}</tr>\n" for line in lines)
    head = "".join(f"<td><b>{_ENGLISH[column]}</b></td>" for column in COLUMNS)
    return f"<table><tr>{head}</tr>\n{rows}</table>"


def _cells(line: Line, columns: Iterable[str]) -> str:
    texts = printed(line)
    return "".join(f"<td>{value_html(column, texts[column], line.style)}</td>" for column in columns)


_HOST_COLUMNS = ("name", "siren", "country")
_CERTIFICATE_COLUMNS = ("activities", "referential", "certifier", "number", "issued_on", "expires_on", "document")


def _rowspan(lines: Iterable[Line]) -> str:
    rows = []
    for host in hosts_of(lines):
        texts = printed(host[0])
        span = f' rowspan="{len(host)}"' if len(host) > 1 else ""
        shared = "".join(f"<td{span}>{value_html(column, texts[column])}</td>" for column in _HOST_COLUMNS)
        for place, line in enumerate(host):
            rows.append(f"<tr>{shared if place == 0 else ''}{_cells(line, _CERTIFICATE_COLUMNS)}</tr>\n")
    titles = "".join(f"<th>{escape(HEADINGS[column])}</th>" for column in (*_HOST_COLUMNS[1:], *_CERTIFICATE_COLUMNS))
    head = (
        f'<tr><th rowspan="2">{HEADINGS["name"]}</th><th colspan="{len(_HOST_COLUMNS) - 1}">Identité</th>'
        f'<th colspan="{len(_CERTIFICATE_COLUMNS)}">Certificat HDS</th></tr><tr>{titles}</tr>'
    )
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _yes_no(yes: str, no: str, exempt: str) -> Callable[[Iterable[Line]], str]:
    before, after = ("name", "siren"), ("scope", "referential", "certifier", "number", "issued_on", "expires_on")

    def mark(line: Line, activity: int) -> str:
        if line.activities is None:
            return ""
        return yes if activity in line.activities else exempt if activity in line.exempt else no

    def render(lines: Iterable[Line]) -> str:
        head = "".join(f"<th>{escape(HEADINGS[column])}</th>" for column in before)
        head += "".join(f"<th>{n}. {escape(label)}</th>" for n, label in SHORT_WORDING.items())
        head += "".join(f"<th>{escape(HEADINGS[column])}</th>" for column in after)
        rows = "".join(
            f"<tr>{_cells(line, before)}{''.join(f'<td>{mark(line, n)}</td>' for n in SHORT_WORDING)}"
            f"{_cells(line, after)}</tr>\n"
            for line in lines
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    return render


_YES_NO_COLUMNS = (
    "name", "siren", "activities", "scope", "referential", "certifier", "number", "issued_on", "expires_on",
)  # fmt: skip

_ROWS_A_PAGE = 25


def _paged(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
    number = int(query["page"]) if query.get("page", "").isdigit() else 0
    pages = -(-len(current.lines) // _ROWS_A_PAGE)
    shown = current.lines[number * _ROWS_A_PAGE : (number + 1) * _ROWS_A_PAGE]
    body = lines_table(shown) if shown else "<p>Aucun résultat.</p>"
    return html_page("Liste des hébergeurs certifiés", declared_total(current) + body + pager(pages, number, ""))


def _next_only(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
    number = int(rest) if rest.isdigit() else 1
    shown = current.lines[(number - 1) * _ROWS_A_PAGE : number * _ROWS_A_PAGE]
    more = number * _ROWS_A_PAGE < len(current.lines)
    link = f'<a href="{PREFIX}next/{number + 1}" class="suite">Suivant</a>' if more else ""
    return html_page("Liste des hébergeurs certifiés", f"{declared_total(current)}{lines_table(shown)}<p>{link}</p>")


def _by_letter(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
    letter = rest.upper() or "A"
    if letter not in LETTERS:
        return not_found()
    links = " | ".join(
        f"<strong>{other}</strong>" if other == letter else f'<a href="{PREFIX}letters/{other.lower()}">{other}</a>'
        for other in LETTERS
    )
    lines = current.of_letter(letter)
    body = lines_table(lines) if lines else "<p>Aucun hébergeur pour cette lettre.</p>"
    return html_page(
        "Liste des hébergeurs certifiés", f'{declared_total(current)}<p class="alphabet">{links}</p>{body}'
    )


def slug(name: str, place: int) -> str:
    """The address of a host's own page: its place and its name in ASCII."""
    words = "".join(c if c.isalnum() else "-" for c in name.lower())
    return f"{place}-{words.encode('ascii', 'ignore').decode().strip('-')}"


def _details(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
    hosts = hosts_of(current.lines)
    slugs = {slug(host[0].name, place): host for place, host in enumerate(hosts)}
    if not rest:
        links = "".join(
            f'<li class="views-row"><a href="{PREFIX}details/{key}">{_name(host[0])}</a></li>'
            for key, host in slugs.items()
        )
        return html_page(
            "Liste des hébergeurs certifiés", f'{declared_total(current)}<ul class="liste-hebergeurs">{links}</ul>'
        )
    if rest not in slugs:
        return not_found()
    host = slugs[rest]
    certificates = "".join(
        '<section class="certificat"><h2>Certificat</h2><dl>'
        + "".join(f"<dt>{escape(label)}</dt><dd>{value}</dd>" for label, value in _labelled(line))
        + "</dl></section>"
        for line in host
    )
    return html_page(printed(host[0])["name"].strip(), certificates)


def _download(name: str, label: str) -> Answer:
    """A page without rows that links the file holding the list; the file itself is below it."""
    media_type, extension, make = layout_files.FILES[name]
    link = f"{PREFIX}{name}/liste-hebergeurs.{extension}"

    def answer(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
        if rest == f"liste-hebergeurs.{extension}":
            return Page(make(current), media_type)
        if rest:
            return not_found()
        sentence = f'<p>La liste est disponible en téléchargement : <a href="{link}">{label}</a></p>'
        return html_page("Liste des hébergeurs certifiés", declared_total(current) + sentence)

    return answer


def _json_api(current: Edition, rest: str, query: Mapping[str, str]) -> Page:
    if not rest:
        link = f'<a href="{PREFIX}jsonapi/node/hebergeur">Liste au format JSON:API</a>'
        return html_page("Liste des hébergeurs certifiés", f"{declared_total(current)}<p>{link}</p>")
    offset = query.get("page[offset]", "0")
    body = layout_files.json_api(current, f"{PREFIX}jsonapi/node/hebergeur", int(offset) if offset.isdigit() else 0)
    return Page(body, "application/vnd.api+json")


LAYOUTS: dict[str, Layout] = {
    "cards": Layout(_whole(_cards)),
    "accordion": Layout(_whole(_accordion)),
    "dl": Layout(_whole(_definition_lists)),
    "fields": Layout(_whole(_fields)),
    "lines": Layout(_whole(_label_lines)),
    "twocolumns": Layout(_whole(_two_columns)),
    "nested": Layout(_whole(_nested)),
    "english": Layout(_whole(_english)),
    "rowspan": Layout(_whole(_rowspan), _HOST_COLUMNS + _CERTIFICATE_COLUMNS),
    "yesno": Layout(_whole(_yes_no("Oui", "Non", "Exempté")), _YES_NO_COLUMNS),
    "checks": Layout(_whole(_yes_no("✓", "", "exempté")), _YES_NO_COLUMNS),
    "pager": Layout(_paged),
    "next": Layout(_next_only),
    "letters": Layout(_by_letter),
    "details": Layout(_details),
    "json": Layout(_download("json", "la liste au format JSON"), layout_files.JSON_COLUMNS),
    "jsonapi": Layout(_json_api, layout_files.JSON_COLUMNS),
    "csv": Layout(_download("csv", "la liste au format CSV")),
    "xlsx": Layout(_download("xlsx", "la liste au format Excel (XLSX)")),
    "pdf": Layout(_download("pdf", "la liste au format PDF"), layout_files.PDF_COLUMNS),
}


def answer(current: Edition, path: str, query: Mapping[str, str]) -> Page:
    """The page at a path below `/layouts/`."""
    name, _, rest = path.removeprefix(PREFIX).partition("/")
    layout = LAYOUTS.get(name)
    return layout.answer(current, rest.strip("/"), query) if layout else not_found()
