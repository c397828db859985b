"""Every page of a list is reached once, whatever way the site has of splitting it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.crawler_reach.reach_sites import (
    LETTERS,
    NAMES,
    NOT_FOUND,
    PATH,
    Answered,
    Asked,
    Site,
    page,
    table,
    travel,
    under,
    values,
)  # fmt: skip

SIZE = 4
PAGES = [NAMES[at : at + SIZE] for at in range(0, len(NAMES), SIZE)]


def offered(letter: str) -> bool:
    return bool(under(letter))


def letter_link(letter: str, href: str) -> str:
    return f"<li><a href='{escape(href)}'>{letter}</a></li>" if offered(letter) else f"<li><span>{letter}</span></li>"


# --- one page, pagers -------------------------------------------------------------------------------------------------


def single(asked: Asked) -> Answered:
    return Answered(page(table(NAMES))) if asked.path == PATH else NOT_FOUND


def paged(links: Callable[[int], str], key: str = "page", first: int = 0) -> Site:
    def site(asked: Asked) -> Answered:
        if asked.path != PATH:
            return NOT_FOUND
        at = int(asked.query.get(key, first)) - first
        return (
            Answered(page(table(PAGES[at]) + links(at)))
            if 0 <= at < len(PAGES)
            else Answered(page("<p>Aucun résultat</p>"))
        )

    return site


def numbered(at: int) -> str:
    items = "".join(
        f"<li class='pager__item is-active'>{n + 1}</li>"
        if n == at
        else f"<li class='pager__item'><a href='?page={n}'>{n + 1}</a></li>"
        for n in range(len(PAGES))
    )
    return f"<nav class='pager' aria-label='Pagination'><ul>{items}</ul></nav>"


def with_ellipsis(at: int) -> str:
    shown = sorted({0, max(0, at - 1), at, min(len(PAGES) - 1, at + 1), len(PAGES) - 1})
    items = " … ".join(f"<strong>{n + 1}</strong>" if n == at else f"<a href='?page={n}'>{n + 1}</a>" for n in shown)
    return f"<div class='pagination'>{items}</div>"


def only_next(at: int) -> str:
    return f"<p><a href='?page={at + 1}'>Page suivante ›</a></p>" if at + 1 < len(PAGES) else "<p>Page suivante ›</p>"


def rel_next(at: int) -> str:
    return f"<a rel='next' href='{PATH}?page={at + 1}'>Charger plus</a>" if at + 1 < len(PAGES) else ""


def box(at: int) -> str:
    options = "".join(
        f"<option value='{n}'{' selected' if n == at else ''}>Page {n + 1}</option>" for n in range(len(PAGES))
    )
    choice = f"<select name='page'>{options}</select><input type='submit' value='Aller'>"
    return f"<form method='get' action='{PATH}'>{choice}</form>"


def buttons(at: int) -> str:
    items = "".join(f"<button name='page' value='{n}'>{n + 1}</button>" for n in range(len(PAGES)))
    return f"<form class='pagination' method='get' action='{PATH}'>{items}</form>"


def posted(at: int) -> str:
    items = "".join(
        f"<button type='submit' name='page' value='{n}'>{n + 1}</button>" for n in range(len(PAGES)) if n != at
    )
    return (
        f"<form class='pager' method='post' action='{PATH}'><input type='hidden' name='jeton' value='x1'>{items}</form>"
    )


def with_sizes(at: int) -> str:
    return (
        "<p>Afficher <a href='?par_page=10'>10</a> <a href='?par_page=25'>25</a> "
        "<a href='?par_page=50'>50</a> par page</p>" + numbered(at)
    )


def of_text(at: int) -> str:
    onward = f"<a href='?page={at + 1}'>&gt;</a>" if at + 1 < len(PAGES) else ""
    return f"<div class='pages'>Page {at + 1} sur {len(PAGES)} {onward}</div>"


def in_path(asked: Asked) -> Answered:
    at = int(asked.path.rpartition("/page/")[2]) - 1 if "/page/" in asked.path else 0
    if not asked.path.startswith(PATH) or at >= len(PAGES):
        return NOT_FOUND
    items = "".join(
        f"<a class='page-numbers' href='{PATH}/page/{n + 1}'>{n + 1}</a>" for n in range(len(PAGES)) if n != at
    )
    return Answered(page(table(PAGES[at]) + f"<div class='nav-links'>{items}</div>"))


def head_next(asked: Asked) -> Answered:
    at = int(asked.query.get("page", 0))
    head = f"<link rel='next' href='?page={at + 1}'>" if at + 1 < len(PAGES) else ""
    return Answered(page(table(PAGES[at]), head=head))


def base_href(asked: Asked) -> Answered:
    at = int(asked.query.get("p", 0))
    if asked.path != "/autre/liste":
        return Answered(status=302, headers={"location": "/autre/liste"}) if asked.path == PATH else NOT_FOUND
    onward = f"<a href='liste?p={at + 1}'>Suivant</a>" if at + 1 < len(PAGES) else ""
    return Answered(page(table(PAGES[at]) + onward, head="<base href='/autre/'>"))


def other_pager(asked: Asked) -> Answered:
    more = "<ul class='pager'><li><a href='?page=0,1'>2</a></li></ul>"
    news = f"<aside><h2>Actualités</h2><ul><li>Un billet</li></ul>{more}</aside>"
    block = (
        "<section><h2>Agenda</h2><p>Réunion publique à Nantes, puis à Lyon</p>"
        "<div class='pagination'><a href='?agenda=2'>2</a> <a href='?agenda=3'>3</a></div></section>"
    )
    return Answered(page(table(NAMES) + news + block))


def archive(asked: Asked) -> Answered:
    years = "".join(f"<li><a href='/archives/{year}'>{year}</a></li>" for year in range(2019, 2027))
    return Answered(page(table(NAMES) + f"<ul class='annees'>{years}</ul>"))


# --- letters ----------------------------------------------------------------------------------------------------------


def by_parameter(asked: Asked) -> Answered:
    letter = asked.query.get("lettre")
    index = "<ul class='alphabet'>" + "".join(letter_link(one, f"?lettre={one}") for one in LETTERS) + "</ul>"
    shown = table(under(letter)) if letter else "<p>Choisissez une lettre.</p>"
    return Answered(page(index + shown))


def first_letter_shown(asked: Asked) -> Answered:
    letter = asked.query.get("lettre", "A")
    links = [f"<strong>{one}</strong>" if one == letter else f"<a href='?lettre={one}'>{one}</a>" for one in LETTERS]
    shown = table(under(letter)) if under(letter) else "<p>Aucun hébergeur pour cette lettre.</p>"
    return Answered(
        page(f"<div class='glossaire'>{' | '.join(links)}</div><p>{len(under(letter))} hébergeurs</p>{shown}")
    )


def all_and_letters(asked: Asked) -> Answered:
    letter = asked.query.get("lettre", "")
    links = ["<a href='?lettre='>Tous</a>", *(f"<a href='?lettre={one}'>{one}</a>" for one in LETTERS if offered(one))]
    names = under(letter) if letter else NAMES
    return Answered(page(f"<div class='az'>{' '.join(links)}</div>{table(names)}"))


def by_path(asked: Asked) -> Answered:
    letter = asked.path.removeprefix(PATH).strip("/")
    index = "".join(letter_link(one, f"{PATH}/{one.lower()}") for one in LETTERS)
    shown = table(under(letter.upper())) if letter else ""
    return Answered(page(f"<ol>{index}</ol>{shown}"))


def list_box(asked: Asked) -> Answered:
    options = "<option value='All'>- Tout -</option>" + "".join(
        f"<option value='{one}'>{one}</option>" for one in LETTERS
    )
    choice = f"<select name='initiale'>{options}</select><button>Appliquer</button>"
    form = f"<form action='{PATH}' method='get'>{choice}</form>"
    letter = asked.query.get("initiale")
    if letter in (None, "All"):
        return Answered(page(form + (table(NAMES) if letter else "")))
    return Answered(page(form + (table(under(letter)) if under(letter) else "<p>Aucun résultat.</p>")))


def ranges(asked: Asked) -> Answered:
    groups = ["A-D", "E-H", "I-M", "N-R", "S-Z", "0-9"]
    group = asked.query.get("g")
    names = [n for n in NAMES if group and any(n in under(chr(c)) for c in range(ord(group[0]), ord(group[-1]) + 1))]
    if group == "0-9":
        names = under("0-9")
    index = "".join(f"<a class='letter' href='?g={one}'>{one}</a>" for one in groups)
    return Answered(page(f"<div>{index}</div>" + (table(names) if group else "")))


def paged_letters(asked: Asked) -> Answered:
    letter, at = asked.query.get("lettre"), int(asked.query.get("page", 0))
    index = "<ul>" + "".join(letter_link(one, f"?lettre={one}") for one in LETTERS) + "</ul>"
    if not letter:
        return Answered(page(index))
    names = under(letter)
    parts = [names[n : n + 1] for n in range(len(names))]
    links = "".join(
        f"<li><a href='?lettre={letter}&amp;page={n}'>{n + 1}</a></li>" for n in range(len(parts)) if n != at
    )
    pager = f"<ul class='pagination'>{links}</ul>" if len(parts) > 1 else ""
    return Answered(page(index + table(parts[at]) + pager))


def counted(asked: Asked) -> Answered:
    letter = asked.query.get("l")
    index = "".join(f"<a href='?l={one}'>{one} ({len(under(one))})</a> " for one in LETTERS if offered(one))
    return Answered(page(f"<p>{index}</p>" + (table(under(letter)) if letter else "")))


def accents(asked: Asked) -> Answered:
    letters = [*LETTERS, "É", "#"]
    letter = asked.query.get("lettre")
    index = "".join(f"<li><a href='?lettre={quote(one)}'>{one}</a></li>" for one in letters)
    if not letter:
        return Answered(page(f"<ul>{index}</ul>"))
    names = under({"É": "E", "#": "0-9"}.get(letter, letter))
    return Answered(page(f"<ul>{index}</ul>" + (table(names) if names else "<p>Aucun résultat</p>")))


def only_anchors(asked: Asked) -> Answered:
    index = "".join(f"<a href='#lettre-{one}'>{one}</a> " for one in LETTERS if offered(one))
    sections = "".join(f"<h2 id='lettre-{one}'>{one}</h2>{table(under(one))}" for one in LETTERS if offered(one))
    return Answered(page(f"<p>{index}</p>{sections}"))


def client_filter(asked: Asked) -> Answered:
    index = "".join(f"<a href='?lettre={one}'>{one}</a> " for one in LETTERS if offered(one))
    return Answered(page(f"<div class='filtre-lettre'>{index}</div>{table(NAMES)}"))


def posted_letters(asked: Asked) -> Answered:
    letter = asked.query.get("lettre") if asked.method == "POST" else None
    buttons_ = "".join(
        f"<button type='submit' name='lettre' value='{one}'>{one}</button>" for one in LETTERS if offered(one)
    )
    form = f"<form method='post' action='{PATH}'><input type='hidden' name='etat' value='dDw0'>{buttons_}</form>"
    return Answered(page(form + (table(under(letter)) if letter else "<p>Choisissez une lettre</p>")))


def glossary_elsewhere(asked: Asked) -> Answered:
    index = "".join(f"<a href='#{one}'>{one}</a> " for one in "ABC")
    terms = "".join(f"<dt id='{one}'>{one}gent</dt><dd>Une définition</dd>" for one in "ABC")
    return Answered(page(table(NAMES) + f"<section><h2>Glossaire</h2><p>{index}</p><dl>{terms}</dl></section>"))


EVERYTHING: dict[str, Site] = {
    "one page": single,
    "numbered pager": paged(numbered),
    "pager with gaps": paged(with_ellipsis),
    "only a next link": paged(only_next),
    "rel=next with the words 'load more'": paged(rel_next),
    "a list box of pages": paged(box),
    "buttons in a form": paged(buttons),
    "buttons in a form that posts": paged(posted),
    "a pager beside the choice of page sizes": paged(with_sizes),
    "page x of y": paged(of_text),
    "pages counted from one": paged(
        lambda at: numbered(at).replace("?page=", "?p=").replace("?p=0", "?p=9999"), "p", 0
    ),
    "pages in the path": in_path,
    "rel=next in the head": head_next,
    "relative links under a base": base_href,
    "pagers of other blocks": other_pager,
    "years of an archive": archive,
    "letters as a parameter, empty start page": by_parameter,
    "letters with the first one shown": first_letter_shown,
    "letters and all": all_and_letters,
    "letters in the path": by_path,
    "letters in a list box": list_box,
    "ranges of letters": ranges,
    "letters with pages inside": paged_letters,
    "letters with counts": counted,
    "accented letters and a hash": accents,
    "letters that only jump on the page": only_anchors,
    "letters that a script filters by": client_filter,
    "letters in a form that posts": posted_letters,
    "a glossary's own letters": glossary_elsewhere,
}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_every_host_is_found_once_and_without_a_doubt(kind: str, tmp_path: Path) -> None:
    trip = travel(EVERYTHING[kind], tmp_path)
    assert sorted(trip.names) == sorted(NAMES), kind
    assert trip.walked.doubts == []
    assert len(trip.asked) == len(set(trip.asked)) or "post" in kind


def test_values_stay_with_their_host(tmp_path: Path) -> None:
    trip = travel(paged_letters, tmp_path)
    for row in trip.walked.rows:
        assert row.cells["number"].text == values(row.cells["legal_name"].text)[4]
