"""A check's result as a table for people, CSV or Markdown. JSON is `CheckResult.as_json`.

Owns layout and the neutralising of scraped text for each form: no formula in CSV, no broken cell in Markdown, no
control character or markup on a terminal. Decides nothing.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from monitor.findings import SEVERITY, Severity, Verdict
from monitor.wording import in_words_date, plain, words
from registry.export import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType

    from monitor.verdicts import CheckResult, ContractVerdict

WORST_FIRST = (Verdict.BREACH, Verdict.UNKNOWN, Verdict.ATTENTION, Verdict.COVERED, Verdict.CLOSED)
STYLES = {
    Verdict.BREACH: ("bold red", "✗"),
    Verdict.UNKNOWN: ("yellow", "?"),
    Verdict.ATTENTION: ("cyan", "!"),
    Verdict.COVERED: ("green", "✓"),
    Verdict.CLOSED: ("dim", "–"),
}
CSV_COLUMNS = (
    "id", "supplier", "verdict", "host_id", "legal_name", "siren", "matched_by", "coverage_end", "days_left",
    "missing_activities", "findings", "messages",
)  # fmt: skip


def csv_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula: a cell that could be one gets an apostrophe in front."""
    return str(harmless("" if value is None else plain(value, longest=None)))


def as_csv(result: CheckResult) -> str:
    """One line a contract, with a heading; UTF-8, commas, CRLF as RFC 4180 says."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for one in result.contracts:
        writer.writerow(map(csv_cell, _csv_values(one, result.watchlist.language)))
    return out.getvalue()


def _csv_values(one: ContractVerdict, language: str) -> tuple[object, ...]:
    host = one.match.host
    return (
        one.contract.id,
        one.contract.supplier,
        one.verdict,
        host.id if host else None,
        host.legal_name if host else None,
        host.siren if host else None,
        one.match.how,
        one.coverage_end,
        one.days_left,
        " ".join(map(str, one.missing_activities)),
        " ".join(finding.code for finding in one.findings),
        " ".join(finding.message(language) for finding in one.findings),
    )


def markdown_cell(value: object) -> str:
    """Text that stays one cell and starts no markup."""
    text = plain(value).replace("\\", "\\\\")
    return re.sub(r"([|`*_{}\[\]<>#~!])", r"\\\1", text)


def as_markdown(result: CheckResult) -> str:
    """A heading, a summary line, a table of contracts worst first, and each finding in words."""
    language = result.watchlist.language
    text = words(language)["check"]
    lines = [
        f"# {markdown_cell(result.watchlist.organisation)} – {in_words_date(result.on, language)}",
        "",
        summary_line(result),
        "",
        "| " + " | ".join(text["columns"]) + " |",
        "|---|---|---|---|---|",
    ]
    ordered = worst_first(result)
    for one in ordered:
        cells = (
            f"{STYLES[one.verdict][1]} {text_of_verdict(one.verdict, language)}",
            markdown_cell(one.contract.id),
            markdown_cell(_who(one)),
            _until(one, language),
            ", ".join(dict.fromkeys(finding.code for finding in one.findings)),
        )
        lines.append("| " + " | ".join(cells) + " |")
    for one in ordered:
        if one.findings:
            lines += ["", f"## {markdown_cell(one.contract.id)}", ""]
            lines += [f"- **{finding.code}** {markdown_cell(finding.message(language))}" for finding in one.findings]
    return "\n".join(lines) + "\n"


def worst_first(result: CheckResult) -> list[ContractVerdict]:
    """Contracts by verdict, worst first; among equals in the watchlist's order."""
    return sorted(result.contracts, key=lambda one: WORST_FIRST.index(one.verdict))


def text_of_verdict(verdict: Verdict, language: str) -> str:
    return str(words(language)["verdicts"][str(verdict)])


def summary_line(result: CheckResult, language: str | None = None) -> str:
    """`2 non couverts, 1 à vérifier, …` and the age of what was read; the watchlist's language when none is given."""
    language = language or result.watchlist.language
    text = words(language)["check"]
    numbers = {verdict: result.summary[verdict] for verdict in WORST_FIRST if result.summary[verdict]}
    counts = ", ".join(f"{number} {text['counted'][str(verdict)][number > 1]}" for verdict, number in numbers.items())
    if result.registry.observed_at is None:
        return f"{counts or text['nothing']}. {text['never_read']}"
    read = in_words_date(result.registry.observed_at[:10], language)
    return f"{counts or text['nothing']}. {text['read_on'].format(read, result.registry.age_days)}"


def as_table(result: CheckResult) -> RenderableType:
    """A table that is readable at 80 columns, then every finding in words. Colour, sign and word say the same."""
    from rich import box
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    language = result.watchlist.language
    headings = words(language)["check"]["columns"]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
    table.add_column(headings[0], no_wrap=True)
    table.add_column(headings[1], overflow="fold", max_width=24)
    table.add_column(headings[2], overflow="fold", max_width=24)
    table.add_column(headings[3], no_wrap=True)
    details: list[RenderableType] = []
    for one in worst_first(result):
        style, sign = STYLES[one.verdict]
        table.add_row(
            Text(f"{sign} {words(language)['check']['short'][str(one.verdict)]}", style=style),
            Text(plain(one.contract.id)),
            Text(plain(_who(one))),
            Text(_until(one, language)),
        )
        for place, finding in enumerate(one.findings):
            if not place:
                details.append(Text(plain(one.contract.id), style="bold"))
            colour = STYLES[Verdict(finding.severity)][0] if SEVERITY[finding.code] != Severity.INFO else "dim"
            sentence = Text.assemble((finding.code, colour), " ", finding.message(language))
            details.append(Padding(sentence, (0, 0, 0, 2)))
    return Group(table, *details, Text(""), Text(summary_line(result), style="bold"))


def _who(one: ContractVerdict) -> str:
    return one.match.host.legal_name if one.match.host else one.contract.supplier


def _until(one: ContractVerdict, language: str) -> str:
    if one.coverage_end is None:
        return "–"
    return f"{one.coverage_end.isoformat()} ({words(language)['check']['days'].format(one.days_left)})"
