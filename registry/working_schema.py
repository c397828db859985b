"""The tables of the working store `registry.db`, and how an older store is brought up to date.

Current tables have the columns of the published ones in the same order, so that publishing is a copy. What only the
operator needs (staged rows, decisions, absences under doubt, validators) stands in tables that are never published.
Owns no rule: what may be written where is for `history`, `runs` and `decisions`.
"""

from __future__ import annotations

VERSION = 1
"""`PRAGMA user_version` of a store that this program writes."""

CURRENT = """
CREATE TABLE hosts (
  id TEXT PRIMARY KEY, legal_name TEXT NOT NULL, sort_key TEXT NOT NULL, siren TEXT, country TEXT, website TEXT,
  listed INTEGER NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, delisted_on TEXT);
CREATE TABLE host_aliases (
  host_id TEXT NOT NULL REFERENCES hosts(id), alias TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('brand', 'former_name', 'spelling')), source TEXT,
  PRIMARY KEY (host_id, alias));
CREATE TABLE certifiers (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, accreditor TEXT, accreditation_number TEXT, accredited_on TEXT,
  accreditation_ended_on TEXT, country TEXT, website TEXT, listed INTEGER NOT NULL, first_seen TEXT, last_seen TEXT);
CREATE TABLE certificates (
  id TEXT PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), certifier_id TEXT REFERENCES certifiers(id),
  number TEXT, referential TEXT, referential_label TEXT, legacy_scopes TEXT, scope TEXT, issued_on TEXT,
  expires_on TEXT, source_status TEXT, document_url TEXT, transparency_url TEXT, listed INTEGER NOT NULL,
  first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, delisted_on TEXT, replaces_id TEXT REFERENCES certificates(id));
CREATE TABLE certificate_activities (
  certificate_id TEXT NOT NULL REFERENCES certificates(id), activity_id INTEGER NOT NULL,
  PRIMARY KEY (certificate_id, activity_id)) WITHOUT ROWID;
CREATE TABLE changes (
  id INTEGER PRIMARY KEY, observed_at TEXT NOT NULL, run_id INTEGER REFERENCES runs(id), kind TEXT NOT NULL,
  host_id TEXT REFERENCES hosts(id), certificate_id TEXT REFERENCES certificates(id),
  certifier_id TEXT REFERENCES certifiers(id), field TEXT, before TEXT, after TEXT, cause TEXT NOT NULL);
CREATE TABLE contradictions (
  certificate_id TEXT NOT NULL REFERENCES certificates(id), field TEXT NOT NULL, list_value TEXT,
  document_value TEXT, list_sha256 TEXT, document_sha256 TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
  PRIMARY KEY (certificate_id, field));
CREATE TABLE provenance (
  table_name TEXT NOT NULL, row_id TEXT NOT NULL, field TEXT NOT NULL, sha256 TEXT NOT NULL, locator TEXT NOT NULL,
  raw TEXT, PRIMARY KEY (table_name, row_id, field)) WITHOUT ROWID;
"""
"""What is believed now, and what is published of it."""

VERSIONS = """
CREATE TABLE host_versions (
  id INTEGER PRIMARY KEY, host_id TEXT NOT NULL REFERENCES hosts(id), observed_from TEXT NOT NULL,
  observed_until TEXT, run_id INTEGER REFERENCES runs(id), sha256 TEXT, locator TEXT, legal_name TEXT NOT NULL,
  siren TEXT, country TEXT, website TEXT);
CREATE TABLE certificate_versions (
  id INTEGER PRIMARY KEY, certificate_id TEXT NOT NULL REFERENCES certificates(id), observed_from TEXT NOT NULL,
  observed_until TEXT, run_id INTEGER REFERENCES runs(id), sha256 TEXT, locator TEXT,
  host_id TEXT NOT NULL REFERENCES hosts(id), certifier_id TEXT REFERENCES certifiers(id), number TEXT, referential TEXT,
  referential_label TEXT,
  legacy_scopes TEXT, scope TEXT, issued_on TEXT, expires_on TEXT, source_status TEXT, document_url TEXT,
  transparency_url TEXT, activities TEXT, first INTEGER NOT NULL);
CREATE TABLE certifier_versions (
  id INTEGER PRIMARY KEY, certifier_id TEXT NOT NULL REFERENCES certifiers(id), observed_from TEXT NOT NULL,
  observed_until TEXT, run_id INTEGER REFERENCES runs(id), sha256 TEXT, locator TEXT, name TEXT NOT NULL,
  accreditor TEXT, accreditation_number TEXT, accredited_on TEXT, accreditation_ended_on TEXT, country TEXT, website TEXT);
CREATE INDEX host_versions_open ON host_versions (host_id) WHERE observed_until IS NULL;
CREATE INDEX certificate_versions_open ON certificate_versions (certificate_id) WHERE observed_until IS NULL;
CREATE INDEX certifier_versions_open ON certifier_versions (certifier_id) WHERE observed_until IS NULL;
"""
"""What each row said, from the run that first showed it until the first run that showed something else (exclusive), and
where it stood in that run's evidence."""

