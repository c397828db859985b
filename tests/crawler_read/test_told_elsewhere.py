"""What a page tells of its entries in another place than the entry: halted certificates, numbers with a meaning of their
own, names made of the words of headings."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from crawler.readers import Reading, read
from registry.interpret import interpret_rows
from registry.models import CertificateRecord

URL = "https://liste.example/hds/hebergeurs"
HOSTS = (
    ("Alphacare Hosting", "38436-2", "1, 2, 3", "11/09/2028"),
    ("Gamma Infogérance", "40117-1", "5", "06/01/2029"),
    ("Morvelle Santé", "2023/104772.2", "3, 4, 5, 6", "04/11/2026"),
    ("Datavitalis", "HDS 789841", "5, 6", "29/10/2026"),
)
HEADINGS = ("Hébergeur", "Certificat", "Activités", "Échéance")


def table(
    rows: Sequence[Sequence[str]] = HOSTS,
    headings: tuple[str, ...] = HEADINGS,
    attributes: dict[int, str] | None = None,
) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(
        f"<tr {(attributes or {}).get(number, '')}>{''.join(f'<td>{value}</td>' for value in row)}</tr>"
        for number, row in enumerate(rows)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def read_page(body: str) -> Reading:
    page = f"<html lang='fr'><body><h1>Liste des hébergeurs certifiés HDS</h1>{body}</body></html>"
    return read(page.encode(), "text/html; charset=utf-8", URL, "hosts", "0" * 64)


def hosts(reading: Reading) -> list[CertificateRecord]:
    records, _ = interpret_rows("hosts", reading.rows)
    return [record for record in records if isinstance(record, CertificateRecord)]


def refusals(reading: Reading) -> set[str]:
    return {problem.code for problem in reading.refusals}


@pytest.mark.parametrize(
    "told",
    [
        "<p><small>* Certificat suspendu par l'organisme certificateur.</small></p>",
        "<p>(1) certificat suspendu</p><p>(2) certificat retiré</p>",
        "<p>Le certificat de Datavitalis est suspendu depuis le 3 mars 2026.</p>",
        "<p>En rouge : certificats suspendus</p>",
        "<p>Les certificats barrés ont été retirés.</p>",
    ],
)
def test_a_suspension_told_beside_the_list_refuses_the_page(told: str) -> None:
    assert "unread_halt" in refusals(read_page(table() + told))


@pytest.mark.parametrize(
    "said",
    [
        "<p>Un certificat peut être suspendu ou retiré par l'organisme certificateur.</p>",
        "<p>* Certificat délivré selon le référentiel v2.</p>",
        "<p>Le certificat de Datavitalis n'est pas suspendu.</p>",
        "<p>En cas de suspension du certificat, l'hébergeur informe ses clients.</p>",
    ],
)
def test_what_is_said_of_suspensions_in_general_refuses_nothing(said: str) -> None:
    assert refusals(read_page(table() + said)) == set()


def test_a_row_that_only_its_class_calls_suspended_refuses_the_page() -> None:
    assert "unread_halt" in refusals(read_page(table(attributes={2: "class='ligne suspendu'"})))


def test_a_row_that_its_class_and_its_words_call_suspended_is_read() -> None:
    rows = [*HOSTS[:3], ("Datavitalis <em>Suspendu</em>", *HOSTS[3][1:])]
    reading = read_page(table(rows, attributes={3: "class='suspendu'"}))
    assert refusals(reading) == set()
    assert [host.source_status for host in hosts(reading)] == [None, None, None, "suspended"]


@pytest.mark.parametrize("column", [1, 3])
def test_the_state_behind_a_number_or_a_date_is_the_state_of_the_certificate(column: int) -> None:
    row = [*HOSTS[3]]
    row[column] += " (suspendu)" if column == 3 else "<br><em>Certificat suspendu</em>"
    found = hosts(read_page(table([*HOSTS[:3], row])))[3]
    assert (found.number, str(found.expires_on), found.source_status) == ("HDS 789841", "2026-10-29", "suspended")


def test_a_sign_whose_description_says_suspended_is_read() -> None:
    row = (f"{HOSTS[3][0]} <span class='warn' title='Certificat suspendu'>⚠</span>", *HOSTS[3][1:])
    found = hosts(read_page(table([*HOSTS[:3], row])))[3]
    assert (found.legal_name, found.source_status) == ("Datavitalis", "suspended")


@pytest.mark.parametrize("flag", [{"supprime": True}, {"actif": False}])
def test_a_flag_that_says_an_entry_counts_no_more_refuses_the_data(flag: dict[str, bool]) -> None:
    usual = {name: not value for name, value in flag.items()}
    data = [
        {"nom": name, "certificat": number, "dateFin": end, **(flag if name == "Datavitalis" else usual)}
        for name, number, _, end in HOSTS
    ]
    reading = read(json.dumps(data).encode(), "application/json", URL, "hosts", "0" * 64)
    assert "unexplained_column" in refusals(reading)


def test_entries_under_a_title_of_expired_certificates_have_an_unclear_state() -> None:
    old = table([("Ancienne Société", "OLD-1", "1, 2", "01/05/2021"), ("Vieille Société", "OLD-2", "1", "02/05/2021")])
    reading = read_page(f"<h2>Certificats en vigueur</h2>{table()}<h2>Certificats expirés (archives)</h2>{old}")
    assert [host.source_status for host in hosts(reading)] == [None] * 4 + ["unclear"] * 2


# ---- names made of the words of headings ---------------------------------------------------------------------------

BLOCKS = {
    "a strong name in a list": lambda name, number, acts, end: (
        f"<ul><li><strong>{name}</strong> – Certificat : {number} – Activités : {acts} – Échéance : {end}</li></ul>"
    ),
    "a title over labelled lines": lambda name, number, acts, end: (
        f"<h3>{name}</h3><p>Certificat : {number}</p><p>Activités : {acts}</p><p>Échéance : {end}</p>"
    ),
    "a title over a table of two columns": lambda name, number, acts, end: (
        f"<h3>{name}</h3><table><tr><td>Numéro de certificat</td><td>{number}</td></tr><tr><td>Activités</td><td>{acts}</td>"
        f"</tr><tr><td>Date d'expiration</td><td>{end}</td></tr></table>"
    ),
    "the caption of a table": lambda name, number, acts, end: (
        f"<table><caption>{name}</caption><tr><th>Certificat</th><th>Activités</th><th>Échéance</th></tr>"
        f"<tr><td>{number}</td><td>{acts}</td><td>{end}</td></tr></table>"
    ),
}


@pytest.mark.parametrize(
    "name", ["Gamma Infogérance", "Sauvegarde Santé Ouest", "Administration Hospitalière Numérique"]
)
@pytest.mark.parametrize("drawn", BLOCKS)
def test_a_name_that_holds_a_word_for_an_activity_is_a_name(drawn: str, name: str) -> None:
    entries = [(name if host == "Gamma Infogérance" else host, *rest) for host, *rest in HOSTS]
    reading = read_page("".join(BLOCKS[drawn](*entry) for entry in entries))
    assert refusals(reading) == set()
    assert [(host.legal_name, host.number) for host in hosts(reading)] == [entry[:2] for entry in entries]


# ---- headings ------------------------------------------------------------------------------------------------------


def test_columns_of_another_certificate_are_told_apart_by_the_groups_above_them() -> None:
    head = (
        "<tr><th rowspan=2>Hébergeur</th><th colspan=3>ISO/IEC 27001</th><th colspan=3>HDS</th></tr>"
        f"<tr>{'<th>Numéro</th><th>Début</th><th>Fin</th>' * 2}</tr>"
    )
    rows = "".join(
        f"<tr><td>{name}</td><td>ISO-9{at}</td><td>01/02/2024</td><td>31/01/2027</td><td>{number}</td>"
        f"<td>02/03/2025</td><td>{end}</td></tr>"
        for at, (name, number, _, end) in enumerate(HOSTS)
    )
    found = hosts(read_page(f"<table><thead>{head}</thead>{rows}</table>"))
    assert [(host.number, str(host.issued_on)) for host in found] == [(host[1], "2025-03-02") for host in HOSTS]


def test_dates_of_another_certificate_named_in_parentheses_are_not_read() -> None:
    rows = [(name, "01/02/2024", "31/01/2027", number, "02/03/2025", end) for name, number, _, end in HOSTS]
    headings = (
        "Hébergeur",
        "Délivré le (ISO 27001)",
        "Expire le (ISO 27001)",
        "N° certificat HDS",
        "Délivré le (HDS)",
        "Expire le (HDS)",
    )
    found = hosts(read_page(table(rows, headings)))
    assert {str(host.issued_on) for host in found} == {"2025-03-02"}
    assert str(found[0].expires_on) == "2028-09-11"


def test_headings_in_two_languages_mean_what_both_sides_mean() -> None:
    headings = ("Hébergeur / Host", "Certificat / Certificate", "Activités / Activities", "Échéance / Expiry")
    found = hosts(read_page(table(headings=headings)))
    assert [(host.legal_name, host.number) for host in found] == [host[:2] for host in HOSTS]
    assert str(found[0].expires_on) == "2028-09-11"


def test_a_column_called_c_is_no_expiry_date() -> None:
    reading = read_page(table([(*row, "x") for row in HOSTS], (*HEADINGS[:3], "Échéance", "C")))
    assert refusals(reading) == set() and reading.unread == ["C"]


@pytest.mark.parametrize("label", ["Total", "Nombre d'hébergeurs", "Sous-total général"])
def test_a_row_of_sums_is_no_host(label: str) -> None:
    headings = ("Hébergeur", "Certificat", *(f"Activité {number}" for number in range(1, 7)))
    rows = [(name, number, *("x" if str(n) in acts else "" for n in range(1, 7))) for name, number, acts, _ in HOSTS]
    found = hosts(read_page(table([*rows, (label, "4", "1", "1", "2", "1", "3", "2")], headings)))
    assert [host.legal_name for host in found] == [host[0] for host in HOSTS]


# ---- numbers of activities -----------------------------------------------------------------------------------------

FIRST_ORDER = (
    "Sites physiques",
    "Infrastructure matérielle",
    "Plateforme d'hébergement d'applications",
    "Infrastructure virtuelle",
)


def test_bare_numbers_under_a_legend_in_another_order_refuse_the_page() -> None:
    legend = "".join(f"<li>{number}. {text}</li>" for number, text in enumerate(FIRST_ORDER, 1))
    assert "activities_incomplete" in refusals(read_page(f"<ul>{legend}</ul>{table()}"))


def test_bare_numbers_beside_data_that_number_them_otherwise_are_refused() -> None:
    data = {
        "activites": [{"id": number, "libelle": text} for number, text in enumerate(FIRST_ORDER, 1)],
        "hebergeurs": [
            {"nom": name, "certificat": number, "activites": [3, 5], "dateFin": end} for name, number, _, end in HOSTS
        ],
    }
    reading = read(json.dumps(data).encode(), "application/json", URL, "hosts", "0" * 64)
    assert "activities_incomplete" in refusals(reading)


def test_a_legend_in_the_order_of_the_law_refuses_nothing() -> None:
    order = (*FIRST_ORDER[:2], FIRST_ORDER[3], FIRST_ORDER[2])
    legend = "".join(f"<li>{number}. {text}</li>" for number, text in enumerate(order, 1))
    assert refusals(read_page(f"<ul>{legend}</ul>{table()}")) == set()


@pytest.mark.parametrize("codes", [["63", "15", "6", "48"], ["0 1 2", "4", "2 3 4 5", "0 5"]])
def test_numbers_that_are_no_activities_in_some_rows_are_trusted_in_none(codes: list[str]) -> None:
    rows = [(name, number, code, end) for (name, number, _, end), code in zip(HOSTS, codes, strict=True)]
    assert "values_unlike_heading" in refusals(read_page(table(rows)))


def test_six_columns_of_marks_that_nothing_explains_refuse_the_page() -> None:
    rows = [(name, number, *("●○●○●○"), end) for name, number, _, end in HOSTS]
    reading = read_page(table(rows, ("Hébergeur", "Certificat", *"ABCDEF", "Échéance")))
    assert "unexplained_column" in refusals(reading)


# ---- workbooks -----------------------------------------------------------------------------------------------------


def workbook(change: Callable[[Any], None]) -> Reading:
    book = Workbook()
    book.active.append(HEADINGS)
    for row in HOSTS:
        book.active.append(row)
    change(book.active)
    body = io.BytesIO()
    book.save(body)
    return read(body.getvalue(), "", URL + ".xlsx", "hosts", "0" * 64)


def test_a_hidden_row_of_a_workbook_refuses_it() -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[4].hidden = True

    found = workbook(hide)
    assert refusals(found) == {"shifted_cells"}
    assert "hidden" in found.refusals[0].message


def test_a_struck_row_of_a_workbook_refuses_it() -> None:
    def strike(sheet: Any) -> None:
        for cell in sheet[4]:
            cell.font = Font(strike=True)

    assert "nameless_row" in refusals(workbook(strike))


def test_another_table_beside_the_list_in_a_sheet_is_not_read_into_it() -> None:
    def add(sheet: Any) -> None:
        for place, text in {"F1": "Organisme certificateur", "F2": "LNE", "F3": "LSTI"}.items():
            sheet[place] = text

    assert "two_lists" in refusals(workbook(add))


def test_the_text_behind_a_number_in_a_heading_decides_which_activity_it_is() -> None:
    texts = (*FIRST_ORDER, "Administration et exploitation", "Sauvegarde")
    headings = (
        "Hébergeur",
        *(f'<span title="{text}">{number}</span>' for number, text in enumerate(texts, 1)),
        "Certificat",
    )
    rows = [(name, "", "", "x", "", "x", "x" if at else "", number) for at, (name, number, _, _) in enumerate(HOSTS)]
    assert {host.activities for host in hosts(read_page(table(rows, headings)))} == {
        frozenset({4, 5}),
        frozenset({4, 5, 6}),
    }


def test_a_numbered_list_is_a_legend_too() -> None:
    legend = "".join(f"<li>{text}</li>" for text in FIRST_ORDER)
    assert "activities_incomplete" in refusals(read_page(f"<ol>{legend}</ol>{table()}"))


def test_a_badge_below_a_name_is_the_state_of_its_certificate() -> None:
    words = ("Valide", "Valide", "Suspendu", "Valide")
    rows = [
        (f"{row[0]}<br><span class='badge'>{word}</span>", *row[1:]) for row, word in zip(HOSTS, words, strict=True)
    ]
    found = hosts(read_page(table(rows)))
    assert [host.legal_name for host in found] == [host[0] for host in HOSTS]
    assert [host.source_status for host in found] == ["in_force", "in_force", "suspended", "in_force"]


def test_a_warning_in_a_card_is_read_and_refuses_nothing() -> None:
    cards = "".join(
        f"<div class='card'><h3>{name}</h3>{'<p>⚠ Certificat suspendu</p>' if name == 'Datavitalis' else ''}"
        f"<p>Certificat : {number}</p><p>Activités : {acts}</p><p>Échéance : {end}</p></div>"
        for name, number, acts, end in HOSTS
    )
    reading = read_page(cards)
    assert refusals(reading) == set()
    assert [host.source_status for host in hosts(reading)] == [None, None, None, "suspended"]


def test_a_host_that_is_called_suspended_refuses_nothing() -> None:
    rows = [*HOSTS[:3], ("Suspendu Design", *HOSTS[3][1:])]
    assert refusals(read_page("".join(BLOCKS["a title over labelled lines"](*row) for row in rows))) == set()


def test_a_title_across_the_rows_may_count_them() -> None:
    def group(body: str, rows: Sequence[Sequence[str]]) -> str:
        cells = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in row)}</tr>" for row in rows)
        return f"<tr><td colspan=4><b>Certificats délivrés par {body} ({len(rows)})</b></td></tr>{cells}"

    page = table(()).replace("<tbody>", "<tbody>" + group("LNE", HOSTS[:2]) + group("LSTI", HOSTS[2:]))
    reading = read_page(page)
    assert refusals(reading) == set()
    assert [host.certifier_id for host in hosts(reading)] == ["lne", "lne", "lsti", "lsti"]


def test_headings_over_two_rows_are_no_title_that_tells_a_state() -> None:
    named = ("Hébergeur", "SIREN", "Certificat", "Organisme certificateur", "Délivré le", "Expire le")
    heads = "".join(f'<th rowspan="2">{name}</th>' for name in named)
    texts = (
        "Sites physiques",
        "Infrastructure matérielle",
        "Infrastructure virtuelle",
        "Plateforme",
        "Exploitation",
        "Sauvegarde",
    )
    numbers = "".join(f'<th><abbr title="{text}">{at}</abbr></th>' for at, text in enumerate(texts, 1))
    drawn = "".join(
        f'<td><img src="/{said}.png" alt="{said}"></td>' for said in ("Oui", "Non", "Non", "Non", "Non", "Oui")
    )
    rows = "".join(
        f"<tr><td>{name}</td><td>808665483</td><td>{at}</td><td>LNE</td><td>10/05/2026</td><td>09/05/2029</td>{drawn}</tr>"
        for name, at in (("Alpha", "38436-1"), ("Bravo", "38437-1"), ("Charlie", "38438-1"))
    )
    page = (
        f'<table><thead><tr>{heads}<th colspan="6">Activités certifiées</th></tr><tr>{numbers}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    found = [(record.legal_name, record.source_status, record.activities) for record in hosts(read_page(page))]
    assert found == [(name, None, frozenset({1, 6})) for name in ("Alpha", "Bravo", "Charlie")]


@pytest.mark.parametrize("title", ["Certificats expirés", "CERTIFICATS EXPIRES", "Archives", "Expired certificates"])
def test_a_title_over_certificates_that_are_over_makes_their_state_unclear(title: str) -> None:
    head = "<tr><th>Hébergeur</th><th>N° de certificat</th><th>Organisme certificateur</th><th>Expire le</th></tr>"
    rows = "".join(f"<tr><td>{n}</td><td>HDS-{i}</td><td>LNE</td><td>09/05/2024</td></tr>" for i, n in enumerate("ABC"))
    rows = rows.replace("<td>A<", "<td>Alpha<").replace("<td>B<", "<td>Bravo<").replace("<td>C<", "<td>Charlie<")
    records = hosts(read_page(f"<h2>{title}</h2><table>{head}{rows}</table>"))
    assert {record.source_status for record in records} == {"unclear"}
