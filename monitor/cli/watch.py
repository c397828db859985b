"""Commands: run, once, status, doctor, alerts, notify, backup, restore."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.common import home_and_settings, print_json, tell

if TYPE_CHECKING:
    import sqlite3

    from registry.home import Home

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
By = Annotated[str, typer.Option("--by", help="Your name, or the id of your contact.")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="The last day of it (YYYY-MM-DD).")]
Why = Annotated[str, typer.Option("--reason", help="Why: kept in the journal.")]


def register(app: typer.Typer) -> None:
    """Adds this module's commands to the tree."""
    app.command(epilog="Example:  hdswatch run")(run)
    app.command(epilog="Example:  hdswatch once")(once)
    app.command(epilog="Example:  hdswatch status --probe")(status)
    app.command(epilog="Example:  hdswatch doctor")(doctor)
    app.command(epilog="Example:  hdswatch backup /var/backups/hdswatch")(backup)
    app.command(epilog="Example:  hdswatch restore /var/backups/hdswatch")(restore)
    alerts = typer.Typer(
        no_args_is_help=True,
        help="Open alerts, what a person did about them, who was told what.",
        epilog='Example:  hdswatch alerts ack HDS-4K7PQR --by "M. Exemple" --until 2027-01-31 --reason "file seen"',
    )
    alerts.command("list", epilog="Example:  hdswatch alerts list")(alerts_list)
    alerts.command("show", epilog="Example:  hdswatch alerts show HDS-K3X7PQ")(alerts_show)
    example = "HDS-K3X7PQ --by dpo --until 2027-01-15 --reason 'renewal asked for'"
    alerts.command("ack", epilog=f"Example:  hdswatch alerts ack {example}")(alerts_ack)
    alerts.command("snooze", epilog=f"Example:  hdswatch alerts snooze {example}")(alerts_snooze)
    alerts.command("release", epilog="Example:  hdswatch alerts release HDS-K3X7PQ --by dpo --reason 'it is true'")(
        alerts_release
    )
    alerts.command("journal", epilog="Example:  hdswatch alerts journal --verify")(alerts_journal)
    app.add_typer(alerts, name="alerts")
    notify = typer.Typer(
        no_args_is_help=True, help="Proves that messages arrive.", epilog="Example:  hdswatch notify test dpo"
    )
    notify.command("test", epilog="Example:  hdswatch notify test dpo")(notify_test)
    notify.callback()(_group)
    app.add_typer(notify, name="notify")


def _group() -> None:
    """Proves that messages arrive."""


def run(serve: Annotated[bool, typer.Option("--serve", help="Run the site beside it.")] = False) -> None:
    """The daemon: watches until it is told to stop. SIGHUP reads settings and watchlist again."""
    from monitor.daemon import run as watch

    home, settings = home_and_settings()
    with _named(home):
        raise typer.Exit(watch(home, settings, serve=serve))


def once() -> None:
    """One pass over all that is due: crawl, check, send; then exit."""
    from monitor.passes import run_once

    home, settings = home_and_settings()
    with _named(home):
        raise typer.Exit(run_once(home, settings))


