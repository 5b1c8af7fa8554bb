import { z } from "zod";
import { eventsUnreadable } from "./events-unreadable.ts";
import { UnreadableArchive } from "../events/archive-object.ts";
import { cloudEventOf, eventSources } from "../events/cloud-event.ts";
import { changeData } from "../events/contract/change-data.ts";
import { eventTypes, RedactedData } from "../events/contract/event-types.ts";
import { awaitFeed, FeedQuery } from "../events/event-feed.ts";
import { DomainEvent } from "../pipeline/domain-event.ts";
import { nextLink } from "./next-link.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, content } from "./openapi/response-bodies.ts";
import { queryParameters } from "./openapi/json-schemas.ts";
import { parse } from "./read-body.ts";
import { requireToken } from "./require-token.ts";

const Batch = z
  .array(
    body(
      "CloudEvent",
      "An event of a scan, without the resident's words, or a change that copies follow, as a CloudEvent 1.0.",
      {
        specversion: z.literal("1.0"),
        id: z.string().describe("What it is about, and its place in the events of that."),
        source: z.enum(Object.values(eventSources)),
        subject: z.string().describe("The scan; `catalog` or `tokens` for a change."),
        type: z.enum(eventTypes),
        time: z.iso.datetime(),
        datacontenttype: z.literal("application/json"),
        dataschema: z.url().describe("The JSON Schema of `data`, at the last version of its type."),
        cursor: z.string().describe("Its place in the log."),
        sequence: z.string().describe("Its place among those of its subject, compared as text."),
        userid: z.string().optional().describe("Absent once the user was erased."),
        traceparent: z.string().optional(),
        // An ended scan has the same data, however it has ended.
        data: z.union([
          ...new Set(DomainEvent.options.map(({ shape }) => shape.data)),
          ...Object.values(changeData),
          RedactedData,
        ]),
      },
    ),
  )
  .meta({ id: "CloudEventBatch", description: "Events in the order of their cursors." });

const route = defineRoutes("Events", "events");

const listEvents = route("get", "/", "listEvents", {
  summary: "What happened to scans, and changes that copies follow, after a cursor",
  description:
    "Each event is in the log once, and a scan's are in their order. Every event since the beginning is there. " +
    "Go on from `X-Next-Cursor` until it does not move any more: an answer may have few events, or none, " +
    "while more of these types or times follow.",
  parameters: queryParameters(FeedQuery),
  responses: {
    200: content("The events, perhaps none.", "application/cloudevents-batch+json", Batch, [
      "Cache-Control",
      "X-Next-Cursor",
      "Link",
    ]),
  },
  problems: ["VALIDATION_ERROR", "EVENTS_UNREADABLE"],
});

export const events = router(requireToken("EVENTS_TOKEN")).openapi(listEvents, async (c) => {
  const { type, ...single } = c.req.queries();
  const {
    wait,
    type: types,
    ...place
  } = parse(FeedQuery, {
    ...Object.fromEntries(Object.entries(single).map(([name, values]) => [name, values.at(-1)])),
    ...(type && { type }),
  });
  const asked = { ...place, types };
  const { events, next } = await awaitFeed(c.env, asked, wait * 1000, c.req.raw.signal).catch(
    (error: unknown) => {
      throw error instanceof UnreadableArchive
        ? eventsUnreadable(error, `after=${error.unread.last}`)
        : error;
    },
  );
  return c.body(JSON.stringify(events.map((event) => cloudEventOf(event, c.req.url))), 200, {
    "content-type": "application/cloudevents-batch+json",
    "x-next-cursor": String(next),
    link: nextLink(c.req.url, next),
  });
});
