"""Commands: crawl, probe, runs, replay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli.common import cell, home_and_settings, print_json, tell, who_decides
from registry.errors import ConfigurationError, HdsWatchError

if TYPE_CHECKING:
    from registry.home import Home
    from registry.models import RunReport, Source
    from registry.settings import Settings

EXIT_CODES = {"accepted": 0, "unchanged": 0, "quarantined": 3, "failed": 4}


class What(StrEnum):
    """What can be crawled."""

    HOSTS = "hosts"
    CERTIFIERS = "certifiers"
    DOCUMENTS = "documents"
    ALL = "all"


class Listed(StrEnum):
    """What can be probed."""

    HOSTS = "hosts"
    CERTIFIERS = "certifiers"


_WHAT = typer.Argument(What.ALL, metavar="[hosts|certifiers|documents|all]", help="What to crawl.", show_default=True)
_URL = typer.Option(None, "--url", metavar="URL", help="Read this address instead of the configured ones.")
_FILE = typer.Option(
    None, "--file", metavar="PATH", help="Read this local file (HTML, JSON, CSV, XLSX, PDF); no network."
)
_SOURCE = typer.Argument(..., metavar="hosts|certifiers", help="Which list to look for.")
_LOCATION = typer.Argument(..., help="An address or a file.")
_RUN = typer.Option(None, "--run", metavar="ID", help="This run; the last good one of each list if left out.")
_JSON = typer.Option(False, "--json", help="Print one JSON document on stdout and nothing else there.")


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""

    @app.command(epilog="Example:  hdswatch crawl hosts --url https://example.org/list --json")
    def crawl(what: What = _WHAT, url: str = _URL, file: Path = _FILE, as_json: bool = _JSON) -> None:
        """One crawl: fetch, keep the evidence, read, judge, publish what is believable.

        Exit codes: 0 accepted or unchanged, 3 quarantined, 4 the source could not be reached or is not the page.
        """
        raise typer.Exit(_crawl(what, url, file, as_json))

    @app.command(epilog="Example:  hdswatch probe hosts https://example.org/list")
    def probe(source: Listed = _SOURCE, location: str = _LOCATION, as_json: bool = _JSON) -> None:
        """Shows how a page or file is understood: reader, headings, rows, what was left unread. Writes nothing."""
        from crawler.probe import probe as look

        home, settings = home_and_settings(prepare=False)
        found = look(source.value, location, settings, home.path)
        if as_json:
            print_json(found)
        else:
            from monitor.cli.probe_output import show_probe

            show_probe(found)

    @app.command(epilog="Example:  hdswatch replay --run 12")
    def replay(run: int = _RUN, as_json: bool = _JSON) -> None:
        """Reads stored evidence again with today's reader. Differences are labelled `reader` and never alerted."""
        raise typer.Exit(_replay(run, as_json))

    app.add_typer(_runs_app(), name="runs")


# --- crawl ------------------------------------------------------------------------------------------------------------


def _crawl(what: What, url: str | None, file: Path | None, as_json: bool) -> int:
    if url is not None and file is not None:
        raise ConfigurationError("--url and --file: expected one of them, found both")
    if (url is not None or file is not None) and what not in (What.HOSTS, What.CERTIFIERS):
        raise ConfigurationError(
            f"crawl {what.value}: --url and --file need `hosts` or `certifiers`, to say which list it is"
        )
    home, settings = home_and_settings()
    if what is What.DOCUMENTS:
        return _documents(home, settings, as_json)
    sources: list[Source] = ["hosts", "certifiers"] if what is What.ALL else [what.value]  # type: ignore[list-item]  # What's other values are sources
    watched = _watched(home, settings)
    documents, codes = [], []
    for source in sources:
        document, code, sentence = _one(home, settings, source, url, file, watched)
        documents.append(document)
        codes.append(code)
        if not as_json or code:
            tell(sentence)
    if as_json:
        print_json(documents if what is What.ALL else documents[0])
    return max(codes, key=_severity)


def _severity(code: int) -> int:
    """Of several crawls the worst counts: not done at all, then not the page, then quarantined."""
    return (0, 3, 4, 1, 2).index(code) if code in (0, 1, 2, 3, 4) else 5


