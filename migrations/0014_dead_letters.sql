-- One table for the dead letters of every kind. Times are Unix ms.
CREATE TABLE dead_letters_of_every_kind (
  -- Of a stage: `jobId:stage`. Of a write: `queue:` and the SHA-256 of the body. Of a projection:
  -- `projection:cursor`. Of a message that cannot be read: the message's id.
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('stage', 'write', 'projection')),
  -- The stage, the queue or the projection.
  source TEXT NOT NULL,
  job_id TEXT,
  user_id TEXT,
  error_code TEXT NOT NULL,
  error_message TEXT NOT NULL,
  -- Dead letters of the same cause have the same one.
  fingerprint TEXT NOT NULL,
  model TEXT,
  regulation_version TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Redrives that were decided; a job counts those that it carried out.
  redrives INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL CHECK (status IN ('parked', 'redriving', 'recovered', 'archived', 'discarded')),
  -- The message as it arrived: of a write, and of a message that cannot be read.
  body TEXT,
  -- The queue's id of the last message of a write: tells a redelivery from a new failure.
  message_id TEXT,
  -- Where a projection's event is in the log.
  cursor INTEGER,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  -- When the automatic redrive may claim it. Null: only an operator redrives it.
  next_redrive_at INTEGER,
  claimed_at INTEGER,
  -- The operated redrive that claimed it last; null for the automatic one.
  redrive_id TEXT
) STRICT;

-- The dead-letter queue of webhooks kept its unreadable messages under its own name.
INSERT INTO dead_letters_of_every_kind (id, kind, source, job_id, user_id, error_code, error_message,
  fingerprint, model, regulation_version, attempts, redrives, status, body, first_seen_at, last_seen_at,
  next_redrive_at, claimed_at, redrive_id)
SELECT id, iif(stage = 'dlq-webhooks', 'write', 'stage'), replace(stage, 'dlq-webhooks', 'webhooks'),
  job_id, user_id, replace(error_code, 'JOB_GONE', 'JOB_NOT_FOUND'), error_message,
  replace(replace(fingerprint, 'dlq-webhooks/', 'webhooks/'), '/JOB_GONE', '/JOB_NOT_FOUND'), model,
  regulation_version, attempts, redrives, status, body, first_seen_at, last_seen_at, next_redrive_at,
  claimed_at, redrive_id
FROM dead_letters;

-- A redrive that was claimed was due again after an hour.
INSERT INTO dead_letters_of_every_kind (id, kind, source, job_id, user_id, error_code, error_message,
  fingerprint, redrives, status, body, message_id, first_seen_at, last_seen_at, next_redrive_at, claimed_at)
SELECT id, 'write', queue, iif(queue = 'scan-events', body ->> '$.jobId', NULL), user_id,
  replace(error_code, 'SAVE_FAILED', 'WRITE_FAILED'), error_message,
  queue || '/' || replace(error_code, 'SAVE_FAILED', 'WRITE_FAILED'), redrives, status, body, message_id,
  first_seen_at, last_seen_at, next_redrive_at,
  iif(status = 'redriving', next_redrive_at - 3600000, NULL)
FROM save_letters;

INSERT INTO dead_letters_of_every_kind (id, kind, source, job_id, user_id, error_code, error_message,
  fingerprint, status, cursor, first_seen_at, last_seen_at)
SELECT old.reader || ':' || old.cursor, 'projection', old.reader, events.job_id, events.user_id,
  'EVENT_NOT_APPLIED', old.error,
  old.reader || '/EVENT_NOT_APPLIED/' || coalesce(events.type, '-'), 'parked', old.cursor, old.at, old.at
FROM reader_dead_letters AS old LEFT JOIN events USING (cursor);

DROP TABLE dead_letters;
DROP TABLE save_letters;
DROP TABLE reader_dead_letters;
ALTER TABLE dead_letters_of_every_kind RENAME TO dead_letters;

CREATE INDEX dead_letters_due ON dead_letters (kind, source, status, next_redrive_at);
CREATE INDEX dead_letters_by_cause ON dead_letters (fingerprint, status);
CREATE INDEX dead_letters_of_redrive ON dead_letters (redrive_id, status) WHERE redrive_id IS NOT NULL;
CREATE INDEX dead_letters_by_time ON dead_letters (last_seen_at, id);
CREATE INDEX dead_letters_by_user ON dead_letters (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX dead_letters_by_event ON dead_letters (cursor) WHERE cursor IS NOT NULL;

-- Every redrive of a stage that is decided, by the cron or by hand, is counted where it is written.
CREATE TRIGGER dead_letters_redriven AFTER UPDATE OF redrives ON dead_letters
WHEN new.kind = 'stage' AND new.redrives > old.redrives
BEGIN
  INSERT INTO metric_counters (name, labels, value)
  VALUES ('eco2_stage_redriven', json_object('stage', new.source), new.redrives - old.redrives)
  ON CONFLICT (name, labels) DO UPDATE SET value = metric_counters.value + excluded.value;
END;

-- An operated redrive names the source of what it takes, whatever its kind.
UPDATE redrives SET request =
  json_set(json_remove(request, '$.filter.stage'), '$.filter.source', request ->> '$.filter.stage')
WHERE request ->> '$.filter.stage' IS NOT NULL;
