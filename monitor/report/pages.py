"""Verdicts → the pages of an evidence pack, as HTML that stands by itself and prints on A4.

Pure but for reading its own templates. Every value is stripped of control characters and then escaped by Jinja2.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from monitor.check_output import STYLES, summary_line, worst_first
from monitor.coverage import covered_spans
from monitor.evidence import quoted_values
from monitor.report.material import Material
from monitor.report.timeline import Bar, Line, draw, window
from monitor.verdicts import CheckResult, ContractVerdict, certificate_json
from monitor.wording import (
    french_spaces,
    in_words_activities,
    in_words_date,
    in_words_days,
    in_words_quoted,
    plain,
    words,
)
from registry.clock import paris_date, parse_instant
from registry.snapshot import mask_of


@cache
def texts(language: str) -> dict[str, Any]:
    """The report's own wording."""
    text = files("monitor").joinpath(f"report/wording.{language}.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(french_spaces(text) if language == "fr" else text)
    return loaded


def contract_page(
    result: CheckResult, one: ContractVerdict, material: Material, kept: Collection[str], language: str
) -> str:
    """The page of one contract. `kept` are the sha256 of captured pages that are in the pack."""
    t = texts(language)
    findings = [
        {
            "code": str(finding.code),
            "severity": str(finding.severity),
            "message": finding.message(language),
            "evidence": [(name, _shown(value)) for name, value in finding.evidence.items() if value is not None],
        }
        for finding in one.findings
    ]
    return (
        _environment(language)
        .get_template("contract.html.j2")
        .render(
            **_common(result, language),
            one=one,
            host=one.match.host,
            sign=STYLES[one.verdict][1],
            verdict=words(language)["verdicts"][str(one.verdict)],
            term=_term(one.contract.starts_on, one.contract.ends_on, t, language),
            quoted=in_words_quoted(quoted_values(one.contract), language),
            findings=findings,
            certificates=[certificate_json(each, counts, result.snapshot) for each, counts in one.certificates],
            picture=Markup(picture(result, one, language)),  # noqa: S704  timeline.draw escapes what it is given
            material=material,
            kept=kept,
        )
    )


def index_page(result: CheckResult, names: dict[str, str], language: str) -> str:
    """The first page of a pack. `names` are the file names of the contracts' pages."""
    rows = [
        {
            "one": one,
            "sign": STYLES[one.verdict][1],
            "verdict": words(language)["verdicts"][str(one.verdict)],
            "who": one.match.host.legal_name if one.match.host else one.contract.supplier,
            "codes": list(dict.fromkeys(str(finding.code) for finding in one.findings)),
            "file": f"contracts/{names[one.contract.id]}.html",
        }
        for one in worst_first(result)
    ]
    return (
        _environment(language)
        .get_template("index.html.j2")
        .render(**_common(result, language), on=result.on, rows=rows, summary=summary_line(result, language))
    )


def picture(result: CheckResult, one: ContractVerdict, language: str) -> str:
    """The timeline of one contract."""
    t = texts(language)
    contract, host = one.contract, one.match.host
    spans = covered_spans(host, mask_of(contract.activities), result.snapshot.referentials) if host else []
    lines = [Line(t["picture_contract"], (Bar(contract.starts_on, contract.ends_on, "contract"),))]
    for certificate, counts in one.certificates:
        name = f"{certificate.number or t['unknown']} ({certificate.referential or '?'})"
        bar = Bar(certificate.issued_on, certificate.expires_on, "counting" if counts else "idle", plain(name))
        lines.append(Line(plain(name), (bar,)))
    covered = tuple(Bar(first, last, "covered") for first, last in spans)
    lines.append(Line(t["picture_coverage"], (Bar(contract.starts_on, contract.ends_on, "gap"), *covered)))
    dates = [contract.starts_on, contract.ends_on, one.coverage_end]
    dates += [day for each, _ in one.certificates for day in (each.issued_on, each.expires_on)]
    said = "; ".join(f"{in_words_date(first, language)} – {in_words_date(last, language)}" for first, last in spans)
    about = t["picture_about"].format(t["picture_covered"].format(said) if said else t["picture_none"])
    day = in_words_date(one.on, language)
    return draw(lines, one.on, window(one.on, dates), t["picture"], about, day)


def _common(result: CheckResult, language: str) -> dict[str, Any]:
    t = texts(language)
    age = result.registry
    if age.observed_at is None:
        registry = t["never_read"]
    else:
        read = in_words_date(paris_date(parse_instant(age.observed_at)), language)
        registry = t["registry"].format(read, age.run_id)
    return {
        "t": t,
        "language": language,
        "colon": "\u00a0:" if language == "fr" else ":",
        "organisation": result.watchlist.organisation,
        "registry": registry,
        "version": version("hdswatch"),
    }


def _term(starts: date | None, ends: date | None, t: dict[str, Any], language: str) -> str:
    first, last = in_words_date(starts, language), in_words_date(ends, language)
    if starts and ends:
        return str(t["from_to"]).format(first, last)
    if starts:
        return str(t["from_open"]).format(first)
    return str(t["until_open"]).format(last) if ends else str(t["open"])


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _harmless(value: object) -> object:
    """Every printed value without control and direction characters; Jinja2 escapes it after that."""
    return plain(value, longest=None) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("monitor.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_harmless,
    )
    environment.globals["style"] = Markup(  # noqa: S704  our own file
        files("monitor").joinpath("report/templates/style.css").read_text(encoding="utf-8")
    )
    environment.filters["day"] = lambda value: in_words_date(value, language)
    environment.filters["days"] = lambda value: in_words_days(value, language)
    environment.filters["activities"] = lambda value: in_words_activities(list(value), language)
    environment.filters["instant_day"] = lambda value: in_words_date(paris_date(parse_instant(value)), language)
    return environment
