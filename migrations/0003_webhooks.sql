-- What clients' servers are told: one row a webhook, which outlives its job. Times are Unix ms.
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  url TEXT NOT NULL,
  type TEXT NOT NULL,
  -- The body of each POST, byte by byte.
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  -- Tries begun since the webhook was created or redelivered.
  attempts INTEGER NOT NULL DEFAULT 0,
  last_status INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  last_attempt_at INTEGER,
  -- No try begins sooner: the wait after a failure, or the time that a running try may take.
  next_attempt_at INTEGER,
  delivered_at INTEGER,
  -- When it is given up.
  expires_at INTEGER NOT NULL,
  -- The queue message that carries it; others with its id are duplicates. NULL: none has come yet.
  message_id TEXT
) STRICT;

CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at, id);
CREATE INDEX webhook_deliveries_by_job ON webhook_deliveries (job_id, created_at, id);
CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (status, created_at, id);
