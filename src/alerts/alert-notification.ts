import { iso } from "../platform/iso.ts";
import type { Alert } from "./alert-store.ts";
import { AlertView, withMessage } from "./alert-view.ts";

/** A message to the receiver. The id is the same for each attempt, so that it can drop duplicates. */
export interface AlertNotification {
  id: string;
  body: string;
}

/** @param publicUrl what the link to the alert's page begins with; without it the link is a path. */
export function notificationOf(
  alert: Alert,
  event: "opened" | "resolved",
  publicUrl = "",
): AlertNotification {
  const view = withMessage(alert);
  const page = URL.parse(view.page, publicUrl)?.href ?? view.page;
  return {
    id: `${alert.id}:${event}`,
    body: JSON.stringify({
      type: `alert.${event}`,
      timestamp: iso(alert[`${event}_at`]),
      data: AlertView.parse({ ...view, page }),
    }),
  };
}
