"""SIREN candidates from a local stand-in that answers in the documented shape of the company search."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from registry.errors import ConfigurationError, SourceError
from registry.home import Home
from registry.resolve import Candidate, CompanySearch, candidates, unresolved
from registry.store import open_store


def company(siren: str, name: str, legal: str | None = None, state: str = "A", **more: Any) -> dict[str, Any]:
    """A result as the service documents it, shortened to what its minimal form with the seat holds."""
    seat = {
        "siret": f"{siren}00015", "adresse": "1 RUE DE L'EXEMPLE 67000 STRASBOURG", "code_postal": "67000",
        "commune": "67482", "libelle_commune": "STRASBOURG", "est_siege": True, "etat_administratif": state,
    }  # fmt: skip
    return {
        "siren": siren, "nom_complet": name, "nom_raison_sociale": legal or name, "sigle": None,
        "nombre_etablissements": 1, "siege": seat, "etat_administratif": state, "nature_juridique": "5710",
        "statut_diffusion": "O",
    } | more  # fmt: skip


SCALINGO = company("808665483", "SCALINGO")
NOISE = company("000010017", "SCALINGO CONSEIL ET FORMATION")


class StandIn:
    """The service: gives what was put in `answers`, in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.asked: list[tuple[str, dict[str, list[str]], dict[str, str]]] = []
        self.address = ""

    def say(self, *results: dict[str, Any]) -> None:
        whole = {
            "results": list(results), "total_results": len(results), "page": 1, "per_page": 10, "total_pages": 1,
        }  # fmt: skip
        self.say_raw(200, json.dumps(whole).encode())

    def say_raw(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))

    def next(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def running() -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target = urlsplit(self.path)
            stand_in.asked.append((target.path, parse_qs(target.query), dict(self.headers)))
            status, headers, body = stand_in.next()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running() as stand_in:
        yield stand_in


class Sleeper:
    """Counts the waits instead of waiting."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def impatient(service: StandIn) -> tuple[CompanySearch, Sleeper]:
    sleeper = Sleeper()
    return CompanySearch(service.address, sleep=sleeper, pause=0), sleeper


def test_the_company_of_the_same_name_comes_first_with_its_seat(service: StandIn) -> None:
    service.say(NOISE, SCALINGO)
    first, second = candidates("Scalingo SAS", service.address)
    assert first == Candidate("808665483", "SCALINGO", "SCALINGO", True, "67000", "STRASBOURG", 100.0, True)
    assert second.siren == "000010017" and second.score < 100 and not second.same_name


def test_the_question_leaves_legal_forms_out_and_asks_for_no_person(service: StandIn) -> None:
    service.say(SCALINGO)
    candidates("Œuvre d'Éa (Cloud) S.A.S.", service.address)
    ((path, query, headers),) = service.asked
    assert path == "/search"
    assert query["q"] == ["oeuvre dea cloud"]
    assert query["minimal"] == ["true"] and query["include"] == ["siege"]
    assert int(query["per_page"][0]) <= 25
    assert "HDSWatch" in headers["User-Agent"]


@pytest.mark.parametrize("ending", ["", "/", "/search", "/search/"])
def test_the_address_may_be_given_with_or_without_the_call(service: StandIn, ending: str) -> None:
    service.say(SCALINGO)
    candidates("Scalingo", service.address + ending)
    assert [path for path, _, _ in service.asked] == ["/search"]


def test_a_name_contained_in_another_does_not_score_like_the_same_name(service: StandIn) -> None:
    service.say(company("000010025", "CLARANET E-SANTE"))
    (only,) = candidates("Claranet", service.address)
    assert only.score < 80 and not only.same_name


def test_brands_and_acronyms_count_for_the_score(service: StandIn) -> None:
    service.say(company("000010033", "EXEMPLE HOLDING (BLUECO)", "EXEMPLE HOLDING", sigle="BLUECO"))
    assert candidates("Quelque Chose", service.address)[0].score < 60
    assert candidates("Quelque Chose", service.address, other_names=["Blue-Co", "Blueco"])[0].same_name


def test_a_closed_company_is_shown_as_closed_and_stands_after_an_open_one_of_equal_score(service: StandIn) -> None:
    service.say(company("000010041", "JUMEAU", state="C"), company("000010058", "JUMEAU"))
    found = candidates("Jumeau", service.address)
    assert [(one.siren, one.active) for one in found] == [("000010058", True), ("000010041", False)]


def test_results_without_a_valid_siren_or_of_another_shape_are_left_out(service: StandIn) -> None:
    odd: list[Any] = [company("123456789", "FAUX NUMERO"), {"nom_complet": "SANS SIREN"}, "pas une entreprise", None]
    bare = {"siren": "808665483", "nom_complet": "SCALINGO", "nom_raison_sociale": None, "siege": None}
    service.say(*odd, bare)
    (only,) = candidates("Scalingo", service.address)
    assert (only.siren, only.city, only.active, only.legal_name) == ("808665483", None, None, "SCALINGO")


def test_nothing_found_is_an_empty_list_and_the_limit_holds(service: StandIn) -> None:
    service.say()
    assert candidates("Introuvable", service.address) == []
    service.answers.clear()
    service.say(SCALINGO, NOISE, company("000010066", "SCALINGA"))
    assert len(candidates("Scalingo", service.address, limit=2)) == 2


def test_a_name_too_short_to_search_is_refused_before_anything_is_sent(service: StandIn) -> None:
    service.say()
    with pytest.raises(ConfigurationError, match="at least 3 characters"):
        candidates("AB", service.address)
    assert service.asked == []


def test_two_questions_keep_a_pause_well_below_the_documented_seven_a_second(service: StandIn) -> None:
    service.say(SCALINGO)
    sleeper = Sleeper()
    search = CompanySearch(service.address, sleep=sleeper)
    for _ in range(3):
        candidates("Scalingo", service.address, search=search)
    assert len(sleeper.waits) == 2
    assert all(0.3 < wait <= 0.5 for wait in sleeper.waits)


def test_429_waits_as_long_as_retry_after_says_then_asks_again(service: StandIn) -> None:
    service.say_raw(429, Retry_After="7")
    service.say(SCALINGO)
    search, sleeper = impatient(service)
    assert candidates("Scalingo", service.address, search=search)[0].siren == "808665483"
    assert sleeper.waits == [7.0]


def test_retry_after_may_be_a_date(service: StandIn) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC), tick=False):
        service.say_raw(503, Retry_After=format_datetime(datetime(2026, 11, 22, 10, 0, 12, tzinfo=UTC), usegmt=True))
        service.say(SCALINGO)
        search, sleeper = impatient(service)
        assert candidates("Scalingo", service.address, search=search)
        assert sleeper.waits == [12.0]


def test_a_very_long_retry_after_ends_the_search_instead_of_freezing_it(service: StandIn) -> None:
    service.say_raw(429, Retry_After="3600")
    search, sleeper = impatient(service)
    with pytest.raises(SourceError, match="3600 s") as caught:
        candidates("Scalingo", service.address, search=search)
    assert (caught.value.code, caught.value.exit_code, sleeper.waits) == ("throttled", 4, [])


def test_server_errors_are_tried_a_few_times_with_growing_waits_then_named(service: StandIn) -> None:
    service.say_raw(502, b"<html>Bad gateway</html>")
    search, sleeper = impatient(service)
    with pytest.raises(SourceError, match="status 502 in 4 tries"):
        candidates("Scalingo", service.address, search=search)
    assert len(service.asked) == 4
    assert all(one < two for one, two in pairwise(sleeper.waits))


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (400, json.dumps({"erreur": "3 caractères minimum"}).encode(), "refused", "3 caractères minimum"),
        (404, b"<html>nothing here</html>", "refused", "status 404"),
        (200, b"<html>a portal</html>", "wrong_type", "list `results`"),
        (200, b'{"results": {}}', "wrong_type", "list `results`"),
        (200, b"[1, 2]", "wrong_type", "list `results`"),
        (200, b"[" * 100_000, "wrong_type", "list `results`"),
        (200, b"\xff\xfe\xff", "wrong_type", "list `results`"),
    ],
)
def test_an_answer_of_another_kind_is_an_error_that_names_the_setting(
    service: StandIn, status: int, body: bytes, code: str, said: str
) -> None:
    service.say_raw(status, body)
    search, _ = impatient(service)
    with pytest.raises(SourceError, match="company_search_url") as caught:
        candidates("Scalingo", service.address, search=search)
    assert caught.value.code == code and said in str(caught.value)
    assert len(service.asked) == 1


def test_a_redirect_is_not_followed_to_another_server(service: StandIn) -> None:
    with running() as elsewhere:
        elsewhere.say(SCALINGO)
        service.say_raw(302, Location=f"{elsewhere.address}/search")
        with pytest.raises(SourceError, match="status 302"):
            candidates("Scalingo", service.address)
        assert elsewhere.asked == []


def test_an_endless_answer_is_cut(service: StandIn) -> None:
    service.say_raw(200, b" " * 5_000_001)
    with pytest.raises(SourceError, match="at most 5000000 bytes"):
        candidates("Scalingo", service.address)


def test_a_service_that_is_not_there_is_named_with_its_address() -> None:
    with running() as gone:
        address = gone.address
    with pytest.raises(SourceError, match="could not be reached") as caught:
        candidates("Scalingo", address)
    assert caught.value.exit_code == 4 and address in str(caught.value)


@pytest.mark.parametrize("address", ["file:///etc", "ftp://127.0.0.1", "127.0.0.1:1"])
def test_only_web_addresses_are_asked(address: str) -> None:
    with pytest.raises(ConfigurationError, match="http"):
        candidates("Scalingo", address)


@pytest.fixture
def store(tmp_path: Any) -> Iterator[sqlite3.Connection]:
    connection = open_store(Home(tmp_path))
    rows = [
        ("scalingo", "SCALINGO", "808665483", None, 1), ("clever", "Clever Cloud", None, None, 1),
        ("extra", "Extra Horizon", None, "BE", 1), ("parti", "Parti SAS", None, "FR", 0),
        ("azur", "Azur SAS", None, "FR", 1),
    ]  # fmt: skip
    connection.executemany(
        "INSERT INTO hosts (id, legal_name, sort_key, siren, country, listed, first_seen, last_seen)"
        " VALUES (?, ?, lower(?2), ?, ?, ?, '2026-11-01T06:00:00Z', '2026-11-01T06:00:00Z')",
        rows,
    )
    connection.execute("INSERT INTO host_aliases VALUES ('azur', 'Azur Santé', 'brand', 'list')")
    yield connection
    connection.close()


def test_hosts_to_resolve_are_listed_without_siren_and_not_foreign(store: sqlite3.Connection) -> None:
    assert [(one.host_id, one.names) for one in unresolved(store)] == [
        ("azur", ("Azur SAS", "Azur Santé")),
        ("clever", ("Clever Cloud",)),
    ]


def test_a_named_host_is_resolved_even_when_foreign_or_delisted(store: sqlite3.Connection) -> None:
    assert [one.host_id for one in unresolved(store, "extra")] == ["extra"]
    assert [one.host_id for one in unresolved(store, "parti")] == ["parti"]


@pytest.mark.parametrize(("host", "said"), [("nobody", "no such host"), ("scalingo", "808665483")])
def test_an_unknown_host_or_one_that_has_a_siren_is_refused(store: sqlite3.Connection, host: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        unresolved(store, host)


def test_looking_for_candidates_writes_nothing(store: sqlite3.Connection, service: StandIn) -> None:
    service.say(company("000010074", "CLEVER CLOUD"))
    before = store.execute("SELECT * FROM hosts").fetchall()
    host = unresolved(store, "clever")[0]
    (only,) = candidates(host.names[0], service.address, other_names=host.names[1:])
    assert only.same_name
    assert [tuple(row) for row in store.execute("SELECT * FROM hosts")] == [tuple(row) for row in before]
    assert store.execute("SELECT count(*) FROM decisions").fetchone()[0] == 0
