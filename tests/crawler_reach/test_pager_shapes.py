"""Pagers in the shapes that sites give them: each is followed to its end, or doubted; none is passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import ascii_uppercase

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
)

EACH = 2
PAGES = [NAMES[at : at + EACH] for at in range(0, len(NAMES), EACH)]
LAST = len(PAGES) - 1


def turning(links: Callable[[int], str], at: Callable[[Asked], int] | None = None) -> Site:
    """A list of two entries a page, with what `links` prints below page `at`, counted from zero."""

    def site(asked: Asked) -> Answered:
        number = at(asked) if at else int(asked.query.get("page", 0))
        return Answered(page(table(PAGES[number]) + links(number))) if asked.path == PATH else NOT_FOUND

    return site


def onward(link: str) -> Callable[[int], str]:
    """The same link on every page but the last; `{next}` is the number of the next page."""
    return lambda at: link.format(next=at + 1, behind=(at + 1) * EACH) if at < LAST else ""


def by_offset(asked: Asked) -> int:
    return int(asked.query.get("offset", 0)) // EACH


def other_path(asked: Asked) -> Answered:
    """The second page stands at another address that prints no number in its path."""
    at = int(asked.query.get("n", 0)) if asked.path == "/portail/suite.php" else 0
    if asked.path not in (PATH, "/portail/suite.php"):
        return NOT_FOUND
    body = page(table(PAGES[at]) + (f"<a href='suite.php?n={at + 1}'>Suivant</a>" if at < LAST else ""))
    return Answered(body.replace("<head>", "<head><base href='/portail/'>", 1))


def whole_behind_all(asked: Asked) -> Answered:
    if asked.path != PATH:
        return NOT_FOUND
    return Answered(
        page(table(NAMES) if asked.query.get("tout") else table(PAGES[0]) + "<a href='?tout=oui'>Voir tout</a>")
    )


def session(at: int) -> str:
    return "".join(f"<li><a href='?page={n}&amp;PHPSESSID={at}abcdef'>{n + 1}</a></li>" for n in range(LAST + 1))


FOLLOWED: dict[str, Site] = {
    "offset and limit": turning(onward("<a href='?offset={behind}&amp;limit=2'>Page suivante</a>"), by_offset),
    "a mini pager that prints only where it is": turning(
        lambda at: f"<nav class='pager'><li class='is-active'>Page {at + 1}</li>"
        + onward("<li><a href='?page={next}' rel='next'>››</a></li>")(at) + "</nav>"),
    "more, with its address in an attribute": turning(
        onward("<button type='button' data-url='?page={next}'>Voir plus</button>")),
    "a form that asks for the next page": turning(
        onward("<form><input type='hidden' name='page' value='{next}'><button>Suivant</button></form>")),
    "a form that is posted": turning(
        onward("<form method='post'><button name='page' value='{next}'>Suivant</button></form>")),
    "an address with the number of the visit": turning(lambda at: f"<ul class='pager'>{session(at)}</ul>"),
    "addresses relative to a base elsewhere": other_path,
    "all of it behind one link": whole_behind_all,
    "so many next results": turning(onward("<a class='btn' href='?page={next}'>Les 2 suivants</a>")),
    "an arrow without a word": turning(onward("<a href='?page={next}'><img src='/droite.png'></a>")),
    "a sealed address": turning(
        lambda at: f"<a href='?page={at + 1}&amp;cHash=ab{at}f'><i class='r'></i></a>" if at < LAST else ""),
    "numbers of entries": turning(
        lambda at: "".join(f"<a href='?page={n}'>{n * EACH + 1}-{n * EACH + EACH}</a> " for n in range(LAST + 1))),
    "an endless page with its next address": turning(
        onward("<div class='infinite-scroll' data-next-url='?page={next}'></div>")),
}  # fmt: skip

DOUBTED: dict[str, Site] = {
    "more, for a script only": turning(onward("<a href='#' class='btn'>Voir plus</a>")),
    "numbers for a script only": turning(
        lambda at: "<p>1 " + " ".join(f"<a href=\"javascript:go({n})\">{n}</a>" for n in range(2, LAST + 2)) + "</p>"),
    "two pages, the second for a script": turning(lambda at: "<p><span>1</span> <a href='#'>2</a></p>"),
    "numbers that are no links": turning(
        lambda at: "<ul>" + "".join(f"<li onclick='go({n})'>{n}</li>" for n in range(1, LAST + 2)) + "</ul>"),
    "next that is no link": turning(onward("<div role='button' tabindex='0'>Suivant</div>")),
    "a box of pages without a form": turning(lambda at: "<select onchange='go()'>"
        + "".join(f"<option value='{n}'>Page {n}</option>" for n in range(1, LAST + 2)) + "</select>"),
    "the next page on another site": turning(onward("<a rel='next' href='https://other.example/?page={next}'>›</a>")),
    "an endless page without an address": turning(lambda at: "<div class='scroll-sentinel'></div>"),
    "a number of pages in an attribute": turning(lambda at: "<div data-total-pages='8'></div>"),
    "page one of six, and no pager": turning(lambda at: "<p>Page 1 / 6</p>"),
    "a next page that shows something else": turning(
        lambda at: "<a href='/hds/suite'>Suivant</a>", lambda asked: 0),
}  # fmt: skip

OTHER_THINGS: dict[str, str] = {
    "a slide show": "<div class='carousel'><button>1</button><button>2</button><button>Suivant</button></div>",
    "a calendar": "<div class='calendrier'><a href='/agenda?mois=2'>Suivant</a></div>",
    "a link to news": "<p><a href='/actualites'>Voir plus</a></p>",
    "how many entries to show": "<p>Afficher <a href='?limit=25'>25</a> <a href='?limit=50'>50</a> par page</p>",
    "footnotes": "<sup><a href='#n1'>1</a></sup> <sup><a href='#n2'>2</a></sup><p id='n1'>a</p><p id='n2'>b</p>",
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_pager_of_this_shape_is_followed_to_its_end(case: str, tmp_path: Path) -> None:
    trip = travel(FOLLOWED[case], tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


@pytest.mark.parametrize("case", DOUBTED)
def test_a_pager_that_cannot_be_followed_is_doubted(case: str, tmp_path: Path) -> None:
    assert travel(DOUBTED[case], tmp_path).walked.doubts


@pytest.mark.parametrize("case", OTHER_THINGS)
def test_what_turns_other_pages_is_no_pager_of_the_list(case: str, tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        if asked.path != PATH:
            return Answered(page("<h2>Actualités</h2><p>Rien de neuf.</p>"))
        return Answered(page(table(NAMES) + OTHER_THINGS[case]))

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_a_next_page_named_in_a_header_only_is_read(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        at = int(asked.query.get("page", 0))
        more = f'<{PATH}?page={at + 1}>; rel="next"' if at < LAST else ""
        return Answered(page(table(PAGES[at])), headers={"link": more} if more else {})

    assert sorted(travel(site, tmp_path).names) == sorted(NAMES)


def test_letters_of_which_the_start_page_shows_the_first_are_each_read_to_the_end(tmp_path: Path) -> None:
    """The pager of the start page and that of the letter it shows are one: its pages belong to both."""
    shown = [*(one for one in ascii_uppercase if under(one)), "0-9"]

    def site(asked: Asked) -> Answered:
        letter = asked.query.get("lettre", shown[0])
        mine = under(letter)
        at = int(asked.query.get("page", 0))
        index = "".join(f"<li><a href='?lettre={one}'>{one}</a></li>" for one in shown)
        links = "".join(f"<li><a href='?lettre={letter}&amp;page={n}'>{n + 1}</a></li>" for n in range(len(mine)))
        return Answered(page(f"<ul>{index}</ul>{table(mine[at : at + 1])}<ul class='pager'>{links}</ul>"))

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


WORDED = {
    "words for those who do not see": "{letter}<span class='sr-only'> : voir les hébergeurs</span>",
    "words in a title": "<span title='Lettre {letter}'>{letter}</span>",
    "a picture": "<img alt='{letter}' src='/{letter}.gif'>",
}


@pytest.mark.parametrize("case", WORDED)
def test_letters_are_followed_whatever_is_printed_beside_them(case: str, tmp_path: Path) -> None:
    shown = [*(one for one in ascii_uppercase if under(one)), "0-9"]

    def site(asked: Asked) -> Answered:
        printed = "".join(f"<li><a href='?lettre={one}'>{WORDED[case].format(letter=one)}</a></li>" for one in shown)
        return Answered(page(f"<ul>{printed}</ul>{table(under(asked.query.get('lettre', 'A')))}"))

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_a_link_among_the_letters_that_prints_no_letter_is_followed_too(tmp_path: Path) -> None:
    letters = [one for one in ascii_uppercase if under(one)]

    def site(asked: Asked) -> Answered:
        index = "".join(f"<a href='?lettre={one}'>{one}</a> " for one in letters)
        others = "<a href='?lettre=divers'>Noms qui commencent autrement</a>"
        asked_for = asked.query.get("lettre", "A")
        return Answered(page(f"<p>{index}{others}</p>{table(under('#' if asked_for == 'divers' else asked_for))}"))

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_the_more_of_something_else_may_be_missing(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        return (
            Answered(page(table(NAMES) + "<p><a href='/actus'>Voir plus</a></p>")) if asked.path == PATH else NOT_FOUND
        )

    assert travel(site, tmp_path).walked.doubts == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_letter_that_shows_the_headings_over_no_row_is_empty_and_one_without_them_is_doubted(
    kept: bool, tmp_path: Path
) -> None:
    index = "".join(f"<li><a href='?lettre={one}'>{one}</a></li>" for one in LETTERS)

    def site(asked: Asked) -> Answered:
        mine = under(asked.query.get("lettre", "A"))
        return Answered(page(f"<ul>{index}</ul>{table(mine) if mine or kept else ''}"))

    trip = travel(site, tmp_path)
    assert sorted(trip.names) == sorted(NAMES)
    assert bool(trip.walked.doubts) is not kept
    assert any(note.code == "empty_letter" for note in trip.walked.problems) is kept
