import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";
import { type ArchivedHour, hourMs, hourOf, keyOf, readHour } from "./archived-hour.ts";
import { chunksOf } from "./chunks.ts";
import { redactedData } from "./kept-event.ts";

/** How long a restored hour stays in the log at least, ms. */
const heldMs = 24 * hourMs;
const hoursPerCall = 24;

/** Who was erased is asked in the same transaction: the object may still have been whole when read. */
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

export interface Restored {
  /** Hours that are in the log again, with how many events. */
  hours: number;
  events: number;
  /** Where the rest of the span begins, Unix ms; null when all of it is restored. */
  next: number | null;
  /** Keys of hours whose objects are gone. */
  missing: string[];
}

/**
 * Puts archived hours back into the log, from `from` to before `to`, with the cursors they had, and
 * keeps them there for a day. A bounded number of hours a call; what is in the log already stays as
 * it is, so a call that died may be made again.
 */
export async function restoreEvents(
  { DB: db, EVENT_ARCHIVE: bucket }: Pick<Env, "DB" | "EVENT_ARCHIVE">,
  { from, to }: { from: number; to: number },
): Promise<Restored> {
  const now = Date.now();
  const found = await db
    .prepare("SELECT key, hour FROM event_archives WHERE key >= ? AND key < ? ORDER BY key LIMIT ?")
    .bind(keyOf(hourOf(from)), keyOf(hourOf(to + hourMs - 1)), hoursPerCall + 1)
    .all();
  const hours = z.array(z.object({ key: z.string(), hour: z.int() })).parse(found.results);
  const restored: Restored = {
    hours: 0,
    events: 0,
    next: hours[hoursPerCall]?.hour ?? null,
    missing: [],
  };
  for (const { key } of hours.slice(0, hoursPerCall)) {
    // Held first: else retention could move again what is just being put back.
    await db
      .prepare(
        "UPDATE event_archives SET held_until = max(coalesce(held_until, 0), ?2) WHERE key = ?1",
      )
      .bind(key, now + heldMs)
      .run();
    const hour = await readHour(bucket, key);
    if (!hour) {
      restored.missing.push(key);
      continue;
    }
    await putBack(db, hour);
    restored.hours++;
    restored.events += hour.events.length;
  }
  return restored;
}

async function putBack(db: D1Database, { events }: ArchivedHour): Promise<void> {
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
  for (const chunk of chunksOf(rows)) await db.prepare(insert).bind(chunk).run();
}
