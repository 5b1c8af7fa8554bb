-- What other domains hear of scans: an append-only log with one cursor for all. Times are Unix ms.
CREATE TABLE events (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id TEXT NOT NULL,
  -- Counts a job's events from 0 without gaps.
  seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- Null once its user was erased.
  user_id TEXT,
  data TEXT NOT NULL CHECK (json_valid(data)),
  -- W3C trace context of the scan's submit.
  traceparent TEXT,
  UNIQUE (job_id, seq)
) STRICT;

CREATE INDEX events_by_user ON events (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_type ON events (type, cursor);

-- Who reads the log, and how far each has come.
CREATE TABLE event_readers (
  name TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Events that a reader could not apply: it went on without them.
CREATE TABLE reader_dead_letters (
  reader TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  error TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (reader, cursor)
) STRICT;

-- Hours of the log that were moved to R2.
CREATE TABLE event_archives (
  key TEXT PRIMARY KEY,
  -- When the hour begins.
  hour INTEGER NOT NULL,
  first_cursor INTEGER NOT NULL,
  last_cursor INTEGER NOT NULL,
  events INTEGER NOT NULL,
  archived_at INTEGER NOT NULL,
  -- Its events were put back into the log, and stay there until then.
  held_until INTEGER
) STRICT;

-- How far each job's events have been moved: what comes again is known, and what follows has its place.
CREATE TABLE event_archive_jobs (
  job_id TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose events an archived hour holds, so that they are found when the user is erased.
CREATE TABLE event_archive_users (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;

-- Users who were erased, by the SHA-256 of their id: what is on its way and older is dropped.
CREATE TABLE erased_users (
  user_hash TEXT PRIMARY KEY,
  erased_at INTEGER NOT NULL
) STRICT;
