-- A scan that its resident has confirmed ends again, and its row of the history changes.
CREATE TRIGGER scan_history_changed AFTER UPDATE ON scan_history
BEGIN
  UPDATE scan_totals SET scans = scans - 1
  WHERE user_id = old.user_id AND status = old.status AND major = coalesce(old.major, '')
    AND middle = coalesce(old.middle, '') AND reward_code = coalesce(old.reward_code, '');
  DELETE FROM scan_totals
  WHERE user_id = old.user_id AND status = old.status AND major = coalesce(old.major, '')
    AND middle = coalesce(old.middle, '') AND reward_code = coalesce(old.reward_code, '')
    AND scans <= 0;
  INSERT INTO scan_totals VALUES (new.user_id, new.status, coalesce(new.major, ''),
    coalesce(new.middle, ''), coalesce(new.reward_code, ''), 1)
  ON CONFLICT DO UPDATE SET scans = scans + 1;
END;

-- A projection: what residents chose where they were asked. `shown` is JSON: the candidates, by probability.
CREATE TABLE confirmations (
  cursor INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  model TEXT NOT NULL,
  confirmed_by TEXT NOT NULL,
  major TEXT NOT NULL,
  middle TEXT NOT NULL,
  shown TEXT NOT NULL CHECK (json_valid(shown))
) STRICT;
