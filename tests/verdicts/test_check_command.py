"""`hdswatch check`: the JSON of the contract, formats that nothing scraped can break, exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from markdown import markdown

from tests.conftest import Run
from tests.verdicts.published_registry import RUN, publish

HEAD = "version: 1\norganisation: CH\nlanguage: {language}\nchannels: {{}}\ncontacts: []\ncontracts:\n"


def watch(home: Path, *contracts: str, language: str = "fr") -> Path:
    path = home / "watchlist.yml"
    items = "".join(f"  - {{{one}}}\n" for one in contracts)
    path.write_text(HEAD.format(language=language) + items)
    return path


ONE = "id: a, supplier: Scalingo, activities: [1, 2, 3, 4, 5, 6], notify: []"


@pytest.fixture
def checked(hdswatch: Run, home: Path) -> Any:
    """Publishes the default registry with one contract and returns the parsed JSON of a check."""
    publish(home / "hds.db")
    watch(home, ONE)

    def run(*arguments: str) -> dict[str, Any]:
        done = hdswatch("check", "--format", "json", *arguments)
        assert done.stderr == ""
        loaded: dict[str, Any] = json.loads(done.stdout)
        return loaded

    return run


def test_the_json_is_exactly_that_of_the_contract(checked: Any) -> None:
    assert checked("--on", "2028-08-12") == {
        "checked_on": "2028-08-12",
        "organisation": "CH",
        "registry": {
            "run_id": 1,
            "observed_at": "2026-11-20T06:15:00Z",
            "age_days": checked("--on", "2028-08-12")["registry"]["age_days"],
        },
        "contracts": [
            {
                "id": "a",
                "supplier": "Scalingo",
                "verdict": "attention",
                "matched": {
                    "host_id": "scalingo",
                    "legal_name": "SCALINGO",
                    "siren": "808665483",
                    "how": "name",
                    "score": 100.0,
                },
                "coverage_end": "2028-09-11",
                "days_left": 30,
                "missing_activities": [],
                "certificates": [
                    {
                        "id": "scalingo-1",
                        "number": "38436-2",
                        "certifier": "LNE",
                        "referential": "v2",
                        "activities": [1, 2, 3, 4, 5, 6],
                        "issued_on": "2025-09-12",
                        "expires_on": "2028-09-11",
                        "counts": True,
                    }
                ],
                "findings": [
                    {
                        "code": "EXPIRING",
                        "severity": "attention",
                        "message": "La couverture prend fin le 11 septembre 2028 (dans 30 jours). "
                        "Demandez dès maintenant le certificat de renouvellement.",
                        "evidence": {
                            "run_id": 1,
                            "sha256": None,
                            "host_id": "scalingo",
                            "legal_name": "SCALINGO",
                            "coverage_end": "2028-09-11",
                            "days_left": 30,
                            "threshold": 30,
                            "certificates": [{"id": "scalingo-1", "number": "38436-2"}],
                        },
                    }
                ],
            }
        ],
        "summary": {"covered": 0, "attention": 1, "unknown": 0, "breach": 0, "closed": 0},
    }


def test_json_has_a_short_form(hdswatch: Run, checked: Any) -> None:
    assert json.loads(hdswatch("check", "--json", "--on", "2026-11-22").stdout) == checked("--on", "2026-11-22")


def test_a_silence_changes_no_verdict(checked: Any, home: Path) -> None:
    plain = checked("--on", "2028-10-01")
    path = home / "watchlist.yml"
    silence = "{contract: a, code: EXPIRED, from: 2020-01-01, until: 2099-12-31, by: X, reason: Y}"
    path.write_text(path.read_text() + f"silences:\n  - {silence}\n")
    assert plain["summary"]["breach"] == 1
    assert checked("--on", "2028-10-01") == plain


def test_findings_carry_run_and_proof(hdswatch: Run, home: Path) -> None:
    sha256 = "ab" * 32
    row = {
        "table_name": "certificates",
        "row_id": "scalingo-1",
        "field": "expires_on",
        "sha256": sha256,
        "locator": "x",
    }
    publish(home / "hds.db", provenance=[row])
    watch(home, ONE)
    shown = json.loads(hdswatch("check", "--format", "json", "--on", "2028-10-01").stdout)
    (finding,) = shown["contracts"][0]["findings"]
    assert (finding["code"], finding["severity"]) == ("EXPIRED", "breach")
    assert (finding["evidence"]["run_id"], finding["evidence"]["sha256"]) == (1, sha256)


def test_a_home_with_one_contract_of_each_verdict_is_counted(hdswatch: Run, home: Path) -> None:
    publish(
        home / "hds.db",
        hosts=[{"id": "a", "legal_name": "A", "siren": None}, {"id": "b", "legal_name": "B", "siren": None},
               {"id": "c", "legal_name": "C", "siren": None}],
        certificates=[{"id": "a1", "host_id": "a", "expires_on": "2099-01-01"},
                      {"id": "b1", "host_id": "b", "expires_on": "2020-01-01"},
                      {"id": "c1", "host_id": "c", "expires_on": None}],
    )  # fmt: skip
    template = "id: {0}, supplier: {1}, activities: [1], notify: []"
    watch(home, template.format("k1", "A"), template.format("k2", "B"), template.format("k3", "C"),
          template.format("k4", "A") + ", ends_on: 2020-01-01")  # fmt: skip
    shown = json.loads(hdswatch("check", "--format", "json", "--on", "2026-11-22").stdout)
    assert [one["verdict"] for one in shown["contracts"]] == ["covered", "breach", "unknown", "closed"]
    assert shown["summary"] == {"covered": 1, "attention": 0, "unknown": 1, "breach": 1, "closed": 1}


EXITS = [
    # worst verdict, --fail-on, exit code
    ("breach", None, 1), ("breach", "breach", 1), ("breach", "unknown", 1), ("breach", "attention", 1),
    ("breach", "never", 0), ("unknown", None, 0), ("unknown", "breach", 0), ("unknown", "unknown", 1),
    ("unknown", "attention", 1), ("unknown", "never", 0), ("attention", None, 0), ("attention", "unknown", 0),
    ("attention", "attention", 1), ("attention", "never", 0), ("covered", None, 0), ("covered", "attention", 0),
    ("closed", "attention", 0),
]  # fmt: skip
ON = {
    "breach": "2028-10-01",
    "attention": "2028-09-01",
    "covered": "2026-11-22",
    "unknown": "2026-11-22",
    "closed": "2026-11-22",
}


@pytest.mark.parametrize(("worst", "fail_on", "code"), EXITS)
def test_fail_on(worst: str, fail_on: str | None, code: int, hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db", certificates=[{"id": "c"} | ({"activities": []} if worst == "unknown" else {})],
            runs=[RUN | {"finished_at": "2026-11-22T06:00:00Z"}])  # fmt: skip
    watch(home, ONE + (", ends_on: 2020-01-01" if worst == "closed" else ""))
    arguments = ["check", "--format", "json", "--on", ON[worst], *(["--fail-on", fail_on] if fail_on else [])]
    done = hdswatch(*arguments)
    assert (json.loads(done.stdout)["contracts"][0]["verdict"], done.returncode) == (worst, code)


BAD = [
    ("a date that does not exist", ["--on", "2026-02-30"], "--on: expected a date that exists as YYYY-MM-DD"),
    ("a date the French way", ["--on", "31/12/2026"], "found '31/12/2026'"),
    ("a compact date", ["--on", "20261231"], "found '20261231'"),
    ("no such watchlist", ["--watchlist", "nowhere.yml"], "nowhere.yml: expected the watchlist, found no such file"),
    ("no such registry", ["--registry", "nowhere.db"], "nowhere.db: expected the published registry"),
    ("an unknown format", ["--format", "xml"], "xml"),
    ("an unknown level", ["--fail-on", "info"], "info"),
]


@pytest.mark.parametrize("case", BAD, ids=[case[0] for case in BAD])
def test_bad_input_is_exit_2_and_a_sentence_on_stderr(
    case: tuple[str, list[str], str], hdswatch: Run, home: Path
) -> None:
    publish(home / "hds.db")
    watch(home, ONE)
    done = hdswatch("check", *case[1])
    assert (done.returncode, done.stdout) == (2, "")
    assert case[2] in " ".join(done.stderr.split())


def test_without_a_registry_it_says_to_crawl_first(hdswatch: Run, home: Path) -> None:
    watch(home, ONE)
    done = hdswatch("check")
    assert done.returncode == 2 and "hdswatch crawl" in done.stderr
    assert not (home / "hds.db").exists()


def test_it_works_without_a_home_on_any_registry_and_watchlist(hdswatch: Run, home: Path, tmp_path: Path) -> None:
    registry = publish(tmp_path / "elsewhere" / "any.db")
    watchlist = watch(tmp_path, ONE)
    done = hdswatch(
        "check",
        "--registry",
        registry,
        "--watchlist",
        watchlist,
        "--format",
        "json",
        HDSWATCH_HOME=str(tmp_path / "none"),
    )
    assert json.loads(done.stdout)["contracts"][0]["matched"]["host_id"] == "scalingo"
    assert not (tmp_path / "none").exists()


def test_the_limit_of_staleness_is_a_setting(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db", runs=[RUN | {"finished_at": "2026-01-01T06:00:00Z"}])
    watch(home, ONE)
    arguments = ("check", "--format", "json", "--on", "2026-01-31")
    plain = json.loads(hdswatch(*arguments).stdout)
    lenient = json.loads(hdswatch(*arguments, HDSWATCH_MONITOR__STALE_AFTER_DAYS="30").stdout)
    assert [one["code"] for one in plain["contracts"][0]["findings"]] == ["STALE_REGISTRY"]
    assert lenient["contracts"][0]["findings"] == []


# -- formats that nothing scraped can break ----------------------------------------------------------------------------

HOSTILE = (
    "=cmd|'/C calc'!A1 |pipe| `x` <script>alert(1)</script> [a](javascript:x) \x1b[31mred\x1b[0m \u202egnp.exe\nline"
)


@pytest.fixture
def hostile(home: Path) -> Path:
    publish(
        home / "hds.db",
        hosts=[{"id": "evil", "legal_name": HOSTILE, "siren": "808665483"}],
        certificates=[{"id": "c", "host_id": "evil", "number": "+1+1", "expires_on": "2020-01-01"}],
    )
    watch(home, 'id: a, supplier: "@SUM(A1)", siren: "808665483", activities: [1], notify: []')
    return home


def harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cf") for c in text if c not in "\r\n")


def test_csv_cells_are_no_formulas_and_one_line_each(hostile: Path, hdswatch: Run) -> None:
    printed = hdswatch("check", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(printed, newline="")))
    assert len(rows) == 1 and harmless(printed)
    assert not [cell for cell in rows[0].values() if re.match(r"\s*[=+\-@|%]", cell)]
    assert rows[0]["supplier"] == "'@SUM(A1)"
    assert rows[0]["verdict"] == "breach"


def test_markdown_stays_a_table_and_runs_nothing(hostile: Path, hdswatch: Run) -> None:
    printed = hdswatch("check", "--format", "markdown").stdout
    html = markdown(printed, extensions=["tables"])
    assert harmless(printed)
    assert "<script" not in html and "<a " not in html and "<code>" not in html
    assert html.count("<td>") == 5


def test_the_table_prints_no_control_characters(hostile: Path, hdswatch: Run) -> None:
    printed = hdswatch("check", COLUMNS="80").stdout
    assert harmless(printed)
    assert "red" in printed


def test_json_keeps_the_printed_name_as_it_is(hostile: Path, hdswatch: Run) -> None:
    shown = json.loads(hdswatch("check", "--format", "json").stdout)
    assert shown["contracts"][0]["matched"]["legal_name"] == HOSTILE
    assert harmless(shown["contracts"][0]["findings"][0]["message"])


def test_the_table_fits_80_columns_and_says_the_verdict_in_words(hdswatch: Run, home: Path) -> None:
    names = [{"id": f"h{n}", "legal_name": "Société d'hébergement de données au très long nom " * 2, "siren": None}
             for n in range(1)]  # fmt: skip
    publish(home / "hds.db", hosts=names, certificates=[{"id": "c", "host_id": "h0", "expires_on": "2020-01-01"}])
    watch(
        home,
        f"id: {'contrat-' * 10}x, supplier: x, host_id: h0, activities: [1], notify: []",
        ONE.replace("id: a", "id: b"),
    )
    printed = hdswatch("check", COLUMNS="80").stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert "✗ non couvert" in printed and "? à vérifier" in printed
    assert "EXPIRED" in printed and "son dernier jour était le 1er janvier 2020" in " ".join(printed.split())


@pytest.mark.parametrize(("language", "said"), [("fr", "1 couvert."), ("en", "1 covered.")])
def test_the_summary_speaks_the_watchlists_language(language: str, said: str, hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db")
    watch(home, ONE, language=language)
    for form in ("table", "markdown"):
        assert said in hdswatch("check", "--format", form, "--on", "2026-11-22").stdout


def test_worst_verdicts_come_first_in_table_and_markdown(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db")
    watch(home, ONE.replace("id: a", "id: good"), ONE.replace("id: a", "id: bad").replace("Scalingo", "Nobody"))
    for form in ("table", "markdown"):
        printed = hdswatch("check", "--format", form, "--on", "2026-11-22").stdout
        assert printed.index("bad") < printed.index("good")
