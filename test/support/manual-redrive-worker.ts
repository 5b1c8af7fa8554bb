import { evaluateAlerts } from "../../src/alerts/evaluate-alerts.ts";
import { collectSample } from "../../src/metrics/samples.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { stageOf } from "../../src/pipeline/stages/stage-table.ts";
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

// An outage parks scans within seconds, all with the same cause, and raises no alert for failures.
Object.assign(stageOf("answer"), { attempts: 2, backoff: { baseMs: 100, capMs: 100 } });
breakerLimits.failures = 1_000;

/** The Worker with a cron that redrives nothing, so that only the operator does. */
export default {
  ...worker,
  scheduled: async (_, env) => {
    await Promise.all([collectSample(env), evaluateAlerts(env)]);
  },
} satisfies ExportedHandler<Env>;
