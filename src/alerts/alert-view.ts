import { iso } from "../platform/iso.ts";
import { descriptionOf } from "./alert-rules.ts";
import type { Alert } from "./alert-store.ts";

/** An alert as the API and its notifications show it. */
export const alertView = (alert: Alert) => ({
  id: alert.id,
  rule: alert.rule,
  target: alert.target,
  message: descriptionOf(alert.rule),
  value: alert.value,
  threshold: alert.threshold,
  opened_at: iso(alert.opened_at),
  last_seen_at: iso(alert.last_seen_at),
  resolved_at: iso(alert.resolved_at),
});

/** The same for operators, with the state of its delivery. */
export const alertDetail = (alert: Alert) => ({
  ...alertView(alert),
  opened_delivered_at: iso(alert.opened_delivered_at),
  resolved_delivered_at: iso(alert.resolved_delivered_at),
  attempts: alert.attempts,
  last_error: alert.last_error,
});
