-- What was measured now and then, a row a slot of five minutes: what operators' charts are drawn from.
-- Times are Unix ms.
CREATE TABLE samples (
  -- When its slot begins.
  slot INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  -- JSON, as src/metrics/measurement.ts defines it.
  reading TEXT NOT NULL CHECK (json_valid(reading))
) STRICT;
