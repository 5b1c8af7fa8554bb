-- A scan writes fewer rows: nearly every event of the common types is somebody's next one, so they are
-- found by the cursor; those that are looked for among many others keep an index by type.
DROP INDEX events_by_type;
CREATE INDEX events_of_rare_types ON events (type, cursor)
WHERE type = 'scan.rewarded' OR type = 'scan.failed' OR type = 'scan.parked';

-- The audit is kept in the order of its jobs, which takes an index less.
CREATE TABLE scan_audit_of_jobs (
  job_id TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  user_id TEXT,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (job_id, cursor)
) STRICT, WITHOUT ROWID;
INSERT INTO scan_audit_of_jobs SELECT job_id, cursor, user_id, type, at, detail FROM scan_audit;
DROP TABLE scan_audit;
ALTER TABLE scan_audit_of_jobs RENAME TO scan_audit;
CREATE INDEX scan_audit_by_user ON scan_audit (user_id) WHERE user_id IS NOT NULL;
