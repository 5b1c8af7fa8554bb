import { log } from "../platform/log.ts";
import { select } from "../platform/sql.ts";
import { Delivery, messageOf } from "./delivery.ts";

/** A delivery that is overdue by so long is carried by no message, or by one in a long backlog, ms. */
const overdueMs = 10 * 60 * 1000;
const perRun = 100;

/**
 * Sends overdue deliveries again, whose queue message was lost. A message of theirs that arrives nevertheless is a
 * duplicate. They are due anew from now on, so that the next run does not send them again, and one whose message
 * could not be sent is swept later.
 *
 * @returns how many were sent.
 */
export async function sweepDeliveries(env: Env): Promise<number> {
  const now = Date.now();
  const overdue = await select(env.DB, Delivery)`
    UPDATE webhook_deliveries SET next_attempt_at = ${now}
    WHERE id IN (SELECT id FROM webhook_deliveries
      WHERE status = 'pending' AND next_attempt_at < ${now - overdueMs}
      ORDER BY next_attempt_at LIMIT ${perRun})
    RETURNING *`;
  if (overdue.length === 0) return 0;
  log("warn", "webhook.overdue", { deliveries: overdue.length });
  const sent = await Promise.all(overdue.map((delivery) => send(delivery, env)));
  return sent.filter(Boolean).length;
}

/** False when the delivery cannot be read or sent; it holds up no other. */
async function send(delivery: Delivery, { WEBHOOKS }: Env): Promise<boolean> {
  try {
    await WEBHOOKS.send(messageOf(delivery));
    return true;
  } catch (error) {
    log("error", "webhook.not_swept", { delivery: delivery.id, error: String(error) });
    return false;
  }
}
