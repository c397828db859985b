"""What every reader produces before meaning comes in: printed values, grids of them, and lists of records.

Shapes only. Text is as printed: entities decoded, runs of white space one space, a line break kept as "\\n".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple


class Line(NamedTuple):
    """One line of a printed value."""

    text: str
    href: str | None = None
    item: int = 0
    """Which entry of a list inside the value it belongs to; 0 outside any list."""
    strong: bool = False
    """All of it is bold, or a link."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed value and where it stands."""

    lines: tuple[Line, ...] = ()
    locator: str = ""
    heading_like: bool = False
    """Marked up as a heading: `<th>`, or wholly bold."""
    opaque: bool = False
    """Holds a picture whose meaning can't be told: it must not be taken for an empty value."""
    hint: str = ""
    """What the page says that a short text stands for."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines if line.text)

    @property
    def href(self) -> str | None:
        """The first address that the value links to."""
        return next((line.href for line in self.lines if line.href), None)

    @property
    def blank(self) -> bool:
        return not self.opaque and not self.text.strip() and self.href is None

    def with_lines(self, lines: Iterable[Line]) -> Printed:
        return replace(self, lines=tuple(lines))


EMPTY = Printed()
UNLABELLED = ("(text)",)
"""The heading of what an entry prints without any label."""


def plain(text: str, locator: str, href: str | None = None, *, heading_like: bool = False) -> Printed:
    """A value from a format without markup; line feeds in it are line breaks."""
    lines = tuple(Line(part.strip(), href) for part in text.split("\n") if part.strip())
    if not lines and href:
        lines = (Line("", href),)
    return Printed(lines, locator, heading_like)


@dataclass(frozen=True, slots=True)
class Slot:
    """One square of a grid. Squares that one cell spans share its `origin`."""

    value: Printed
    origin: tuple[int, int]


@dataclass(slots=True)
class GridRow:
    slots: list[Slot | None]
    """None where the source has no cell."""
    locator: str
    section: str = "body"
    """`head`, `body` or `foot`; `hidden` for a row of a workbook that nobody is shown."""
    overflow: bool = False
    """Cells ran into squares that a row above already spans."""

    @property
    def values(self) -> list[Printed]:
        return [slot.value if slot else EMPTY for slot in self.slots]

    def cells(self) -> list[Slot]:
        """Each cell once, however many squares it spans."""
        seen: dict[tuple[int, int], Slot] = {}
        for slot in self.slots:
            if slot is not None:
                seen.setdefault(slot.origin, slot)
        return list(seen.values())


@dataclass(slots=True)
class Grid:
    """Rows of squares, spans expanded. Rows may differ in length: that is the source's doing."""

    rows: list[GridRow]
    locator: str
    context: tuple[str, ...] = ()
    """What stands above it: caption, then headings from near to far."""


@dataclass(slots=True)
class Record:
    """One entry of a list: a value for each column, None where the source prints none."""

    values: list[Printed | None]
    locator: str
    flaw: str | None = None
    """Why the entry can't be trusted, in words; such an entry is reported and never read."""
    spans: dict[int, int] = field(default_factory=dict)
    """Column → the first column of the cell that covers both."""
    groups: tuple[Printed, ...] = ()
    """Printed titles of the group of entries that it stands in, nearest first."""


@dataclass(slots=True)
class Listing:
    """A list whose columns have headings, whatever the layout was."""

    reader: str
    columns: list[tuple[str, ...]]
    """The path of each heading: a group of columns, then the column."""
    records: list[Record]
    locator: str
    context: tuple[str, ...] = ()
    side: bool = False
    """The headings stand beside the values, not above: usually one entry a table."""
    scattered: bool = False
    """Each entry prints its own labels, so that one field may be labelled differently from entry to entry."""
    last_resort: bool = False
    """One object or block that is a list only when the page holds no other."""
    forced: dict[int, str] = field(default_factory=dict)
    """Columns whose field the layout tells, whatever they are called: a host's name printed as a title."""
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """What was seen in rows that are not entries: (code, printed text, locator)."""

    def heading(self, column: int) -> str:
        """The heading as a person reads it."""
        return " / ".join(self.columns[column])
