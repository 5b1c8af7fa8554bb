import { log } from "../platform/log.ts";
import { evaluateRules } from "./alert-rules.ts";
import { type Alert, type FiringAlert, reconcile } from "./alert-store.ts";
import { deliverNotifications } from "./deliver-notifications.ts";
import { readRuleInput } from "./rule-input.ts";

/** Runs on the cron: evaluates the rules, opens and resolves alerts, and delivers notifications. */
export async function evaluateAlerts(env: Env): Promise<void> {
  const now = Date.now();
  const findings = evaluateRules(await readRuleInput(env, now));
  const unknown = findings.filter(({ value }) => value === null);
  const firing = findings.flatMap(({ value, ...finding }): FiringAlert[] =>
    value !== null && value > finding.threshold ? [{ ...finding, value }] : [],
  );
  const { opened, resolved } = await reconcile(env.DB, firing, unknown, now);
  for (const alert of opened) logAlert("alert.opened", alert);
  for (const alert of resolved) logAlert("alert.resolved", alert);
  await deliverNotifications(env);
}

const logAlert = (event: string, { id: alert, rule, target, value, threshold }: Alert) =>
  log("warn", event, { alert, rule, target, value, threshold });
