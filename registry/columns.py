"""Six yes/no columns → the activities held. Knows how such columns are filled; writes no problem itself.

A column means what its heading's text says (v1 tables print the platform third), its number only when the heading has
no such text. A cell is yes, no, or not understood; one cell that is not understood makes the whole set unknown, because
a set with a hole is as wrong as one with an activity too many. "Exempté" is such a cell: neither held nor not held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.activities import ALL_SIX, activity_of_heading
from registry.models import RawRow
from registry.text import clean, fold

TICKS = frozenset("✓✔☑√✅●■◉⬤•")
CROSSES = frozenset("✗✘❌☐○□✕✖")
_YES = frozenset(
    {
        "oui",
        "yes",
        "o",
        "y",
        "1",
        "true",
        "vrai",
        "ok",
        "certifie",
        "certifiee",
        "certified",
        "couvert",
        "couverte",
        "covered",
        "inclus",
        "incluse",
        "included",
        "check",
        "checked",
        "coche",
        "tick",
        "present",
        "valide",
        "actif",
        "active",
    }
)
_NO = frozenset(
    {
        "non",
        "no",
        "n",
        "0",
        "false",
        "faux",
        "ko",
        "non certifie",
        "non certifiee",
        "not certified",
        "non couvert",
        "non couverte",
        "not covered",
        "exclu",
        "exclue",
        "non inclus",
        "non incluse",
        "not included",
        "excluded",
        "unchecked",
        "non coche",
        "cross",
        "croix",
        "absent",
        "absente",
        "inactif",
        "inactive",
    }
)
_EMPTY = frozenset({"", "-", "–", "—", "--", "_", "/", "."})
_SUBJECT = re.compile(r"^(?:l')?(?:activite|activity|perimetre)(?: (?:est|is))? (?=\w)")
"""What the answer is about: "Activité couverte"."""
_LETTER_X = frozenset({"x", "×"})


@dataclass(frozen=True, slots=True)
class ColumnHabits:
    """How the yes/no columns are filled over a whole list."""

    columns: frozenset[str] = frozenset()
    """Fields `activity_N` that some row has."""
    says_no: bool = False
    """An explicit no is printed somewhere, so that a blank cell is not a no."""
    ticks: bool = False
    """Ticks are printed somewhere, so that an x beside them may be a cross."""


@dataclass(frozen=True, slots=True)
class ColumnReading:
    present: bool
    activities: frozenset[int] | None = None
    doubts: list[tuple[str, str]] = field(default_factory=list)
    """(field, message)"""
    filled: bool = True


def observe(rows: Iterable[RawRow]) -> ColumnHabits:
    """Looks over all rows once."""
    columns: set[str] = set()
    marks: set[str] = set()
    for row in rows:
        for name, cell in row.cells.items():
            if name.startswith("activity_"):
                columns.add(name)
                marks.add(_plain(cell.text))
    return ColumnHabits(frozenset(columns), bool(marks & (_NO | CROSSES)), bool(marks & TICKS))


def read_columns(row: RawRow, habits: ColumnHabits) -> ColumnReading:
    """The activities that the yes/no columns of that row show, or None with the reasons."""
    if not habits.columns or not any(name in row.cells for name in habits.columns):
        return ColumnReading(False)
    doubts: list[tuple[str, str]] = []
    held: set[int] = set()
    meaning: dict[int, str] = {}
    filled = False
    for name in sorted(habits.columns):
        cell = row.cells.get(name)
        number = (activity_of_heading(cell.heading) if cell else None) or int(name.removeprefix("activity_"))
        if number in meaning:
            doubts.append((name, f"two columns stand for activity {number}: {meaning[number]} and {name}"))
        meaning[number] = name
        text = cell.text if cell else ""
        answer = _answer(text, habits)
        filled = filled or _plain(text) not in _EMPTY
        if answer is None:
            doubts.append((name, f"expected yes or no for activity {number}, found {clean(text)!r}"))
        elif answer:
            held.add(number)
    if missing := ALL_SIX - set(meaning):
        doubts.append((min(habits.columns), f"no column for activity {', '.join(map(str, sorted(missing)))}"))
    if not filled:
        return ColumnReading(True, None, [(min(habits.columns), "no activity column of this row is filled")], False)
    if not doubts and not held:
        doubts.append((min(habits.columns), "no activity column of this row says yes"))
    return ColumnReading(True, None if doubts else frozenset(held), doubts)


def _plain(text: str) -> str:
    said = fold(text).replace("\ufe0f", "").strip(" .:()[]") or clean(text).strip(".:()[] ")
    return _SUBJECT.sub("", said)


def _answer(text: str, habits: ColumnHabits) -> bool | None:
    plain = _plain(text)
    if plain in _LETTER_X:
        return None if habits.ticks or (plain == "×" and habits.says_no) else True
    if plain in TICKS or plain in _YES:
        return True
    if plain in CROSSES or plain in _NO:
        return False
    if plain in _EMPTY:
        return None if habits.says_no and not plain else False
    return None


def yes_or_no(text: str) -> bool | None:
    """What one answer says by itself, whatever stands beside it; None when it is neither."""
    return _answer(text, ColumnHabits())
