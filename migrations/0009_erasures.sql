-- Receipts of erased users, by the SHA-256 of their id. Times are Unix ms.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  user_hash TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'done')),
  -- JSON: how much of what was found and removed.
  removed TEXT NOT NULL CHECK (json_valid(removed)),
  requested_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE INDEX erasures_by_user ON erasures (user_hash);
CREATE INDEX dead_letters_by_user ON dead_letters (user_id);
CREATE INDEX webhook_deliveries_by_user ON webhook_deliveries (user_id);
