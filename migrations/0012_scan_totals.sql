-- What each user's history comes to, so that nobody counts it: a row a combination. It follows the
-- history in the statement that writes that. What is unknown is ''.
CREATE TABLE scan_totals (
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  major TEXT NOT NULL,
  middle TEXT NOT NULL,
  reward_code TEXT NOT NULL,
  scans INTEGER NOT NULL,
  PRIMARY KEY (user_id, status, major, middle, reward_code)
) STRICT, WITHOUT ROWID;

INSERT INTO scan_totals
SELECT user_id, status, coalesce(major, ''), coalesce(middle, ''), coalesce(reward_code, ''), COUNT(*)
FROM scan_history GROUP BY 1, 2, 3, 4, 5;

CREATE TRIGGER scan_history_added AFTER INSERT ON scan_history
BEGIN
  INSERT INTO scan_totals VALUES (new.user_id, new.status, coalesce(new.major, ''),
    coalesce(new.middle, ''), coalesce(new.reward_code, ''), 1)
  ON CONFLICT DO UPDATE SET scans = scans + 1;
END;

CREATE TRIGGER scan_history_removed AFTER DELETE ON scan_history
BEGIN
  UPDATE scan_totals SET scans = scans - 1
  WHERE user_id = old.user_id AND status = old.status AND major = coalesce(old.major, '')
    AND middle = coalesce(old.middle, '') AND reward_code = coalesce(old.reward_code, '');
  DELETE FROM scan_totals
  WHERE user_id = old.user_id AND status = old.status AND major = coalesce(old.major, '')
    AND middle = coalesce(old.middle, '') AND reward_code = coalesce(old.reward_code, '')
    AND scans <= 0;
END;

DROP INDEX scan_history_counts;
