-- The rows of event_jobs in two tables, the recent and the earlier: to drop a table writes no row, where a deletion
-- writes one for each.
CREATE TABLE earlier_event_jobs (
  job_id TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When the recent rows became the earlier ones, Unix ms.
CREATE TABLE event_job_turn (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  turned_at INTEGER NOT NULL
) STRICT;
INSERT INTO event_job_turn VALUES (1, unixepoch() * 1000);
