"""Views, indexes and the search table of the published database. SQL only; what fills them is `publish`.

"Today" is the civil date in Europe/Paris, also in SQL: see `PARIS_TODAY`.
"""

from __future__ import annotations

PARIS_TODAY = """
CREATE VIEW today AS
WITH clock (utc) AS (SELECT strftime('%Y-%m-%d %H:%M:%S', 'now')),
     summer (utc, starts, ends) AS (
       SELECT utc,
              strftime('%Y', utc) || strftime('-%m-%d 01:00:00', strftime('%Y', utc) || '-03-25', 'weekday 0'),
              strftime('%Y', utc) || strftime('-%m-%d 01:00:00', strftime('%Y', utc) || '-10-25', 'weekday 0')
       FROM clock)
SELECT date(utc, CASE WHEN utc >= starts AND utc < ends THEN '+2 hours' ELSE '+1 hours' END) AS today FROM summer;
"""
"""France is one hour before UTC, two from the last Sunday of March 01:00 UTC to the last Sunday of October 01:00 UTC
(directive 2000/84/EC). The last Sunday of a month of 31 days is the first Sunday from the 25th on."""

COUNTING = """
    certificate.listed = 1
    AND (certificate.source_status IS NULL OR certificate.source_status = 'in_force')
    AND (certificate.issued_on IS NULL OR certificate.issued_on <= {day})
    AND certificate.expires_on >= {day}
    AND (referential.usable_until IS NULL OR referential.usable_until >= {day})
"""
"""When a certificate counts on a day (contract, section 5), with its référentiel joined."""

VIEWS = f"""
{PARIS_TODAY}
CREATE VIEW in_force AS
SELECT certificate.id AS certificate_id, certificate.host_id, host.legal_name, host.siren, certificate.number,
       certificate.certifier_id, certifier.name AS certifier, certificate.referential, certificate.issued_on,
       certificate.expires_on, min(certificate.expires_on, coalesce(referential.usable_until, certificate.expires_on))
         AS usable_until,
       (SELECT group_concat(activity_id, ', ') FROM (SELECT activity_id FROM certificate_activities
         WHERE certificate_id = certificate.id ORDER BY activity_id)) AS activities
FROM today CROSS JOIN certificates AS certificate
JOIN hosts AS host ON host.id = certificate.host_id
JOIN referentials AS referential ON referential.version = certificate.referential
LEFT JOIN certifiers AS certifier ON certifier.id = certificate.certifier_id
WHERE {COUNTING.format(day="today.today")};
CREATE VIEW expiring AS
SELECT host_id, legal_name, siren, certificate_id, number, certifier, activities, expires_on, usable_until,
       CAST(julianday(usable_until) - julianday(today.today) AS INTEGER) AS days_left
FROM in_force CROSS JOIN today ORDER BY usable_until, legal_name;
CREATE VIEW coverage AS
SELECT in_force.host_id, in_force.legal_name, held.activity_id, activity.label_fr, activity.label_en,
       max(in_force.usable_until) AS usable_until, count(*) AS certificates
FROM in_force JOIN certificate_activities AS held ON held.certificate_id = in_force.certificate_id
JOIN activities AS activity ON activity.id = held.activity_id
GROUP BY in_force.host_id, held.activity_id;
CREATE VIEW directory AS
WITH held AS (
       SELECT host_id, group_concat(activity_id, ', ') AS activities
       FROM (SELECT host_id, activity_id FROM coverage ORDER BY host_id, activity_id) GROUP BY host_id),
     nearest AS (SELECT host_id, min(usable_until) AS nearest_expiry FROM in_force GROUP BY host_id),
     standing AS (
       SELECT certificate.host_id,
              max(certificate.source_status = 'suspended') AS suspended,
              max(certificate.source_status = 'withdrawn') AS withdrawn,
              max(certificate.source_status = 'unclear') AS unclear,
              max(certificate.expires_on IS NULL) AS no_date,
              max(certificate.expires_on < today.today) AS expired,
              max(certificate.issued_on > today.today) AS early,
              max(certificate.referential IS NULL) AS no_referential,
              max(referential.usable_until < today.today) AS superseded
       FROM certificates AS certificate CROSS JOIN today
       LEFT JOIN referentials AS referential ON referential.version = certificate.referential
       WHERE certificate.listed = 1 GROUP BY certificate.host_id)
SELECT host.id, host.legal_name AS name, host.siren, host.country, held.activities, nearest.nearest_expiry,
       CASE WHEN held.activities IS NOT NULL THEN 'certificat en vigueur'
            WHEN nearest.host_id IS NOT NULL THEN 'certificat en vigueur, activités inconnues'
            WHEN standing.host_id IS NULL THEN 'aucun certificat affiché'
            WHEN standing.suspended THEN 'certificat suspendu'
            WHEN standing.withdrawn THEN 'certificat retiré'
            WHEN standing.unclear THEN 'statut incompris'
            WHEN standing.no_date THEN 'date d’échéance inconnue'
            WHEN standing.no_referential THEN 'référentiel inconnu'
            WHEN standing.superseded THEN 'référentiel dépassé'
            WHEN standing.early THEN 'certificat pas encore valable'
            WHEN standing.expired THEN 'certificat expiré'
            ELSE 'inconnu' END AS status,
       CASE WHEN held.activities IS NOT NULL THEN 'certificate in force'
            WHEN nearest.host_id IS NOT NULL THEN 'certificate in force, activities unknown'
            WHEN standing.host_id IS NULL THEN 'no certificate shown'
            WHEN standing.suspended THEN 'certificate suspended'
            WHEN standing.withdrawn THEN 'certificate withdrawn'
            WHEN standing.unclear THEN 'status not understood'
            WHEN standing.no_date THEN 'expiry date unknown'
            WHEN standing.no_referential THEN 'requirements version unknown'
            WHEN standing.superseded THEN 'requirements version no longer usable'
            WHEN standing.early THEN 'certificate not yet valid'
            WHEN standing.expired THEN 'certificate expired'
            ELSE 'unknown' END AS status_en
FROM hosts AS host LEFT JOIN held ON held.host_id = host.id LEFT JOIN nearest ON nearest.host_id = host.id
LEFT JOIN standing ON standing.host_id = host.id
WHERE host.listed = 1 ORDER BY host.sort_key;
"""

