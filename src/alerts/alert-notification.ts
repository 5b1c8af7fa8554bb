import { iso } from "../platform/iso.ts";
import type { Alert } from "./alert-store.ts";
import { AlertView, withMessage } from "./alert-view.ts";

/** A message to the receiver. The id is the same for each attempt, so that it can drop duplicates. */
export interface AlertNotification {
  id: string;
  body: string;
}

export const notificationOf = (alert: Alert, event: "opened" | "resolved"): AlertNotification => ({
  id: `${alert.id}:${event}`,
  body: JSON.stringify({
    type: `alert.${event}`,
    timestamp: iso(alert[`${event}_at`]),
    data: AlertView.parse(withMessage(alert)),
  }),
});
