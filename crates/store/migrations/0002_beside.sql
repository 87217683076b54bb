-- What is kept beside the documents of a kind (see tables/beside.rs): member paths, one to a line.
CREATE TABLE beside (
  kind    INTEGER PRIMARY KEY,
  sought  TEXT NOT NULL,
  tallied TEXT NOT NULL
) STRICT;

-- The terms of each record, under its row, as words: an index made of sorted runs that are merged
-- now and then, so that terms which arrive in no order cost an insert little. What to merge at
-- once is twice the usual, for the same reason.
CREATE VIRTUAL TABLE term USING fts5(
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
INSERT INTO term (term, rank) VALUES ('automerge', 8);

-- How many records have each combination of the tallied members; `doc` is the combination.
CREATE TABLE tally (
  tenant  INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  name    TEXT NOT NULL,
  doc     BLOB NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (tenant, kind, name)
) STRICT, WITHOUT ROWID;
