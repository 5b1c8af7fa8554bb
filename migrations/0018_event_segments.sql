-- The event log in segments: a row a batch of events, instead of a row an event. Times are Unix ms.
CREATE TABLE event_segments (
  -- The cursors of its first and last event. Segments do not overlap.
  last_cursor INTEGER PRIMARY KEY,
  first_cursor INTEGER NOT NULL,
  -- The earliest and the latest time of its events.
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  -- JSON: which types of events it has.
  types TEXT NOT NULL CHECK (json_valid(types)),
  -- How often events were redacted in it.
  redactions INTEGER NOT NULL DEFAULT 0,
  -- NDJSON, an event a line, in the order of cursors.
  events TEXT NOT NULL
) STRICT;

-- How far each job is in the log. A row is deleted some days after its job has ended.
CREATE TABLE event_jobs (
  job_id TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  -- Whether the job's last event is its end.
  ended INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Hours that are in R2 have their events there: none of theirs goes into a segment.
CREATE TABLE unarchived_events AS
SELECT cursor, type, at,
  json_object('cursor', cursor, 'job_id', job_id, 'seq', seq, 'type', type, 'at', at, 'user_id', user_id,
    'traceparent', traceparent, 'data', json(data)) AS line
FROM events
WHERE NOT EXISTS (
  SELECT 1 FROM event_archives AS archive
  WHERE events.cursor BETWEEN archive.first_cursor AND archive.last_cursor
    AND events.at >= archive.hour AND events.at < archive.hour + 3600000)
ORDER BY cursor;

-- About 500 events each, and never more than a row of D1 holds.
INSERT INTO event_segments (last_cursor, first_cursor, first_at, last_at, types, events)
SELECT max(cursor), min(cursor), min(at), max(at), json_group_array(DISTINCT type),
  group_concat(line, char(10) ORDER BY cursor)
FROM (
  SELECT *, sum(octet_length(line)) OVER (ORDER BY cursor) / 300000 AS part FROM unarchived_events)
GROUP BY part;
DROP TABLE unarchived_events;

-- Jobs of which more events may come: the recent ones, and those that have not ended. SQLite takes `type` and
-- `at` from the row of the highest seq.
INSERT INTO event_jobs (job_id, last_seq, ended, updated_at)
SELECT job_id, last_seq, ended, updated_at FROM (
  SELECT job_id, max(seq) AS last_seq, type IN ('scan.completed', 'scan.failed') AS ended,
    at AS updated_at
  FROM events GROUP BY job_id)
WHERE updated_at > unixepoch() * 1000 - 864000000 OR NOT ended;
INSERT INTO event_jobs (job_id, last_seq, ended, updated_at)
SELECT job_id, last_seq, 0, unixepoch() * 1000 FROM event_archive_jobs
WHERE job_id IN (SELECT job_id FROM open_jobs)
  OR job_id IN (SELECT job_id FROM dead_letters WHERE status IN ('parked', 'redriving'))
ON CONFLICT (job_id) DO UPDATE SET last_seq = max(last_seq, excluded.last_seq);

-- Segments that were moved to R2, a row an object.
CREATE TABLE archived_segments (
  last_cursor INTEGER PRIMARY KEY,
  first_cursor INTEGER NOT NULL,
  key TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  types TEXT NOT NULL CHECK (json_valid(types)),
  -- How many events it has: an object with fewer is damaged.
  events INTEGER NOT NULL,
  redactions INTEGER NOT NULL DEFAULT 0,
  -- An hour of the version before. Its cursors lie among those of other hours and of segments.
  by_hour INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO archived_segments
  (last_cursor, first_cursor, key, first_at, last_at, types, events, by_hour)
SELECT last_cursor, first_cursor, key, hour, hour + 3599999,
  json_array('scan.requested', 'scan.classified', 'scan.answered', 'scan.confirmed', 'scan.rewarded',
    'scan.completed', 'scan.failed', 'scan.parked'), events, 1
FROM event_archives;
DROP TABLE event_archives;
ALTER TABLE archived_segments RENAME TO event_archives;
CREATE INDEX event_archives_by_hour ON event_archives (last_cursor) WHERE by_hour = 1;

DROP TABLE events;
DROP TABLE event_archive_users;
DROP TABLE event_archive_jobs;

-- The audit of scans is a view of the log.
DROP TABLE scan_audit;
DELETE FROM event_readers WHERE name = 'audit';
DELETE FROM dead_letters WHERE kind = 'projection' AND source = 'audit';
