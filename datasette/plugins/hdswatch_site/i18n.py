"""Languages: which one a request gets, its catalogue, and dates and numbers as its readers write them.

English texts in the code and the templates are the keys; `locale/fr/LC_MESSAGES/hdswatch.po` holds the French. The
catalogue is read as it is committed: no build step. Addresses and the API stay the same in both languages.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from markupsafe import Markup

LANGUAGES = ("fr", "en")
DEFAULT = "fr"
DOMAIN = "hdswatch"
LOCALE_FOLDER = Path(__file__).resolve().parents[2] / "locale"
_BABEL = {"fr": "fr_FR", "en": "en_GB"}
_PARIS = ZoneInfo("Europe/Paris")
_QUALITY = re.compile(r"^\s*([A-Za-z*]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*$")


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language; English needs none."""
    source = LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not source.exists():
        return NullTranslations()
    with source.open("rb") as file:
        read = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def from_accept_language(header: str) -> str:
    """The best of our languages for an Accept-Language header; French when it names neither."""
    best, best_quality = DEFAULT, 0.0
    for part in header.split(","):
        if not (found := _QUALITY.match(part)):
            continue
        name, quality = found.group(1).lower(), float(found.group(2) or 1)
        if name in LANGUAGES and quality > best_quality:
            best, best_quality = name, quality
    return best


class Words:
    """Everything that depends on the reader's language. One object a language; it holds no state of a request."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._messages = catalogue(language)
        self._locale = _BABEL[language]

    def gettext(self, text: str, **values: object) -> str:
        """The text in this language, `%(name)s` filled in."""
        found = self._messages.ugettext(text)
        return found % values if values else found

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """The form for that number; `%(num)s` is the number as written in this language."""
        found = self._messages.ungettext(one, many, number)
        return found % {"num": self.number(number), **values}

    def pgettext(self, context: str, text: str, **values: object) -> str:
        """As `gettext`, for a text that means different things in different places."""
        found = self._messages.upgettext(context, text)
        return found % values if values else found

    def markup(self, text: str, **values: object) -> Markup:
        """`gettext` for templates: the text may hold markup, the values are escaped; a literal % is written %%."""
        return _trusted(self._messages.ugettext(text)) % values

    def nmarkup(self, one: str, many: str, num: int, **values: object) -> Markup:
        """`ngettext` for templates."""
        return _trusted(self._messages.ungettext(one, many, num)) % {"num": self.number(num), **values}

    def pmarkup(self, context: str, text: str, **values: object) -> Markup:
        """`pgettext` for templates."""
        return _trusted(self._messages.upgettext(context, text)) % values

    def number(self, value: float) -> str:
        """A number with this language's separators."""
        return str(format_decimal(value, locale=self._locale))

    def date(self, value: str | date | None, form: str = "long") -> str:
        """A civil date in words; the empty string for None, the value itself when it is not a date."""
        day = to_date(value)
        if day is None:
            return str(value or "")
        text = str(format_date(day, form, locale=self._locale))
        return re.sub(r"^1 ", "1er ", text) if self.language == "fr" else text

    def month(self, year_month: str, *, short: bool = False) -> str:
        """`2026-11` as a month and year."""
        day = date.fromisoformat(year_month + "-01")
        return str(format_date(day, "MMM yy" if short else "LLLL y", locale=self._locale))

    def month_or_quarter(self, key: str, *, short: bool = False) -> str:
        """`2026-11`, or `2026-T4` for a quarter."""
        year, _, part = key.partition("-")
        if not part.startswith("T"):
            return self.month(key, short=short)
        quarter = ("T" if self.language == "fr" else "Q") + part[1:]
        return f"{quarter} {year[2:] if short else year}"

    def instant(self, value: str | None) -> str:
        """A UTC instant as date and time in Paris."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return str(value or "")
        text = str(format_datetime(moment.astimezone(_PARIS), "d MMMM y, HH:mm", locale=self._locale))
        return re.sub(r"^1 ", "1er ", text) if self.language == "fr" else text


def _trusted(text: str) -> Markup:
    """A text of our templates or catalogue, which may hold markup; nothing from outside passes here."""
    return Markup(text)  # noqa: S704  see above


@cache
def words(language: str) -> Words:
    """The words of a language."""
    return Words(language)


def to_date(value: str | date | None) -> date | None:
    """The civil date of an ISO date or instant in text; None when it is not one. Instants count in Paris."""
    if isinstance(value, date):
        return value
    text = str(value or "")
    try:
        if "T" in text:
            return datetime.fromisoformat(text).astimezone(_PARIS).date()
        return date.fromisoformat(text)
    except ValueError:
        return None
