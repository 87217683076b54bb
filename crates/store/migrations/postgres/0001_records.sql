-- As in ../0001_records.sql. Text is compared byte by byte, whatever the database's own order.
CREATE TABLE tenant (
  no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  head bigint NOT NULL DEFAULT 0
);

CREATE TABLE kind (
  no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

-- Indexes over members of `doc` are made at start from the model's facts.
CREATE TABLE record (
  row      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant   bigint NOT NULL,
  kind     bigint NOT NULL,
  id       text COLLATE "C" NOT NULL,
  parent   text COLLATE "C",
  etag     text COLLATE "C" NOT NULL,
  created  bigint NOT NULL,
  modified bigint NOT NULL,
  seq      bigint NOT NULL,
  doc      jsonb NOT NULL
);
CREATE UNIQUE INDEX record_key ON record (tenant, kind, id);
CREATE INDEX record_parent ON record (tenant, kind, parent, id) WHERE parent IS NOT NULL;

CREATE TABLE total (
  tenant  bigint NOT NULL,
  kind    bigint NOT NULL,
  records bigint NOT NULL,
  PRIMARY KEY (tenant, kind)
);

-- `row` is made of tenant and number (see tables/changes.rs).
CREATE TABLE change (
  row             bigint PRIMARY KEY,
  tenant          bigint NOT NULL,
  seq             bigint NOT NULL,
  kind            bigint NOT NULL,
  id              text COLLATE "C" NOT NULL,
  parent          text COLLATE "C",
  operation       bigint NOT NULL,
  actor           text NOT NULL,
  at              bigint NOT NULL,
  before_etag     text COLLATE "C",
  before_created  bigint,
  before_modified bigint,
  before_seq      bigint,
  doc             jsonb
);
CREATE INDEX change_before ON change (tenant, kind, seq, before_seq) WHERE before_seq IS NOT NULL;

-- `row` is half a digest, so it is given.
CREATE TABLE entity (
  row    bigint PRIMARY KEY,
  tenant bigint NOT NULL,
  rest   bigint NOT NULL,
  links  bytea NOT NULL
);

CREATE TABLE moved_alert (
  tenant   bigint NOT NULL,
  alert    text COLLATE "C" NOT NULL,
  incident text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, alert)
);

CREATE TABLE moved_incident (
  tenant   bigint NOT NULL,
  incident text COLLATE "C" NOT NULL,
  target   text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, incident)
);
CREATE INDEX moved_target ON moved_incident (tenant, target);

CREATE TABLE dedupe (
  tenant      bigint NOT NULL,
  fingerprint bytea NOT NULL,
  alert       text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, fingerprint)
);

CREATE TABLE counter (
  tenant bigint NOT NULL,
  name   text COLLATE "C" NOT NULL,
  value  bigint NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE consumer (
  tenant bigint NOT NULL,
  name   text COLLATE "C" NOT NULL,
  value  text NOT NULL,
  PRIMARY KEY (tenant, name)
);

-- Folding of case as Unicode says, not only of ASCII: by ICU where the server has it, else as the
-- database's own collation does it.
DO $$
DECLARE
  collation_name text := CASE
    WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_collation WHERE collname = 'und-x-icu')
    THEN 'und-x-icu' ELSE 'default' END;
BEGIN
  EXECUTE format(
    'CREATE FUNCTION fold_lower(it text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
     AS $f$ SELECT lower(it COLLATE %I) COLLATE "C" $f$', collation_name);
  EXECUTE format(
    'CREATE FUNCTION fold_upper(it text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
     AS $f$ SELECT upper(it COLLATE %I) COLLATE "C" $f$', collation_name);
END $$;

-- Rows of these are rewritten at every commit: room in the page keeps that in place.
ALTER TABLE tenant SET (fillfactor = 50);
ALTER TABLE total SET (fillfactor = 50);
ALTER TABLE counter SET (fillfactor = 50);
ALTER TABLE consumer SET (fillfactor = 50);
ALTER TABLE entity SET (fillfactor = 80);
