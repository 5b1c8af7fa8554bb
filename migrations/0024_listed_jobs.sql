-- What an open job was like when it was tracked last, for the list of jobs. Null in rows of earlier versions.
ALTER TABLE open_jobs ADD COLUMN submitted_at INTEGER;
ALTER TABLE open_jobs ADD COLUMN user_id TEXT;
ALTER TABLE open_jobs ADD COLUMN trace_id TEXT;
ALTER TABLE open_jobs ADD COLUMN status TEXT;
ALTER TABLE open_jobs ADD COLUMN stage TEXT;
ALTER TABLE open_jobs ADD COLUMN error_code TEXT;
ALTER TABLE open_jobs ADD COLUMN model TEXT;
ALTER TABLE open_jobs ADD COLUMN region TEXT;

-- The jobs that an isolate accepted last, and when: JSON. They are listed before they are tracked.
ALTER TABLE metric_writers ADD COLUMN accepted TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(accepted));
