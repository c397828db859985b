"""Successive states of the replica's lists: what happens from one edition to the next, and which are faults.

Numbered editions build on each other; a named fault edition says how the site misbehaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from crawler.replica import cast
from crawler.replica.certificates import path_of
from crawler.replica.lines import ALL_ACTIVITIES, Body, Line
from crawler.replica.population import base_bodies, base_lines, letter_of, newcomer, real_lines, sorted_lines

LAST_EDITION = 4
QUARANTINE = "quarantine"
FAULTS = ("down", "login", "blank", "truncated", "botwall")
"""Editions in which the list pages are not the list pages."""


@dataclass(frozen=True)
class Edition:
    """The whole content of the site at one time."""

    name: str
    lines: tuple[Line, ...]
    bodies: tuple[Body, ...]

    @property
    def hosts(self) -> int:
        """The number of hosts, as the page declares it."""
        return len({line.name for line in self.lines})

    def of_letter(self, letter: str) -> list[Line]:
        """Lines filed under a letter (`A`…`Z`, `0-9`), in page order."""
        return [line for line in self.lines if letter_of(line.name) == letter]


def edition_names() -> tuple[str, ...]:
    """Every name that `--edition` takes."""
    return (*(str(n) for n in range(1, LAST_EDITION + 1)), QUARANTINE, *FAULTS)


def parse_edition(given: int | str) -> str:
    """The edition's name. Raises ValueError naming the allowed ones."""
    if str(given) not in edition_names():
        raise ValueError(f"edition {given!r}: no such edition; allowed: {', '.join(edition_names())}")
    return str(given)


@cache
def edition(name: str, today: date = cast.REFERENCE_DATE, hosts: int | None = None) -> Edition:
    """The content of an edition. A fault edition has that of edition 1; the server misbehaves around it.

    `hosts` thins the list out to about that many, evenly; the sourced hosts and those of the cast always stay.
    """
    number = int(name) if name.isdigit() else 1
    lines, bodies = base_lines(today), base_bodies()
    if hosts is not None:
        lines = _thinned(lines, hosts)
    for step in range(2, number + 1):
        lines = _LINE_STEPS[step](lines)
        if step in _BODY_STEPS:
            bodies = _BODY_STEPS[step](bodies)
    if name == QUARANTINE:
        lines = [line for line in lines if _survives(line)]
    return Edition(name, tuple(sorted_lines(lines)), tuple(bodies))


@cache
def documents(today: date, hosts: int | None = None) -> dict[str, Line]:
    """Path of a PDF certificate → the line that links it, over all editions: old files stay on the site."""
    numbered = [edition(str(number), today, hosts) for number in range(1, LAST_EDITION + 1)]
    linked = [line for one in numbered for line in one.lines if line.document and line.name != cast.BROKEN_LINK]
    return {line.document: line for line in reversed(linked)}


def _thinned(lines: list[Line], hosts: int) -> list[Line]:
    named = {line.name for line in real_lines()} | set(cast.SIRENS)
    others = list(dict.fromkeys(line.name for line in lines if line.name not in named))
    wanted = max(1, hosts - len(named) + 1)
    kept = named | {others[place * len(others) // wanted] for place in range(wanted)}
    return [line for line in lines if line.name in kept]


def _survives(line: Line) -> bool:
    """Six hosts of ten are gone; which, is the same every time."""
    return sum(line.name.encode()) % 10 < 4


def _change(lines: list[Line], host: str, **values: object) -> list[Line]:
    changed = [
        replace(line, **values) if line.name == host else line  # type: ignore[arg-type]  # checked by dataclasses.replace
        for line in lines
    ]
    assert changed != lines, f"no line of {host!r} to change"
    return changed


def _normal_week(lines: list[Line]) -> list[Line]:
    """A renewal, a scope cut, a rename, a moved date, a transfer and a newcomer."""
    lines = _change(lines, cast.SCOPE_CUT, activities=ALL_ACTIVITIES - {5}, document=path_of("FICTIF-9002 rev 2"))
    lines = _change(
        lines, cast.RENEWED, number="FICTIF-9003-2", issued_on=date(2026, 11, 9), expires_on=date(2029, 11, 8),
        document=path_of("FICTIF-9003-2"),
    )  # fmt: skip
    lines = _change(lines, cast.RENAMED, name=cast.RENAMED_TO)
    lines = _change(lines, cast.EXPIRY_MOVED, expires_on=date(2028, 2, 19))
    lines = _change(lines, cast.TRANSFERRED, certifier=cast.NEW_CERTIFIER, number="AUSTRAL-FICTIF-77", document="")
    return [*lines, newcomer()]


def _a_departure(lines: list[Line]) -> list[Line]:
    """One host is gone, another's scope grows."""
    lines = _change(lines, cast.SCOPE_EXTENDED, activities=ALL_ACTIVITIES)
    return [line for line in lines if line.name != cast.DELISTED]


def _a_return(lines: list[Line]) -> list[Line]:
    """The host that was gone is back as it was."""
    gone = [line for line in base_lines(cast.REFERENCE_DATE) if line.name == cast.DELISTED]
    return [*lines, *gone]


def _accreditations_move(bodies: list[Body]) -> list[Body]:
    """One accreditation ends, one body comes."""
    ended = [
        replace(body, accreditation_ended_on=date(2026, 10, 31)) if body.name == cast.LAPSED_CERTIFIER else body
        for body in bodies
    ]
    late = Body(cast.LATE_CERTIFIER, "Accréditeur fictif", "FICTIF 4-904", date(2026, 11, 2), None, "FR")
    return sorted([*ended, late], key=lambda body: body.name.casefold())


_LINE_STEPS: dict[int, Callable[[list[Line]], list[Line]]] = {2: _normal_week, 3: _a_departure, 4: _a_return}
_BODY_STEPS: dict[int, Callable[[list[Body]], list[Body]]] = {3: _accreditations_move}
