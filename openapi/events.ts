import { z } from "zod";
import { FeedQuery } from "../src/events/event-feed.ts";
import { DomainEvent, domainEventTypes } from "../src/pipeline/domain-event.ts";
import { content } from "./bodies.ts";
import { answers } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";
import { inQuery } from "./parameters.ts";
import { classification, jobId, traceId } from "../src/api/scan-examples.ts";

const Redacted = z
  .looseObject({ redacted: z.literal(true) })
  .meta({ description: "What stays of an event whose user was erased." });

const CloudEvent = answers(
  "CloudEvent",
  z.object({
    specversion: z.literal("1.0"),
    id: z.string().meta({ description: "The scan and the event's place in it." }),
    source: z.literal("/api/v1/scan"),
    subject: z.string().meta({ description: "The scan." }),
    type: z.enum(domainEventTypes),
    time: z.iso.datetime(),
    datacontenttype: z.literal("application/json"),
    cursor: z.string().meta({ description: "Its place in the log of all scans." }),
    sequence: z.string().meta({ description: "Its place in its scan, compared as text." }),
    userid: z.string().optional().meta({ description: "Not there once the user was erased." }),
    traceparent: z.string().optional(),
    // An ended scan says the same, however it has ended.
    data: z.union([...new Set(DomainEvent.options.map(({ shape }) => shape.data)), Redacted]),
  }),
  "One thing that happened to a scan, as a CloudEvent 1.0. Neither the resident's words nor the answer's text " +
    "are in any.",
);
const Batch = answers("CloudEventBatch", z.array(CloudEvent), "In the order of their cursors.");

const event = {
  specversion: "1.0",
  id: `${jobId}/1`,
  source: "/api/v1/scan",
  subject: jobId,
  type: "scan.classified",
  time: "2026-11-22T11:34:27.780Z",
  datacontenttype: "application/json",
  cursor: "2",
  sequence: "0000000001",
  userid: "kim",
  traceparent: traceId,
  data: {
    classification,
    situation_tags: ["비닐_라벨_완전_제거됨", "세척_완료"],
    regulation_version: "a5eb5bc1b194",
  },
} satisfies z.input<typeof CloudEvent>;

export const events: Resource = {
  tag: "Events",
  description: "What other systems read of scans: the event log, from a cursor on.",
  operations: [
    operation("get", "/api/v1/events", {
      id: "listEvents",
      summary: "What happened to scans, after a cursor",
      description:
        "A batch of CloudEvents. Each event is in the log once, and a scan's are in their order. After 30 days " +
        "the log is archived: `X-Oldest-Cursor` says where it begins.",
      access: "reader",
      parameters: inQuery(FeedQuery, {
        after: "The last `X-Next-Cursor`; 0 is the beginning.",
        limit: "How many.",
        wait: "How long to wait for the first event, s.",
        type: "Only these types; given several times, or several separated by commas.",
      }),
      answers: {
        200: content(
          "The events, perhaps none.",
          "application/cloudevents-batch+json",
          Batch,
          { "one event": [event], none: [] },
          ["Cache-Control", "X-Next-Cursor", "X-Oldest-Cursor", "Link"],
        ),
      },
      problems: ["VALIDATION_ERROR"],
    }),
  ],
};
