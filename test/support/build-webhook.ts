import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { z } from "zod";
import type { WebhookMessage } from "../../src/pipeline/messages.ts";
import { Delivery } from "../../src/webhooks/delivery.ts";

/** A unique secret. */
export const buildSecret = () => `whsec_${crypto.getRandomValues(new Uint8Array(32)).toBase64()}`;

export const secret = buildSecret();

/** The test's bindings with webhooks enabled. */
export const webhookEnv = (settings: Partial<Env> = {}): Env => ({
  ...env,
  WEBHOOK_SECRETS: secret,
  ...settings,
});

/** A webhook to a unique path of the receiver. `behaviour` is one of the receiver's. */
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

/** The requests that the receiver got at a URL, oldest first. */
export async function receivedRequests(url: string) {
  return Received.parse(await (await fetch(url)).json());
}

/** The delivery of a webhook. Throws when there is none. */
export async function deliveryRow(id: string): Promise<Delivery> {
  const query = env.DB.prepare("SELECT * FROM webhook_deliveries WHERE id = ?");
  return Delivery.parse(await query.bind(id).first());
}
