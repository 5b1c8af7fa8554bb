-- What did not go through: one row a job and stage, or one a message that nobody could read.
-- Times are Unix ms.
CREATE TABLE dead_letters (
  -- `jobId:stage`, or the message's id when it names no job.
  id TEXT PRIMARY KEY,
  stage TEXT NOT NULL,
  job_id TEXT,
  user_id TEXT,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  -- Error, stage, model and regulation version: what has the same cause has the same one.
  fingerprint TEXT NOT NULL,
  model TEXT,
  regulation_version TEXT,
  attempts INTEGER NOT NULL,
  -- Decisions to redrive that were made; the job counts those it carried out.
  redrives INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL CHECK (status IN ('parked', 'redriving', 'recovered', 'archived', 'discarded')),
  -- The message as it came, where it could not be read.
  body TEXT,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  -- When the automatic redrive may take it.
  next_redrive_at INTEGER NOT NULL,
  claimed_at INTEGER,
  -- The operated redrive that took it; null for the automatic one.
  redrive_id TEXT
) STRICT;

CREATE INDEX dead_letters_due ON dead_letters (status, stage, next_redrive_at);
CREATE INDEX dead_letters_by_cause ON dead_letters (fingerprint, status);
CREATE INDEX dead_letters_of_redrive ON dead_letters (redrive_id, status) WHERE redrive_id IS NOT NULL;
CREATE INDEX dead_letters_by_time ON dead_letters (last_seen_at, id);

-- What an operator decided about many letters at once.
CREATE TABLE redrives (
  id TEXT PRIMARY KEY,
  action TEXT NOT NULL CHECK (action IN ('redrive', 'discard', 're-answer')),
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'stopped', 'aborted')),
  -- JSON: which letters, how fast, and how many first.
  request TEXT NOT NULL,
  by TEXT NOT NULL,
  why TEXT NOT NULL,
  -- How it ended, in words.
  outcome TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE INDEX redrives_by_time ON redrives (created_at);

-- Who changed what by hand.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

-- Jobs that are open for longer than usual, with when they wake up next.
CREATE TABLE open_jobs (
  job_id TEXT PRIMARY KEY,
  wakes_at INTEGER NOT NULL
) STRICT;

CREATE INDEX open_jobs_overdue ON open_jobs (wakes_at);
