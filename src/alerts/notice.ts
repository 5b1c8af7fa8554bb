import { saysOf } from "./rules.ts";
import type { Alert } from "./store.ts";
import { iso } from "../platform/iso.ts";

/** An alert as it is shown and told; times are ISO 8601. */
export const viewOf = (alert: Alert) => ({
  id: alert.id,
  rule: alert.rule,
  target: alert.target,
  message: saysOf(alert.rule),
  value: alert.value,
  threshold: alert.threshold,
  opened_at: iso(alert.opened_at),
  last_seen_at: iso(alert.last_seen_at),
  resolved_at: iso(alert.resolved_at),
});

/** The same for operators, with whether its receiver knows. */
export const detailOf = (alert: Alert) => ({
  ...viewOf(alert),
  opened_told_at: iso(alert.opened_told_at),
  resolved_told_at: iso(alert.resolved_told_at),
  attempts: alert.attempts,
  last_error: alert.last_error,
});

/** One thing to tell the receiver. The same again has the same id, so that a repetition is known. */
export interface Notice {
  id: string;
  body: string;
}

const noticeOf = (alert: Alert, what: "opened" | "resolved", at: number): Notice => ({
  id: `${alert.id}:${what}`,
  body: JSON.stringify({
    type: `alert.${what}`,
    timestamp: iso(at),
    data: viewOf(alert),
  }),
});

export const openedNotice = (alert: Alert): Notice => noticeOf(alert, "opened", alert.opened_at);

/** Null while it is open. */
export const resolvedNotice = (alert: Alert): Notice | null =>
  alert.resolved_at === null ? null : noticeOf(alert, "resolved", alert.resolved_at);
