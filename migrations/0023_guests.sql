-- How many guests began at an address on a day. The address is a keyed hash that changes with the day.
CREATE TABLE guests_by_address (
  day INTEGER NOT NULL,
  address TEXT NOT NULL,
  guests INTEGER NOT NULL,
  PRIMARY KEY (day, address)
) STRICT, WITHOUT ROWID;
