"""A synthetic published register for the site's tests: about 400 invented hosts in every state a host can be in.

Not the official list: names, numbers and dates are made up. Dates are given relative to a day, so that the pages always
have something that expires soon.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from registry.clock import stamp
from registry.completion import complete
from registry.published_schema import TABLES
from registry.text import slug, sort_key

ACTIVITIES = [
    (1, "Mise à disposition et maintien en condition opérationnelle des sites physiques", "Physical sites"),
    (2, "Mise à disposition et maintien en condition opérationnelle de l'infrastructure matérielle", "Hardware"),
    (3, "Mise à disposition et maintien en condition opérationnelle de l'infrastructure virtuelle", "Virtual machines"),
    (4, "Mise à disposition et maintien de la plateforme d'hébergement d'applications", "Application platform"),
    (5, "Administration et exploitation du système d'information", "Administration and operation"),
    (6, "Sauvegarde des données de santé", "Backup of health data"),
]
REFERENTIALS = [
    (
        "v1",
        "HDS v1 (arrêté du 11 juin 2018)",
        "2018-06-11",
        "2018-06-29",
        "2024-11-16",
        "2026-05-16",
        "JO 29 juin 2018",
    ),
    ("v2", "HDS v2 (arrêté du 26 avril 2024)", "2024-05-16", "2024-05-16", None, None, "JO 16 mai 2024"),
]
CERTIFIERS = [
    ("afnor-certification", "AFNOR Certification", "COFRAC", "4-0001", "2019-08-29", None),
    (
        "bureau-veritas-certification-france",
        "Bureau Veritas Certification France",
        "COFRAC",
        "4-0002",
        "2019-04-17",
        None,
    ),
    ("lne", "LNE", "COFRAC", "4-0038", "2019-01-15", None),
    ("bsi-group-france", "BSI Group France", "COFRAC", "4-0550", "2019-06-20", "2025-12-31"),
    ("lsti", "LSTI", "COFRAC", "4-0526", "2019-03-01", None),
]
FIRST = (
    "Armor", "Bréval", "Cœur", "Diapason", "Écume", "Fanal", "Garance", "Hélios", "Iroise", "Jonquille", "Kerma",
    "Lumen", "Mistral", "Nacelle", "Opale",
)  # fmt: skip
SECOND = (
    "Santé", "Cloud", "Données", "Hébergement", "Systèmes", "Réseaux", "Médical", "Infogérance", "Datacenter",
    "Numérique",
)  # fmt: skip
HOSTILE = "<script>alert('hôte')</script> \u202eTHIVER & \"Fils\" \U0001f3e5 ]]>"


def build(path: Path, today: date, *, hosts: int = 400, last_run: datetime | None = None) -> Path:
    """Writes the register to `path` and returns it. `today` is the civil date the states are arranged around."""
    path.unlink(missing_ok=True)
    conn = sqlite3.connect(path)
    conn.executescript(TABLES)
    _vocabulary(conn)
    when = last_run or datetime(today.year, today.month, today.day, 5, 15, tzinfo=UTC)
    sha = hashlib.sha256(b"synthetic page").hexdigest()
    _runs(conn, when, sha)
    dice = random.Random(20261122)
    names = _names(hosts)
    for number, name in enumerate(names):
        _host(conn, dice, number, name, today, when, sha)
    _special_cases(conn, today, when, sha)
    conn.commit()
    complete(conn)
    conn.commit()
    conn.close()
    return path


def build_empty(path: Path) -> Path:
    """A register in which no list was ever read."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(TABLES)
        _vocabulary(conn)
        conn.execute("DELETE FROM certifiers")
        conn.commit()
        complete(conn)
        conn.commit()
    return path


def _vocabulary(conn: sqlite3.Connection) -> None:
    conn.executemany("INSERT INTO activities VALUES (?,?,?,'CSP R.1111-9')", ACTIVITIES)
    conn.executemany("INSERT INTO referentials VALUES (?,?,?,?,?,?,?)", REFERENTIALS)
    conn.executemany(
        "INSERT INTO certifiers VALUES (?,?,?,?,?,?,'FR',NULL,1,'2025-01-05T05:15:00Z','2026-11-22T05:15:00Z')",
        CERTIFIERS,
    )


