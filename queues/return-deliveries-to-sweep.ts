import { recordPoisonMessages } from "../src/dead-letters/record-dead-letters.ts";
import { WebhookMessage } from "../src/pipeline/messages.ts";
import { log } from "../src/platform/log.ts";
import { deliveryStore } from "../src/webhooks/delivery-store.ts";
import type { Consumer } from "./consumer.ts";
import { deadLetterRetrySeconds } from "./dead-letter-retry.ts";

/**
 * Consumes the dead-letter queue of webhooks. Each delivery is left to the sweep, which sends it again while its
 * window lasts, or has failed, so that an operator finds it.
 */
export const returnDeliveriesToSweep: Consumer = async ({ messages }, env) => {
  await Promise.all(messages.map((message) => returnToSweep(message, env)));
};

async function returnToSweep(message: Message, { DB }: Env): Promise<void> {
  const { id, body } = message;
  const webhook = WebhookMessage.safeParse(body);
  const known = { webhook: webhook.data?.id, job: webhook.data?.jobId };
  try {
    if (webhook.success) {
      const reason = "The queue gave up before an answer came.";
      await deliveryStore(DB).returnToSweep(webhook.data, id, reason, Date.now());
      log("warn", "webhook.given_up", known);
    } else {
      log("error", "webhook.unreadable", { message: id });
      const reason = "It is not a webhook that this version knows.";
      const poison = { id, kind: "write", source: "webhooks", body, reason } as const;
      await recordPoisonMessages(DB, [{ ...poison, code: "MESSAGE_UNREADABLE" }], Date.now());
    }
    message.ack();
  } catch (error) {
    log("error", "webhook.store_failed", { ...known, error: String(error) });
    message.retry({ delaySeconds: deadLetterRetrySeconds(message) });
  }
}
