"""One line of the replica's lists: what it means, and how the page prints it.

The meaning is the truth that tests compare the crawler's understanding with; the printed form carries the mess of the
real list (date formats, typos, no-break spaces, v1 order). Knows nothing of HTML or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

ALL_ACTIVITIES = frozenset(range(1, 7))
NBSP = "\u00a0"
NARROW_NBSP = "\u202f"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Line:
    """A host and one certificate of it. None or empty: the page does not say."""

    name: str
    brand: str = ""
    siren: str | None = None
    country: str = ""
    """ISO 3166 alpha-2."""
    website: str = ""
    certifier: str = ""
    number: str = ""
    activities: frozenset[int] | None = None
    exempt: frozenset[int] = frozenset()
    """Printed « exempté » in layouts with a column an activity; not held."""
    legacy_scopes: tuple[str, ...] = ()
    """`physical`, `managed`."""
    referential: str | None = None
    """`v1`, `v2`; None for a blank or unknown label."""
    issued_on: date | None = None
    expires_on: date | None = None
    document: str = ""
    """Path of the PDF certificate on the replica."""
    transparency: str = ""
    style: int = 0
    """Chooses among the ways in which each value is printed."""
    wording: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Printed column → exact text, where the style doesn't decide."""


@dataclass(frozen=True)
class Body:
    """A certification body of the certifier list. None or empty: not known, printed blank."""

    name: str
    accreditor: str = ""
    accreditation_number: str = ""
    accredited_on: date | None = None
    accreditation_ended_on: date | None = None
    country: str = ""
    website: str = ""


MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
COUNTRIES = {
    "FR": "France",
    "BE": "Belgique",
    "DE": "Allemagne",
    "IE": "Irlande",
    "LU": "Luxembourg",
    "NL": "Pays-Bas",
    "US": "États-Unis",
}


def _french_day(day: date) -> str:
    return "1er" if day.day == 1 else str(day.day)


DATE_STYLES: Sequence[Callable[[date], str]] = (
    lambda d: d.strftime("%d/%m/%Y"),
    lambda d: d.isoformat(),
    lambda d: f"{_french_day(d)} {MONTHS[d.month - 1]} {d.year}",
    lambda d: d.strftime("%d/%m/%Y"),
    lambda d: f"{_french_day(d)}{NBSP}{SHORT_MONTHS[d.month - 1]}{NBSP}{d.year}",
    lambda d: f"{ENGLISH_MONTHS[d.month - 1]} {d.day}, {d.year}",
    lambda d: d.strftime("%d.%m.%Y"),
    lambda d: d.strftime("%d/%m/%Y"),
)

V2_WORDING = {
    1: "La mise à disposition et le maintien en condition opérationnelle des sites physiques permettant d'héberger "
    "l'infrastructure matérielle du système d'information utilisé pour le traitement des données de santé",
    2: "La mise à disposition et le maintien en condition opérationnelle de l’infrastructure matérielle du système "
    "d’information utilisé pour le traitement de données de santé",
    3: "La mise à disposition et le maintien en condition opérationnelle de l'infrastructure virtuelle du système "
    "d'information utilisé pour le traitement des données de santé",
    4: "La mise à disposition et le maintien en condition opérationnelle de la plateforme d'hébergement "
    "d'applications du système d'information",
    5: "L'administration et l'exploitation du système d'information contenant les données de santé",
    6: "La sauvegarde des données de santé",
}
V1_ORDER = {1: 1, 2: 2, 4: 3, 3: 4, 5: 5, 6: 6}
"""Activity → the item number under which v1 texts print it: platform is 3, virtual infrastructure 4."""

ENGLISH_WORDING = {
    1: "the provision and maintenance in operational condition of the physical sites",
    2: "the provision and maintenance in operational condition of the hardware infrastructure",
    3: "the provision and maintenance in operational condition of the virtual infrastructure",
    4: "the provision and maintenance in operational condition of the application hosting platform",
    5: "the management and operation of the information system containing the health data",
    6: "the backup of the health data",
}
SHORT_WORDING = {
    1: "Sites physiques",
    2: "Infrastructure matérielle",
    3: "Infrastructure virtuelle",
    4: "Plateforme d'hébergement d'applications",
    5: "Administration et exploitation du SI",
    6: "Sauvegarde",
}


def _numbers(held: Sequence[int]) -> str:
    return ", ".join(map(str, held))


