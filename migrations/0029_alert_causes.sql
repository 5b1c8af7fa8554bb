-- Why an alert was opened, where its rule knows: a provider's failure, in its own words.
ALTER TABLE alerts ADD COLUMN cause TEXT;

-- A page of history begins at a time.
CREATE INDEX alerts_by_opening ON alerts (opened_at, id);
CREATE INDEX confirmations_by_time ON confirmations (at);
