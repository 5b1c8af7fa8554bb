import type { WebhookMessage } from "../pipeline/messages.ts";
import { Delivery } from "./delivery.ts";
import type { Answer } from "./post.ts";
import { type Outcome, patienceMs } from "./schedule.ts";

export type Claim =
  | { verdict: "try"; delivery: Delivery }
  /** It has ended, or another message carries it. */
  | { verdict: "duplicate" }
  | { verdict: "early"; seconds: number };

/** How long a try may take before another may begin, in ms: the limit of its POST and some slack. */
export const leaseMs = 20_000;

const values = `
  INSERT INTO webhook_deliveries
    (id, job_id, user_id, url, type, payload, created_at, next_attempt_at, expires_at, message_id)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)`;

/** The webhooks in D1, as their consumers write them. Every call may be repeated. */
export function d1Deliveries(db: D1Database) {
  const insert = (
    conflict: string,
    { id, jobId, userId, url, payload }: WebhookMessage,
    carrier: string,
    now: number,
  ) =>
    db
      .prepare(`${values} ${conflict}`)
      .bind(
        id,
        jobId,
        userId,
        url,
        payload.type,
        JSON.stringify(payload),
        now,
        now + patienceMs,
        carrier,
      );

  return {
    /**
     * Begins a try for the queue message `carrier`, in one transaction; the first to come writes the
     * row. Who begins a try carries the webhook on, and others with its id are duplicates. Nobody
     * begins one until the last has been recorded or has expired, and its wait is over.
     */
    async claim(message: WebhookMessage, carrier: string, now: number): Promise<Claim> {
      const [, claimed, found] = await db.batch([
        insert("ON CONFLICT (id) DO NOTHING", message, carrier, now),
        db
          .prepare(
            `UPDATE webhook_deliveries
             SET attempts = attempts + 1, last_attempt_at = ?3, next_attempt_at = ?4, message_id = ?2
             WHERE id = ?1 AND status = 'pending' AND next_attempt_at <= ?3
             RETURNING *`,
          )
          .bind(message.id, carrier, now, now + leaseMs),
        db.prepare("SELECT * FROM webhook_deliveries WHERE id = ?").bind(message.id),
      ]);
      const [mine] = claimed?.results ?? [];
      if (mine) return { verdict: "try", delivery: Delivery.parse(mine) };
      const { status, message_id, next_attempt_at } = Delivery.parse(found?.results[0]);
      const isOther = message_id !== null && message_id !== carrier;
      if (status !== "pending" || isOther) return { verdict: "duplicate" };
      return { verdict: "early", seconds: Math.ceil(((next_attempt_at ?? now) - now) / 1000) };
    },

    /** What came of a try. That it was accepted is kept in any case; else the latest try decides. */
    async record(
      { id, attempts }: Delivery,
      answer: Answer,
      outcome: Outcome,
      now: number,
    ): Promise<void> {
      const { status } = outcome;
      await db
        .prepare(
          `UPDATE webhook_deliveries
           SET status = ?3, last_status = ?4, last_error = ?5, next_attempt_at = ?6, delivered_at = ?7
           WHERE id = ?1 AND (?3 = 'delivered' OR (status = 'pending' AND attempts = ?2))`,
        )
        .bind(
          id,
          attempts,
          status,
          answer.status,
          answer.error,
          status === "pending" ? now + outcome.seconds * 1000 : null,
          status === "delivered" ? now : null,
        )
        .run();
    },

    /** Ends what the queue has given up, with its last error, or with `reason` if it has none. */
    async bury(
      message: WebhookMessage,
      carrier: string,
      reason: string,
      now: number,
    ): Promise<void> {
      await db.batch([
        insert("ON CONFLICT (id) DO NOTHING", message, carrier, now),
        db
          .prepare(
            `UPDATE webhook_deliveries
             SET status = 'failed', next_attempt_at = NULL, last_error = coalesce(last_error, ?2)
             WHERE id = ?1 AND status = 'pending'`,
          )
          .bind(message.id, reason),
      ]);
    },
  };
}

/** How long what was told is kept, ms: its payload has the resident's words in it. */
const keptMs = 7 * 24 * 60 * 60 * 1000;

/** Deletes deliveries that are a week old. */
export async function forgetDeliveries(db: D1Database, now: number): Promise<void> {
  await db
    .prepare("DELETE FROM webhook_deliveries WHERE created_at < ?")
    .bind(now - keptMs)
    .run();
}
