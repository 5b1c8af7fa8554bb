-- How far a rewrite of the whole event log has come. Times are Unix ms.
CREATE TABLE log_rewrites (
  name TEXT PRIMARY KEY,
  -- The last cursor of the part that it has seen last.
  cursor INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  -- When it has seen the whole log; null before.
  done_at INTEGER
) STRICT, WITHOUT ROWID;
