"""Printed dates → civil dates (Europe/Paris). Strict: day first, four-digit years, and no day is ever invented.

Accepts the forms of the field: `11/09/2028`, `2028-09-11`, `11 septembre 2028`, `1er mars 2027`, `19 déc. 2027`,
`September 11, 2028`, instants (converted to the Paris day), and one period ("du 12/09/2025 au 11/09/2028").
Everything else (a month alone, a two-digit year, an impossible day, month-first figures) is an error with its reason:
never swapped, never completed. A table of month names is enough for two languages, and stricter than a general parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, lru_cache

from registry.clock import paris_date
from registry.text import fold
from registry.vocabulary import words

EARLIEST, LATEST = date(1990, 1, 1), date(2090, 12, 31)
"""Outside these a printed date is a slip or a filler such as 9999-12-31, not an accreditation or a certificate."""

LONGEST_VALIDITY = timedelta(days=3660)
"""Certificates last three years; other cycles exist, ten years do not."""


LONGEST_TEXT = 200
"""Characters of a cell that may be a date or a period."""


class UnreadableDate(ValueError):
    """The text holds no date that can be relied on; the message says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a date cell says: a day without a side (`single`), or the first and last day of a validity."""

    single: date | None = None
    start: date | None = None
    end: date | None = None


_ZONE = r"(?: ?(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2}))?"
_TIME = rf"(?:[t ]+(?:a |at )?(?P<h>\d{{1,2}})(?:[:h](?P<mi>\d{{2}}))(?::(?P<s>\d{{2}})(?:[.,]\d+)?)?{_ZONE})?"
_ISO = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})" + _TIME)
_DAY_FIRST = re.compile(r"(?P<d>\d{1,2})(?: ?er)?(?P<sep> ?[-/.] ?| )(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4})" + _TIME)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?|2[0-3]\d{8}(?:\d{3})?")
_DAY = r"(?P<d>\d{1,2})(?: ?(?:er|re|e|eme|st|nd|rd|th))?"
_YEAR = r"(?P<y>\d{4})"
_SPLIT = re.compile(
    r" ?→ ?| - |(?<=\d{4})-(?=\d{1,2}[/.])|(?<=\d\d)/(?=\d{4}-)"
    r"| (?=(?:jusqu|until|till|through) )| (?:au|to|thru) | ?(?:[,;/]| et | and )(?= ?[a-z])"
)
"""Where a period may fall into its two days."""
_NEXT_WORDS = re.compile(r"(?<=\d) (?=[a-z])")
"""Where words stand behind a day. Only words that say "until" make a second day of what follows them."""


@cache
def _months() -> dict[str, int]:
    return {name: number for number, names in words("months")["months"].items() for name in names}


@cache
def _textual() -> tuple[re.Pattern[str], ...]:
    name = "(?P<name>" + "|".join(sorted(_months(), key=len, reverse=True)) + r")\b\.?"
    between = r"(?: ?[-/.,] ?| (?:de |of )?)"
    return (
        re.compile(_DAY + between + name + between + _YEAR + _TIME),
        re.compile(name + r" ?" + _DAY + r" ?,? " + _YEAR + _TIME),
    )


@cache
def _around() -> tuple[tuple[str, str], ...]:
    sides = words("months")["around"]
    found = [(phrase, side) for side, phrases in sides.items() for phrase in phrases]
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


@cache
def _weekdays() -> dict[str, int]:
    return {name: number for number, names in words("months")["weekdays"].items() for name in names}


@cache
def _weekday() -> re.Pattern[str]:
    return re.compile("(" + "|".join(sorted(_weekdays(), key=len, reverse=True)) + r")\b\.?,? ?")


def read_period(text: str) -> Period:
    """What that cell says. Raises UnreadableDate for anything but exactly one date or one period."""
    found = _period_or_reason(text)
    if isinstance(found, str):
        raise UnreadableDate(found)
    return found


@lru_cache(maxsize=20_000)
def _period_or_reason(text: str) -> Period | str:
    if len(text) > LONGEST_TEXT or not any(char.isdigit() for char in text):
        return f"expected one date such as 11/09/2028 or 11 septembre 2028, found {text[:LONGEST_TEXT]!r}"
    plain = _plain(text)
    try:
        return _one(plain)
    except UnreadableDate as reason:
        return _two(plain) or str(reason)


def _two(plain: str) -> Period | None:
    """The two days of a period, wherever the text can be cut into them."""
    for cut in _SPLIT.finditer(plain):
        try:
            first, last = _one(plain[: cut.start()].strip(" ,")), _one(plain[cut.end() :].strip())
        except UnreadableDate:
            continue
        start, end = first.single or first.start, last.single or last.end
        if start and end:
            return Period(start=start, end=end)
    for cut in _NEXT_WORDS.finditer(plain):  # "Délivré le 22/04/2023", and on the next line "Expire le 21/04/2026"
        try:
            first, last = _one(plain[: cut.start()].strip(" ,")), _one(plain[cut.end() :].strip())
        except UnreadableDate:
            continue
        if (start := first.single or first.start) and last.end:
            return Period(start=start, end=last.end)
        if first.end and last.start:
            return Period(start=last.start, end=first.end)
    return None


def read_date(text: str) -> date:
    """The one civil date that text prints, whatever words stand around it. Raises UnreadableDate."""
    period = read_period(text)
    if period.start and period.end:
        raise UnreadableDate(f"expected one date, found a period in {text!r}")
    found = period.single or period.start or period.end
    assert found is not None
    return found


def looks_like_date(text: str) -> bool:
    """Whether the whole cell is a date or a period."""
    return isinstance(_period_or_reason(text), Period)


_FOOTNOTE = re.compile(r"(?<=\w)\.?\s*(?:[*†‡§⁰¹²³⁴-⁹]+|\(\*+\)|[(\[]\d{1,2}[)\]])\s*$")
"""A mark behind a date that sends the reader to a note: "12/03/2027 *", "12/03/2027 (1)"."""


def _plain(text: str) -> str:
    folded = re.sub(r"[‐‑‒–—−]", "-", fold(_FOOTNOTE.sub("", text))).replace("->", "→")
    return " ".join(re.sub(r"['’ʼ()]", " ", folded).split()).strip(" .,;")


def _one(text: str) -> Period:
    core, side = _strip_words(text)
    found = _figures(core) or _named(core)
    if found is None:
        raise UnreadableDate(_why_not(text))
    if not EARLIEST <= found <= LATEST:
        raise UnreadableDate(f"expected a year from {EARLIEST.year} to {LATEST.year}, found {text!r}")
    return Period(**{side: found})


def _strip_words(text: str) -> tuple[str, str]:
    """Takes the words around a date away and says which side they give it."""
    side, changed = "single", True
    while changed:
        changed = False
        for phrase, kind in _around():
            rest = _without(text, phrase)
            if rest is None:
                continue
            if kind != "neutral":
                if side not in ("single", kind):
                    raise UnreadableDate(f"expected one end of a validity, found words for both in {text!r}")
                side = kind
            text, changed = rest, True
            break
    return text, side


def _without(text: str, phrase: str) -> str | None:
    if text.startswith(phrase) and re.match(r"[ :]", text[len(phrase) :]):
        return text[len(phrase) :].lstrip(" :")
    if text.endswith(" " + phrase) and phrase not in ("au", "to", "de", "du", "from"):
        return text[: -len(phrase)].rstrip(" :,")
    return None


def _figures(text: str) -> date | None:
    if _EPOCH.fullmatch(text):
        seconds = int(text) / (1000 if len(text) == 13 else 1)
        return paris_date(datetime.fromtimestamp(seconds, UTC))
    for candidate, weekday in _readings(text):
        for pattern in (_ISO, _DAY_FIRST, _COMPACT):
            if match := pattern.fullmatch(candidate):
                return _on(_civil(match, int(match["m"]), text), weekday, text)
    return None


def _named(text: str) -> date | None:
    for candidate, weekday in _readings(text):
        for pattern in _textual():
            if match := pattern.fullmatch(candidate):
                return _on(_civil(match, _months()[match["name"]], text), weekday, text)
    return None


def _readings(text: str) -> list[tuple[str, int | None]]:
    """The text as it is, and without a weekday at its start ("mar" may be Tuesday or March)."""
    match = _weekday().match(text)
    return [(text, None)] + ([(text[match.end() :], _weekdays()[match[1]])] if match else [])


def _on(day: date, weekday: int | None, text: str) -> date:
    if weekday is not None and day.weekday() != weekday:
        raise UnreadableDate(f"expected the weekday of {day}, found another in {text!r}")
    return day


def _civil(match: re.Match[str], month: int, text: str) -> date:
    try:
        day = date(int(match["y"]), month, int(match["d"]))
        parts = match.groupdict()
        if not parts.get("h"):
            return day
        moment = datetime(day.year, month, day.day, int(parts["h"]), int(parts["mi"]), int(parts["s"] or 0), tzinfo=UTC)
    except ValueError as error:
        raise UnreadableDate(f"expected a day that exists, day before month, found {text!r}") from error
    if not (zone := parts["zone"]) or (moment.hour, moment.minute) == _LAST_MINUTE:
        return day
    if zone[0] in "+-":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment = moment.replace(tzinfo=timezone(offset if zone[0] == "+" else -offset))
    return paris_date(moment)


_LAST_MINUTE = (23, 59)
"""Programs print it for "that whole day", in whatever zone: in Paris it must not become the next day."""


def _why_not(text: str) -> str:
    if re.fullmatch(r"(\d{1,2}[-/. ])?\d{4}|\d{4}[-/.]\d{1,2}", text) or _month_only(text):
        return f"expected a day, a month and a year, found no day in {text!r}"
    if re.search(r"[^\d]\d{2}$", text):
        return f"expected a year of four digits, found {text!r}"
    return f"expected one date such as 11/09/2028 or 11 septembre 2028, found {text!r}"


def _month_only(text: str) -> bool:
    return bool(re.fullmatch(r"([a-z]+)\.? \d{4}", text)) and text.split()[0].rstrip(".") in _months()
