"""Small lists drawn as cards: names that look like numbers or like titles, blank values, labels inside items, menus."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.readers import read
from crawler.readers.errors import NoListFound
from registry.interpret import interpret_rows
from registry.models import CertificateRecord, CertifierRecord

LABELS = ("Organisme certificateur", "N° de certificat", "Activités", "Référentiel", "Date d'expiration")
Entry = tuple[str, tuple[str, ...]]


def entries(*names: str, certifier: str = "LNE") -> list[Entry]:
    return [(name, (certifier, f"CERT-{at}", "1, 2", "v2", "31/12/2027")) for at, name in enumerate(names, 1)]


def definitions(name: str, said: list[tuple[str, str]]) -> str:
    return f"<div class=card><h3>{name}</h3><dl>{''.join(f'<dt>{a}</dt><dd>{b}</dd>' for a, b in said)}</dl></div>"


def lines(name: str, said: list[tuple[str, str]]) -> str:
    return f"<div><h3>{name}</h3>{''.join(f'<p><b>{a} :</b> {b}</p>' for a, b in said)}</div>"


def items(name: str, said: list[tuple[str, str]]) -> str:
    inside = "".join(f'<li class="list-group-item"><b>{a}</b> {b}</li>' for a, b in said)
    return f'<div class="card"><div class="card-header">{name}</div><ul class="list-group">{inside}</ul></div>'


def views(name: str, said: list[tuple[str, str]]) -> str:
    return f'<div class="views-row"><h2>{name}</h2>' + "".join(
        f'<div class="views-field views-field-{at}"><span class="views-label">{a} : </span>'
        f'<span class="field-content">{b}</span></div>'
        for at, (a, b) in enumerate(said)
    ) + "</div>"  # fmt: skip


def halves(name: str, said: list[tuple[str, str]]) -> str:
    return f"<div><h3>{name}</h3>{''.join(f'<div class=k>{a}</div><div class=v>{b}</div>' for a, b in said)}</div>"


DRAWN: dict[str, Callable[[str, list[tuple[str, str]]], str]] = {
    "definitions": definitions, "lines": lines, "items": items, "views": views, "halves": halves,
}  # fmt: skip


def page(drawn: str, given: list[Entry], labels: tuple[str, ...] = LABELS, above: str = "") -> str:
    cards = "".join(DRAWN[drawn](name, list(zip(labels, values, strict=True))) for name, values in given)
    return f"<html><body><h1>Hébergeurs certifiés HDS</h1>{above}{cards}</body></html>"


def found(body: str) -> list[tuple[str | None, ...]]:
    reading = read(body.encode(), "", "https://list.example/hosts", "hosts", "0" * 64)
    assert reading.refusals == []
    records, _ = interpret_rows("hosts", reading.rows)
    return [
        (one.legal_name, one.certifier, one.number, ", ".join(map(str, sorted(one.activities or ()))), one.referential,
         f"{one.expires_on:%d/%m/%Y}" if one.expires_on else None)
        for one in records if isinstance(one, CertificateRecord)
    ]  # fmt: skip


def told(given: list[Entry]) -> list[tuple[str | None, ...]]:
    return [(name, *(value or None for value in values)) for name, values in given]


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize(
    "names",
    [
        ("ACME-001", "ACME-002"), ("A Hosting", "B Hosting", "D Hosting"), ("Alpha", "K-2", "Beta Santé"),
        ("Health Data", "Alpha", "Beta"), ("Hébergeur Test 1", "Hébergeur Test 12"), ("Solo",),
    ],
)  # fmt: skip
def test_a_name_may_look_like_a_number_or_like_the_title_of_a_list(drawn: str, names: tuple[str, ...]) -> None:
    given = entries(*names)
    assert found(page(drawn, given)) == told(given)


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("blank", range(1, 4))
def test_a_blank_value_stays_blank(drawn: str, blank: int) -> None:
    given = entries("Alpha", "Beta", "Gamma")
    values = list(given[1][1])
    values[blank - 1] = ""
    given[1] = ("Beta", tuple(values))
    told_so = told(given)
    if blank == 3:
        told_so[1] = (*told_so[1][:3], "", *told_so[1][4:])
    assert found(page(drawn, given)) == told_so


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("names", [("ACME-001", "ACME-002"), ("Alpha", "Beta"), ("Solo",)])
def test_names_with_activities_and_a_version_are_enough(drawn: str, names: tuple[str, ...]) -> None:
    given: list[Entry] = [(name, ("1, 2", "v2")) for name in names]
    rows = found(page(drawn, given, ("Activités", "Référentiel")))
    assert rows == [(name, None, None, "1, 2", "v2", None) for name in names]


@pytest.mark.parametrize("drawn", ["definitions", "lines", "views"])
@pytest.mark.parametrize(
    "above",
    [
        '<div><a href="?l=A">A</a> <a href="?l=B">B</a> <a href="?l=S">S</a></div>',
        '<p><a href="?page=2">Suivant</a></p>', '<p><a href="/">← Retour à la liste</a></p>', "<h2>S</h2>",
        "<h2>Annuaire HDS 2026</h2>",
    ],
)  # fmt: skip
def test_what_stands_above_a_lone_entry_is_not_its_name(drawn: str, above: str) -> None:
    given = entries("Solo Santé")
    assert found(page(drawn, given, above=above)) == told(given)


def test_a_title_that_is_a_number_names_no_host() -> None:
    body = page(
        "definitions",
        [("CERT-1", ("LNE", "1, 2", "v2")), ("CERT-2", ("LNE", "1", "v2"))],
        ("Certificateur", *LABELS[2:4]),
    )
    with pytest.raises(NoListFound):
        found(body)


@pytest.mark.parametrize("numbers", [("1", "2", "4"), ("N°1", "N°2", "N°3"), ("1", "2", "NC")])
def test_small_numbers_under_certificate_are_no_versions(numbers: tuple[str, ...]) -> None:
    rows = "".join(f"<tr><td>Host {n}</td><td>{n}</td><td>1, 2</td><td>31/12/2027</td></tr>" for n in numbers)
    head = "<tr><th>Nom</th><th>Certificat</th><th>Activités</th><th>Fin de validité</th></tr>"
    got = found(f"<html><body><table>{head}{rows}</table></body></html>")
    assert [(row[2], row[4]) for row in got] == [(None if n == "NC" else n, None) for n in numbers]


def test_the_body_of_each_certificate_is_no_second_list() -> None:
    one = '{"numero": "C-%s", "organisme": "%s", "activites": [1, 2], "date_expiration": "2027-12-31"}'
    many = ", ".join(
        f'{{"nom": "Alpha {n}", "certificats": [{one % (n, "Certif X")}, {one % (n + "b", "Certif Y")}]}}'
        for n in "123"
    )
    rows = found(f'{{"hebergeurs": [{many}]}}')
    assert [row[:3] for row in rows[:2]] == [("Alpha 1", "Certif X", "C-1"), ("Alpha 1", "Certif Y", "C-1b")]
    assert len(rows) == 6


@pytest.mark.parametrize("titles", [("Alpha", "Beta", "Gamma"), ("A-1 bis", "B-2 bis", "C-3 bis")])
def test_a_column_that_may_name_the_certifier_under_a_title_a_table_is_refused(titles: tuple[str, ...]) -> None:
    head = "<tr><th>Certificat</th><th>Organisme</th><th>Activités</th><th>Fin de validité</th></tr>"
    tables = "".join(
        f'<div class="accordion-item"><h2>{title}</h2><div><table>{head}<tr><td>HDS-{at}</td><td>Organisme {at % 2}</td>'
        "<td>1, 2</td><td>31/12/2027</td></tr></table></div></div>"
        for at, title in enumerate(titles)
    )
    body = f"<html><body><h1>Hébergeurs certifiés HDS</h1>{tables}</body></html>"
    reading = read(body.encode(), "", "https://list.example/hosts", "hosts", "0" * 64)
    assert [refusal.code for refusal in reading.refusals] == ["two_lists"]


def test_two_certificates_under_an_odd_title_are_not_those_of_their_certifiers() -> None:
    one = "<table><tr><th>Certificat</th><td>X{0}Y-Z</td></tr><tr><th>Organisme</th><td>Certif {0}</td></tr>" \
        "<tr><th>Périmètre</th><td>1, 2</td></tr></table>"  # fmt: skip
    hosts = "".join(
        f"<details><summary>{name}</summary>{''.join(one.format(n) for n in numbers)}</details>"
        for name, numbers in (("Cloud1 S.A.S.", "12"), ("Cloud2 S.A.S.", "3"))
    )
    got = found(f"<html><body><h1>Hébergeurs certifiés HDS</h1>{hosts}</body></html>")
    assert [row[:3] for row in got] == [
        ("Cloud1 S.A.S.", "Certif 1", "X1Y-Z"), ("Cloud1 S.A.S.", "Certif 2", "X2Y-Z"), ("Cloud2 S.A.S.", "Certif 3", "X3Y-Z"),
    ]  # fmt: skip


@pytest.mark.parametrize("drawn", [*DRAWN, "table"])
@pytest.mark.parametrize(
    "names", [("LNE", "AFNOR Certification", "Certif'Test"), ("Certificateur A", "Certificateur B")]
)
def test_certifiers_are_read_from_cards_and_from_a_number_alone(drawn: str, names: tuple[str, ...]) -> None:
    given: list[Entry] = [(name, (f"4-060{at}",)) for at, name in enumerate(names)]

    if drawn in DRAWN:
        given = [(name, (*values, "15/01/2020")) for name, values in given]
        body = page(drawn, given, ("N° d'accréditation", "Date d'accréditation"))
    else:
        rows = "".join(f"<tr><td>{name}</td><td>{values[0]}</td></tr>" for name, values in given)
        body = f"<html><body><table><tr><th>Organisme</th><th>N° d'accréditation</th></tr>{rows}</table></body></html>"
    reading = read(body.encode(), "", "https://list.example/certifiers", "certifiers", "0" * 64)
    assert reading.refusals == []
    records, _ = interpret_rows("certifiers", reading.rows)
    got = [(one.name, one.accreditation_number) for one in records if isinstance(one, CertifierRecord)]
    assert got == [(name, values[0]) for name, values in given]


def test_values_that_the_markup_throws_out_of_their_entries_are_refused() -> None:
    lost = "<ul><li>1. Sites physiques</li></ul><br>Date d'expiration : 31/12/2027<br></p>"  # a list ends the paragraph
    one = "<p>Hébergeur : {0}<br>N° de certificat : C-{0}<br>Activités : " + lost
    body = f"<html><body><h1>Hébergeurs certifiés HDS</h1>{''.join(map(one.format, ('Alpha', 'Beta', 'Gamma')))}</body></html>"
    reading = read(body.encode(), "", "https://list.example/hosts", "hosts", "0" * 64)
    assert {refusal.code for refusal in reading.refusals} == {"unread_row"}
