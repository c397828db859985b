"""The true list drawn as HTML tables, in every way that a table can be drawn. Each page has a sentence for a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from tests.crawler_read.reading import ALL, HOSTS, Entry

HEADINGS = (
    "Hébergeur", "SIREN", "Organisme certificateur", "N° de certificat", "Référentiel", "Activités", "Date de délivrance",
    "Date d'échéance",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A page, and what must be read from it."""

    body: str | bytes
    entries: Sequence[Entry] = HOSTS
    fields: Sequence[str] = ALL
    media_type: str = "text/html; charset=utf-8"
    url: str = field(default="https://liste.example/hds/hebergeurs")


def values(entry: Entry) -> list[str]:
    """The printed cells of an entry, in the order of HEADINGS."""
    return [
        entry.name, entry.siren, entry.certifier, entry.number, entry.version, entry.list_of_activities, entry.fr_issued,
        entry.fr_expires,
    ]  # fmt: skip


def cells(texts: Iterable[str], tag: str = "td") -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def rows(show: Callable[[Entry], Sequence[str]] = values, entries: Sequence[Entry] = HOSTS) -> str:
    return "".join(f"<tr>{cells(show(entry))}</tr>\n" for entry in entries)


def table(
    headings: Sequence[str] = HEADINGS,
    show: Callable[[Entry], Sequence[str]] = values,
    entries: Sequence[Entry] = HOSTS,
) -> str:
    return f"<table><tr>{cells(headings, 'th')}</tr>{rows(show, entries)}</table>"


def page(content: str) -> str:
    return f"<html><head><title>Liste</title></head><body><h1>Liste des hébergeurs certifiés HDS</h1>{content}</body></html>"


def without(column: int) -> tuple[list[str], Callable[[Entry], list[str]]]:
    """Headings and cells without one column."""
    return (
        [text for at, text in enumerate(HEADINGS) if at != column],
        lambda entry: [text for at, text in enumerate(values(entry)) if at != column],
    )


TWO_ROW_HEADING = (
    "<tr><th rowspan=2>Hébergeur</th><th rowspan=2>SIREN</th><th colspan=2>Certificat</th><th rowspan=2>Référentiel</th>"
    "<th colspan=6>Activités</th><th colspan=2>Validité</th></tr>"
    "<tr><th>Organisme certificateur</th><th>Numéro</th>" + cells("123456", "th") + "<th>Du</th><th>Au</th></tr>"
)


def six_columns(held: str, not_held: str, heading: str = TWO_ROW_HEADING) -> str:
    """A column for each activity; `held` and `not_held` are HTML."""
    lines = []
    for entry in HOSTS:
        marks = "".join(f"<td>{held if n in entry.activities else not_held}</td>" for n in range(1, 7))
        before, after = values(entry)[:5], values(entry)[6:]
        lines.append(f"<tr>{cells(before)}{marks}{cells(after)}</tr>")
    return page(f"<table><thead>{heading}</thead><tbody>{''.join(lines)}</tbody></table>")


MARKS = {
    "ticks and blanks": ("✓", ""), "Oui and Non": ("Oui", "Non"), "crosses and blanks": ("X", ""), "x and dashes": ("x", "-"),
    "full and empty circles": ("●", "○"), "1 and 0": ("1", "0"), "heavy ticks and crosses": ("✔", "✘"),
    "pictures with descriptions": ('<img src="ok.png" alt="Oui">', '<img src="ko.png" alt="Non">'),
    "pictures with titles and blanks": ('<img src="a.png" title="Certifié">', ""),
    "pictures that only their file names tell": ('<img src="/img/check.png">', '<img src="/img/cross.png">'),
    "icons labelled for assistive programs": ('<span aria-label="Oui"></span>', '<span aria-label="Non"></span>'),
    "icon classes": ('<i class="fa fa-check"></i>', '<i class="fa fa-times"></i>'),
    "icon classes and blanks": ('<i class="fa fa-check"></i>', ""),
    "glyph classes": ('<span class="glyphicon glyphicon-ok"></span>', '<span class="glyphicon glyphicon-remove"></span>'),
    "drawings with a title": ("<svg><title>Oui</title></svg>", "<svg><title>Non</title></svg>"),
    "drawings that use a named symbol": ('<svg><use href="#icon-check"></use></svg>', '<svg><use href="#icon-close"></use></svg>'),
    "words of an icon font": ('<i class="material-icons">check</i>', '<i class="material-icons">close</i>'),
    "a tick and hidden words": (
        '<span aria-hidden="true">✓</span><span class="visually-hidden">Oui</span>',
        '<span aria-hidden="true">✗</span><span class="visually-hidden">Non</span>',
    ),
    "icons beside hidden words": ('<i></i><span class="sr-only">Oui</span>', '<i></i><span class="sr-only">Non</span>'),
    "check boxes": ("<input type=checkbox checked disabled>", "<input type=checkbox disabled>"),
    "coloured dots": ('<span class="badge badge-success"></span>', '<span class="badge badge-danger"></span>'),
}  # fmt: skip

