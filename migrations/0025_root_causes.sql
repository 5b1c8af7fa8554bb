-- The provider that is at fault for the error; null when none is, and in rows of earlier versions.
ALTER TABLE dead_letters ADD COLUMN provider TEXT;
ALTER TABLE open_jobs ADD COLUMN provider TEXT;
