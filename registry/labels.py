"""Short printed labels → keys: référentiel, certifier, SIREN, country, status, address.

Each function returns the value, None for a cell that says nothing, or raises `Unreadable` with the reason: no guess.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from urllib.parse import urlsplit

from registry.dates import UnreadableDate, looks_like_date, read_date
from registry.models import SourceStatus
from registry.text import clean, fold, normalise_name
from registry.vocabulary import certifier_id, countries, known_certifier, placeholders, plain_words, referentials, words


class Unreadable(ValueError):
    """The cell says something that is not understood; the message says what was expected and found."""


def says_nothing(text: str) -> bool:
    """Whether a cell is blank or holds one of the usual fillers (a dash, n/a, non communiqué…)."""
    plain = fold(text).strip(" .-–—_/\\|*:;")
    return not plain or plain in placeholders()


# ---- référentiel (contract, section 5) ---------------------------------------------------------------------------

_ORDER = re.compile(r"(?:\b(?:arrete|order|decree) )?(?:\b(?:du|of)(?: the)? )(\d{1,2})(?:er)? ([a-z]+) (\d{4})")
_MONTH_YEAR = re.compile(r"\b([a-z]{3,9})\.? (20\d\d)\b")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


@cache
def _versions() -> dict[str, str]:
    return {label: version.version for version in referentials() for label in version.labels}


@lru_cache(maxsize=5_000)
def read_referential(text: str) -> str | None:
    """`v1`, `v2`… Raises Unreadable when any part of the label is unknown or two parts disagree."""
    if says_nothing(text):
        return None
    plain = _DECIMAL_COMMA.sub(".", re.sub(r"['’ʼ]", " ", fold(text)))
    named: set[str] = set()
    plain = _ORDER.sub(lambda match: _dated(match, named), plain)
    plain = _MONTH_YEAR.sub(lambda match: _dated(match, named), plain)
    plain = re.sub(r"(?<![a-z])(hds|version|ver|v)[ :._-]*(?=\d)", r"\1 ", plain)
    plain = re.sub(r"(?<=hds)v(?= ?\d)|(?<=hds)v\.(?= ?\d)", " v", plain)
    for token in re.findall(r"\d[\w.]*\w|\d|[^\W\d_]+", plain):
        if token[0].isdigit():
            named.add(_versions().get(token, token))
        elif token not in words("referentials")["wrapping"]:
            raise Unreadable(_expected_version(text))
    if len(named) != 1 or not named <= set(_versions().values()):
        raise Unreadable(_expected_version(text))
    return named.pop()


def _dated(match: re.Match[str], named: set[str]) -> str:
    """Replaces an order or a month and year that belong to a known version by that version."""
    groups = match.groups()
    day = groups[0] if len(groups) == 3 else "1"
    try:
        found = read_date(f"{day} {groups[-2]} {groups[-1]}")
    except UnreadableDate:
        return match[0]
    for version in referentials():
        known = found in version.documents if len(groups) == 3 else f"{found:%Y-%m}" in version.dated
        if known:
            named.add(version.version)
            return " "
    return match[0]


def _expected_version(text: str) -> str:
    known = ", ".join(_versions())
    return f"expected one known version of the référentiel ({known}), found {clean(text)!r}"


# ---- certifier -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=5_000)
def read_certifier(text: str) -> str | None:
    """The key of the certification body printed there. Raises Unreadable for two bodies, or no name at all."""
    if says_nothing(text):
        return None
    name = re.sub(r"\((?:[^()]*\b(?:cofrac|accredit)[^()]*)\)", " ", clean(text), flags=re.IGNORECASE)
    if looks_like_date(name) or "://" in name or len(re.findall(r"[^\W\d_]", name)) < 2:
        raise Unreadable(f"expected the name of a certification body, found {clean(text)!r}")
    if known := known_certifier(name):
        return known
    for separators in (r" [-–—] |[()/;|]", r" [-–—] |[()/;|,&]| et | and "):
        parts = [part for part in re.split(separators, name) if part.strip()]
        ids = {known for part in parts if (known := known_certifier(part))}
        if len(ids) > 1:
            raise Unreadable(f"expected one certification body, found several in {clean(text)!r}")
        if ids and all(known_certifier(part) for part in parts):
            return ids.pop()
    return certifier_id(name)


def is_known_certifier(text: str) -> bool:
    """Whether the whole cell is the name of a certification body of the vocabulary."""
    return known_certifier(text) is not None


# ---- SIREN ---------------------------------------------------------------------------------------------------------

_SIREN_WORDS = frozenset(
    [
        "siren",
        "siret",
        "no",
        "n",
        "rcs",
        "r",
        "c",
        "s",
        "tva",
        "vat",
        "fr",
        "numero",
        "number",
        "num",
        "id",
        "intracommunautaire",
        "intra",
        "de",
        "d",
        "identification",
        "du",
        "siege",
        "b",
        "a",
    ]
)


@lru_cache(maxsize=5_000)
def read_siren(text: str) -> str | None:
    """Nine digits from a SIREN, a SIRET, a French VAT number or a trade register entry, each with its check digits."""
    if says_nothing(text):
        return None
    plain = re.sub(r"[°º'’.:()_-]", " ", re.sub(r"\.0$", "", fold(text)))
    found = {siren for run in _digit_runs(plain) if (siren := _siren_of(*run))}
    letters = set(re.findall(r"[^\W\d_]+", plain))
    foreign = not letters <= _SIREN_WORDS and not letters & {"rcs"} and not re.search(r"\br ?c ?s\b", plain)
    if foreign or len(found) != 1 or any(_siren_of(*run) is None for run in _digit_runs(plain)):
        raise Unreadable(
            f"expected a SIREN (9 digits with a valid check digit), SIRET or French VAT number, found {clean(text)!r}"
        )
    return found.pop()


def _digit_runs(plain: str) -> list[tuple[str, bool]]:
    """Runs of digits (spaces inside allowed), with whether "FR" stands before."""
    return [(re.sub(r"\D", "", m[2]), bool(m[1])) for m in re.finditer(r"(\bfr ?)?(\d(?:[\d ]*\d)?)", plain)]


def _siren_of(digits: str, vat: bool) -> str | None:
    from stdnum.fr import siren, siret, tva

    if vat and len(digits) == 11:
        return digits[2:] if tva.is_valid("FR" + digits) and siren.is_valid(digits[2:]) else None
    if len(digits) == 14:
        return digits[:9] if siret.is_valid(digits) else None
    return digits if len(digits) == 9 and digits != "000000000" and siren.is_valid(digits) else None


# ---- country -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=5_000)
def read_country(text: str) -> str | None:
    """ISO 3166 alpha-2 from a French or English name or a code."""
    if says_nothing(text):
        return None
    whole = _country(text)
    codes = {whole} if whole else {_country(part) for part in re.split(r"[()/,;|]| - ", text) if part.strip()}
    if len(codes) != 1 or None in codes:
        raise Unreadable(f"expected one country by name or ISO code, found {clean(text)!r}")
    return codes.pop()


def _country(text: str) -> str | None:
    table, plain = countries(), plain_words(text)
    return table.get(plain) or table.get(re.sub(r"^(la|le|les|l|the) ", "", plain))


# ---- status --------------------------------------------------------------------------------------------------------

_DATE_IN_TEXT = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d\d-\d\d|\d{1,2}(?:er)? [a-z]+\.? \d{4}")


@cache
def _status_phrases() -> tuple[tuple[str, SourceStatus], ...]:
    table = words("statuses")["statuses"]
    found = {(_status_plain(phrase), status) for status, phrases in table.items() for phrase in phrases}
    return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair)))


def _status_plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", fold(text)).split())


@lru_cache(maxsize=5_000)
def read_status(text: str) -> tuple[SourceStatus | None, str | None]:
    """(status, why it is unclear). A blank cell is (None, None): the source says nothing."""
    if says_nothing(text) and fold(text).strip(" .") not in ("inconnu", "inconnue", "unknown"):
        return None, None
    rest, found = " " + _status_plain(_DATE_IN_TEXT.sub(" ", fold(text))) + " ", set[SourceStatus]()
    for phrase, status in _status_phrases():
        if f" {phrase} " in rest:
            rest = rest.replace(f" {phrase} ", "  ")
            found.add(status)
    unknown = [word for word in rest.split() if word not in words("statuses")["wrapping"]]
    if len(found) == 1 and not unknown and (only := found.pop()) != "unclear":
        return only, None
    return "unclear", f"expected a status such as en vigueur, suspendu or retiré, found {clean(text)!r}"


# ---- addresses -----------------------------------------------------------------------------------------------------


def read_address(text: str, href: str | None) -> str | None:
    """An http(s) address: the link itself when there is one, else the printed text."""
    candidate = clean(href) if href else clean(text)
    if not href and says_nothing(text):
        return None
    parts = urlsplit_safely(candidate)
    if parts and not re.search(r"[\s<>\"\x00-\x1f]", candidate):
        return candidate
    raise Unreadable(f"expected an address that starts with http:// or https://, found {candidate!r}")


def urlsplit_safely(address: str) -> bool:
    """Whether it is an http(s) address with a host and no credentials."""
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def plain_name(text: str) -> str:
    """What two printed names must share to be the same name: folded, without legal forms when anything else is left."""
    return normalise_name(text) or fold(text)