INDEXES = """
CREATE INDEX hosts_siren ON hosts (siren);
CREATE INDEX hosts_sort_key ON hosts (sort_key);
CREATE INDEX host_aliases_alias ON host_aliases (alias);
CREATE INDEX certificates_host ON certificates (host_id);
CREATE INDEX certificates_certifier ON certificates (certifier_id);
CREATE INDEX certificates_number ON certificates (number);
CREATE INDEX changes_observed ON changes (observed_at);
CREATE INDEX changes_host ON changes (host_id);
CREATE INDEX evidence_sha256 ON evidence (sha256);
CREATE INDEX readings_day ON readings (source, day);
CREATE INDEX host_versions_host ON host_versions (host_id, seen_from);
CREATE INDEX certificate_versions_host ON certificate_versions (host_id, seen_from);
CREATE INDEX certifier_versions_certifier ON certifier_versions (certifier_id, seen_from);
"""

EXTRA_TABLES = """
CREATE TABLE readings (
  run_id INTEGER NOT NULL REFERENCES runs(id), source TEXT NOT NULL, observed_at TEXT NOT NULL, day TEXT NOT NULL);
CREATE TABLE host_versions (
  host_id TEXT NOT NULL REFERENCES hosts(id), seen_from TEXT NOT NULL, seen_until TEXT,
  observed_from TEXT NOT NULL, observed_until TEXT, run_id INTEGER REFERENCES runs(id), sha256 TEXT, locator TEXT,
  legal_name TEXT NOT NULL, siren TEXT, country TEXT, website TEXT);
CREATE TABLE certificate_versions (
  certificate_id TEXT NOT NULL REFERENCES certificates(id), seen_from TEXT NOT NULL, seen_until TEXT,
  observed_from TEXT NOT NULL, observed_until TEXT, run_id INTEGER REFERENCES runs(id), sha256 TEXT, locator TEXT,
  host_id TEXT NOT NULL REFERENCES hosts(id), certifier_id TEXT REFERENCES certifiers(id), number TEXT,
  referential TEXT, referential_label TEXT, legacy_scopes TEXT, scope TEXT, issued_on TEXT, expires_on TEXT,
  source_status TEXT, document_url TEXT, transparency_url TEXT, activities TEXT, first INTEGER NOT NULL);
CREATE TABLE certifier_versions (
  certifier_id TEXT NOT NULL REFERENCES certifiers(id), seen_from TEXT NOT NULL, seen_until TEXT,
  observed_from TEXT NOT NULL, observed_until TEXT, run_id INTEGER REFERENCES runs(id), sha256 TEXT, locator TEXT,
  name TEXT NOT NULL, accreditor TEXT, accreditation_number TEXT, accredited_on TEXT, accreditation_ended_on TEXT,
  country TEXT, website TEXT);
CREATE TABLE search_ignored (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE publication (
  generation INTEGER NOT NULL, published_at TEXT NOT NULL, schema_version INTEGER NOT NULL);
CREATE VIRTUAL TABLE host_search USING fts5 (
  name, aliases, keys, content = '', tokenize = "unicode61 remove_diacritics 2");
"""
"""Beyond the contract: when each list was read with success (`day` in Europe/Paris); what it said from when until when
(`seen_from` inclusive and `seen_until` exclusive civil dates; the last reading of a day speaks for it; `first` marks
the oldest statement we have), and the row in the evidence that said so; the folded words by which hosts are found
(rowid = that of `hosts`) and the legal forms that a search passes over; which state of `registry.db` this is."""
