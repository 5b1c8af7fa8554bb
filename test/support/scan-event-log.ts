import { env } from "cloudflare:workers";
import { appendEvents } from "../../src/events/append-events.ts";
import { catchUpProjections } from "../../src/events/catch-up.ts";
import { type ScanEvents, messagesOf } from "./build-scan-events.ts";

/** Appends the events of scans in one batch. */
export const appendScans = (...scans: ScanEvents[]) =>
  appendEvents(
    env.DB,
    scans.flatMap((scan) => messagesOf(scan)),
  );

/** Catches every projection up with the head of the log. */
export const catchUpToHead = () => catchUpProjections(env.DB, 1_000);

const tables = {
  "daily-statistics": [
    "SELECT * FROM daily_statistics ORDER BY day, region, major, middle, model, outcome",
  ],
  audit: ["SELECT * FROM scan_audit ORDER BY cursor"],
} as const;
export type ProjectionName = keyof typeof tables;
/** The projections of every scan; `confirmations` has rows of confirmed scans alone. */
export const projectionNames = ["daily-statistics", "audit"] as const;

/** All rows of a projection, byte for byte. */
export async function projectionRows(name: ProjectionName): Promise<string> {
  const found = await env.DB.batch(tables[name].map((query) => env.DB.prepare(query)));
  return found.flatMap(({ results }) => results.map((row) => JSON.stringify(row))).join("\n");
}

export const allProjectionRows = () => Promise.all(projectionNames.map(projectionRows));

/** Empties the log, the archive and all projections. The next cursor is not reset. */
export async function emptyLog(): Promise<void> {
  const names = [
    "events",
    "event_readers",
    "dead_letters",
    "event_archives",
    "event_archive_users",
    "event_archive_jobs",
    "erased_users",
    "daily_statistics",
    "scan_audit",
    "confirmations",
  ];
  await env.DB.batch(names.map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
  const { objects } = await env.EVENT_ARCHIVE.list();
  await env.EVENT_ARCHIVE.delete(objects.map(({ key }) => key));
}

/** All rows of the log in the order of cursors. */
export async function wholeLog() {
  const { results } = await env.DB.prepare("SELECT * FROM events ORDER BY cursor").all<{
    cursor: number;
    job_id: string;
    seq: number;
    type: string;
    at: number;
    user_id: string | null;
    traceparent: string | null;
    data: string;
  }>();
  return results;
}
