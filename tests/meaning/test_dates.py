"""Printed dates: day first, four-digit years, real days; nothing swapped and nothing completed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import registry.dates
from registry.clock import paris_date
from registry.dates import EARLIEST, LATEST, Period, UnreadableDate, read_date, read_period
from registry.vocabulary import words

READ = [
    ("numbers, day first", "11/09/2028", "2028-09-11"),
    ("the first of February, not the second of January", "1/2/2028", "2028-02-01"),
    ("dots", "11.09.2028", "2028-09-11"),
    ("hyphens", "11-09-2028", "2028-09-11"),
    ("a no-break hyphen", "11‑09‑2028", "2028-09-11"),
    ("spaces around the strokes", "11 / 09 / 2028", "2028-09-11"),
    ("spaces only", "11 09 2028", "2028-09-11"),
    ("ISO", "2028-09-11", "2028-09-11"),
    ("ISO with strokes", "2028/09/11", "2028-09-11"),
    ("ISO without anything", "20280911", "2028-09-11"),
    ("French", "11 septembre 2028", "2028-09-11"),
    ("the first of a month", "1er mars 2027", "2027-03-01"),
    ("a raised suffix", "1ᵉʳ mars 2027", "2027-03-01"),
    ("abbreviated", "19 déc. 2027", "2027-12-19"),
    ("without its accents", "11 aout 2027", "2027-08-11"),
    ("in capitals", "11 AOÛT 2027", "2027-08-11"),
    ("no-break spaces", "11\xa0septembre\u202f2028", "2028-09-11"),
    ("hyphens around the month", "11-sept.-2028", "2028-09-11"),
    ("English", "September 11, 2028", "2028-09-11"),
    ("English, day first", "11 Sept 2028", "2028-09-11"),
    ("English ordinals", "Monday, September 11th, 2028", "2028-09-11"),
    ("the … of", "the 11th of September 2028", "2028-09-11"),
    ("March, which is also Tuesday in French", "mar 2 2027", "2027-03-02"),
    ("Tuesday, which is also March in English", "mar. 2 mars 2027", "2027-03-02"),
    ("a weekday", "lundi 11 septembre 2028", "2028-09-11"),
    ("a leap day", "29/02/2028", "2028-02-29"),
    ("a time of day", "11/09/2028 à 23h59", "2028-09-11"),
    ("midnight without a zone", "2028-09-11 00:00:00", "2028-09-11"),
    ("an instant in UTC is a day in Paris", "2028-09-10T22:00:00Z", "2028-09-11"),
    ("in winter Paris is one hour ahead", "2027-12-31T23:00:00Z", "2028-01-01"),
    ("an offset", "2028-09-11T23:30:00+02:00", "2028-09-11"),
    ("fractions of a second", "2028-09-11T22:30:00.000Z", "2028-09-12"),
    ("seconds since 1970", "1852243200", "2028-09-11"),
    ("milliseconds since 1970", "1852243200000", "2028-09-11"),
    ("the last day counts", "11/09/2028 inclus", "2028-09-11"),
    ("words for the end", "jusqu'au 11/09/2028", "2028-09-11"),
    ("words for the end, English", "Valid until 11 September 2028", "2028-09-11"),
    ("a label", "Échéance : 11/09/2028", "2028-09-11"),
    ("words for the beginning", "Délivré le 12/09/2025", "2025-09-12"),
    ("a full stop", "11/09/2028.", "2028-09-11"),
    ("an asterisk that leads to a note", "11/09/2028 *", "2028-09-11"),
    ("the number of a note", "11 septembre 2028 (1)", "2028-09-11"),
    ("a raised number of a note", "11/09/2028²", "2028-09-11"),
    ("what is said of the renewal", "11/09/2028 (renouvellement en cours)", "2028-09-11"),
]

UNREADABLE = [
    ("a month alone with a note", ["07/2024 (1)", "septembre 2028 *"]),
    ("a month alone", ["07/2024", "septembre 2028", "2028-09", "sept. 2028"]),
    ("a year alone", ["2028"]),
    ("a day without a year", ["11/09", "11 septembre"]),
    ("a day that doesn't exist", ["31/02/2027", "29/02/2027", "32/01/2028", "0/1/2028", "00/00/0000", "2027-02-30"]),
    ("month first is impossible here, and never swapped", ["09/25/2028", "11/13/2028", "2028-25-09"]),
    ("two digits for a year", ["11/09/28", "11 sept. 28", "11-Sep-28"]),
    ("fillers of databases", ["9999-12-31", "0000-00-00", "1900-01-01", "1/1/0028"]),
    ("a serial number of a spreadsheet", ["46276"]),
    ("numbers of other kinds", ["808665483", "0142345678", "11092028", "38436-2"]),
    ("a weekday that is another day's", ["mardi 11 septembre 2028", "Tuesday 11/09/2028"]),
    (
        "two dates without a word that orders them",
        [
            "11/09/2028 12/09/2028",
            "12/09/2025\n11/09/2028",
            "12/09/2025 le 11/09/2028",
            "11/09/2028 ou 12/09/2028",
            "12/09/2025, 11/09/2028",
        ],
    ),
    (
        "two ends or two beginnings",
        ["fin le 12/09/2025, expire le 11/09/2028", "délivré le 12/09/2025, délivré le 11/09/2028"],
    ),
    (
        "a word that promises another date",
        ["11/09/2028 au", "11/09/2028 to", "11/09/2028 de", "11/09/2028 du", "11/09/2028 from"],
    ),
    ("mixed separators", ["11/09-2028"]),
    (
        "words that change what the date means",
        ["avant le 11/09/2028", "environ 11/09/2028", "12/09/2025 (3 ans)", "renouvelé le 11/09/2028"],
    ),
    ("no date", ["illimité", "trois ans", "", "11/09/2O28", "11 brumaire 2028"]),
]

PERIODS = [
    "du 12/09/2025 au 11/09/2028",
    "12/09/2025 - 11/09/2028",
    "12/09/2025-11/09/2028",
    "12/09/2025 → 11/09/2028",
    "12/09/2025 -> 11/09/2028",
    "Valable du 12/09/2025, au 11/09/2028",
    "Valable du 12 septembre 2025 au 11 septembre 2028",
    "2025-09-12/2028-09-11",
    "Délivré le 12/09/2025\nExpire le 11/09/2028",
    "Expire le : 11 septembre 2028\nDélivré le : 12 septembre 2025",
    "from 12/09/2025 to 11/09/2028",
    "Valid from September 12, 2025 until September 11, 2028",
    "du 12/09/2025\nau 11/09/2028",
    "12.09.2025 au 11.09.2028",
    "Délivré le 12/09/2025, expire le 11/09/2028",
    "depuis le 12/09/2025 et jusqu'au 11/09/2028",
]


@pytest.mark.parametrize(("why", "text", "day"), READ, ids=[why for why, *_ in READ])
def test_a_date_is_read(why: str, text: str, day: str) -> None:
    assert read_date(text) == date.fromisoformat(day), why


@pytest.mark.parametrize(("why", "text"), [(why, text) for why, texts in UNREADABLE for text in texts])
def test_what_is_not_exactly_one_date_is_refused_with_a_reason(why: str, text: str) -> None:
    with pytest.raises(UnreadableDate, match="expected"):
        read_date(text)


@pytest.mark.parametrize("text", PERIODS)
def test_a_period_gives_both_its_ends(text: str) -> None:
    assert read_period(text) == Period(start=date(2025, 9, 12), end=date(2028, 9, 11))


def test_a_period_is_not_one_date() -> None:
    with pytest.raises(UnreadableDate, match="a period"):
        read_date("du 12/09/2025 au 11/09/2028")


def test_words_say_which_end_of_the_validity_a_date_is() -> None:
    assert read_period("jusqu'au 11/09/2028") == Period(end=date(2028, 9, 11))
    assert read_period("à compter du 12/09/2025") == Period(start=date(2025, 9, 12))
    assert read_period("le 12/09/2025") == Period(single=date(2025, 9, 12))


days = st.dates(EARLIEST, LATEST)
months = words("months")["months"]


@given(
    days,
    st.sampled_from(
        ["{d:02}/{m:02}/{y}", "{d}/{m}/{y}", "{d:02}.{m:02}.{y}", "{d}-{m}-{y}", "{y}-{m:02}-{d:02}", "{y}/{m}/{d}"]
    ),
)
def test_every_day_survives_being_printed_in_figures(day: date, form: str) -> None:
    assert read_date(form.format(d=day.day, m=day.month, y=day.year)) == day


@given(
    days,
    st.data(),
    st.sampled_from(["{d} {n} {y}", "{n} {d}, {y}", "le {d} {n}. {y}", "{d}-{n}-{y}", "until {d} {n} {y}"]),
)
def test_every_day_survives_being_printed_in_words(day: date, data: st.DataObject, form: str) -> None:
    name = data.draw(st.sampled_from(months[day.month]))
    assert read_date(form.format(d=day.day, n=name, y=day.year)) == day


@given(days, days)
def test_every_period_keeps_its_order(first: date, last: date) -> None:
    assert read_period(f"du {first:%d/%m/%Y} au {last:%d/%m/%Y}") == Period(start=first, end=last)


@given(st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1)).map(lambda t: t.replace(tzinfo=UTC, microsecond=0)))
def test_an_instant_is_the_day_it_is_in_paris(instant: datetime) -> None:
    if (instant.hour, instant.minute) == (23, 59):
        instant += timedelta(minutes=1)
    assert read_date(instant.strftime("%Y-%m-%dT%H:%M:%SZ")) == paris_date(instant)
    assert read_date(str(int(instant.timestamp()))) == paris_date(instant)


@given(st.integers(1, 31), st.integers(13, 31), st.integers(2018, 2040))
def test_a_month_beyond_twelve_is_never_taken_for_a_day(day: int, month: int, year: int) -> None:
    with pytest.raises(UnreadableDate):
        read_date(f"{day:02}/{month}/{year}")


@given(st.text(max_size=60))
def test_any_text_is_a_date_a_period_or_a_reason(text: str) -> None:
    try:
        found = read_period(text)
    except UnreadableDate as reason:
        assert "expected" in str(reason)
    else:
        assert found.single or found.start or found.end


def test_no_month_or_weekday_name_means_two_things() -> None:
    for kind in ("months", "weekdays"):
        names = [name for entries in words("months")[kind].values() for name in entries]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("text", ["2028-09-11T23:59:59Z", "2028-09-11T23:59:59.999Z", "2028-09-11T23:59:00+00:00"])
def test_the_last_minute_of_a_day_is_that_day_in_whatever_zone(text: str) -> None:
    assert read_date(text) == date(2028, 9, 11)


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The zone that this machine's clock shows; nothing that was read before is remembered."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        registry.dates._period_or_reason.cache_clear()
        yield request.param
    time.tzset()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2028-09-11T03:15:00+05:30", date(2028, 9, 10)),
        ("2028-09-11T02:00:00+10:00", date(2028, 9, 10)),
        ("2028-09-10T23:00:00-05:00", date(2028, 9, 11)),
        ("2028-09-11T00:30:00+0200", date(2028, 9, 11)),
        ("2028-09-10T22:30:00Z", date(2028, 9, 11)),
        ("2028-09-10T22:30:00 GMT", date(2028, 9, 11)),
        ("2028-09-10T22:30:00", date(2028, 9, 10)),
        ("2028-09-10 22:30", date(2028, 9, 10)),
        (str(int(datetime(2028, 9, 10, 22, 30, tzinfo=UTC).timestamp())), date(2028, 9, 11)),
        (str(int(datetime(2028, 9, 10, 21, 30, tzinfo=UTC).timestamp()) * 1000), date(2028, 9, 10)),
    ],
)
def test_an_instant_of_any_zone_is_the_day_it_is_in_paris(instant: str, day: date, machine_zone: str) -> None:
    assert read_date(instant) == day, f"on a machine in {machine_zone}"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["11/09/28", "11 sept. 28", "1.9.28"], "expected a year of four digits, found "),
        (
            ["2028", "09/2028", "2028-09", "septembre 2028", "sept. 2028"],
            "expected a day, a month and a year, found no day in ",
        ),
        (["brumaire 2028", "11 brumaire 2028"], "expected one date such as 11/09/2028 or 11 septembre 2028, found "),
        (["31/02/2028"], "expected a day that exists, day before month, found '31/02/2028'"),
        (["31 février 2028"], "expected a day that exists, day before month, found '31 fevrier 2028'"),
        (["mardi 11 septembre 2028"], "expected the weekday of 2028-09-11, found another in 'mardi 11 septembre 2028'"),
        (["Tuesday 11/09/2028"], "expected the weekday of 2028-09-11, found another in 'tuesday 11/09/2028'"),
        (["délivré le expire le 11/09/2028"], "expected one end of a validity, found words for both in "),
        (["31/12/2091"], "expected a year from 1990 to 2090, found '31/12/2091'"),
    ],
)
def test_a_reason_says_what_the_date_lacks(texts: list[str], said: str) -> None:
    for text in texts:
        with pytest.raises(UnreadableDate, match=f"^{said}"):
            read_date(text)


def test_the_first_and_the_last_day_that_are_believed_are_believed() -> None:
    assert read_date("01/01/1990") == EARLIEST
    assert read_date("31/12/2090") == LATEST
