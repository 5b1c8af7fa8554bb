import { hasFields } from "../../client/src/has-fields.ts";

/** Tells a page that is open which of its paths a notification leads to. */
export interface NotificationTarget {
  target: string;
}

export const isNotificationTarget = (value: unknown): value is NotificationTarget =>
  hasFields(value, { target: "string" });
