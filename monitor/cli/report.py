"""Commands: report, and report verify."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.checking import checked, day_argument
from monitor.cli.common import home_and_settings, tell
from monitor.cli.watchlist import RegistryFile, WatchlistFile


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""
    app.command(
        "report",
        epilog="Example:  hdswatch report dossier-patient --out preuve   ·   hdswatch report verify preuve",
    )(_report)


def _report(
    contracts: Annotated[
        list[str] | None, typer.Argument(metavar="[CONTRACT]… | verify DIR", help="Contract ids; default: all.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The folder to write.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Judge this day (YYYY-MM-DD); default: today.")] = None,
    language: Annotated[str | None, typer.Option(help="fr or en; default: the watchlist's.")] = None,
    watchlist: WatchlistFile = None,
    registry: RegistryFile = None,
) -> None:
    """Writes an evidence pack for an auditor, or checks one offline (`report verify DIR`)."""
    from registry.errors import ConfigurationError

    wanted = contracts or []
    if wanted[:1] == ["verify"] and out is None:
        if len(wanted) != 2:
            raise ConfigurationError("report verify: expected one folder, as in `hdswatch report verify DIR`")
        _verify(Path(wanted[1]))
        return
    if out is None:
        raise ConfigurationError("--out: expected the folder to write, found nothing; for instance --out preuve")
    _write(wanted, out, on, language, watchlist, registry)


def _write(
    wanted: list[str], out: Path, on: str | None, language: str | None, watchlist: Path | None, registry: Path | None
) -> None:
    from dataclasses import replace

    from monitor.report.pack import write_pack
    from monitor.wording import LANGUAGES
    from registry import clock
    from registry.errors import ConfigurationError

    if language not in (None, *LANGUAGES):
        raise ConfigurationError(f"--language: expected {' or '.join(LANGUAGES)}, found {language!r}")
    today = clock.today()
    result = checked(watchlist, registry, day_argument(on, today), today)
    known = {one.contract.id for one in result.contracts}
    if unknown := [one for one in wanted if one not in known]:
        raise ConfigurationError(
            f"CONTRACT: expected ids of the watchlist ({', '.join(sorted(known)[:20])}), found {', '.join(unknown)}"
        )
    if wanted:
        result = replace(result, contracts=tuple(one for one in result.contracts if one.contract.id in wanted))
    write_pack(result, out, _captured_pages(), language or result.watchlist.language)
    tell(f"{out}: report on {len(result.contracts)} contract(s) written; open {out / 'index.html'}")


def _captured_pages() -> Callable[[str], bytes | None]:
    """Captured bytes by sha256 from the home's evidence; None for what is not kept there."""
    from crawler.evidence import EvidenceStore

    home, _ = home_and_settings(prepare=False)
    store = EvidenceStore(home.evidence)

    def page(sha256: str) -> bytes | None:
        return store.get(sha256) if store.has(sha256) else None

    return page


def _verify(folder: Path) -> None:
    from monitor.report.verify import verify_pack

    verified = verify_pack(folder)
    for fault in verified.faults:
        tell(f"{folder}: {fault}")
    if verified.faults:
        tell(f"{folder}: NOT as it was written: {len(verified.faults)} fault(s)")
        raise typer.Exit(1)
    tell(f"{folder}: {verified.files} files, all as they were written")
