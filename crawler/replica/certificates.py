"""The PDF certificates that some lines of the replica's list link: French and English, scope on the second page.

A certificate says what its line means, except for the few that are there to disagree with the list or to be unreadable.
All of them belong to fictional hosts and say so on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from crawler.replica import cast
from crawler.replica.lines import (
    DATE_STYLES,
    ENGLISH_MONTHS,
    ENGLISH_WORDING,
    MONTHS,
    SCOPE_WORDING,
    V1_ORDER,
    V2_WORDING,
    Line,
)
from crawler.replica.pdf import Sheet, document, wrap

FOLDER = "/sites/default/files/media/document/"
_BANNER = "Réplique de démonstration - ce certificat n'existe pas / replica, not a real certificate"
_TOP, _LEFT, _WIDTH = 120.0, 60.0, 475.0


def path_of(number: str) -> str:
    """The address of the certificate with that number on the replica."""
    words = "".join(c if c.isalnum() else "-" for c in number.lower())
    return f"{FOLDER}certificat-{words}.pdf"


def certificate(line: Line) -> bytes:
    """The PDF behind the line's document link."""
    if line.name == cast.SCANNED:
        return document([_scan()], "scan")
    said = _disagreeing(line) if line.name == cast.CONTRADICTED else line
    return document(_STYLES[line.style % len(_STYLES)](said), f"Certificat {said.number}")


def _disagreeing(line: Line) -> Line:
    """Ends a year earlier than the list says, and without activity 5."""
    assert line.expires_on and line.activities
    return replace(
        line, expires_on=line.expires_on.replace(year=line.expires_on.year - 1), activities=line.activities - {5}
    )


@dataclass
class _Writer:
    """Flows paragraphs down one page."""

    sheet: Sheet
    y: float = _TOP

    def add(self, words: str, size: float = 11, *, bold: bool = False, gap: float = 6) -> None:
        for part in wrap(words, _WIDTH, size):
            self.sheet.text(_LEFT, self.y, part, size, bold=bold)
            self.y += size * 1.35
        self.y += gap


def _page() -> _Writer:
    sheet = Sheet()
    sheet.text(_LEFT, 40, _BANNER, 8)
    sheet.rule(_LEFT, 50, _LEFT + _WIDTH, 50)
    return _Writer(sheet)


def _scan() -> Sheet:
    """A page without any text, as a scanner makes it."""
    sheet = Sheet()
    for place in range(20):
        sheet.rule(_LEFT, _TOP + 24 * place, _LEFT + _WIDTH, _TOP + 24 * place)
    return sheet


def _long_french(day: date) -> str:
    return DATE_STYLES[2](day)


def _long_english(day: date) -> str:
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"


def _decree(line: Line) -> str:
    if line.referential == "v1":
        return "Référentiel de certification HDS version 1.1 (arrêté du 11 juin 2018)"
    return "Référentiel de certification HDS version 2.0 (arrêté du 26 avril 2024)"


def _french(line: Line) -> list[Sheet]:
    """One page of particulars, the scope in an annex."""
    assert line.issued_on and line.expires_on
    one, two = _page(), _page()
    one.add("CERTIFICAT", 24, bold=True)
    one.add("Hébergeur de données de santé à caractère personnel", 14)
    one.add(f"Certificat n° {line.number}", 12, bold=True)
    one.add(f"{line.certifier} certifie que l'organisme :")
    one.add(line.name, 16, bold=True)
    one.add(f"SIREN : {line.siren}")
    one.add("respecte les exigences du référentiel suivant :", gap=2)
    one.add(_decree(line))
    one.add(
        "pour les activités dont la liste figure en annexe. L'organisme détient un certificat NF EN ISO/IEC 27001:2023."
    )
    one.add(f"Date de certification initiale : {_long_french(date(2020, 3, 2))}", gap=2)
    one.add(f"Date de délivrance : {_long_french(line.issued_on)}", gap=2)
    one.add(f"Date d'expiration : {_long_french(line.expires_on)}")
    one.add("Ce certificat est délivré sous réserve des audits de surveillance annuels. Page 1/2", 9)
    two.add(f"Annexe au certificat n° {line.number}", 14, bold=True)
    two.add("Périmètre de la certification", 12, bold=True)
    for activity in sorted(line.activities or ()):
        two.add(f"{activity}° {V2_WORDING[activity]} ;")
    two.add("Page 2/2", 9)
    return [one.sheet, two.sheet]


