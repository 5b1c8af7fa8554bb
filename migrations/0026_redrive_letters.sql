-- The dead letters that each operated redrive takes, and what became of each: a later redrive changes nothing here.
-- Times are Unix ms.
CREATE TABLE redrive_letters (
  redrive_id TEXT NOT NULL,
  dead_letter_id TEXT NOT NULL,
  -- Null: it was not taken yet, or never.
  taken_at INTEGER,
  -- Null: it is to be taken, or is on its way.
  outcome TEXT CHECK (outcome IN ('recovered', 'failed_again', 'cancelled', 'discarded', 'left_parked')),
  PRIMARY KEY (redrive_id, dead_letter_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX redrive_letters_open ON redrive_letters (dead_letter_id) WHERE outcome IS NULL;

-- Of earlier redrives only what their last dead letters show is known.
INSERT INTO redrive_letters (redrive_id, dead_letter_id, taken_at, outcome)
SELECT redrive_id, id, coalesce(claimed_at, last_seen_at),
  CASE status WHEN 'redriving' THEN NULL WHEN 'recovered' THEN 'recovered'
    WHEN 'discarded' THEN 'discarded' ELSE 'failed_again' END
FROM dead_letters WHERE redrive_id IS NOT NULL;

UPDATE redrives SET status = 'stopped', outcome = 'It was stopped by a deployment.',
  ended_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)
WHERE status = 'running';

CREATE TRIGGER redrive_letters_taken AFTER UPDATE OF redrive_id ON dead_letters
WHEN new.redrive_id IS NOT NULL
BEGIN
  UPDATE redrive_letters SET taken_at = new.claimed_at
  WHERE redrive_id = new.redrive_id AND dead_letter_id = new.id AND taken_at IS NULL;
END;

-- Whoever settles a dead letter settles it in the redrive that has taken it.
CREATE TRIGGER redrive_letters_settled AFTER UPDATE OF status ON dead_letters
WHEN new.redrive_id IS NOT NULL AND new.status <> old.status AND new.status <> 'redriving'
BEGIN
  UPDATE redrive_letters SET outcome = CASE new.status WHEN 'recovered' THEN 'recovered'
    WHEN 'discarded' THEN 'discarded' ELSE 'failed_again' END
  WHERE redrive_id = new.redrive_id AND dead_letter_id = new.id AND taken_at IS NOT NULL
    AND coalesce(outcome, 'left_parked') = 'left_parked';
END;

-- The scans of an erased user have ended.
CREATE TRIGGER redrive_letters_deleted AFTER DELETE ON dead_letters
BEGIN
  UPDATE redrive_letters SET outcome = 'cancelled' WHERE dead_letter_id = old.id AND outcome IS NULL;
END;
