"""What the walk over a site asks for, what it is handed, and what it comes to. Shapes only; nothing here acts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from crawler.addresses import page_key
from registry.models import Problem, RawCell, RawRow

Purpose = Literal["landing", "letter", "page", "detail", "candidate"]
Kind = Literal["html", "json", "csv", "sheet", "pdf", "any"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One page that the walk wants next."""

    url: str
    purpose: Purpose
    label: str = ""
    """What the page called the link: `S`, `3`, `Suivant`."""
    method: str = "GET"
    form: str = ""
    """The urlencoded body of a POST."""
    expect: Kind = "any"
    optional: bool = False
    """A page that is only one of several possibilities: when it can't be had, the walk is told and goes on."""
    left: int = 0
    """How many more pages are known to follow."""
    guessed: bool = False
    """The address was made by raising a number, not given by the site: nothing need be there."""
    others: tuple[str, ...] = ()
    """Other guesses, for when this one shows again what was shown before: programs name the page number differently."""

    @property
    def key(self) -> str:
        return page_key(self.url, self.method, self.form)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, already found to be a whole page of an expected type."""

    url: str
    """Where it was found in the end, after redirects."""
    body: bytes
    media_type: str
    """As sniffed and declared, with charset when the server says one."""
    sha256: str
    next_url: str | None = None
    """From the header `Link: <…>; rel="next"`."""
    total: int | None = None
    """How many entries the headers say there are. Not kept: a run that agreed with it is read again without."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What an optional ask is answered with when the page can't be had."""

    code: str
    message: str


Answer = Page | Missing


@dataclass
class Walked:
    """What a whole walk came to."""

    rows: list[RawRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    declared_total: int | None = None
    complete: bool = True
    """Every page that the site announces was read, and none of them left a doubt."""
    doubts: list[str] = field(default_factory=list)
    """Why the walk is not complete, in words."""
    reader: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    """Heading → field, over all pages."""
    unread: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """A document that travels between processes."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Walked:
        """The inverse of `as_json`."""
        rows = [
            RawRow(**{**row, "cells": {name: RawCell(**cell) for name, cell in row["cells"].items()}})
            for row in document["rows"]
        ]
        problems = [Problem(**problem) for problem in document["problems"]]
        return cls(**{**document, "rows": rows, "problems": problems})
