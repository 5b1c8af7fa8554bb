/**
 * The scans of a user: a row each, from its admission on. Its end completes the row, which stays as the user's
 * history. Times are Unix ms. There is no index, so that a scan writes two rows: what is looked for is recent,
 * and a whole history is read in a few milliseconds.
 */
const scans = `CREATE TABLE IF NOT EXISTS scans (
  admitted_at INTEGER NOT NULL,
  id TEXT NOT NULL,
  lane TEXT NOT NULL,
  -- The idempotency key that names it.
  key TEXT,
  -- It does not count for the limit of open scans: it is parked, or was never submitted.
  parked INTEGER NOT NULL DEFAULT 0,
  -- Null while it runs, and again while it goes on because it was confirmed.
  ended_at INTEGER,
  -- The end of the run whose character is to be matched; it is pending while it is the scan's end.
  match_of INTEGER,
  -- The grant that it came to, in JSON; null while it is pending.
  matched TEXT,
  -- The outcome of its last run; all null before its first end.
  requested_at INTEGER, status TEXT, model TEXT, region TEXT, major TEXT, middle TEXT, minor TEXT,
  insufficiencies TEXT, reward_code TEXT, reward_name TEXT, error_code TEXT, photo_key TEXT,
  PRIMARY KEY (admitted_at, id)
) STRICT, WITHOUT ROWID`;

/** The columns of a scan's row. */
export const scanColumns = [
  ..."admitted_at id lane key parked ended_at match_of matched requested_at status model region".split(
    " ",
  ),
  ..."major middle minor insufficiencies reward_code reward_name error_code photo_key".split(" "),
];

/** Creates the table of a user's account, and moves what an earlier version has stored. */
export function createAccountTables({ sql, kv }: DurableObjectStorage) {
  sql.exec(scans);
  const names = "SELECT name FROM sqlite_master WHERE type = 'table'";
  const tables = new Set(Array.from(sql.exec<{ name: string }>(names), ({ name }) => name));
  if (tables.has("grants")) {
    // Versions that had one of these granted before a scan ended. What was not announced is not its user's.
    const early = ["heirs", "pending_grants"].filter((name) => tables.has(name));
    if (early.length > 0) sql.exec("DELETE FROM grants WHERE announced = 0");
    for (const name of early) sql.exec(`DROP TABLE ${name}`);
    const grants = sql.exec<{ code: string; job_id: string }>("SELECT code, job_id FROM grants");
    for (const { code, job_id } of grants.toArray()) kv.put(characterKey(code), { id: job_id });
    sql.exec("DROP TABLE grants");
  }
  if (tables.has("jobs")) {
    const columns = "SELECT name FROM pragma_table_info('jobs')";
    const stored = Array.from(sql.exec<{ name: string }>(columns), ({ name }) => name).join();
    sql.exec(`INSERT OR IGNORE INTO scans (${stored}) SELECT ${stored} FROM jobs; DROP TABLE jobs`);
  }
  if (tables.has("days")) sql.exec("DROP TABLE days");
}

/** Before the code of each character that the user owns. */
export const characterPrefix = "character:";
export const characterKey = (code: string) => `${characterPrefix}${code}`;
