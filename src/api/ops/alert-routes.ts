import { z } from "zod";
import { Alert, AlertPage, listAlertHistory, listAlerts } from "../../alerts/alert-store.ts";
import { AlertView, withMessage } from "../../alerts/alert-view.ts";
import { isoTime } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json, page } from "../openapi/response-bodies.ts";

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

const History = page("AlertHistory", { alerts: z.array(AlertDetail) });

const route = defineRoutes("Ops: alerts", "operator");

const listAlertsRoute = route("get", "/", "listAlerts", {
  summary: "What is wrong now, and what was of late",
  responses: { 200: json("The alerts.", Alerts) },
});

const listHistoryRoute = route("get", "/history", "listAlertHistory", {
  summary: "Every alert of the last 90 days",
  request: { query: AlertPage },
  responses: { 200: json("A page, the last opened first.", History) },
});

export const alerts = router()
  .openapi(listHistoryRoute, async (c) => {
    const { alerts, next_cursor } = await listAlertHistory(c.env.DB, c.req.valid("query"));
    return c.json(answerOf(History, { alerts: alerts.map(withMessage), next_cursor }), 200);
  })

  .openapi(listAlertsRoute, async (c) => {
    const listed = (await listAlerts(c.env.DB)).map(withMessage);
    const { open = [], recent = [] } = Object.groupBy(listed, ({ resolved_at }) =>
      resolved_at === null ? "open" : "recent",
    );
    return c.json(answerOf(Alerts, { open, recent }), 200);
  });
