"""SIREN candidates for hosts that the list prints without one, from the public "Recherche d'entreprises" service.

Owns the question to that service, its pace, and the scores by which a person looks at the answers. Must not decide: a
score never binds, and nothing here writes a SIREN. The people that the service names are neither asked for nor kept.

The service (documented by its public operator): `GET {address}/search?q=…&per_page=…` without a key, at least three
characters, at most 25 results a page, seven requests a second and address; 429 with Retry-After beyond that.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from registry import clock
from registry.errors import ConfigurationError, SourceError
from registry.text import clean, normalise_name

PAUSE = 0.5
"""Seconds between two requests: two a second, where seven are allowed."""
LONGEST_WAIT = 60.0
"""Seconds of a Retry-After that a person at the command line is made to wait; beyond, the search gives up."""
TRIES = 4
SHORTEST_QUERY = 3
MOST_RESULTS = 25
LARGEST_ANSWER = 5_000_000
_BACKOFF = (1.0, 3.0, 9.0)
"""Waits after a server error or a 429 that names no time."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that may be the host. `score` is 0 to 100, for sorting and for a person's eye only."""

    siren: str
    legal_name: str
    display_name: str
    """As the service shows it, with acronym or trade names in brackets."""
    active: bool | None
    """None: the service does not say."""
    postal_code: str | None
    city: str | None
    score: float
    same_name: bool
    """The names are equal once case, accents, punctuation and legal forms are gone."""

    def as_json(self) -> dict[str, object]:
        return {
            "siren": self.siren, "legal_name": self.legal_name, "display_name": self.display_name,
            "active": self.active, "postal_code": self.postal_code, "city": self.city, "score": self.score,
            "same_name": self.same_name,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A listed host without SIREN, and the names under which to look for it."""

    host_id: str
    names: tuple[str, ...]


def unresolved(conn: sqlite3.Connection, host_id: str | None = None) -> list[Unresolved]:
    """Hosts of `registry.db` that have no SIREN and are not known to be foreign: those on the list, or the one given.

    Raises ConfigurationError when the given host is unknown or has a SIREN.
    """
    rows = conn.execute(
        "SELECT id, legal_name, siren FROM hosts WHERE id = :id"
        " OR (:id IS NULL AND siren IS NULL AND listed = 1 AND coalesce(country, 'FR') = 'FR') ORDER BY sort_key, id",
        {"id": host_id},
    ).fetchall()
    if host_id is not None:
        if not rows:
            raise ConfigurationError(f"host {host_id}: no such host in the registry; see `hdswatch host NAME`")
        if rows[0]["siren"]:
            raise ConfigurationError(f"host {host_id}: expected a host without SIREN, found {rows[0]['siren']}")
    return [Unresolved(row["id"], (row["legal_name"], *_aliases(conn, row["id"]))) for row in rows]


def _aliases(conn: sqlite3.Connection, host_id: str) -> list[str]:
    rows = conn.execute("SELECT alias FROM host_aliases WHERE host_id = ? ORDER BY kind, alias", (host_id,))
    return [str(row["alias"]) for row in rows]


def candidates(
    name: str,
    search_url: str,
    *,
    other_names: Iterable[str] = (),
    limit: int = 5,
    search: CompanySearch | None = None,
) -> list[Candidate]:
    """Companies whose name resembles the host's, best first, for a person to choose from or to refuse.

    Scores compare every name of the company with the given name and `other_names` (brands, former names). Pass one
    `search` for several calls, so that its pace holds between them. Raises SourceError when the service can't be
    reached or answers something else, ConfigurationError when the name is too short to look for.
    """
    names = [name, *other_names]
    answers = (search or CompanySearch(search_url)).companies(_query(name))
    found = {company["siren"]: _candidate(company, names) for company in answers}
    ranked = sorted(found.values(), key=lambda one: (-one.score, one.active is False, one.siren))
    return ranked[:limit]


def _query(name: str) -> str:
    """The words to look for: legal forms and punctuation only make the service's full-text search worse."""
    words = normalise_name(name)
    query = words if len(words) >= SHORTEST_QUERY else clean(name)
    if len(query) < SHORTEST_QUERY:
        raise ConfigurationError(
            f"name {name!r}: expected at least {SHORTEST_QUERY} characters to search for, found {len(query)}"
        )
    return query


def _candidate(company: Mapping[str, Any], names: Iterable[str]) -> Candidate:
    seat = company.get("siege") if isinstance(company.get("siege"), dict) else {}
    display = clean(_text(company, "nom_complet"))
    legal = clean(_text(company, "nom_raison_sociale")) or display
    state = company.get("etat_administratif")
    score, same = _resemblance(names, (legal, display, _text(company, "sigle")))
    return Candidate(
        siren=company["siren"],
        legal_name=legal,
        display_name=display or legal,
        active={"A": True, "C": False}.get(str(state)),
        postal_code=_text(seat, "code_postal") or None,
        city=clean(_text(seat, "libelle_commune")) or None,
        score=score,
        same_name=same,
    )


def _text(holder: Mapping[str, Any] | None, key: str) -> str:
    value = (holder or {}).get(key)
    return value if isinstance(value, str) else ""


def _resemblance(ours: Iterable[str], theirs: Iterable[str]) -> tuple[float, bool]:
    """The best score of any pair of names, and whether a pair is equal. Word order is ignored, missing words are not:
    a name that is merely contained in the other must not score 100."""
    from rapidfuzz import fuzz

    mine = [words for name in ours if (words := normalise_name(name))]
    other = [words for name in theirs if (words := normalise_name(name))]
    best = max((fuzz.token_sort_ratio(one, two) for one in mine for two in other), default=0.0)
    return round(float(best), 1), any(one == two for one in mine for two in other)


@dataclass
class CompanySearch:
    """The service at an address, asked at a polite pace. One object for a whole session of questions."""

    address: str
    user_agent: str = "HDSWatch (company search)"
    timeout: float = 15.0
    pause: float = PAUSE
    sleep: Callable[[float], None] = time.sleep
    _last: float | None = field(default=None, init=False)

    def companies(self, query: str, per_page: int = 10) -> list[dict[str, Any]]:
        """The companies that the service finds, each with a valid `siren`. Raises SourceError."""
        parameters = {
            "q": query, "page": 1, "per_page": min(per_page, MOST_RESULTS),
            "minimal": "true", "include": "siege",  # leaves out the people who run the company
        }  # fmt: skip
        service = self.address.rstrip("/").removesuffix("/search")  # people paste the address with the call
        url = f"{service}/search?{urlencode(parameters)}"
        return _companies(self._get(url), url)

    def _get(self, url: str) -> bytes:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ConfigurationError(f"{url}: expected an address that starts with http:// or https://")
        for attempt in range(TRIES):
            self._keep_pace()
            status, retry_after, body = self._ask(url)
            if status == 200:
                return body
            if status != 429 and status < 500:
                raise SourceError("refused", _refusal(url, status, body), url=url)
            wait = _BACKOFF[min(attempt, len(_BACKOFF) - 1)] if retry_after is None else _wait_of(retry_after)
            if wait > LONGEST_WAIT:
                raise SourceError("throttled", f"{url}: the service asks to wait {wait:.0f} s; try again then", url=url)
            if attempt < TRIES - 1:
                self.sleep(wait)
        raise SourceError(
            "unreachable", f"{url}: status {status} in {TRIES} tries; try again later or look on the web", url=url
        )

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if self._last is not None and (wait := self._last + self.pause - now) > 0:
            self.sleep(wait)
        self._last = time.monotonic()

    def _ask(self, url: str) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and body of one answer, whatever the status. Raises SourceError when there is none."""
        request = Request(url, headers={"User-Agent": self.user_agent, "Accept": "application/json"})  # noqa: S310  scheme checked by the caller
        try:
            with _answer(request, self.timeout) as answer:
                return int(answer.status), answer.headers.get("Retry-After"), _read(answer, url)
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise SourceError(
                "unreachable", f"{url}: could not be reached ({reason}); check the network or "
                "registry.company_search_url", url=url,
            ) from error  # fmt: skip


class _StayHere(HTTPRedirectHandler):
    """Names of customers' suppliers are not carried to another site: a redirect is an answer like any other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None


def _answer(request: Request, timeout: float) -> Any:
    """The open answer; one with an error status is an answer too."""
    try:
        return build_opener(_StayHere).open(request, timeout=timeout)
    except HTTPError as error:
        return error


def _read(answer: Any, url: str) -> bytes:
    body = bytes(answer.read(LARGEST_ANSWER + 1))
    if len(body) > LARGEST_ANSWER:
        raise SourceError("too_large", f"{url}: expected at most {LARGEST_ANSWER} bytes, found more", url=url)
    return body


def _wait_of(retry_after: str) -> float:
    """Seconds to wait, from a number or an HTTP date; an unreadable value counts as one second."""
    value = retry_after.strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return 1.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - clock.now()).total_seconds())


def _refusal(url: str, status: int, body: bytes) -> str:
    try:
        said = json.loads(body).get("erreur", "")
    except (ValueError, AttributeError):
        said = ""
    found = f"status {status} ({clean(str(said))[:200]})" if said else f"status {status}"
    return f"{url}: expected an answer 200 of the company search, found {found}; check registry.company_search_url"


def _companies(body: bytes, url: str) -> list[dict[str, Any]]:
    try:
        results = json.loads(body)["results"]
        if not isinstance(results, list):
            raise TypeError("results is not a list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(
            "wrong_type", f"{url}: expected JSON with a list `results`, found something else ({type(error).__name__}); "
            "check registry.company_search_url", url=url,
        ) from error  # fmt: skip
    return [company for company in results if isinstance(company, dict) and _is_siren(company.get("siren"))]


def _is_siren(value: object) -> bool:
    from stdnum.fr import siren

    return isinstance(value, str) and value == value.strip() and bool(siren.is_valid(value)) and len(value) == 9
