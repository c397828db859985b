"""`init` and `watchlist validate | suggest | import | confirm` as a user meets them; examples and schema."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from monitor.watchlist import load_watchlist
from monitor.watchlist_lint import advice
from registry.clock import today
from registry.settings import Settings
from tests.conftest import Run
from tests.verdicts.published_registry import publish
from tests.watchlist.watchlist_texts import SMALLEST, WHOLE, changed, written

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "monitor/examples"


def test_init_writes_both_files_private_and_valid(hdswatch: Run, home: Path) -> None:
    done = hdswatch("init")
    assert done.returncode == 0, done.stderr
    assert {one.name for one in home.iterdir()} == {"hdswatch.toml", "watchlist.yml"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in home.iterdir()} == {0o600}
    assert hdswatch("watchlist", "validate").returncode == 0


def test_init_overwrites_nothing_and_writes_what_is_missing(hdswatch: Run, home: Path) -> None:
    (home / "watchlist.yml").write_text(SMALLEST)
    done = hdswatch("init")
    assert done.returncode == 0
    assert (home / "watchlist.yml").read_text() == SMALLEST
    assert "left as it is" in done.stderr
    assert (home / "hdswatch.toml").exists()


def test_init_in_english(hdswatch: Run, home: Path) -> None:
    hdswatch("init", "--language", "en")
    assert (home / "watchlist.yml").read_text() == (EXAMPLES / "watchlist.example.yml").read_text()


@pytest.mark.parametrize("name", ["watchlist.example.yml", "watchlist.example.fr.yml"])
def test_the_examples_in_the_documentation_are_those_that_init_writes(name: str) -> None:
    assert (REPOSITORY / "docs" / name).read_bytes() == (EXAMPLES / name).read_bytes()
    watchlist = load_watchlist(EXAMPLES / name)
    assert list(advice(watchlist, today())) == []


def test_the_settings_example_shows_every_setting_with_its_default() -> None:
    text = (EXAMPLES / "hdswatch.example.toml").read_text()
    assert tomllib.loads(text) == {section: {} for section in tomllib.loads(text)}
    shown = tomllib.loads(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", text))
    settings = Settings()
    examples_without_default = {"watchlist", "public_url", "private_url"}
    hidden = {"demo", "ping_url"}
    for section, model in settings:
        defaults = model.model_dump()
        assert shown[section].keys() | hidden >= defaults.keys(), section
        for name, value in shown[section].items():
            if name not in examples_without_default:
                assert value == defaults[name], f"{section}.{name}"


def test_validate_says_what_is_wrong_and_exits_2(hdswatch: Run, home: Path) -> None:
    written(home, changed("criticality: high ", "criticality: vital "))
    done = hdswatch("watchlist", "validate")
    assert done.returncode == 2
    assert (
        f"{home}/watchlist.yml:22: contracts[0].criticality: expected one of low, normal, high, found 'vital'"
        in done.stderr
    )
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [["FILE"], ["--watchlist", "FILE"]])
def test_validate_takes_a_file(arguments: list[str], hdswatch: Run, tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    done = hdswatch("watchlist", "validate", *[str(path) if one == "FILE" else one for one in arguments])
    assert done.returncode == 0 and "valid; 1 contract" in done.stderr


def schema(hdswatch: Run) -> dict[str, object]:
    done = hdswatch("watchlist", "validate", "--schema")
    assert done.returncode == 0 and done.stderr == ""
    loaded: dict[str, object] = json.loads(done.stdout)
    return loaded


def test_the_json_schema_accepts_the_examples_and_refuses_what_the_loader_refuses(hdswatch: Run) -> None:
    printed = schema(hdswatch)
    jsonschema_rs.meta.validate(printed)
    validator = jsonschema_rs.validator_for(printed)

    def fits(text: str) -> bool:
        return validator.is_valid(json.loads(json.dumps(yaml.safe_load(text), default=str)))

    assert fits(WHOLE) and fits(SMALLEST)
    assert fits((EXAMPLES / "watchlist.example.yml").read_text())
    for old, new in [
        ("version: 1", "version: 2"),
        ("language: fr ", "language: de "),
        ("activities: [1, 2, 3, 4, 5, 6] ", "activities: [] "),
        ("activities: [1, 2, 3, 4, 5, 6] ", "activities: [7] "),
        ("activities: [1, 2, 3, 4, 5, 6] ", "activities: [1, 1] "),
        ("    supplier: Scalingo\n", ""),
        ("supplier: Scalingo", "suplier: Scalingo"),
        ("criticality: high ", "criticality: vital "),
        ("{url_env: HDSWATCH_DPO_URL} ", "{url: x} "),
        ("{url_env: HDSWATCH_DPO_URL} ", "{url_env: A, url_file: b} "),
        ("code: EXPIRING", "code: EXPIRES"),
        ("20:00-07:00", "20-7"),
        ("notice_days: 90", "notice_days: -1"),
        ("thresholds: [180, 90, 60, 30, 14, 7, 1, 0]", "thresholds: []"),
    ]:
        assert not fits(changed(old, new)), new


def test_suggest_shows_candidates_with_score_reason_and_the_command(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db", hosts=[{"id": "scalingo"}, {"id": "x", "legal_name": "Autre", "siren": None}])
    written(
        home, changed('siren: "808665483"  ', "siren: null  ").replace("supplier: Scalingo", "supplier: Scalingo Santé")
    )
    done = hdswatch("watchlist", "suggest")
    assert done.returncode == 0, done.stderr
    assert "hdswatch watchlist confirm dossier-patient scalingo" in done.stdout
    listed = json.loads(hdswatch("watchlist", "suggest", "--json").stdout)
    assert [one["contract"] for one in listed] == ["dossier-patient"]
    best = listed[0]["suggestions"][0]
    assert (best["host_id"], best["why"], 85 <= best["score"] < 100) == ("scalingo", "words", True)


def test_suggest_has_nothing_to_say_when_all_match(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db")
    written(home, WHOLE)
    assert "looked at: 1. All match" in hdswatch("watchlist", "suggest").stdout
    assert json.loads(hdswatch("watchlist", "suggest", "--json").stdout) == []


def test_confirm_writes_the_decision_and_check_follows_it(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db")
    path = written(
        home, changed('siren: "808665483"  ', "siren: null  ").replace("supplier: Scalingo", "supplier: Inconnu")
    )
    assert json.loads(hdswatch("check", "--format", "json").stdout)["contracts"][0]["matched"]["how"] == "none"
    done = hdswatch("watchlist", "confirm", "dossier-patient", "scalingo")
    assert done.returncode == 0, done.stderr
    assert "host_id: scalingo" in path.read_text()
    assert json.loads(hdswatch("check", "--format", "json").stdout)["contracts"][0]["matched"]["how"] == "host_id"


def test_confirm_refuses_a_host_that_is_not_there_and_one_of_another_siren(hdswatch: Run, home: Path) -> None:
    publish(home / "hds.db", hosts=[{"id": "scalingo"}, {"id": "ovh", "siren": "424761419", "legal_name": "OVH"}])
    path = written(home, WHOLE)
    for host, said in (("nobody", "found 'nobody'"), ("ovh", "host 'ovh' has 424761419")):
        done = hdswatch("watchlist", "confirm", "dossier-patient", host)
        assert done.returncode == 2 and said in done.stderr
    assert path.read_text() == WHOLE


REGISTER = "Fournisseur;SIREN;Activités;Date de fin\nScalingo;808665483;1 à 6;31/12/2027\n"


def test_import_shows_what_it_understood_and_writes_a_valid_watchlist(
    hdswatch: Run, home: Path, tmp_path: Path
) -> None:
    register = tmp_path / "r.csv"
    register.write_text(REGISTER)
    done = hdswatch("watchlist", "import", register, "--organisation", "CH Nord")
    assert done.returncode == 0, done.stderr
    assert "column “Date de fin” → ends_on" in done.stderr
    watchlist = load_watchlist(home / "watchlist.yml")
    assert (watchlist.organisation, watchlist.contracts[0].siren) == ("CH Nord", "808665483")
    assert hdswatch("watchlist", "validate").returncode == 0


def test_import_adds_to_a_watchlist_and_refuses_to_add_twice(hdswatch: Run, home: Path, tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_text(REGISTER)
    path = written(home, WHOLE)
    assert hdswatch("watchlist", "import", register).returncode == 0
    after = path.read_text()
    assert [one.id for one in load_watchlist(path).contracts] == ["dossier-patient", "scalingo"]
    done = hdswatch("watchlist", "import", register)
    assert done.returncode == 2 and "scalingo: already there" in done.stderr
    assert path.read_text() == after


def test_import_writes_nothing_when_a_row_is_wrong_or_in_a_dry_run(hdswatch: Run, home: Path, tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_text(REGISTER + "OVH;424761418;1;\n")
    done = hdswatch("watchlist", "import", register)
    assert done.returncode == 2 and f"{register}:3: siren: expected a SIREN" in done.stderr
    register.write_text(REGISTER)
    assert hdswatch("watchlist", "import", register, "--dry-run").returncode == 0
    assert list(home.iterdir()) == []


def test_import_refuses_contacts_that_the_watchlist_does_not_know(hdswatch: Run, home: Path, tmp_path: Path) -> None:
    register = tmp_path / "r.csv"
    register.write_text(REGISTER)
    written(home, SMALLEST)
    done = hdswatch("watchlist", "import", register, "--notify", "legal")
    assert done.returncode == 2 and "contact(s) legal: not declared" in done.stderr


def test_advice_names_what_reaches_nobody(tmp_path: Path) -> None:
    text = SMALLEST.replace("channels: {}", "channels: {x: {url_env: X}}").replace(
        "contacts: []", "contacts: [{id: c, role: r, channel: x}]"
    )
    said = "\n".join(advice(load_watchlist(written(tmp_path, text)), today()))
    assert "'a': notify is empty" in said and "'c': no contract notifies it" in said and "'a': matched by name" in said
