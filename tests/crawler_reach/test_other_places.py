"""A list that is not on the page itself is found where the page says: scripts, files, frames, pages of single hosts."""

from __future__ import annotations

import csv
import io
import json
import re
from html import escape
from pathlib import Path

import pytest

from registry.errors import SourceError
from registry.text import slug
from tests.crawler_reach.drupal_sites import DRUPAL, letters_row
from tests.crawler_reach.reach_sites import (
    HEADINGS,
    NAMES,
    NOT_FOUND,
    PATH,
    START,
    Answered,
    Asked,
    Site,
    as_json,
    page,
    record,
    table,
    travel,
    under,
    values,
)

# --- data ---


def endpoint_in_a_script(asked: Asked) -> Answered:
    if asked.path == "/api/hebergeurs":
        return as_json({"hebergeurs": [record(name) for name in NAMES]})
    return Answered(
        page("<div id='app'>Chargement…</div><script>fetch('/api/hebergeurs').then(r => r.json())</script>")
    )


def endpoint_in_an_attribute(asked: Asked) -> Answered:
    if asked.path == "/data/liste":
        return as_json([record(name) for name in NAMES])
    return Answered(page("<div class='tableau' data-url='/data/liste'></div><p>Chargement des données</p>"))


def endpoint_by_letter(asked: Asked) -> Answered:
    if asked.path == "/api/hebergeurs":
        return as_json({"resultats": [record(name) for name in under(asked.query["lettre"])]})
    return Answered(page(letters_row("/api/hebergeurs?lettre={}") + "<div id='resultats'></div>"))


def data_pages(asked: Asked) -> Answered:
    at = int(asked.query.get("page", 1))
    part = NAMES[(at - 1) * 10 : at * 10]
    body: dict[str, object] = {"data": [record(name) for name in part], "meta": {"total": len(NAMES)}, "links": {}}
    if at * 10 < len(NAMES):
        body["links"] = {"next": {"href": f"{START}?page={at + 1}"}}
    return as_json(body)


def data_page_numbers(asked: Asked) -> Answered:
    at = int(asked.query.get("page", 1))
    return as_json({"page": at, "pages": 2, "items": [record(name) for name in NAMES[(at - 1) * 10 : at * 10]]})


def data_offsets(asked: Asked) -> Answered:
    at = int(asked.query.get("offset", 0))
    return as_json(
        {"total": len(NAMES), "offset": at, "limit": 10, "results": [record(n) for n in NAMES[at : at + 10]]}
    )


def data_link_header(asked: Asked) -> Answered:
    at = int(asked.query.get("page", 1))
    answer = as_json([record(name) for name in NAMES[(at - 1) * 10 : at * 10]])
    if at < 2:
        answer.headers["link"] = f'<{PATH}?page={at + 1}>; rel="next", <{PATH}?page=2>; rel="last"'
    return answer


def markup_in_json(asked: Asked) -> Answered:
    if asked.path == "/ajax/liste":
        return as_json({"ok": True, "html": table(NAMES)})
    return Answered(page("<div data-ajax-url='/ajax/liste'>Chargement</div>"))


def jsonapi(asked: Asked) -> Answered:
    if asked.path == "/jsonapi/node/hebergeur":
        at = int(asked.query.get("page[offset]", 0))
        items = [{"type": "node--hebergeur", "id": str(n), "attributes": record(name)} for n, name in enumerate(NAMES)][
            at : at + 10
        ]
        body: dict[str, object] = {"jsonapi": {"version": "1.0"}, "data": items, "links": {"self": {"href": asked.url}}}
        if at + 10 < len(NAMES):
            body["links"] = {
                "next": {"href": f"http://liste.example/jsonapi/node/hebergeur?page%5Boffset%5D={at + 10}"}
            }
        return Answered(json.dumps(body), "application/vnd.api+json")
    return Answered(page("<p><a href='/jsonapi/node/hebergeur'>Données ouvertes au format JSON:API</a></p>"))


