-- Who has which character. The first grant stands. Times are Unix ms.
CREATE TABLE character_ownerships (
  -- The job that gave it, or a random id for the default character.
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  character_code TEXT NOT NULL,
  acquired_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, character_code)
) STRICT, WITHOUT ROWID;

-- What a user's collection shows: the character as it was when it was given last.
CREATE TABLE user_characters (
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  dialog TEXT NOT NULL,
  -- When it was given first, and last: grants may come in any order.
  acquired_at INTEGER NOT NULL,
  given_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  username TEXT,
  display_name TEXT,
  nickname TEXT,
  phone_number TEXT,
  provider TEXT,
  last_login_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

-- Counts changes of the catalog, so that who holds a copy knows when it is old.
CREATE TABLE catalog_version (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO catalog_version VALUES (1, 1);

-- A reader's table: what each user has scanned. It outlives the jobs.
CREATE TABLE scan_history (
  job_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  model TEXT NOT NULL,
  region TEXT,
  major TEXT,
  middle TEXT,
  minor TEXT,
  insufficiencies TEXT NOT NULL CHECK (json_valid(insufficiencies)),
  reward_code TEXT,
  reward_name TEXT,
  error_code TEXT,
  photo_key TEXT,
  cost_micro_usd INTEGER NOT NULL
) STRICT;

CREATE INDEX scan_history_by_time ON scan_history (user_id, requested_at DESC, job_id DESC);
CREATE INDEX scan_history_by_major ON scan_history (user_id, major, requested_at DESC, job_id DESC);
CREATE INDEX scan_history_by_middle ON scan_history (user_id, middle, requested_at DESC, job_id DESC);
CREATE INDEX scan_history_counts ON scan_history (user_id, status, major, middle, reward_code);

-- A reader's table: what happened on each day (UTC).
CREATE TABLE daily_statistics (
  day TEXT NOT NULL,
  region TEXT NOT NULL,
  major TEXT NOT NULL,
  middle TEXT NOT NULL,
  model TEXT NOT NULL,
  outcome TEXT NOT NULL,
  scans INTEGER NOT NULL,
  rewards INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_micro_usd INTEGER NOT NULL,
  PRIMARY KEY (day, region, major, middle, model, outcome)
) STRICT, WITHOUT ROWID;

-- A reader's table: what was done in whose name, without what it was about.
CREATE TABLE scan_audit (
  cursor INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL,
  user_id TEXT,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX scan_audit_by_job ON scan_audit (job_id, cursor);
CREATE INDEX scan_audit_by_user ON scan_audit (user_id, cursor);
