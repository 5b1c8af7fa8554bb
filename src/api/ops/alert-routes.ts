import { z } from "zod";
import { Alert, listAlerts } from "../../alerts/alert-store.ts";
import { AlertView, withMessage } from "../../alerts/alert-view.ts";
import { isoTime } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json } from "../openapi/response-bodies.ts";

const AlertDetail = body("Alert", "The same, with whether its receiver knows.", {
  ...AlertView.shape,
  opened_delivered_at: isoTime.nullable(),
  resolved_delivered_at: isoTime.nullable(),
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
  const listed = (await listAlerts(c.env.DB)).map(withMessage);
  const { open = [], recent = [] } = Object.groupBy(listed, ({ resolved_at }) =>
    resolved_at === null ? "open" : "recent",
  );
  return c.json(answerOf(Alerts, { open, recent }), 200);
});