def as_csv(names: tuple[str, ...] | list[str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADINGS)
    writer.writerows(values(name) for name in names)
    return text.getvalue().encode(encoding)


def csv_file(asked: Asked) -> Answered:
    if asked.path.endswith(".csv"):
        return Answered(as_csv(NAMES, "cp1252"), "application/octet-stream")
    if asked.path.endswith(".pdf"):
        return NOT_FOUND
    links = (
        "<p>Téléchargez <a href='/files/referentiel-hds.pdf'>le référentiel</a>.</p>"
        "<p>La liste des hébergeurs certifiés : <a href='/files/liste-hebergeurs.csv'>CSV (12 ko)</a></p>"
    )
    return Answered(page(links))


def csv_parts(asked: Asked) -> Answered:
    if asked.path.endswith(".csv"):
        first = {name for letter in "ABCDEFGHIJKLM" for name in under(letter)}
        return Answered(as_csv([name for name in NAMES if (name in first) == ("a-m" in asked.path)]), "text/csv")
    parts = ("a-m", "n-z")
    links = "".join(f"<li><a href='/f/hebergeurs-{one}.csv'>Hébergeurs {one.upper()} (CSV)</a></li>" for one in parts)
    return Answered(page(f"<ul>{links}</ul>"))


def excerpt_and_file(asked: Asked) -> Answered:
    if asked.path.endswith(".csv"):
        return Answered(as_csv(NAMES), "text/csv")
    return Answered(page(
        f"<h2>Derniers certifiés</h2>{table(NAMES[:4])}<p>La liste complète des hébergeurs est disponible ici : "
        "<a href='/f/hebergeurs.csv'>liste complète (CSV)</a></p>"
    ))  # fmt: skip


def export_button(asked: Asked) -> Answered:
    if asked.path.endswith(".csv"):
        return NOT_FOUND
    return Answered(page(table(NAMES) + "<a class='button' href='/f/export.csv'>Exporter</a>"))


def framed(asked: Asked) -> Answered:
    if asked.path == "/cadre":
        return Answered(page(table(NAMES)))
    return Answered(page("<iframe src='/cadre' title='Liste'></iframe>"))


def hub(asked: Asked) -> Answered:
    if asked.path == "/hds/liste":
        return Answered(page(table(NAMES)))
    return Answered(
        page("<p>La certification HDS.</p><p><a href='/hds/liste'>Consulter la liste des hébergeurs certifiés</a></p>")
    )


def refreshed(asked: Asked) -> Answered:
    if asked.path == "/nouvelle-liste":
        return Answered(page(table(NAMES)))
    return Answered(
        "<html><head><meta http-equiv='refresh' content=\"0; url='/nouvelle-liste'\"></head><body></body></html>"
    )


# --- pages of single hosts ---


def own_page(name: str, *, titled: bool = True) -> str:
    pairs = "".join(
        f"<dt>{escape(h)}</dt><dd>{escape(v)}</dd>" for h, v in list(zip(HEADINGS, values(name), strict=True))[1:]
    )
    return page(f"<dl>{pairs}</dl><p>Voir aussi : <a href='/h/autre'>{NAMES[0]}</a></p>", title=name)


def host_at(path: str) -> str | None:
    return next((name for name in NAMES if path.rpartition("/")[2] == slug(name)), None)


def names_with_links(asked: Asked) -> Answered:
    if name := host_at(asked.path):
        return Answered(own_page(name))
    items = "".join(
        f"<li class='item'><a href='/hds/hebergeurs/{slug(name)}'>{escape(name)}</a></li>" for name in NAMES
    )
    return Answered(page(f"<ul class='liste'>{items}</ul><p><a href='/contact'>Nous écrire</a></p>"))


def short_table_with_links(asked: Asked) -> Answered:
    if name := host_at(asked.path):
        return Answered(own_page(name))
    return Answered(page(table(NAMES, linked=lambda name: f"/hds/hebergeurs/{slug(name)}", columns=3)))


def cards_with_more(asked: Asked) -> Answered:
    if name := host_at(asked.path):
        return Answered(own_page(name))
    cards = "".join(
        f"<article class='card'><h3>{escape(name)}</h3><p>Activités : {values(name)[1]}</p>"
        f"<p>Référentiel : {values(name)[2]}</p>"
        f"<a href='/fiche/{slug(name)}'>En savoir plus</a></article>"
        for name in NAMES
    )
    return Answered(page(f"<div class='cards'>{cards}</div>"))


def rows_with_data_href(asked: Asked) -> Answered:
    if name := host_at(asked.path):
        return Answered(own_page(name))

    def row(found: re.Match[str]) -> str:
        return f"<tr data-href='/h/{slug(found.group(1))}'>{found.group(0).removeprefix('<tr>')}"

    return Answered(page(re.sub(r"<tr><td>(.*?)</td>", row, table(NAMES, columns=2))))


def letters_of_links(asked: Asked) -> Answered:
    if name := host_at(asked.path):
        return Answered(own_page(name))
    letter = asked.query.get("lettre")
    items = "".join(
        f"<li><a href='/h/{slug(name)}'>{escape(name)}</a></li>" for name in (under(letter) if letter else [])
    )
    shown = f"<ul class='hotes'>{items}</ul>" if items else "<p>Aucun hébergeur</p>" if letter else ""
    return Answered(page(letters_row() + shown))


def whole_table_with_links(asked: Asked) -> Answered:
    if asked.path.startswith("/h/"):
        return NOT_FOUND
    return Answered(page(table(NAMES, linked=lambda name: f"/h/{slug(name)}")))


EVERYTHING: dict[str, Site] = {
    **{f"Views Ajax: {kind}": site for kind, site in DRUPAL.items()},
    "an endpoint in a script": endpoint_in_a_script,
    "an endpoint in an attribute": endpoint_in_an_attribute,
    "an endpoint asked letter by letter": endpoint_by_letter,
    "JSON with links.next": data_pages,
    "JSON with page numbers": data_page_numbers,
    "JSON with offsets and a total": data_offsets,
    "JSON with a Link header": data_link_header,
    "markup inside JSON": markup_in_json,
    "JSON:API": jsonapi,
    "a CSV file beside other documents": csv_file,
    "a CSV file in parts": csv_parts,
    "an excerpt and a file with the whole list": excerpt_and_file,
    "a whole list with an export button": export_button,
    "a frame": framed,
    "a page that leads to the list": hub,
    "a page that refreshes to another": refreshed,
    "names that link to pages of their own": names_with_links,
    "a short table that links to more": short_table_with_links,
    "cards with a 'more' link": cards_with_more,
    "rows with an address": rows_with_data_href,
    "letters of names that link to pages": letters_of_links,
    "a whole table whose links are not needed": whole_table_with_links,
}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_every_host_and_its_certificate_is_found(kind: str, tmp_path: Path) -> None:
    trip = travel(EVERYTHING[kind], tmp_path)
    assert sorted(trip.names) == sorted(NAMES), kind
    assert trip.walked.doubts == []
    for row in trip.walked.rows:
        expected = values(row.cells["legal_name"].text.strip())
        assert row.cells["number"].text.strip() == expected[4]
        assert row.cells["expires_on"].text.strip() == expected[6]
    assert len(trip.asked) == len(set(trip.asked)) or "POST" in kind


def test_values_of_two_pages_keep_the_proof_of_each(tmp_path: Path) -> None:
    trip = travel(cards_with_more, tmp_path)
    row = trip.walked.rows[0]
    assert row.url.startswith("http://liste.example/fiche/")
    assert row.cells["expires_on"].sha256 in (None, row.sha256)


def test_a_list_offered_only_on_another_site_is_named_and_not_followed(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        assert asked.url.startswith("http://liste.example/")
        return Answered(
            page("<p>La liste des hébergeurs : <a href='https://data.example/liste-hebergeurs.csv'>CSV</a></p>")
        )

    with pytest.raises(SourceError, match=r"https://data\.example/liste-hebergeurs\.csv") as refused:
        travel(site, tmp_path)
    assert refused.value.code == "no_list"


def test_a_page_without_a_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        travel(lambda asked: Answered(page("<p>Un texte sur la certification.</p>")), tmp_path)
    assert refused.value.code == "no_list"
