"""A page may show a part of its list without any pager: it is led on to the rest, or doubted; the whole is not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from string import ascii_uppercase

import pytest

from tests.crawler_reach.reach_sites import (
    CERTIFIERS,
    HEADINGS,
    NAMES,
    NOT_FOUND,
    PATH,
    Answered,
    Asked,
    Site,
    page,
    record,
    table,
    travel,
    under,
    values,
)

EACH = 4
PAGES = [NAMES[at : at + EACH] for at in range(0, len(NAMES), EACH)]
LAST = len(PAGES) - 1
BODY = Counter(values(name)[3] for name in NAMES).most_common(1)[0][0]
OF_ONE = [name for name in NAMES if values(name)[3] == BODY]
EMPTY = "<p>Aucun hébergeur.</p>"


def always(content: str) -> Site:
    """One page, whatever is asked of it."""
    return lambda asked: Answered(page(content)) if asked.path == PATH else NOT_FOUND


def links(parameter: str, choices: list[str] | tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li><a href='?{parameter}={one}'>{one}</a></li>" for one in choices) + "</ul>"


def box(name: str, choices: list[str] | tuple[str, ...]) -> str:
    options = "".join(f"<option>{one}</option>" for one in choices)
    return f"<form><select name='{name}'>{options}</select><button>Filtrer</button></form>"


def letters_with_numbers(asked: Asked) -> Answered:
    """Each letter says how many stand under it; one of them shows none of those."""
    shown = [one for one in "ABCEFGILNSV" if under(one)]
    index = " ".join(f"<a href='?lettre={one}'>{one} ({len(under(one))})</a>" for one in shown)
    letter = asked.query.get("lettre", "A")
    return Answered(page(f"<p>{index}</p>" + (EMPTY if letter == "S" else table(under(letter)))))


def tabs(filled: str) -> str:
    shown = [one for one in ascii_uppercase if under(one)]
    heads = "".join(f"<li role='tab'><a href='#t{one}'>{one}</a></li>" for one in shown)
    panels = (f"<div role='tabpanel' id='t{one}'>{table(under(one)) if one in filled else ''}</div>" for one in shown)
    return f"<ul role='tablist'>{heads}</ul>{''.join(panels)}"


PARTS: dict[str, Site] = {
    "entries of one body, others beside it as links": always(links("organisme", CERTIFIERS) + table(OF_ONE)),
    "entries of one body, others beside it in a box": always(box("organisme", CERTIFIERS) + table(OF_ONE)),
    "entries of one body, others beside it as buttons": always(
        "<form>"
        + "".join(f"<button name='oc' value='{one}'>{one}</button>" for one in CERTIFIERS)
        + "</form>"
        + table(OF_ONE)
    ),
    "entries of one body, others beside it each in a box": always(
        "".join(f"<div><a href='?oc={one}'>{one}</a></div>" for one in CERTIFIERS) + table(OF_ONE)
    ),
    "certificates of one year, another year beside it": always(links("annee", ["2025", "2024"]) + table(NAMES)),
    "the first page of the data, in a script that tells the total": always(
        "<script type='application/json'>"
        + json.dumps({"props": {"total": 16, "page": 1, "hosts": [record(name) for name in NAMES[:5]]}})
        + "</script>"
    ),
    "a count of those that are shown": always(table(NAMES[:5]) + "<p>5 sur 16 affichés</p>"),
    "a headline that says the latest": always("<h2>Derniers hébergeurs certifiés</h2>" + table(NAMES[:5])),
    "a sentence that says an extract": always("<p>Extrait de la liste officielle.</p>" + table(NAMES[:5])),
    "as many entries as the size that only a script can change": always(
        "<label>Afficher <select><option>5</option><option>10</option></select> par page</label>" + table(NAMES[:5])
    ),
    "a page that is full at its largest size": always(box("limit", ["5", "10"]) + table(NAMES[:10])),
    "tabs of letters that a script fills": always(tabs("A")),
    "a letter that shows none of the entries it promises": letters_with_numbers,
}


@pytest.mark.parametrize("case", PARTS)
def test_a_page_that_shows_a_part_is_doubted(case: str, tmp_path: Path) -> None:
    walked = travel(PARTS[case], tmp_path).walked
    assert walked.rows
    assert not walked.complete, case


def by_size(asked: Asked) -> Answered:
    size = asked.query.get("taille", "5")
    rows = NAMES if size == "tous" else NAMES[: int(size)]
    return Answered(page(box("taille", ["5", "10", "tous"]) + table(rows)))


def without_first(asked: Asked) -> Answered:
    at = int(asked.query.get("page", 0))
    back = f"<a href='?page={at - 1}'>‹ Précédent</a>" if at else ""
    on = f"<a href='?page={at + 1}'>Suivant ›</a>" if at < LAST else ""
    return Answered(page(table(PAGES[at]) + f"<p>{back} {on}</p>"))


def with_sessions_before(asked: Asked) -> Answered:
    """The session stands in the path as a folder of its own."""
    at, visit = int(asked.query.get("page", 1)) - 1, sum(map(ord, asked.url))
    turned = "".join(f"<a href='/(S(x{visit})){PATH}?page={n + 1}'>{n + 1}</a> " for n in range(4))
    return Answered(page(table(PAGES[at]) + turned))


def with_sessions(asked: Asked) -> Answered:
    """Every answer gives its links another session."""
    at, visit = int(asked.query.get("page", 1)) - 1, sum(map(ord, asked.url))
    address = asked.path.partition(";")[0] + f";jsessionid={visit}"
    return Answered(
        page(table(PAGES[at]) + "".join(f"<a href='{address}?page={n + 1}'>{n + 1}</a> " for n in range(4)))
    )


def in_pieces(asked: Asked) -> Answered:
    at = int(asked.query.get("morceau", 0))
    on = f" data-next-url='?morceau={at + 1}'" if at < LAST else ""
    return Answered(page(f"<div class='liste'{on}>{table(PAGES[at])}</div>"))


def by_offset_and_limit(asked: Asked) -> Answered:
    at = int(asked.query.get("offset", 0))
    on = f"<a href='?offset={at + EACH}&amp;limit={EACH}'>Suite</a>" if at + EACH < len(NAMES) else ""
    return Answered(page(table(NAMES[at : at + EACH]) + on))


def latest_beside_file(asked: Asked) -> Answered:
    if asked.path == "/hds/liste.csv":
        rows = [";".join(f'"{value}"' for value in row) for row in (HEADINGS, *map(values, NAMES))]
        return Answered("\r\n".join(rows), "text/csv; charset=utf-8")
    link = "<p><a href='/hds/liste.csv'>Liste des hébergeurs certifiés (CSV)</a></p>"
    return Answered(page("<h2>Derniers hébergeurs certifiés</h2>" + table(NAMES[:5]) + link))


def by_number(asked: Asked) -> Answered:
    """The list names hosts and certificates; each number leads to the certificate."""
    if asked.path == PATH:
        rows = (
            f"<tr><td>{n}</td><td><a href='/certificat/{i}'>{values(n)[4]}</a></td></tr>" for i, n in enumerate(NAMES)
        )
        return Answered(page(f"<table><tr><th>Hébergeur</th><th>N° de certificat</th></tr>{''.join(rows)}</table>"))
    return Answered(page(table([NAMES[int(asked.path.rpartition("/")[2])]]), title="Certificat"))


WHOLE: dict[str, Site] = {
    "a box that makes the page show all": by_size,
    "another session in the path of every link": with_sessions,
    "another session before the path of every link": with_sessions_before,
    "an address in the block that a reader scrolls to the end of": in_pieces,
    "a next that gives the size as well": by_offset_and_limit,
    "the latest beside the file of all": latest_beside_file,
    "numbers that lead to the certificates": by_number,
    "tabs of letters that are all there": always(tabs("ABCEFGILNSV") + table(NAMES[-1:])),
    "anchors of letters, some without a place": always(
        "<nav>"
        + "".join(f"<a href='#l{one}'>{one}</a> " for one in "ABCDEFGHILNSV")
        + "</nav>"
        + "".join(f"<h2 id='l{one}'>{one}</h2>" + table(under(one)) for one in "ABCEFGILNSV" if under(one))
        + "<h2>0-9</h2>"
        + table(NAMES[-1:])
    ),
    "all the bodies, of which one may be chosen": always(box("organisme", ["Tous", *CERTIFIERS]) + table(NAMES)),
    "one référentiel, while all of them are shown": always(
        "<p><strong>Tous</strong> <a href='?ref=v1'>v1</a> <a href='?ref=v2'>v2</a></p>" + table(NAMES)
    ),
    "prose about first certificates and an extract of the law": always(
        "<p>Les premiers certificats ont été délivrés en 2018.</p>"
        "<p>Extrait de l'arrêté du 11 juin 2018 : tout hébergeur doit être certifié.</p>" + table(NAMES)
    ),
    "subjects of a site, of which this is one": always(
        "<ul><li><a href='?id=2'>HDS</a></li><li><a href='?id=3'>PGSSI-S</a></li></ul>" + table(NAMES)
    ),
    "the latest in a block of their own": always(
        f"<h2>Derniers hébergeurs certifiés</h2><ul><li>{NAMES[0]}</li></ul><h2>Liste</h2>" + table(NAMES)
    ),
    "a box of sizes that the page does not keep to": always(
        "<label>Afficher <select><option>5</option><option>10</option></select></label>" + table(NAMES)
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_what_a_page_offers_for_the_rest_is_taken_and_a_whole_list_is_believed(case: str, tmp_path: Path) -> None:
    trip = travel(WHOLE[case], tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_a_start_that_is_not_the_first_page_is_read_backwards_too(tmp_path: Path) -> None:
    trip = travel(without_first, tmp_path, start=f"http://liste.example{PATH}?page=2")
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_a_page_in_the_middle_with_far_fewer_entries_than_the_others_is_doubted(tmp_path: Path) -> None:
    """The last page may be short; one before it was cut."""

    def site(asked: Asked) -> Answered:
        at = int(asked.query.get("page", 0))
        shown = NAMES[5 * at : 5 * at + (2 if at == 1 else 5)]
        return Answered(page(table(shown) + "".join(f"<a href='?page={n}'>{n + 1}</a> " for n in range(4))))

    (doubt,) = travel(site, tmp_path).walked.doubts
    assert "page=1 shows 2 entries, fewer than the other pages" in doubt


def test_pages_that_state_different_totals_are_doubted(tmp_path: Path) -> None:
    """The list changed while it was read; what was moved from page to page may be missing."""

    def site(asked: Asked) -> Answered:
        at = int(asked.query.get("page", 0))
        total = f"<p>{len(NAMES) + (at > 1)} hébergeurs certifiés</p>"
        return Answered(page(total + table(PAGES[at]) + "".join(f"<a href='?page={n}'>{n + 1}</a> " for n in range(4))))

    assert "state different totals, 16 and 17" in travel(site, tmp_path).walked.doubts[0]


def test_digits_among_letters_are_no_pages(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        shown = [one for one in ascii_uppercase if under(one)]
        letter = asked.query.get("l", "A")
        index = " ".join(f"<a href='?l={one}'>{one}</a>" for one in ("3", *shown))
        return Answered(page(f"<p>{index}</p>" + table(under("#" if letter == "3" else letter))))

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_a_choice_that_the_given_address_makes_is_not_doubted(tmp_path: Path) -> None:
    site = always(links("organisme", CERTIFIERS) + table(OF_ONE))
    start = f"http://liste.example{PATH}?organisme=AFNOR"
    assert travel(site, tmp_path, start=start).walked.doubts == []


def test_a_page_of_one_host_that_tells_of_another_listed_host_is_not_believed(tmp_path: Path) -> None:
    """Its headline says the right name, its table another entry of the list."""

    def site(asked: Asked) -> Answered:
        if asked.path == PATH:
            return Answered(page("".join(f"<p><a href='/hote/{i}'>{n}</a></p>" for i, n in enumerate(NAMES))))
        at = int(asked.path.rpartition("/")[2])
        return Answered(page(table([NAMES[8 if at == 7 else at]]), title=NAMES[at]))

    assert not travel(site, tmp_path).walked.complete
