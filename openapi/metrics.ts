import { z } from "zod";
import { contentType } from "../src/metrics/exposition.ts";
import { content } from "./bodies.ts";
import { answers } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";

const Exposition = answers(
  "Exposition",
  z.string().regex(/# EOF\n$/),
  "OpenMetrics text. Families are listed even while they have no samples.",
);

export const metrics: Resource = {
  tag: "Metrics",
  description: "What Prometheus scrapes.",
  operations: [
    operation("get", "/metrics", {
      id: "getMetrics",
      summary: "Every metric, as OpenMetrics",
      access: "scraper",
      answers: {
        200: content("The metrics.", contentType, Exposition, {
          "one family":
            '# TYPE eco2_queue_backlog_messages gauge\n# HELP eco2_queue_backlog_messages Messages that wait in a queue or run.\neco2_queue_backlog_messages{queue="scan-vision"} 0\n# EOF\n',
        }),
      },
    }),
  ],
};
