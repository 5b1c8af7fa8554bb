import { z } from "zod";
import { domainEventTypes } from "../pipeline/domain-event.ts";
import { type EventType, eventTypes } from "./contract/event-types.ts";
import { UnreadableArchive } from "./archive-object.ts";
import type { LoggedEvent } from "./logged-event.ts";
import { type EventFilter, type LogStores, readLog } from "./read-log.ts";

/** Types of one kind, which a request may name together. */
const families = ["scan.*", "catalog.*", "token.*"] as const;
const ofFamily = (family: string) => eventTypes.filter((it) => it.startsWith(family.slice(0, -1)));

const EventTypes = z.array(z.enum([...eventTypes, ...families])).transform((named): EventType[] => {
  const types = named.flatMap((it) => eventTypes.find((type) => type === it) ?? ofFamily(it));
  // Who names none may know scans alone.
  return types.length > 0 ? [...new Set(types)] : [...domainEventTypes];
});

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Date.parse(text))
  .optional();

/** The query of a feed request. No type means all events of scans. */
export const FeedQuery = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe("The last `X-Next-Cursor`; 0 is the beginning."),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe("How many."),
  wait: z.coerce
    .number()
    .min(0)
    .max(25)
    .default(0)
    .describe("How long to wait for the first event, s."),
  type: z
    .array(z.string())
    .default([])
    .transform((given) => given.flatMap((it) => it.split(",")).filter((it) => it !== ""))
    .pipe(EventTypes)
    .describe(
      "Only these types; repeated, or separated by commas. `catalog.*` is all of a kind. Without it, all of scans.",
    ),
  from: time.describe("Only events from this date or time on."),
  to: time.describe("Only events before this date or time."),
});

interface FeedPosition extends EventFilter {
  after: number;
  limit: number;
}

/** Pages of the log that one request reads at most, about 1 MB each. */
const pagesPerRequest = 8;

/**
 * Reads the events that follow a cursor.
 * @returns `next`, the cursor for the next request. It is after `after` when there may be more events, even
 * when none was found.
 * @throws {UnreadableArchive} when the next events cannot be read.
 */
async function readFeed(stores: LogStores, { after, limit, ...filter }: FeedPosition) {
  const events: LoggedEvent[] = [];
  let next = after;
  for (let pages = 0; pages < pagesPerRequest; pages++) {
    try {
      const page = await readLog(stores, next, limit - events.length, filter);
      events.push(...page.events);
      next = page.next;
      if (events.length === limit) return { events, next: events.at(-1)?.cursor ?? next };
      if (next >= page.head) break;
    } catch (error) {
      // What was found before is answered; the next request begins with what cannot be read.
      if (error instanceof UnreadableArchive && events.length > 0) break;
      throw error;
    }
  }
  return { events, next };
}

/** How often a long poll reads the log, ms. */
const pollIntervalMs = 500;

/** Reads the feed as `readFeed` does, and waits up to `ms`, or until `signal` aborts, for a first event. */
export async function awaitFeed(
  stores: LogStores,
  query: FeedPosition,
  ms: number,
  signal: AbortSignal,
) {
  const until = performance.now() + ms;
  let page = await readFeed(stores, query);
  while (page.events.length === 0 && !signal.aborted) {
    const left = until - performance.now();
    if (left <= 0) break;
    await scheduler.wait(Math.min(left, pollIntervalMs));
    page = await readFeed(stores, { ...query, after: page.next });
  }
  return page;
}
