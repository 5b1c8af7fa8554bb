import type { WebhookMessage } from "../pipeline/messages.ts";
import { deliveryWindowMs, type Outcome } from "./delivery-outcome.ts";
import { Delivery } from "./delivery.ts";
import type { PostResult } from "./post.ts";
import { sql } from "../platform/sql.ts";

export type Claim =
  | { verdict: "attempt"; delivery: Delivery }
  /** It has ended, and may be deleted since, or another message carries it. */
  | { verdict: "duplicate" }
  /** The next attempt is not due yet. */
  | { verdict: "early"; seconds: number };

/** How long a claim excludes other attempts, ms: the timeout of its POST and some slack. */
export const leaseMs = 20_000;
/** How long a delivery is kept, ms: a payload contains the resident's words. */
const retentionMs = 7 * 24 * 60 * 60 * 1000;

/** The deliveries in D1, for their consumers. Every call is idempotent. */
export function deliveryStore(db: D1Database) {
  /** An ended job publishes its webhooks again when it is purged: those whose rows are deleted by then stay so. */
  const insert = (
    { id, jobId, userId, url, payload }: WebhookMessage,
    messageId: string,
    now: number,
  ) =>
    sql(db)`
      INSERT INTO webhook_deliveries (id, job_id, user_id, url, type, payload,
        created_at, next_attempt_at, expires_at, message_id)
      SELECT ${id}, ${jobId}, ${userId}, ${url}, ${payload.type}, ${JSON.stringify(payload)},
        ${now}, ${now}, ${now + deliveryWindowMs}, ${messageId}
      WHERE ${Date.parse(payload.timestamp)} > ${now - retentionMs}
      ON CONFLICT (id) DO NOTHING`;

  return {
    /**
     * Begins an attempt for a queue message in one transaction; the first message inserts the row.
     * The message that begins an attempt carries the webhook from then on, and others with its id are
     * duplicates. The next attempt begins when this one is recorded or its lease has expired.
     */
    async claim(message: WebhookMessage, messageId: string, now: number): Promise<Claim> {
      const [, claimed, found] = await db.batch([
        insert(message, messageId, now),
        sql(db)`
          UPDATE webhook_deliveries SET attempts = attempts + 1, last_attempt_at = ${now},
            next_attempt_at = ${now + leaseMs}, message_id = ${messageId}
          WHERE id = ${message.id} AND status = 'pending' AND next_attempt_at <= ${now}
          RETURNING *`,
        sql(db)`SELECT * FROM webhook_deliveries WHERE id = ${message.id}`,
      ]);
      const [row] = claimed?.results ?? [];
      if (row) return { verdict: "attempt", delivery: Delivery.parse(row) };
      if (!found?.results[0]) return { verdict: "duplicate" };
      const { status, message_id, next_attempt_at } = Delivery.parse(found.results[0]);
      const isOther = message_id !== null && message_id !== messageId;
      if (status !== "pending" || isOther) return { verdict: "duplicate" };
      return { verdict: "early", seconds: Math.ceil(((next_attempt_at ?? now) - now) / 1000) };
    },

    /** Records an attempt. A late result counts only when it says delivered. */
    async record(
      { id, attempts }: Delivery,
      result: PostResult,
      outcome: Outcome,
      now: number,
    ): Promise<void> {
      const { status } = outcome;
      const nextAt = status === "pending" ? now + outcome.seconds * 1000 : null;
      await sql(db)`
        UPDATE webhook_deliveries
        SET status = ${status}, last_status = ${result.status}, last_error = ${result.error},
          next_attempt_at = ${nextAt}, delivered_at = ${status === "delivered" ? now : null}
        WHERE id = ${id}
          AND (${status} = 'delivered' OR (status = 'pending' AND attempts = ${attempts}))`.run();
    },

    /**
     * Takes over a pending delivery that its queue has given up. While its window lasts, the sweep sends it again;
     * after that it has failed, with its last error, or with `reason` when it has none.
     */
    async returnToSweep(
      message: WebhookMessage,
      messageId: string,
      reason: string,
      now: number,
    ): Promise<void> {
      await db.batch([
        insert(message, messageId, now),
        sql(db)`
          UPDATE webhook_deliveries
          SET status = iif(expires_at > ${now}, 'pending', 'failed'),
            next_attempt_at = iif(expires_at > ${now}, ${now}, NULL),
            last_error = coalesce(last_error, ${reason})
          WHERE id = ${message.id} AND status = 'pending'`,
      ]);
    },
  };
}

export async function deleteExpiredDeliveries(db: D1Database, now: number): Promise<void> {
  await sql(db)`DELETE FROM webhook_deliveries WHERE created_at < ${now - retentionMs}`.run();
}