def _range_or_list(held: Sequence[int]) -> str:
    if len(held) > 2 and list(held) == list(range(held[0], held[-1] + 1)):
        return f"{held[0]} à {held[-1]}"
    if len(held) == 1:
        return str(held[0])
    return f"{_numbers(held[:-1])} et {held[-1]}"


def _french_list(held: Sequence[int]) -> str:
    return "\n".join(f"{n}° {V2_WORDING[n]}" for n in held)


def _v1_list(held: Sequence[int]) -> str:
    return "\n".join(f"{V1_ORDER[n]}. {V2_WORDING[n]}" for n in sorted(held, key=lambda n: V1_ORDER[n]))


def _english_list(held: Sequence[int]) -> str:
    return "; ".join(f"{n}. {ENGLISH_WORDING[n]}" for n in held) + "."


def _plural(held: Sequence[int]) -> str:
    return "activités" if len(held) > 1 else "activité"


ACTIVITY_STYLES: Sequence[Callable[[Sequence[int]], str]] = (
    _numbers,
    lambda held: f"{_plural(held)} {_range_or_list(held)}",
    _french_list,
    lambda held: ",".join(map(str, held)),
    _v1_list,
    lambda held: "six activités" if len(held) == 6 else f"{_plural(held).capitalize()} {_range_or_list(held)}",
    lambda held: f"Certifié HDS pour {'les ' if len(held) > 1 else 'l’'}{_plural(held)} {_range_or_list(held)}",
    _english_list,
    lambda held: "\n".join(f"Périmètre {n} {SHORT_WORDING[n]}" for n in held),
    lambda held: "Activités" + NBSP + ": " + " – ".join(map(str, held)) if len(held) != 2 else _numbers(held),
    lambda held: "\n".join(f"{n} - {SHORT_WORDING[n]}" for n in held),
)

SCOPE_WORDING = {"physical": "Hébergeur d'infrastructure physique", "managed": "Hébergeur infogéreur"}

LABEL_STYLES = {
    "v1": ("v1.1", "HDS 1.1", "HDS:2018", "HDS v2018", "v1.1.1"),
    "v2": ("v2", "v2.0", "HDSv2", "HDS v2", "version 2024"),
}


def tva_number(siren: str) -> str:
    """The French VAT number made from a SIREN."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def siret(siren: str) -> str:
    """A SIRET of that SIREN (first establishment whose number passes the Luhn check)."""
    return next(f"{siren}{nic:05d}" for nic in range(10, 1000) if _luhn(f"{siren}{nic:05d}"))


def with_luhn(prefix: str) -> str:
    """The prefix with the one digit behind it that passes the Luhn check."""
    return next(f"{prefix}{digit}" for digit in range(10) if _luhn(f"{prefix}{digit}"))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _groups(digits: str, space: str) -> str:
    return space.join((digits[:3], digits[3:6], digits[6:9], digits[9:])).strip(space)


SIREN_STYLES: Sequence[Callable[[str], str]] = (
    lambda s: s,
    lambda s: _groups(s, " "),
    lambda s: _groups(s, NBSP),
    lambda s: _groups(siret(s), " "),
    lambda s: _groups(s, NARROW_NBSP),
    tva_number,
    lambda s: s,
)

COLUMNS = (
    "name", "brand", "siren", "country", "website", "activities", "scope", "referential", "certifier", "number",
    "issued_on", "expires_on", "document", "transparency",
)  # fmt: skip


def _style(styles: Sequence[_T], line: Line) -> _T:
    return styles[line.style % len(styles)]


def printed(line: Line) -> dict[str, str]:
    """Column → text as the page prints it; `document`, `website` and `transparency` are addresses."""

    def day(value: date | None) -> str:
        return _style(DATE_STYLES, line)(value) if value else ""

    held = sorted(line.activities) if line.activities else []
    label = _style(LABEL_STYLES[line.referential], line) if line.referential else ""
    texts = {
        "name": line.name,
        "brand": line.brand,
        "siren": _style(SIREN_STYLES, line)(line.siren) if line.siren else "",
        "country": COUNTRIES.get(line.country, line.country),
        "website": line.website,
        "activities": _style(ACTIVITY_STYLES, line)(held) if held else "",
        "scope": " et ".join(SCOPE_WORDING[scope] for scope in line.legacy_scopes),
        "referential": label,
        "certifier": line.certifier,
        "number": line.number,
        "issued_on": day(line.issued_on),
        "expires_on": day(line.expires_on),
        "document": line.document,
        "transparency": line.transparency,
    }
    return texts | dict(line.wording)
