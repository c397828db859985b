"""Each private page: what it shows, in the watchlist's language. Templates are in `datasette/private/templates`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from monitor.ack_links import Grant
from monitor.actions import LONGEST, act, canonical, release
from monitor.actions import Request as Act
from monitor.private_site.access import Session
from monitor.private_site.house import House, spans
from monitor.private_site.request import Request
from monitor.site_files import site_folder, site_module
from registry.clock import paris_date
from registry.errors import ConfigurationError

YEARS_BACK, YEARS_AHEAD = 1, 3


@dataclass(frozen=True, slots=True)
class Page:
    """What goes back to the browser."""

    body: str
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    keep: bool = False


@dataclass
class Context:
    """One request's pages. `session` or `grant` says by what right they are shown."""

    house: House
    request: Request
    now: datetime
    session: Session | None = None
    grant: Grant | None = None
    token: str = ""
    _words: Any = field(default=None, repr=False)

    @property
    def today(self) -> date:
        return paris_date(self.now)

    @property
    def words(self) -> Any:
        """The language asked for, else the watchlist's."""
        if self._words is None:
            i18n = site_module("i18n")
            asked = self.request.query.get("lang") or self.request.form.get("lang") or ""
            self._words = i18n.words(asked if asked in i18n.LANGUAGES else self.house.language())
        return self._words

    def html(self, template: str, *, status: int = 200, **values: object) -> Page:
        """A page in the private shell."""
        w = self.words
        asked = self.request.query.get("lang") or self.request.form.get("lang") or ""
        shown = {
            "w": w, "lang": w.language, "gettext": w.markup, "ngettext": w.nmarkup, "pgettext": w.pmarkup,
            "path": self.request.path, "today": self.today, "session": self.session, "token": self.token,
            "public": self.house.public_base, "kept": f"?lang={w.language}" if asked else "",
            "kind_name": site_module("labels").KIND.get, "demo": self.house.settings.serve.demo, **values,
        }  # fmt: skip
        environment = site_module("web").make_environment(
            site_folder() / "private" / "templates", site_folder() / "templates"
        )
        return Page(environment.get_template(template).render(shown), status)

    # -- getting in --------------------------------------------------------------------------------------------------

    def login(self, onward: str, *, status: int = 401, wrong: bool = False) -> Page:
        page = self.html("login.html", status=status, onward=onward, wrong=wrong, slowed=status == 429)
        headers = (("WWW-Authenticate", 'Bearer realm="hdswatch"'),) if status == 401 else ()
        return Page(page.body, page.status, headers=headers)

    def refused(self) -> Page:
        return self.html("problem.html", status=403, code=403, detail="")

    def missing(self) -> Page:
        return self.html("problem.html", status=404, code=404, detail="")

    def problem(self, detail: str, status: int = 400) -> Page:
        """What is wrong, in the words of whoever found out."""
        return self.html("problem.html", status=status, code=status, detail=detail)

    # -- pages -------------------------------------------------------------------------------------------------------

    def overview(self) -> Page:
        """Every contract and its verdict, worst first, and the state of the watch."""
        result = self.house.verdicts(self.now)
        return self.html(
            "overview.html", result=result, status_=self.house.status(self.now), alerts=self.house.alerts()
        )

    def contract(self, key: str) -> Page:
        """One contract: findings, certificates, time line, open alerts."""
        result = self.house.verdicts(self.now)
        found = next((one for one in result.contracts if one.contract.id == key), None)
        if found is None:
            return self.missing()
        alerts = [one for one in self.house.alerts(everything=True) if one["contract"] == key]
        return self.html("contract.html", one=found, result=result, alerts=alerts, line=self._lines([found]))

    def alerts(self) -> Page:
        """Open alerts; `?all=1` shows the closed ones too."""
        everything = self.request.query.get("all") == "1"
        return self.html("alerts.html", alerts=self.house.alerts(everything=everything), everything=everything)

    def alert(self, ref: str, *, problem: str = "", status: int = 200) -> Page:
        """One alert with what was said about it, and the form to take it over."""
        found = self.house.alert(ref)
        return self.html(
            "alert.html", status=status, alert=found, problem=problem, form=self.request.form, longest=LONGEST,
            by_link=self.grant is not None, suggested=self.today + timedelta(days=14),
        )  # fmt: skip

    def outbox(self) -> Page:
        """Messages on their way and the latest that arrived."""
        return self.html("outbox.html", rows=self.house.outbox())

    def timeline(self) -> Page:
        """The coverage of all contracts on one scale."""
        result = self.house.verdicts(self.now)
        return self.html("timeline.html", result=result, line=self._lines(list(result.contracts)))

    def _lines(self, contracts: list[Any]) -> dict[str, Any]:
        charts = site_module("charts")
        first = self.today.replace(year=self.today.year - YEARS_BACK, day=1)
        last = self.today.replace(year=self.today.year + YEARS_AHEAD, day=1)
        rows = []
        for one in contracts:
            held = spans(one, self.house.snapshot())
            bars = [charts.Span(max(a, first), b, "main" if whole else "v1") for a, b, whole in held]
            words = self.words
            said = "; ".join(
                words.gettext(
                    "from %(start)s to %(end)s", start=words.date(max(a, first), "medium"), end=words.date(b, "medium")
                )
                for a, b, _ in held
            )
            title = said or words.gettext("no certificate that counts")
            rows.append({"one": one, "svg": charts.time_line(title, bars, first, last, self.today), "held": held})
        return {"rows": rows, "first": first, "last": last}

    # -- what a person does ------------------------------------------------------------------------------------------

    def act(self, ref: str) -> Page:
        """Acknowledges, snoozes or releases; the form comes back with a sentence when something is missing in it."""
        form, _ = self.request.form, self.words.gettext
        by, reason = form.get("by", "").strip(), form.get("reason", "").strip()
        kind = form.get("kind", "")
        if not by or not reason or len(by) > LONGEST or len(reason) > LONGEST:
            return self.alert(ref, problem=_("Please give your name and a reason."), status=400)
        if kind == "release" and self.grant is None:
            with self.house.writing() as conn:
                release(conn, ref, by, reason, self.now)
            return self._done(ref)
        try:
            until = date.fromisoformat(form.get("until", ""))
        except ValueError:
            return self.alert(ref, problem=_("Please give the last day as a date."), status=400)
        if until < self.today:
            return self.alert(ref, problem=_("The last day lies in the past."), status=400)
        if kind not in ("ack", "snooze"):
            raise ConfigurationError(f"reference {ref}: expected ack or snooze, found {kind!r}")
        with self.house.writing() as conn:
            wanted = Act(ref, kind, by, until, reason)
            act(conn, self.house.settings, self.house.watchlist(), wanted, self.now, self.grant)
        return self._done(ref)

    def _done(self, ref: str) -> Page:
        """By a link, a page of its own, for the link is used up; else back to the alert."""
        if self.grant is not None:
            return self.html("done.html", alert=self.house.alert(ref))
        return Page("", 303, headers=(("Location", f"/alerts/{canonical(ref)}"),))
