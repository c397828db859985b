"""Pages as ministries, certifiers and federations build them: each read exactly, whatever drew it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any

import pytest

from crawler.readers import NoListFound
from registry.interpret import interpret_rows
from tests.crawler_read.reading import HOSTS, PLAIN, Entry, exactly, read_page, records, refusal, truths
from tests.crawler_read.table_pages import page

HEADINGS = ("Hébergeur", "SIREN", "N° de certificat", "Organisme certificateur", "Référentiel", "Activités", "Délivré le",
            "Expire le")  # fmt: skip
NO_SIREN = tuple(name for name in HEADINGS if name != "SIREN")
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre")  # fmt: skip
WITH_SIREN = tuple(entry for entry in HOSTS if entry.siren)


def in_words(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def values(e: Entry) -> list[str]:
    return [escape(text) for text in (e.name, e.siren, e.number, e.certifier, e.version, e.list_of_activities, e.fr_issued,
                                      e.fr_expires)]  # fmt: skip


def labelled(e: Entry, *leave_out: str) -> list[tuple[str, str]]:
    return [(label, text) for label, text in zip(HEADINGS, values(e), strict=True) if text and label not in leave_out]


def row(cells: Sequence[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"<table><thead>{row(headings, 'th')}</thead><tbody>{''.join(map(row, rows))}</tbody></table>"


def every(draw: Callable[[Entry], str], entries: Sequence[Entry] = HOSTS) -> str:
    return page("".join(map(draw, entries)))


def test_a_label_and_a_name_may_be_followed_by_a_sentence_about_the_certificate() -> None:
    exactly(every(lambda e: (
        f"<p>Hébergeur : <strong>{escape(e.name)}</strong> — Certificat n° {e.number} délivré par {escape(e.certifier)} le "
        f"{in_words(e.issued)}, valable jusqu'au {in_words(e.expires)} pour les activités {e.list_of_activities}.</p>"
    )), fields=("name", "number", "certifier", "issued", "expires", "activities"))  # fmt: skip


def test_the_colon_of_hds_2018_ends_no_label() -> None:
    draw = lambda e: (  # noqa: E731 - one use, named for the line length
        f"<details><summary>{escape(e.name)}</summary><ul><li>Certificat {e.number} "
        f"({'HDS:2018' if e.version == 'v1.1' else 'HDS v2'}), délivré par {escape(e.certifier)} le {in_words(e.issued)}, "
        f"valable jusqu’au {in_words(e.expires)} — activités {e.list_of_activities}</li></ul></details>"
    )
    exactly(every(draw), fields=PLAIN)


def test_an_address_below_the_siren_is_no_part_of_it() -> None:
    def draw(e: Entry) -> str:
        lines = "".join(f"<dt>{label}</dt><dd>{text}</dd>" for label, text in labelled(e, "Hébergeur", "SIREN"))
        return f"<section><h3>{escape(e.name)}</h3><p>SIREN : {e.siren}<br>59000 Lille</p><dl>{lines}</dl></section>"

    reading = read_page(every(draw, WITH_SIREN))
    assert records(reading) == truths(WITH_SIREN)
    assert reading.refusals == []


def test_the_headings_of_a_table_beside_each_other_are_no_label_and_value() -> None:
    rows = [[escape(e.name), "Lille", f"<button data-target='#m{at}'>Détails</button>"] for at, e in enumerate(HOSTS)]
    boxes = "".join(
        f'<div class="modal" id="m{at}"><h5 class="modal-title">{escape(e.name)}</h5>'
        + "".join(f"<p><b>{label} :</b> {text}</p>" for label, text in labelled(e, "Hébergeur")) + "</div>"
        for at, e in enumerate(HOSTS)
    )  # fmt: skip
    assert records(read_page(page(table(("Hébergeur", "Ville", ""), rows) + boxes))) == truths()


def test_one_name_over_companies_of_different_sirens_is_refused() -> None:
    body = table(HEADINGS, [["Paris", *values(e)[1:]] for e in WITH_SIREN])
    assert refusal(page(body)) == "values_unlike_heading"


@pytest.mark.parametrize("state", ["Suspendu", "Certificat retiré", "Valide", "En vigueur"])
def test_a_badge_in_a_card_tells_the_state_of_the_certificate(state: str) -> None:
    def draw(e: Entry) -> str:
        badge = f'<span class="badge">{state}</span>'
        lines = "".join(f"<p>{label} : {text}</p>" for label, text in labelled(e, "Hébergeur"))
        return f'<div class="card"><h3 class="card-title">{escape(e.name)}</h3>{badge}{lines}</div>'

    found, _ = interpret_rows("hosts", read_page(every(draw)).rows)
    wanted = {"Suspendu": "suspended", "Certificat retiré": "withdrawn"}.get(state, "in_force")
    assert {record.source_status for record in found} == {wanted}  # type: ignore[union-attr]  # hosts give certificates


def test_that_every_host_is_certified_is_no_state() -> None:
    draw = lambda e: (  # noqa: E731 - one use
        f'<div class="card"><h3>{escape(e.name)}</h3><span class="badge">Certifié HDS</span>'
        + "".join(f"<p>{label} : {text}</p>" for label, text in labelled(e, "Hébergeur")) + "</div>"
    )  # fmt: skip
    found, _ = interpret_rows("hosts", read_page(every(draw)).rows)
    assert {record.source_status for record in found} == {None}  # type: ignore[union-attr]  # hosts give certificates


@pytest.mark.parametrize("heading", ["", "Divers"])
def test_a_column_that_says_who_is_suspended_is_never_passed_over(heading: str) -> None:
    rows = [[*values(e), "Suspendu" if at == 2 else "Valide"] for at, e in enumerate(HOSTS)]
    body = page(table((*HEADINGS, heading), rows))
    if heading:
        assert refusal(body) == "unexplained_column"
        return
    found, _ = interpret_rows("hosts", read_page(body).rows)
    assert [record.source_status == "suspended" for record in found] == [at == 2 for at in range(len(HOSTS))]  # type: ignore[union-attr]  # hosts give certificates


def test_cards_may_print_the_version_and_the_validity_without_a_label() -> None:
    exactly(every(lambda e: (
        f'<div class="fr-card"><h3>{escape(e.name)}</h3><p>Certificat {e.number} délivré par {escape(e.certifier)}</p>'
        f'<ul><li><p class="fr-badge">{e.version}</p></li></ul><p>Du {e.fr_issued} au {e.fr_expires}</p>'
        f"<p>Activités : {e.list_of_activities}</p></div>"
    )), fields=PLAIN)  # fmt: skip


def test_the_cards_of_one_host_alone_on_a_page_are_its_certificates() -> None:
    first, second = (Entry("Acme Santé", "808665483", e.certifier, e.number, e.version, e.activities, e.issued, e.expires)
                     for e in HOSTS[:2])  # fmt: skip
    draw = lambda e: (  # noqa: E731 - one use
        f'<div class="item"><h3>{e.name}</h3><ul>'
        + "".join(f"<li>{label} : {text}</li>" for label, text in labelled(e, "Hébergeur")) + "</ul></div>"
    )  # fmt: skip
    exactly(every(draw, (first, second)), (first, second))


def test_a_title_repeated_over_different_companies_names_none_of_them() -> None:
    draw = lambda e: (  # noqa: E731 - one use
        "<div><h4>Données administratives</h4>"
        + "".join(f"<p>{label} : {text}</p>" for label, text in labelled(e, "Hébergeur")) + "</div>"
    )  # fmt: skip
    with pytest.raises(NoListFound):
        read_page(every(draw, WITH_SIREN))


def test_figures_beside_the_list_are_no_second_list() -> None:
    figures = ("<aside><h2>Chiffres clés</h2><table><tr><th>Organisme certificateur</th><th>Certificats</th></tr>"
               "<tr><td>LNE</td><td>40</td></tr><tr><td>AFNOR Certification</td><td>120</td></tr></table></aside>")  # fmt: skip
    exactly(page(f"<main>{table(HEADINGS, [values(e) for e in HOSTS])}{figures}</main>"))


def test_a_host_with_its_siren_in_brackets_stands_over_sentences_about_its_certificates() -> None:
    exactly(every(lambda e: (
        f"<ul><li><strong>{escape(e.name)}</strong> (SIREN {e.siren})<ul><li>Certificat n° {e.number}, délivré par "
        f"{escape(e.certifier)}, référentiel {e.version}, valable du {e.fr_issued} au {e.fr_expires}, activités "
        f"{e.list_of_activities}</li></ul></li></ul>"
    ), WITH_SIREN), WITH_SIREN)  # fmt: skip


# ---- tables --------------------------------------------------------------------------------------------------------


def test_a_heading_in_words_may_name_the_siren_in_brackets() -> None:
    headings = [name.replace("SIREN", "Company registration (SIREN)") for name in HEADINGS]
    exactly(page(table(headings, [values(e) for e in HOSTS])))


@pytest.mark.parametrize(
    "mark", [" *", "*", " (1)", "<sup>2</sup>", " ²", " †", " (renouvellement en cours)", " à renouveler"]
)
def test_a_note_behind_a_date_leaves_the_date(mark: str) -> None:
    rows = [[*values(e)[:-1], values(e)[-1] + (mark if at % 2 else "")] for at, e in enumerate(HOSTS)]
    exactly(page(table(HEADINGS, rows)))


def test_a_row_blank_in_all_that_is_said_of_the_host_is_one_more_certificate_of_the_host_above() -> None:
    pairs = [(e, Entry(e.name, e.siren, "LNE", f"{at}-9", "v2.0", frozenset({5}), "2025-01-02", "2028-01-01"))
             for at, e in enumerate(WITH_SIREN, 50100)]  # fmt: skip
    rows = [cells for a, b in pairs for cells in (values(a), ["", "&nbsp;", *values(b)[2:]])]
    exactly(page(table(HEADINGS, rows)), [entry for pair in pairs for entry in pair])


@pytest.mark.parametrize("kept", ["name", "siren", "nothing but these"])
def test_a_row_without_a_name_is_refused_where_the_host_above_need_not_be_meant(kept: str) -> None:
    rows = [values(e) for e in WITH_SIREN]
    headings = HEADINGS
    if kept == "siren":
        rows[2][0] = ""
    elif kept == "name":
        headings, rows = NO_SIREN, [[cells[0], *cells[2:]] for cells in rows]
        rows[2][0] = ""
    else:
        rows[0][0] = rows[0][1] = ""
    assert refusal(page(table(headings, rows))) == "nameless_row"


def test_the_title_over_a_table_may_tell_the_version_within_a_sentence() -> None:
    parts = {"v2.0": "Hébergeurs certifiés selon le référentiel HDS v2", "v1.1": "Hébergeurs certifiés HDS version 1.1"}
    headings = [name for name in HEADINGS if name != "Référentiel"]
    body = "".join(
        f"<h2>{title}</h2>" + table(headings, [values(e)[:4] + values(e)[5:] for e in HOSTS if e.version == version])
        for version, title in parts.items()
    )
    entries = [e for version in parts for e in HOSTS if e.version == version]
    assert records(read_page(page(body))) == truths(entries)


@pytest.mark.parametrize("title", ["Hébergeurs passés de la v1 à la v2", "Hébergeurs non certifiés v2"])
def test_a_title_that_says_more_than_the_version_lends_none(title: str) -> None:
    headings = [name for name in HEADINGS if name != "Référentiel"]
    body = f"<h2>{title}</h2>" + table(headings, [values(e)[:4] + values(e)[5:] for e in HOSTS])
    reading = read_page(page(body))
    assert reading.refusals or {record[4] for record in records(reading)} == {None}


def test_a_table_in_the_row_of_each_host_holds_its_certificates() -> None:
    pairs = [(e, Entry(e.name, e.siren, "LNE", f"{at}-9", "v2.0", frozenset({5}), "2025-01-02", "2028-01-01"))
             for at, e in enumerate(HOSTS, 50100)]  # fmt: skip
    rows = [[*values(a)[:2], table(HEADINGS[2:], [values(a)[2:], values(b)[2:]])] for a, b in pairs]
    exactly(page(table(("Hébergeur", "SIREN", "Certificats"), rows)), [entry for pair in pairs for entry in pair])


def test_activity_columns_may_shorten_infrastructure() -> None:
    names = ("1. Sites physiques", "2. Infra. matérielle", "3. Infra. virtuelle", "4. Plateforme applicative",
             "5. Administration / exploitation", "6. Sauvegarde")  # fmt: skip
    headings = [name for name in HEADINGS if name != "Activités"]
    rows = [values(e)[:5] + values(e)[6:] + ["X" if n in e.activities else "" for n in range(1, 7)] for e in HOSTS]
    exactly(page(table((*headings, *names), rows)))


# ---- data ----------------------------------------------------------------------------------------------------------


def as_object(e: Entry) -> dict[str, Any]:
    return {"number": e.number, "issuer": e.certifier, "issuedOn": e.issued, "expiresOn": e.expires,
            "activities": sorted(e.activities), "standard": e.version}  # fmt: skip


def test_certificates_kept_under_their_numbers_are_not_hosts() -> None:
    hosts = {f"h{at}": {"name": e.name, "siren": e.siren or None, "certificates": {e.number.replace(" ", "_"): as_object(e)}}
             for at, e in enumerate(HOSTS)}  # fmt: skip
    second = Entry("Scalingo SAS", "808665483", "LNE", "50100-1", "v2.0", frozenset({5}), "2025-01-02", "2028-01-01")
    hosts["h0"]["certificates"][second.number] = as_object(second)
    body = json.dumps({"version": 3, "hosts": hosts}).encode()
    exactly(body, (HOSTS[0], second, *HOSTS[1:]), media_type="application/json")


def test_an_object_of_certificates_alone_names_nobody() -> None:
    body = json.dumps({e.number: as_object(e) for e in HOSTS}).encode()
    with pytest.raises(NoListFound):
        read_page(body, "application/json")


def _flattened(value: Any) -> list[Any]:
    """As devalue writes it: every value once, objects and arrays holding places."""
    out: list[Any] = []

    def put(one: Any) -> int:
        at = len(out)
        out.append(None)
        if isinstance(one, dict):
            out[at] = {key: put(inner) for key, inner in one.items()}
        elif isinstance(one, list):
            out[at] = [put(inner) for inner in one]
        else:
            out[at] = one
        return at

    put(value)
    return out


def _nuxt(values_: list[Any]) -> str:
    body = json.dumps([["ShallowReactive", 1], *_moved(values_)], ensure_ascii=False)
    return page(f'<div id="__nuxt"></div><script type="application/json" id="__NUXT_DATA__">{body}</script>')


def _moved(values_: list[Any]) -> list[Any]:
    """All places one further, since the tag stands first."""
    move = {dict: lambda one: {key: at + 1 for key, at in one.items()}, list: lambda one: [at + 1 for at in one]}
    return [move[type(one)](one) if isinstance(one, dict | list) else one for one in values_]


def test_the_payload_of_a_nuxt_page_is_joined_and_read() -> None:
    hosts = [{"raisonSociale": e.name, "siren": e.siren or None, "certificats": [as_object(e)]} for e in HOSTS]
    exactly(_nuxt(_flattened({"data": {"hosts": hosts}, "once": True})))


def test_a_payload_that_holds_itself_is_no_list_and_no_hang() -> None:
    with pytest.raises(NoListFound):
        read_page(_nuxt([{"data": 1, "other": 2}, {"data": 0}, "Scalingo"]))
