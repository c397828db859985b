"""A list that was believed, then a page that drifted: read exactly, or refused with everything published untouched."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from html import escape
from pathlib import Path

import pytest

from crawler.crawl import crawl
from registry.home import Home
from registry.settings import Settings
from tests.crawler_reach.reach_sites import HEADINGS, NAMES, page, values

SETTINGS = Settings()
ISSUED, EXPIRES, CERTIFIER, ACTIVITIES = (
    HEADINGS.index(one) for one in ("Date de délivrance", "Date d'échéance", "Organisme certificateur", "Activités")
)
Cells = Callable[[list[str]], list[str]]


def listed(names: Sequence[str] = NAMES, headings: Sequence[str] = HEADINGS, cells: Cells = list) -> str:
    rows = (cells(list(values(name))) for name in names)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def exchanged(one: int, other: int) -> Cells:
    def change(row: list[str]) -> list[str]:
        row[one], row[other] = row[other], row[one]
        return row

    return change


def without(column: int) -> Cells:
    return lambda row: [cell for number, cell in enumerate(row) if number != column]


def headings_without(column: int) -> list[str]:
    return [heading for number, heading in enumerate(HEADINGS) if number != column]


REFUSED: dict[str, str] = {
    "a third of the rows gone": page(listed(NAMES[: len(NAMES) * 2 // 3])),
    "issue and expiry exchanged": page(listed(cells=exchanged(ISSUED, EXPIRES))),
    "names and certifiers exchanged": page(listed(cells=exchanged(0, CERTIFIER))),
    "dates one column to the left": page(listed(cells=lambda row: [*row[:ISSUED], row[EXPIRES], ""])),
    "every cell one column to the right": page(listed(cells=lambda row: [row[0], "", *row[1:-1]])),
    "wrongly decoded": page(listed()).encode().decode("cp1252", "replace"),
    "the certifier's column gone": page(listed(NAMES, headings_without(CERTIFIER), without(CERTIFIER))),
    "the expiry's column gone": page(listed(NAMES, headings_without(EXPIRES), without(EXPIRES))),
    "the activities' column gone": page(listed(NAMES, headings_without(ACTIVITIES), without(ACTIVITIES))),
    "a date that nobody can read": page(listed(cells=lambda row: [*row[:EXPIRES], "bientôt", *row[EXPIRES + 1 :]])),
    "a tenth printed twice": page(listed([*NAMES, *NAMES[:2]])),
    "another total": page(f"<p>{len(NAMES) + 4} hébergeurs certifiés</p>" + listed()),
    "another list": page(listed([f"Autre {name[::-1]}" for name in NAMES])),
    "many more rows": page(listed([*NAMES, *(f"{name} {number}" for number in range(3) for name in NAMES)])),
    "letters that lead elsewhere": page(
        "".join(f"<a href='?lettre={one}'>{one}</a>" for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ") + listed(NAMES[:14])),
    "a page of six": page("<p>Page 1 / 6</p>" + listed(NAMES[:14])),
    "cut in the middle": page(listed())[:2000],
    "no row": page(listed([])),
    "blank": "",
    "a login": page("<form><input type='password'></form>", title="Connexion"),
    "an error sent as a page": page("<p>Une erreur est survenue. Veuillez réessayer plus tard.</p>", title="Erreur"),
}  # fmt: skip

EXACT: dict[str, str] = {
    "columns exchanged with their headings": page(
        listed(NAMES, [*HEADINGS[:ISSUED], HEADINGS[EXPIRES], HEADINGS[ISSUED], *HEADINGS[EXPIRES + 1 :]],
               exchanged(ISSUED, EXPIRES))),
    "another order of the rows": page(listed(NAMES[::-1])),
    "more around it": page("<p>Mis à jour chaque jour ouvré.</p>" + listed() + "<p>Nous contacter</p>"),
}  # fmt: skip


def read(home: Home, folder: Path, body: str) -> str:
    file = folder / "liste.html"
    file.write_text(body, encoding="utf-8")
    return crawl(home, SETTINGS, "hosts", file=file).outcome


def digest(home: Home) -> str:
    return hashlib.sha256(home.published_db.read_bytes()).hexdigest()


@pytest.fixture
def believed(home: Path, tmp_path: Path) -> Home:
    nest = Home(home)
    assert read(nest, tmp_path, page(listed())) == "accepted"
    return nest


@pytest.mark.parametrize("case", REFUSED)
def test_a_page_that_drifted_is_refused_and_nothing_published_changes(
    case: str, believed: Home, tmp_path: Path
) -> None:
    before = digest(believed)
    assert read(believed, tmp_path, REFUSED[case]) in ("quarantined", "failed")
    assert digest(believed) == before


@pytest.mark.parametrize("case", EXACT)
def test_a_page_that_only_looks_different_says_the_same(case: str, believed: Home, tmp_path: Path) -> None:
    assert read(believed, tmp_path, EXACT[case]) == "unchanged"
    with closing(sqlite3.connect(believed.published_db)) as conn:
        assert conn.execute("SELECT count(*) FROM changes WHERE kind NOT LIKE '%LISTED'").fetchone() == (0,)
