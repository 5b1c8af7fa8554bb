import { z } from "zod";
import { Span } from "../../src/api/ops/archive-routes.ts";
import { json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { badBody } from "./problems.ts";

const RestoreOrder = sends(
  "RestoreOrder",
  Span,
  "Which part of the archive, as dates or times, by whom and why.",
);
const Restored = answers(
  "Restored",
  z.object({
    hours: z.int(),
    events: z.int(),
    next: z.iso
      .datetime()
      .nullable()
      .meta({ description: "Where the next call is to begin; null when all of it is there." }),
    missing: z.array(z.string()).meta({ description: "Hours whose objects are gone." }),
  }),
  "What is in the log again, for a day at least.",
);

export const opsEvents: Resource = {
  tag: "Ops: archive",
  description: "The archived part of the event log.",
  operations: [
    operation("post", "/api/v1/ops/events/restore", {
      id: "restoreEvents",
      summary: "Put archived hours back into the log",
      description: "At most 24 hours of the log a call; what is there already stays as it is.",
      access: "operator",
      body: jsonBody(RestoreOrder, {
        "one day": { from: "2026-10-01", to: "2026-10-02", by: "kim", why: "an audit" },
      }),
      answers: {
        200: json("What was restored.", Restored, {
          "one day": { hours: 24, events: 812, next: null, missing: [] },
        }),
      },
      problems: badBody,
    }),
  ],
};
