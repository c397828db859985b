"""Runs made of plain rows, counted the way a crawl counts them."""

from __future__ import annotations

from functools import cache

from registry.gate import RunStatistics, collapse, statistics
from registry.interpret import interpret_rows
from registry.models import RawCell, RawRow, Source

NAMES = [
    "Alpha",
    "Bravo",
    "Charlie",
    "Delta",
    "Echo",
    "Foxtrot",
    "Golf",
    "Hotel",
    "India",
    "Juliett",
    "Kilo",
    "Lima",
    "Mike",
    "November",
    "Oscar",
    "Papa",
    "Quebec",
    "Romeo",
    "Sierra",
    "Tango",
]


def listed(at: int, **texts: str) -> dict[str, str]:
    """The cells of the at-th host, some replaced."""
    usual = {
        "legal_name": f"{NAMES[at % 20]} Hébergement" + (f" {at // 20}" if at >= 20 else ""),
        "number": f"{38000 + at}-1",
        "certifier": "LNE",
        "referential": "v2",
        "activities": "1 à 6",
        "issued_on": "12/09/2025",
        "expires_on": "11/09/2028",
    }
    return usual | texts


def rows_of(cells: list[dict[str, str]], source: Source = "hosts") -> list[RawRow]:
    return [
        RawRow(
            source,
            "0" * 64,
            "https://example.org",
            f"tr[{at}]",
            {name: RawCell(text, f"td[{name}]", name) for name, text in row.items()},
        )
        for at, row in enumerate(cells)
    ]


def counted(
    cells: list[dict[str, str]],
    *,
    source: Source = "hosts",
    declared_total: int | None = None,
    navigation_complete: bool = True,
) -> RunStatistics:
    records, problems = interpret_rows(source, rows_of(cells, source))
    kept, repeats, contradictions = collapse(records)
    return statistics(
        source,
        kept,
        [*problems, *repeats, *contradictions],
        navigation_complete=navigation_complete,
        declared_total=declared_total,
        repeats=len(repeats),
        contradictions=len(contradictions),
    )


@cache
def list_of(count: int) -> RunStatistics:
    """An ordinary list of that many hosts that declares its total."""
    return counted(hosts(count), declared_total=count)


def hosts(count: int, **every: str) -> list[dict[str, str]]:
    return [listed(at, **every) for at in range(count)]
