import { evaluateAlerts } from "../alerts/evaluate-alerts.ts";
import { archiveEvents } from "../events/archive-events.ts";
import { catchUpProjections } from "../events/catch-up.ts";
import { matchLoggedRegions } from "../events/match-logged-regions.ts";
import { turnJobHeads } from "../events/job-heads.ts";
import { deleteExpired } from "../images/retention.ts";
import { maintainMetrics } from "../metrics/maintain-metrics.ts";
import { collectSample } from "../metrics/samples.ts";
import { followChanges } from "../webhooks/follow-changes.ts";
import { sweepDeliveries } from "../webhooks/sweep-deliveries.ts";
import { redriveDue } from "./redrive-due.ts";

/** Slices that each projection catches up in a run: 60,000 events. */
const slicesPerRun = 60;

type Task = (env: Env) => Promise<unknown>;

/** What is done when, by the crons of `wrangler.toml`. */
const schedule = new Map<string, Task[]>([
  [
    "*/5 * * * *",
    [
      redriveDue,
      followChanges,
      sweepDeliveries,
      (env) => catchUpProjections(env, slicesPerRun),
      maintainMetrics,
      collectSample,
      evaluateAlerts,
      archiveEvents,
      matchLoggedRegions,
      ({ DB }) => turnJobHeads(DB),
    ],
  ],
  ["17 * * * *", [deleteExpired]],
]);

/** Runs what a cron asks for. One task's failure keeps no other from running. */
export async function runScheduled(cron: string, env: Env): Promise<void> {
  const tasks = schedule.get(cron);
  if (!tasks) throw new RangeError(`Nothing is scheduled at ${cron}`);
  const results = await Promise.allSettled(tasks.map((task) => task(env)));
  const failed = results.flatMap((it) => (it.status === "rejected" ? [it.reason as unknown] : []));
  if (failed.length > 0) throw new AggregateError(failed, `The cron ${cron} failed`);
}
