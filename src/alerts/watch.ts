import { log } from "../platform/log.ts";
import { metrics } from "../metrics/ledger.ts";
import { findingsOf } from "./rules.ts";
import { readSignals } from "./signals.ts";
import { type Alert, type Firing, reconcile } from "./store.ts";
import { tellAlerts } from "./tell.ts";

/** One run: measures, opens and resolves alerts, and tells who is to know. */
export async function watchAlerts(env: Env): Promise<void> {
  await metrics.flush(env.DB, "now");
  const now = Date.now();
  const found = findingsOf(await readSignals(env, now));
  const unknown = found.filter(({ value }) => value === null);
  const firing = found.flatMap(({ value, ...finding }): Firing[] =>
    value !== null && value > finding.threshold ? [{ ...finding, value }] : [],
  );
  const { opened, resolved } = await reconcile(env.DB, firing, unknown, now);
  for (const alert of opened) note("alert.opened", alert);
  for (const alert of resolved) note("alert.resolved", alert);
  await tellAlerts(env);
}

const note = (event: string, { id: alert, rule, target, value, threshold }: Alert) =>
  log("warn", event, { alert, rule, target, value, threshold });
