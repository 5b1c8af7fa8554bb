-- Tokens that are refused before they run out. Times are Unix ms.
CREATE TABLE revocations (
  kind TEXT NOT NULL CHECK (kind IN ('jti', 'session', 'subject')),
  value TEXT NOT NULL,
  -- Of a subject, tokens from before then are refused: who logs in later is let in.
  revoked_at INTEGER NOT NULL,
  -- The row says nothing any more from then on; null: for good.
  until INTEGER,
  by TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX revocations_by_time ON revocations (revoked_at, value);
CREATE INDEX revocations_by_end ON revocations (until) WHERE until IS NOT NULL;

-- Refresh tokens that were exchanged. One that comes again is in two hands.
CREATE TABLE used_refreshes (
  jti TEXT PRIMARY KEY,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_refreshes_by_end ON used_refreshes (expires_at);
