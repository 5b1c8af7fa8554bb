import { deleteAttemptMinutes } from "./attempts-by-minute.ts";
import { deleteErrorMinutes } from "./errors-by-minute.ts";
import { countScans } from "./scan-metrics.ts";
import { deleteUnreadMinutes } from "./unread-rows.ts";
import { sql } from "../platform/sql.ts";

/** Slices of the event log that one run counts at most. */
const slicesPerRun = 60;
/** An isolate that lives has written within this time, ms. */
const writerRetentionMs = 7 * 24 * 60 * 60 * 1000;
/** Charts show an hour, and alert rules look back for less. */
const minuteRetentionMs = 61 * 60 * 1000;

/** Runs on the cron: counts scans that no scrape has counted, and deletes expired rows. */
export async function maintainMetrics(env: Env): Promise<void> {
  const { DB } = env;
  await countScans(env, slicesPerRun);
  const now = Date.now();
  await DB.batch([
    sql(DB)`DELETE FROM metric_writers WHERE seen_at < ${now - writerRetentionMs}`,
    deleteErrorMinutes(DB, now - minuteRetentionMs),
    deleteUnreadMinutes(DB, now - minuteRetentionMs),
    deleteAttemptMinutes(DB, now - minuteRetentionMs),
  ]);
}