def _runs(conn: sqlite3.Connection, when: datetime, sha: str) -> None:
    for back in range(30):
        at = when - timedelta(days=29 - back)
        outcome = "quarantined" if back == 11 else "accepted" if back % 5 == 0 or back == 29 else "unchanged"
        reason = "count_dropped" if back == 11 else None
        conn.execute(
            "INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (back + 1, "hosts", "https://liste.example/hds", stamp(at - timedelta(minutes=4)), stamp(at), outcome,
             reason, 27, 400, 0, 400, 812_345, 0),
        )  # fmt: skip
    conn.execute(
        "INSERT INTO evidence VALUES (?,?,?,?,?,?)",
        (sha, "https://liste.example/hds?lettre=A", stamp(when), "text/html", 31_224, 30),
    )


def _names(count: int) -> list[str]:
    pairs = [f"{one} {two}" for two in SECOND for one in FIRST]
    return [pairs[i % len(pairs)] + ("" if i < len(pairs) else f" {i // len(pairs) + 1}") for i in range(count)]


def _host(
    conn: sqlite3.Connection, dice: random.Random, number: int, name: str, today: date, when: datetime, sha: str
) -> None:
    host = slug(name)
    seen = stamp(when - timedelta(days=dice.randint(1, 1400)))
    siren = f"{100_000_000 + number * 7919:09d}" if number % 6 else None
    country = "FR" if siren else dice.choice(["FR", "BE", "US", None])
    conn.execute(
        "INSERT INTO hosts VALUES (?,?,?,?,?,?,1,?,?,NULL)",
        (host, name, sort_key(name), siren, country, f"https://{host}.example", seen, stamp(when)),
    )
    if number % 9 == 0:
        conn.execute("INSERT INTO host_aliases VALUES (?,?,'brand','list')", (host, f"{name.split()[0]}Care {number}"))
    old = number % 16 == 5
    start = today - timedelta(days=dice.randint(5, 740) + (700 if old else 0))
    end = start + timedelta(days=3 * 365)
    if number % 5 == 1:  # a transfer or an aligned cycle: what was left of an older term
        end = max(today, start) + timedelta(days=dice.randint(3, 500))
    version = "v1" if start < date(2024, 9, 1) else "v2"
    held = dice.choice([[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [1, 2], [3, 4, 5, 6], [5, 6], [1, 2, 3, 4, 6]])
    add_certificate(
        conn, f"{host}-c1", host, dice.choice(CERTIFIERS)[0], f"HDS-{40_000 + number}", version, start, end, held, when,
        sha=sha,
    )  # fmt: skip
    if old and number % 32 == 5:
        add_certificate(
            conn, f"{host}-c2", host, dice.choice(CERTIFIERS)[0], f"HDS-{40_000 + number}-1", "v2",
            date(2025, 2, 1), date(2028, 1, 31), held, when, sha=sha, replaces=f"{host}-c1",
        )  # fmt: skip
    if number % 4 == 0:
        change(conn, when - timedelta(days=number % 90), "CERTIFICATE_LISTED", host, f"{host}-c1")
    if number % 11 == 0:
        change(conn, when - timedelta(days=number % 40), "EXPIRY_MOVED", host, f"{host}-c1", "expires_on",
               str(end - timedelta(days=365)), str(end))  # fmt: skip


def add_certificate(
    conn: sqlite3.Connection, key: str, host: str, certifier: str | None, number: str | None, version: str | None,
    issued: date | None, expires: date | None, held: list[int], when: datetime, *, sha: str = "",
    status: str | None = None, listed: int = 1, replaces: str | None = None, label: str | None = None,
    scopes: str | None = None,
) -> None:  # fmt: skip
    conn.execute(
        "INSERT INTO certificates VALUES (?,?,?,?,?,?,?,NULL,?,?,?,?,?,?,?,?,?,?)",
        (key, host, certifier, number, version, label or (f"{version}.0" if version else None), scopes,
         str(issued) if issued else None, str(expires) if expires else None, status,
         f"https://liste.example/certificats/{key}.pdf", None, listed, stamp(when - timedelta(days=200)), stamp(when),
         None if listed else str((when - timedelta(days=3)).date()), replaces),
    )  # fmt: skip
    conn.executemany("INSERT INTO certificate_activities VALUES (?,?)", [(key, a) for a in held])
    if sha:
        for field, raw in (("number", number), ("expires_on", expires.strftime("%d/%m/%Y") if expires else None)):
            conn.execute(
                "INSERT OR IGNORE INTO provenance VALUES ('certificates',?,?,?,?,?)",
                (key, field, sha, "tr[3]/td[2]", raw),
            )


def change(
    conn: sqlite3.Connection, when: datetime, kind: str, host: str | None, certificate: str | None = None,
    field: str | None = None, before: str | None = None, after: str | None = None, certifier: str | None = None,
    cause: str = "source",
) -> None:  # fmt: skip
    conn.execute(
        "INSERT INTO changes (observed_at, run_id, kind, host_id, certificate_id, certifier_id, field, before, after,"
        " cause) VALUES (?,30,?,?,?,?,?,?,?,?)",
        (stamp(when), kind, host, certificate, certifier, field, before, after, cause),
    )


def _special(conn: sqlite3.Connection, key: str, name: str, when: datetime, *, listed: int = 1) -> None:
    conn.execute(
        "INSERT INTO hosts VALUES (?,?,?,NULL,'FR',NULL,?,?,?,?)",
        (key, name, sort_key(name), listed, stamp(when - timedelta(days=300)), stamp(when),
         None if listed else str((when - timedelta(days=3)).date())),
    )  # fmt: skip


def _special_cases(conn: sqlite3.Connection, today: date, when: datetime, sha: str) -> None:
    """One host for each state a page must be able to tell."""
    every, lne = [1, 2, 3, 4, 5, 6], "lne"
    year = timedelta(days=365)
    _special(conn, "hostile", HOSTILE, when)
    add_certificate(
        conn, "hostile-c1", "hostile", None, "=1+1 <b>", "v2", today - year, today + year, every, when, sha=sha
    )
    change(conn, when, "HOST_RENAMED", "hostile", None, "legal_name", "\x0bAncien & <i>nom</i>", HOSTILE)
    _special(conn, "very-long", "Ä" * 10_000, when)
    add_certificate(conn, "very-long-c1", "very-long", lne, "9" * 500, "v2", today - year, today + year, every, when)
    change(conn, when, "HOST_LISTED", "very-long", None, None, None, "Ä" * 10_000)
    _special(conn, "sans-mot", "Sans Mot", when)
    add_certificate(conn, "sans-mot-c1", "sans-mot", lne, None, None, None, None, [], when, scopes="managed")
    _special(conn, "parti", "Parti de la Liste", when, listed=0)
    add_certificate(conn, "parti-c1", "parti", lne, "P-1", "v2", today - year, today + year, every, when, listed=0)
    change(conn, when - timedelta(days=3), "HOST_DELISTED", "parti")
    _special(conn, "suspendu", "Suspendu Hébergement", when)
    add_certificate(
        conn, "suspendu-c1", "suspendu", lne, "S-1", "v2", today - year, today + year, every, when, status="suspended"
    )
    _special(conn, "perime", "Périmé Hébergement", when)
    add_certificate(
        conn,
        "perime-c1",
        "perime",
        lne,
        "X-1",
        "v2",
        today - 2 * year,
        today - timedelta(days=20),
        every,
        when,
        sha=sha,
    )
    _special(conn, "bientot", "Bientôt Échu", when)
    add_certificate(
        conn,
        "bientot-c1",
        "bientot",
        lne,
        "B-1",
        "v2",
        today - 2 * year,
        today + timedelta(days=12),
        every,
        when,
        sha=sha,
    )
    _special(conn, "nombreux", "Nombreux Certificats Hébergement", when)
    for number in range(400):
        key, end = f"nombreux-certificat-{number}", today + timedelta(days=800 - 4 * number)
        add_certificate(
            conn, key, "nombreux", lne, f"HDS-2024-{number:05d}", "v2", end - 3 * year, end, every, when, sha=sha,
            status="unclear" if number < 20 else None,
        )  # fmt: skip
        conn.execute(
            "INSERT INTO contradictions VALUES (?,'expires_on',?,?,?,?,?,?)",
            (key, str(end), str(end - year), sha, sha, stamp(when), stamp(when)),
        )
        for field in ("activities", "certifier", "document_url", "issued_on", "referential_label", "scope"):
            conn.execute(
                "INSERT INTO provenance VALUES ('certificates',?,?,?,?,?)",
                (key, field, sha, f"page 3, tr[{number}]/td[4]", "Une valeur telle qu’imprimée"),
            )
    _special(conn, "contredit", "Contredit Données", when)
    add_certificate(
        conn, "contredit-c1", "contredit", lne, "K-1", "v2", today - year, today + year, every, when, sha=sha
    )
    conn.execute(
        "INSERT INTO contradictions VALUES ('contredit-c1','expires_on',?,?,?,?,?,?)",
        (str(today + year), str(today + timedelta(days=300)), sha, sha, stamp(when), stamp(when)),
    )
    conn.execute("UPDATE hosts SET siren = '808665483' WHERE id = 'contredit'")
    conn.execute("INSERT INTO host_aliases VALUES ('contredit','Cœur de Marque','brand','list')")
