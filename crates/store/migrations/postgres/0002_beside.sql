-- As in ../0002_beside.sql, but the terms of a record stand in its row.
CREATE TABLE beside (
  kind    bigint PRIMARY KEY,
  sought  text NOT NULL,
  tallied text NOT NULL
);

ALTER TABLE record ADD COLUMN terms bigint[];
CREATE INDEX record_terms ON record USING gin (terms) WHERE terms IS NOT NULL;

CREATE TABLE tally (
  tenant  bigint NOT NULL,
  kind    bigint NOT NULL,
  name    text COLLATE "C" NOT NULL,
  doc     jsonb NOT NULL,
  records bigint NOT NULL,
  PRIMARY KEY (tenant, kind, name)
);
ALTER TABLE tally SET (fillfactor = 50);
