"""The list as JSON or CSV, in every shape that programs give it, is read exactly, without a problem."""

from __future__ import annotations

import json

import pytest

from tests.crawler_read.data_pages import CSV, JSON, records, written
from tests.crawler_read.reading import exactly, read_page, refusal


@pytest.mark.parametrize("name", [*JSON, *CSV])
def test_data_are_read_exactly(name: str) -> None:
    page = {**JSON, **CSV}[name]
    exactly(page.body, page.entries, page.fields, media_type=page.media_type, url=page.url)


def test_a_locator_leads_back_to_the_value() -> None:
    reading = read_page(json.dumps({"data": records()}), "application/json")
    assert reading.rows[2].cells["number"].locator == "/data/2/numero_certificat"


def test_numbers_stay_as_they_are_printed() -> None:
    body = (
        '[{"hebergeur": "A", "numero_certificat": 38436, "version": 2.0},'
        ' {"hebergeur": "B", "numero_certificat": 1e3, "version": 1.10}]'
    )
    reading = read_page(body, "application/json")
    assert [row.cells["referential"].text for row in reading.rows] == ["2.0", "1.10"]
    assert [row.cells["number"].text for row in reading.rows] == ["38436", "1e3"]


def test_a_key_that_an_object_repeats_is_a_problem() -> None:
    body = (
        json.dumps(records())[:-1]
        + ', {"raison_sociale": "X", "numero_certificat": "1111", "numero_certificat": "2222"}]'
    )
    assert "repeated_key" in {problem.code for problem in read_page(body, "application/json").problems}


@pytest.mark.parametrize("end", [0.3, 0.6, 0.9, 0.99])
def test_json_that_breaks_off_is_refused(end: float) -> None:
    body = json.dumps(records())
    assert refusal(body[: int(len(body) * end)], media_type="application/json") in ("truncated", "bad_json")


def test_a_quoted_value_that_never_ends_is_refused() -> None:
    body = written(quoting=1)
    assert refusal(body[:-5], media_type="text/csv") == "truncated"


def test_two_lists_of_certificates_in_one_object_are_refused() -> None:
    hosts = [
        {
            "nom": f"Host {n}",
            "certificats_hds": [{"numero": "1111", "date_fin": "2020-01-01"}],
            "certificats": [{"numero": "2222", "date_fin": "2028-01-01"}],
        }
        for n in range(3)
    ]
    assert refusal(json.dumps(hosts), media_type="application/json") == "shifted_cells"
