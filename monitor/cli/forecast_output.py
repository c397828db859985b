"""A forecast in words, as a table for people. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.wording import in_words_date, in_words_days, plain, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rich.console import RenderableType

    from monitor.forecast import Entry


def as_table(entries: Sequence[Entry], until: date, schedule: str, language: str) -> RenderableType:
    """By day; readable at 80 columns."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    text = words(language, "planning")["forecast"]
    title = Text(text["title"].format(until=in_words_date(until, language)), style="bold")
    weekday, time = schedule.split()
    digest = Text(text["digest"].format(weekday=text["weekdays"][weekday], time=time), style="dim")
    if not entries:
        return Group(title, Text(text["none"]), digest)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(text["columns"]):
        table.add_column(heading, no_wrap=place == 0, overflow="fold")
    for entry in entries:
        table.add_row(
            entry.on.isoformat(),
            Text(plain(entry.contract.id if entry.contract else "–")),
            Text(sentence(entry, language)),
            Text(plain(", ".join(entry.contacts) or "–")),
        )
    return Group(title, table, digest)


def sentence(entry: Entry, language: str) -> str:
    """What the message will be about, in a few words."""
    text = words(language, "planning")["forecast"]
    if entry.kind != "alert":
        return str(text[entry.kind])
    template = str(text["reasons"].get(entry.reason, text["reasons"]["found"]))
    values = {"codes": ", ".join(entry.codes)}
    if entry.coverage_end is not None:
        values["coverage_end"] = in_words_date(entry.coverage_end, language)
        values["days_left"] = in_words_days((entry.coverage_end - entry.on).days, language)
    return template.format_map(values)
