"""The same six certificates in layouts of every kind are read exactly: no field lost, none invented."""

from __future__ import annotations

import csv
import io
import json
from html import escape

import pytest

from tests.crawler_read.reading import ALL, HOSTS, PLAIN, Entry, exactly

FRENCH = (
    "Hébergeur", "SIREN", "Organisme certificateur", "N° de certificat", "Référentiel", "Activités",
    "Date de délivrance", "Date d'échéance",
)  # fmt: skip
ENGLISH = (
    "Host",
    "SIREN",
    "Certification body",
    "Certificate number",
    "Version",
    "Activities",
    "Issue date",
    "Expiry date",
)


def printed(entry: Entry) -> tuple[str, ...]:
    return (
        entry.name, entry.siren, entry.certifier, entry.number, entry.version, entry.list_of_activities,
        entry.fr_issued, entry.fr_expires,
    )  # fmt: skip


def document(body: str) -> str:
    """A whole page around a list, with the tables and menus that are not the list."""
    return (
        "<!DOCTYPE html><html lang='fr'><head><meta charset='utf-8'><title>Hébergeurs certifiés HDS</title></head><body>"
        "<nav><ul><li><a href='/'>Accueil</a></li><li><a href='/hds'>HDS</a></li></ul></nav>"
        "<table><tr><th>Jour</th><th>Horaires</th></tr><tr><td>Lundi</td><td>9 h - 17 h</td></tr></table>"
        f"<main><h1>Liste des hébergeurs certifiés</h1>{body}</main>"
        "<dl><dt>HDS</dt><dd>Hébergeur de données de santé</dd></dl><footer>Mentions légales</footer></body></html>"
    )


def table(headings: tuple[str, ...], cell: str = "th") -> str:
    head = "".join(
        f"<{cell}>{'<b>' if cell == 'td' else ''}{escape(h)}{'</b>' if cell == 'td' else ''}</{cell}>" for h in headings
    )
    rows = "".join("<tr>" + "".join(f"<td>{escape(v)}</td>" for v in printed(e)) + "</tr>" for e in HOSTS)
    return f"<table><tr>{head}</tr>{rows}</table>"


def cards(title: str, pair: str) -> str:
    out = []
    for entry in HOSTS:
        pairs = "".join(
            pair.format(label=escape(label), value=escape(value))
            for label, value in zip(FRENCH[1:], printed(entry)[1:], strict=True)
            if value
        )
        out.append(f"<article class='teaser'><{title}>{escape(entry.name)}</{title}>{pairs}</article>")
    return "".join(out)


LAYOUTS = {
    "a table with th headings": table(FRENCH),
    "a table with bold cells as headings": table(FRENCH, "td"),
    "a table in English": table(ENGLISH),
    "a table inside a layout table": f"<table><tr><td>menu</td><td>{table(FRENCH)}</td></tr></table>",
    "cards with label and value lines": cards("h3", "<p>{label} : {value}</p>"),
    "cards with bold labels": cards("h2", "<p><strong>{label} :</strong> {value}</p>"),
    "cards with Drupal fields": cards(
        "h3",
        "<div class='field'><div class='field__label'>{label}</div><div class='field__item'>{value}</div></div>",
    ),
    "cards with definition lists": cards("h3", "<dl><dt>{label}</dt><dd>{value}</dd></dl>"),
    "cards with list entries": cards("h4", "<ul><li><b>{label}</b> : {value}</li></ul>"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_read_exactly(layout: str) -> None:
    exactly(document(LAYOUTS[layout]), fields=ALL)


def test_six_tick_columns_under_one_heading_are_the_activities() -> None:
    head = (
        "<tr><th rowspan='2'>Hébergeur</th><th colspan='6'>Activités</th><th rowspan='2'>Référentiel</th>"
        "<th rowspan='2'>Certificateur</th><th rowspan='2'>N° certificat</th><th rowspan='2'>Délivré le</th>"
        "<th rowspan='2'>Expire le</th></tr><tr>" + "".join(f"<th>{n}</th>" for n in range(1, 7)) + "</tr>"
    )
    rows = "".join(
        f"<tr><td>{escape(e.name)}</td>"
        + "".join(f"<td>{'Oui' if n in e.activities else 'Non'}</td>" for n in range(1, 7))
        + f"<td>{e.version}</td><td>{e.certifier}</td><td>{e.number}</td><td>{e.fr_issued}</td><td>{e.fr_expires}</td></tr>"
        for e in HOSTS
    )
    exactly(document(f"<table>{head}{rows}</table>"), fields=PLAIN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_a_csv_file_is_read_exactly(encoding: str, delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(FRENCH)
    writer.writerows(printed(entry) for entry in HOSTS)
    exactly(out.getvalue().encode(encoding), media_type="text/csv", fields=ALL, url="https://liste.example/liste.csv")


def test_a_workbook_is_read_exactly() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("Liste des hébergeurs certifiés",))
    sheet.append(())
    sheet.append(FRENCH)
    for entry in HOSTS:
        sheet.append(printed(entry))
    out = io.BytesIO()
    book.save(out)
    exactly(
        out.getvalue(),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        fields=ALL,
        url="https://liste.example/liste.xlsx",
    )


def test_nested_json_is_read_exactly() -> None:
    items = [
        {
            "hebergeur": {"raison_sociale": e.name, "siren": e.siren or None},
            "certificat": {"numero": e.number, "date_delivrance": e.issued, "date_echeance": e.expires},
            "organisme_certificateur": e.certifier,
            "referentiel": e.version,
            "activites": sorted(e.activities),
        }
        for e in HOSTS
    ]
    exactly(
        json.dumps({"data": {"total": len(items), "items": items}}),
        media_type="application/json",
        fields=ALL,
        url="https://liste.example/api/hosts",
    )
