"""What `hdswatch probe` prints for a person: how a page was understood, as Rich tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.cli.common import cell

_SHOWN_ROWS = 10
_SHOWN_COLUMNS = (
    "legal_name", "name", "certifier", "number", "referential_label", "activities", "issued_on", "expires_on",
    "accreditation_number", "accredited_on",
)  # fmt: skip


def show_probe(found: Mapping[str, Any]) -> None:
    """Prints the document that `crawler.probe.probe` gives."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    rows = found["rows"]
    total = "none" if found["declared_total"] is None else found["declared_total"]
    console.print(f"[bold]{cell(found['location'])}[/bold]")
    console.print(f"reader: {found['reader'] or 'none'}   rows: {len(rows)}   declared total: {total}")
    headings = Table("heading", "field", title="headings", title_justify="left")
    for heading, field in found["fields"].items():
        headings.add_row(cell(heading), cell(field))
    console.print(headings)
    if found["unread"]:
        console.print("unread: " + cell(", ".join(map(str, found["unread"]))))
    columns = [name for name in _SHOWN_COLUMNS if any(row.get(name) for row in rows)]
    table = Table(*columns, title=f"first {min(len(rows), _SHOWN_ROWS)} of {len(rows)} rows", title_justify="left")
    for row in rows[:_SHOWN_ROWS]:
        table.add_row(*(cell(_listed(row.get(name))) for name in columns))
    if rows:
        console.print(table)
    for problem in found["problems"]:
        where = "page" if problem["row"] is None else f"row {problem['row']}"
        raw = f" ({problem['raw']!r})" if problem.get("raw") else ""
        console.print(cell(f"{where}, {problem['field']}: {problem['message']}{raw}"))


def _listed(value: object) -> object:
    return ",".join(map(str, value)) if isinstance(value, list) else value
