"""The openly fictional hosts and bodies that the editions act upon, by name, so that demo and tests can refer to them.

Names only: what happens to each is in `editions`, how each is printed in `population`.
"""

from __future__ import annotations

from datetime import date

REFERENCE_DATE = date(2026, 11, 22)
"""The day that "today" means to the replica when it is not told another."""

DAYS_TO_EXPIRY = 25
DAYS_SINCE_EXPIRY = 10

STEADY = "Ancolie Hébergeur Fictif SAS"
"""Holds all six activities for years to come; nothing ever happens to it."""
SCOPE_CUT = "Sirocco Hébergeur Fictif SAS"
"""Loses activity 5 in edition 2."""
RENEWED = "Renouveau Hébergeur Fictif SAS"
"""Gets a new certificate with the next revision of its number in edition 2."""
RENAMED = "Chrysalide Hébergeur Fictif SAS"
RENAMED_TO = "Papillon Hébergeur Fictif SAS"
"""The same SIREN under another name from edition 2 on."""
EXPIRY_MOVED = "Marée Hébergeur Fictif SA"
"""Its printed expiry moves by a month in edition 2; the number stays."""
TRANSFERRED = "Passerelle Hébergeur Fictif SARL"
"""Goes to another certifier in edition 2: new number, remaining term."""
NEWCOMER = "Bourgeon Hébergeur Fictif SAS"
"""Listed from edition 2 on."""
DELISTED = "Valériane Hébergeur Fictif SAS"
"""Missing from edition 3, back in edition 4."""
SCOPE_EXTENDED = "Tramontane Hébergeur Fictif SAS"
"""Gains activity 6 in edition 3."""
EXPIRING = "Échéance Hébergeur Fictif SAS"
"""Its only certificate ends DAYS_TO_EXPIRY days after the replica's today."""
EXPIRED = "Orage Hébergeur Fictif SAS"
"""Its only certificate ended DAYS_SINCE_EXPIRY days before the replica's today."""
SUPERSEDED = "Millésime Hébergeur Fictif SAS"
"""Holds only a v1 certificate with a printed end in 2027."""

CONTRADICTED = "Discorde Hébergeur Fictif SAS"
"""Its PDF certificate ends a year earlier than the list says, and lacks activity 5."""
SCANNED = "Brouillard Hébergeur Fictif SAS"
"""Its PDF certificate is a scan without any text."""
BROKEN_LINK = "Impasse Hébergeur Fictif SAS"
"""Links a PDF that isn't there."""

SIRENS = {
    STEADY: "000010017",
    SCOPE_CUT: "000010025",
    RENEWED: "000010033",
    RENAMED: "000010041",
    EXPIRY_MOVED: "000010058",
    TRANSFERRED: "000010066",
    NEWCOMER: "000010074",
    DELISTED: "000010082",
    SCOPE_EXTENDED: "000010090",
    EXPIRING: "000010108",
    EXPIRED: "000010116",
    SUPERSEDED: "000010124",
    CONTRADICTED: "000010132",
    SCANNED: "000010140",
    BROKEN_LINK: "000010157",
}
"""Numbers that pass the Luhn check and start with 000, which no real company's does."""

CERTIFIER = "Certificateur fictif Boréal"
NEW_CERTIFIER = "Certificateur fictif Austral"
"""Where TRANSFERRED goes."""
LAPSED_CERTIFIER = "Certificateur fictif Crépuscule"
"""Its accreditation ends in edition 3."""
LATE_CERTIFIER = "Certificateur fictif Aurore"
"""On the certifier list from edition 3 on."""
