"""What a site announces and does not show is noticed: such a walk is never complete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from string import ascii_uppercase

import pytest

from registry.errors import SourceError
from tests.crawler_reach.reach_sites import (
    LETTERS,
    NAMES,
    NOT_FOUND,
    PATH,
    Answered,
    Asked,
    Site,
    as_json,
    page,
    record,
    table,
    travel,
    under,
)

FILLED = [one for one in ascii_uppercase if under(one)]
PAGES = [NAMES[at : at + 4] for at in range(0, len(NAMES), 4)]
LETTER_SCRIPTS = "".join(f"<a href='#' onclick='f()'>{one}</a> " for one in FILLED)
LETTER_BUTTONS = "".join(f"<button>{one}</button>" for one in FILLED)
RECORDS = [record(name) for name in NAMES[:5]]
EMPTY = "<p>Aucun hébergeur.</p>"


def letters(answer: Callable[[str], str], shown: Sequence[str] = FILLED, above: str = "") -> Site:
    """A letter index whose letters answer what `answer` makes of them."""
    index = "".join(f"<li><a href='?lettre={one}'>{one}</a></li>" for one in shown)

    def site(asked: Asked) -> Answered:
        letter = asked.query.get("lettre")
        return Answered(page(f"{above}<ul>{index}</ul>" + (answer(letter) if letter else "")))

    return site


def pages(content: Callable[[int], str], links: Callable[[int], str]) -> Site:
    def site(asked: Asked) -> Answered:
        at = int(asked.query.get("page", 0))
        return Answered(page(content(at) + links(at))) if asked.path == PATH else NOT_FOUND

    return site


def numbers(at: int, total: int = len(PAGES)) -> str:
    return (
        "<ul class='pager'>"
        + "".join(f"<li><a href='?page={n}'>{n + 1}</a></li>" for n in range(total) if n != at)
        + "</ul>"
    )


def shown(at: int) -> str:
    return table(PAGES[at]) if at < len(PAGES) else EMPTY


DOUBTFUL: dict[str, tuple[Site, str]] = {
    "a letter shows headings without rows": (
        letters(lambda one: table([] if one == "S" else under(one))), "letter 'S'"),
    "a letter answers something else than the others": (
        lambda asked: as_json([]) if asked.query.get("lettre") == "S" else letters(lambda one: table(under(one)))(asked),
        "letter 'S'"),
    "a letter shows entries of another": (
        letters(lambda one: table(["Sureau Hosting"] if one == "F" else under(one))), "only entries of other letters"),
    "the page after the first shows headings without rows": (
        pages(lambda at: table(PAGES[0] if not at else []), lambda at: "" if at else "<a rel='next' href='?page=1'>2</a>"),
        "shows no entries"),
    "the first page shows no entries": (
        pages(lambda at: table(PAGES[at] if at else []), numbers), "the first page of the list"),
    "rel=next leads nowhere": (
        lambda asked: Answered(page(table(PAGES[0]), head="<link rel='next' href='#'>")), "script"),
    "data names a next page that is empty": (
        lambda asked: as_json({"data": [] if "page" in asked.query else RECORDS, "links": {"next": f"{PATH}?page=2"}}),
        "shows no entries"),
    "data states more entries than it shows": (
        lambda asked: as_json({"total": 40, "data": RECORDS}), "says that there is more"),
    "a letter answers a page without entries": (
        letters(lambda one: "" if one == "S" else table(under(one))), "letter 'S'"),
    "a letter waits for a script": (
        letters(lambda one: "<p>Chargement…</p>" if one == "S" else table(under(one))), "letter 'S'"),
    "one letter shows another's entries": (
        letters(lambda one: table(under("A" if one == "S" else one))),
        "letter 'S' shows the same entries as letter 'A'"),
    "every letter shows the first one's entries": (
        letters(lambda one: table(under("A"))), "shows the same entries"),
    "a letter has fewer entries than the index says": (
        lambda asked: Answered(page(
            "".join(f"<a href='?lettre={one}'>{one} ({len(under(one)) + (one == 'A')})</a> " for one in FILLED)
            + (table(under(asked.query["lettre"])) if "lettre" in asked.query else ""))),
        "letter 'A' states 4 entries, 3 were found"),
    "letters that only an unknown script follows": (
        lambda asked: Answered(page(LETTER_SCRIPTS + table(under("A")))), "letters"),
    "letters without any address": (
        lambda asked: Answered(page(LETTER_BUTTONS + table(under("A")))), "letters"),
    "a page repeats the one before": (
        pages(lambda at: shown(0 if at == 2 else at), numbers), "shows again"),
    "a pager that the server ignores": (
        pages(lambda at: shown(0), lambda at: f"<a rel='next' href='?page={at + 1}'>Suivant</a>"), "shows again"),
    "a page in the middle is empty": (
        pages(lambda at: "<p>Veuillez patienter</p>" if at == 1 else shown(at), numbers), "shows no entries"),
    "the pager announces more pages than it links": (
        pages(shown, lambda at: "<div class='pagination'>Page 1 sur 9 <a href='?page=1'>2</a></div>"),
        "announces 9 pages"),
    "numbers that only a script follows": (
        pages(shown, lambda at: "<ul class='pagination'><li class='active'>1</li><li><a href='#'>2</a></li></ul>"),
        "script"),
    "a next button that only a script follows": (
        pages(shown, lambda at: "<div class='pager'><button type='button' id='suite'>Suivant</button></div>"),
        "script"),
    "load more without an address": (
        pages(shown, lambda at: "<button class='load-more'>Charger plus de résultats</button>"), "script"),
}  # fmt: skip


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_list_with_a_gap_is_never_complete(case: str, tmp_path: Path) -> None:
    site, words = DOUBTFUL[case]
    walked = travel(site, tmp_path).walked
    assert not walked.complete
    assert any(words in doubt for doubt in walked.doubts), walked.doubts


SOUND: dict[str, Site] = {
    "a letter says that it has no entries": letters(
        lambda one: table(under(one)) if under(one) else EMPTY, LETTERS),
    "letters show headings without rows, but the total is there": letters(
        lambda one: table(under(one)), LETTERS, f"<p>{len(NAMES)} hébergeurs certifiés</p>"
    ),
    "the last page leads on to an empty one": pages(shown, lambda at: (
        f"<a href='?page={at + 1}'>Suivant</a>" if at < len(PAGES) else "")),
    "the last page leads back to the first": pages(
        shown, lambda at: f"<p><a href='?page={(at + 1) % len(PAGES)}'>Suivant</a></p>"),
    "the server shows the last page for any number too high, but the total is there": pages(
        lambda at: f"<p>{len(NAMES)} hébergeurs certifiés</p>" + shown(min(at, len(PAGES) - 1)),
        lambda at: f"<p><a href='?page={at + 1}'>Suivant</a></p>"),
    "a button that only opens a text": pages(
        lambda at: table(NAMES), lambda at: "<button class='collapse'>Afficher plus</button>"),
}  # fmt: skip


@pytest.mark.parametrize("case", SOUND)
def test_what_only_looks_like_a_gap_is_none(case: str, tmp_path: Path) -> None:
    trip = travel(SOUND[case], tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_a_letter_that_cannot_be_had_ends_the_walk(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        if asked.query.get("lettre") == "S":
            return Answered("Service Unavailable", "text/plain", 503)
        return letters(lambda one: table(under(one)))(asked)

    with pytest.raises(SourceError) as refused:
        travel(site, tmp_path)
    assert refused.value.code == "unreachable"


def test_a_pager_without_end_is_stopped(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        at = int(asked.query.get("page", 0))
        return Answered(
            page(table([f"Hôte {at} {n}" for n in "ab"]) + f"<a rel='next' href='?page={at + 1}'>Suivant</a>")
        )

    with pytest.raises(SourceError) as refused:
        travel(site, tmp_path)
    assert refused.value.code == "too_many_pages"


@pytest.mark.parametrize(
    "site", [pages(shown, numbers), letters(lambda one: table(under(one)))], ids=["pager", "letters"]
)
def test_a_saved_page_that_is_only_a_part_of_the_list_is_doubted(site: Site, tmp_path: Path) -> None:
    walked = None
    try:
        walked = travel(site, tmp_path, follow=False).walked
    except SourceError as error:
        assert error.code == "no_list"
    assert walked is None or not walked.complete


def test_links_to_other_sites_are_never_followed(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        assert asked.url.startswith("http://liste.example/")
        links = "".join(f"<li><a href='http://10.0.0.7/liste?lettre={one}'>{one}</a></li>" for one in FILLED)
        return Answered(page(f"<ul>{links}</ul>" + table(under("A"))))

    assert not travel(site, tmp_path).walked.complete


def test_login_and_search_forms_are_never_submitted(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        assert asked.path == PATH
        buttons = "".join(f"<button name='l' value='{one}'>{one}</button>" for one in FILLED)
        form = f"<form method='post' action='/connexion'><input type='password' name='p'>{buttons}</form>"
        return Answered(page(table(NAMES) + form))

    assert sorted(travel(site, tmp_path).names) == sorted(NAMES)
