"""Small invented sites, and a driver that walks them without any network.

A site is a function of (address, method, form) that gives an answer. Hosts are fictional; each has one certificate.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from string import ascii_uppercase
from urllib.parse import parse_qsl, urlsplit

from crawler.evidence import EvidenceStore
from crawler.spiders.answers import Good, Redirect, Reply, understand
from crawler.spiders.frontier import Frontier
from crawler.spiders.reading import Reader, reader_for
from crawler.spiders.shapes import Ask, Missing, Walked
from crawler.spiders.walk import walk
from registry.errors import SourceError
from registry.models import Source

PATH = "/hds/hebergeurs"
START = f"http://liste.example{PATH}"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NAMES = (
    "Abeille Santé", "Acacia Hébergement", "Arpège Data", "Bruyère Cloud", "Cèdre Serveurs", "Églantine Données",
    "Érable Systèmes", "Fougère Hosting", "Genêt Numérique", "Iris Médical", "Lavande Hébergement",
    "Noyer Informatique", "Saule Hébergement", "Sapin Cloud", "Violette Santé", "3 Cyprès Cloud",
)  # fmt: skip
HEADINGS = (
    "Hébergeur", "Activités", "Référentiel", "Organisme certificateur", "N° de certificat", "Date de délivrance",
    "Date d'échéance",
)  # fmt: skip
KEYS = (
    "nom", "activites", "referentiel", "organisme_certificateur", "numero_certificat", "date_delivrance", "date_echeance",
)  # fmt: skip
LETTERS = (*ascii_uppercase, "0-9")
"""The entries of an index: the letters, and one for numbers."""
CERTIFIERS = ("AFNOR Certification", "Bureau Veritas Certification France", "LNE", "BSI Group France")


def number_of(name: str) -> str:
    return f"HDS {int(hashlib.sha256(name.encode()).hexdigest()[:6], 16) % 900000 + 100000}"


def values(name: str) -> tuple[str, ...]:
    """What the list prints of a host, in the order of HEADINGS."""
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    month, day = seed % 12 + 1, seed % 27 + 1
    activities = ("1, 2, 3, 4, 5, 6", "1, 2", "3, 4, 5, 6", "5, 6")[seed % 4]
    return (
        name, activities, "HDS v2", CERTIFIERS[seed % len(CERTIFIERS)], number_of(name),
        f"{day:02}/{month:02}/2025", f"{day:02}/{month:02}/2028",
    )  # fmt: skip


def record(name: str) -> dict[str, str]:
    """A host as an endpoint of data gives it."""
    return dict(zip(KEYS, values(name), strict=True))


def table(names: Iterable[str], *, linked: Callable[[str], str] | None = None, columns: int = len(HEADINGS)) -> str:
    """A plain table of hosts. `linked` gives the address of a host's own page."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in HEADINGS[:columns])
    rows = []
    for name in names:
        first = escape(name)
        if linked is not None:
            first = f'<a href="{escape(linked(name))}">{first}</a>'
        cells = [first, *map(escape, values(name)[1:columns])]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return f"<table class='liste'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def page(content: str, *, title: str = "Liste des hébergeurs certifiés", head: str = "") -> str:
    """A whole page with the furniture that every site has."""
    return (
        f"<!DOCTYPE html><html lang='fr'><head><meta charset='utf-8'><title>{title} | Agence fictive</title>"
        f"{head}</head><body>"
        "<header><nav><ul class='menu'><li><a href='/'>Accueil</a></li><li><a href='/actualites'>Actualités</a></li>"
        "<li><a href='/connexion'>Se connecter</a></li></ul></nav></header>"
        f"<main><h1>{title}</h1>{content}</main>"
        "<footer><a href='/mentions-legales'>Mentions légales</a> <a href='/plan'>Plan du site</a></footer>"
        "</body></html>"
    )


@dataclass
class Answered:
    """One answer of a site."""

    body: str | bytes = ""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Asked:
    """What a site is asked: the path, its parameters (those of a form included), and how."""

    url: str
    path: str
    query: dict[str, str]
    method: str


Site = Callable[[Asked], Answered]
NOT_FOUND = Answered(page("<p>Cette page n'existe pas.</p>", title="Page non trouvée"), status=404)


def as_json(data: object) -> Answered:
    return Answered(json.dumps(data, ensure_ascii=False), "application/json")


def visit(site: Site, ask: Ask) -> Answered:
    parts = urlsplit(ask.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(parse_qsl(ask.form, keep_blank_values=True))
    return site(Asked(ask.url, parts.path, query, ask.method))


@dataclass
class Trip:
    """What a walk came to, and what it asked."""

    walked: Walked
    asked: list[str]

    @property
    def names(self) -> list[str]:
        return [row.cells["legal_name"].text.strip() for row in self.walked.rows]

    @property
    def numbers(self) -> set[str]:
        return {row.cells["number"].text for row in self.walked.rows if "number" in row.cells}


@cache
def reader_of(source: Source) -> Reader:
    """One reader for all tests: loading its dictionary takes longer than a walk."""
    return reader_for(source, None)


def travel(
    site: Site, folder: Path, *, start: str = START, max_pages: int = 60, source: Source = "hosts", follow: bool = True
) -> Trip:
    """Walks a site as the spider would, redirects included, but asking a function instead of a server."""
    store = EvidenceStore(folder / "evidence")
    steps = walk(Frontier(source, start, reader_of(source), max_pages, follow))
    asked: list[str] = []
    answer = None
    while True:
        try:
            ask = next(steps) if answer is None else steps.send(answer)
        except StopIteration as end:
            return Trip(end.value, asked)
        url, method, form = ask.url, ask.method, ask.form
        for _ in range(5):
            asked.append(url)
            given = visit(site, Ask(url, ask.purpose, method=method, form=form))
            headers = {"content-type": given.media_type} | given.headers
            meaning = understand(
                ask, Reply(url, given.status, headers, given.bytes), store, {}, max_bytes=5_000_000, attempt=1, now=NOW
            )
            if not isinstance(meaning, Redirect):
                break
            url, method, form = meaning.url, meaning.method, meaning.form
        else:
            raise SourceError("redirect_loop", f"{url}: expected a page, found redirects in a circle", url=url)
        if isinstance(meaning, Good):
            answer = meaning.page
            continue
        refusal = meaning.refusal
        if not ask.optional:
            raise SourceError(refusal.code, refusal.sentence(url), url=url)
        answer = Missing(refusal.code, refusal.sentence(url))


def under(letter: str, names: Sequence[str] = NAMES) -> list[str]:
    """The names that stand under a letter of the index."""
    from crawler.spiders.letters import covers

    label = "#" if letter in ("0-9", "#", "0–9") else letter.lower()
    return [name for name in names if covers(label, name)]
