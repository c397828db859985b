"""What goes wrong with a page over time, as data: mutations of the true table, and the layouts that print them."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from crawler import guards
from crawler.readers import Reading, UnreadablePage
from registry.interpret import interpret_rows
from tests.crawler_read.reading import ALL, HOSTS, URL, read_page, records, truths
from tests.crawler_read.table_pages import HEADINGS, values

Head = list[str]
Lines = list[list[str]]
BASE: Lines = [values(entry) for entry in HOSTS]
FILLED = range(len(HEADINGS))


@dataclass(frozen=True)
class Mutation:
    """A changed table, and what it now says: by default the truth, otherwise field → value for all rows or for one."""

    name: str
    head: Head
    lines: Lines
    gone: tuple[str, ...] = ()
    """Fields that the page no longer prints at all."""
    blank: tuple[int, str] | None = None
    """(row, field) that the page prints blank."""

    def truth(self) -> list[tuple[Any, ...]]:
        expected = [list(line) for line in truths()]
        for field in self.gone:
            for line in expected:
                line[ALL.index(field)] = None
        if self.blank is not None:
            expected[self.blank[0]][ALL.index(self.blank[1])] = None
        return [tuple(line) for line in expected]


def _changed(row: int, change: Callable[[list[str]], list[str]]) -> Lines:
    return [change(list(line)) if number == row else list(line) for number, line in enumerate(BASE)]


def headings_lost() -> Iterator[Mutation]:
    for at in FILLED:
        for text in ("", "Zorglub"):
            yield Mutation(f"{HEADINGS[at]} called {text!r}", [*HEADINGS[:at], text, *HEADINGS[at + 1 :]], BASE)


def columns_dropped() -> Iterator[Mutation]:
    for at in FILLED:
        yield Mutation(
            f"no column {HEADINGS[at]}", [*HEADINGS[:at], *HEADINGS[at + 1 :]], [line[:at] + line[at + 1 :] for line in BASE],
            gone=(ALL[at],),
        )  # fmt: skip


def columns_doubled() -> Iterator[Mutation]:
    for at in FILLED:
        yield Mutation(f"{HEADINGS[at]} twice, differing", [*HEADINGS, HEADINGS[at]],
                       [[*line, BASE[(row + 1) % len(BASE)][at]] for row, line in enumerate(BASE)])  # fmt: skip


def headings_swapped() -> Iterator[Mutation]:
    for a, b in itertools.combinations(FILLED, 2):
        head = list(HEADINGS)
        head[a], head[b] = head[b], head[a]
        yield Mutation(f"headings {HEADINGS[a]} and {HEADINGS[b]} exchanged", head, BASE)


def headings_moved() -> Iterator[Mutation]:
    for a, b in itertools.permutations(FILLED, 2):
        head = [heading for at, heading in enumerate(HEADINGS) if at != a]
        head.insert(b, HEADINGS[a])
        if head != list(HEADINGS):
            yield Mutation(f"heading {HEADINGS[a]} moved to place {b + 1}", head, BASE)


def cells_swapped() -> Iterator[Mutation]:
    for a, b in itertools.combinations(FILLED, 2):

        def swap(line: list[str], a: int = a, b: int = b) -> list[str]:
            line[a], line[b] = line[b], line[a]
            return line

        yield Mutation(f"{HEADINGS[a]} and {HEADINGS[b]} of one row exchanged", list(HEADINGS), _changed(1, swap))


def cells_lost_or_added() -> Iterator[Mutation]:
    for at in FILLED:
        yield Mutation(
            f"one cell {HEADINGS[at]} missing",
            list(HEADINGS),
            _changed(2, lambda line, at=at: line[:at] + line[at + 1 :]),
        )
        for text in ("", "x"):
            yield Mutation(f"a cell {text!r} before one {HEADINGS[at]}", list(HEADINGS),
                           _changed(2, lambda line, at=at, text=text: [*line[:at], text, *line[at:]]))  # fmt: skip


def rows_shifted() -> Iterator[Mutation]:
    """One row, or all, moved by a cell. Where that only blanks the last cell, the page has truly lost it."""
    for at in FILLED[:-1]:
        left: Callable[[list[str]], list[str]] = lambda line, at=at: [*line[:at], *line[at + 1 :], ""]  # noqa: E731  one of two
        right: Callable[[list[str]], list[str]] = lambda line, at=at: [*line[:at], "", *line[at:-1]]  # noqa: E731  the other
        for side, shift in (("left", left), ("right", right)):
            yield Mutation(f"one row shifted {side} from {HEADINGS[at]}", list(HEADINGS), _changed(2, shift))
            yield Mutation(
                f"all rows shifted {side} from {HEADINGS[at]}", list(HEADINGS), [shift(list(line)) for line in BASE]
            )


def cells_blank() -> Iterator[Mutation]:
    for at in FILLED:
        yield Mutation(f"one {HEADINGS[at]} blank", list(HEADINGS),
                       _changed(2, lambda line, at=at: [*line[:at], "", *line[at + 1 :]]), blank=(2, ALL[at]))  # fmt: skip


MUTATIONS: dict[str, Callable[[], Iterator[Mutation]]] = {
    "headings lost": headings_lost, "columns dropped": columns_dropped, "columns doubled": columns_doubled,
    "headings swapped": headings_swapped, "headings moved": headings_moved, "cells swapped": cells_swapped,
    "cells lost or added": cells_lost_or_added, "rows shifted": rows_shifted, "cells blank": cells_blank,
}  # fmt: skip


# ---- layouts -------------------------------------------------------------------------------------------------------


def _page(content: str) -> str:
    return f"<html><body><h1>Liste des hébergeurs certifiés</h1>{content}</body></html>"


def as_table(head: Head, lines: Lines) -> tuple[str, str]:
    def row(texts: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts) + "</tr>"

    return _page("<table>" + row(head, "th") + "".join(row(line, "td") for line in lines) + "</table>"), "text/html"


def as_csv(head: Head, lines: Lines) -> tuple[str, str]:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([head, *lines])
    return out.getvalue(), "text/csv"


def as_json(head: Head, lines: Lines) -> tuple[str, str]:
    return json.dumps([dict(zip(head, line, strict=True)) for line in lines]), "application/json"


def as_cards(head: Head, lines: Lines) -> tuple[str, str]:
    def card(line: list[str]) -> str:
        facts = "".join(f"<p>{escape(h)} : {escape(v)}</p>" for h, v in zip(head[1:], line[1:], strict=True) if v)
        return f"<div class=card><h3>{escape(line[0])}</h3>{facts}</div>"

    return _page("".join(map(card, lines))), "text/html"


def as_tables_of_two_columns(head: Head, lines: Lines) -> tuple[str, str]:
    def one(line: list[str]) -> str:
        return "".join(f"<tr><th>{escape(h)}</th><td>{escape(v)}</td></tr>" for h, v in zip(head, line, strict=True))

    return _page("".join(f"<table>{one(line)}</table>" for line in lines)), "text/html"


def as_definitions(head: Head, lines: Lines) -> tuple[str, str]:
    def one(line: list[str]) -> str:
        return "".join(f"<dt>{escape(h)}</dt><dd>{escape(v)}</dd>" for h, v in zip(head, line, strict=True) if v)

    return _page("<dl>" + "".join(map(one, lines)) + "</dl>"), "text/html"


def as_columns(head: Head, lines: Lines) -> tuple[str, str]:
    def one(at: int, heading: str) -> str:
        return f"<tr><th>{escape(heading)}</th>" + "".join(f"<td>{escape(line[at])}</td>" for line in lines) + "</tr>"

    return _page("<table>" + "".join(one(at, heading) for at, heading in enumerate(head)) + "</table>"), "text/html"


LAYOUTS: dict[str, Callable[[Head, Lines], tuple[str, str]]] = {
    "table": as_table, "csv": as_csv, "json": as_json, "cards": as_cards, "two columns": as_tables_of_two_columns,
    "definitions": as_definitions, "side by side": as_columns,
}  # fmt: skip
_RAGGED = ("table", "csv")


def can_show(layout: str, mutation: Mutation) -> bool:
    """Whether a layout can print that mutation at all: only rows of cells can have one too few."""
    even = all(len(line) == len(mutation.head) for line in mutation.lines)
    if layout == "json":
        return even and "" not in mutation.head and len(set(mutation.head)) == len(mutation.head)
    if layout == "cards":
        return even and mutation.head[0] == HEADINGS[0]
    return even or layout in _RAGGED


LABELLED = ("cards", "two columns", "definitions")
"""Layouts that leave out a label without a value: what was shifted out of them leaves no trace."""


def verdict(page: str, media_type: str, expected: list[tuple[Any, ...]]) -> str:
    """`exact`, `refused`, `loud` (values missing, each with a problem on its row), or what was silently wrong."""
    if guards.check(page.encode(), media_type, URL)[1] is not None:
        return "refused"
    try:
        reading = read_page(page, media_type)
    except UnreadablePage:
        return "refused"
    found = records(reading)
    if found == expected:
        return "exact"
    if reading.refusals:
        return "refused"
    return _loudness(reading, found, expected)


def _loudness(reading: Reading, found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> str:
    _, problems = interpret_rows("hosts", reading.rows)
    if {problem.code for problem in problems} & {"rejected", "shifted_cells"}:
        return "loud"
    if len(found) != len(expected):
        return f"{len(found)} entries instead of {len(expected)}"
    told = {problem.row for problem in [*reading.problems, *problems]}
    for row, (got, true) in enumerate(zip(found, expected, strict=True)):
        for field, value, truth in zip(ALL, got, true, strict=True):
            if value != truth and (value is not None or not told & {row, None}):
                return f"{field} of row {row + 1}: {value!r} instead of {truth!r}"
    return "loud"
