import type { Lane } from "../../src/pipeline/admission.ts";
import type { HistoryEntry } from "../../src/pipeline/history-entry.ts";
import { idempotencyMs } from "../../src/pipeline/idempotency.ts";
import { scanColumns } from "./account-tables.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
/** How long the object of an ended scan may hold data, ms: for a week it tries to publish what it could not. */
const retentionMs = 8 * dayMs;
/** How long a scan may be open, ms: it is parked for a week at most, and redriven three times by itself. */
const openMs = 30 * dayMs;
/** An open scan that was admitted longer ago is looked for, in case its end was never recorded, ms. */
export const oldMs = 8 * dayMs;
/** From the admission of a scan to its submission, at most, with what two machines' clocks may differ, ms. */
const submitMs = 2 * dayMs;
const clockMs = 60 * 1000;

/** From the first to the last of some scans, Unix ms. */
export interface ScanTimes {
  from: number;
  to: number;
}

/** A whole row of the table. */
export type ScanRow = Record<string, SqlStorageValue>;

/** A scan whose object may still hold data. */
const isLive = "ended_at IS NULL OR ended_at > ? OR match_of = ended_at AND matched IS NULL";

export type AccountScans = ReturnType<typeof accountScans>;

/** The scans of a user, as statements on their table. */
export function accountScans(sql: SqlStorage) {
  const rowsOf = <Row extends Record<string, SqlStorageValue>>(
    query: string,
    ...values: SqlStorageValue[]
  ) => sql.exec<Row>(query, ...values).toArray();

  return {
    /** The scan of an id, or of a key that has not expired. Earlier versions made the id of the key. */
    find(jobId: string, key: string | null, now: number) {
      const query = `SELECT id, lane FROM scans WHERE admitted_at > ?1
        AND (id = ?2 OR (key = ?3 OR id = ?3) AND (ended_at IS NULL OR ended_at > ?4))`;
      const [found] = rowsOf<{ id: string; lane: Lane }>(
        query,
        now - openMs,
        jobId,
        key,
        now - idempotencyMs,
      );
      return found ?? null;
    },

    /** How many scans were admitted since a time, and how many are open. */
    count(since: number, now: number) {
      const query = `SELECT count(*) FILTER (WHERE admitted_at >= ?2) AS today,
          count(*) FILTER (WHERE ended_at IS NULL AND parked = 0) AS open
        FROM scans WHERE admitted_at > ?1`;
      return sql.exec<{ today: number; open: number }>(query, now - openMs, since).one();
    },

    add(scan: { jobId: string; key: string | null; lane: Lane }, now: number) {
      const row = "INSERT INTO scans (admitted_at, id, key, lane) VALUES (?, ?, ?, ?)";
      sql.exec(row, now, scan.jobId, scan.key, scan.lane);
    },

    has: (jobId: string): boolean =>
      rowsOf("SELECT 1 FROM scans WHERE id = ? LIMIT 1", jobId).length > 0,

    isEmpty: (): boolean => rowsOf("SELECT 1 FROM scans LIMIT 1").length === 0,

    /**
     * Completes the row of a scan with the end of a run; a later end counts. Writes nothing when it was recorded.
     * @returns whether the scan is the user's.
     */
    recordEnd(entry: HistoryEntry): boolean {
      const { jobId, requestedAt, endedAt } = entry;
      const where = "id = ? AND admitted_at BETWEEN ? AND ?";
      const which = [jobId, requestedAt - submitMs, requestedAt + clockMs];
      const query = `SELECT ended_at, status FROM scans WHERE ${where}`;
      const [scan] = rowsOf<{ ended_at: number | null; status: string | null }>(query, ...which);
      if (!scan) return false;
      const isLater = (scan.ended_at ?? 0) < endedAt;
      if (!isLater && scan.status !== null) return true;
      const columns = columnsOf(entry);
      const set = Object.keys(columns).map((name) => `${name} = ?`);
      sql.exec(
        `UPDATE scans SET ${set.join()} WHERE ${where}`,
        ...Object.values(columns),
        ...which,
      );
      return true;
    },

    /** Adds a scan of an earlier version's history, unless it has a row that this completes. */
    restore(entry: HistoryEntry) {
      if (this.recordEnd(entry)) return;
      const columns = {
        admitted_at: entry.requestedAt,
        id: entry.jobId,
        lane: "prompt",
        ...columnsOf(entry),
      };
      const names = Object.keys(columns);
      const row = `INSERT INTO scans (${names.join()}) VALUES (${names.map(() => "?").join()})`;
      sql.exec(row, ...Object.values(columns));
    },

    /** Whole rows, oldest first, after one. */
    page: (after: ScanRow | null, limit: number): ScanRow[] =>
      rowsOf(
        `SELECT * FROM scans WHERE (admitted_at, id) > (?, ?) ORDER BY admitted_at, id LIMIT ?`,
        after?.["admitted_at"] ?? 0,
        after?.["id"] ?? "",
        limit,
      ),

    /** The row of a scan; null for none. */
    row: (jobId: string): ScanRow | null =>
      rowsOf("SELECT * FROM scans WHERE id = ? LIMIT 1", jobId)[0] ?? null,

    /** Whether the character of a scan is still to be matched. */
    isPending: (jobId: string): boolean =>
      rowsOf(
        "SELECT 1 FROM scans WHERE id = ? AND match_of = ended_at AND matched IS NULL LIMIT 1",
        jobId,
      ).length > 0,

    /** Adds a row of a guest's; or completes it with its first end. */
    adopt(row: ScanRow) {
      const set = scanColumns.map((name) => `${name} = excluded.${name}`);
      sql.exec(
        `INSERT INTO scans (${scanColumns.join()}) VALUES (${scanColumns.map(() => "?").join()})
        ON CONFLICT (admitted_at, id) DO UPDATE SET ${set.join()}
        WHERE scans.status IS NULL AND excluded.status IS NOT NULL`,
        ...scanColumns.map((name) => row[name] ?? null),
      );
    },

    /** A scan goes on after its end. Its history keeps the outcome until it ends again. */
    reopen: (jobId: string) => sql.exec("UPDATE scans SET ended_at = NULL WHERE id = ?", jobId),

    /** An open scan does not count for the limit any more. */
    setAside: (jobId: string) => sql.exec("UPDATE scans SET parked = 1 WHERE id = ?", jobId),

    /** An open scan has ended, with an outcome that has not arrived. */
    close(jobId: string, at: number) {
      const query = "UPDATE scans SET ended_at = max(coalesce(ended_at, 0), ?) WHERE id = ?";
      sql.exec(query, at, jobId);
    },

    remove: (jobId: string) => sql.exec("DELETE FROM scans WHERE id = ?", jobId),

    /** Open scans that count for the limit, or are old. */
    open(now: number) {
      const query = `SELECT id, admitted_at FROM scans
        WHERE ended_at IS NULL AND (parked = 0 OR admitted_at < ?)`;
      return rowsOf<{ id: string; admitted_at: number }>(query, now - oldMs);
    },

    hasOld(now: number): boolean {
      const query = `SELECT 1 FROM scans
        WHERE admitted_at BETWEEN ? AND ? AND ended_at IS NULL LIMIT 1`;
      return rowsOf(query, now - openMs, now - oldMs).length > 0;
    },

    /** The scans whose objects may still hold data, oldest first. */
    live(now: number): string[] {
      const query = `SELECT id FROM scans WHERE ${isLive} ORDER BY admitted_at, id`;
      return rowsOf<{ id: string }>(query, now - retentionMs).map(({ id }) => id);
    },

    /** Deletes the scans whose objects hold nothing. */
    removeReleased(now: number) {
      const query = `DELETE FROM scans WHERE id NOT IN (SELECT id FROM scans WHERE ${isLive})`;
      sql.exec(query, now - retentionMs);
    },

    /** The objects of these scans hold nothing any more. */
    release(jobIds: readonly string[]) {
      const query = `UPDATE scans SET ended_at = min(coalesce(ended_at, admitted_at), ?), key = NULL,
          match_of = NULL
        WHERE id IN (SELECT value FROM json_each(?))`;
      sql.exec(query, Date.now() - retentionMs, JSON.stringify(jobIds));
    },

    /** When the scans ran, in few stretches: neighbours are one. */
    ranges(now: number): ScanTimes[] {
      const ranges: ScanTimes[] = [];
      const query = "SELECT admitted_at, ended_at FROM scans ORDER BY admitted_at";
      for (const row of sql.exec<{ admitted_at: number; ended_at: number | null }>(query)) {
        const from = row.admitted_at;
        const to = row.ended_at ?? now;
        const last = ranges.at(-1);
        if (last && from <= last.to + hourMs) last.to = Math.max(last.to, to);
        else ranges.push({ from, to });
      }
      return ranges;
    },
  };
}

const columnsOf = (entry: HistoryEntry) => ({
  requested_at: entry.requestedAt,
  ended_at: entry.endedAt,
  status: entry.status,
  model: entry.model,
  region: entry.region,
  major: entry.major,
  middle: entry.middle,
  minor: entry.minor,
  insufficiencies: JSON.stringify(entry.insufficiencies),
  reward_code: entry.rewardCode,
  reward_name: entry.rewardName,
  error_code: entry.errorCode,
  photo_key: entry.photoKey,
});