WORKING = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', '1');
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, url TEXT, started_at TEXT NOT NULL, finished_at TEXT, outcome TEXT,
  reason TEXT, pages INTEGER, rows INTEGER, rejected INTEGER, declared_total INTEGER, bytes INTEGER,
  not_modified INTEGER,
  code TEXT, statistics TEXT, fingerprint TEXT,
  decision TEXT CHECK (decision IN ('accepted', 'rejected')), decided_by TEXT, decided_at TEXT, decision_reason TEXT);
CREATE TABLE evidence (
  sha256 TEXT NOT NULL, url TEXT NOT NULL, fetched_at TEXT NOT NULL, media_type TEXT, bytes INTEGER NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs(id), not_modified INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, url, sha256));
CREATE TABLE issues (
  run_id INTEGER NOT NULL REFERENCES runs(id), seq INTEGER NOT NULL, row INTEGER, field TEXT NOT NULL,
  raw TEXT NOT NULL, message TEXT NOT NULL, code TEXT NOT NULL, url TEXT, sha256 TEXT, locator TEXT,
  PRIMARY KEY (run_id, seq)) WITHOUT ROWID;
CREATE TABLE contents (
  fingerprint TEXT NOT NULL, chunk INTEGER NOT NULL, records BLOB NOT NULL, PRIMARY KEY (fingerprint, chunk));
CREATE TABLE observations (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs(id), source TEXT NOT NULL,
  observed_at TEXT NOT NULL, cause TEXT NOT NULL, fingerprint TEXT NOT NULL);
CREATE INDEX observations_order ON observations (source, observed_at);
CREATE TABLE host_words (host_id TEXT PRIMARY KEY REFERENCES hosts(id), key TEXT NOT NULL, words TEXT NOT NULL);
CREATE TABLE absences (
  table_name TEXT NOT NULL, row_id TEXT NOT NULL, missing_since TEXT NOT NULL, PRIMARY KEY (table_name, row_id));
CREATE TABLE successions (
  old_id TEXT NOT NULL REFERENCES certificates(id), new_id TEXT NOT NULL REFERENCES certificates(id),
  PRIMARY KEY (old_id, new_id)) WITHOUT ROWID;
CREATE TABLE given_ids (key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, id));
CREATE TABLE retired_changes (
  id INTEGER PRIMARY KEY, observed_at TEXT NOT NULL, run_id INTEGER, kind TEXT NOT NULL, host_id TEXT,
  certificate_id TEXT, certifier_id TEXT, field TEXT, before TEXT, after TEXT, cause TEXT NOT NULL);
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('merge', 'split', 'alias', 'siren')),
  host_id TEXT NOT NULL, other_id TEXT, selector TEXT, value TEXT, made_by TEXT NOT NULL, made_at TEXT NOT NULL,
  reason TEXT NOT NULL, undone_by TEXT, undone_at TEXT, undone_reason TEXT);
CREATE TABLE validators (
  url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, sha256 TEXT NOT NULL, media_type TEXT,
  stored_at TEXT NOT NULL);
CREATE TABLE documents (
  certificate_id TEXT PRIMARY KEY REFERENCES certificates(id), url TEXT NOT NULL,
  sha256 TEXT NOT NULL, read_at TEXT NOT NULL, run_id INTEGER REFERENCES runs(id), reading TEXT NOT NULL);
CREATE TRIGGER contradiction_added AFTER INSERT ON contradictions
  BEGIN UPDATE meta SET value = value + 1 WHERE key = 'generation'; END;
CREATE TRIGGER contradiction_altered AFTER UPDATE ON contradictions
  BEGIN UPDATE meta SET value = value + 1 WHERE key = 'generation'; END;
CREATE TRIGGER contradiction_settled AFTER DELETE ON contradictions
  BEGIN UPDATE meta SET value = value + 1 WHERE key = 'generation'; END;
"""
"""`generation` counts what could be published; `observations` are the accepted readings that history is folded from
(cause `elapsed`: no reading, 48 hours went by);
`host_words` are a host's normalised name and the words by which it is found, worked out once;
`given_ids` remembers which id a host or certificate got, so that recomputing history gives the same ids."""

SCHEMA = CURRENT + VERSIONS + WORKING

MIGRATIONS: dict[int, str] = {}
"""From that version to the next: SQL run in one transaction, after a copy of the store was put aside."""
