import { z } from "zod";
import { type DomainEvent, domainEventTypes } from "../pipeline/domain-event.ts";
import { EventRow } from "./logged-event.ts";

export type EventType = DomainEvent["type"];

const EventTypes = z.array(z.enum(domainEventTypes)).transform((types) => [...new Set(types)]);

/** The query of a feed request. No type means all types. */
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
    .describe("Only these types; repeated, or separated by commas."),
});

const ends = `SELECT (SELECT min(cursor) FROM events) AS oldest,
  (SELECT max(cursor) FROM events) AS head`;
const Ends = z.object({ oldest: z.int().nullable(), head: z.int().nullable() });

/** Types that are rare in the log. The index `events_of_rare_types` has exactly these. */
const rareTypes: ReadonlySet<EventType> = new Set(["scan.rewarded", "scan.failed", "scan.parked"]);

const literal = (type: EventType) => `'${type}'`;

const pageOf = (where: string) =>
  `SELECT * FROM (SELECT * FROM events WHERE ${where} AND cursor > ?1 ORDER BY cursor LIMIT ?2)`;

/** The statement that reads a page: rare types by their index, common types by the cursor. */
export function pageQuery(types: readonly EventType[]): string {
  const pages = types
    .filter((type) => rareTypes.has(type))
    .map((type) => pageOf(`type = ${literal(type)}`));
  const common = types.filter((type) => !rareTypes.has(type)).map(literal);
  if (common.length > 0) pages.push(pageOf(`type IN (${common.join(", ")})`));
  if (pages.length === 0) pages.push(pageOf("true"));
  return `${pages.join(" UNION ALL ")} ORDER BY cursor LIMIT ?2`;
}

interface FeedPosition {
  after: number;
  limit: number;
  types: readonly EventType[];
}

/**
 * Reads the events that follow a cursor.
 * @returns `next`, the cursor for the next request, and `oldest`, the first cursor in D1: older events
 * are archived. It is null when the log is empty.
 */
async function readFeed(db: D1Database, { after, limit, types }: FeedPosition) {
  const [page, found] = await db.batch([
    db.prepare(pageQuery(types)).bind(after, limit),
    db.prepare(ends),
  ]);
  const events = z.array(EventRow).parse(page?.results);
  const { oldest, head } = Ends.parse(found?.results[0]);
  const last = events.at(-1)?.cursor;
  // A page that is not full has reached the head of the log.
  const next = last !== undefined && events.length === limit ? last : Math.max(after, head ?? 0);
  return { events, next, oldest };
}

/** How often a long poll reads the log, ms. */
const pollIntervalMs = 500;

/** Reads the feed as `readFeed` does, and waits up to `ms`, or until `signal` aborts, for a first event. */
export async function awaitFeed(
  db: D1Database,
  query: FeedPosition,
  ms: number,
  signal: AbortSignal,
) {
  const until = performance.now() + ms;
  let page = await readFeed(db, query);
  while (page.events.length === 0 && !signal.aborted) {
    const left = until - performance.now();
    if (left <= 0) break;
    await scheduler.wait(Math.min(left, pollIntervalMs));
    page = await readFeed(db, { ...query, after: page.next });
  }
  return page;
}
