"""Pages as ministries, certifiers and federations build them: each read exactly, whatever drew it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
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


def card(e: Entry, *, title: str = "", after: str = "") -> str:
    lines = "".join(f"<p>{label} : {text}</p>" for label, text in labelled(e, "Hébergeur"))
    return f'<div class="card"><h3>{escape(e.name)}</h3>{title}{lines}{after}</div>'


def states(body: str) -> list[str | None]:
    found, _ = interpret_rows("hosts", read_page(body).rows)
    return [record.source_status for record in found]  # type: ignore[union-attr]  # hosts give certificates


def test_the_title_of_a_part_of_the_page_says_that_the_cards_below_it_are_suspended() -> None:
    valid, halted = "".join(map(card, HOSTS[:4])), "".join(map(card, HOSTS[4:]))
    body = page(f"<h2>Certificats en vigueur</h2>{valid}<h2>Certificats suspendus</h2>{halted}")
    assert states(body) == [None] * 4 + ["suspended"] * 2
    assert records(read_page(body)) == truths()


def test_a_word_in_bold_tells_the_state_of_one_card_only() -> None:
    bold = "<p><strong>Suspendu</strong></p>"
    body = page("".join(card(e, title=bold if at == 2 else "") for at, e in enumerate(HOSTS)))
    assert states(body) == ["suspended" if at == 2 else None for at in range(len(HOSTS))]


SUSPENDED = "Attention : certificat suspendu depuis le 3 mars 2026 à la demande de l'organisme certificateur."


def test_a_sentence_in_a_card_that_tells_of_a_suspension_is_never_passed_over() -> None:
    body = page("".join(card(e, after=f"<p>{SUSPENDED}</p>" if at == 2 else "") for at, e in enumerate(HOSTS)))
    assert refusal(body) == "unexplained_column"


@pytest.mark.parametrize("remark", [
    "Les certificats suspendus ou retirés ne figurent plus dans cette liste.", "Certificat non suspendu.",
    "Ce certificat peut être retiré à tout moment.",
])  # fmt: skip
def test_a_remark_about_suspensions_in_general_is_no_suspension(remark: str) -> None:
    body = page("".join(map(card, HOSTS)) + f"<p>{remark}</p>")
    assert records(read_page(body)) == truths()
    assert read_page(page("".join(card(e, after=f"<p>{remark}</p>") for e in HOSTS))).refusals == []


def test_a_row_struck_out_whole_is_no_host_called_by_its_picture() -> None:
    rows = [[f"<del>{text}</del>" for text in values(e)] if at == 2 else values(e) for at, e in enumerate(HOSTS)]
    assert refusal(page(table(HEADINGS, rows))) == "nameless_row"


# ---- rows that unfold ----------------------------------------------------------------------------------------------


def unfolding(below: Callable[[Entry], str], headings: Sequence[str] = ("Hébergeur", "Ville", "Référentiel")) -> str:
    rows = "".join(
        row([escape(e.name), "Lille", e.version]) + f'<tr class="collapse"><td colspan="3">{below(e)}</td></tr>'
        for e in HOSTS
    )
    return page(f"<table><thead>{row(headings, 'th')}</thead><tbody>{rows}</tbody></table>")


def test_what_unfolds_under_a_row_belongs_to_the_host_of_the_row() -> None:
    exactly(unfolding(lambda e: "<dl>" + "".join(
        f"<dt>{label}</dt><dd>{text}</dd>" for label, text in labelled(e, "Hébergeur", "Référentiel")) + "</dl>"))  # fmt: skip


def test_a_table_that_unfolds_under_a_row_holds_the_certificates_of_that_host() -> None:
    names = [name for name in NO_SIREN if name not in ("Hébergeur", "Référentiel")]
    exactly(unfolding(lambda e: table(names, [values(e)[2:4] + values(e)[5:]])), fields=PLAIN)


def test_a_date_without_a_label_in_what_unfolds_is_never_passed_over() -> None:
    below = lambda e: f"<p>Certificat : {e.number}</p><p>Activités : {e.list_of_activities}</p><p>{e.fr_expires}</p>"  # noqa: E731 - one use
    assert refusal(unfolding(below)) == "unread_row"


def test_what_unfolds_may_tell_that_the_certificate_is_suspended() -> None:
    below = lambda e: (  # noqa: E731 - one use
        "".join(f"<p>{label} : {text}</p>" for label, text in labelled(e, "Hébergeur", "Référentiel"))
        + ("<p><span>Suspendu</span></p>" if e is HOSTS[2] else "")
    )
    assert states(unfolding(below)) == ["suspended" if e is HOSTS[2] else None for e in HOSTS]


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


@pytest.mark.parametrize("payload", [
    [{"data": 1, "other": 2}, {"data": 0}, "Scalingo"],
    [*({"a": at + 1, "b": at + 2} for at in range(60)), "Scalingo", "LNE"],
    [{"a": 1, "b": 1}, *([at + 1] * 30 for at in range(1, 9)), "Scalingo"],
    [*({"a": at + 1, "b": at + 1} for at in range(20_000)), "Scalingo"],
], ids=["itself", "twice its successors", "thirty times its successor", "twenty thousand levels"])  # fmt: skip
def test_a_payload_without_end_is_no_list_and_no_hang(payload: list[Any]) -> None:
    with pytest.raises(NoListFound):
        read_page(_nuxt(payload))


def test_both_dates_may_stand_in_one_cell_on_a_line_each() -> None:
    headings = (*HEADINGS[:-2], "Dates")
    rows = [[*values(e)[:-2], f"Délivré le {e.fr_issued}<br>Expire le {e.fr_expires}"] for e in HOSTS]
    exactly(page(table(headings, rows)))


def test_a_name_in_a_paragraph_with_its_siren_stands_over_the_paragraphs_of_its_certificates() -> None:
    second = {e.name: Entry(e.name, e.siren, "LNE", f"{at}-9", "v2.0", frozenset({5}), "2025-01-02", "2028-01-01")
              for at, e in enumerate(WITH_SIREN, 50100)}  # fmt: skip

    def draw(e: Entry) -> str:
        parts = ["<br>".join(f"{label} : {text}" for label, text in labelled(one, "Hébergeur", "SIREN"))
                 for one in (e, second[e.name])]  # fmt: skip
        return f"<p><strong>{escape(e.name)}</strong><br>SIREN : {e.siren}</p>" + "".join(
            f"<p>{part}</p>" for part in parts
        )

    exactly(every(draw, WITH_SIREN), [one for e in WITH_SIREN for one in (e, second[e.name])])


# ---- scripts -------------------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def plain(e: Entry) -> list[str]:
    return [e.name, e.siren, e.number, e.certifier, e.version, e.list_of_activities, e.fr_issued, e.fr_expires]


def scripted(code: str, body: str = '<div id="list"></div>') -> str:
    return page(f"{body}<script>\n{code}\n</script>")


OBJECTS = ",\n".join(
    "{ " + ", ".join(
        f"{key}: {quoted(text)}" for key, text in zip(
            ("nom", "siren", "numero", "organisme", "referentiel", "activites", "dateDelivrance", "dateEcheance"), plain(e),
            strict=True) if text
    ) + ", }" for e in HOSTS
)  # fmt: skip
ARRAYS = json.dumps([plain(e) for e in HOSTS], ensure_ascii=False)
COLUMNS = ", ".join(f"{{ title: {quoted(name)} }}" for name in HEADINGS)


def test_objects_may_be_written_as_people_write_them_in_scripts() -> None:
    exactly(
        scripted(f"// the list\nconst hosts = [\n{OBJECTS},\n]; /* end */\nhosts.forEach(function (h) {{ draw(h); }});")
    )


def test_rows_without_headings_belong_under_the_columns_that_the_script_gives() -> None:
    ready = "initComplete: function () { go(); }"
    exactly(scripted(f"var rows = {ARRAYS};\nnew DataTable('#list', {{ columns: [{COLUMNS}], data: rows, {ready} }});"))


def test_rows_without_headings_belong_under_the_headings_of_an_empty_table() -> None:
    exactly(scripted(f"var rows = {ARRAYS};", f"<table><thead>{row(HEADINGS, 'th')}</thead><tbody></tbody></table>"))


def test_rows_without_headings_are_not_read_where_two_tables_could_be_theirs() -> None:
    other = ("Hébergeur", "SIREN", "N° de certificat", "Organisme certificateur", "Référentiel", "Activités", "Expire le",
             "Délivré le")  # fmt: skip
    empty = "".join(f"<table><thead>{row(names, 'th')}</thead><tbody></tbody></table>" for names in (HEADINGS, other))
    assert read_page(scripted(f"var rows = {ARRAYS};", empty)).rows == []


def test_columns_and_rows_in_one_call_are_a_table() -> None:
    arrays = ", ".join("[" + ", ".join(map(quoted, plain(e))) + "]" for e in HOSTS)
    names = ", ".join(map(quoted, HEADINGS))
    exactly(scripted(f"new Grid('#list', {{ columns: [{names}], search: true, data: [{arrays}] }}).render();"))


def test_what_would_have_to_be_run_is_not_read() -> None:
    with pytest.raises(NoListFound):
        read_page(scripted(f"const hosts = [\n{OBJECTS.replace(quoted(HOSTS[2].number), 'numberOf(2)')}\n];"))


# ---- several things in one place -----------------------------------------------------------------------------------


def test_a_cell_may_tell_a_certificate_in_each_of_its_lines() -> None:
    second = {e.name: Entry(e.name, e.siren, "LNE", f"{at}-9", "", frozenset({5}), "2025-01-02", "2028-01-01")
              for at, e in enumerate(HOSTS, 50100)}  # fmt: skip
    pairs = [(replace(e, version=""), second[e.name]) for e in HOSTS]

    def phrase(e: Entry) -> str:
        period = f"du {e.fr_issued} au {e.fr_expires}"
        return f"<li>{e.number} – {escape(e.certifier)} – {period} – activités {e.list_of_activities}</li>"

    rows = [
        [escape(a.name), a.siren, f"<ul>{phrase(a)}{phrase(b) if at % 2 else ''}</ul>"]
        for at, (a, b) in enumerate(pairs)
    ]
    wanted = [e for at, (a, b) in enumerate(pairs) for e in ((a, b) if at % 2 else (a,))]
    exactly(page(table(("Hébergeur", "SIREN", "Certificats"), rows)), wanted)


@pytest.mark.parametrize("draw", [card, None])
def test_a_title_over_the_certified_and_the_suspended_alike_makes_nobody_suspended(
    draw: Callable[[Entry], str] | None,
) -> None:
    entries = "".join(map(draw, HOSTS)) if draw else table(HEADINGS, [values(e) for e in HOSTS])
    assert set(states(page(f"<h2>Hébergeurs certifiés ou suspendus</h2>{entries}"))) == {"unclear"}


def test_a_title_that_leaves_open_which_of_two_states_makes_the_state_unclear() -> None:
    parts = (("Hébergeurs certifiés", HOSTS[:4]), ("Certificats expirés ou retirés", HOSTS[4:]))
    body = page("".join(f"<h2>{title}</h2>{table(HEADINGS, [values(e) for e in part])}" for title, part in parts))
    assert states(body) == [None] * 4 + ["unclear"] * 2
