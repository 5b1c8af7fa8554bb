import { z } from "zod";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";

const time = z.iso.datetime();

/** An alert as it is shown, and told to `ALERT_WEBHOOK_URL`. */
export const AlertView = answers(
  "AlertNotice",
  z.object({
    id: z.string(),
    rule: z.string(),
    target: z.string().meta({ description: "The queue or stage that it is about." }),
    message: z.string().meta({ description: "What is wrong, and where to look." }),
    value: z.number(),
    threshold: z.number(),
    opened_at: time,
    last_seen_at: time,
    resolved_at: time.nullable(),
  }),
  "Something that is wrong, or was.",
);
const Alert = answers(
  "Alert",
  z.object({
    ...AlertView.shape,
    opened_delivered_at: time.nullable(),
    resolved_delivered_at: time.nullable(),
    attempts: z.int(),
    last_error: z.string().nullable(),
  }),
  "The same, with whether its receiver knows.",
);
const Alerts = answers(
  "Alerts",
  z.object({ open: z.array(Alert), recent: z.array(Alert) }),
  "What is wrong now, and what was in the last seven days.",
);

/** An alert that is open. */
export const openAlert = {
  id: "0d2c6b0f-52a5-4a86-8c83-0d5f1ddc4b3f",
  rule: "backlog",
  target: "scan-answer",
  message: "More messages wait than are worked off; see GET /api/v1/ops/queues.",
  value: 1_204,
  threshold: 1_000,
  opened_at: "2026-11-22T11:35:00.000Z",
  last_seen_at: "2026-11-22T11:40:00.000Z",
  resolved_at: null,
};

export const alerts: Resource = {
  tag: "Ops: alerts",
  description: "What is wrong.",
  operations: [
    operation("get", "/api/v1/ops/alerts", {
      id: "listAlerts",
      summary: "What is wrong now, and what was of late",
      access: "operator",
      answers: {
        200: json("The alerts.", Alerts, {
          "one is open": {
            open: [
              {
                ...openAlert,
                opened_delivered_at: "2026-11-22T11:35:00.412Z",
                resolved_delivered_at: null,
                attempts: 1,
                last_error: null,
              },
            ],
            recent: [],
          },
        }),
      },
    }),
  ],
};
