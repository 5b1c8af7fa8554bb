import { z } from "zod";
import { openByRule, RuleCount } from "../alerts/alert-store.ts";
import { selectCounters, seriesFrom } from "./counters.ts";
import { DeadLetterCounts, deadLetterCounts } from "./dead-letter-counts.ts";
import { metrics } from "./metrics-buffer.ts";
import { streamExpiryMs } from "./open-streams.ts";
import { readQueueMetrics } from "./queue-metrics.ts";
import { countScans, Uncounted, uncounted } from "./scan-metrics.ts";
import { gauge, type Series } from "./series.ts";
import { parseRows } from "../platform/parse-rows.ts";
import { sql } from "../platform/sql.ts";

/** Slices of the event log that one scrape counts at most. The cron counts the rest. */
const slicesPerScrape = 4;

const OpenStreams = z.object({ streams: z.int() });

/** Collects every series with its current value. */
export async function collectMetrics(env: Env): Promise<Series[]> {
  const { DB } = env;
  await metrics.flush(DB, "now");
  await countScans(env, slicesPerScrape);
  const now = Date.now();
  const [queues, [counters, deadLetters, streams, alerts, lag]] = await Promise.all([
    readQueueMetrics(env),
    DB.batch([
      selectCounters(DB),
      deadLetterCounts(DB, now),
      sql(DB)`SELECT coalesce(sum(open_streams), 0) AS streams FROM metric_writers
        WHERE seen_at >= ${now - streamExpiryMs}`,
      openByRule(DB),
      uncounted(DB),
    ]),
  ]);
  return [
    ...seriesFrom(counters?.results ?? []),
    ...queues.flatMap(({ name: queue, backlog }) =>
      backlog
        ? [
            gauge("eco2_queue_backlog_messages", { queue }, backlog.messages),
            gauge("eco2_queue_oldest_message_age_seconds", { queue }, backlog.oldestAgeSeconds),
          ]
        : [],
    ),
    ...parseRows(DeadLetterCounts.element, deadLetters?.results, { store: "dead_letters" }).flatMap(
      ({ source, parked, redriving }) => [
        gauge("eco2_dead_letters", { source, status: "parked" }, parked),
        gauge("eco2_dead_letters", { source, status: "redriving" }, redriving),
      ],
    ),
    gauge("eco2_open_streams", {}, OpenStreams.parse(streams?.results[0]).streams),
    ...parseRows(RuleCount, alerts?.results, { store: "alerts" }).map(({ rule, alerts }) =>
      gauge("eco2_alerts_open", { rule }, alerts),
    ),
    gauge("eco2_scan_events_uncounted", {}, Uncounted.parse(lag?.results[0]).events),
  ];
}
