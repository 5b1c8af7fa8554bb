import { z } from "zod";
import { erasedAmong } from "../src/erasure/erased-users.ts";
import { retryDelaySeconds } from "../src/pipeline/backoff.ts";
import { WebhookMessage } from "../src/pipeline/messages.ts";
import { pushType } from "../src/pipeline/webhook-types.ts";
import { log } from "../src/platform/log.ts";
import { callbackUrlError } from "../src/webhooks/callback-url-error.ts";
import { backoff, type Outcome, outcomeOf } from "../src/webhooks/delivery-outcome.ts";
import { type Claim, deliveryStore, leaseMs } from "../src/webhooks/delivery-store.ts";
import type { Delivery } from "../src/webhooks/delivery.ts";
import { postWebhook } from "../src/webhooks/post-webhook.ts";
import type { PostResult } from "../src/webhooks/post.ts";
import { postPush } from "../src/web-push/post-push.ts";
import type { Consumer } from "./consumer.ts";

const postTimeoutMs = 10_000;

/**
 * Delivers webhooks to clients' servers, and pushes to browsers, at least once each. The row of a webhook is written
 * before and after its POST, and its message is acknowledged last.
 */
export function deliverWebhooks(timeoutMs = postTimeoutMs): Consumer {
  return async function deliver({ messages }, env) {
    await Promise.all(messages.map((message) => deliverMessage(message, env, timeoutMs)));
  };
}

async function deliverMessage(message: Message, env: Env, timeoutMs: number): Promise<void> {
  const body = WebhookMessage.safeParse(message.body);
  const delaySeconds = body.success
    ? await deliverWebhook(body.data, message, env, timeoutMs)
    : delayUnreadable(message);
  if (delaySeconds === null) message.ack();
  else message.retry({ delaySeconds });
}

/** Another version may read it. Otherwise it becomes a dead letter when its retries are used up. */
function delayUnreadable({ id, attempts: delivery }: Message): number {
  log("error", "webhook.unreadable", { message: id, delivery });
  return retryDelaySeconds(delivery, backoff);
}

/**
 * Makes an attempt when one is due.
 *
 * @returns the seconds until the next attempt; null when there is none.
 */
async function deliverWebhook(
  webhook: WebhookMessage,
  message: Message,
  env: Env,
  timeoutMs: number,
): Promise<number | null> {
  try {
    if (await isErased(webhook, env)) return null;
    const deliveries = deliveryStore(env.DB);
    const claim = await deliveries.claim(webhook, message.id, Date.now());
    if (claim.verdict !== "attempt") return skip(claim, webhook, message);
    const { delivery } = claim;
    const startedAt = Date.now();
    const { result, outcome } = await attempt(delivery, env, timeoutMs);
    logAttempt(delivery, message, startedAt, result, outcome);
    await deliveries.record(delivery, result, outcome, Date.now());
    return outcome.status === "pending" ? outcome.seconds : null;
  } catch (error) {
    // D1, or the user's object, is unavailable. An attempt that began here has to expire before the next one.
    log("error", "webhook.store_failed", { webhook: webhook.id, error: String(error) });
    return leaseMs / 1000 + retryDelaySeconds(message.attempts, backoff);
  }
}

/** Nothing is stored of a user who was erased after the webhook was sent. */
async function isErased({ userId, payload }: WebhookMessage, env: Env): Promise<boolean> {
  const erasedAt = (await erasedAmong(env.DB, [userId])).get(userId);
  return erasedAt !== undefined && Date.parse(payload.timestamp) <= erasedAt;
}

function skip(
  claim: Exclude<Claim, { verdict: "attempt" }>,
  { id: webhook, jobId: job }: WebhookMessage,
  { attempts: delivery }: Message,
): number | null {
  const { verdict: outcome } = claim;
  log("info", "webhook.attempt", { job, webhook, outcome, delivery });
  return claim.verdict === "early" ? claim.seconds : null;
}

/** The URL is not logged, since it may contain credentials of its owner. */
function logAttempt(
  { id: webhook, job_id: job, type, attempts }: Delivery,
  { attempts: delivery }: Message,
  startedAt: number,
  { status }: PostResult,
  outcome: Outcome,
) {
  log("info", "webhook.attempt", {
    job,
    webhook,
    type,
    outcome: outcome.status,
    status,
    attempts,
    delivery,
    retry_in_s: outcome.status === "pending" ? outcome.seconds : undefined,
    latency_ms: Date.now() - startedAt,
  });
}

async function attempt(
  delivery: Delivery,
  env: Env,
  timeoutMs: number,
): Promise<{ result: PostResult; outcome: Outcome }> {
  const { type, attempts, expires_at: expiresAt, last_status, last_error } = delivery;
  if (expiresAt <= Date.now()) {
    const error = last_error ?? "It was not delivered within its time.";
    return { result: { status: last_status, error }, outcome: { status: "failed" } };
  }
  const send = type === pushType ? postPush : sendWebhook;
  const result = await send(delivery, env, timeoutMs);
  return { result, outcome: outcomeOf(result, { attempts, expiresAt, now: Date.now() }) };
}

async function sendWebhook(
  { id, url, payload: body }: Delivery,
  env: Env,
  timeoutMs: number,
): Promise<PostResult> {
  const urlError = callbackUrlError(url, env);
  if (urlError) return { status: null, error: `The callback_url ${urlError}.`, isPermanent: true };
  return postWebhook(url, { id, body }, env, { timeoutMs, headers: traceHeaders(body) });
}

const Traced = z.object({ data: z.object({ traceparent: z.string() }) });

/** The W3C trace context of the scan, for the receiver; none in a payload of an earlier version. */
function traceHeaders(payload: string): Record<string, string> {
  const traced = Traced.safeParse(JSON.parse(payload));
  return traced.success ? { traceparent: traced.data.data.traceparent } : {};
}