def _one(
    home: Home, settings: Settings, source: Source, url: str | None, file: Path | None, watched: Collection[str]
) -> tuple[dict[str, object], int, str]:
    """(the contract's document, exit code, sentence for a person) of one crawl, also when it could not be done."""
    from crawler.crawl import crawl
    from registry.models import RunReport

    try:
        with _progress(source) as progress:
            report = crawl(home, settings, source, url=url, file=file, progress=progress, watched_hosts=watched)
    except ConfigurationError:
        raise
    except HdsWatchError as error:
        failed = RunReport(source=source, run_id=None, outcome="failed", reason=str(error))
        return failed.as_json(), error.exit_code, f"hdswatch: {source}: {error}"
    return report.as_json(), EXIT_CODES[report.outcome], _sentence(report)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _sentence(report: RunReport) -> str:
    counted = f"{_number(report.rows, 'row')} from {_number(report.pages, 'page')} in {report.seconds:.1f} s"
    if report.outcome == "unchanged":
        return f"{report.source}: unchanged: {counted}, {report.not_modified} pages not modified (run {report.run_id})"
    if report.outcome == "accepted":
        changes = ", ".join(f"{count} {kind}" for kind, count in report.changes.items()) or "no change"
        return f"{report.source}: accepted: {counted}; {changes}; {report.issues} issues (run {report.run_id})"
    hint = f"; see `hdswatch runs show {report.run_id}`" if report.run_id is not None else ""
    return f"hdswatch: {report.source}: {report.outcome}: {report.reason}{hint}"


def _watched(home: Home, settings: Settings) -> list[str]:
    """Suppliers under contract, for the gate. A watchlist that is missing or wrong does not stop a crawl."""
    from monitor.watchlist import load_watchlist

    path = settings.watchlist_path(home)
    if not path.exists():
        return []
    try:
        return [name for contract in load_watchlist(path).contracts for name in (contract.supplier, *contract.aliases)]
    except HdsWatchError as error:
        tell(f"hdswatch: the watchlist is not taken into account: {error}")
        return []


def _documents(home: Home, settings: Settings, as_json: bool) -> int:
    from crawler.documents import crawl_documents

    with _progress("documents") as progress:
        report = crawl_documents(home, settings, progress)
    if as_json:
        print_json(report.as_json())
    else:
        tell(_sentence(report))
    return EXIT_CODES[report.outcome]


@contextmanager
def _progress(source: str) -> Iterator[Callable[[dict[str, Any]], None] | None]:
    """A progress bar on stderr when that is a terminal, otherwise nothing."""
    import sys

    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(source, total=None)
        pages = 0

        def told(event: dict[str, Any]) -> None:
            nonlocal pages
            if event["event"] == "page":
                pages += 1
                words = " ".join(filter(None, (source, event.get("purpose"), event.get("label"))))
                bar.update(
                    task, completed=pages, total=pages + int(event.get("left") or 0), description=cell(words[:50])
                )
            elif event["event"] == "waiting":
                bar.update(task, description=cell(f"{source}: waiting {event['seconds']:g} s ({event['why']})"[:70]))

        yield told


# --- runs -------------------------------------------------------------------------------------------------------------


def _runs_app() -> typer.Typer:
    app = typer.Typer(invoke_without_command=True, help="Past runs; a person releases or rejects a quarantined one.",
                      epilog="Example:  hdswatch runs accept 12 --reason 'the list was really cut'")  # fmt: skip
    reason = typer.Option(..., "--reason", metavar="TEXT", help="Why; kept with the run.")
    by = typer.Option(None, "--by", metavar="NAME", help="Who decides; the login name if left out.")
    number = typer.Argument(..., metavar="ID", help="The number of the run.")

    @app.callback()
    def runs(context: typer.Context, as_json: bool = _JSON) -> None:
        if context.invoked_subcommand is None:
            _list_runs(as_json)

    @app.command("list", epilog="Example:  hdswatch runs list --json")
    def list_(as_json: bool = _JSON) -> None:
        """The last 50 runs, newest first."""
        _list_runs(as_json)

    @app.command(epilog="Example:  hdswatch runs show 12")
    def show(run: int = number, as_json: bool = _JSON) -> None:
        """One run: what was fetched, what was read, what could not be read, what was decided."""
        _show_run(run, as_json)

    @app.command(epilog="Example:  hdswatch runs accept 12 --reason 'the list was really cut'")
    def accept(run: int = number, reason: str = reason, by: str = by, as_json: bool = _JSON) -> None:
        """Releases a quarantined run into the registry and publishes it."""
        from crawler.release import accept as release

        home, _ = home_and_settings()
        changes = release(home, run, by=who_decides(by), reason=_said(reason))
        if as_json:
            print_json(_run_document(home, run))
        else:
            tell(f"run {run}: accepted and published, {len(changes)} changes")

    @app.command(epilog="Example:  hdswatch runs reject 12 --reason 'half the letters were missing'")
    def reject(run: int = number, reason: str = reason, by: str = by, as_json: bool = _JSON) -> None:
        """Keeps a quarantined run out of the registry for good."""
        from crawler.release import reject as refuse

        home, _ = home_and_settings()
        refuse(home, run, by=who_decides(by), reason=_said(reason))
        if as_json:
            print_json(_run_document(home, run))
        else:
            tell(f"run {run}: rejected; the published registry is as it was")

    return app


