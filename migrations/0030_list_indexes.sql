-- What operators' pages ask for every few seconds is found without what has ended.
CREATE INDEX dead_letters_by_status ON dead_letters (status, last_seen_at, id);
CREATE INDEX alerts_by_end ON alerts (resolved_at);
CREATE INDEX redrives_running ON redrives (id) WHERE status = 'running';

-- A cause may have thousands of dead letters, and a page of them has 25.
DROP INDEX dead_letters_by_cause;
CREATE INDEX dead_letters_by_cause ON dead_letters (fingerprint, last_seen_at, id);

-- The order of the list of jobs.
CREATE INDEX open_jobs_by_time ON open_jobs (coalesce(submitted_at, 0), job_id);

-- Who did something to a scan, and what somebody did.
CREATE INDEX audit_targets ON audit (target);
CREATE INDEX audit_operators ON audit (by);
