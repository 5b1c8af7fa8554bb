import { z } from "zod";
import { openByRule, RuleCount } from "../alerts/store.ts";
import { type GaugeName, type LabelsOf } from "./families.ts";
import { metrics } from "./ledger.ts";
import { Letters, lettersSince } from "./letters.ts";
import type { Series } from "./open-metrics.ts";
import { streamGoneMs } from "./open-streams.ts";
import { readQueues } from "./queues.ts";
import { countScans, Uncounted, uncounted } from "./scan-metrics.ts";
import { seriesIn, storedSums } from "./stored.ts";

/** A scrape counts at most so many slices of the event log; the cron counts the rest. */
const slicesPerScrape = 4;

const OpenStreams = z.object({ streams: z.int() });

/** Everything that is measured, as it is now. */
export async function readMetrics(env: Env): Promise<Series[]> {
  const { DB } = env;
  await metrics.flush(DB, "now");
  await countScans(DB, slicesPerScrape);
  const now = Date.now();
  const [queues, [sums, letters, streams, alerts, lag]] = await Promise.all([
    readQueues(env),
    DB.batch([
      storedSums(DB),
      lettersSince(DB, now),
      DB.prepare(
        "SELECT coalesce(sum(open_streams), 0) AS streams FROM metric_writers WHERE seen_at >= ?",
      ).bind(now - streamGoneMs),
      openByRule(DB),
      uncounted(DB),
    ]),
  ]);
  return [
    ...seriesIn(sums?.results ?? []),
    ...queues.flatMap(({ name: queue, waiting }) =>
      waiting
        ? [
            gauge("eco2_queue_backlog_messages", { queue }, waiting.messages),
            gauge("eco2_queue_oldest_message_age_seconds", { queue }, waiting.oldestAgeSeconds),
          ]
        : [],
    ),
    ...Letters.parse(letters?.results).flatMap(({ source, parked, redriving }) => [
      gauge("eco2_dead_letters", { source, status: "parked" }, parked),
      gauge("eco2_dead_letters", { source, status: "redriving" }, redriving),
    ]),
    gauge("eco2_open_streams", {}, OpenStreams.parse(streams?.results[0]).streams),
    ...z
      .array(RuleCount)
      .parse(alerts?.results)
      .map(({ rule, alerts }) => gauge("eco2_alerts_open", { rule }, alerts)),
    gauge("eco2_scan_events_uncounted", {}, Uncounted.parse(lag?.results[0]).events),
  ];
}

const gauge = <Name extends GaugeName>(
  name: Name,
  labels: LabelsOf<Name>,
  value: number,
): Series => ({ name, labels, value });
