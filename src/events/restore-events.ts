import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";
import { type ArchivedHour, hourMs, hourOf, keyOf, readHour } from "./archived-hour.ts";
import { jsonChunks } from "./json-chunks.ts";
import { redactedData } from "./redacted-event.ts";
import { select, sql } from "../platform/sql.ts";

/** The minimum time that a restored hour stays in the log, ms. */
const restoredMs = 24 * hourMs;
const hoursPerCall = 24;

/** Reads who is erased in the same transaction: the object may have been read before its redaction. */
const insert = `
INSERT INTO events (cursor, job_id, seq, type, at, user_id, data, traceparent)
SELECT old.cursor, old.job_id, old.seq, old.type, old.at,
  iif(erased.user_hash IS NULL, old.user_id, NULL),
  iif(erased.user_hash IS NULL, old.data, old.redacted), old.traceparent
FROM (
  SELECT value ->> 'cursor' AS cursor, value ->> 'job_id' AS job_id, value ->> 'seq' AS seq,
    value ->> 'type' AS type, value ->> 'at' AS at, value ->> 'user_id' AS user_id,
    value ->> 'user_hash' AS user_hash, value ->> 'data' AS data, value ->> 'redacted' AS redacted,
    value ->> 'traceparent' AS traceparent
  FROM json_each(?1)) AS old
LEFT JOIN erased_users AS erased
  ON erased.user_hash = old.user_hash AND old.at <= erased.erased_at
WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.cursor = old.cursor)`;

/**
 * Copies the archived hours from `from` to before `to` back into the log, with their cursors, for at least
 * a day. Each call restores a bounded number of hours. Idempotent: events that the log has stay as they are.
 * @returns `next`, where the next call starts, Unix ms, null when the whole span is restored; and `missing`,
 * the keys of hours that have no object in the archive.
 */
export async function restoreEvents(
  { DB: db, EVENT_ARCHIVE: bucket }: Pick<Env, "DB" | "EVENT_ARCHIVE">,
  { from, to }: { from: number; to: number },
) {
  const now = Date.now();
  const hours = await select(db, z.object({ key: z.string(), hour: z.int() }))`
    SELECT key, hour FROM event_archives
    WHERE key >= ${keyOf(hourOf(from))} AND key < ${keyOf(hourOf(to + hourMs - 1))}
    ORDER BY key LIMIT ${hoursPerCall + 1}`;
  const missing: string[] = [];
  const restored = { hours: 0, events: 0, next: hours[hoursPerCall]?.hour ?? null, missing };
  for (const { key } of hours.slice(0, hoursPerCall)) {
    // First, so that the archiver does not move the hour again while it is restored.
    await sql(db)`UPDATE event_archives
      SET held_until = max(coalesce(held_until, 0), ${now + restoredMs}) WHERE key = ${key}`.run();
    const hour = await readHour(bucket, key);
    if (!hour) {
      missing.push(key);
      continue;
    }
    await insertHour(db, hour);
    restored.hours++;
    restored.events += hour.events.length;
  }
  return restored;
}

async function insertHour(db: D1Database, { events }: ArchivedHour): Promise<void> {
  const users = new Set(events.flatMap(({ user_id }) => user_id ?? []));
  const hashes = new Map(
    await Promise.all(Array.from(users, async (id) => [id, await sha256(id)] as const)),
  );
  const rows = events.map((event) =>
    Object.assign({}, event, {
      data: JSON.stringify(event.data),
      redacted: JSON.stringify(redactedData(event)),
      user_hash: hashes.get(event.user_id ?? "") ?? null,
    }),
  );
  for (const chunk of jsonChunks(rows)) await db.prepare(insert).bind(chunk).run();
}
