import { z } from "zod";
import { isoTime } from "../platform/iso.ts";
import { descriptionOf, pageOf } from "./alert-rules.ts";
import { Alert } from "./alert-store.ts";

/** An alert as it is shown, and sent to `ALERT_WEBHOOK_URL`. */
export const AlertView = Alert.pick({ id: true, rule: true, value: true, threshold: true })
  .extend({
    target: z.string().describe("The queue or stage that it is about."),
    message: z.string().meta({
      description: "What is wrong, and where to look.",
      examples: [descriptionOf("backlog")],
    }),
    cause: z.string().nullable().describe("Why, where its rule knows: a provider's own words."),
    page: z.string().meta({
      description:
        "The page that shows the cause: a path, or in notifications an address below `PUBLIC_URL`, where that is set.",
      examples: [pageOf("provider_failing", "openai")],
    }),
    opened_at: isoTime,
    last_seen_at: isoTime,
    resolved_at: isoTime.nullable(),
  })
  .meta({ id: "AlertNotice", description: "Something that is wrong, or was." });

/** An alert with its message and its page, to be given the shape of a view. */
export const withMessage = (alert: Alert) => ({
  ...alert,
  message: descriptionOf(alert.rule),
  page: pageOf(alert.rule, alert.target),
});