class _named:
    """Names the home folder when it can't be written: no space, no right, a broken disk."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        import sqlite3

        from registry.errors import StorageError

        if isinstance(error, OSError | sqlite3.DatabaseError):
            raise StorageError(
                f"home folder {self.home.path}: could not be written or read ({error}); free space or change its "
                "permissions, and run `hdswatch doctor`. What was due stays due"
            ) from error


def status(
    as_json: Json = False,
    probe: Annotated[bool, typer.Option("--probe", help="Exit 1 when an alert might reach nobody.")] = False,
) -> None:
    """How the watch is doing."""
    from monitor.status import read_status
    from registry import clock

    home, settings = home_and_settings(prepare=False)
    found = read_status(home, settings, clock.now())
    if as_json:
        print_json(found.as_json())
    else:
        typer.echo(f"health     {found.health}")
        typer.echo(f"home       {found.home}")
        typer.echo(f"daemon     {found.daemon or 'not running'}")
        typer.echo(f"last pass  {found.last_pass or 'never'}")
        typer.echo(f"registry   {found.registry.get('last_good_run') or 'never read'}")
        typer.echo(f"alerts     {', '.join(f'{n} {state}' for state, n in found.alerts.items()) or 'none'}")
        typer.echo(f"outbox     {found.outbox.get('due', 0)} due, {found.outbox.get('failing', 0)} failing")
        for problem in found.problems:
            typer.echo(_safe(f"! {problem}"))
    if probe and found.health == "red":
        raise typer.Exit(1)


def doctor(as_json: Json = False) -> None:
    """Everything that would make an alert reach nobody, with the command that mends it."""
    from monitor.cli.common import current_home
    from monitor.doctor import examine
    from registry import clock

    checks = examine(current_home(), clock.now())
    wrong = [check for check in checks if not check.ok]
    if as_json:
        print_json(
            {
                "ok": not wrong,
                "checks": [
                    {"name": c.name, "ok": c.ok, "detail": c.detail, "mend": None if c.ok and not c.advice else c.mend}
                    for c in checks
                ],
            }
        )
    else:
        for check in checks:
            word = "FAIL" if not check.ok else "note" if check.advice else "ok  "
            typer.echo(f"{word}  {check.name}: {_safe(check.detail)}")
            if not check.ok or check.advice:
                typer.echo(f"      → {_safe(check.mend)}")
        typer.echo("Alerts would arrive." if not wrong else f"{len(wrong)} thing(s) to mend.")
    if wrong:
        raise typer.Exit(1)


def backup(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put the copies.")]) -> None:
    """Consistent copies of the three databases; may run beside the daemon."""
    from monitor.backup import back_up

    home, _ = home_and_settings(prepare=False)
    tell(f"copied {', '.join(back_up(home, folder))} to {folder}")


def restore(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder made by `backup`.")]) -> None:
    """Puts a backup into the home, after proving it. What stood there is kept beside it."""
    from monitor.backup import restore as put_back
    from registry import clock

    home, _ = home_and_settings()
    with _named(home):
        tell(f"restored {', '.join(put_back(home, folder, clock.now()))} to {home.path}")


def alerts_list(
    as_json: Json = False, everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False
) -> None:
    """Open alerts, held messages and trouble of the source."""
    from monitor.alert_views import list_alerts

    with _reader() as conn:
        found = list_alerts(conn, everything=everything)
    if as_json:
        print_json(found)
        return
    for one in found:
        who = f"  {one['acked_by']} until {one['acked_until']}" if one["acked_by"] else ""
        line = f"{one['ref']}  {one['state']:<10}  {one['severity']:<9}  {one['contract'] or '-'}  {one['what']}{who}"
        typer.echo(_safe(line))
    if not found:
        typer.echo("no open alert")


def alerts_show(ref: str, as_json: Json = False) -> None:
    """One alert: what was seen, who was told what and when, what a person did."""
    from monitor.alert_views import show_alert

    with _reader() as conn:
        found = show_alert(conn, ref)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        if isinstance(value, list):
            typer.echo(f"{name}:")
            for entry in value:
                typer.echo(_safe("  " + _entry(entry)))
        else:
            typer.echo(_safe(f"{name}: {value}"))


def _entry(entry: object) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    return "  ".join(f"{name}={value}" for name, value in entry.items() if value is not None)


def alerts_ack(ref: str, by: By, until: Until, reason: Why) -> None:
    """Takes an alert over; the other contacts are told. Crossing the next threshold ends it."""
    _act("ack", ref, by, until, reason)


def alerts_snooze(ref: str, by: By, until: Until, reason: Why) -> None:
    """Asks for quiet about an alert; nobody else is told. Crossing the next threshold ends it."""
    _act("snooze", ref, by, until, reason)


def _act(kind: str, ref: str, by: str, until: str, reason: str) -> None:
    from contextlib import closing

    from monitor.actions import Request, act, canonical
    from monitor.monitor_store import open_store
    from monitor.watchlist import load_watchlist
    from registry import clock
    from registry.errors import ConfigurationError

    home, settings = home_and_settings(prepare=False)
    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise ConfigurationError(f"--until: expected a date such as 2027-01-15, found {until!r}") from error
    watchlist = load_watchlist(settings.watchlist_path(home))
    with _named(home), closing(open_store(home, create=False)) as conn:
        act(conn, settings, watchlist, Request(ref, kind, by, day, reason), clock.now())
    tell(f"{canonical(ref)} {'taken over' if kind == 'ack' else 'snoozed'} until {day}")


def alerts_release(ref: str, by: By, reason: Why) -> None:
    """Lets the held messages of a suspect run go; the next pass sends them."""
    from contextlib import closing

    from monitor.actions import canonical, release
    from monitor.monitor_store import open_store
    from registry import clock

    home, _ = home_and_settings(prepare=False)
    with _named(home), closing(open_store(home, create=False)) as conn:
        release(conn, ref, by, reason, clock.now())
    tell(f"{canonical(ref)} released; the next pass sends what was held")


def alerts_journal(
    verify: Annotated[bool, typer.Option("--verify", help="Prove that nothing was changed or taken out.")] = False,
    ref: Annotated[str | None, typer.Option("--ref", help="Only what concerns one reference.")] = None,
    as_json: Json = False,
) -> None:
    """Who was told what and when, each entry sealing the one before."""
    from monitor import journal
    from monitor.actions import canonical

    with _reader() as conn:
        if verify:
            count, broken = journal.verify(conn)
            if as_json:
                print_json({"ok": broken is None, "entries": count, "problem": broken})
            else:
                typer.echo(f"{count} entries, unbroken" if broken is None else f"broken: {broken}")
            raise typer.Exit(0 if broken is None else 1)
        found = journal.entries(conn, ref=canonical(ref) if ref else None)
        if as_json:
            print_json([{"id": e.id, "at": e.at, "what": e.what, **e.details} for e in found])
            return
        for entry in found:
            details = "  ".join(f"{name}={value}" for name, value in entry.details.items())
            typer.echo(_safe(f"{entry.id:>6}  {entry.at}  {entry.what:<12}  {details}"))


class _reader:
    """A read-only connection to `monitor.db` for the length of a block."""

    def __enter__(self) -> sqlite3.Connection:
        from monitor.monitor_store import open_reader
        from registry.errors import ConfigurationError

        home, _ = home_and_settings(prepare=False)
        conn = open_reader(home)
        if conn is None:
            raise ConfigurationError(f"{home.monitor_db}: nothing is watched from this home yet; run `hdswatch once`")
        self.conn = conn
        return conn

    def __exit__(self, *_: object) -> None:
        self.conn.close()


def notify_test(
    channel: Annotated[str | None, typer.Argument(metavar="[CHANNEL]", help="Default: every channel.")] = None,
    as_json: Json = False,
) -> None:
    """Sends a real test message and reports each recipient's result."""
    from monitor.notify_test import send_tests
    from monitor.watchlist import load_watchlist
    from registry import clock

    home, settings = home_and_settings(prepare=False)
    results = send_tests(home, settings, load_watchlist(settings.watchlist_path(home)), channel, clock.now())
    if as_json:
        print_json([result.as_json() for result in results])
    for result in results if not as_json else ():
        mark = "ok  " if result.delivered else "FAIL"
        typer.echo(_safe(f"{mark}  {result.channel}  {result.recipient}  {result.detail}"))
    if not results or not all(result.delivered for result in results):
        raise typer.Exit(1)


def _safe(text: str) -> str:
    """Outside text can't steer the terminal."""
    from monitor.wording import plain

    return plain(text, None)
