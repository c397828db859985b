"""JSON as programs write it: connections, wrappers, objects that say yes or no, and instants."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from registry.interpret import interpret_rows
from tests.crawler_read.reading import ALL, HOSTS, PLAIN, Entry, exactly, read_page, records

NAMES = {1: "Sites physiques", 2: "Infrastructure matérielle", 3: "Infrastructure virtuelle",
         4: "Plateforme d'hébergement d'applications", 5: "Administration et exploitation", 6: "Sauvegarde"}  # fmt: skip
KEYS = {
    1: "physicalSites",
    2: "hardwareInfrastructure",
    3: "virtualInfrastructure",
    4: "applicationPlatform",
    5: "operations",
    6: "backup",
}


def _plain(e: Entry, activities: Any) -> dict[str, Any]:
    return {
        "name": e.name, "siren": e.siren or None, "certifier": e.certifier, "certificateNumber": e.number,
        "frameworkVersion": e.version, "validFrom": e.issued, "validUntil": e.expires, "activities": activities,
    }  # fmt: skip


def _graph(e: Entry) -> dict[str, Any]:
    certificate = {
        "__typename": "Certificate", "certificateNumber": e.number, "issuedBy": {"name": e.certifier},
        "standard": {"version": e.version}, "issueDate": e.issued, "expiryDate": e.expires,
        "activities": [{"code": a, "label": NAMES[a]} for a in sorted(e.activities)],
    }  # fmt: skip
    edges = {"totalCount": 1, "edges": [{"node": certificate}]}
    return {"node": {"legalName": e.name, "registration": {"siren": e.siren or None}, "certificates": edges}}


def _relation(attributes: dict[str, Any], number: int) -> dict[str, Any]:
    return {"id": number, "attributes": {**attributes, "createdAt": "2024-01-01T10:00:00Z"}}


def _managed(e: Entry) -> dict[str, Any]:
    return _relation(
        {**_plain(e, {"data": [_relation({"number": a, "name": NAMES[a]}, a + 20) for a in sorted(e.activities)]}),
         "certifier": {"data": _relation({"name": e.certifier}, 4)}, "publishedAt": "2026-01-01T10:00:00Z"},
        e.activities.__hash__() % 97,
    )  # fmt: skip


SHAPES: dict[str, Callable[[Entry], Any]] = {
    "connections of connections": _graph,
    "relations of a content system": _managed,
    "activities that say whether they are covered": lambda e: _plain(
        e, [{"id": a, "covered": a in e.activities} for a in range(1, 7)]
    ),
    "activities that say oui or non": lambda e: _plain(
        e, [{"numero": a, "libelle": NAMES[a], "couvert": "oui" if a in e.activities else "non"} for a in range(1, 7)]
    ),
    "activities by what the database calls them": lambda e: _plain(
        e, [{"id": 10 + a, "libelle": NAMES[a]} for a in sorted(e.activities)]
    ),
    "a flag for each activity": lambda e: _plain(e, {KEYS[a]: a in e.activities for a in KEYS}),
    "activities as codes": lambda e: _plain(e, [f"activite_{a}" for a in sorted(e.activities)]),
    "days as their first and last instant": lambda e: (
        _plain(e, sorted(e.activities)) | {"validFrom": f"{e.issued}T00:00:00Z", "validUntil": f"{e.expires}T23:59:59Z"}
    ),
    "values as markup": lambda e: (
        _plain(e, "<ul>" + "".join(f"<li>{NAMES[a]}</li>" for a in sorted(e.activities)) + "</ul>")
        | {"validUntil": f"<time datetime='{e.expires}'>{e.fr_expires}</time>"}
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_data_of_that_shape_are_read_exactly(shape: str) -> None:
    exactly(json.dumps({"data": {"hosts": {"edges" if "connections" in shape else "items": [SHAPES[shape](e) for e in HOSTS]}}}),
            fields=ALL, media_type="application/json")  # fmt: skip


def test_flags_that_nobody_explains_never_make_activities() -> None:
    shape = [_plain(e, [{"id": a, "published": a in e.activities} for a in range(1, 7)]) for e in HOSTS]
    reading = read_page(json.dumps(shape), media_type="application/json")
    found, problems = interpret_rows("hosts", reading.rows)
    partly = [(entry, record) for entry, record in zip(HOSTS, found, strict=True) if len(entry.activities) < 6]
    assert partly and all(record.activities is None for _, record in partly)  # type: ignore[union-attr]
    assert {problem.field for problem in problems} >= {"activities"}


def test_a_wrapped_value_of_each_field_is_unwrapped() -> None:
    shape = [
        {key: [{"value": value}] for key, value in _plain(e, e.list_of_activities).items() if value} for e in HOSTS
    ]
    assert records(read_page(json.dumps(shape), media_type="application/json"), PLAIN) == [
        e.truth(*PLAIN) for e in HOSTS
    ]
