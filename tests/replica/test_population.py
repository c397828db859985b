"""Who is on the replica's list, and what happens from edition to edition."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from importlib.resources import files

import pytest
from stdnum.fr import siren as siren_check

from crawler.replica import cast
from crawler.replica.editions import Edition, edition, edition_names, parse_edition
from crawler.replica.lines import Line, printed
from crawler.replica.population import HOSTS, LETTERS, letter_of, real_lines


def of(name: str, number: int | str) -> list[Line]:
    return [line for line in edition(str(number)).lines if line.name == name]


def test_there_are_404_hosts_spread_over_the_letters_as_planned() -> None:
    names = {line.name for line in edition("1").lines}
    assert len(names) == HOSTS == 404
    counts = Counter(letter_of(name) for name in names)
    assert counts == LETTERS
    assert (counts["S"], counts["V"]) == (39, 11)
    assert set(LETTERS) == {*map(chr, range(65, 91)), "0-9"}


def test_every_host_without_a_source_says_in_its_name_that_it_is_fictional() -> None:
    sourced = {line.name for line in real_lines()}
    assert len(sourced) == 10
    for line in edition("4").lines:
        if line.name not in sourced:
            assert re.search(r"[Hh]ébergeur [Ff]ictif", line.name)
            assert line.siren is None or line.siren.startswith("000")
            assert ".example" in (line.website or ".example")


def test_real_hosts_carry_what_their_records_say_and_nothing_more() -> None:
    records = json.loads(files("crawler.replica").joinpath("data/real_records.json").read_text(encoding="utf-8"))
    for record, line in zip(records, real_lines(), strict=True):
        assert line.name == record["host"]
        assert line.siren == record["siren"]
        assert (line.certifier or None, line.number or None) == (record["certifier"], record["certificate_number"])
        assert line.activities == (record["activities"] and frozenset(record["activities"]))
        assert (line.issued_on and line.issued_on.isoformat()) == record["issued_on"]
        assert (line.expires_on and line.expires_on.isoformat()) == record["expires_on"]
        assert not line.website and not line.country and not line.document
        assert record["source"]


def test_sirens_pass_the_check_and_belong_to_one_host_each() -> None:
    owners: dict[str, set[str]] = {}
    for line in edition("1").lines:
        if line.siren:
            assert siren_check.is_valid(line.siren), line.siren
            owners.setdefault(line.siren, set()).add(line.name)
    assert all(len(names) == 1 for names in owners.values())


def test_certificate_numbers_are_never_used_twice() -> None:
    numbers = Counter(line.number for line in edition("1").lines if line.number)
    assert numbers.most_common(1)[0][1] == 1


def test_the_mess_of_the_real_list_is_all_there() -> None:
    lines = edition("1").lines
    texts = [printed(line) for line in lines]

    def some(column: str, pattern: str) -> bool:
        return any(re.search(pattern, text[column]) for text in texts)

    for pattern in (
        r"^\d\d/\d\d/\d{4}$",
        r"^\d{4}-\d\d-\d\d$",
        r"^1er \w+ \d{4}$",
        "\xa0déc\\.\xa0",
        r"^[A-Z][a-z]+ \d+, ",
    ):
        assert some("expires_on", pattern), pattern
    assert some("issued_on", r"^\d\d/\d{4}$")
    assert (
        some("activities", "Certfié")
        and some("activities", "^2\\. .*\n3\\. .*plateforme")
        and some("activities", "1 à 6")
    )
    assert (
        some("name", "’")
        and some("name", "\xa0$")
        and some("name", "^Œ")
        and some("name", "^É")
        and some("name", r"^\d")
    )
    assert some("siren", r"^FR\d{11}$") and some("siren", r"\d{5}$") and some("siren", "\xa0")
    assert some("referential", "^v2.1$") and some("referential", "^HDS:2018$")
    assert any(line.country not in ("", "FR") and not line.siren for line in lines)
    assert any(not line.certifier for line in lines) and any(line.activities is None for line in lines)
    assert any(line.exempt for line in lines) and any(line.brand for line in lines)
    assert max(Counter(line.name for line in lines).values()) > 1


def test_edition_2_is_a_normal_week() -> None:
    (cut,), (renewed,), (moved,), (transferred,) = (
        of(name, 2) for name in (cast.SCOPE_CUT, cast.RENEWED, cast.EXPIRY_MOVED, cast.TRANSFERRED)
    )
    assert of(cast.SCOPE_CUT, 1)[0].activities == frozenset(range(1, 7)) and cut.activities == {1, 2, 3, 4, 6}
    assert (of(cast.RENEWED, 1)[0].number, renewed.number) == ("FICTIF-9003-1", "FICTIF-9003-2")
    assert renewed.expires_on and renewed.expires_on > (of(cast.RENEWED, 1)[0].expires_on or date.max)
    assert not of(cast.RENAMED, 2) and of(cast.RENAMED_TO, 2)[0].siren == of(cast.RENAMED, 1)[0].siren
    assert moved.number == of(cast.EXPIRY_MOVED, 1)[0].number
    assert moved.expires_on != of(cast.EXPIRY_MOVED, 1)[0].expires_on
    before = of(cast.TRANSFERRED, 1)[0]
    assert transferred.certifier == cast.NEW_CERTIFIER != before.certifier
    assert transferred.number != before.number and transferred.expires_on == before.expires_on
    assert not of(cast.NEWCOMER, 1) and of(cast.NEWCOMER, 2)
    assert edition("2").hosts == 405


def test_only_the_named_lines_differ_between_editions() -> None:
    def differing(earlier: Edition, later: Edition) -> int:
        return len(set(map(repr, earlier.lines)) ^ set(map(repr, later.lines)))

    assert differing(edition("1"), edition("2")) == 11
    assert differing(edition("2"), edition("3")) == 3
    assert differing(edition("3"), edition("4")) == 1


def test_a_host_leaves_in_edition_3_and_is_back_unchanged_in_edition_4() -> None:
    assert of(cast.DELISTED, 2) and not of(cast.DELISTED, 3)
    assert of(cast.DELISTED, 4) == of(cast.DELISTED, 1)


def test_edition_3_ends_one_accreditation_and_lists_one_body() -> None:
    before = {body.name: body for body in edition("2").bodies}
    after = {body.name: body for body in edition("3").bodies}
    assert set(after) - set(before) == {cast.LATE_CERTIFIER}
    assert before[cast.LAPSED_CERTIFIER].accreditation_ended_on is None
    assert after[cast.LAPSED_CERTIFIER].accreditation_ended_on == date(2026, 10, 31)


def test_the_quarantine_edition_has_lost_six_hosts_of_ten_and_says_so_in_its_total() -> None:
    thin = edition("quarantine")
    assert 0.55 < 1 - thin.hosts / 404 < 0.65
    assert set(thin.lines) <= set(edition("1").lines)


@pytest.mark.parametrize("today", [cast.REFERENCE_DATE, date(2025, 1, 31), date(2028, 2, 29), date(2031, 7, 1)])
def test_one_certificate_is_about_to_expire_and_one_has_just_expired_on_any_day(today: date) -> None:
    lines = {line.name: line for line in edition("1", today).lines}
    assert lines[cast.EXPIRING].expires_on == today + timedelta(days=25)
    assert lines[cast.EXPIRED].expires_on == today - timedelta(days=10)
    for name in (cast.EXPIRING, cast.EXPIRED):
        issued, ends = lines[name].issued_on, lines[name].expires_on
        assert issued and ends and date(2024, 5, 16) <= issued < ends


def test_an_unknown_edition_is_refused_with_the_allowed_names() -> None:
    with pytest.raises(ValueError, match="quarantine"):
        parse_edition("5")
    assert edition_names()[:4] == ("1", "2", "3", "4")


def test_the_command_refuses_an_unknown_edition() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crawler.replica", "--edition", "nine"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2 and "quarantine" in done.stderr


def test_the_replica_imports_nothing_of_what_reads_it() -> None:
    code = "import sys, crawler.replica; print(sorted(m for m in sys.modules if m.split('.')[0] in %r))"
    heavy = ("registry", "monitor", "scrapy", "pydantic", "yaml", "lxml", "fpdf", "openpyxl")
    done = subprocess.run(
        [sys.executable, "-c", code % (heavy,)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"
