"""Who is on the replica's host list: the sourced real hosts and openly fictional ones, 404 in all.

Everything is made from positions in lists, so the same edition is always the same text. Nothing here may be mistaken
for a fact about a real company: what the sources don't say stays blank.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

from crawler.replica import cast
from crawler.replica.certificates import FOLDER, path_of
from crawler.replica.lines import ALL_ACTIVITIES, NBSP, Body, Line, with_luhn

HOSTS = 404
LETTERS = {
    "A": 36, "B": 18, "C": 38, "D": 20, "E": 24, "F": 10, "G": 14, "H": 22, "I": 23, "J": 3, "K": 6, "L": 12,
    "M": 28, "N": 18, "O": 15, "P": 20, "Q": 3, "R": 12, "S": 39, "T": 16, "U": 4, "V": 11, "W": 4, "X": 2,
    "Y": 1, "Z": 1, "0-9": 4,
}  # fmt: skip
"""Hosts by first letter. S and V as a public reading of the list counted them in July 2026; the rest is invented."""

WORDS = {
    "A": "Azur Aubépine Ardoise Albatros Ambre", "B": "Bleuet Brise Basalte", "C": "Cormoran Cèdre Cascade Calcaire",
    "D": "Dune Digitale Delta", "E": "Érable Embrun Écume Estuaire", "F": "Falaise Fougère", "G": "Granit Genêt",
    "H": "Hébergeur|Horizon Hêtre", "I": "Iris Ilot Indigo", "J": "Jonquille", "K": "Kaolin", "L": "Lavande L’Anse",
    "M": "Mistral Muguet Mésange", "N": "Nuage Narcisse", "O": "Œillet Océan Olivier", "P": "Pinède Phare Pervenche",
    "Q": "Quartz", "R": "Rivage Roselière", "S": "Santal Saphir Source Saule", "T": "Tilleul Turquoise",
    "U": "Ulysse", "V": "Verger Volcan", "W": "Wagon", "X": "Xylème", "Y": "Ylang", "Z": "Zinnia",
    "0-9": "3D-Santé 2L 7Lieues 1001-Données",
}  # fmt: skip
LEGAL_FORMS = ("SAS", "SARL", "SA", "S.A.S.", "SASU", "GIP", "SAS", "SCIC", "", "SNC", "GIE")
FOREIGN = (("DE", "GmbH"), ("BE", "SRL"), ("IE", "Ltd"), ("NL", "B.V."), ("LU", "S.à r.l."), ("US", "Inc."))
SCOPES_HELD = (
    ALL_ACTIVITIES, frozenset({5, 6}), frozenset({1, 2}), frozenset({3, 4, 5, 6}), ALL_ACTIVITIES,
    frozenset({1, 2, 3, 4}), frozenset({1, 2, 3, 4, 6}), frozenset({1, 2, 3, 4, 5}), frozenset({4, 5, 6}),
    frozenset({3, 5, 6}), frozenset({5}), frozenset({2, 3, 4, 5, 6}), frozenset({1}), frozenset({4}),
)  # fmt: skip
CERTIFIER_NAMES = (
    cast.CERTIFIER, "AFNOR Certification", cast.CERTIFIER, "Bureau Veritas Certification France", "LNE", "Afnor",
    cast.NEW_CERTIFIER, "LSTI", "BSI Group France", cast.LAPSED_CERTIFIER, "Groupe BSI", "BV", cast.LATE_CERTIFIER,
    "Bureau Veritas Certification", "LNE", "",
)  # fmt: skip
_NUMBERS = ("FICTIF-{n:04d}", "HDS FICTIF {n}", "F{n:05d}-1", "FICTIF-{n:04d}-2", "HDS-FR{n:06d}")


def three_years_from(issued: date) -> date:
    """The last day of a certificate of three years: 2024-12-20 gives 2027-12-19."""
    return issued.replace(year=issued.year + 3) - timedelta(days=1)


def letter_of(name: str) -> str:
    """The heading under which the list files a name: A to Z without accents, or `0-9`."""
    first = {"É": "E", "È": "E", "Œ": "O", "Î": "I"}.get(name[0].upper(), name[0].upper())
    return "0-9" if first.isdigit() else first


def real_lines() -> list[Line]:
    """The sourced records of `data/real_records.json`, printed in the wordings of their sources."""
    records = json.loads(files("crawler.replica").joinpath("data/real_records.json").read_text(encoding="utf-8"))
    return [_real_line(record, place) for place, record in enumerate(records)]


_REAL_ACTIVITIES = {
    "Microsoft (Azure, Dynamics 365 and Online Services)": "all six activities",
    "Amazon Web Services": "six activités",
    "Google Cloud": "1–5, sans la sauvegarde",
    "Scaleway": "1 à 4 seulement",
    "NumSpot": "certifié HDS",
    "Aptar Digital Health": "5. the management and operation of the information system containing the health data; "
    "6. the backup of the health data.",
}


def _real_line(record: dict[str, object], place: int) -> Line:
    def text(key: str) -> str:
        return str(record[key] or "")

    def day(key: str) -> date | None:
        return date.fromisoformat(text(key)) if record[key] else None

    held = record["activities"]
    label = text("referential_label")
    wording = {"referential": label}
    if text("host") in _REAL_ACTIVITIES:
        wording["activities"] = _REAL_ACTIVITIES[text("host")]
    if record["issued_printed"] and not record["issued_on"]:
        year, month = text("issued_printed").split("-")
        wording["issued_on"] = f"{month}/{year}"
    return Line(
        name=text("host"), siren=text("siren") or None, certifier=text("certifier"), number=text("certificate_number"),
        activities=frozenset(held) if isinstance(held, list) else None,
        referential=label[:2] or None, issued_on=day("issued_on"), expires_on=day("expires_on"),
        style=place, wording=wording,
    )  # fmt: skip


def cast_lines(today: date) -> list[Line]:
    """The fictional hosts with a part to play, as they are in edition 1."""

    def line(name: str, number: str, issued: date, **rest: object) -> Line:
        base = Line(
            name=name, siren=cast.SIRENS[name], country="FR", certifier=cast.CERTIFIER, number=number,
            activities=ALL_ACTIVITIES, referential="v2", issued_on=issued, expires_on=three_years_from(issued),
            website=f"https://{number.lower().replace(' ', '-')}.example",
        )  # fmt: skip
        return replace(base, **rest)  # type: ignore[arg-type]  # field names are checked by dataclasses.replace

    ends_soon, ended = (
        today + timedelta(days=cast.DAYS_TO_EXPIRY),
        today - timedelta(days=cast.DAYS_SINCE_EXPIRY),
    )
    start = date(2024, 6, 3)
    some = frozenset({3, 4, 5, 6})
    return [
        line(cast.STEADY, "FICTIF-9001", date(2026, 3, 2), style=0, document=path_of("FICTIF-9001")),
        line(cast.SCOPE_CUT, "FICTIF-9002", date(2025, 4, 14), style=12, document=path_of("FICTIF-9002")),
        line(cast.RENEWED, "FICTIF-9003-1", date(2024, 6, 10), style=7, document=path_of("FICTIF-9003-1")),
        line(cast.RENAMED, "FICTIF-9004", date(2025, 9, 1), style=5, activities=some),
        line(cast.EXPIRY_MOVED, "FICTIF-9005", date(2025, 1, 20), style=0),
        line(cast.TRANSFERRED, "FICTIF-9006", date(2025, 11, 3), style=4, document=path_of("FICTIF-9006")),
        line(cast.DELISTED, "FICTIF-9008", date(2025, 6, 23), style=10),
        line(cast.SCOPE_EXTENDED, "FICTIF-9009", date(2026, 2, 9), style=3, activities=frozenset({1, 2, 3, 4, 5})),
        line(cast.EXPIRING, "FICTIF-9010", min(start, ends_soon), style=2, expires_on=ends_soon),
        line(cast.EXPIRED, "FICTIF-9011", min(start, ended), style=0, expires_on=ended),
        line(cast.SUPERSEDED, "HDS FICTIF 9012", date(2024, 3, 11), style=8, referential="v1", activities=some,
             legacy_scopes=("managed",), document=path_of("HDS FICTIF 9012")),
        line(cast.CONTRADICTED, "FICTIF-9013", date(2025, 10, 6), style=0, document=path_of("FICTIF-9013")),
        line(cast.SCANNED, "FICTIF-9014", date(2025, 12, 1), style=1, document=path_of("FICTIF-9014")),
        line(cast.BROKEN_LINK, "FICTIF-9015", date(2026, 1, 5), style=3, document=f"{FOLDER}introuvable.pdf"),
    ]  # fmt: skip


def newcomer() -> Line:
    """The host that edition 2 adds."""
    return Line(
        name=cast.NEWCOMER, siren=cast.SIRENS[cast.NEWCOMER], country="FR", certifier=cast.CERTIFIER,
        number="FICTIF-9007", activities=frozenset({4, 5, 6}), referential="v2", issued_on=date(2026, 11, 12),
        expires_on=date(2029, 11, 11), style=5,
    )  # fmt: skip


def _names_of(letter: str, count: int, first: int) -> Iterator[str]:
    words = WORDS[letter].replace("Hébergeur|", "").split()
    for place in range(count):
        n = first + place
        form = LEGAL_FORMS[n % len(LEGAL_FORMS)]
        word = words[place % len(words)]
        base = f"Hébergeur fictif {word} {n:03d}" if letter == "H" else f"{word} Hébergeur Fictif {n:03d}"
        yield f"{base} {form}".strip()


def _issued(n: int) -> date:
    """Issue dates spread over the two and a half years before the reference date."""
    return date(2024, 5, 20) + timedelta(days=(n * 37) % 890)


def filler_line(name: str, n: int) -> Line:
    """The n-th nameless fictional host: every value, and every gap, follows from n."""
    foreign = n % 17 == 5
    country, form = FOREIGN[n % len(FOREIGN)] if foreign else ("FR", "")
    if foreign:
        name = f"{' '.join(word for word in name.split() if word not in LEGAL_FORMS)} {form}"
    legacy = n % 9 == 4
    issued = date(2023, 12, 4) + timedelta(days=(n * 11) % 340) if legacy else _issued(n)
    held = SCOPES_HELD[n % len(SCOPES_HELD)]
    slug = f"fictif-{n:03d}"
    line = Line(
        name=name,
        brand=f"Fictif{NBSP}Cloud Santé {n}" if n % 13 == 2 else "",
        siren=None if foreign or n % 23 == 9 else with_luhn(f"{2000 + n:08d}"),
        country=country if n % 4 else "",
        website="" if n % 5 == 3 else f"https://{slug}.example/",
        certifier=CERTIFIER_NAMES[n % len(CERTIFIER_NAMES)],
        number="" if n % 31 == 7 else _NUMBERS[n % len(_NUMBERS)].format(n=n),
        activities=held,
        exempt=frozenset({1, 2}) if n % 41 == 3 and not held & {1, 2} else frozenset(),
        legacy_scopes=_legacy_scopes(held) if legacy else (),
        referential="v1" if legacy else "v2",
        issued_on=issued,
        expires_on=three_years_from(issued),
        transparency=f"https://{slug}.example/acces-hors-eee" if n % 3 == 1 else "",
        style=n,
    )
    return _messed(line, n)


def _legacy_scopes(held: frozenset[int]) -> tuple[str, ...]:
    physical = ("physical",) if held & {1, 2} else ()
    managed = ("managed",) if held & {3, 4, 5, 6} else ()
    return physical + managed


def _messed(line: Line, n: int) -> Line:
    """The rarer oddities: a scope and nothing else, month-only dates, blank or unknown labels, shouting."""
    wording: dict[str, str] = {}
    if line.legacy_scopes and n % 2:
        line = replace(line, activities=None)
    if n % 37 == 6 and line.issued_on:
        wording["issued_on"] = line.issued_on.strftime("%m/%Y")
        line = replace(line, issued_on=None)
    if n % 53 == 11:
        wording |= {"issued_on": "-", "expires_on": "Non communiquée" if n % 2 else ""}
        line = replace(line, issued_on=None, expires_on=None)
    if n == 150:
        wording["referential"] = "v2.1"
        line = replace(line, referential=None)
    if n % 47 == 20:
        line = replace(line, referential=None)
    if n % 97 == 17 and line.activities:
        wording["activities"] = f"Certfié HDS : activités {', '.join(map(str, sorted(line.activities)))}"
    if n % 29 == 12:
        wording["name"] = f"{line.name.upper()}{NBSP}"
    if n % 32 == 6 and line.number and line.issued_on and line.activities:
        line = replace(line, document=path_of(line.number))
    return replace(line, wording=wording)


def _second_certificate(line: Line, n: int) -> Line:
    """A further certificate of the same host: other activities, another number."""
    issued = _issued(n + 7)
    return replace(
        line, number=f"FICTIF-{n:04d}-B", activities=frozenset({1, 2}), legacy_scopes=(), exempt=frozenset(),
        document="", referential="v2", issued_on=issued, expires_on=three_years_from(issued), style=n + 3,
        wording={key: text for key, text in line.wording.items() if key == "name"},
    )  # fmt: skip


def base_lines(today: date) -> list[Line]:
    """Edition 1, sorted as the list prints it: 404 hosts, a few with several certificates."""
    lines = real_lines() + cast_lines(today)
    taken: dict[str, set[str]] = {letter: set() for letter in LETTERS}
    for line in lines:
        taken[letter_of(line.name)].add(line.name)
    n = 1
    for letter, count in LETTERS.items():
        for name in _names_of(letter, count - len(taken[letter]), n):
            line = filler_line(name, n)
            lines.append(line)
            if n % 19 == 8:
                lines.append(_second_certificate(line, n))
            n += 1
    return sorted_lines(lines)


def sorted_lines(lines: list[Line]) -> list[Line]:
    """By letter, then by name; the order of several certificates of one host is kept."""
    order = list(LETTERS)
    return sorted(lines, key=lambda line: (order.index(letter_of(line.name)), line.name.casefold()))


def base_bodies() -> list[Body]:
    """The certifier list of edition 1. Of the real bodies only what public texts say; the rest stays blank."""
    known = json.loads(files("crawler.replica").joinpath("data/certifiers.json").read_text(encoding="utf-8"))
    real = [
        Body(
            name=body["name"],
            accreditor=body.get("accreditor", ""),
            accreditation_number=body.get("accreditation_number", ""),
            accredited_on=date.fromisoformat(body["accredited_on"]) if "accredited_on" in body else None,
        )
        for body in known["bodies"]
    ]
    fictional = [
        Body(
            cast.CERTIFIER,
            "Accréditeur fictif",
            "FICTIF 4-901",
            date(2019, 5, 6),
            None,
            "FR",
            "https://boreal.example/",
        ),
        Body(cast.NEW_CERTIFIER, "Accréditeur fictif", "FICTIF 4-902", date(2020, 9, 1), None, "FR"),
        Body(cast.LAPSED_CERTIFIER, "Accréditeur fictif", "FICTIF 4-903", date(2019, 11, 18), None, "BE"),
    ]
    return sorted(real + fictional, key=lambda body: body.name.casefold())
