"""The tables of the published database `hds.db` (contract, section 3): names and columns that outsiders rely on.

Views, indexes, search tables and saved queries are added by `publish`.
"""

SCHEMA_VERSION = 1
"""`PRAGMA user_version` of a published registry that this program writes. Raised when a table or column changes its
meaning or goes away; what is only added raises nothing. A file without version (0) is read as far as its tables go."""

TABLES = """
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
CREATE TABLE activities (
  id INTEGER PRIMARY KEY, label_fr TEXT NOT NULL, label_en TEXT NOT NULL, legal_basis TEXT NOT NULL);
CREATE TABLE certificate_activities (
  certificate_id TEXT NOT NULL REFERENCES certificates(id), activity_id INTEGER NOT NULL REFERENCES activities(id),
  PRIMARY KEY (certificate_id, activity_id)) WITHOUT ROWID;
CREATE TABLE referentials (
  version TEXT PRIMARY KEY, label TEXT NOT NULL, published_on TEXT, issue_from TEXT, issue_until TEXT,
  usable_until TEXT, source TEXT NOT NULL);
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, url TEXT, started_at TEXT NOT NULL, finished_at TEXT, outcome TEXT,
  reason TEXT, pages INTEGER, rows INTEGER, rejected INTEGER, declared_total INTEGER, bytes INTEGER,
  not_modified INTEGER);
CREATE TABLE changes (
  id INTEGER PRIMARY KEY, observed_at TEXT NOT NULL, run_id INTEGER REFERENCES runs(id), kind TEXT NOT NULL,
  host_id TEXT REFERENCES hosts(id), certificate_id TEXT REFERENCES certificates(id),
  certifier_id TEXT REFERENCES certifiers(id), field TEXT, before TEXT, after TEXT, cause TEXT NOT NULL);
CREATE TABLE evidence (
  sha256 TEXT NOT NULL, url TEXT NOT NULL, fetched_at TEXT NOT NULL, media_type TEXT, bytes INTEGER NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs(id), PRIMARY KEY (run_id, url, sha256));
CREATE TABLE contradictions (
  certificate_id TEXT NOT NULL REFERENCES certificates(id), field TEXT NOT NULL, list_value TEXT,
  document_value TEXT, list_sha256 TEXT, document_sha256 TEXT, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
  PRIMARY KEY (certificate_id, field));
CREATE TABLE provenance (
  table_name TEXT NOT NULL, row_id TEXT NOT NULL, field TEXT NOT NULL, sha256 TEXT NOT NULL, locator TEXT NOT NULL,
  raw TEXT, PRIMARY KEY (table_name, row_id, field)) WITHOUT ROWID;
"""
