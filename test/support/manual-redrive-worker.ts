import { watchAlerts } from "../../src/alerts/watch.ts";
import { keepSample } from "../../src/metrics/samples.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { stageOf } from "../../src/pipeline/stages/stage-table.ts";
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

// An outage ends in parked scans within seconds, all for the same cause, and without an alert for failures.
Object.assign(stageOf("answer"), { attempts: 2, backoff: { baseMs: 100, capMs: 100 } });
breakerLimits.failures = 1_000;

/** The Worker, whose cron redrives nothing by itself, so that the operator always comes first. */
export default {
  ...worker,
  scheduled: async (_, env) => {
    await Promise.all([keepSample(env), watchAlerts(env)]);
  },
} satisfies ExportedHandler<Env>;
