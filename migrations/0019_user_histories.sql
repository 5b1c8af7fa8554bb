-- A user's history is in the user's own object. What is here is moved there when its user reads it next.
DROP TRIGGER scan_history_added;
DROP TRIGGER scan_history_removed;
DROP TRIGGER scan_history_changed;
DROP TABLE scan_totals;
DROP INDEX scan_history_by_time;
DROP INDEX scan_history_by_major;
DROP INDEX scan_history_by_middle;
ALTER TABLE scan_history RENAME TO earlier_scans;
CREATE INDEX earlier_scans_by_user ON earlier_scans (user_id, job_id);

-- Its projection is gone, and so are the events that it could not apply.
DELETE FROM event_readers WHERE name = 'history';
DELETE FROM dead_letters WHERE kind = 'projection' AND source = 'history';
