/** The columns that the first version of the table of jobs does not have. */
const columns = {
  parked: "INTEGER NOT NULL DEFAULT 0",
  key: "TEXT",
  /** The end of the run whose character is to be matched; it is pending while it is the scan's end. */
  match_of: "INTEGER",
  /** The grant that it came to, in JSON; null while it is pending. */
  matched: "TEXT",
};

/** Creates the tables of a user's account, or brings those of an earlier version up to date. */
export function createAccountTables(sql: SqlStorage) {
  dropEarlierGrants(sql);
  sql.exec(`
    CREATE TABLE IF NOT EXISTS jobs (
      id TEXT PRIMARY KEY, lane TEXT NOT NULL, admitted_at INTEGER NOT NULL, ended_at INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS days (day INTEGER PRIMARY KEY, scans INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS grants (
      code TEXT PRIMARY KEY, job_id TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;`);
  addColumns(sql);
}

/** Earlier versions granted before a scan ended. What such a scan has not announced is not its user's. */
function dropEarlierGrants(sql: SqlStorage) {
  const earlier = "SELECT name FROM sqlite_master WHERE name IN ('heirs', 'pending_grants')";
  for (const { name } of sql.exec<{ name: string }>(earlier).toArray()) {
    sql.exec(`DELETE FROM grants WHERE announced = 0; DROP TABLE ${name}`);
  }
}

function addColumns(sql: SqlStorage) {
  const query = "SELECT name FROM pragma_table_info('jobs')";
  const known = new Set(Array.from(sql.exec<{ name: string }>(query), ({ name }) => name));
  for (const [name, type] of Object.entries(columns)) {
    if (!known.has(name)) sql.exec(`ALTER TABLE jobs ADD COLUMN ${name} ${type}`);
  }
}
