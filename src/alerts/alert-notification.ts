import { iso } from "../platform/iso.ts";
import type { Alert } from "./alert-store.ts";
import { alertView } from "./alert-view.ts";

/** A message to the receiver. The id is the same for each attempt, so that it can drop duplicates. */
export interface AlertNotification {
  id: string;
  body: string;
}

const notificationOf = (
  alert: Alert,
  event: "opened" | "resolved",
  at: number,
): AlertNotification => ({
  id: `${alert.id}:${event}`,
  body: JSON.stringify({ type: `alert.${event}`, timestamp: iso(at), data: alertView(alert) }),
});

export const openedNotification = (alert: Alert): AlertNotification =>
  notificationOf(alert, "opened", alert.opened_at);

/** @returns null while the alert fires. */
export const resolvedNotification = (alert: Alert): AlertNotification | null =>
  alert.resolved_at === null ? null : notificationOf(alert, "resolved", alert.resolved_at);
