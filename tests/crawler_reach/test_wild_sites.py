"""Sites as ministries, certifiers and federations run them: every page found, by whatever program they are made."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import pytest

from tests.crawler_reach.reach_sites import (
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
    values,
)

EACH = 4
LAST = (len(NAMES) - 1) // EACH


def two_certificates(name: str) -> dict[str, Any]:
    """A host with two certificates: more rows than the server counts."""
    one = record(name)
    own = {key: one.pop(key) for key in list(one) if key != "nom"}
    return {"nom": one["nom"], "certificats": [own, own | {"numero_certificat": own["numero_certificat"] + "-2"}]}


HOSTS = [two_certificates(name) for name in NAMES]


def from_offset(asked: Asked, offset: str = "offset", size: str = "limit") -> list[dict[str, Any]]:
    start = int(asked.query.get(offset, 0))
    return HOSTS[start : start + int(asked.query.get(size, EACH))]


COUNTED: dict[str, Site] = {
    "an offset and a limit that the answer states": lambda asked: as_json(
        {
            "meta": {"total": len(NAMES), "limit": EACH, "offset": int(asked.query.get("offset", 0))},
            "items": from_offset(asked),
        }
    ),
    "Opendatasoft, which states the total alone": lambda asked: as_json(
        {"total_count": len(NAMES), "results": from_offset(asked)}
    ),
    "DataTables, which is asked for a start and a length": lambda asked: as_json(
        {
            "draw": 1,
            "recordsTotal": len(NAMES),
            "recordsFiltered": len(NAMES),
            "data": from_offset(asked, "start", "length"),
        }
    ),
}


@pytest.mark.parametrize("case", COUNTED)
def test_data_goes_on_behind_the_hosts_that_were_read_not_behind_their_certificates(case: str, tmp_path: Path) -> None:
    trip = travel(COUNTED[case], tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted([*NAMES, *NAMES])


@pytest.mark.parametrize("name", ["page", "pagination[page]", "page[number]", "pageNumber", "currentPage"])
def test_the_number_of_a_page_is_found_by_whatever_name_a_program_gives_it(name: str, tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        number = int(asked.query.get(name, 1))
        rows = [record(one) for one in NAMES[(number - 1) * EACH :][:EACH]]
        paging = {"page": number, "pageSize": EACH, "pageCount": LAST + 1, "total": len(NAMES)}
        return as_json({"data": rows, "meta": {"pagination": paging}})

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_data_that_shows_its_first_page_under_every_name_of_a_page_number_is_doubted(tmp_path: Path) -> None:
    rows = [record(one) for one in NAMES[:EACH]]
    paging = {"page": 1, "pageSize": EACH, "pageCount": LAST + 1, "total": len(NAMES)}
    trip = travel(lambda asked: as_json({"data": rows, "meta": {"pagination": paging}}), tmp_path)
    assert trip.walked.doubts


def test_a_pager_beside_a_count_of_results_is_the_pager_of_the_list_above_them(tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        now = int(asked.query.get("cur", 1))
        links = "".join(
            f'<li class="page-item {"active" if number == now else ""}"><a href="{PATH}?delta=4&amp;cur={number}">'
            f'<span class="sr-only">Page</span>&nbsp;{number}</a></li>'
            for number in range(1, LAST + 2)
        )
        count = f"Affichage des résultats {(now - 1) * EACH + 1} à {min(now * EACH, len(NAMES))} sur {len(NAMES)}."
        shown = table(NAMES[(now - 1) * EACH :][:EACH])
        return Answered(page(
            f"<div><div>{shown}</div><div class='page-iterator'><div>{count}</div><ul class='pagination'>{links}</ul></div></div>"
        ))  # fmt: skip

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


def test_pages_of_hosts_may_stand_in_folders_that_are_numbered(tmp_path: Path) -> None:
    places = {f"/jcms/pc_{500 + at}/fr/hote": name for at, name in enumerate(NAMES)}

    def site(asked: Asked) -> Answered:
        if (name := places.get(asked.path)) is not None:
            labels = ("Activités", "Référentiel", "Organisme certificateur", "Numéro de certificat", "Date de délivrance",
                      "Date d'échéance")  # fmt: skip
            lines = "".join(
                f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>"
                for label, text in zip(labels, values(name)[1:], strict=True)
            )
            return Answered(page(f"<table>{lines}</table>", title=escape(name)))
        if asked.path != PATH:
            return NOT_FOUND
        return Answered(page("".join(f'<h4><a href="{url}">{escape(name)}</a></h4>' for url, name in places.items())))

    trip = travel(site, tmp_path)
    assert trip.walked.doubts == []
    assert sorted(trip.names) == sorted(NAMES)


CSV_HEAD = (
    "Hébergeur;Activités;Référentiel;Organisme certificateur;Numéro de certificat;Date de délivrance;Date d'échéance"
)


@pytest.mark.parametrize("differs", [False, True])
def test_a_list_offered_as_csv_and_as_json_is_one_list_when_both_say_the_same(differs: bool, tmp_path: Path) -> None:
    def site(asked: Asked) -> Answered:
        if asked.path.endswith("/6f1c"):
            lines = "\n".join(";".join(f'"{text}"' for text in values(name)) for name in NAMES)
            return Answered(f"{CSV_HEAD}\n{lines}\n", "text/csv; charset=utf-8")
        if asked.path.endswith("/77aa"):
            rows = [record(name) for name in NAMES]
            for row in rows:
                for key in ("date_delivrance", "date_echeance"):
                    row[key] = "-".join(reversed(row[key].split("/")))
            if differs:
                rows[0]["date_echeance"] = "2029-01-01"
            return as_json(rows)
        if asked.path != PATH:
            return NOT_FOUND
        files = "".join(f'<li><h4>Hébergeurs certifiés ({kind})</h4><a href="/datasets/r/{name}" download>Télécharger</a></li>'
                        for kind, name in (("CSV", "6f1c"), ("JSON", "77aa")))  # fmt: skip
        return Answered(page(f"<ul>{files}</ul>"))

    trip = travel(site, tmp_path)
    assert sorted(trip.names) == sorted(NAMES)
    assert bool(trip.walked.doubts) is differs