V1_NAMES = (
    "1° Mise à disposition et maintien en condition opérationnelle des sites physiques permettant d'héberger "
    "l'infrastructure matérielle",
    "2° Infrastructure matérielle", "3° Plateforme d'hébergement d'applications", "4° Infrastructure virtuelle",
    "5° Administration et exploitation", "6° Sauvegarde",
)  # fmt: skip
V1_ORDER = (1, 2, 4, 3, 5, 6)
ABBREVIATED = dict(zip(["SP", "IM", "IV", "PF", "AE", "SV"], (
    "Sites physiques", "Infrastructure matérielle", "Infrastructure virtuelle", "Plateforme d'hébergement d'applications",
    "Administration et exploitation", "Sauvegarde",
), strict=True))  # fmt: skip


def _v1_columns() -> str:
    headings = [
        "Raison sociale",
        "SIREN",
        "Certificateur",
        "N° certificat",
        "Version",
        *V1_NAMES,
        "Date de début",
        "Date de fin",
    ]

    def show(entry: Entry) -> list[str]:
        return [*values(entry)[:5], *("Oui" if n in entry.activities else "Non" for n in V1_ORDER), *values(entry)[6:]]

    return page(table(headings, show))


def _abbreviated() -> str:
    short = "".join(f'<th><abbr title="{text}">{mark}</abbr></th>' for mark, text in ABBREVIATED.items())
    heading = f"<tr>{cells(HEADINGS[:5], 'th')}{short}<th>Du</th><th>Au</th></tr>"
    return six_columns("✓", "", heading)


SEVERAL = (
    HOSTS[0],
    Entry("Scalingo SAS", "808665483", "LNE", "38436", "v1.1", frozenset(range(1, 7)), "2022-09-12", "2025-09-11"),
    HOSTS[1],
)
"""A host with two certificates, then one with one."""


def _both(show: Callable[[str, str], str]) -> str:
    """The two certificates of the first host inside the cells of one row."""
    old, new = values(SEVERAL[1]), values(SEVERAL[0])
    pairs = "".join(f"<td>{show(escape(a), escape(b))}</td>" for a, b in zip(new[3:], old[3:], strict=True))
    return page(
        f"<table><tr>{cells(HEADINGS, 'th')}</tr><tr>{cells(new[:3])}{pairs}</tr><tr>{cells(values(SEVERAL[2]))}</tr></table>"
    )


def _rowspan() -> str:
    new, old, other = (values(entry) for entry in SEVERAL)
    shared = "".join(f"<td rowspan=2>{text}</td>" for text in new[:2])
    return page(
        f"<table><tr>{cells(HEADINGS, 'th')}</tr><tr>{shared}{cells(new[2:])}</tr><tr>{cells(old[2:])}</tr>"
        f"<tr>{cells(other)}</tr></table>"
    )


def facts(entry: Entry, cell: str = "th", skip: int = 0) -> str:
    """The rows of a two-column table about one host."""
    pairs = list(zip(HEADINGS, values(entry), strict=True))[skip:]
    return "".join(f"<tr><{cell}>{escape(a)}</{cell}><td>{escape(b)}</td></tr>" for a, b in pairs if b)


