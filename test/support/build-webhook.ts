import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { z } from "zod";
import type { WebhookMessage } from "../../src/pipeline/messages.ts";
import { Delivery } from "../../src/webhooks/delivery.ts";

/** A secret nobody else has. */
export const buildSecret = () => `whsec_${crypto.getRandomValues(new Uint8Array(32)).toBase64()}`;

export const secret = buildSecret();

/** The test's bindings with webhooks switched on. */
export const webhookEnv = (settings: Partial<Env> = {}): Env => ({
  ...env,
  WEBHOOK_SECRETS: secret,
  ...settings,
});

/** A webhook to a path of the receiver that only this test has; `behaviour` is one of the receiver's. */
export function buildWebhook(behaviour = "ok", rest: Partial<WebhookMessage> = {}): WebhookMessage {
  const jobId = crypto.randomUUID();
  return {
    id: `${jobId}:11`,
    url: `${inject("receiverBaseURL")}/${behaviour}/${jobId}`,
    jobId,
    userId: "user-1",
    payload: {
      type: "scan.completed",
      timestamp: new Date().toISOString(),
      data: { task_id: jobId, message: "분석이 끝났어요." },
    },
    ...rest,
  };
}

const Received = z.array(
  z.object({ at: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
);

/** What the receiver has got at an address, oldest first. */
export async function receivedRequests(url: string) {
  return Received.parse(await (await fetch(url)).json());
}

/** The row of a webhook, which has to be there. */
export async function deliveryRow(id: string): Promise<Delivery> {
  const query = env.DB.prepare("SELECT * FROM webhook_deliveries WHERE id = ?");
  return Delivery.parse(await query.bind(id).first());
}
