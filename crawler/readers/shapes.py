"""What a printed value looks like: a date, a certificate number, a version label, a yes or no…

Owns telling kinds of text apart, so that a heading of two meanings can be decided and a shifted column noticed. It
gives no value a meaning: `registry.interpret` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from crawler.readers.printed import Line, Printed
from crawler.readers.vocabulary import words
from registry.activities import read_scope
from registry.labels import is_known_certifier, read_status, says_nothing
from registry.numbers import is_certificate_number
from registry.text import clean, fold
from registry.vocabulary import words as registry_words

LONGEST_DATE_TEXT = 400
"""Characters in which dates are looked for; longer texts are prose."""

_MONTH = {name: number for number, names in registry_words("months")["months"].items() for name in names}
_MONTH_NAME = "|".join(sorted(_MONTH, key=len, reverse=True))
_DATE = re.compile(
    rf"""(?<![\w/])(?:
      (?P<y1>(?:19|20)\d\d)\s?[-/.]\s?(?P<m1>\d{{1,2}})\s?[-/.]\s?(?P<d1>\d{{1,2}})
        (?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:[Zz]|[+-]\d\d:?\d\d)?)?
    | (?P<d2>\d{{1,2}})\s?[-/.]\s?(?P<m2>\d{{1,2}})\s?[-/.]\s?(?P<y2>\d{{4}}|\d\d)(?:\s+\d\d[:h]\d\d(?::\d\d)?)?
    | (?P<d3>\d{{1,2}})(?:er|st|nd|rd|th|eme|e)?[\s\-./]*(?:of\s+|de\s+)?(?P<m3>{_MONTH_NAME})\b\.?,?[\s\-./]*
        (?P<y3>\d{{4}}|\d\d)
    | (?P<m4>{_MONTH_NAME})\b\.?\s*(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})
    | (?P<m5>{_MONTH_NAME})\b\.?,?\s*(?P<y5>(?:19|20)\d\d)
    | (?P<m6>\d{{1,2}})\s?[-/.]\s?(?P<y6>(?:19|20)\d\d)
    )(?![\w/])""",
    re.VERBOSE,
)
_URL = re.compile(r"(?i)^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?$")
_SIREN = re.compile(r"(?:[a-z]{2}\s?[a-z0-9]{2}\s?)?\d(?:[\s.]?\d){8}(?:[\s.]?\d){0,5}")
_COUNTRY = re.compile(r"[A-Za-zÀ-ÿ .,'’()-]{2,60}")
_LEGACY = re.compile(
    r"infoger|infrastructure physique|physical infrastructure|managed host|hebergeur|infrastructure host"
)
_PROSE_START = re.compile(
    r"(?:toute?|une?|la|le|les|l|ensemble|any|an?|the)\b.*\b(?:qui|que|dont|pour|est|sont|which|that|is|are)\b"
)
_CODE = re.compile(r"n\d|[a-uw-z]-\d")
"""N1, A-1: a code, neither "n° 1" nor "à 1", before which the first number of the range would stand."""
_STATUS_WORDS = frozenset(
    word
    for phrases in registry_words("statuses")["statuses"].values()
    for phrase in phrases
    for word in fold(phrase).split()
) - frozenset(("en", "de", "d'audit", "non", "a"))
_YES_NO = words("yes_no")


@lru_cache(maxsize=50_000)
def dates_in(text: str) -> tuple[tuple[str, date | None], ...]:
    """Each date printed in a text, in order: the printed part, and the day it names when it names one (day first)."""
    if len(text) > LONGEST_DATE_TEXT or not any(char.isdigit() for char in text):
        return ()
    plain = "".join(map(plain_char, text))
    return tuple((text[match.start() : match.end()].strip(), _day(match)) for match in _DATE.finditer(plain))


@lru_cache(maxsize=4096)
def plain_char(char: str) -> str:
    """One folded character for one printed one, so that places in the text stay the same."""
    folded = fold(char)
    return folded if len(folded) == 1 else " " if not folded or char.isspace() else folded[0]


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    for at in "1234":
        if parts[f"y{at}"]:
            year, month, day = parts[f"y{at}"], parts[f"m{at}"], parts[f"d{at}"]
            try:
                number = int(month) if month.isdigit() else _MONTH[month]
                return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
            except ValueError:
                return None
    return None


def one_day(text: str) -> date | None:
    """The day, when the text prints exactly one date and it names a day."""
    found = dates_in(text)
    return found[0][1] if len(found) == 1 else None


def is_date(value: Printed) -> bool:
    """One date, with few words around it. A bare year or 20280911 is one too."""
    text = clean(value.text)
    found = dates_in(text)
    if len(found) == 1:
        return len(text) <= len(found[0][0]) + 40
    return bool(re.fullmatch(r"(?:19|20)\d{6}", text)) or bool(re.fullmatch(r"1\d{9}(?:\d{3})?", text))


def is_period(value: Printed) -> bool:
    return len(dates_in(value.text)) == 2 and len(value.text) < 120


def is_number(value: Printed) -> bool:
    """A certificate number: short, with a digit, and not a date, an address, a version or a list of activities."""
    lines = [line.text for line in value.lines if line.text]
    return bool(lines) and all(_number_like(clean(line)) for line in lines)


def may_be_number(value: Printed) -> bool:
    """The same under a heading that says "certificate number", where also "7" or "CERT-ALPHA" is one: only what is plainly
    something else is not."""
    text = clean(value.text)
    if is_date(value) or is_period(value) or is_number_list(text) or _URL.match(text):
        return False
    if not text.isdigit() and (is_yes_no(value) or is_plain_version(text)):
        return False
    return is_certificate_number(text) and not is_known_certifier(text) and not is_status(value)


def _number_like(text: str) -> bool:
    if not re.search(r"\d", text) or len(text) > 60 or text.count(" ") > 6 or _URL.match(text) or dates_in(text):
        return False
    return not is_version_text(text) and not _only_activity_numbers(fold(text))


def is_version_text(text: str) -> bool:
    """Only a version label: "v2.0", "HDS 2018", "Référentiel HDS v1.1"."""
    found = re.fullmatch(
        r"(?P<words>[a-z\s:.°(),-]*?)\s*v?\.?\s*(?P<number>\d(?:\.\d+){0,3}|20[12]\d)\)?(?:\s*\([^)]*\))?\.?",
        fold(text),
    )
    if found is None or _CODE.fullmatch(fold(text)):
        return False
    known = registry_words("referentials")["wrapping"]
    return all(word in known or word in ("v", "hds") for word in re.findall(r"[a-z]+", found["words"]))


def is_plain_version(text: str) -> bool:
    """Only a version label, and one that says so: "Hébergeur 1" may be a name."""
    return is_version_text(text) and (
        text.isdigit() or bool(re.search(r"\bv\.? ?\d|\d\.\d|hds|referentiel|version|\b20\d\d\b", fold(text)))
    )


def is_version(value: Printed) -> bool:
    """A label of the référentiel, known or not."""
    text = fold(value.text)
    if not text or len(text) > 100 or (dates_in(text) and not re.search(r"arrete|order|decret", text)):
        return False
    return is_version_text(text) or bool(re.search(r"\bhds\b|referentiel|\bv\s*\d|arrete", text))


def is_activities(value: Printed) -> bool:
    """Names or numbers of activities, understood or not."""
    text = fold(value.text)
    if dates_in(text) or re.search(r"https?:|@", text):
        return False
    if _only_activity_numbers(text):
        return True
    reading = read_scope(value.text)
    return reading.names_activities or bool(reading.legacy)


def is_activities_text(text: str) -> bool:
    """The same of a text that is no cell of its own."""
    return is_activities(Printed((Line(text),)))


def _only_activity_numbers(text: str) -> bool:
    numbers = re.findall(r"\d+", text)
    letters = set(re.findall(r"[^\W\d_]+", text)) - {
        "a",
        "et",
        "to",
        "and",
        "activite",
        "activites",
        "n",
        "act",
        "activity",
        "activities",
        "no",
    }
    code = re.fullmatch(r"n\d|[a-z]-\d", text)  # N1, A-1: nothing stands before what would be a range
    return (
        bool(numbers)
        and not letters
        and not code
        and all(len(number) == 1 and number in "123456" for number in numbers)
    )


def is_number_list(text: str) -> bool:
    """Only activity numbers: "1, 2, 3", "1 à 6"."""
    return len(re.findall(r"\d", text)) > 1 and _only_activity_numbers(fold(text))


def is_scope(value: Printed) -> bool:
    text = fold(value.text)
    return bool(re.search(r"[a-z]{3}", text)) and not dates_in(text) and not is_address(value) and not is_yes_no(value)


def is_legacy_scope(value: Printed) -> bool:
    return bool(_LEGACY.search(fold(value.text)))


def is_yes_no(value: Printed) -> bool:
    text = re.sub(r"^(?:l')?(?:activite|activity|perimetre) (?=\w)", "", fold(value.text).strip(" ."))
    return value.opaque or text in _YES_NO or clean(value.text) in _YES_NO


def is_siren(value: Printed) -> bool:
    """Nine digits or what holds them: SIRET, VAT number, trade register entry. Check digits are not looked at."""
    text = re.sub(r"[:°()]", " ", fold(value.text))
    bare = re.sub(r"\b(?:siren|siret|rcs|tva|vat|n|no|r\.c\.s\.?|b)\b", " ", text)
    letters = re.sub(r"[^a-z]", "", re.sub(r"\b[a-z]{2}\s?[a-z0-9]{2}\s?(?=\d)", "", bare))
    if letters and "rcs" not in text:
        return False
    return bool(_SIREN.search(bare)) and not dates_in(text) and sum(char.isdigit() for char in text) <= 16


def is_address(value: Printed) -> bool:
    return value.href is not None or any(_URL.match(line.text.strip()) for line in value.lines)


def is_country(value: Printed) -> bool:
    return bool(_COUNTRY.fullmatch(clean(value.text))) and not is_yes_no(value)


def is_status(value: Printed) -> bool:
    text = fold(value.text)
    return (
        len(text) <= 80 and not is_date(value) and any(word in _STATUS_WORDS for word in re.findall(r"[^\W\d_]+", text))
    )


def is_state(text: str) -> bool:
    """A text that is nothing but a state of a certificate: "Valide", "Certificat suspendu". "Certifié HDS" is said of
    every host of the list, and is none."""
    if not text or len(text) > 60 or says_nothing(text) or re.search(r"certifie|certified|deliv|issued", fold(text)):
        return False
    return read_status(text)[1] is None


def is_name(value: Printed) -> bool:
    """A name of a company or body: some letters, no date, no address, not a sentence."""
    text = clean(value.text)
    if not re.search(r"[^\W\d_]", text) or len(text) > 200 or re.fullmatch(r"\S+@\S+", text):
        return False
    if re.match(r"(?i)https?://", text) or says_nothing(text) or is_yes_no(value) or is_date(value):
        return False
    return not is_sentence(text) and not text.endswith("?")


def is_sentence(text: str) -> bool:
    """Prose: an explanation, not a value."""
    count = len(text.split())
    if count < 7:
        return False
    return count > 22 or bool(re.search(r"[a-zà-ÿ)»]\.(?:\s|$)|\?$", text) or _PROSE_START.match(fold(text)))


_SHAPES: dict[str, Callable[[Printed], bool]] = {
    "legal_name": is_name, "name": is_name, "brand": is_name, "certifier": is_name, "accreditor": is_name,
    "siren": is_siren, "country": is_country, "website": is_address, "document_url": is_address,
    "transparency_url": is_address, "number": is_number, "accreditation_number": is_number, "referential": is_version,
    "activities": is_activities, "scope": is_scope, "issued_on": is_date, "expires_on": is_date,
    "accredited_on": is_date, "accreditation_ended_on": is_date, "source_status": is_status, "period": is_period,
    "facets": lambda value: True,
    **{f"activity_{n}": is_yes_no for n in range(1, 7)},
}  # fmt: skip


def fits(field: str, value: Printed) -> bool:
    """The value looks like one of that field."""
    return _SHAPES[field](value)


def share(field: str, values: list[Printed]) -> tuple[float, int]:
    """How many of the values that say something look like that field: (share 0–1, how many say something)."""
    if field.startswith("activity_"):
        said = [value for value in values if not value.blank]
    else:
        said = [value for value in values if value.href is not None or not says_nothing(value.text)]
    if not said:
        return 0.0, 0
    return sum(fits(field, value) for value in said) / len(said), len(said)
