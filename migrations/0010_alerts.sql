-- Sums that only grow, for all isolates together: a row a series. What they are is said in src/metrics.
CREATE TABLE metric_counters (
  name TEXT NOT NULL,
  -- JSON: the labels of the series, in the order of its table.
  labels TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (name, labels)
) STRICT, WITHOUT ROWID;

-- Who adds to them: a row an isolate. A parcel that comes again, since its reply was lost, is known by
-- its seq. Times are Unix ms.
CREATE TABLE metric_writers (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  open_streams INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX metric_writers_by_time ON metric_writers (seen_at);

-- Every redrive that is decided, by the cron or by hand, is written here and nowhere else, so that it
-- is counted where it is written.
CREATE TRIGGER dead_letters_redriven AFTER UPDATE OF redrives ON dead_letters
WHEN new.redrives > old.redrives
BEGIN
  INSERT INTO metric_counters (name, labels, value)
  VALUES ('eco2_stage_redriven', json_object('stage', new.stage), new.redrives - old.redrives)
  ON CONFLICT (name, labels) DO UPDATE SET value = metric_counters.value + excluded.value;
END;

-- What was wrong, from when to when, and whether it was told. Times are Unix ms.
CREATE TABLE alerts (
  id TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  -- What it is about: a queue, a stage.
  target TEXT NOT NULL,
  -- What was measured last while it was open, and what it may be at most.
  value REAL NOT NULL,
  threshold REAL NOT NULL,
  opened_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  resolved_at INTEGER,
  -- When its receiver has accepted it. NULL: not yet.
  opened_told_at INTEGER,
  resolved_told_at INTEGER,
  -- Tries to tell it, and why the last one failed.
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  -- Somebody is telling it; nobody else tries before then.
  claimed_until INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One thing is wrong once, whoever looks and however often.
CREATE UNIQUE INDEX alerts_open ON alerts (rule, target) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_time ON alerts (last_seen_at);
