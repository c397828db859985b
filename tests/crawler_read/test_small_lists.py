"""Short, plain lists with names and numbers of every sort: read exactly, in each form, whatever the names look like."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from crawler.readers import read
from crawler.readers.errors import NoListFound
from registry.interpret import interpret_rows
from registry.models import CertificateRecord

HEADINGS = {
    "french": ("Hébergeur", "N° certificat", "Organisme certificateur", "Activités", "Date de délivrance", "Date d'expiration"),
    "vague": ("Raison sociale", "Référence du certificat", "Organisme", "Périmètre", "Début", "Fin"),
    "english": ("Host", "Certificate number", "Certifier", "Activities", "Issued on", "Expires on"),
    "keys": ("legal_name", "number", "certifier", "activities", "issued_on", "expires_on"),
}  # fmt: skip
NAMES = (
    ("Hébergeur 1", "Hébergeur 2", "Hébergeur 3"), ("Host A", "Host B", "Host C"), ("A2COM", "OVH", "3DS Outscale"),
    ("LNE Cloud", "Été & Fils", "Alpha"), ("Solo SAS",),
)  # fmt: skip
NUMBERS = (
    ("A-1", "B-1", "C-1"), ("C1", "C2", "C3"), ("38436-1", "38436-2", "38436-3"), ("1000", "1001", "1002"),
    ("2023/12", "2024/01", "2024/02"), ("FR-HDS-alpha", "FR-HDS-beta", "FR-HDS-gamma"), ("N1", "N2", "N3"),
)  # fmt: skip
CERTIFIERS = ("LNE", "Certif X", "CERTIF-A")


def table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><body><table><tr>{head}</tr>{body}</table></body></html>"


def cards(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    def card(row: tuple[str, ...]) -> str:
        pairs = "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in zip(headings[1:], row[1:], strict=True))
        return f"<div class=card><h3>{row[0]}</h3><dl>{pairs}</dl></div>"

    return f"<html><body><h1>Hébergeurs certifiés HDS</h1>{''.join(map(card, rows))}</body></html>"


def semicolons(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([headings, *rows])
    return out.getvalue()


def objects(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return json.dumps({"data": [dict(zip(headings, row, strict=True)) for row in rows]})


FORMS: dict[str, Callable[[tuple[str, ...], list[tuple[str, ...]]], str]] = {
    "table": table, "cards": cards, "semicolons": semicolons, "objects": objects,
}  # fmt: skip


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("headings", HEADINGS)
def test_a_short_list_is_read_exactly(written: str, headings: str) -> None:
    for at, numbers in enumerate(NUMBERS):
        names, certifier = NAMES[at % len(NAMES)], CERTIFIERS[at % len(CERTIFIERS)]
        rows = [
            (name, number, certifier, "1, 2, 3", "01/01/2025", "31/12/2027")
            for name, number in zip(names, numbers, strict=False)
        ]
        body = FORMS[written](HEADINGS[headings], rows).encode()
        reading = read(body, "", "https://list.example/hosts", "hosts", "0" * 64)
        records, _ = interpret_rows("hosts", reading.rows)
        assert reading.refusals == [], (names, numbers, certifier)
        found = [
            (one.legal_name, one.number, one.certifier, sorted(one.activities or ()), str(one.expires_on))
            for one in records
            if isinstance(one, CertificateRecord)
        ]
        assert found == [(row[0], row[1], certifier, [1, 2, 3], "2027-12-31") for row in rows]


def refused(body: str) -> bool:
    try:
        return bool(read(body.encode(), "", "https://list.example/hosts", "hosts", "0" * 64).refusals)
    except NoListFound:
        return True


def test_a_label_that_may_mean_host_or_certifier_under_another_title_is_refused() -> None:
    rows = [
        ("38436", "v2", "LNE", "1 à 6", "01/01/2025", "31/12/2027"),
        ("38437", "v2", "BSI", "1", "01/01/2025", "31/12/2027"),
    ]
    body = cards(("", "Version", "Organisme", "Activités", "Délivré le", "Expire le"), rows)
    assert refused(body)


@pytest.mark.parametrize("heading", ["Numéro", "N°"])
def test_numbers_that_may_only_count_the_lines_are_an_issue(heading: str) -> None:
    rows = [(f"Alpha {at}", str(at), "LNE", "1", "01/01/2025", "31/12/2027") for at in (1, 2, 3)]
    body = table(("Nom", heading, "Certificateur", "Activités", "Délivré le", "Expire le"), rows)
    reading = read(body.encode(), "", "https://list.example/hosts", "hosts", "0" * 64)
    assert reading.unread == [heading] and reading.refusals == []
    assert [problem.code for problem in reading.problems] == ["unread_column"]


def test_names_under_the_heading_of_numbers_are_refused() -> None:
    rows = [
        ("38436", "Alpha Santé SAS", "LNE", "1", "01/01/2025", "31/12/2027"),
        ("38437", "Beta Cloud", "LNE", "1", "01/01/2025", "31/12/2027"),
    ]
    assert refused(table(HEADINGS["french"], rows))
    swapped = [(row[0], row[2], row[1], *row[3:]) for row in rows]
    assert refused(table(HEADINGS["french"], swapped))
