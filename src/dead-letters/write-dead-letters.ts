import { z } from "zod";
import { log } from "../platform/log.ts";
import { GrantMessage, ScanEventsMessage } from "../pipeline/messages.ts";
import { redrivesPerRun, redriveWaitsMs } from "../pipeline/redrive-policy.ts";
import { sha256 } from "../platform/sha256.ts";

/** How long a settled letter is kept, ms. */
const keptMs = 7 * 24 * 60 * 60 * 1000;

/** Whose data a message holds, and until when, Unix ms. */
interface About {
  userId: string;
  at: number;
}
const ofGrant = GrantMessage.transform(({ userId, acquiredAt }): About => {
  return { userId, at: acquiredAt };
});
const ofEvents = ScanEventsMessage.transform(({ userId, events }): About => {
  return { userId, at: Math.max(...events.map(({ at }) => at)) };
});

/**
 * The queues whose messages say all themselves: what their bodies are, and by what of a letter's
 * body it is known that saving it again would change nothing.
 */
export const saveQueues = {
  "character-ownership": {
    binding: "CHARACTER_OWNERSHIP",
    about: ofGrant,
    saved: `EXISTS (SELECT 1 FROM character_ownerships
      WHERE user_id = body ->> 'userId' AND character_code = body -> 'character' ->> 'code')`,
  },
  "user-characters": {
    binding: "USER_CHARACTERS",
    about: ofGrant,
    saved: `EXISTS (SELECT 1 FROM user_characters
      WHERE user_id = body ->> 'userId' AND code = body -> 'character' ->> 'code'
        AND body ->> 'acquiredAt' BETWEEN acquired_at AND given_at)`,
  },
  "scan-events": {
    binding: "SCAN_EVENTS",
    about: ofEvents,
    saved: `NOT EXISTS (SELECT 1 FROM json_each(body, '$.events') AS sent WHERE NOT EXISTS (
      SELECT 1 FROM events WHERE job_id = body ->> 'jobId' AND seq = sent.value ->> 'seq'))`,
  },
} as const;
export const SaveQueue = z.enum(["character-ownership", "user-characters", "scan-events"]);
export type SaveQueue = z.infer<typeof SaveQueue>;

/** The waits before each redrive, ms, as SQL reads them. */
const waits = JSON.stringify(redriveWaitsMs);
/** Longer than a queue goes on with a message: one of which nothing was heard since was lost, ms. */
const unheardMs = Math.max(...redriveWaitsMs);

/** A message that its queue has given up. */
export interface DeadSave {
  queue: SaveQueue;
  messageId: string;
  body: unknown;
}

/**
 * Notes letters in one batch, under what they say: the same again is the same letter. Only a redrive
 * that came back is parked anew. What an erased user left is dropped.
 */
export async function keepSaves(db: D1Database, saves: readonly DeadSave[], now: number) {
  const statement = db.prepare(`
    INSERT INTO save_letters (id, queue, message_id, user_id, error_code, error_message, body, status,
      first_seen_at, last_seen_at, next_redrive_at)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?9
    WHERE NOT EXISTS (SELECT 1 FROM erased_users WHERE user_hash = ?10 AND erased_at >= ?11)
    ON CONFLICT (id) DO UPDATE SET
      status = 'parked', message_id = excluded.message_id, last_seen_at = excluded.last_seen_at,
      next_redrive_at = excluded.last_seen_at + coalesce(?12 ->> save_letters.redrives, 0)
    WHERE save_letters.status = 'redriving' AND save_letters.message_id <> excluded.message_id`);
  const letters = await Promise.all(
    saves.map(async ({ queue, messageId, body }) => {
      const text = JSON.stringify(body) ?? "null";
      const id = `${queue}:${await sha256(text)}`;
      const read = saveQueues[queue].about.safeParse(body);
      const said = read.success
        ? { code: "SAVE_FAILED", message: "Its queue gave it up.", status: "parked" }
        : { code: "MESSAGE_UNREADABLE", message: read.error.message, status: "archived" };
      const { code, message, status } = said;
      const { userId, at } = read.data ?? { userId: null, at: null };
      const hash = userId === null ? null : await sha256(userId);
      log("warn", "save.dead", { letter: id, code });
      const values = [id, queue, messageId, userId, code, message, text, status, now];
      return statement.bind(...values, hash, at, waits);
    }),
  );
  await db.batch(letters);
}

/**
 * One run of the automatic redrive: sees which letters were saved after all, gives up those that have
 * had their share, and sends what is due to its queue again. A letter is claimed before it is sent, so
 * that two runs at once send it once; one that was claimed and never came back is due again later.
 */
export async function redriveSaves(env: Env): Promise<void> {
  for (const queue of SaveQueue.options) {
    const now = Date.now();
    const { recovered, archived } = await settleSaves(env.DB, queue, now);
    const due = await claimSaves(env.DB, queue, now);
    await Promise.all(due.map((letter) => send(env[saveQueues[queue].binding], letter)));
    if (recovered + archived + due.length > 0) {
      log("info", "redrive.saves", { queue, taken: due.length, recovered, archived });
    }
  }
  await env.DB.prepare(
    "DELETE FROM save_letters WHERE status IN ('recovered', 'archived') AND last_seen_at < ?",
  )
    .bind(Date.now() - keptMs)
    .run();
}

async function settleSaves(db: D1Database, queue: SaveQueue, now: number) {
  const settled = await db.batch([
    db
      .prepare(
        `UPDATE save_letters SET status = 'recovered', last_seen_at = ?2
         WHERE queue = ?1 AND status IN ('parked', 'redriving') AND ${saveQueues[queue].saved}`,
      )
      .bind(queue, now),
    db
      .prepare(
        `UPDATE save_letters SET status = 'archived', last_seen_at = ?2
         WHERE queue = ?1 AND redrives >= ?3
           AND (status = 'parked' OR (status = 'redriving' AND next_redrive_at <= ?2))`,
      )
      .bind(queue, now, redriveWaitsMs.length),
  ]);
  const [recovered = 0, archived = 0] = settled.map(({ meta }) => meta.changes);
  return { recovered, archived };
}

const Claimed = z.object({ id: z.string(), body: z.string() });

async function claimSaves(db: D1Database, queue: SaveQueue, now: number) {
  const { results } = await db
    .prepare(
      `UPDATE save_letters SET status = 'redriving', redrives = redrives + 1,
         next_redrive_at = ?2 + ?3
       WHERE id IN (SELECT id FROM save_letters
         WHERE queue = ?1 AND status IN ('parked', 'redriving') AND next_redrive_at <= ?2 AND redrives < ?4
         ORDER BY next_redrive_at, id LIMIT ?5)
       RETURNING id, body`,
    )
    .bind(queue, now, unheardMs, redriveWaitsMs.length, redrivesPerRun)
    .all();
  return z.array(Claimed).parse(results);
}

async function send(queue: Queue, { id, body }: z.infer<typeof Claimed>): Promise<void> {
  try {
    await queue.send(JSON.parse(body));
  } catch (error) {
    log("error", "redrive.save_not_sent", { letter: id, error: String(error) });
  }
}
