import type { WebhookMessage } from "../pipeline/messages.ts";
import { deliveryWindowMs, type Outcome } from "./delivery-outcome.ts";
import { Delivery } from "./delivery.ts";
import type { PostResult } from "./post-webhook.ts";

export type Claim =
  | { verdict: "attempt"; delivery: Delivery }
  /** It has ended, or another message carries it. */
  | { verdict: "duplicate" }
  /** The next attempt is not due yet. */
  | { verdict: "early"; seconds: number };

/** How long a claim excludes other attempts, ms: the timeout of its POST and some slack. */
export const leaseMs = 20_000;

const insertDelivery = `
  INSERT INTO webhook_deliveries
    (id, job_id, user_id, url, type, payload, created_at, next_attempt_at, expires_at, message_id)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)
  ON CONFLICT (id) DO NOTHING`;

/** The deliveries in D1, for their consumers. Every call is idempotent. */
export function deliveryStore(db: D1Database) {
  const insert = (
    { id, jobId, userId, url, payload }: WebhookMessage,
    messageId: string,
    now: number,
  ) =>
    db
      .prepare(insertDelivery)
      .bind(
        id,
        jobId,
        userId,
        url,
        payload.type,
        JSON.stringify(payload),
        now,
        now + deliveryWindowMs,
        messageId,
      );

  return {
    /**
     * Begins an attempt for a queue message in one transaction; the first message inserts the row.
     * The message that begins an attempt carries the webhook from then on, and others with its id are
     * duplicates. The next attempt begins when this one is recorded or its lease has expired.
     */
    async claim(message: WebhookMessage, messageId: string, now: number): Promise<Claim> {
      const [, claimed, found] = await db.batch([
        insert(message, messageId, now),
        db
          .prepare(
            `UPDATE webhook_deliveries
             SET attempts = attempts + 1, last_attempt_at = ?3, next_attempt_at = ?4, message_id = ?2
             WHERE id = ?1 AND status = 'pending' AND next_attempt_at <= ?3
             RETURNING *`,
          )
          .bind(message.id, messageId, now, now + leaseMs),
        db.prepare("SELECT * FROM webhook_deliveries WHERE id = ?").bind(message.id),
      ]);
      const [row] = claimed?.results ?? [];
      if (row) return { verdict: "attempt", delivery: Delivery.parse(row) };
      const { status, message_id, next_attempt_at } = Delivery.parse(found?.results[0]);
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
          result.status,
          result.error,
          status === "pending" ? now + outcome.seconds * 1000 : null,
          status === "delivered" ? now : null,
        )
        .run();
    },

    /** Fails a pending delivery, with its last error, or with `reason` when it has none. */
    async markFailed(
      message: WebhookMessage,
      messageId: string,
      reason: string,
      now: number,
    ): Promise<void> {
      await db.batch([
        insert(message, messageId, now),
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

/** A payload contains the resident's words. */
const retentionMs = 7 * 24 * 60 * 60 * 1000;

export async function deleteExpiredDeliveries(db: D1Database, now: number): Promise<void> {
  await db
    .prepare("DELETE FROM webhook_deliveries WHERE created_at < ?")
    .bind(now - retentionMs)
    .run();
}