def _english(line: Line) -> list[Sheet]:
    """In the manner of the British bodies: labels in two columns, the scope as one sentence on page 2."""
    assert line.issued_on and line.expires_on
    one, two = _page(), _page()
    one.add("Certificate of Registration", 22, bold=True)
    one.add("HEALTH DATA HOSTING - HDS", 14)
    one.add("This is to certify that:", gap=2)
    one.add(line.name, 15, bold=True)
    one.add(f"Holds Certificate Number: {line.number}", bold=True)
    label = "HDS v1.1:2018" if line.referential == "v1" else "HDS v2.0:2024"
    one.add(
        "and operates an information security management system for the hosting of personal health data which complies "
        f"with the requirements of {label}. See page 2 for the scope."
    )
    one.add(f"For and on behalf of {line.certifier}", gap=14)
    one.sheet.text(_LEFT, one.y, "Original Registration Date: 2 March 2020", 10)
    one.sheet.text(_LEFT + 250, one.y, f"Effective Date: {_long_english(line.issued_on)}", 10)
    one.y += 18
    one.sheet.text(_LEFT, one.y, f"Latest Revision Date: {_long_english(line.issued_on)}", 10)
    one.sheet.text(_LEFT + 250, one.y, f"Expiry Date: {_long_english(line.expires_on)}", 10)
    one.y += 30
    one.add("Page: 1 of 2", 9)
    held = sorted(line.activities or ())
    two.add(f"Certificate No: {line.number}", 12, bold=True)
    two.add("Registered activities", 12, bold=True)
    listed = "; ".join(f"{activity}. {ENGLISH_WORDING[activity]}" for activity in held)
    two.add(f"The scope of certification covers the following activities of Article R. 1111-9: {listed}.")
    two.add(f"Original Registration Date: 2 March 2020   Expiry Date: {_long_english(line.expires_on)}", 9)
    two.add("Page: 2 of 2", 9)
    return [one.sheet, two.sheet]


def _french_v1_order(line: Line) -> list[Sheet]:
    """The v1 texts' order: platform as item 3, virtual infrastructure as item 4; validity as one phrase."""
    assert line.issued_on and line.expires_on
    one, two = _page(), _page()
    one.add(line.certifier, 14, bold=True)
    one.add("Attestation de conformité - certificat HDS", 16, bold=True)
    one.add(f"Titulaire : {line.name}", 12)
    one.add(f"Numéro de certificat : {line.number}", 12)
    one.add(_decree(line))
    if line.legacy_scopes:
        scopes = " et ".join(SCOPE_WORDING[scope] for scope in line.legacy_scopes)
        one.add(f"Type de certificat : {scopes}")
    issued, ends = line.issued_on, line.expires_on
    one.add(
        f"Ce certificat est valable du {_long_french(issued)} au {_long_french(ends)} "
        f"(délivré à Paris, {MONTHS[issued.month - 1]} {issued.year})."
    )
    two.add("Activités couvertes par le certificat", 12, bold=True)
    for activity in sorted(line.activities or (), key=lambda number: V1_ORDER[number]):
        two.add(f"{V1_ORDER[activity]}. {V2_WORDING[activity]}")
    return [one.sheet, two.sheet]


_STYLES: Sequence[Callable[[Line], list[Sheet]]] = (_french, _english, _french_v1_order)
