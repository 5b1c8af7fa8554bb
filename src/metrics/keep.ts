import { forgetMinutes } from "./failure-minutes.ts";
import { countScans } from "./scan-metrics.ts";

/** How far a run of the cron counts the event log: 60,000 events. */
const slicesPerRun = 60;
/** An isolate lives for hours: one that was not heard of for so long sends nothing again, ms. */
const writerGoneMs = 7 * 24 * 60 * 60 * 1000;
/** Alerts look back a few minutes, ms. */
const minutesKeptMs = 60 * 60 * 1000;

/** What the cron does for the metrics: counts what nobody has scraped, and forgets what nobody needs. */
export async function keepMetrics({ DB }: Env): Promise<void> {
  await countScans(DB, slicesPerRun);
  const now = Date.now();
  await DB.batch([
    DB.prepare("DELETE FROM metric_writers WHERE seen_at < ?").bind(now - writerGoneMs),
    forgetMinutes(DB, now - minutesKeptMs),
  ]);
}