def _said(reason: str) -> str:
    if not reason.strip():
        raise ConfigurationError("--reason: expected a few words that say why, found nothing")
    return reason.strip()


_LISTED = (
    "id", "source", "url", "started_at", "finished_at", "outcome", "code", "reason", "pages", "rows", "rejected",
    "declared_total", "bytes", "not_modified", "issues", "decision", "decided_by", "decided_at", "decision_reason",
)  # fmt: skip


def _list_runs(as_json: bool) -> None:
    from contextlib import closing

    from registry.runs import list_runs
    from registry.store import open_store

    home, _ = home_and_settings()
    with closing(open_store(home)) as conn:
        rows = [{name: row[name] for name in _LISTED} for row in list_runs(conn)]
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("run", "list", "started (UTC)", "outcome", "rows", "pages", "issues", "why")
    for row in rows:
        outcome = row["outcome"] or "running"
        if row["decision"]:
            outcome = f"{outcome}, {row['decision']} by {row['decided_by']}"
        cells = (
            row["id"],
            row["source"],
            row["started_at"],
            outcome,
            row["rows"],
            row["pages"],
            row["issues"],
            row["code"],
        )
        table.add_row(*(cell(value) for value in cells))
    Console().print(table if rows else "no run yet; start with `hdswatch crawl`")


def _run_document(home: Home, run_id: int) -> dict[str, Any]:
    from contextlib import closing

    from registry.runs import issues_of, pages_of, show_run
    from registry.store import open_store

    with closing(open_store(home)) as conn:
        run = show_run(conn, run_id)
        document: dict[str, Any] = {name: run[name] for name in _LISTED}
        document["evidence"] = [dict(page) for page in pages_of(conn, run_id)]
        document["problems"] = [dict(issue) for issue in issues_of(conn, run_id)]
    return document


def _show_run(run_id: int, as_json: bool) -> None:
    home, _ = home_and_settings()
    document = _run_document(home, run_id)
    if as_json:
        print_json(document)
        return
    from rich.console import Console

    console = Console(soft_wrap=True)
    for name in _LISTED:
        if document[name] is not None and name != "issues":
            console.print(f"[bold]{name:>15}[/bold]  {cell(document[name])}")
    for title, key, line in (
        ("pages", "evidence", "{sha256:.12}  {bytes:>9}  {url}"),
        ("issues", "problems", "{code}: {message} ({field} {raw!r})"),
    ):
        entries = document[key]
        console.print(f"[bold]{title:>15}[/bold]  {len(entries)}")
        for entry in entries[:50]:
            console.print(f"{'':>17}{cell(line.format(**entry))}")
        if len(entries) > 50:
            console.print(f"{'':>17}… and {len(entries) - 50} more (--json shows all)")
    if document["outcome"] == "quarantined" and document["decision"] is None:
        console.print(
            f"decide with `hdswatch runs accept {run_id} --reason …` or `hdswatch runs reject {run_id} --reason …`"
        )


# --- replay -----------------------------------------------------------------------------------------------------------


def _replay(run: int | None, as_json: bool) -> int:
    from crawler.rereading import replay

    home, _ = home_and_settings()
    reports = replay(home, run)
    if as_json:
        print_json([report.as_json() for report in reports])
    else:
        for report in reports:
            tell(report.sentence())
    return max((report.exit_code for report in reports), key=_severity, default=0)
