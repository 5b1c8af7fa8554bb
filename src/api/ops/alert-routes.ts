import { z } from "zod";
import { descriptionOf } from "../../alerts/alert-rules.ts";
import { alertDetail } from "../../alerts/alert-view.ts";
import { Alert, listAlerts } from "../../alerts/alert-store.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json } from "../openapi/response-bodies.ts";

const time = z.iso.datetime();

/** An alert as it is shown, and sent to `ALERT_WEBHOOK_URL`. */
export const AlertView = Alert.pick({ id: true, rule: true, value: true, threshold: true })
  .extend({
    target: z.string().describe("The queue or stage that it is about."),
    message: z.string().meta({
      description: "What is wrong, and where to look.",
      examples: [descriptionOf("backlog")],
    }),
    opened_at: time,
    last_seen_at: time,
    resolved_at: time.nullable(),
  })
  .meta({ id: "AlertNotice", description: "Something that is wrong, or was." });
const AlertDetail = body("Alert", "The same, with whether its receiver knows.", {
  ...AlertView.shape,
  opened_delivered_at: time.nullable(),
  resolved_delivered_at: time.nullable(),
  ...Alert.pick({ attempts: true, last_error: true }).shape,
});
const Alerts = body("Alerts", "What is wrong now, and what was in the last seven days.", {
  open: z.array(AlertDetail),
  recent: z.array(AlertDetail),
});

const route = defineRoutes("Ops: alerts", "operator");

const listAlertsRoute = route("get", "/", "listAlerts", {
  summary: "What is wrong now, and what was of late",
  responses: { 200: json("The alerts.", Alerts) },
});

export const alerts = router().openapi(listAlertsRoute, async (c) => {
  const { open = [], resolved = [] } = Object.groupBy(await listAlerts(c.env.DB), (alert) =>
    alert.resolved_at === null ? "open" : "resolved",
  );
  return c.json({ open: open.map(alertDetail), recent: resolved.map(alertDetail) }, 200);
});
