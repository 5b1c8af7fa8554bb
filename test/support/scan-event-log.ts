import { env } from "cloudflare:workers";
import { appendEvents } from "../../src/events/append-events.ts";
import { catchUpProjections } from "../../src/events/catch-up.ts";
import { type LoggedEvent, parseEvents } from "../../src/events/logged-event.ts";
import { readLog } from "../../src/events/read-log.ts";
import { type ScanEvents, messagesOf } from "./build-scan-events.ts";

/** Appends the events of scans in one batch. */
export const appendScans = (...scans: ScanEvents[]) =>
  appendEvents(
    env.DB,
    scans.flatMap((scan) => messagesOf(scan)),
  );

/** Catches every projection up with the head of the log. */
export const catchUpToHead = () => catchUpProjections(env, 1_000);

const tables = {
  "daily-statistics": [
    "SELECT * FROM daily_statistics ORDER BY day, region, major, middle, model, outcome",
  ],
} as const;
export type ProjectionName = keyof typeof tables;
/** The projections of every scan; `confirmations` has rows of confirmed scans alone. */
export const projectionNames = ["daily-statistics"] as const;

/** All rows of a projection, byte for byte. */
export async function projectionRows(name: ProjectionName): Promise<string> {
  const found = await env.DB.batch(tables[name].map((query) => env.DB.prepare(query)));
  return found.flatMap(({ results }) => results.map((row) => JSON.stringify(row))).join("\n");
}

export const allProjectionRows = () => Promise.all(projectionNames.map(projectionRows));

/** Empties the log, the archive and all projections. */
export async function emptyLog(): Promise<void> {
  const names = [
    "event_segments",
    "event_jobs",
    "earlier_event_jobs",
    "event_archives",
    "event_readers",
    "dead_letters",
    "erased_users",
    "daily_statistics",
    "confirmations",
  ];
  await env.DB.batch(names.map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
  const { objects } = await env.EVENT_ARCHIVE.list();
  await env.EVENT_ARCHIVE.delete(objects.map(({ key }) => key));
}

/** All events of the log in the order of cursors, wherever they are. */
export async function wholeLog(): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for (let next = 0; ;) {
    const page = await readLog(env, next, 1_000);
    events.push(...page.events);
    next = page.next;
    if (next >= page.head) return events;
  }
}

/** The events that are in D1, in the order of cursors. */
export async function eventsInD1(): Promise<LoggedEvent[]> {
  const { results } = await env.DB.prepare(
    "SELECT events FROM event_segments ORDER BY last_cursor",
  ).all<{ events: string }>();
  return results.flatMap(({ events }) => parseEvents(events));
}

/** Changes the events in D1 for which `changeOf` returns what is to be changed. */
export async function rewriteEvents(
  changeOf: (event: LoggedEvent) => Partial<LoggedEvent> | null,
): Promise<void> {
  const { results } = await env.DB.prepare("SELECT last_cursor, events FROM event_segments").all<{
    last_cursor: number;
    events: string;
  }>();
  await env.DB.batch(
    results.map(({ last_cursor, events }) =>
      env.DB.prepare("UPDATE event_segments SET events = ? WHERE last_cursor = ?").bind(
        parseEvents(events)
          .map((event) => JSON.stringify({ ...event, ...changeOf(event) }))
          .join("\n"),
        last_cursor,
      ),
    ),
  );
}