def by_certifier() -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in HOSTS:
        found.setdefault(entry.certifier, []).append(entry)
    return found


def _in_order(groups: Iterable[Sequence[Entry]]) -> list[Entry]:
    return [entry for group in groups for entry in group]


_V2 = [entry for entry in HOSTS if entry.version == "v2.0"]
_V1 = [entry for entry in HOSTS if entry.version == "v1.1"]
_NO_VERSION = without(4)
_NO_CERTIFIER = without(2)
_PLAIN = table()
_LINK = "<a href='{}'>{}</a>"


def _cells_html(decorate: Callable[[str, str], str]) -> str:
    """Each cell drawn by `decorate(heading, escaped text)`."""
    lines = [
        "".join(
            f"<td>{decorate(heading, escape(text))}</td>" for heading, text in zip(HEADINGS, values(entry), strict=True)
        )
        for entry in HOSTS
    ]
    return page(f"<table><tr>{cells(HEADINGS, 'th')}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")


def _replaced(column: int, draw: Callable[[Entry], str], heading: str | None = None) -> str:
    """The plain table with one column drawn as HTML; past the last column it is added."""
    headings = [*HEADINGS[:column], heading or HEADINGS[column], *HEADINGS[column + 1 :]]
    lines = [f"<tr>{cells(values(e)[:column])}<td>{draw(e)}</td>{cells(values(e)[column + 1 :])}</tr>" for e in HOSTS]
    return page(f"<table><tr>{cells(headings, 'th')}</tr>{''.join(lines)}</table>")


_DOCUMENTED = (*ALL, "document")
_PERIODS = ("du {} au {}", "{} - {}", "{} au {}", "Du {} au {}", "{} → {}")
_PERIOD_HEADINGS = (
    "Hébergeur",
    "SIREN",
    "Certificateur",
    "Certificat",
    "Référentiel",
    "Activités",
    "Période de validité",
)

