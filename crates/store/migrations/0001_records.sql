-- Tenants and kinds are long names that every row and every index entry would repeat; they get
-- small numbers here. `head` is the number of the tenant's last change.
CREATE TABLE tenant (
  no   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  head INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE kind (
  no   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- One row per record. Indexes over members of `doc` are made at start from the model's facts.
CREATE TABLE record (
  row      INTEGER PRIMARY KEY,
  tenant   INTEGER NOT NULL,
  kind     INTEGER NOT NULL,
  id       TEXT NOT NULL,
  parent   TEXT,
  etag     TEXT NOT NULL,
  created  INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  doc      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX record_key ON record (tenant, kind, id);
CREATE INDEX record_parent ON record (tenant, kind, parent, id) WHERE parent IS NOT NULL;

-- How many records a collection has, so that counting them all need not read them all.
CREATE TABLE total (
  tenant  INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

-- The change log. `row` is made of tenant and number (see tables/changes.rs), so a tenant's lines
-- stand together in order without an index. An update or a delete carries the whole record as it
-- was (`doc` and the columns named before_*), which is what a list as of an earlier change number
-- is rebuilt from.
CREATE TABLE change (
  row             INTEGER PRIMARY KEY,
  tenant          INTEGER NOT NULL,
  seq             INTEGER NOT NULL,
  kind            INTEGER NOT NULL,
  id              TEXT NOT NULL,
  parent          TEXT,
  operation       INTEGER NOT NULL,
  actor           TEXT NOT NULL,
  at              INTEGER NOT NULL,
  before_etag     TEXT,
  before_created  INTEGER,
  before_modified INTEGER,
  before_seq      INTEGER,
  doc             BLOB
) STRICT;
CREATE INDEX change_before ON change (tenant, kind, seq, before_seq) WHERE before_seq IS NOT NULL;

-- The last alerts that named an entity, newest first, packed (see tables/remembered.rs), each with
-- the incident it was in at first. An entity is a digest of tenant and name: the row and `rest`.
CREATE TABLE entity (
  row    INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  rest   INTEGER NOT NULL,
  links  BLOB NOT NULL
) STRICT;

-- Alerts that left the incident their links name. Few do, so links need not be found again.
CREATE TABLE moved_alert (
  tenant   INTEGER NOT NULL,
  alert    TEXT NOT NULL,
  incident TEXT NOT NULL,
  PRIMARY KEY (tenant, alert)
) STRICT, WITHOUT ROWID;

-- Incidents whose alerts are all in another now; `target` never stands here as an incident that
-- moved on, so one step is enough.
CREATE TABLE moved_incident (
  tenant   INTEGER NOT NULL,
  incident TEXT NOT NULL,
  target   TEXT NOT NULL,
  PRIMARY KEY (tenant, incident)
) STRICT, WITHOUT ROWID;
CREATE INDEX moved_target ON moved_incident (tenant, target);

-- Which alert was made of what a source sent, by a digest of its fingerprint.
CREATE TABLE dedupe (
  tenant      INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  alert       TEXT NOT NULL,
  PRIMARY KEY (tenant, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
  tenant INTEGER NOT NULL,
  name   TEXT NOT NULL,
  value  INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- How far each reader of the log, and each follower of a file, has come.
CREATE TABLE consumer (
  tenant INTEGER NOT NULL,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- What the query planner assumes about sizes, instead of what it would guess (ten rows to a
-- tenant). Said once and never measured, so that a list is found the same way on every day.
ANALYZE record;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('record', 'record_key', '1000000 500000 250000 1'),
  ('record', 'record_parent', '1000000 500000 250000 20 1');
