"""The saved queries of the published database (contract, section 3), as data: SQL, parameters, words for people.

Plain SQLite: every query runs in any SQLite with FTS5, without functions of ours. Dates are Europe/Paris civil dates;
an empty date means today.

Two ways to ask about the past, and they differ on purpose. `host_on` is observation: what the list *said* on a day, by
the last good reading up to the end of that day. `in_force_on` and `hosts_covering` are validity: which certificates
*counted* on a day (contract, section 5), by what the list said that day; for days before we first saw a certificate, by
what was first said of it, if that names an issue date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.views import COUNTING

_LETTERS = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
"""What the search table's tokenizer does not fold by itself; the same as in `registry.text.fold`."""
_SEPARATORS = (9, 10, 11, 12, 13, 34, 160, 8239)
"""White space other than a plain space, and the quotation mark, which has a meaning in a search expression."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One saved query. `params` are named parameters, all text; the words are French and English."""

    sql: str
    params: tuple[str, ...]
    title_fr: str
    title_en: str
    about_fr: str
    about_en: str


def _asked_words() -> str:
    expression = "replace(:q, char(0), ' ')"
    for code in _SEPARATORS:
        expression = f"replace({expression}, char({code}), ' ')"
    for letter, plain in _LETTERS.items():
        expression = f"replace({expression}, '{letter}', '{plain}')"
    return expression


_DAY = "coalesce(nullif(trim(:on), ''), (SELECT today FROM today))"

# Figures alone are one number however they are grouped: a SIREN, a SIRET (it begins with one), a certificate number.
_SEARCH = f"""
WITH RECURSIVE
  split (word, rest) AS (
    SELECT '', substr({_asked_words()}, 1, 200) || ' '
    UNION ALL
    SELECT substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> ''),
  words (word, form) AS (
    SELECT word, lower(replace(word, '.', '')) IN (SELECT word FROM search_ignored) FROM split WHERE word <> ''),
  joined (digits) AS (SELECT group_concat(word, '') FROM words),
  asked (expression) AS (
    SELECT '"' || CASE length(digits) WHEN 14 THEN substr(digits, 1, 9) ELSE digits END || '"*' FROM joined
    WHERE digits NOT GLOB '*[^0-9]*'
    UNION ALL
    SELECT coalesce(group_concat('"' || word || '"*', ' '), '""') FROM words
    WHERE NOT form OR NOT EXISTS (SELECT 1 FROM words WHERE NOT form))
SELECT host.id, host.legal_name, host.siren, host.listed,
       (SELECT group_concat(alias, ', ') FROM (SELECT alias FROM host_aliases WHERE host_id = host.id ORDER BY alias))
         AS aliases
FROM host_search JOIN hosts AS host ON host.rowid = host_search.rowid
WHERE host_search MATCH (SELECT expression FROM asked LIMIT 1)
ORDER BY host.listed DESC, bm25(host_search, 10.0, 6.0, 8.0), host.sort_key, host.id
LIMIT 100
"""

_HOST_ON = f"""
WITH asked (day) AS (SELECT {_DAY}),
  who (id) AS (SELECT id FROM hosts WHERE id = :host UNION
               SELECT id FROM hosts WHERE siren = replace(:host, ' ', '')),
  reading AS (SELECT readings.* FROM readings, asked WHERE source = 'hosts' AND readings.day <= asked.day
              ORDER BY observed_at DESC LIMIT 1)
SELECT who.id AS host_id, asked.day AS asked_on, reading.day AS read_on, reading.run_id,
       CASE WHEN reading.day IS NULL THEN NULL ELSE said.host_id IS NOT NULL END AS listed,
       said.legal_name, said.siren, shown.certificate_id, shown.number, certifier.name AS certifier,
       shown.referential, shown.referential_label, shown.activities, shown.legacy_scopes, shown.issued_on,
       shown.expires_on, shown.source_status, shown.run_id AS first_said_in_run,
       coalesce(shown.sha256, said.sha256) AS sha256, coalesce(shown.locator, said.locator) AS locator
FROM who CROSS JOIN asked LEFT JOIN reading
LEFT JOIN host_versions AS said ON said.host_id = who.id AND reading.day IS NOT NULL
  AND said.seen_from <= asked.day AND (said.seen_until IS NULL OR said.seen_until > asked.day)
LEFT JOIN certificate_versions AS shown ON shown.host_id = said.host_id
  AND shown.seen_from <= asked.day AND (shown.seen_until IS NULL OR shown.seen_until > asked.day)
LEFT JOIN certifiers AS certifier ON certifier.id = shown.certifier_id
ORDER BY who.id, shown.expires_on DESC, shown.certificate_id
"""

_COUNTING_ON = f"""
counting AS (
    SELECT certificate.*, min(certificate.expires_on, coalesce(referential.usable_until, certificate.expires_on))
             AS usable_until
    FROM asked CROSS JOIN (SELECT certificate_versions.*, 1 AS listed FROM certificate_versions) AS certificate
    JOIN referentials AS referential ON referential.version = certificate.referential
    WHERE (certificate.seen_until IS NULL OR certificate.seen_until > asked.day)
      AND (certificate.seen_from <= asked.day OR (certificate.first AND certificate.issued_on IS NOT NULL))
      AND {COUNTING.format(day="asked.day").strip()})
"""