TABLES: dict[str, Page] = {
    "headings in th": Page(page(_PLAIN)),
    "headings in bold cells": Page(page(f"<table><tr>{''.join(f'<td><b>{h}</b></td>' for h in HEADINGS)}</tr>{rows()}</table>")),
    "headings in plain cells": Page(page(f"<table><tr>{cells(HEADINGS)}</tr>{rows()}</table>")),
    "title rows before the headings": Page(page(
        f"<table><tr><td colspan=8>Liste des hébergeurs certifiés au 12/10/2026</td></tr><tr><td colspan=8></td></tr>"
        f"<tr>{cells(HEADINGS, 'th')}</tr>{rows()}</table>"
    )),
    "English headings": Page(page(table((
        "Host", "Company number", "Certification body", "Certificate number", "Standard", "Scope", "Issued on", "Valid until",
    )))),
    "other English headings": Page(page(table((
        "Hosting provider", "SIREN", "Certifier", "Certificate no.", "Version", "Activities", "Issue date", "Expiry date",
    )))),
    "only the three columns that the real list is known to have": Page(
        page(table(("Hébergeur", "Activités certifiées", "Version du référentiel"),
                   lambda e: [e.name, e.list_of_activities, e.version])),
        fields=("name", "activities", "referential"),
    ),
    **{f"six activity columns of {name}": Page(six_columns(*marks)) for name, marks in MARKS.items()},
    "six columns named by their texts in v1 order": Page(_v1_columns()),
    "six columns with abbreviated headings": Page(_abbreviated()),
    "one cell across all six activity columns": Page(
        six_columns("✓", "").replace(f"<td>LNE</td><td>38436-2</td><td>v2.0</td>{'<td>✓</td>' * 6}",
                                     "<td>LNE</td><td>38436-2</td><td>v2.0</td><td colspan=6>Toutes</td>"),
    ),
    "three heading rows": Page(six_columns("Oui", "Non", f"<tr><th colspan=13>Hébergeurs certifiés</th></tr>{TWO_ROW_HEADING}")),
    "inside a layout table": Page(page(
        f"<table width=100%><tr><td><table><tr><td>Menu</td></tr><tr><td>Contact</td></tr></table></td><td>{_PLAIN}</td></tr>"
        "</table>"
    )),
    "a two-column table for each host": Page(page("".join(f"<table>{facts(e)}</table>" for e in HOSTS))),
    "a two-column table without th for each host": Page(page("".join(f"<table>{facts(e, 'td')}</table>" for e in HOSTS))),
    "two-column tables below the host's name": Page(
        page("".join(f"<h3>{escape(e.name)}</h3><table>{facts(e, skip=1)}</table>" for e in HOSTS))
    ),
    "two-column tables with the name as caption": Page(
        page("".join(f"<table><caption>{escape(e.name)}</caption>{facts(e, skip=1)}</table>" for e in HOSTS))
    ),
    "two-column tables with the name across the top": Page(
        page("".join(f"<table><tr><th colspan=2>{escape(e.name)}</th></tr>{facts(e, skip=1)}</table>" for e in HOSTS))
    ),
    "one two-column table for all hosts": Page(page(f"<table>{''.join(map(facts, HOSTS))}</table>")),
    "hosts side by side": Page(page("<table>" + "".join(
        f"<tr><th>{escape(heading)}</th>{cells(values(e)[at] for e in HOSTS)}</tr>" for at, heading in enumerate(HEADINGS)
    ) + "</table>")),
    "a table for each letter": Page(page("".join(f"<h2>{e.name[0]}</h2>{table(entries=[e])}" for e in HOSTS))),
    "letters as rows of the table": Page(page(
        f"<table><tr>{cells(HEADINGS, 'th')}</tr>"
        + "".join(f"<tr><td colspan=8>{e.name[0]}</td></tr><tr>{cells(values(e))}</tr>" for e in HOSTS) + "</table>"
    )),
    "letters and headings repeated": Page(page("<table>" + "".join(
        f"<tr><th colspan=8>Lettre {e.name[0]}</th></tr><tr>{cells(HEADINGS, 'th')}</tr><tr>{cells(values(e))}</tr>" for e in HOSTS
    ) + "</table>")),
    "names as row headings": Page(page(
        f"<table><tr>{cells(HEADINGS, 'th')}</tr>"
        + "".join(f"<tr><th scope=row>{escape(e.name)}</th>{cells(values(e)[1:])}</tr>" for e in HOSTS) + "</table>"
    )),
    "names as rows across the table": Page(page(
        f"<table><tr>{cells(HEADINGS[1:], 'th')}</tr>"
        + "".join(f"<tr><th colspan=7>{escape(e.name)}</th></tr><tr>{cells(values(e)[1:])}</tr>" for e in HOSTS) + "</table>"
    )),
    "a table of certificates below each name": Page(page("".join(
        f"<h3>{escape(e.name)}</h3><table><tr>{cells(HEADINGS[1:], 'th')}</tr><tr>{cells(values(e)[1:])}</tr></table>"
        for e in HOSTS
    ))),
    "a table of certificates in a card that also has lines": Page(page("".join(
        f"<article><h3>{escape(e.name)}</h3><p>SIREN : {e.siren or '—'}</p><table><tr>{cells(HEADINGS[2:], 'th')}</tr>"
        f"<tr>{cells(values(e)[2:])}</tr></table></article>" for e in HOSTS
    ))),
    "headings repeated below and a total": Page(page(_PLAIN.replace(
        "</table>", f"<tfoot><tr>{cells(HEADINGS, 'th')}</tr><tr><td colspan=8>Total : 6 hébergeurs</td></tr></tfoot></table>"
    ))),
    "filters in the footer": Page(page(_PLAIN.replace(
        "</table>", f"<tfoot><tr>{'<th><select><option>Tous</option><option>LNE</option></select></th>' * 8}</tr></tfoot></table>"
    ))),
    "a filter inside a heading": Page(page(_PLAIN.replace(
        "Organisme certificateur</th>", "Organisme certificateur <select><option>LNE</option></select></th>"
    ))),
    "blank rows": Page(page(_PLAIN.replace("</tr>\n", "</tr><tr><td colspan=8>&nbsp;</td></tr><tr></tr>"))),
    "labels for narrow screens, hidden": Page(_cells_html(lambda h, v: f'<span class="mobile-label">{h}</span>{v}')),
    "labels for narrow screens, shown": Page(_cells_html(lambda h, v: f"<b>{h}</b><br>{v}")),
    "labels with a colon in each cell": Page(_cells_html(lambda h, v: f"<span>{h} : </span>{v}")),
    "sort arrows in the headings": Page(page("<table><tr>" + "".join(
        f'<th><a href="?sort={n}">{h} <span>▲▼</span></a><span class="visually-hidden">Trier par ordre croissant</span></th>'
        for n, h in enumerate(HEADINGS)
    ) + f"</tr>{rows()}</table>")),
    "soft hyphens and no-break spaces in a heading": Page(
        page(_PLAIN.replace("Organisme certificateur", "Orga&shy;nisme&nbsp;certi&shy;ficateur"))
    ),
    "a host spanning its certificates": Page(_rowspan(), SEVERAL),
    "a certifier spanning its hosts": Page(page(
        f"<table><tr>{cells(['Organisme certificateur', *_NO_CERTIFIER[0]], 'th')}</tr>" + "".join(
            "<tr>" + (f"<td rowspan={len(group)}>{name}</td>" if not place else "") + f"{cells(_NO_CERTIFIER[1](e))}</tr>"
            for name, group in by_certifier().items() for place, e in enumerate(group)
        ) + "</table>"
    ), _in_order(by_certifier().values())),
    "two certificates in one row, by line breaks": Page(_both(lambda a, b: f"{a}<br>{b}"), SEVERAL),
    "two certificates in one row, as lists": Page(_both(lambda a, b: f"<ul><li>{a}</li><li>{b}</li></ul>"), SEVERAL),
    **{f"a period printed as {form}": Page(page(table(
        _PERIOD_HEADINGS, lambda e, form=form: [*values(e)[:6], form.format(e.fr_issued, e.fr_expires)],
    ))) for form in _PERIODS},
    "an end headed just Validité beside the issue date": Page(page(table((*HEADINGS[:7], "Validité")))),
    "an end headed just Validité that says until": Page(
        page(table((*HEADINGS[:6], "Validité"), lambda e: [*values(e)[:6], f"jusqu’au {e.fr_expires}"])),
        fields=("name", "siren", "certifier", "number", "referential", "activities", "expires"),
    ),
    "numbers that link the certificate": Page(
        _replaced(3, lambda e: _LINK.format(e.document, escape(e.number))), fields=_DOCUMENTED
    ),
    "a picture that links the certificate": Page(
        _replaced(8, lambda e: _LINK.format(e.document, "<img src=pdf.png alt=PDF>"), "Certificat"), fields=_DOCUMENTED
    ),
    "an icon with a relative link to the certificate": Page(
        _replaced(
            8, lambda e: _LINK.format("/docs/" + e.document.rpartition("/")[2], "<i class='fa fa-download'></i>"), "Télécharger"
        ),
        fields=_DOCUMENTED,
    ),
    "numbered lines": Page(page(table(("N°", *HEADINGS), lambda e: [str(HOSTS.index(e) + 1), *values(e)]))),
    "ids of the site": Page(page(table(("Id", *HEADINGS), lambda e: [str(1000 + 7 * HOSTS.index(e)), *values(e)]))),
    "check boxes before each row": Page(page(
        f"<table><tr><th><input type=checkbox></th>{cells(HEADINGS, 'th')}</tr>"
        + "".join(f"<tr><td><input type=checkbox></td>{cells(values(e))}</tr>" for e in HOSTS) + "</table>"
    )),
    "links to a detail page under no heading": Page(page(
        f"<table><tr>{cells(HEADINGS, 'th')}<th></th></tr>"
        + "".join(f"<tr>{cells(values(e))}<td><a href='/h/1'>Voir la fiche</a></td></tr>" for e in HOSTS) + "</table>"
    )),
    "columns that are none of our business": Page(page(table(
        (*HEADINGS, "Ville", "Date de mise à jour", "Contact"), lambda e: [*values(e), "Lille", "01/02/2026", "a@b.example"]
    ))),
    "registered name and brand": Page(page(table(
        ("Raison sociale", "Marque", *HEADINGS[1:]), lambda e: [e.name, f"{e.name.split()[0]} Cloud", *values(e)[1:]]
    ))),
    "a host column beside the registered name": Page(page(table(
        ("Hébergeur", "Raison sociale", *HEADINGS[1:]), lambda e: [f"{e.name.split()[0]} Cloud", e.name, *values(e)[1:]]
    ))),
    "addresses under the names": Page(_replaced(0, lambda e: f"<strong>{escape(e.name)}</strong><br>2 rue X<br>59100 Roubaix")),
    "a mark of novelty beside the names": Page(
        _replaced(0, lambda e: f"<a href='/h/1'>{escape(e.name)}</a> <span class='badge new'>Nouveau</span>")
    ),
    "footnote marks": Page(_replaced(2, lambda e: f"{escape(e.certifier)}<sup>(1)</sup>")),
    "former dates struck out": Page(_replaced(7, lambda e: f"<del>01/01/2020</del> {e.fr_expires}")),
    "dates with machine-readable twins": Page(_replaced(7, lambda e: f"<time datetime='{e.expires}'>{e.fr_expires}</time>")),
    "activities as chips without spaces": Page(
        _replaced(5, lambda e: "".join(f"<span class=badge>{n}</span>" for n in sorted(e.activities)))
    ),
    "activities as a list": Page(
        _replaced(5, lambda e: "<ul>" + "".join(f"<li>Activité {n}</li>" for n in sorted(e.activities)) + "</ul>")
    ),
    "a section for each version": Page(page(
        f"<h2>Référentiel v2.0</h2>{table(*_NO_VERSION, _V2)}<h2>Référentiel v1.1</h2>{table(*_NO_VERSION, _V1)}"
    ), [*_V2, *_V1]),
    "versions as rows across the table": Page(page(
        f"<table><tr>{cells(_NO_VERSION[0], 'th')}</tr><tr><td colspan=7>Référentiel HDS v2.0</td></tr>{rows(_NO_VERSION[1], _V2)}"
        f"<tr><td colspan=7>Référentiel HDS v1.1</td></tr>{rows(_NO_VERSION[1], _V1)}</table>"
    ), [*_V2, *_V1]),
    "a section for each certifier": Page(page(
        "".join(f"<h3>{name}</h3>{table(*_NO_CERTIFIER, group)}" for name, group in by_certifier().items())
    ), _in_order(by_certifier().values())),
    "an ARIA table": Page(page(
        "<div role=table><div role=row>" + "".join(f"<span role=columnheader>{h}</span>" for h in HEADINGS) + "</div>" + "".join(
            "<div role=row>" + "".join(f"<span role=cell>{escape(v)}</span>" for v in values(e)) + "</div>" for e in HOSTS
        ) + "</div>"
    )),
    "boxes drawn as a table": Page(page(
        "<div class=table><div class=head>" + cells(HEADINGS, "div") + "</div>"
        + "".join(f"<div class=row>{cells(values(e), 'div')}</div>" for e in HOSTS) + "</div>"
    )),
    "list items drawn as a table": Page(page(
        f"<ul><li>{cells(HEADINGS, 'span')}</li>" + "".join(f"<li>{cells(values(e), 'span')}</li>" for e in HOSTS) + "</ul>"
    )),
    "cells never closed": Page(page("<table><tr>" + "".join(f"<th>{h}" for h in HEADINGS) + "".join(
        "<tr>" + "".join(f"<td>{escape(v)}" for v in values(e)) for e in HOSTS
    ) + "</table>")),
    "XHTML": Page(
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{_PLAIN}</body></html>'
    ),
    "Windows-1252 that the page calls latin-1": Page(
        page(_PLAIN).replace("<title>", "<meta charset=iso-8859-1><title>").encode("cp1252"), media_type="text/html"
    ),
    "UTF-8 that the server calls latin-1": Page(page(_PLAIN).encode(), media_type="text/html; charset=iso-8859-1"),
    "UTF-16": Page(page(_PLAIN).encode("utf-16"), media_type="text/html"),
}  # fmt: skip
