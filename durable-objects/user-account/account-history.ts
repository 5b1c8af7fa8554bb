import type { HistoryPage } from "../../src/users/history.ts";

/** A row of a history. Times are Unix ms; `insufficiencies` is JSON. */
export type HistoryRow = Record<string, SqlStorageValue>;
/** How many scans have the same outcome. */
export type CountRow = Record<string, SqlStorageValue>;

const items = `admitted_at, id AS job_id, requested_at, ended_at, status, model, region, major, middle,
  minor, insufficiencies, reward_code, reward_name, error_code, photo_key`;
/** One text to sort by is sorted faster than four. */
const outcome = `status || char(0) || coalesce(major, '') || char(0) || coalesce(middle, '')
  || char(0) || coalesce(reward_code, '')`;

/** The ended scans of a user, newest first. */
export function accountHistory(sql: SqlStorage) {
  return {
    /** A page, and one row more when there is a next one. */
    page({ cursor, limit, category }: HistoryPage): HistoryRow[] {
      const [at, jobId] = cursor ?? [Number.MAX_SAFE_INTEGER, ""];
      const query = `SELECT ${items} FROM scans
        WHERE (admitted_at, id) < (?1, ?2) AND status IS NOT NULL
          AND (?3 IS NULL OR major = ?3 OR middle = ?3)
        ORDER BY admitted_at DESC, id DESC LIMIT ?4`;
      return sql.exec(query, at, jobId, category ?? null, limit + 1).toArray();
    },

    size: (): number =>
      sql
        .exec<{ scans: number }>("SELECT count(*) AS scans FROM scans WHERE status IS NOT NULL")
        .one().scans,

    erase: () => sql.exec("DELETE FROM scans WHERE status IS NOT NULL"),

    totals(): CountRow[] {
      const query = `SELECT status, nullif(major, '') AS major, nullif(middle, '') AS middle,
          nullif(reward_code, '') AS reward_code, count(*) AS scans
        FROM scans WHERE status IS NOT NULL GROUP BY ${outcome}`;
      return sql.exec(query).toArray();
    },
  };
}