_IN_FORCE_ON = f"""
WITH asked (day) AS (SELECT {_DAY}),
{_COUNTING_ON.strip()}
SELECT counting.certificate_id, counting.host_id, host.legal_name, host.siren, counting.number,
       certifier.name AS certifier, counting.referential, counting.activities, counting.issued_on,
       counting.expires_on, counting.usable_until, counting.seen_from > asked.day AS before_first_seen,
       counting.sha256, counting.locator
FROM asked CROSS JOIN counting JOIN hosts AS host ON host.id = counting.host_id
LEFT JOIN certifiers AS certifier ON certifier.id = counting.certifier_id
ORDER BY host.sort_key, counting.certificate_id
"""

_HOSTS_COVERING = f"""
WITH RECURSIVE asked (day) AS (SELECT {_DAY}),
split (item, rest) AS (
    SELECT '', replace(:activities, ' ', '') || ','
    UNION ALL
    SELECT substr(rest, 1, instr(rest, ',') - 1), substr(rest, instr(rest, ',') + 1) FROM split WHERE rest <> ''),
wanted (activity) AS (SELECT DISTINCT item FROM split WHERE item <> ''),
{_COUNTING_ON.strip()},
held AS (
    SELECT counting.host_id, wanted.activity, max(counting.usable_until) AS usable_until
    FROM counting JOIN wanted ON instr(',' || counting.activities || ',', ',' || wanted.activity || ',')
    GROUP BY counting.host_id, wanted.activity)
SELECT host.id AS host_id, host.legal_name, host.siren, min(held.usable_until) AS covered_at_least_until
FROM held JOIN hosts AS host ON host.id = held.host_id
GROUP BY host.id HAVING count(*) = (SELECT count(*) FROM wanted)
ORDER BY host.sort_key, host.id
"""

_EXPIRING_WITHIN = """
SELECT host_id, legal_name, siren, certificate_id, number, certifier, activities, expires_on, usable_until, days_left
FROM expiring WHERE days_left <= CAST(:days AS INTEGER) ORDER BY days_left, legal_name
"""

_CHANGES_SINCE = """
SELECT change.id, change.observed_at, change.kind, change.host_id, host.legal_name, change.certificate_id,
       certificate.number, change.certifier_id, certifier.name AS certifier, change.field, change.before, change.after,
       change.cause, change.run_id
FROM changes AS change
LEFT JOIN (SELECT run_id, min(day) AS day FROM readings GROUP BY run_id) AS reading ON reading.run_id = change.run_id
LEFT JOIN hosts AS host ON host.id = change.host_id
LEFT JOIN certificates AS certificate ON certificate.id = change.certificate_id
LEFT JOIN certifiers AS certifier ON certifier.id = change.certifier_id
WHERE coalesce(reading.day, substr(change.observed_at, 1, 10)) >= trim(:since)
ORDER BY change.observed_at DESC, change.id DESC
"""

SAVED_QUERIES: Mapping[str, SavedQuery] = {
    "search": SavedQuery(
        _SEARCH.strip(),
        ("q",),
        "Chercher un hébergeur",
        "Find a host",
        "Par nom, marque, ancien nom, SIREN ou numéro de certificat ; le début des mots suffit, accents indifférents.",
        "By name, brand, former name, SIREN or certificate number; beginnings of words do, accents don't matter.",
    ),
    "host_on": SavedQuery(
        _HOST_ON.strip(),
        ("host", "on"),
        "Ce que la liste disait d'un hébergeur",
        "What the list said of a host",
        "L'observation : ce que la liste affichait ce jour-là (identifiant ou SIREN, date), et la page qui le prouve.",
        "Observation: what the list showed that day (the host's id or SIREN, a date), and the page that proves it.",
    ),
    "in_force_on": SavedQuery(
        _IN_FORCE_ON.strip(),
        ("on",),
        "Certificats en vigueur à une date",
        "Certificates in force on a date",
        "La validité : les certificats qui comptaient ce jour-là, d'après leurs dates, leur statut et leur référentiel.",
        "Validity: the certificates that counted that day, by their dates, status and requirements version.",
    ),
    "expiring_within": SavedQuery(
        _EXPIRING_WITHIN.strip(),
        ("days",),
        "Échéances dans les jours qui viennent",
        "Expiries in the days to come",
        "Les certificats en vigueur dont le dernier jour arrive dans ce nombre de jours.",
        "Certificates in force whose last day comes within that many days.",
    ),
    "changes_since": SavedQuery(
        _CHANGES_SINCE.strip(),
        ("since",),
        "Changements depuis une date",
        "Changes since a date",
        "Ce qui a changé depuis cette date comprise, le plus récent d'abord.",
        "What changed from that date on, newest first.",
    ),
    "hosts_covering": SavedQuery(
        _HOSTS_COVERING.strip(),
        ("activities", "on"),
        "Hébergeurs couvrant des activités",
        "Hosts that cover activities",
        "Les hébergeurs dont les certificats qui comptent ce jour-là réunissent ces activités (par exemple 1,2,6).",
        "Hosts whose counting certificates together hold all of these activities that day (for instance 1,2,6).",
    ),
}
