-- Saves that did not go through: one row a message, however often it comes. Times are Unix ms.
CREATE TABLE save_letters (
  -- `queue:` and the SHA-256 of the body.
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  -- The queue's id of the message that came last, so that its repetition is told from a new failure.
  message_id TEXT NOT NULL,
  -- Null when it cannot be read.
  user_id TEXT,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  -- The message as it came.
  body TEXT NOT NULL CHECK (json_valid(body)),
  redrives INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL CHECK (status IN ('parked', 'redriving', 'recovered', 'archived')),
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  -- When the automatic redrive may take it, or may take it again.
  next_redrive_at INTEGER NOT NULL
) STRICT;

CREATE INDEX save_letters_due ON save_letters (queue, status, next_redrive_at);
CREATE INDEX save_letters_by_time ON save_letters (last_seen_at, id);
CREATE INDEX save_letters_of_user ON save_letters (user_id) WHERE user_id IS NOT NULL;
