-- How many of a dead letter's redrives were automatic. Only these are limited: a redrive by hand spends none.
ALTER TABLE dead_letters ADD COLUMN automatic_redrives INTEGER NOT NULL DEFAULT 0;
UPDATE dead_letters SET automatic_redrives = redrives;
