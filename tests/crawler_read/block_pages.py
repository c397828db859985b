"""The true list drawn as repeated blocks: cards, accordions, definition lists, labelled lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from tests.crawler_read.reading import ALL, HOSTS, PLAIN, Entry
from tests.crawler_read.table_pages import HEADINGS, SEVERAL, Page, page, values

TEXTS = {
    1: "Sites physiques", 2: "Infrastructure matérielle", 3: "Infrastructure virtuelle",
    4: "Plateforme d'hébergement d'applications", 5: "Administration et exploitation du SI", 6: "Sauvegarde des données de santé",
}  # fmt: skip

Draw = Callable[[str, str], str]
"""(label, value), both escaped → HTML."""


def pairs(entry: Entry, skip: int = 1) -> list[tuple[str, str]]:
    """The labels and values of an entry that has a value, escaped; without the name unless `skip` is 0."""
    both = list(zip(HEADINGS, values(entry), strict=True))[skip:]
    return [(escape(label), escape(value)) for label, value in both if value]


def drawn(entry: Entry, draw: Draw, skip: int = 1) -> str:
    return "".join(draw(label, value) for label, value in pairs(entry, skip))


def each(draw: Callable[[Entry], str], entries: Iterable[Entry] = HOSTS) -> str:
    return page("".join(map(draw, entries)))


def name(entry: Entry) -> str:
    return escape(entry.name)


def line(label: str, value: str) -> str:
    return f"<p>{label} : {value}</p>"


def _item(label: str, value: str) -> str:
    return f"<dt>{label}</dt><dd>{value}</dd>"


def _field(label: str, value: str) -> str:
    return f'<div class="field"><div class="field__label">{label}</div><div class="field__item">{value}</div></div>'


def _fields(label: str, value: str) -> str:
    parts = value.split(", ") if label == "Activités" else [value]
    items = "".join(f'<div class="field__item">{part}</div>' for part in parts)
    return f'<div class="field"><div class="field__label">{label}</div><div class="field__items">{items}</div></div>'


def _phrases(entry: Entry) -> str:
    return (
        f"<div class=card><h3>{name(entry)}</h3><p>Certificat n° {escape(entry.number)}</p><p>Délivré par {entry.certifier}</p>"
        f"<p>Référentiel HDS {entry.version}</p><p>Activités : {entry.list_of_activities}</p>"
        f"<p>Délivré le {entry.fr_issued}</p><p>Valable jusqu'au {entry.fr_expires}</p></div>"
    )


def _one_line(entry: Entry) -> str:
    return (
        f"<div class=card><h3>{name(entry)}</h3><p>Certificat n° {escape(entry.number)} – délivré par {entry.certifier} – "
        f"valable du {entry.fr_issued} au {entry.fr_expires}</p>"
        f"<p>Référentiel : {entry.version} | Activités : {entry.list_of_activities}</p></div>"
    )


def _with_activities(entry: Entry, activities: str) -> str:
    return (
        f"<article><h3>{name(entry)}</h3><p>Organisme certificateur : {entry.certifier}</p>"
        f"<p>N° de certificat : {escape(entry.number)}</p><p>Référentiel : {entry.version}</p>{activities}"
        f"<p>Délivré le : {entry.fr_issued}</p><p>Expire le : {entry.fr_expires}</p></article>"
    )


def _list_of(entry: Entry, draw: Callable[[int], str], numbers: Iterable[int] | None = None) -> str:
    return "<ul>" + "".join(f"<li>{draw(n)}</li>" for n in (numbers or sorted(entry.activities))) + "</ul>"


def _certificate(entry: Entry, box: str) -> str:
    inside = drawn(entry, line, 2)
    return f"<{box}>{inside}</{box}>" if box else inside


def _several(box: str, card: str) -> str:
    """One host with two certificates, then one with one."""
    parts = []
    for certificates in (SEVERAL[:2], SEVERAL[2:]):
        host = certificates[0]
        inside = f"<h3>{host.name}</h3><p>SIREN : {host.siren}</p>" + "".join(
            _certificate(c, box) for c in certificates
        )
        parts.append(f"<{card}>{inside}</{card}>" if card else inside)
    return page("".join(parts))


_UNLABELLED = ("title", "siren", "organisme-certificateur", "numero-certificat", "referentiel", "activites", "date-delivrance",
               "date-echeance")  # fmt: skip
_QUESTIONS = (
    "<details><summary>Qu'est-ce qu'un hébergeur ?</summary><p>Toute personne qui héberge des données.</p></details>"
    "<details><summary>Combien de temps ?</summary><p>Le certificat est valable trois ans.</p></details>"
)


def _card(entry: Entry) -> str:
    return f"<article class=h><h3>{name(entry)}</h3>{drawn(entry, line)}</article>"


def _bold(label: str, value: str) -> str:
    return f"<li><b>{label}</b> : {value}</li>"


def _accordion(entry: Entry) -> str:
    return (
        f'<div class="accordion-item"><h2><button class="accordion-button collapsed">{name(entry)}</button></h2>'
        f'<div class="accordion-collapse collapse"><div class="accordion-body">'
        f"{drawn(entry, lambda a, b: f'<p><strong>{a} :</strong> {b}</p>')}</div></div></div>"
    )


def _views_row(entry: Entry, draw: Callable[[str, str, str], str]) -> str:
    cells = zip(_UNLABELLED, HEADINGS, values(entry), strict=True)
    return '<div class="views-row">' + "".join(draw(key, escape(a), escape(b)) for key, a, b in cells if b) + "</div>"


def _attribute(label: str, value: str) -> str:
    return f'<div data-label="{label}">{value}</div>'


def _row(label: str, value: str) -> str:
    return f"<div class=row><div class=col-4>{label}</div><div class=col-8>{value}</div></div>"


BLOCKS: dict[str, Page] = {
    "cards with definition lists": Page(each(lambda e: f"<div class=card><h3>{name(e)}</h3><dl>{drawn(e, _item)}</dl></div>")),
    "one definition list for all": Page(page("<dl>" + "".join(drawn(e, _item, 0) for e in HOSTS) + "</dl>")),
    "names as terms over labelled lines": Page(page("<dl>" + "".join(
        f"<dt>{name(e)}</dt><dd>{'<br>'.join(f'{a} : {b}' for a, b in pairs(e))}</dd>" for e in HOSTS
    ) + "</dl>")),
    "several definitions of one term": Page(each(
        lambda e: f"<h3>{name(e)}</h3><dl><dt>Activités</dt>" + "".join(f"<dd>{TEXTS[n]}</dd>" for n in sorted(e.activities))
        + f"<dt>Certificat</dt><dd>{escape(e.number)}</dd><dt>Fin de validité</dt><dd>{e.fr_expires}</dd></dl>"
    ), fields=("name", "number", "activities", "expires")),
    "details and summary": Page(each(
        lambda e: f"<details><summary>{name(e)}</summary><ul>{drawn(e, _bold)}</ul></details>"
    )),
    "an accordion of buttons": Page(each(_accordion)),
    "field labels and items": Page(each(
        lambda e: f"<article class=node><h2><a href='/h'>{name(e)}</a></h2>{drawn(e, _field)}</article>"
    )),
    "fields of several items": Page(each(lambda e: f"<article class=node><h2>{name(e)}</h2>{drawn(e, _fields)}</article>")),
    "labels of a list view": Page(each(lambda e: _views_row(
        e, lambda key, a, b: f'<div class="views-field"><span class="views-label">{a}: </span><span>{b}</span></div>'
    ))),
    "fields named only by their classes": Page(each(lambda e: _views_row(
        e, lambda key, a, b: f'<div class="views-field views-field-field-{key}"><div class="field-content">{b}</div></div>'
    ))),
    "labels in attributes": Page(each(
        lambda e: f"<div class=row><h3>{name(e)}</h3>{drawn(e, _attribute)}</div>"
    )),
    "labelled paragraphs below a heading": Page(each(lambda e: f"<h3>{name(e)}</h3>{drawn(e, line)}")),
    "labelled boxes one after the other": Page(page("<div>" + "".join(
        drawn(e, lambda a, b: f"<div>{a} : {b}</div>", 0) for e in HOSTS
    ) + "</div>")),
    "one paragraph a host": Page(each(
        lambda e: f"<p><strong>{name(e)}</strong><br>{'<br>'.join(f'{a} : {b}' for a, b in pairs(e))}</p>"
    )),
    "lists below headings": Page(each(
        lambda e: f"<h3>{name(e)}</h3><ul>{drawn(e, lambda a, b: f'<li>{a} : {b}</li>')}</ul>"
    )),
    "lists below headings below letters": Page(each(
        lambda e: f"<h2>{e.name[0]}</h2><h3>{name(e)}</h3><ul>{drawn(e, lambda a, b: f'<li>{a} : {b}</li>')}</ul>"
    )),
    "bold labels without a colon": Page(page("<ul>" + "".join(
        f"<li><h4>{name(e)}</h4><ul>{drawn(e, lambda a, b: f'<li><strong>{a}</strong> {b}</li>')}</ul></li>" for e in HOSTS
    ) + "</ul>")),
    "bold labels over their values": Page(each(
        lambda e: f"<section><h3>{name(e)}</h3>{drawn(e, lambda a, b: f'<p><b>{a}</b><br>{b}</p>')}</section>"
    )),
    "headings as labels": Page(each(
        lambda e: f"<section><h3>{name(e)}</h3>{drawn(e, lambda a, b: f'<h4>{a}</h4><p>{b}</p>')}</section>"
    )),
    "two boxes side by side": Page(each(lambda e: f"<div class=host><div class=name>{name(e)}</div>{drawn(e, _row)}</div>")),
    "label and value spans": Page(each(
        lambda e: f"<li><h4>{name(e)}</h4>{drawn(e, lambda a, b: f'<p><span class=label>{a}</span> <span>{b}</span></p>')}</li>"
    )),
    "phrases that run into their values": Page(each(_phrases), fields=PLAIN),
    "several phrases in one line": Page(each(_one_line), fields=PLAIN),
    "activities listed below their label": Page(each(
        lambda e: _with_activities(e, "<p>Activités certifiées :</p>" + _list_of(e, lambda n: f"Activité {n}"))
    ), fields=PLAIN),
    "activities listed by their texts": Page(each(
        lambda e: _with_activities(e, "<p>Activités certifiées :</p>" + _list_of(e, lambda n: TEXTS[n]))
    ), fields=PLAIN),
    "a yes or no beside each activity": Page(each(
        lambda e: _with_activities(e, _list_of(e, lambda n: f"{TEXTS[n]} : {'Oui' if n in e.activities else 'Non'}", range(1, 7)))
    ), fields=PLAIN),
    "two certificates in boxes of a card": Page(_several("section", "article"), SEVERAL),
    "two certificates one after the other": Page(_several("", ""), SEVERAL),
    "two certificates one after the other in a card": Page(_several("", "article"), SEVERAL),
    "the page of one host": Page(each(lambda e: f"<h1>{name(e)}</h1><dl>{drawn(e, _item)}</dl>", HOSTS[:1]), HOSTS[:1]),
    "the page of one host with two certificates": Page(
        f"<h1>{SEVERAL[0].name}</h1><p>SIREN : {SEVERAL[0].siren}</p><h2>Certificats</h2>"
        + "".join(_certificate(c, "div") for c in SEVERAL[:2]),
        SEVERAL[:2],
    ),
    "a link to the certificate that says what it is": Page(each(
        lambda e: f"<article><h3>{name(e)}</h3>{drawn(e, line)}"
        f"<p><a href='{e.document}'>Télécharger le certificat (PDF)</a></p></article>"
    ), fields=(*ALL, "document")),
    "a link to more": Page(each(
        lambda e: f"<article><h3><a href='/h/x'>{name(e)}</a></h3>{drawn(e, line)}<p><a href='/h'>En savoir plus</a></p></article>"
    )),
    "a filter form above": Page(page(
        "<form><label>Organisme certificateur</label><select><option>LNE</option></select><label for=a>Activités</label>"
        "<input id=a></form>" + "".join(map(_card, HOSTS))
    )),
    "questions and answers above": Page(page(_QUESTIONS + "".join(map(_card, HOSTS)))),
    "a contact block below": Page(page("".join(map(_card, HOSTS)) + (
        "<footer><h3>Nous contacter</h3><p>Téléphone : 01 02 03 04 05</p><p>Pays : France</p></footer>"
    ))),
    "a contact section beside": Page(page("<main>" + "".join(map(_card, HOSTS)) + (
        "<section><h3>Nous contacter</h3><p>Téléphone : 01 02 03 04 05</p></section></main>"
    ))),
}  # fmt: skip
