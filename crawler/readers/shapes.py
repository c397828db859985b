"""What a printed value looks like: a date, a certificate number, a version label, a yes or no…

Owns telling kinds of text apart, so that a heading of two meanings can be decided and a shifted column noticed. It
gives no value a meaning: `registry.interpret` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from crawler.readers.printed import Printed
from registry.text import clean, fold

_MONTHS = {
    1: "janvier janv jan january", 2: "fevrier fevr fev february feb", 3: "mars march mar", 4: "avril avr april apr",
    5: "mai may", 6: "juin june jun", 7: "juillet juil july jul", 8: "aout august aug",
    9: "septembre sept sep september", 10: "octobre oct october", 11: "novembre nov november",
    12: "decembre dec december",
}  # fmt: skip
_MONTH = {word: number for number, words in _MONTHS.items() for word in words.split()}
_MONTH_WORDS = "|".join(sorted(_MONTH, key=len, reverse=True))
_DATE = re.compile(
    rf"""(?<![\w/])(?:
      (?P<y1>(?:19|20)\d\d)\s?[-/.]\s?(?P<m1>\d{{1,2}})\s?[-/.]\s?(?P<d1>\d{{1,2}})(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?
    | (?P<d2>\d{{1,2}})\s?[-/.]\s?(?P<m2>\d{{1,2}})\s?[-/.]\s?(?P<y2>\d{{4}}|\d\d)(?:\s+\d\d[:h]\d\d(?::\d\d)?)?
    | (?P<d3>\d{{1,2}})(?:er|st|nd|rd|th|ème|e)?[\s\-./]*(?:of\s+)?(?P<m3>{_MONTH_WORDS})\b\.?,?[\s\-./]*(?P<y3>\d{{4}}|\d\d)
    | (?P<m4>{_MONTH_WORDS})\b\.?\s*(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})
    | (?P<m5>{_MONTH_WORDS})\b\.?,?\s*(?P<y5>(?:19|20)\d\d)
    | (?P<m6>\d{{1,2}})\s?[-/.]\s?(?P<y6>(?:19|20)\d\d)
    )(?![\w/])""",
    re.VERBOSE,
)
_NOTHING = frozenset(
    ["-", "--", "---", "–", "—", "…", ".", "/", "*", "?", "n/a", "na", "n.a.", "n.c.", "nc", "n.d.", "nd", "ns", "neant", "aucun", "aucune", "none", "null", "nil", "vide", "inconnu", "inconnue", "unknown", "tbd", "sans", "empty"]
) | {"non renseigne", "non renseignee", "non communique", "non communiquee", "non disponible", "non applicable",
     "sans objet", "a venir", "en cours", "non precise", "not available", "not applicable", "a completer"}  # fmt: skip
_YES_NO = frozenset(
    ["oui", "non", "yes", "no", "o", "n", "y", "x", "v", "vrai", "faux", "true", "false", "1", "0", "ok", "ko", "✓", "✔", "✅", "☑", "✗", "✘", "❌", "✖", "×", "☒", "☐", "•", "●", "○", "◯", "⬤", "■", "□", "√", "exempte", "exemptee", "exempted", "exempt", "certifie", "certifiee", "certified", "couvert", "couverte", "covered", "inclus", "incluse", "included", "exclu", "exclue", "excluded", "checked", "unchecked", "check", "coche", "active", "actif", "inactive", "present", "absent", "partiel"]
) | {"non certifie", "non certifiee", "not certified", "non couvert", "non couverte", "not covered", "non inclus",
     "not included", "✔️", "✖️", "☑️", "n/a", "-", "–", "—", "non concerne", "sans objet"}  # fmt: skip
_STATUS = re.compile(
    r"\b(valide|valid|actif|active|en vigueur|in force|current|suspend\w*|retir\w*|withdr\w*|expir\w*|revoqu\w*|revoked|"
    r"annul\w*|cancel\w*|certifi\w*|echu\w*|resili\w*|inactif|inactive|en cours|renouvel\w*|pending|perime\w*|invalid\w*)\b"
)
_VERSION = re.compile(
    r"(?<![\w.])(?:v(?:ersion)?\.?\s*)?(?:\d(?:\.\d+){0,3}|20[12]\d)(?![\w])|\bhds\s*v?\s*:?\s*\d", re.I
)
_ACTIVITY_WORDS = re.compile(
    r"site[s]? physique|physical site|infrastructure|plate-?forme|platform|administration|exploitation|sauvegarde|backup|"
    r"infoger|activit|hebergement d.applications|virtualis|toutes|all\b|hardware|virtual|sans la|hosting"
)
_SCOPE_WORDS = re.compile(r"hebergeu?r|infogere|infrastructure|physique|physical|managed|host|perimetre|scope")
_URL = re.compile(r"(?i)^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?$")
_SIREN = re.compile(
    r"^(?:siren|siret|rcs|tva)?[\s:]*(?:[a-zéèô .-]{0,30}\s+b?\s*)?(?:fr\s*\d\d\s*)?\d(?:[\s.]?\d){8}(?:[\s.]?\d){0,5}$",
    re.I,
)
_COUNTRY = re.compile(r"^[A-Za-zÀ-ÿ .'’()-]{2,60}$")


def nothing(text: str) -> bool:
    """A dash, "N/A", "non renseigné"…: printed to say that there is no value."""
    folded = fold(text)
    return not folded or folded in _NOTHING


@lru_cache(maxsize=50_000)
def dates_in(text: str) -> tuple[tuple[str, date | None], ...]:
    """Each date printed in a text, in order: the printed part, and the day it names when it names one (day first)."""
    folded = _fold_keeping_length(text)
    return tuple((text[m.start() : m.end()].strip(), _day(m)) for m in _DATE.finditer(folded))


def _fold_keeping_length(text: str) -> str:
    folded = []
    for char in text.lower():
        base = fold(char) if char not in " \n\t" else " "
        folded.append(base if len(base) == 1 else ("o" if base == "oe" else " " if not base else base[0]))
    return "".join(folded)


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    for at in "1234":
        if parts[f"y{at}"]:
            year, month, day = parts[f"y{at}"], parts[f"m{at}"], parts[f"d{at}"]
            number = int(month) if month.isdigit() else _MONTH[month]
            try:
                return date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
            except ValueError:
                return None
    return None


def one_day(text: str) -> date | None:
    """The day, when the text prints exactly one date and it names a day."""
    found = dates_in(text)
    return found[0][1] if len(found) == 1 else None


def is_date(value: Printed) -> bool:
    found = dates_in(value.text)
    return len(found) == 1 and len(value.text) <= len(found[0][0]) + 40


def is_period(value: Printed) -> bool:
    return len(dates_in(value.text)) == 2 and len(value.text) < 120


def is_number(value: Printed) -> bool:
    """A certificate number: short, with a digit, and not a date, an address, a version or a list of activities."""
    lines = [line.text for line in value.lines if line.text]
    return bool(lines) and all(_number_like(line) for line in lines)


def _number_like(text: str) -> bool:
    text = clean(text)
    if not re.search(r"\d", text) or len(text) > 60 or _URL.match(text) or dates_in(text):
        return False
    if fold(text).count(" ") > 6 or is_version_text(text):
        return False
    return not re.fullmatch(r"[1-6](?:\s*(?:[,;/&+-]|et|a|à|and|to)\s*[1-6])+", text)


def is_version_text(text: str) -> bool:
    folded = fold(text)
    return len(folded) <= 60 and bool(
        re.fullmatch(
            r"(?:(?:referentiel|certification|certificat|hds|norme|standard|version|v|ref|framework|scheme|edition|de|du|:|-|"
            r"decret|arrete|avril|juin|mai|revision|rev|n|o|°|\.|,|\(|\)|ed)\s*)*(?:v|v\.)?\s*(?:\d(?:\.\d+){0,3}|20[12]\d)"
            r"(?:\s*\(?(?:hds|v?\d(?:\.\d+)*|20[12]\d|en vigueur|actuelle?|nouvelle?|ancienne?)\)?)*\.?",
            folded,
        )
    )


def is_version(value: Printed) -> bool:
    text = fold(value.text)
    return (
        bool(text)
        and len(text) <= 80
        and (is_version_text(text) or bool(re.search(r"\bhds\b|referentiel|\bv\s*\d", text)))
    )


def is_activities(value: Printed) -> bool:
    text = fold(value.text)
    if re.search(r"https?:|@", text) or dates_in(text):
        return False
    return bool(re.fullmatch(r"[\s\d,;/&+.°()\-–—a-z]*", text) and _only_activity_numbers(text)) or bool(
        _ACTIVITY_WORDS.search(text)
    )


def _only_activity_numbers(text: str) -> bool:
    numbers = re.findall(r"\d+", text)
    words = set(re.findall(r"[a-z]+", text)) - {"a", "et", "to", "and", "activite", "activites", "n", "act", "activity"}
    return (
        bool(numbers)
        and all((n in "123456" and len(n) == 1) or re.fullmatch(r"1?2?3?4?5?6?", n) for n in numbers)
        and not words
    )


def is_scope(value: Printed) -> bool:
    text = fold(value.text)
    return bool(re.search(r"[a-z]{3}", text)) and not dates_in(text) and not _URL.match(text)


def is_legacy_scope(value: Printed) -> bool:
    text = fold(value.text)
    return bool(re.search(r"infoger|infrastructure physique|physical infrastructure|managed host|hebergeur", text))


def is_yes_no(value: Printed) -> bool:
    text = fold(value.text).strip(" .")
    return text in _YES_NO or clean(value.text) in _YES_NO or bool(re.match(r"(oui|non|yes|no)\b.{0,40}$", text))


def is_siren(value: Printed) -> bool:
    text = clean(value.text)
    return bool(_SIREN.match(text)) or bool(re.fullmatch(r"(?i)[a-z]{2}[\s.]?[a-z0-9]{2}(?:[\s.]?\d){9}", text))


def is_address(value: Printed) -> bool:
    return value.href is not None or any(_URL.match(line.text.strip()) for line in value.lines)


def is_country(value: Printed) -> bool:
    return bool(_COUNTRY.match(clean(value.text))) and not is_yes_no(value)


def is_status(value: Printed) -> bool:
    return len(value.text) <= 80 and bool(_STATUS.search(fold(value.text)))


def is_name(value: Printed) -> bool:
    """A name of a company or body: some letters, no date, no address, not a sentence."""
    text = clean(value.text)
    folded = fold(text)
    if not re.search(r"[^\W\d_]", text) or len(text) > 200 or ("@" in text and " " not in text):
        return False
    if dates_in(text) or re.match(r"(?i)https?://", text) or folded in _YES_NO or nothing(text):
        return False
    return not is_sentence(text)


def is_sentence(text: str) -> bool:
    """Prose: an explanation, not a value."""
    words = text.split()
    if len(words) > 22:
        return True
    if len(words) < 7:
        return False
    return bool(
        re.search(r"[a-zà-ÿ)»]\.(?:\s|$)|\?$", text)
        or re.match(
            r"(?i)(toute|tout|une?|la|le|les|l['’]|ensemble|any|a|an|the)\s?.*\b(qui|que|dont|pour|est|sont|which|that|is|are)\b",
            text,
        )
    )


_SHAPES: dict[str, Callable[[Printed], bool]] = {
    "legal_name": is_name, "name": is_name, "brand": is_name, "certifier": is_name, "accreditor": is_name,
    "siren": is_siren, "country": is_country, "website": is_address, "document_url": is_address,
    "transparency_url": is_address, "number": is_number, "accreditation_number": is_number, "referential": is_version,
    "activities": is_activities, "scope": is_scope, "issued_on": is_date, "expires_on": is_date,
    "accredited_on": is_date, "accreditation_ended_on": is_date, "source_status": is_status, "period": is_period,
    **{f"activity_{n}": is_yes_no for n in range(1, 7)},
}  # fmt: skip


def fits(field: str, value: Printed) -> bool:
    """The value looks like one of that field."""
    return _SHAPES[field](value)


def share(field: str, values: list[Printed]) -> tuple[float, int]:
    """How many of the values that say something look like that field: (share 0–1, how many say something)."""
    said = [value for value in values if not value.blank and not (nothing(value.text) and value.href is None)]
    if field.startswith("activity_"):
        said = [value for value in values if not value.blank]
    if not said:
        return 0.0, 0
    return sum(fits(field, value) for value in said) / len(said), len(said)
