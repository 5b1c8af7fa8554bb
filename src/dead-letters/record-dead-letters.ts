import { notErased } from "../erasure/erased-users.ts";
import type { DeadLetter } from "../pipeline/dead-letter.ts";
import type { KnownFailureCode } from "../pipeline/failure-codes.ts";
import { nextRedriveAt, redriveWaitsMs } from "../pipeline/redrive-policy.ts";
import { log } from "../platform/log.ts";
import { sql } from "../platform/sql.ts";
import { sha256 } from "../platform/sha256.ts";
import type { DeadLetterKind } from "./dead-letter-kind.ts";
import { writeDeadLetterId, type WriteQueue, writeQueues } from "./write-queues.ts";

/**
 * Records the dead letters of parked jobs, in one batch. The same one again changes nothing. Of a redrive
 * that was decided and not carried out, and of one that is settled, nothing changes either.
 */
export async function recordStageDeadLetters(
  db: D1Database,
  deadLetters: readonly DeadLetter[],
): Promise<void> {
  if (deadLetters.length === 0) return;
  await db.batch(
    deadLetters.map((it) => {
      const nextAt = nextRedriveAt(it.parkedAt, it.automaticRedrives) ?? it.parkedAt;
      return sql(db)`
        INSERT INTO dead_letters (id, kind, source, job_id, user_id, error_code, error_message,
          fingerprint, model, regulation_version, attempts, redrives, status, first_seen_at,
          last_seen_at, next_redrive_at, automatic_redrives, provider)
        VALUES (${it.id}, 'stage', ${it.stage}, ${it.jobId}, ${it.userId}, ${it.code}, ${it.message},
          ${it.fingerprint}, ${it.model}, ${it.regulationVersion}, ${it.attempts}, ${it.redrives},
          'parked', ${it.parkedAt}, ${it.parkedAt}, ${nextAt}, ${it.automaticRedrives}, ${it.provider})
        ON CONFLICT (id) DO UPDATE SET
          status = 'parked', error_code = excluded.error_code, error_message = excluded.error_message,
          provider = excluded.provider, fingerprint = excluded.fingerprint, attempts = excluded.attempts, redrives = excluded.redrives,
          last_seen_at = excluded.last_seen_at, next_redrive_at = excluded.next_redrive_at,
          automatic_redrives = excluded.automatic_redrives, claimed_at = NULL
        WHERE excluded.redrives >= dead_letters.redrives
          AND dead_letters.status NOT IN ('archived', 'discarded')`;
    }),
  );
}

/** A message that its queue has given up. */
export interface DeadWrite {
  queue: WriteQueue;
  messageId: string;
  body: unknown;
}

/**
 * Records the dead letters of writes, in one batch. Messages of the same body are one dead letter. The
 * same message again changes nothing; a new failure of a redrive parks it. A message of an erased user is
 * dropped.
 */
export async function recordWriteDeadLetters(
  db: D1Database,
  writes: readonly DeadWrite[],
  now: number,
): Promise<void> {
  const waits = JSON.stringify(redriveWaitsMs);
  await db.batch(
    await Promise.all(
      writes.map(async ({ queue, messageId, body }) => {
        const text = JSON.stringify(body) ?? "null";
        const id = await writeDeadLetterId(queue, body);
        const read = writeQueues[queue].subject.safeParse(body);
        const [code, message, status] = read.success
          ? (["WRITE_FAILED", "The queue has used up its retries.", "parked"] as const)
          : (["MESSAGE_UNREADABLE", read.error.message, "archived"] as const);
        const { userId, at, jobId } = read.data ?? { userId: null, at: null, jobId: null };
        const hash = userId === null ? null : await sha256(userId);
        log("warn", "dead_letter.recorded", { kind: "write", source: queue, id, code });
        return sql(db)`
          INSERT INTO dead_letters (id, kind, source, message_id, job_id, user_id, error_code,
            error_message, fingerprint, body, status, first_seen_at, last_seen_at, next_redrive_at)
          SELECT ${id}, 'write', ${queue}, ${messageId}, ${jobId}, ${userId}, ${code}, ${message},
            ${`${queue}/${code}`}, ${text}, ${status}, ${now}, ${now}, ${now}
          WHERE ${notErased(hash, at)}
          ON CONFLICT (id) DO UPDATE SET
            status = 'parked', message_id = excluded.message_id, last_seen_at = excluded.last_seen_at,
            next_redrive_at = excluded.last_seen_at
              + coalesce(${waits} ->> dead_letters.automatic_redrives, 0),
            claimed_at = NULL
          WHERE dead_letters.status = 'redriving'
            AND dead_letters.message_id <> excluded.message_id`;
      }),
    ),
  );
}

/** An event that a projection could not apply. */
export interface UnappliedEvent {
  projection: string;
  event: { cursor: number; job_id: string; user_id: string | null; type: string };
  /** Why, without the event's values: they may be personal. */
  reason: string;
}

/** Records an event that a projection could not apply, as a statement of the batch that goes on without it. */
export function recordUnappliedEvent(
  db: D1Database,
  { projection, event: { cursor, job_id, user_id, type }, reason }: UnappliedEvent,
): D1PreparedStatement {
  log("error", "projection.event_refused", { projection, cursor });
  const code = "EVENT_NOT_APPLIED";
  const now = Date.now();
  return sql(db)`
    INSERT INTO dead_letters (id, kind, source, job_id, user_id, error_code, error_message, fingerprint,
      cursor, status, first_seen_at, last_seen_at)
    VALUES (${`${projection}:${cursor}`}, 'projection', ${projection}, ${job_id}, ${user_id}, ${code},
      ${reason}, ${`${projection}/${code}/${type}`}, ${cursor}, 'parked', ${now}, ${now})
    ON CONFLICT (id) DO UPDATE SET status = 'parked', error_message = excluded.error_message,
      last_seen_at = excluded.last_seen_at, claimed_at = NULL`;
}

/** A message that nobody can act on, and why. */
export interface PoisonMessage {
  id: string;
  kind: DeadLetterKind;
  source: string;
  /** The message as it arrived. */
  body: unknown;
  code: Extract<KnownFailureCode, "MESSAGE_UNREADABLE" | "JOB_NOT_FOUND">;
  reason: string;
}

/** Records messages that nobody can act on, archived at once. */
export async function recordPoisonMessages(
  db: D1Database,
  messages: readonly PoisonMessage[],
  now: number,
): Promise<void> {
  if (messages.length === 0) return;
  await db.batch(
    messages.map(
      ({ id, kind, source, code, reason, body }) => sql(db)`
        INSERT INTO dead_letters (id, kind, source, error_code, error_message, fingerprint, status, body,
          first_seen_at, last_seen_at)
        VALUES (${id}, ${kind}, ${source}, ${code}, ${reason}, ${`${source}/${code}`}, 'archived',
          ${JSON.stringify(body) ?? "undefined"}, ${now}, ${now})
        ON CONFLICT (id) DO NOTHING`,
    ),
  );
}
